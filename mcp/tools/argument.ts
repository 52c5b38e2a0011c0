/**
 * What a tool takes, as models and clients write it: a list may come as a list, as JSON in a string, separated by commas or as one
 * bare value; what is empty was not given. Each argument says what goes over the wire and reads what comes.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { hint } from "../../core/config/suggest.ts"
import { type Fence, isPlain } from "../answer/Fence.ts"

export type Wire = { readonly [key: string]: unknown }

export interface Argument<A> {
  /** What `tools/list` says of it; null for what every tool takes, which the server's instructions explain once. */
  readonly wire: Wire | null
  /** Reads a value that was given. A failure says in one line what was expected and what came, as `Echo` says it. */
  readonly read: (value: unknown, echo: Echo) => Result.Result<A, string>
  /** Whether zero is a value and not an argument that was left out. */
  readonly takesZero?: boolean
}

export type Arguments = Readonly<Record<string, Argument<any>>>

/** What a tool is given: undefined where an argument was not. */
export type Given<Fields extends Arguments> = {
  readonly [Name in keyof Fields]: Fields[Name] extends Argument<infer A> ? A | undefined : never
}

/** Says what came. A model may have copied it from what a stranger wrote. */
export type Echo = (value: unknown) => string

const echoMost = 80

/** What is no plain word stands between the marks of the answer. */
export const echoOf =
  ({ word }: Pick<Fence, "word">): Echo =>
  (value) => {
    const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value))
    // A list of plain words is as plain as they are.
    if (typeof value === "object" && text.length <= echoMost && isPlain(text.replace(/["[\]{}]/g, ""))) return text
    const short = text.length <= echoMost ? text : `${text.slice(0, echoMost - 1)}…`
    const said = word(short)
    return said === value ? `"${said}"` : said
  }

/** For who has no marks: only plain words are said again. */
const plainEcho: Echo = echoOf({ word: (text) => (isPlain(text) ? text : "what was given") })

const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The items of a list, whichever way it is written. */
const itemsOf = (value: unknown): ReadonlyArray<unknown> => {
  if (Array.isArray(value)) return value.flatMap(itemsOf)
  if (typeof value !== "string") return [value]
  const text = value.trim()
  const parsed = text.startsWith("[") ? json(text) : undefined
  if (Array.isArray(parsed)) return parsed.flatMap(itemsOf)
  return text.split(",").flatMap((part) => {
    const item = part.trim().replace(/^"(.*)"$/, "$1")
    return item === "" ? [] : [item]
  })
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : undefined

const described = (wire: Wire, description: string | undefined): Wire =>
  description === undefined ? wire : { ...wire, description }

/** A list of texts. `read` makes a value of each or says why it is none. */
const listOf = <A>(
  read: (item: string, echo: Echo) => Result.Result<A, string>,
  items: Wire,
  description?: string
): Argument<ReadonlyArray<A>> => ({
  wire: described({ type: "array", items }, description),
  read: (value, echo) => {
    const read_ = itemsOf(value).map((item) => {
      const text = textOf(item)
      return text === undefined ? Result.fail(`expected a list of texts, not ${echo(value)}`) : read(text, echo)
    })
    return Result.all(read_)
  }
})

/** `Not assessed`, `not-assessed` and `NOT_ASSESSED` are one word. */
const wordOf = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_")

const oneOfWords =
  <A extends string>(values: ReadonlyArray<A>) =>
  (text: string, echo: Echo): Result.Result<A, string> => {
    const value = values.find((one) => wordOf(one) === wordOf(text))
    return value === undefined
      ? Result.fail(`there is no ${echo(text)}.${hint(text, values)}`.replace(/\.$/, ""))
      : Result.succeed(value)
  }

/** Arguments by their kinds. */
export const argument = {
  texts: (description?: string): Argument<ReadonlyArray<string>> =>
    listOf(Result.succeed, { type: "string" }, description),

  /** Texts of which each must be known to `read`. */
  textsOf: <A>(read: (item: string, echo: Echo) => Result.Result<A, string>, description?: string) =>
    listOf(read, { type: "string" }, description),

  /** Some of a few words, which the wire lists. */
  words: <const A extends string>(values: ReadonlyArray<A>, description?: string) =>
    listOf(oneOfWords(values), { enum: values }, description),

  /** Some of many words, which the wire does not list. */
  names: (values: () => ReadonlyArray<string>, description?: string) =>
    listOf((text, echo) => oneOfWords(values())(text, echo), { type: "string" }, description),

  /** Ids of accounts, of which JSON numbers lose the zeros in front. */
  accounts: (description?: string) =>
    listOf(
      (text, echo) =>
        /^\d{9,12}$/.test(text)
          ? Result.succeed(text.padStart(12, "0"))
          : Result.fail(`expected 12-digit account ids, not ${echo(text)}`),
      { type: "string" },
      description
    ),

  word: <const A extends string>(values: ReadonlyArray<A>, description?: string): Argument<A> => ({
    wire: described({ enum: values }, description),
    read: (value, echo) => {
      const [only, ...more] = itemsOf(value)
      const text = textOf(only)
      return text === undefined || more.length > 0
        ? Result.fail(`expected one of ${values.join(", ")}, not ${echo(value)}`)
        : oneOfWords(values)(text, echo)
    }
  }),

  /** One of many words, which the wire does not list. */
  name: (values: () => ReadonlyArray<string>, description?: string): Argument<string> => ({
    ...argument.word(values()),
    wire: described({ type: "string" }, description)
  }),

  text: (description?: string): Argument<string> => ({
    wire: described({ type: "string" }, description),
    read: (value, echo) => {
      const text = textOf(Array.isArray(value) && value.length === 1 ? value[0] : value)
      return text === undefined ? Result.fail(`expected a text, not ${echo(value)}`) : Result.succeed(text)
    }
  }),

  number: (
    {
      maximum,
      minimum,
      takesZero = false,
      whole = false
    }: {
      readonly minimum: number
      readonly maximum: number
      readonly whole?: boolean
      readonly takesZero?: boolean
    },
    description?: string
  ): Argument<number> => ({
    wire: described({ type: whole ? "integer" : "number" }, description),
    takesZero,
    read: (value, echo) => {
      const text = typeof value === "string" ? value.trim().replace(/^\$/, "").replaceAll(",", "") : value
      const number = typeof text === "string" && text !== "" ? Number(text) : text
      return typeof number === "number" &&
        Number.isFinite(number) &&
        number >= minimum &&
        number <= maximum &&
        (!whole || Number.isInteger(number))
        ? Result.succeed(number)
        : Result.fail(`expected a ${whole ? "whole " : ""}number from ${minimum} to ${maximum}, not ${echo(value)}`)
    }
  }),

  flag: (description?: string): Argument<boolean> => ({
    wire: described({ type: "boolean" }, description),
    read: (value, echo) => {
      const word = typeof value === "string" ? value.trim().toLowerCase() : value
      if (word === true || word === "true" || word === "yes") return Result.succeed(true)
      if (word === false || word === "false" || word === "no") return Result.succeed(false)
      return Result.fail(`expected true or false, not ${echo(value)}`)
    }
  }),

  /** What a schema takes; objects and lists may come as JSON in a string. The schema is made when it is first needed: a list of tools has 284 of them. */
  of: <A>(schema: () => Schema.Codec<A, unknown>, wire: Wire): Argument<A> => ({
    wire,
    takesZero: true,
    read: (value, echo) => {
      const parsed = typeof value === "string" && /^\s*[[{]/.test(value) ? (json(value) ?? value) : value
      const list = wire.type === "array" && typeof parsed === "string" ? itemsOf(parsed) : parsed
      const typed =
        typeof list === "string" && (wire.type === "number" || wire.type === "integer" || wire.type === "boolean")
          ? (json(list.trim().toLowerCase()) ?? list)
          : list
      return Result.mapError(
        Schema.decodeUnknownResult(schema())(typed),
        (error) => `${messageOf(error)}, not ${echo(value)}`
      )
    }
  })
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const messageOf = (error: Schema.SchemaError): string =>
  [...new Set(format(error.issue).issues.map(({ message }) => message))].join("; ")

/** An argument that every tool takes and none publishes. */
export const unpublished = <A>(argument: Argument<A>): Argument<A> => ({ ...argument, wire: null })

const emptyTexts: ReadonlySet<string> = new Set(["", "null", "undefined", "[]", "{}"])

const isEmpty = (value: unknown, takesZero: boolean): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === "string" && emptyTexts.has(value.trim())) ||
  (value === 0 && !takesZero) ||
  (Array.isArray(value) && value.every((item) => isEmpty(item, true))) ||
  (typeof value === "object" && Object.keys(value).length === 0)

/** The singular forms that a name is also understood by: `region` for `regions`. */
const singularsOf = (name: string): ReadonlyArray<string> => [
  name.replace(/ies$/, "y"),
  name.replace(/(ss|us)es$/, "$1"),
  name.replace(/s$/, "")
]

const sameName = (a: string, b: string): boolean =>
  a.toLowerCase().replaceAll(/[_-]/g, "") === b.toLowerCase().replaceAll(/[_-]/g, "")

const nameOf = (written: string, names: ReadonlyArray<string>): string | undefined =>
  names.find((name) => name === written) ??
  names.find((name) => sameName(name, written) || singularsOf(name).some((singular) => sameName(singular, written)))

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Some clients wrap everything once more, and some send it as JSON in a string. */
const unwrapped = (raw: unknown): unknown => {
  const value = typeof raw === "string" ? (json(raw) ?? raw) : raw
  if (!isRecord(value)) return value
  const [only, ...more] = Object.keys(value)
  if (more.length > 0 || only !== "arguments") return value
  return typeof value.arguments === "string" ? json(value.arguments) : value.arguments
}

/** Reads what a tool was called with, or tells every mistake in it, each with the argument's name. */
export const readArguments = <Fields extends Arguments>(
  fields: Fields,
  raw: unknown,
  fence?: Pick<Fence, "word">
): Result.Result<Given<Fields>, ReadonlyArray<string>> => {
  const echo = fence === undefined ? plainEcho : echoOf(fence)
  const value = unwrapped(raw ?? {})
  if (!isRecord(value)) return Result.fail([`expected an object of arguments, not ${echo(value)}`])
  const names = Object.keys(fields)
  const mistakes: Array<string> = []
  const given: Record<string, unknown> = {}
  for (const [written, part] of Object.entries(value)) {
    const name = nameOf(written, names)
    if (name === undefined) {
      // A filter that is not known must not be dropped in silence, whatever its value.
      mistakes.push(`there is no argument ${echo(written)}.${hint(written, names)}`)
      continue
    }
    const field = fields[name]
    if (field === undefined || isEmpty(part, field.takesZero === true)) continue
    const read = field.read(part, echo)
    if (Result.isFailure(read)) mistakes.push(`${name}: ${read.failure}`)
    else if (Array.isArray(given[name]) && Array.isArray(read.success)) given[name] = [...given[name], ...read.success]
    else given[name] = read.success
  }
  return mistakes.length > 0 ? Result.fail(mistakes) : Result.succeed(given as Given<Fields>)
}
