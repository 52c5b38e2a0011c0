/** What commands that check have in common: a line for each check, what to do about it, and the exit code of the worst. */
import * as Effect from "effect/Effect"
import { AwsTarget } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { CallLedger } from "../../core/aws/CallLedger.ts"
import type { Session } from "../../core/aws/Credentials.ts"
import { listed, plural } from "../../core/format.ts"
import type { Partition } from "../../core/Scope.ts"
import { commands, heading, list, tableOf, text } from "../output/document.ts"
import type { Format } from "../output/formats.ts"
import { jsonValue } from "../output/json.ts"
import { show } from "../output/show.ts"
import type { Sheet } from "../output/table.ts"
import { exitCode, Problem } from "../Problem.ts"

export interface Check {
  readonly check: string
  readonly status: "ok" | "warn" | "fail"
  readonly detail: string
  /** What to do about it; empty where nothing is to be done. */
  readonly todo: string
  /** What the command ends with when this failed. */
  readonly exitCode: number
}

export const ok = (check: string, detail: string): Check => ({ check, status: "ok", detail, todo: "", exitCode: 0 })

export const warn = (check: string, detail: string, todo: string): Check => ({
  check,
  status: "warn",
  detail,
  todo,
  exitCode: 0
})

export const fail = (check: string, detail: string, todo: string, code: number = exitCode.usage): Check => ({
  check,
  status: "fail",
  detail,
  todo,
  exitCode: code
})

export const failed = (check: string, problem: Problem): ReadonlyArray<Check> =>
  problem.lines.map((line) => fail(check, line, "", problem.exitCode))

export const inAccount =
  (account: string, region: string, partition: Partition, session?: Session) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.provideService(AwsTarget, { account, region, partition, session }),
      Effect.provideServiceEffect(CallLedger, CallLedger.make())
    )

export const actionOf = ({ operation }: AwsError) => operation

const checkSheet = (checks: ReadonlyArray<Check>): Sheet => ({
  columns: [
    {
      key: "status",
      title: "",
      kind: "text",
      fit: "whole",
      style: ({ status }) => (status === "ok" ? "green" : status === "warn" ? "yellow" : "red")
    },
    { key: "check", title: "Check", kind: "text", fit: "whole" },
    { key: "detail", title: "Result", kind: "text", fit: "wrap", least: 20 },
    { key: "todo", title: "todo", kind: "text", only: "file" }
  ],
  rows: checks.map(({ check, detail, status, todo }) => ({ status, check, detail, todo }))
})

// Without credentials nothing else matters, and without access the rest matters less.
const worstFirst = [exitCode.credentials, exitCode.accessDenied, exitCode.usage] as const

/** Prints a line per check and fails with the exit code of the worst. */
export const showChecks = Effect.fnUntraced(function* (
  format: Format,
  {
    checks,
    missingPolicy,
    ready,
    title
  }: {
    readonly title: string
    readonly checks: ReadonlyArray<Check>
    /** A policy document to add, where one would help. */
    readonly missingPolicy: object | null
    /** What is said when nothing failed. */
    readonly ready: string
  }
) {
  const todos = checks.filter(({ todo }) => todo !== "").map(({ check, todo }) => `${check}: ${todo}`)
  const isBad = checks.filter(({ status }) => status === "fail")
  yield* show(format, {
    document: [
      heading(title),
      tableOf(checkSheet(checks)),
      ...(todos.length === 0 ? [] : [heading("What to do"), list(todos)]),
      ...(missingPolicy === null ? [] : [heading("The policy to add"), commands(JSON.stringify(missingPolicy))]),
      ...(isBad.length === 0 ? [text(ready)] : [])
    ],
    sheet: checkSheet(checks),
    json: jsonValue({
      checks: checks.map(({ check, detail, status, todo }) => ({ check, status, detail, todo })),
      missingPolicy
    })
  })
  if (isBad.length > 0) {
    const code = worstFirst.find((code) => isBad.some((check) => check.exitCode === code)) ?? exitCode.usage
    return yield* new Problem({
      exitCode: code,
      lines: [`${plural(isBad.length, "check")} failed: ${listed(isBad.map(({ check }) => check))}.`]
    })
  }
})
