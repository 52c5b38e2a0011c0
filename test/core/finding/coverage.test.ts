import { assert, describe, it } from "@effect/vitest"
import {
  asCoveredBefore,
  type Coverage,
  coveragesOf,
  instanceTypeOf,
  isCoverable,
  underCoverage,
  useOf,
  useOfFact
} from "../../../core/finding/coverage.ts"
import type { Savings } from "../../../core/finding/Finding.ts"
import { resolve, see } from "../../../core/finding/lifecycle.ts"
import { noSavings, sum, term } from "../../../core/finding/savings.ts"
import { known, unknown } from "../../../core/Reading.ts"
import { now } from "../../datasets/harness.ts"
import { night, seen } from "./findings.ts"

const price = (fact: string, usd: number) =>
  ({
    fact,
    region: "eu-west-1",
    usd,
    unit: "hour",
    source: "test",
    asOf: "2026-11-20",
    confidence: "verified"
  }) as const

/** An m5.large for a month at 0.10 an hour: 73.00. */
const stopped = sum("stop", [term("m5.large", 730, "hour", price("ec2.linux.m5.large", 0.1))])

const row = (use: string, of: Partial<Coverage>): Coverage => ({
  use,
  region: "eu-west-1",
  onDemand: 0,
  reserved: 0,
  planned: 0,
  ...of
})

const flagged = (savings: Savings) => ({ region: "eu-west-1", savings, severity: "medium" as const })

const under = (savings: Savings, ...rows: ReadonlyArray<Coverage>) => {
  const found = underCoverage(flagged(savings), known(coveragesOf(rows)))
  return { ...found, savings: found.savings as Savings }
}

describe("useOf and useOfFact", () => {
  it.each([
    ["BoxUsage:m5.large", "ec2.linux.m5.large"],
    ["BoxUsage:u-6tb1.metal", "ec2.linux.u-6tb1.metal"],
    ["BoxUsage:m7i.metal-24xl", "ec2.linux.m7i.metal-24xl"],
    ["InstanceUsage:db.r6g.2xl", "rds.mysql.db.r6g.2xlarge"],
    ["Multi-AZUsage:db.r6g.xl", "rds.postgres.db.r6g.xlarge.multi-az"],
    ["InstanceUsageIOOptimized:db.r6g.large", "rds.aurora-mysql.db.r6g.large.io-optimized"],
    ["NodeUsage:cache.r7g.large", "elasticache.redis.cache.r7g.large"],
    ["Node:ra3.xlplus", "redshift.node.ra3.xlplus"],
    ["Lambda-Provisioned-Concurrency-ARM", "lambda.provisionedConcurrencyArmGBs"],
    ["Fargate-vCPU-Hours:perCPU", "fargate.x86VcpuHour"],
    ["ReadCapacityUnit-Hrs", "dynamodb.rcuHour"],
    ["Aurora:ServerlessV2Usage", "aurora.serverlessV2AcuHour"]
  ])("%s is what %s pays for", (usageType, fact) => {
    assert.isDefined(useOf(usageType))
    assert.strictEqual(useOfFact(fact), useOf(usageType))
  })

  it("tells the types of instances, and nothing else's", () => {
    assert.strictEqual(instanceTypeOf(useOf("NodeUsage:cache.r7g.large") ?? ""), "cache.r7g.large")
    assert.isUndefined(instanceTypeOf(useOf("Fargate-vCPU-Hours:perCPU") ?? ""))
  })

  it.each(["SpotUsage:m5.large", "EBS:VolumeUsage.gp3", "HeavyUsage:m5.large", "ExtendedSupport:Yr1-Yr2:MySQL5.7"])(
    "no commitment covers %s",
    (usageType) => assert.isUndefined(useOf(usageType))
  )

  it.each([
    "ebs.gp3GBMonth",
    "rds.storageGpGBMonth_singleAz",
    "elasticache.redis.cache.m5.large.extended-support",
    "rds.extendedSupportVcpuHour_year1_2",
    "fargate.x86VcpuHour.spot"
  ])("no commitment covers what %s pays for", (fact) => assert.isUndefined(useOfFact(fact)))
})

describe("underCoverage", () => {
  it("saves nothing while all of it is covered, and keeps what it would be at list prices", () => {
    const { savings, severity } = under(stopped, row("ec2:m5.large", { reserved: 168 }))
    assert.deepInclude(savings, { monthlyUsd: 0, basis: "exact" })
    assert.deepStrictEqual(savings.coverage, {
      listMonthlyUsd: 73,
      coveredPercent: 100,
      why: "At list prices less what reservations cover, which is all of it and goes on costing until their term ends."
    })
    assert.strictEqual(severity, "info")
  })

  it("counts the share that is not covered, of all that ran of the type in the region", () => {
    const { savings, severity } = under(
      stopped,
      row("ec2:m5.large", { reserved: 60, planned: 24, onDemand: 84 }),
      // Neither another size nor another region.
      row("ec2:m5.xlarge", { reserved: 1000 }),
      { ...row("ec2:m5.large", { reserved: 1000 }), region: "us-east-1" }
    )
    assert.deepInclude(savings, { monthlyUsd: 36.5, basis: "estimate" })
    assert.deepStrictEqual(savings.coverage, {
      listMonthlyUsd: 73,
      coveredPercent: 50,
      why: "At list prices less the 50 % that reservations and Savings Plans cover, which goes on costing until their term ends."
    })
    assert.strictEqual(severity, "medium")
  })

  it("leaves all of it where nobody has committed to the service, or nothing of the type is covered", () => {
    const why = "At list prices, and no reservation or Savings Plan covers it."
    const coverage = { listMonthlyUsd: 73, coveredPercent: 0, why }
    for (const rows of [
      [],
      [row("rds:db.m5.large", { reserved: 168 })],
      [row("ec2:m5.large", { onDemand: 168 }), row("ec2:c5.large", { reserved: 9 })]
    ]) {
      const { savings, severity } = under(stopped, ...rows)
      assert.deepInclude(savings, { monthlyUsd: 73, basis: "exact" })
      assert.deepStrictEqual(savings.coverage, coverage)
      assert.strictEqual(severity, "medium")
    }
  })

  it("takes the family's share for a size that did not run, and knows nothing where none of it did", () => {
    const family = under(stopped, row("ec2:m5.xlarge", { planned: 75, onDemand: 25 }))
    assert.strictEqual(family.savings.monthlyUsd, 18.25)
    assert.include(family.savings.coverage?.why, "the 75 % that Savings Plans cover")
    const { savings } = under(stopped, row("ec2:c5.large", { reserved: 168 }))
    assert.deepInclude(savings, { monthlyUsd: 73, basis: "upper_bound" })
    assert.deepStrictEqual(savings.coverage, {
      listMonthlyUsd: 73,
      coveredPercent: null,
      why: "At list prices: whether a reservation or a Savings Plan covers it is not known, because the bill of the last days has no m5.large in eu-west-1."
    })
  })

  it("does not take what could not be read for uncovered: it is at most the list price", () => {
    const { savings, severity } = underCoverage(flagged(stopped), unknown("ce:GetCostAndUsage was denied"))
    assert.deepInclude(savings, { monthlyUsd: 73, basis: "upper_bound" })
    assert.deepInclude(savings?.coverage, { listMonthlyUsd: 73, coveredPercent: null })
    assert.include(savings?.coverage?.why, "ce:GetCostAndUsage was denied")
    assert.strictEqual(severity, "medium")
  })

  it("covers the smaller type as the larger that it replaces", () => {
    const smaller = sum("rightsize", [
      term("m5.large", 730, "hour", price("ec2.linux.m5.large", 0.1)),
      term("t3.large instead", -730, "hour", price("ec2.linux.t3.large", 0.08))
    ])
    assert.strictEqual(under(smaller, row("ec2:m5.large", { reserved: 1 })).savings.monthlyUsd, 0)
    // 14.60 at list prices.
    assert.strictEqual(
      under(smaller, row("ec2:m5.large", { reserved: 1, onDemand: 3 }), row("ec2:t3.large", { reserved: 1 })).savings
        .monthlyUsd,
      10.95
    )
  })

  it("weighs what a group consists of, and leaves storage what it costs", () => {
    const both = sum("delete", [
      term("db.m5.large", 730, "hour", price("rds.mysql.db.m5.large", 0.2)),
      term("db.r5.large", 730, "hour", price("rds.mysql.db.r5.large", 0.3)),
      term("storage", 100, "GB", price("rds.storageGpGBMonth_singleAz", 0.115))
    ])
    const { savings } = under(both, row("rds:db.m5.large", { reserved: 1 }), row("rds:db.r5.large", { onDemand: 1 }))
    // 146 are covered of 146 + 219 + 11.50.
    assert.strictEqual(savings.monthlyUsd, 230.5)
    assert.deepInclude(savings.coverage, { listMonthlyUsd: 376.5, coveredPercent: 40 })
  })

  it("covers an amount without terms by the prices that it is billed by", () => {
    const hub: Savings = {
      ...stopped,
      source: "cost-optimization-hub",
      basis: "upper_bound",
      monthlyUsd: 40,
      terms: [],
      facts: ["ec2.linux.m5.large"]
    }
    const { savings } = under(hub, row("ec2:m5.large", { reserved: 3, onDemand: 1 }))
    assert.deepInclude(savings, { monthlyUsd: 10, basis: "upper_bound" })
    assert.strictEqual(savings.coverage?.listMonthlyUsd, 40)
  })

  it("leaves alone what no commitment covers, what is net already, and what has no amount", () => {
    const storage = sum("delete", [term("gp3", 100, "GB", price("ebs.gp3GBMonth", 0.08))])
    for (const savings of [storage, { ...stopped, price: "net" as const }, noSavings("stop", "unknown")]) {
      assert.isFalse(isCoverable(flagged(savings)))
      assert.strictEqual(under(savings, row("ec2:m5.large", { reserved: 1 })).savings, savings)
    }
    assert.isTrue(isCoverable(flagged(stopped)))
  })

  it("keeps a severity that goes by a risk, and one that was lowered below the saving's", () => {
    const covered = known(coveragesOf([row("ec2:m5.large", { reserved: 1 })]))
    assert.strictEqual(underCoverage({ ...flagged(stopped), severity: "high" }, covered).severity, "high")
    assert.strictEqual(underCoverage({ ...flagged(stopped), severity: "low" }, covered).severity, "info")
  })
})

describe("a night that cannot read the coverage", () => {
  const on = (coverages: Parameters<typeof underCoverage>[1], monthlyUsd = 73) =>
    underCoverage(seen({ savings: { ...stopped, monthlyUsd } }), coverages)
  const half = known(coveragesOf([row("ec2:m5.large", { reserved: 1, onDemand: 1 })]))
  const denied = unknown("it was denied")

  it("keeps the share that the last one knew, so that no total rises", () => {
    const before = see(on(half), undefined, night(0))?.finding
    assert.strictEqual(before?.savings?.monthlyUsd, 36.5)
    const carried = see(on(denied), before, night(1))
    assert.deepStrictEqual(carried?.events, [])
    assert.deepInclude(carried?.finding.savings, { monthlyUsd: 36.5, basis: "estimate" })
    // It says of which night it is, and is written once.
    assert.deepInclude(carried?.finding.savings?.coverage, { asOf: "2026-11-20T02:00:00.000Z", coveredPercent: 50 })
    assert.match(
      carried?.finding.savings?.coverage?.why ?? "",
      /So it was known on 2026-11-20, and has not been readable since\.$/
    )
    assert.isUndefined(see(on(denied), carried?.finding, night(2)))
    const told = see(on(half), carried?.finding, night(2))
    assert.deepStrictEqual([told?.events, told?.finding.savings?.coverage?.asOf], [[], undefined])
    // What has ended tells nothing of what begins.
    const ended = before === undefined ? undefined : resolve(before, "no_longer_matches", night(1))?.finding
    assert.deepInclude(see(on(denied), ended, night(2))?.finding.savings, { monthlyUsd: 73, basis: "upper_bound" })
    // The price of what it is has changed.
    const dearer = see(on(denied, 146), before, night(1))?.finding
    assert.deepInclude(dearer?.savings, { monthlyUsd: 73, basis: "estimate" })
    assert.deepInclude(dearer?.savings?.coverage, { listMonthlyUsd: 146, coveredPercent: 50 })
    assert.strictEqual(dearer?.severity, "medium")
  })

  it("keeps it for a month, and says then that it is too old", () => {
    const before = see(on(half), undefined, night(0))?.finding
    const carried = see(on(denied), before, night(1))?.finding
    assert.isUndefined(see(on(denied), carried, night(31)))
    for (const last of [carried, before]) {
      // Also where nobody has looked in between.
      const old = see(on(denied), last, { ...night(32), previous: last?.lastChanged ?? "" })
      assert.deepInclude(old?.finding.savings, { monthlyUsd: 73, basis: "upper_bound" })
      assert.strictEqual(old?.events[0]?.detail, "saving $36.50 → $73.00 a month")
      assert.strictEqual(
        old?.finding.savings?.coverage?.why,
        "At list prices: whether a reservation or a Savings Plan covers it is not known, because it was denied. What was known on 2026-11-20 is more than 31 days old."
      )
      assert.isUndefined(see(on(denied), old?.finding, night(33)))
    }
  })

  it("is at list prices where no night knew it, until one does", () => {
    const before = see(on(denied), undefined, night(0))?.finding
    assert.deepInclude(before?.savings, { monthlyUsd: 73, basis: "upper_bound" })
    const after = see(on(half), before, night(1))
    assert.strictEqual(after?.finding.savings?.monthlyUsd, 36.5)
    assert.strictEqual(after?.events[0]?.detail, "saving $73.00 → $36.50 a month")
    const none = underCoverage(seen({ savings: stopped }), known(coveragesOf([])))
    assert.strictEqual(see(none, before, night(1))?.finding.savings?.coverage?.coveredPercent, 0)
  })

  it("leaves what was seen as it is where there is nothing to take over", () => {
    const found = on(denied)
    assert.strictEqual(asCoveredBefore(found, undefined, now), found)
    assert.strictEqual(asCoveredBefore(on(half), { savings: stopped, status: "open" }, now).savings?.monthlyUsd, 36.5)
  })
})
