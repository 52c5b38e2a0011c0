/** What the parts of the configuration are made of, each with one message for whatever else is written. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CatalogueSetting } from "../catalogue/Catalogue.ts"
import { isReadable } from "../text.ts"

/** A number, with one message for whatever else is written. */
export const numberOf = (
  message: string,
  { maximum, minimum, type }: Pick<CatalogueSetting, "type" | "minimum" | "maximum">
): Schema.Codec<number> =>
  // Finite would answer a text with a message of its own.
  // @effect-diagnostics-next-line schemaNumber:off
  Schema.Number.annotate({ message }).check(
    type === "integer" ? Schema.isInt({ message }) : Schema.isFinite({ message }),
    ...(minimum === undefined ? [] : [Schema.isGreaterThanOrEqualTo(minimum, { message })]),
    ...(maximum === undefined ? [] : [Schema.isLessThanOrEqualTo(maximum, { message })])
  )

export const usd = numberOf("expected an amount of USD, zero or more", { type: "number", minimum: 0 })

/** A text that says something. */
export const textOf = (message: string) =>
  Schema.String.annotate({ message }).check(
    Schema.isMinLength(1, { message }),
    Schema.makeFilter((text: string) => isReadable(text) || message, { toJsonSchema: () => ({}) })
  )

export const matching = (pattern: string, message: string) =>
  // Without the u flag a pattern stays out of the JSON Schema.
  Schema.String.annotate({ message }).check(Schema.isPattern(new RegExp(`^(?:${pattern})$`, "u"), { message }))

export const withDefault = <S extends Schema.Top>(schema: S, value: S["Encoded"]) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(value)))

export const word = <const Words extends ReadonlyArray<string>>(
  words: Words,
  value: Words[number],
  description: string
) =>
  withDefault(
    Schema.Literals(words).annotate({
      description,
      default: value,
      message: `expected ${words.join(", ").replace(/, ([^,]*)$/, " or $1")}`
    }),
    value
  )

export const someOf = <S extends Schema.Top>(item: S, message: string) =>
  Schema.Array(item).check(Schema.isMinLength(1, { message })).annotate({ message })

/** Any number of them; nothing where it is left out. */
export const listOf = <S extends Schema.Top>(item: S, description: string) =>
  withDefault(Schema.Array(item).annotate({ description, default: [] }), [])
