import { assert, describe, it } from "@effect/vitest"
import { verdictOf } from "../../../cli/programs/audit.ts"
import type { ScanResult } from "../../../cli/ScanResult.ts"
import type { OutcomeReason } from "../../../core/run/Outcome.ts"
import { noCost } from "../../../core/run/runCost.ts"
import { addOutcomes, noCoverage, noTotals } from "../../../core/run/totals.ts"
import { noChanges } from "../../../core/run/Run.ts"
import { anOutcome, aRun } from "../../core/store/fixtures.ts"

const result = (confirmedUsd: number, outcomes: ReadonlyArray<ReturnType<typeof anOutcome>>): ScanResult => ({
  run: aRun(),
  summary: { totals: { ...noTotals, confirmed: { findings: 2, monthlyUsd: confirmedUsd } }, changes: noChanges },
  coverage: addOutcomes(noCoverage, outcomes),
  findings: [],
  reports: [],
  outcomes,
  cost: noCost
})

const nowhere = (code: OutcomeReason["code"]) =>
  anOutcome({ region: "*", status: "unavailable", reason: { code, message: `it is ${code}` } })

const verdict = (of: ScanResult, failAbove?: number, strict = false) => {
  const problem = verdictOf(of, { failAbove, strict })
  return [problem?.exitCode ?? 0, ...(problem?.lines ?? [])]
}

const gap = anOutcome({ status: "partial", reason: { code: "throttled", message: "ec2:DescribeVolumes: throttled" } })

describe("verdictOf", () => {
  it("is 1 above the limit, not at it", () => {
    const full = result(100, [anOutcome()])
    assert.deepStrictEqual(verdict(full, 100), [0])
    assert.deepStrictEqual(verdict(full, 99.99), [
      1,
      "Confirmed waste is $100.00 a month in 2 findings, above the $99.99 of --fail-above."
    ])
    assert.deepStrictEqual(verdict(full), [0])
  })

  it("is 5 where something was not seen and all of it is asked for", () => {
    const partial = result(100, [anOutcome(), gap])
    assert.deepStrictEqual(verdict(partial), [0])
    assert.deepStrictEqual(verdict(partial, undefined, true), [
      5,
      "Coverage is incomplete, and --strict asks for all of it: 1 of 2 outcomes complete (50.0%), 1 partial, 0 unavailable."
    ])
    assert.deepStrictEqual(
      verdict(result(100, [anOutcome(), anOutcome({ status: "not_applicable" })]), undefined, true),
      [0]
    )
  })

  it("is 1 when both are so, and says both: a full coverage could only have found more", () => {
    const [code, ...lines] = verdict(result(100, [anOutcome(), gap]), 1, true)
    assert.strictEqual(code, 1)
    assert.strictEqual(lines.length, 2)
  })

  it("is about the way in when no account was entered", () => {
    assert.deepStrictEqual(verdict(result(0, [nowhere("account_not_entered")])), [
      4,
      "Nothing was scanned: it is account_not_entered."
    ])
    assert.deepStrictEqual(verdict(result(0, [nowhere("denied_by_scp")]))[0], 4)
    assert.deepStrictEqual(verdict(result(0, [nowhere("no_credentials")]))[0], 3)
    assert.deepStrictEqual(verdict(result(0, [nowhere("unreachable")]))[0], 2)
    assert.deepStrictEqual(verdict(result(0, [nowhere("account_not_entered"), anOutcome()]))[0], 0)
  })
})
