import { assert, describe, it } from "@effect/vitest"
import aslValidator from "asl-validator"
import { StoreError } from "../../core/store/Store.ts"
import { errorName } from "../../workflows/errorName.ts"
import { nightly, stepNames } from "../../workflows/nightly.ts"

/** Every state of the machine, however deep. */
const statesOf = (states: object): ReadonlyArray<readonly [name: string, state: any]> =>
  Object.entries(states).flatMap(([name, state]) => [
    [name, state] as const,
    ...(state.Type === "Map" ? statesOf(state.ItemProcessor.States) : [])
  ])

const states = statesOf(nightly.States)

describe("the state machine", () => {
  it("is valid in the Amazon States Language", () => {
    const { errors, isValid } = aslValidator(nightly as any, { checkArn: true, checkPaths: true })
    assert.deepStrictEqual(errors, [])
    assert.isTrue(isValid)
  })

  it("repeats and catches in every task, and catches in every map", () => {
    for (const [name, state] of states) {
      if (state.Type === "Task") assert.isNotEmpty(state.Retry, name)
      if (state.Type === "Task" || state.Type === "Map") assert.isNotEmpty(state.Catch, name)
    }
  })

  it("repeats a step for a store that is busy, and not for one that stays as it is", () => {
    const repeated = states.flatMap(([, state]) =>
      state.Type === "Task" ? state.Retry.flatMap(({ ErrorEquals }: any) => ErrorEquals) : []
    )
    const nameOf = (kind: StoreError["kind"]) => errorName(new StoreError({ kind, message: "" }))
    for (const kind of ["busy", "locked"] as const) assert.include(repeated, nameOf(kind))
    for (const kind of ["failed", "newer", "unusable"] as const) assert.notInclude(repeated, nameOf(kind))
    assert.notInclude(repeated, "States.ALL")
  })

  it("invokes every step, each by its substitution", () => {
    const invoked = states.flatMap(([, state]) => (state.Type === "Task" ? [state.Parameters.FunctionName] : []))
    assert.sameMembers(
      [...new Set(invoked)],
      stepNames.map((step) => `\${${step}}`)
    )
  })

  it("fans out over accounts in a distributed map that tolerates failed accounts", () => {
    const accounts: any = nightly.States.Accounts
    assert.deepStrictEqual(accounts.ItemProcessor.ProcessorConfig, { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" })
    assert.strictEqual(accounts.ToleratedFailurePercentage, 100)
  })

  it("bounds every map: no number, or zero, is unlimited", () => {
    for (const [name, state] of states) if (state.Type === "Map") assert.isAtLeast(state.MaxConcurrency, 1, name)
  })

  it("stays far below the size that Step Functions takes", () => {
    assert.isBelow(JSON.stringify(nightly).length, 20_000)
  })
})
