/** Which errors the machine repeats a step for, and what it does after one that stays: on its in-process engine, without waiting. */
import { assert, describe, it } from "@effect/vitest"
import { StateMachine } from "aws-local-stepfunctions"
import { nightly } from "../../workflows/nightly.ts"

/** Every task of the machine, however deep, with the step that it invokes. */
const tasksOf = (states: object): ReadonlyArray<readonly [state: string, step: string]> =>
  Object.entries(states).flatMap(([name, state]) => [
    ...(state.Type === "Task" ? [[name, state.Parameters.FunctionName.slice(2, -1)] as const] : []),
    ...(state.Type === "Map" ? tasksOf(state.ItemProcessor.States) : [])
  ])

const tasks = tasksOf(nightly.States)

const account = "111111111111"
const region = "eu-west-1"

const answers: Readonly<Record<string, object>> = {
  plan: { runId: "run", accounts: [account], payers: [{ account, region: "global/payer" }] },
  discover: { runId: "run", account, groups: [[region]], shared: true },
  scan: { runId: "run", account, region }
}

const named = (name: string) => Object.assign(new Error(`failed with ${name}`), { name })

/** Runs a night of stubs in which states fail with an error, `times` often. Answers the states in the order of their calls. */
const night = async (failing: ReadonlyArray<string>, error: string, times: number) => {
  const called: Array<string> = []
  const handlers = tasks.map(([state, step]) => [
    state,
    () => {
      called.push(state)
      if (failing.includes(state) && called.filter((name) => name === state).length <= times) throw named(error)
      return { Payload: answers[step] ?? { runId: "run" } }
    }
  ])
  const { result } = new StateMachine(nightly as any, { validationOptions: { noValidate: true } }).run(
    {},
    {
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(handlers),
        retryIntervalOverrides: Object.fromEntries(tasks.map(([state]) => [state, 0]))
      },
      context: { Execution: { Id: "execution", StartTime: "2026-11-20T02:00:00Z" } } as any
    }
  )
  const failure = await result.then(
    () => null,
    ({ message }) => /failed with (\S+)$/.exec(message)?.[1] ?? message
  )
  return { called, failure }
}

const undisturbed = [
  "Plan",
  "Started",
  "BillingScan",
  "Discover",
  "ReadShared",
  "Scan",
  "Settle",
  "Sum",
  "Report",
  "Notify"
]

/** What comes after a state that failed for good. */
const afterwards: Readonly<Record<string, ReadonlyArray<string>>> = {
  Plan: [],
  Started: ["BillingScan", "Discover", "ReadShared", "Scan", "Settle", "Sum", "Report", "Notify"],
  BillingScan: ["BillingScopeFailed", "Discover", "ReadShared", "Scan", "Settle", "Sum", "Report", "Notify"],
  Discover: ["DiscoverFailed", "Settle", "Sum", "Report", "Notify"],
  ReadShared: ["Scan", "Settle", "Sum", "Report", "Notify"],
  Scan: ["ScopeFailed", "Settle", "Sum", "Report", "Notify"],
  Settle: ["Sum", "Report", "Notify"],
  Sum: ["RunFailed", "NotifyFailed"],
  Report: ["Notify"],
  // The run is complete before it.
  Notify: []
}

const transient = [
  "Lambda.ClientExecutionTimeoutException",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
  "StoreBusy"
]
const timeouts = ["Sandbox.Timedout", "States.Timeout", "ScopeUnfinished"]
/** What is the same in a minute. */
const lasting = ["StoreError", "AnotherRun", "WrongDate", "AwsError", "ConfigError", "Error"]

const repeated = (state: string, times: number) =>
  undisturbed.flatMap((name) => (name === state ? Array.from({ length: times + 1 }, () => name) : [name]))

const upTo = (state: string) => undisturbed.slice(0, undisturbed.indexOf(state))

describe("a step that fails", () => {
  it("is in a night that has all steps", async () => {
    assert.deepStrictEqual(await night([], "", 0), { called: undisturbed, failure: null })
  })

  for (const error of [...transient, ...timeouts]) {
    it(`with ${error} is repeated, whichever it is, and the night goes on as if nothing had been`, async () => {
      for (const state of undisturbed) {
        // A page that takes too long would take too long again, and the digest waits for it.
        const times = state === "Report" && timeouts.includes(error) ? 0 : 2
        assert.deepStrictEqual(await night([state], error, 2), { called: repeated(state, times), failure: null }, state)
      }
    })
  }

  for (const error of lasting) {
    it(`with ${error} is not repeated, and what follows is told`, async () => {
      for (const state of undisturbed) {
        // Of two starts of one night the second has nothing to do.
        const isSecond = state === "Plan" && error === "AnotherRun"
        const failure = ["Plan", "Sum", "Notify"].includes(state) && !isSecond ? error : null
        const called = [...upTo(state), state, ...(afterwards[state] ?? [])]
        assert.deepStrictEqual(await night([state], error, 1), { called, failure }, state)
      }
    })
  }

  it("because its function died is repeated once where scopes are scanned, and nowhere else", async () => {
    const error = "Runtime.ExitError"
    for (const state of undisturbed) {
      const isScan = state === "Scan" || state === "BillingScan"
      const failure = ["Plan", "Sum", "Notify"].includes(state) ? error : null
      const called = isScan ? repeated(state, 1) : [...upTo(state), state, ...(afterwards[state] ?? [])]
      assert.deepStrictEqual(await night([state], error, 1), { called, failure }, state)
      if (!isScan) continue
      const again = await night([state], error, 1000)
      assert.deepStrictEqual(again, {
        called: [...upTo(state), state, state, ...(afterwards[state] ?? [])],
        failure: null
      })
    }
  })

  it("is given up after four repetitions of what AWS or the store fail with, and after fifty of a time-out", async () => {
    for (const [error, tries] of [
      ["StoreBusy", 5],
      ["Sandbox.Timedout", 51]
    ] as const) {
      const { called, failure } = await night(["Scan"], error, 1000)
      assert.strictEqual(called.filter((name) => name === "Scan").length, tries)
      assert.deepStrictEqual([called.at(-1), called.includes("ScopeFailed"), failure], ["Notify", true, null])
    }
  })

  it("whose failure cannot be kept either does not stop the night, but for what the whole night needs", async () => {
    for (const [state, keeper, rest] of [
      ["BillingScan", "BillingScopeFailed", ["Discover", "ReadShared", "Scan", "Settle", "Sum", "Report", "Notify"]],
      ["Discover", "DiscoverFailed", ["Settle", "Sum", "Report", "Notify"]],
      ["Scan", "ScopeFailed", ["Settle", "Sum", "Report", "Notify"]]
    ] as const) {
      const { called, failure } = await night([state, keeper], "StoreError", 1)
      assert.deepStrictEqual({ called, failure }, { called: [...upTo(state), state, keeper, ...rest], failure: null })
    }
    for (const failing of [
      ["Sum", "RunFailed"],
      ["Sum", "NotifyFailed"],
      ["Sum", "RunFailed", "NotifyFailed"]
    ]) {
      const { called, failure } = await night(failing, "StoreError", 1)
      assert.deepStrictEqual([called.slice(-2), failure], [["RunFailed", "NotifyFailed"], "StoreError"])
    }
  })
})
