import { assert, describe, it } from "@effect/vitest"
import type { Finding, Savings } from "../../../core/finding/Finding.ts"
import { noCounters, type Outcome, type OutcomeReason } from "../../../core/run/Outcome.ts"
import { addChanges, addOutcomes, addTotals, noCoverage, noTotals, totalsOf } from "../../../core/run/totals.ts"
import { noChanges } from "../../../core/run/Run.ts"
import { finding } from "../finding/findings.ts"

const one = (
  id: string,
  monthlyUsd: number,
  overrides: Partial<Omit<Finding, "savings">> = {},
  saving: Partial<Savings> = {}
) => finding({ id, ...overrides, savings: { monthlyUsd, ...saving } })

const all = (findings: ReadonlyArray<Finding>) => new Set(findings.map(({ id }) => id))

describe("totalsOf", () => {
  it("keeps confirmed and unconfirmed apart", () => {
    const findings = [one("a", 10), one("b", 5, { confirmed: false }), one("c", 0)]
    const { confirmed, unconfirmed } = totalsOf(findings, all(findings))
    assert.deepStrictEqual(confirmed, { findings: 2, monthlyUsd: 10 })
    assert.deepStrictEqual(unconfirmed, { findings: 1, monthlyUsd: 5 })
  })

  it("counts every finding and only the money that counts, and says what overlaps", () => {
    const totals = totalsOf([one("a", 10), one("b", 7)], new Set(["a"]))
    assert.deepStrictEqual(totals.confirmed, { findings: 2, monthlyUsd: 10 })
    assert.deepStrictEqual(totals.overlapping, { findings: 1, monthlyUsd: 7 })
  })

  it("calls nothing an overlap that saves nothing", () => {
    assert.deepStrictEqual(totalsOf([one("a", 0)], new Set()).overlapping, { findings: 0, monthlyUsd: 0 })
  })

  it("keeps commitments out of everything but their own sum, also one that were counted by mistake", () => {
    const totals = totalsOf([one("a", 500, {}, { claim: "commitment" }), one("b", 1)], new Set(["a", "b"]))
    assert.deepStrictEqual(totals.commitments, { findings: 1, monthlyUsd: 500 })
    assert.deepStrictEqual(totals.confirmed, { findings: 1, monthlyUsd: 1 })
    assert.deepStrictEqual(totals.byScan, { find_unused_volumes: { findings: 1, monthlyUsd: 1 } })
    assert.deepStrictEqual(totals.overlapping.findings, 0)
  })

  it("leaves out what is resolved", () => {
    assert.deepStrictEqual(totalsOf([one("a", 10, { status: "resolved" })], new Set(["a"])), noTotals)
  })

  it("groups by severity, category, scan, account and region", () => {
    const findings = [
      one("a", 10, { severity: "low" }),
      one("b", 20, { severity: "high", category: "network", scan: "find_unused_vpc_endpoints", region: "us-east-1" }),
      one("c", 40, { severity: "high", account: "222222222222", confirmed: false })
    ]
    const totals = totalsOf(findings, all(findings))
    assert.deepStrictEqual(totals.bySeverity, {
      critical: { findings: 0, monthlyUsd: 0 },
      high: { findings: 2, monthlyUsd: 60 },
      medium: { findings: 0, monthlyUsd: 0 },
      low: { findings: 1, monthlyUsd: 10 },
      info: { findings: 0, monthlyUsd: 0 }
    })
    assert.deepStrictEqual(totals.byCategory, {
      cleanup: { findings: 2, monthlyUsd: 50 },
      network: { findings: 1, monthlyUsd: 20 }
    })
    assert.deepStrictEqual(Object.keys(totals.byScan), ["find_unused_volumes", "find_unused_vpc_endpoints"])
    assert.deepStrictEqual(totals.byAccount, {
      "111111111111": { findings: 2, monthlyUsd: 30 },
      "222222222222": { findings: 1, monthlyUsd: 40 }
    })
    assert.deepStrictEqual(totals.byRegion["us-east-1"], { findings: 1, monthlyUsd: 20 })
  })

  it("adds cents, so that no order of the findings changes a total", () => {
    const findings = [0.1, 0.2, 0.3, 1e7, 0.1, 4.35, 1.1, 2.2].map((usd, index) => one(`f${index}`, usd))
    const forwards = totalsOf(findings, all(findings))
    assert.strictEqual(forwards.confirmed.monthlyUsd, 10_000_008.35)
    assert.deepStrictEqual(totalsOf(findings.toReversed(), all(findings)), forwards)
    const cents = Array.from({ length: 1000 }, (_, index) => one(`c${index}`, 0.01))
    assert.strictEqual(totalsOf(cents, all(cents)).confirmed.monthlyUsd, 10)
  })

  it("does not change the empty totals that it starts from", () => {
    totalsOf([one("a", 10)], new Set(["a"]))
    assert.deepStrictEqual(noTotals.confirmed, { findings: 0, monthlyUsd: 0 })
    assert.deepStrictEqual(noTotals.byScan, {})
  })
})

describe("addTotals", () => {
  it("gives for two accounts what their findings give together", () => {
    const first = [one("a", 0.1), one("b", 0.2, { confirmed: false, severity: "low" })]
    const second = [
      one("c", 0.7, { account: "222222222222" }),
      one("d", 9, { account: "222222222222" }, { claim: "commitment" }),
      one("e", 3, { account: "222222222222", category: "network" })
    ]
    const counted = new Set(["a", "b", "c"])
    const together = totalsOf([...first, ...second], counted)
    assert.deepStrictEqual(addTotals(totalsOf(first, counted), totalsOf(second, counted)), together)
    assert.deepStrictEqual(addTotals(totalsOf(second, counted), totalsOf(first, counted)), together)
    assert.deepStrictEqual(addTotals(noTotals, together), together)
    assert.deepStrictEqual(together.overlapping, { findings: 1, monthlyUsd: 3 })
  })
})

describe("addChanges", () => {
  it("adds each kind of change", () => {
    const changes = { opened: 1, changed: 2, confirmed: 3, resolved: 4, reopened: 5 }
    assert.deepStrictEqual(addChanges(changes, changes), {
      opened: 2,
      changed: 4,
      confirmed: 6,
      resolved: 8,
      reopened: 10
    })
    assert.deepStrictEqual(addChanges(noChanges, changes), changes)
  })
})

const denied: OutcomeReason = { code: "denied_by_iam", message: "ec2:DescribeVolumes: denied by IAM" }

const outcome = (overrides: Partial<Outcome> = {}): Outcome => ({
  scan: "find_unused_volumes",
  account: "111111111111",
  region: "eu-west-1",
  status: "complete",
  reason: null,
  counters: noCounters,
  settings: {},
  runId: "run-0",
  asOf: "2026-11-20T02:00:00.000Z",
  lastComplete: null,
  sequence: 1,
  ...overrides
})

describe("addOutcomes", () => {
  it("counts outcomes by their status; all of them were expected", () => {
    const { gaps, ...counts } = addOutcomes(noCoverage, [
      outcome(),
      outcome(),
      outcome({ status: "partial", reason: denied }),
      outcome({ status: "unavailable", reason: denied }),
      outcome({ status: "not_applicable" })
    ])
    assert.deepStrictEqual(counts, { expected: 5, complete: 2, partial: 1, unavailable: 1, notApplicable: 1 })
    assert.strictEqual(gaps.length, 1)
  })

  it("names a gap once, with every account, region and scan that it hit", () => {
    const { gaps } = addOutcomes(noCoverage, [
      outcome({ status: "unavailable", reason: denied, region: "us-east-1", scan: "find_unused_snapshots" }),
      outcome({ status: "unavailable", reason: denied }),
      outcome({ status: "partial", reason: denied, account: "000000000000" })
    ])
    assert.deepStrictEqual(gaps, [
      {
        reason: denied,
        outcomes: 3,
        accounts: ["000000000000", "111111111111"],
        regions: ["eu-west-1", "us-east-1"],
        scans: ["find_unused_snapshots", "find_unused_volumes"]
      }
    ])
  })

  it("goes on where a coverage was, account after account, largest gap first", () => {
    const throttled: OutcomeReason = { code: "throttled", message: "ec2:DescribeVolumes: throttled" }
    const first = addOutcomes(noCoverage, [outcome({ status: "partial", reason: throttled })])
    const second = addOutcomes(first, [
      outcome({ status: "unavailable", reason: denied }),
      outcome({ status: "unavailable", reason: denied, account: "222222222222" })
    ])
    const third = addOutcomes(second, [outcome({ status: "partial", reason: throttled, account: "333333333333" })])
    assert.deepStrictEqual(
      second.gaps.map(({ outcomes, reason }) => [reason.code, outcomes]),
      [
        ["denied_by_iam", 2],
        ["throttled", 1]
      ]
    )
    assert.deepStrictEqual(
      third.gaps.map(({ accounts, reason }) => [reason.code, accounts]),
      [
        ["denied_by_iam", ["111111111111", "222222222222"]],
        ["throttled", ["111111111111", "333333333333"]]
      ]
    )
    assert.strictEqual(third.expected, 4)
    assert.strictEqual(first.gaps[0]?.outcomes, 1)
  })
})
