/** Checks what was written against a schema, with every mistake named at once. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import type { ConfigProblem } from "./ConfigError.ts"
import { hint } from "./suggest.ts"

/** `settings.find_unused_volumes.idleDays`, `accounts[0]` */
const pathText = (path: ReadonlyArray<unknown>): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`
    const name = String(step)
    if (!/^[\w$-]+$/.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === "" ? name : `${text}.${name}`
  }, "")

/** Stands in front of the known names until the one that was written is at hand. */
const unknownKey = "unknown key "

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    if (issue._tag === "MissingKey") return "is missing"
    if (issue._tag === "UnexpectedKey") {
      const names = SchemaAST.isObjects(issue.ast) ? issue.ast.propertySignatures.map(({ name }) => String(name)) : []
      return `${unknownKey}${JSON.stringify(names)}`
    }
    return SchemaIssue.defaultLeafHook(issue).replace(/^Expected/, "expected")
  }
})

const valueAt = (value: any, path: ReadonlyArray<unknown>): unknown =>
  path.reduce<any>((inner, step) => inner?.[step as string], value)

/** A list where an object belongs is the mistake that is made most; what was written is said. */
const notAnObject = (message: string, written: unknown): string =>
  message.replace(/^expected (?:an )?object/, () =>
    Array.isArray(written)
      ? `is ${written.length === 0 ? "an empty list" : "a list"}; expected an object`
      : "expected an object"
  )

/** Every mistake that an issue tells of a value, each once. */
const problemsOf = (
  issue: SchemaIssue.Issue,
  value: unknown,
  at: ReadonlyArray<string>
): ReadonlyArray<ConfigProblem> => {
  const problems = formatIssue(issue).issues.map(({ message, path = [] }): ConfigProblem => {
    const written = String(path.at(-1))
    return {
      path: pathText([...at, ...path]),
      message: message.startsWith(unknownKey)
        ? `is not known.${hint(written, JSON.parse(message.slice(unknownKey.length)))}`
        : notAnObject(message, valueAt(value, path))
    }
  })
  return [...new Map(problems.map((problem) => [`${problem.path}\n${problem.message}`, problem])).values()]
}

/** Checks a value and gives it, or every mistake in it. `at` is where the value is. */
export const check = <A>(
  schema: Schema.Codec<A, unknown>,
  value: unknown,
  at: ReadonlyArray<string> = []
): Result.Result<A, ReadonlyArray<ConfigProblem>> =>
  Result.mapError(
    Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })(value),
    ({ issue }) => problemsOf(issue, value, at)
  )
