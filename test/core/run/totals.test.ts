import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { Finding, FindingEvent, Savings } from "../../../core/finding/Finding.ts"
import { noCounters, type Outcome, type OutcomeReason } from "../../../core/run/Outcome.ts"
import { claimantOf } from "../../../core/finding/claims.ts"
import { dimensions, otherOwners } from "../../../core/run/Rollup.ts"
import {
  addCoverage,
  addOutcomes,
  addSums,
  addTotals,
  maxAboveBill,
  hasGapsElsewhere,
  maxOwners,
  noCoverage,
  noSums,
  noTotals,
  organisationRollup,
  rollupOf,
  totalsOf as totalsOfClaimants
} from "../../../core/run/totals.ts"
import { Coverage } from "../../../core/run/Run.ts"
import { addChanges, changesOf, noChanges } from "../../../core/run/Changes.ts"
import { finding, withoutSaving } from "../finding/findings.ts"

const one = (
  id: string,
  monthlyUsd: number,
  overrides: Partial<Omit<Finding, "savings">> = {},
  saving: Partial<Savings> = {}
) => finding({ id, ...overrides, savings: { monthlyUsd, ...saving } })

const totalsOf = (findings: ReadonlyArray<Finding>, counted: ReadonlySet<string>) =>
  totalsOfClaimants(findings.map(claimantOf), counted)

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

  it("leaves out what is resolved or set aside", () => {
    for (const status of ["resolved", "snoozed", "suppressed"] as const) {
      assert.deepStrictEqual(totalsOf([one("a", 10, { status })], new Set(["a"])), noTotals)
    }
  })

  it("counts money, hygiene and notices apart", () => {
    const totals = totalsOf(
      [
        one("a", 10),
        withoutSaving("hygiene", { id: "b", severity: "critical" }),
        withoutSaving("hygiene", { id: "c", severity: "critical", confirmed: false }),
        withoutSaving("notice", { id: "d", severity: "high" })
      ],
      new Set(["a"])
    )
    assert.deepStrictEqual(totals.confirmed, { findings: 1, monthlyUsd: 10 })
    assert.deepStrictEqual(totals.unconfirmed, { findings: 0, monthlyUsd: 0 })
    assert.deepStrictEqual(totals.hygiene, { critical: 2, high: 0, medium: 0, low: 0, info: 0 })
    assert.strictEqual(totals.notices, 1)
    assert.deepStrictEqual(totals.byScan, { find_unused_volumes: { findings: 1, monthlyUsd: 10 } })
    assert.deepStrictEqual(totals.bySeverity.critical, { findings: 0, monthlyUsd: 0 })
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
      one("e", 3, { account: "222222222222", category: "network" }),
      withoutSaving("hygiene", { id: "f", account: "222222222222", severity: "high" }),
      withoutSaving("notice", { id: "g", account: "222222222222" })
    ]
    const counted = new Set(["a", "b", "c"])
    const together = totalsOf([...first, ...second], counted)
    assert.deepStrictEqual(addTotals(totalsOf(first, counted), totalsOf(second, counted)), together)
    assert.deepStrictEqual(addTotals(totalsOf(second, counted), totalsOf(first, counted)), together)
    assert.deepStrictEqual(addTotals(noTotals, together), together)
    assert.deepStrictEqual(together.overlapping, { findings: 1, monthlyUsd: 3 })
  })
})

describe("changesOf", () => {
  const event = (overrides: Partial<FindingEvent>): FindingEvent => ({
    findingId: "a",
    runId: "run-1",
    type: "opened",
    at: "2026-11-20T02:00:00.000Z",
    account: "111111111111",
    scan: "find_unused_volumes",
    kind: "money",
    monthlyUsd: 10,
    previousMonthlyUsd: 0,
    detail: "",
    ...overrides
  })

  it("adds up events by type, with the savings they are about", () => {
    const changes = changesOf([
      event({}),
      event({ findingId: "b", monthlyUsd: 0.1 }),
      event({ findingId: "c", monthlyUsd: 0.2 }),
      event({ findingId: "d", kind: "hygiene", monthlyUsd: 0 }),
      event({ findingId: "e", type: "changed", monthlyUsd: 30, previousMonthlyUsd: 50 }),
      event({ findingId: "f", type: "resolved", monthlyUsd: 7, previousMonthlyUsd: 7, detail: "resource_deleted" }),
      event({ findingId: "k", type: "resolved", monthlyUsd: 8, previousMonthlyUsd: 8, detail: "settings_changed" }),
      event({ findingId: "l", type: "resolved", monthlyUsd: 9, previousMonthlyUsd: 9, detail: "account_left" }),
      event({ findingId: "m", type: "resolved", monthlyUsd: 1, previousMonthlyUsd: 1, detail: "account_left" }),
      event({ findingId: "g", type: "reopened", monthlyUsd: 3 }),
      event({ findingId: "h", type: "confirmed", monthlyUsd: 4 }),
      event({ findingId: "i", type: "snoozed" }),
      event({ findingId: "j", type: "suppressed" })
    ])
    assert.deepStrictEqual(changes, {
      opened: { findings: 4, monthlyUsd: 10.3 },
      changed: { findings: 1, monthlyUsd: -20 },
      confirmed: { findings: 1, monthlyUsd: 4 },
      resolved: { findings: 1, monthlyUsd: 7 },
      reopened: { findings: 1, monthlyUsd: 3 },
      // They save nothing.
      ended: { settings_changed: { findings: 1, monthlyUsd: 8 }, account_left: { findings: 2, monthlyUsd: 10 } }
    })
    assert.deepStrictEqual(addChanges(changes, changes).ended?.["account_left"], { findings: 4, monthlyUsd: 20 })
    assert.deepStrictEqual(addChanges(noChanges, changes), changes)
  })

  it("counts an event once that a repeated step gives again", () => {
    assert.deepStrictEqual(changesOf([event({}), event({}), event({ type: "confirmed" })]).opened, {
      findings: 1,
      monthlyUsd: 10
    })
    assert.deepStrictEqual(changesOf([event({}), event({ runId: "run-2" })]).opened.findings, 2)
    assert.deepStrictEqual(changesOf([]), noChanges)
  })
})

describe("addChanges", () => {
  it("adds each kind of change, in cents", () => {
    const amount = (findings: number) => ({ findings, monthlyUsd: findings / 10 })
    const changes = {
      opened: amount(1),
      changed: amount(2),
      confirmed: amount(3),
      resolved: amount(4),
      reopened: amount(5)
    }
    assert.deepStrictEqual(addChanges(changes, changes), {
      opened: amount(2),
      changed: amount(4),
      confirmed: amount(6),
      resolved: amount(8),
      reopened: amount(10)
    })
    assert.deepStrictEqual(addChanges(noChanges, changes), changes)
  })
})

describe("rollups", () => {
  const time = { runId: "run-0", asOf: "2026-11-20T02:00:00.000Z" }
  const owned = (team: string) => ({ resource: { ...finding().resource, tags: { team } } })
  const findings = [
    one("a", 10, owned("blue")),
    one("b", 0.1, { ...owned("blue"), confirmed: false, region: "us-east-1" }),
    one("c", 0.2, { ...owned("__proto__"), severity: "high", category: "network" }),
    one("d", 9, {}, { claim: "commitment" }),
    one("e", 3, { scan: "other" }),
    one("f", 99, { status: "resolved" }),
    withoutSaving("hygiene", { id: "g", ...owned("blue") }),
    withoutSaving("notice", { id: "h", resource: { ...finding().resource, tags: {}, service: "Amazon RDS" } })
  ]
  const counted = new Set(["a", "b", "c"])
  const rollup = rollupOf("111111111111", time, findings.map(claimantOf), counted)

  it("add up what findings give together, by every dimension", () => {
    assert.deepStrictEqual(rollup.sums, {
      confirmed: { findings: 3, monthlyUsd: 10.2 },
      unconfirmed: { findings: 1, monthlyUsd: 0.1 },
      commitments: { findings: 1, monthlyUsd: 9 },
      overlapping: { findings: 1, monthlyUsd: 3 },
      hygiene: 1,
      notices: 1
    })
    assert.deepStrictEqual(rollup.by.owner.get("blue"), {
      ...noSums,
      confirmed: { findings: 1, monthlyUsd: 10 },
      unconfirmed: { findings: 1, monthlyUsd: 0.1 },
      hygiene: 1
    })
    assert.deepStrictEqual(rollup.by.owner.get("__proto__")?.confirmed, { findings: 1, monthlyUsd: 0.2 })
    assert.deepStrictEqual([...rollup.by.owner.keys()].sort(), ["", "__proto__", "blue", "shop"])
    assert.deepStrictEqual(rollup.by.service.get("Amazon RDS"), { ...noSums, notices: 1 })
    assert.deepStrictEqual(rollup.by.account, new Map([["111111111111", rollup.sums]]))
    for (const dimension of dimensions) {
      const sum = [...rollup.by[dimension].values()].reduce(addSums, noSums)
      assert.deepStrictEqual(sum, rollup.sums, dimension)
    }
    assert.deepStrictEqual(
      (rollup.cells ?? []).reduce((sum, cell) => addSums(sum, cell.sums), noSums),
      rollup.sums
    )
  })

  it("agree with the totals of a run over the same findings", () => {
    const totals = totalsOf(findings, counted)
    assert.deepStrictEqual(
      [totals.confirmed, totals.unconfirmed, totals.commitments, totals.overlapping],
      [rollup.sums.confirmed, rollup.sums.unconfirmed, rollup.sums.commitments, rollup.sums.overlapping]
    )
    assert.strictEqual(totals.notices, rollup.sums.notices)
  })

  it("of accounts add up to the organisation's", () => {
    const second = rollupOf(
      "222222222222",
      time,
      [claimantOf(one("x", 5, { account: "222222222222" }))],
      new Set(["x"])
    )
    const organisation = organisationRollup(time, [rollup, second])
    assert.strictEqual(organisation.account, "all")
    assert.isNull(organisation.cells)
    assert.deepStrictEqual(organisation.sums, addSums(rollup.sums, second.sums))
    assert.deepStrictEqual([...organisation.by.account.keys()], ["111111111111", "222222222222"])
    for (const dimension of dimensions) {
      assert.deepStrictEqual([...organisation.by[dimension].values()].reduce(addSums, noSums), organisation.sums)
    }
    assert.deepStrictEqual(organisationRollup(time, []).sums, noSums)
  })

  it("list no more owners than people can read, and lose nothing of the others", () => {
    const many = Array.from({ length: maxOwners + 5 }, (_, index) =>
      claimantOf(one(`f-${index}`, index + 1, owned(`team-${index}`)))
    )
    const account = rollupOf("111111111111", time, many, new Set(many.map(({ id }) => id)))
    assert.strictEqual(account.by.owner.size, maxOwners + 5, "an account lists all")
    const organisation = organisationRollup(time, [account])
    assert.strictEqual(organisation.by.owner.size, maxOwners + 1)
    assert.deepStrictEqual(organisation.by.owner.get(otherOwners)?.confirmed, { findings: 5, monthlyUsd: 15 })
    assert.isFalse(organisation.by.owner.has("team-4"))
    assert.isTrue(organisation.by.owner.has("team-5"))
  })
})

const denied: OutcomeReason = {
  code: "denied_by_iam",
  message: "ec2:DescribeVolumes: denied by IAM",
  operations: ["ec2:DescribeVolumes"]
}

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
  lastJudged: null,
  sequence: 1,
  unbroken: null,
  unjudged: [],
  changes: noChanges,
  ...overrides
})

describe("addOutcomes", () => {
  it("counts outcomes by their status; all of them were expected", () => {
    const {
      byScan: _,
      gaps,
      ...counts
    } = addOutcomes(noCoverage, [
      outcome(),
      outcome(),
      outcome({ status: "partial", reason: denied }),
      outcome({ status: "unavailable", reason: denied }),
      outcome({ status: "not_applicable" })
    ])
    assert.deepStrictEqual(counts, { expected: 5, complete: 2, partial: 1, unavailable: 1, notApplicable: 1 })
    assert.strictEqual(gaps.length, 1)
  })

  it("counts each scan apart, and says as of when the scope that waits longest was complete", () => {
    const [first, second, third] = ["2026-11-18T02:00:00.000Z", "2026-11-19T02:00:00.000Z", "2026-11-20T02:00:00.000Z"]
    const coverage = addOutcomes(noCoverage, [
      outcome({ lastComplete: third }),
      outcome({ status: "partial", reason: denied, lastComplete: second, region: "us-east-1" }),
      outcome({ status: "unavailable", reason: denied, region: "us-west-1" }),
      outcome({ status: "not_applicable", lastComplete: first, region: "sa-east-1" }),
      outcome({ scan: "other", status: "unavailable", reason: denied })
    ])
    const volumes = { expected: 4, complete: 1, partial: 1, unavailable: 1, notApplicable: 1, oldest: second }
    const other = { expected: 1, complete: 0, partial: 0, unavailable: 1, notApplicable: 0, oldest: null }
    assert.deepStrictEqual<object>(coverage.byScan, { find_unused_volumes: volumes, other })
    const more = addOutcomes(coverage, [
      outcome({ account: "222222222222", lastComplete: first }),
      outcome({ account: "222222222222", scan: "other", lastComplete: third })
    ])
    assert.deepStrictEqual<object>(more.byScan, {
      find_unused_volumes: { ...volumes, expected: 5, complete: 2, oldest: first },
      other: { ...other, expected: 2, complete: 1, oldest: third }
    })
  })

  it("reads what was written before scans were counted apart", () => {
    const { byScan: _, ...before } = addOutcomes(noCoverage, [outcome()])
    assert.deepStrictEqual(Schema.decodeSync(Coverage)(before), { ...before, byScan: {} })
  })

  it("names a gap once, with every account, region and scan that it hit", () => {
    const { gaps } = addOutcomes(noCoverage, [
      outcome({ status: "unavailable", reason: denied, region: "us-east-1", scan: "find_unused_snapshots" }),
      outcome({ status: "unavailable", reason: denied }),
      outcome({ status: "partial", reason: denied, account: "000000000000" })
    ])
    assert.deepStrictEqual(gaps, [
      {
        reason: { ...denied, message: "denied by IAM" },
        outcomes: 3,
        accounts: ["000000000000", "111111111111"],
        moreAccounts: 0,
        regions: ["eu-west-1", "us-east-1"],
        scans: ["find_unused_snapshots", "find_unused_volumes"]
      }
    ])
  })

  it("goes on where a coverage was, account after account, largest gap first", () => {
    const throttled: OutcomeReason = { code: "throttled", message: "throttled", operations: ["ec2:DescribeVolumes"] }
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

  it("makes one gap of a policy that denies every operation, whose names it keeps", () => {
    const scp = (operation: string): OutcomeReason => ({
      code: "denied_by_scp",
      message: `${operation}: denied by a service control policy`,
      operations: [operation]
    })
    const { gaps } = addOutcomes(noCoverage, [
      outcome({ status: "unavailable", reason: scp("ec2:DescribeVolumes") }),
      outcome({ status: "unavailable", reason: scp("rds:DescribeDBInstances"), scan: "other" })
    ])
    assert.deepStrictEqual(gaps, [
      {
        reason: {
          code: "denied_by_scp",
          message: "denied by a service control policy",
          operations: ["ec2:DescribeVolumes", "rds:DescribeDBInstances"]
        },
        outcomes: 2,
        accounts: ["111111111111"],
        moreAccounts: 0,
        regions: ["eu-west-1"],
        scans: ["find_unused_volumes", "other"]
      }
    ])
  })

  it("tells causes apart by their operations, and without one by their words, but not by numbers in them", () => {
    const reason = (message: string, operations?: ReadonlyArray<string>): OutcomeReason => ({
      code: operations === undefined ? "inspection_cap" : "throttled",
      message,
      ...(operations === undefined ? {} : { operations })
    })
    const { gaps } = addOutcomes(
      noCoverage,
      [
        reason("inspected 100 of 1,234 buckets"),
        reason("inspected 100 of 99 buckets"),
        reason("inspected 100 of 99 tables"),
        reason("throttled", ["s3:A", "s3:B"]),
        reason("throttled in the end", ["s3:B", "s3:A"]),
        reason("throttled", ["s3:A"])
      ].map((reason) => outcome({ status: "partial", reason }))
    )
    assert.deepStrictEqual(gaps.map(({ outcomes, reason }) => [outcomes, reason.message]).sort(), [
      [1, "inspected 100 of 99 tables"],
      [1, "throttled"],
      [2, "inspected 100 of 1,234 buckets"],
      [2, "throttled"]
    ])
  })

  it("sees no gap in what does not apply", () => {
    const reason: OutcomeReason = { code: "not_in_region", message: "the service is not in this region" }
    const coverage = addOutcomes(noCoverage, [outcome({ status: "not_applicable", reason })])
    const counts = { expected: 1, complete: 0, partial: 0, unavailable: 0, notApplicable: 1 }
    assert.deepStrictEqual(coverage, {
      ...noCoverage,
      ...counts,
      byScan: { find_unused_volumes: { ...counts, oldest: null } }
    })
  })

  it("stays small: a thousand accounts, each with a message of its own, are a few gaps with examples", () => {
    const accounts = Array.from({ length: 1000 }, (_, index) => String(100_000_000_000 + index))
    const of = (account: string, index: number) =>
      Array.from({ length: 17 }, (_, region) =>
        outcome({
          account,
          region: `region-${region}`,
          scan: `scan_${(index + region) % 76}`,
          status: "partial",
          reason: { code: "inspection_cap", message: `inspected 1,000 of ${index * 17 + region + 1001} functions` }
        })
      )
    const coverage = accounts.reduce((sum, account, index) => addOutcomes(sum, of(account, index)), noCoverage)
    assert.strictEqual(coverage.partial, 17_000)
    assert.strictEqual(coverage.gaps.length, 1)
    const [gap] = coverage.gaps
    assert.deepStrictEqual([gap?.outcomes, gap?.accounts.length, gap?.moreAccounts], [17_000, 20, 980])
    assert.strictEqual(gap?.regions.length, 17)
    assert.strictEqual(gap?.scans.length, 76)
    assert.isBelow(JSON.stringify({ ...coverage, byScan: {} }).length, 4000)
    assert.isBelow(JSON.stringify(coverage.byScan).length, 76 * 110)
  })

  it("joins the smallest gaps by their code where there are too many causes", () => {
    const outcomes = Array.from({ length: 500 }, (_, index) =>
      outcome({
        account: String(100_000_000_000 + (index % 7)),
        status: "unavailable",
        reason: { code: "rejected", message: "x".repeat(2000), operations: [`s3:Operation${index}`] }
      })
    )
    const once = addOutcomes(noCoverage, outcomes)
    assert.isAtMost(once.gaps.length, 60)
    assert.strictEqual(
      once.gaps.reduce((sum, { outcomes }) => sum + outcomes, 0),
      500
    )
    const rest = once.gaps[0]
    assert.deepStrictEqual(rest?.reason, { code: "rejected", message: "for several different reasons" })
    const twice = addCoverage(once, addOutcomes(noCoverage, outcomes))
    assert.isAtMost(twice.gaps.length, 60)
    assert.strictEqual(
      twice.gaps.reduce((sum, { outcomes }) => sum + outcomes, 0),
      1000
    )
    assert.isBelow(JSON.stringify(twice).length, 60_000)
  })

  it("is the same whichever account comes first", () => {
    const first = addOutcomes(noCoverage, [outcome({ status: "partial", reason: { ...denied, message: "b" } })])
    const second = addOutcomes(noCoverage, [
      outcome({ status: "partial", reason: { ...denied, message: "a" }, account: "222222222222" })
    ])
    assert.deepStrictEqual(addCoverage(first, second), addCoverage(second, first))
  })
})

describe("totals held against the bill", () => {
  const time = { runId: "run-1", asOf: "2026-11-20T02:00:00.000Z" }
  const account = finding().account
  const of = (id: string, service: string, monthlyUsd: number, confirmed = true) =>
    one(id, monthlyUsd, { confirmed, resource: { ...finding().resource, arn: `arn:${id}`, service } })
  const rolled = (findings: ReadonlyArray<Finding>, billed?: Record<string, number>) =>
    rollupOf(
      account,
      time,
      findings.map(claimantOf),
      all(findings),
      billed === undefined ? undefined : new Map(Object.entries(billed))
    )

  it("names the services of which more would be saved than was billed, the largest difference first", () => {
    const findings = [
      of("a", "EC2", 80),
      of("b", "EC2", 41, false),
      of("c", "S3", 30),
      of("d", "RDS", 5),
      of("e", "", 99)
    ]
    assert.deepStrictEqual(rolled(findings, { EC2: 100.004, S3: 29.5 }).aboveBill, [
      { account, service: "EC2", monthlyUsd: 121, billedUsd: 100 },
      { account, service: "RDS", monthlyUsd: 5, billedUsd: 0 }
    ])
  })

  it("counts only the claims that count, and leaves the sums as they are", () => {
    const findings = [of("a", "EC2", 80), of("b", "EC2", 80)]
    const billed = new Map([["EC2", 90]])
    const rollup = rollupOf(account, time, findings.map(claimantOf), new Set(["a"]), billed)
    assert.deepStrictEqual(rollup.aboveBill, [])
    assert.strictEqual(rollup.sums.confirmed.monthlyUsd, 80)
  })

  it("says nothing where no bill was read, which is not a bill of nothing", () => {
    const rollup = rolled([of("a", "EC2", 80)])
    assert.notProperty(rollup, "aboveBill")
    assert.notProperty(organisationRollup(time, [rollup]), "aboveBill")
  })

  it("lists for the organisation what is above its own account's bill, bounded", () => {
    const above = rolled([of("a", "EC2", 80)], { EC2: 10 })
    const below = { ...rolled([of("b", "EC2", 1)], { EC2: 500 }), account: "999999999999" }
    assert.deepStrictEqual(organisationRollup(time, [above, below]).aboveBill, above.aboveBill)
    assert.notProperty(organisationRollup(time, [above, below]), "billed")
    const many = Array.from({ length: maxAboveBill + 1 }, (_, index) =>
      of(String(index), `service ${index}`, index + 2)
    )
    const listed = organisationRollup(time, [rolled(many, {})]).aboveBill ?? []
    assert.strictEqual(listed.length, maxAboveBill)
    assert.strictEqual(listed.at(-1)?.monthlyUsd, 3)
  })
})

describe("gaps of two nights", () => {
  const gap = (accounts: ReadonlyArray<string>, scans: ReadonlyArray<string> = ["find_a"], moreAccounts = 0) => ({
    reason: { code: "denied_by_iam" as const, message: "a permission is missing" },
    outcomes: accounts.length,
    accounts,
    moreAccounts,
    regions: ["eu-west-1"],
    scans
  })

  it("are elsewhere where one is of an account, a scan, a region or a reason that had none", () => {
    const before = [gap(["1", "2"])]
    const { reason } = gap([])
    for (const other of [
      gap(["3"]),
      gap(["1"], ["find_b"]),
      { ...gap(["1"]), regions: ["us-east-1"] },
      { ...gap(["1"]), reason: { ...reason, code: "throttled" as const } }
    ])
      assert.isTrue(hasGapsElsewhere([other], before))
    for (const same of [[], [gap(["2"])], before, [{ ...gap(["1"]), reason: { ...reason, message: "denied" } }]])
      assert.isFalse(hasGapsElsewhere(same, before))
  })

  it("are elsewhere where another operation is denied in the same place, and not where it is another one that was throttled", () => {
    const of = (
      operations: ReadonlyArray<string>,
      code: "denied_by_iam" | "denied_by_scp" | "throttled",
      region: string
    ) => ({
      ...gap(["1"]),
      regions: [region],
      reason: { code, message: "", operations }
    })
    const volumes = "ec2:DescribeVolumes"
    const instances = "ec2:DescribeInstances"
    for (const code of ["denied_by_iam", "denied_by_scp"] as const) {
      const before = [of([volumes], code, "eu-west-1"), of([instances], code, "us-east-1")]
      assert.isTrue(hasGapsElsewhere([of([instances], code, "eu-west-1")], before))
      assert.isTrue(hasGapsElsewhere([of([volumes, instances], code, "eu-west-1")], before))
      assert.isFalse(hasGapsElsewhere([of([volumes], code, "eu-west-1")], before))
      // Of so many the others may have been denied as well.
      const many = Array.from({ length: 20 }, (_, index) => `ec2:Describe${index}`)
      assert.isFalse(hasGapsElsewhere([of([volumes], code, "eu-west-1")], [of(many, code, "eu-west-1")]))
    }
    assert.isFalse(
      hasGapsElsewhere([of([instances], "throttled", "eu-west-1")], [of([volumes], "throttled", "eu-west-1")])
    )
  })

  it("are not known to be elsewhere by an account that may be one of those that are not named", () => {
    assert.isFalse(hasGapsElsewhere([gap(["3"])], [gap(["1"], ["find_a"], 1)]))
    assert.isTrue(hasGapsElsewhere([gap(["3"], ["find_b"])], [gap(["1"], ["find_a"], 1)]))
  })
})
