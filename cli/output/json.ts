/** JSON for people and programs, written piece by piece: a list of a hundred thousand findings is never one text. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { unsafe } from "../../core/text.ts"

const escape = (character: string) =>
  Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`
  ).join("")

// JSON.stringify escapes C0 controls only; a terminal also obeys C1 controls, and shows reordered or hidden what Unicode says to.
const textOf = (value: unknown): string => JSON.stringify(value, null, 2).replace(unsafe, escape)

/** A value on one line. */
export const jsonText = (value: unknown): string => JSON.stringify(value).replace(unsafe, escape)

/** What is inside of `depth` brackets. Strings have no line ends in JSON, so that every one is of the layout. */
const indented = (value: unknown, depth: number): string => textOf(value).replaceAll("\n", `\n${"  ".repeat(depth)}`)

/** A field of an object: a value, a list that is written as it is read, or what is known only once such a list was read. */
export type JsonField<E = never, R = never> =
  | Stream.Stream<unknown, E, R>
  | Effect.Effect<unknown, E, R>
  | object
  | JsonLeaf

type JsonLeaf = string | number | boolean | null

/** A value as JSON, in which the fields of the outer object may be streams and effects. They are run in their order. */
export type JsonAnswer<E = never, R = never> =
  | { readonly _tag: "Value"; readonly value: unknown }
  | { readonly _tag: "Fields"; readonly fields: ReadonlyArray<readonly [name: string, value: JsonField<E, R>]> }

export const jsonValue = (value: unknown): JsonAnswer => ({ _tag: "Value", value })

export const jsonFields = <E, R>(fields: Readonly<Record<string, JsonField<E, R>>>): JsonAnswer<E, R> => ({
  _tag: "Fields",
  fields: Object.entries(fields)
})

const listPieces = <E, R>(items: Stream.Stream<unknown, E, R>): Stream.Stream<string, E, R> => {
  let isFirst = true
  const pieces = Stream.map(items, (item) => {
    const before = isFirst ? "[\n    " : ",\n    "
    isFirst = false
    return `${before}${indented(item, 2)}`
  })
  return Stream.concat(
    pieces,
    Stream.suspend(() => Stream.succeed(isFirst ? "[]" : "\n  ]"))
  )
}

const fieldPieces = <E, R>(field: JsonField<E, R>): Stream.Stream<string, E, R> =>
  Stream.isStream(field)
    ? listPieces(field as Stream.Stream<unknown, E, R>)
    : Effect.isEffect(field)
      ? Stream.fromEffect(Effect.map(field as Effect.Effect<unknown, E, R>, (value) => indented(value, 1)))
      : Stream.succeed(indented(field, 1))

/** The text of an answer, with everything escaped that a terminal would act on. */
export const json = <E, R>(answer: JsonAnswer<E, R>): Stream.Stream<string, E, R> =>
  answer._tag === "Value"
    ? Stream.succeed(`${textOf(answer.value)}\n`)
    : Stream.concat(
        Stream.flatMap(
          Stream.fromArray(answer.fields.map((field, index) => [field, index] as const)),
          ([field, index]) =>
            Stream.concat(Stream.succeed(`${index === 0 ? "{" : ","}\n  ${textOf(field[0])}: `), fieldPieces(field[1]))
        ),
        Stream.succeed(answer.fields.length === 0 ? "{}\n" : "\n}\n")
      )
