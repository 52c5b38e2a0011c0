import { assert, describe, it } from "@effect/vitest"
import type { Finding, ResolveReason } from "../../../core/finding/Finding.ts"
import {
  type BilledMonth,
  billedMonths,
  endedFindings,
  groupOf,
  groupText,
  movedText,
  realisedOf
} from "../../../core/run/realised.ts"
import { account, aFinding, counting, resolved } from "../store/fixtures.ts"

const rds = "Amazon Relational Database Service"
const other = "999999999999"
let made = 0

const ended = (
  at: string,
  monthlyUsd: number,
  overrides: {
    readonly reason?: ResolveReason
    readonly counted?: boolean
    readonly service?: string
    readonly type?: string
    readonly account?: string
    readonly confirmed?: boolean
  } = {}
): Finding => {
  made += 1
  const {
    confirmed = true,
    counted = true,
    reason = "resource_deleted",
    service = rds,
    type = "rds:instance"
  } = overrides
  const open = aFinding({
    resourceId: `r-${made}`,
    monthlyUsd,
    service,
    confirmed,
    account: overrides.account ?? account,
    region: "eu-west-1"
  })
  const finding = { ...open, resource: { ...open.resource, type } }
  return resolved(counted ? counting(finding) : finding, at, reason)
}

const bill = (month: string, usd: number, overrides: Partial<BilledMonth> = {}): BilledMonth => ({
  month,
  payer: "111111111111",
  estimated: false,
  services: [
    [account, rds, usd],
    [account, "AWS Lambda", 5],
    [other, rds, 1000]
  ],
  usageTypes: null,
  ...overrides
})

const now = new Date("2026-11-20T02:00:00Z")

const compared = (findings: ReadonlyArray<Finding>, bills: ReadonlyArray<BilledMonth>, at = now) => {
  const all = endedFindings()
  for (const finding of findings) all.add(finding)
  return realisedOf(all, bills, at)
}

describe("what the bill shows of findings that ended", () => {
  it("is the fall of the service in the account from the month before to the month after, for all of them together", () => {
    const { groups, months } = compared(
      [ended("2026-09-10T02:00:00.000Z", 60), ended("2026-09-20T02:00:00.000Z", 40, { reason: "no_longer_matches" })],
      [bill("2026-08", 744), bill("2026-09", 700), bill("2026-10", 372)]
    )
    // August and October have 744 hours.
    assert.deepStrictEqual(groups, [
      {
        month: "2026-09",
        account,
        service: rds,
        usageType: null,
        region: null,
        claimed: { findings: 2, monthlyUsd: 100 },
        beforeUsd: 730,
        afterUsd: 365,
        why: null,
        knownFrom: null
      }
    ])
    assert.deepStrictEqual(months, [
      {
        month: "2026-09",
        known: { claimed: { findings: 2, monthlyUsd: 100 }, beforeUsd: 730, afterUsd: 365 },
        waiting: { findings: 0, monthlyUsd: 0 },
        knownFrom: null,
        unknown: { findings: 0, monthlyUsd: 0 }
      }
    ])
    assert.strictEqual(
      groups[0] === undefined ? "" : groupText(groups[0]),
      `The bill of ${rds} of account ${account} fell by $365.00, from $730.00 to $365.00 a month, whatever caused it; 2 findings that ended in 2026-09 claimed $100.00 a month.`
    )
  })

  it("counts only what somebody did something about, is confirmed and counted", () => {
    for (const reason of ["settings_changed", "suppressed", "account_left", "no_longer_judged"] as const)
      assert.deepStrictEqual(compared([ended("2026-09-10T02:00:00.000Z", 60, { reason })], []).groups, [], reason)
    const at = "2026-09-10T02:00:00.000Z"
    assert.deepStrictEqual(
      compared([ended(at, 60, { counted: false }), ended(at, 60, { confirmed: false })], []).groups,
      []
    )
    assert.deepStrictEqual(compared([{ ...ended(at, 60), status: "open", resolved: null }], []).groups, [])
  })

  it("is not known yet while the month after is not over, and says from when on", () => {
    const bills = [bill("2026-09", 720), bill("2026-10", 700)]
    const { groups, months } = compared([ended("2026-10-10T02:00:00.000Z", 60)], bills)
    assert.deepStrictEqual(
      groups.map(({ afterUsd, beforeUsd, knownFrom, why }) => [beforeUsd, afterUsd, knownFrom, why]),
      [[730, null, "2026-12-05", "not known yet: 2026-11 is the first whole month after"]]
    )
    assert.deepStrictEqual([months[0]?.waiting, months[0]?.knownFrom], [{ findings: 1, monthlyUsd: 60 }, "2026-12-05"])
    // AWS has not made it final.
    const later = new Date("2026-12-06T02:00:00Z")
    const late = compared(
      [ended("2026-10-10T02:00:00.000Z", 60)],
      [...bills, bill("2026-11", 1, { estimated: true })],
      later
    )
    assert.deepStrictEqual(
      late.groups.map(({ afterUsd, knownFrom, why }) => [afterUsd, knownFrom, why]),
      [[null, null, "the bill of 2026-11 is not final yet"]]
    )
  })

  it("is unknown where the bill was not read, where it calls the service otherwise, and where it is another payer's", () => {
    const at = "2026-09-10T02:00:00.000Z"
    const why = (findings: ReadonlyArray<Finding>, bills: ReadonlyArray<BilledMonth>) =>
      compared(findings, bills).groups.map(({ afterUsd, why }) => [afterUsd, why])
    // What is known is said beside what is not: October's 700 for 744 hours, as 730.
    assert.deepStrictEqual(why([ended(at, 60)], [bill("2026-10", 700)]), [[686.83, "the bill of 2026-08 was not read"]])
    assert.deepStrictEqual(why([ended(at, 60)], [bill("2026-08", 700)]), [[null, "the bill of 2026-10 was not read"]])
    assert.deepStrictEqual(why([ended(at, 60, { service: "RDS" })], [bill("2026-08", 1), bill("2026-10", 1)]), [
      [null, "the bill of 2026-08 shows nothing of it"]
    ])
    const another = bill("2026-10", 700, { payer: "222222222222", services: [[other, rds, 1]] })
    assert.deepStrictEqual(why([ended(at, 60)], [bill("2026-08", 700), another]), [
      [null, "the bill of 2026-10 was not read"]
    ])
    assert.deepStrictEqual(compared([ended(at, 60)], []).months[0]?.unknown, { findings: 1, monthlyUsd: 60 })
  })

  it("is not known where the account is not on the bill any more, or on another payer's: no bill says that it costs nothing", () => {
    const findings = [ended("2026-09-10T02:00:00.000Z", 60)]
    const [first, second] = ["111111111111", "222222222222"]
    const without = (month: string, payer = first) => bill(month, 0, { payer, services: [[other, rds, 1]] })
    const moved = (month: string, usd: number) => bill(month, usd, { payer: second, services: [[account, rds, usd]] })
    const cases: ReadonlyArray<readonly [bills: ReadonlyArray<BilledMonth>, before: number | null, why: string]> = [
      [[bill("2026-08", 744), without("2026-10")], 730, "the account is on no bill of 2026-10 that was read"],
      [
        [bill("2026-08", 744), without("2026-10"), moved("2026-10", 770)],
        730,
        "the account is on another payer's bill in 2026-10"
      ],
      [
        [bill("2026-08", 744), bill("2026-10", 300), moved("2026-10", 400)],
        730,
        "the account is on the bills of 2 payers in 2026-10"
      ],
      [
        [bill("2026-08", 300), moved("2026-08", 400), bill("2026-10", 744)],
        null,
        "the account is on the bills of 2 payers in 2026-08"
      ],
      [[without("2026-08"), bill("2026-10", 744)], null, "the account is on no bill of 2026-08 that was read"]
    ]
    for (const [bills, before, why] of cases) {
      for (const inOrder of [bills, bills.toReversed()]) {
        const { groups, months } = compared(findings, inOrder)
        assert.strictEqual(groups[0]?.why, why)
        assert.strictEqual(groups[0]?.beforeUsd, before, why)
        assert.deepStrictEqual(months[0]?.unknown, { findings: 1, monthlyUsd: 60 }, why)
        assert.deepStrictEqual(months[0]?.known, {
          claimed: { findings: 0, monthlyUsd: 0 },
          beforeUsd: 0,
          afterUsd: 0
        })
        assert.notInclude(groups[0] === undefined ? "" : groupText(groups[0]), "fell")
      }
    }
    // Its other services are still billed: this one costs nothing now.
    const emptied = bill("2026-10", 0, { services: [[account, "AWS Lambda", 5]] })
    const [group] = compared(findings, [bill("2026-08", 744), emptied]).groups
    assert.deepStrictEqual([group?.beforeUsd, group?.afterUsd, group?.why], [730, 0, null])
  })

  it("is of a usage type in its region where the bill has it, unless something else of the service ended too", () => {
    const at = "2026-09-10T02:00:00.000Z"
    const ebs = "EC2 - Other"
    const snapshot = ended(at, 20, { service: ebs, type: "ec2:snapshot" })
    const withTypes = (month: string, usd: number): BilledMonth =>
      bill(month, 1, {
        services: [[account, ebs, 10 * usd]],
        usageTypes: [
          [account, "eu-west-1", "EBS:SnapshotUsage", usd],
          [account, "us-east-1", "EBS:SnapshotUsage", 500],
          [other, "eu-west-1", "EBS:SnapshotUsage", 500]
        ]
      })
    const bills = [withTypes("2026-08", 744), withTypes("2026-10", 372)]
    const fine = compared([snapshot], bills)
    assert.deepStrictEqual(
      fine.groups.map(({ afterUsd, beforeUsd, region, usageType }) => [usageType, region, beforeUsd, afterUsd]),
      [["EBS:SnapshotUsage", "eu-west-1", 730, 365]]
    )
    assert.strictEqual(groupOf(fine, snapshot)?.usageType, "EBS:SnapshotUsage")
    const volume = ended(at, 30, { service: ebs, type: "ec2:volume" })
    const whole = compared([snapshot, volume], bills)
    assert.deepStrictEqual(
      whole.groups.map(({ afterUsd, beforeUsd, claimed, usageType }) => [usageType, beforeUsd, afterUsd, claimed]),
      [[null, 7300, 3650, { findings: 2, monthlyUsd: 50 }]]
    )
    for (const finding of [snapshot, volume]) assert.strictEqual(groupOf(whole, finding)?.claimed.findings, 2)
    assert.isUndefined(groupOf(whole, ended("2026-07-10T02:00:00.000Z", 30, { service: ebs })))
    const unread = bills.map((one) => ({ ...one, usageTypes: null }))
    assert.strictEqual(compared([snapshot], unread).groups[0]?.why, "the bill of 2026-08 was not read by usage type")
  })

  it("says that a bill rose, and adds no months up", () => {
    assert.strictEqual(movedText(100, 130), "rose by $30.00, from $100.00 to $130.00")
    assert.strictEqual(movedText(100, 100), "stayed as it was, from $100.00 to $100.00")
    const { months } = compared(
      [ended("2026-08-10T02:00:00.000Z", 60), ended("2026-09-10T02:00:00.000Z", 40)],
      ["2026-07", "2026-08", "2026-09", "2026-10"].map((month) => bill(month, 744))
    )
    assert.deepStrictEqual(
      months.map(({ known, month }) => [month, known.claimed.monthlyUsd]),
      [
        ["2026-09", 40],
        ["2026-08", 60]
      ]
    )
  })
})

describe("the bills that are kept", () => {
  const row = { account, service: rds, amount: 7, currency: "USD", estimated: false }
  const usage = {
    account,
    region: "eu-west-1",
    name: "EBS:SnapshotUsage",
    amount: 3,
    currency: "USD",
    estimated: false
  }
  it("are those of months that are over, in USD, with usage types where they were read", () => {
    const months = billedMonths(
      "111111111111",
      [
        { ...row, start: "2026-10-01" },
        { ...row, start: "2026-11-01" }
      ],
      [{ ...usage, start: "2026-10-01" }],
      now
    )
    assert.deepStrictEqual(months, [
      {
        month: "2026-10",
        payer: "111111111111",
        estimated: false,
        services: [[account, rds, 7]],
        usageTypes: [[account, "eu-west-1", "EBS:SnapshotUsage", 3]]
      }
    ])
    assert.deepStrictEqual(billedMonths("1", [{ ...row, currency: "EUR", start: "2026-10-01" }], undefined, now), [])
    assert.isNull(billedMonths("1", [{ ...row, start: "2026-10-01" }], undefined, now)[0]?.usageTypes)
    assert.isTrue(billedMonths("1", [{ ...row, estimated: true, start: "2026-10-01" }], undefined, now)[0]?.estimated)
  })
})
