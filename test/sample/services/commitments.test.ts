import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { call, payer, production } from "../call.ts"

const november = { TimePeriod: { Start: "2026-10-20", End: "2026-11-19" } }
const bySubscription = { ...november, GroupBy: [{ Type: "DIMENSION", Key: "SUBSCRIPTION_ID" }] }

const service = (name: string) => ({ Filter: { Dimensions: { Key: "SERVICE", Values: [name] } } })

const groupsOf = (input: object) =>
  Effect.map(
    call("ce:GetReservationUtilization", { ...bySubscription, ...input }, payer),
    ({ UtilizationsByTime: [{ Groups }] }) => Groups
  )

describe("reservations in Cost Explorer", () => {
  it.effect("are those of EC2 where no service is named, each with its use", () =>
    Effect.gen(function* () {
      const groups = yield* groupsOf({})
      assert.deepStrictEqual(
        groups.map(({ Attributes, Utilization }: any) => [
          `${Attributes.accountName} ${Attributes.region} ${Attributes.instanceType}`,
          Math.round(Number(Utilization.UtilizationPercentage))
        ]),
        [
          ["shop-production eu-central-1 m6i.large", 100],
          ["shop-staging eu-central-1 c5.2xlarge", 12],
          ["shop-production us-east-1 m6i.large", 100],
          ["shop-production eu-central-1 r6g.xlarge", 40]
        ]
      )
      const { Attributes, Utilization } = groups[1]
      assert.strictEqual(Attributes.endDateTime, "2027-12-15T10:00:00.000Z")
      assert.strictEqual(Attributes.numberOfInstances, "4")
      // Four of them for thirty days, of which 88 % are unused at $0.176 an hour.
      assert.strictEqual(Number(Utilization.PurchasedHours), 2880)
      assert.approximately(Number(Utilization.RICostForUnusedHours), 2880 * 0.88 * 0.176, 1e-6)
      assert.approximately(Number(Utilization.NetRISavings), 2880 * 0.12 * 0.388 - 2880 * 0.176, 1e-6)
      // Bought and ended within the window: only their own hours count.
      assert.strictEqual(Number(groups[3].Utilization.PurchasedHours), 3 * (2 * 24 + 15))
      assert.strictEqual(Number(groups[2].Utilization.PurchasedHours), 4 * (5 * 24 + 13))
      assert.strictEqual(groups[2].Attributes.subscriptionStatus, "Expired")
    })
  )

  it.effect("of one service are asked by its name, and none is an error", () =>
    Effect.gen(function* () {
      const [database, ...others] = yield* groupsOf(service("Amazon Relational Database Service"))
      assert.deepStrictEqual(others, [])
      assert.strictEqual(database.Attributes.endDateTime, "2026-12-10T11:00:00.000Z")
      const error = yield* Effect.flip(groupsOf(service("Amazon Redshift")))
      assert.strictEqual(error.name, "DataUnavailableException")
    })
  )

  it.effect("come page by page, without a total where there are groups", () =>
    Effect.gen(function* () {
      const first = yield* call("ce:GetReservationUtilization", { ...bySubscription, MaxResults: 3 }, payer)
      assert.strictEqual(first.UtilizationsByTime[0].Groups.length, 3)
      assert.deepStrictEqual(first.Total, {})
      const rest = { ...bySubscription, MaxResults: 3, NextPageToken: first.NextPageToken }
      const second = yield* call("ce:GetReservationUtilization", rest, payer)
      assert.strictEqual(second.UtilizationsByTime[0].Groups.length, 1)
      assert.isUndefined(second.NextPageToken)
      for (const refused of [
        { ...bySubscription, Granularity: "MONTHLY" },
        { ...november, GroupBy: [{ Type: "DIMENSION", Key: "INSTANCE_TYPE" }] }
      ]) {
        const error = yield* Effect.flip(call("ce:GetReservationUtilization", refused, payer))
        assert.strictEqual(error.name, "ValidationException")
      }
    })
  )

  it.effect("add up by month where they are not grouped", () =>
    Effect.gen(function* () {
      const { Total, UtilizationsByTime } = yield* call(
        "ce:GetReservationUtilization",
        { ...november, Granularity: "MONTHLY", ...service("Amazon ElastiCache") },
        payer
      )
      assert.deepStrictEqual(
        UtilizationsByTime.map(({ TimePeriod }: any) => TimePeriod),
        [
          { Start: "2026-10-20", End: "2026-11-01" },
          { Start: "2026-11-01", End: "2026-11-19" }
        ]
      )
      assert.strictEqual(Number(Total.PurchasedHours), 2 * 30 * 24)
      assert.approximately(Number(Total.UtilizationPercentage), 99, 1e-6)
    })
  )

  it.effect("cover what runs on them", () =>
    Effect.gen(function* () {
      const { ResultsByTime } = yield* call(
        "ce:GetCostAndUsage",
        {
          ...november,
          Granularity: "MONTHLY",
          Metrics: ["UsageQuantity"],
          GroupBy: [
            { Type: "DIMENSION", Key: "USAGE_TYPE" },
            { Type: "DIMENSION", Key: "RECORD_TYPE" }
          ],
          ...service("Amazon Elastic Compute Cloud - Compute")
        },
        payer
      )
      const hours = (type: string) => {
        const groups: ReadonlyArray<any> = ResultsByTime.flatMap(({ Groups }: any) => Groups)
        const own = groups.filter(({ Keys }) => Keys[0] === `EUC1-BoxUsage:${type}`)
        const sum = (kind: string) =>
          own.reduce((all, { Keys, Metrics }) => all + (Keys[1] === kind ? Number(Metrics.UsageQuantity.Amount) : 0), 0)
        return { onDemand: sum("Usage"), reserved: sum("DiscountedUsage"), planned: sum("SavingsPlanCoveredUsage") }
      }
      // Twelve run and eight are reserved.
      assert.deepStrictEqual(hours("m6i.large"), { onDemand: 4 * 720, reserved: 8 * 720, planned: 0 })
      assert.deepStrictEqual(hours("t3.large"), { onDemand: 0, reserved: 0, planned: 720 })
    })
  )
})

describe("reservations where they were bought", () => {
  it.effect("are listed by their services, with their end or their duration", () =>
    Effect.gen(function* () {
      const { ReservedInstances } = yield* call("ec2:DescribeReservedInstances")
      assert.deepStrictEqual(
        ReservedInstances.map(({ End, InstanceCount, InstanceType, State }: any) => [
          InstanceType,
          InstanceCount,
          State,
          End.toISOString()
        ]),
        [
          ["m6i.large", 8, "active", "2027-03-02T09:00:00.000Z"],
          ["r6g.xlarge", 3, "active", "2027-11-16T09:00:00.000Z"]
        ]
      )
      const virginia = yield* call("ec2:DescribeReservedInstances", {}, { ...production, region: "us-east-1" })
      assert.strictEqual(virginia.ReservedInstances[0].State, "retired")
      const { ReservedDBInstances } = yield* call("rds:DescribeReservedDBInstances")
      assert.strictEqual(ReservedDBInstances[0].Duration, 365 * 86_400)
      assert.deepStrictEqual(ReservedDBInstances[0].RecurringCharges, [
        { RecurringChargeAmount: 0.189, RecurringChargeFrequency: "Hourly" }
      ])
      const { ReservedCacheNodes } = yield* call("elasticache:DescribeReservedCacheNodes")
      assert.strictEqual(ReservedCacheNodes[0].CacheNodeType, "cache.r7g.large")
      assert.strictEqual(ReservedCacheNodes[0].FixedPrice, Math.round(0.5 * 0.147 * 365 * 24))
    })
  )

  it.effect("are an empty list where nobody bought any", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* call("redshift:DescribeReservedNodes")).ReservedNodes, [])
      assert.deepStrictEqual((yield* call("memorydb:DescribeReservedNodes")).ReservedNodes, [])
      assert.deepStrictEqual((yield* call("es:DescribeReservedInstances")).ReservedInstances, [])
    })
  )
})

describe("Savings Plans", () => {
  it.effect("are listed in the account that bought them", () =>
    Effect.gen(function* () {
      const { savingsPlans } = yield* call("savingsplans:DescribeSavingsPlans", {}, payer)
      assert.deepStrictEqual(
        savingsPlans.map(({ commitment, end, savingsPlanType, state }: any) => [
          savingsPlanType,
          commitment,
          state,
          end
        ]),
        [
          ["Compute", "3.2", "active", "2027-02-02T09:00:00.000Z"],
          ["EC2Instance", "0.9", "active", "2027-05-06T09:00:00.000Z"]
        ]
      )
      assert.deepStrictEqual((yield* call("savingsplans:DescribeSavingsPlans", {})).savingsPlans, [])
      const none = yield* call("savingsplans:DescribeSavingsPlans", { states: ["retired"] }, payer)
      assert.deepStrictEqual(none.savingsPlans, [])
    })
  )

  it.effect("tell the payer how far they are used", () =>
    Effect.gen(function* () {
      const output = yield* call("ce:GetSavingsPlansUtilizationDetails", november, payer)
      const [, m5] = output.SavingsPlansUtilizationDetails
      assert.strictEqual(m5.Attributes.SavingsPlansType, "EC2InstanceSavingsPlans")
      assert.strictEqual(m5.Attributes.EndDateTime, "2027-05-06T09:00:00.000Z")
      assert.approximately(Number(m5.Utilization.UnusedCommitment), 720 * 0.9 * 0.69, 1e-6)
      assert.approximately(Number(output.Total.Utilization.TotalCommitment), 720 * 4.1, 1e-6)
      const before = { TimePeriod: { Start: "2020-01-01", End: "2020-02-01" } }
      const error = yield* Effect.flip(call("ce:GetSavingsPlansUtilizationDetails", before, payer))
      assert.strictEqual(error.name, "DataUnavailableException")
    })
  )
})

describe("the bill", () => {
  it.effect("is filtered, grouped or added up, and shows the fees of commitments", () =>
    Effect.gen(function* () {
      const ask = (input: object) =>
        call("ce:GetCostAndUsage", {
          TimePeriod: { Start: "2026-10-01", End: "2026-11-01" },
          Granularity: "MONTHLY",
          Metrics: ["UnblendedCost"],
          ...input
        })
      const fees = yield* ask({
        GroupBy: [{ Type: "DIMENSION", Key: "SERVICE" }],
        Filter: {
          Not: { Dimensions: { Key: "RECORD_TYPE", Values: ["Usage", "Tax", "Credit"] } }
        }
      })
      assert.deepStrictEqual(
        fees.ResultsByTime[0].Groups.map(({ Keys, Metrics }: any) => [Keys[0], Number(Metrics.UnblendedCost.Amount)]),
        [
          ["Amazon Elastic Compute Cloud - Compute", 1460],
          ["Amazon Relational Database Service", 224],
          ["Amazon ElastiCache", 214],
          ["Savings Plans for AWS Compute usage", 31 * 98.4]
        ].map(([name, usd]) => [name, Number((usd as number).toFixed(10))])
      )
      const tax = yield* ask({ Filter: { Dimensions: { Key: "SERVICE", Values: ["Tax"] } } })
      assert.strictEqual(Number(tax.ResultsByTime[0].Total.UnblendedCost.Amount), 4120)
      assert.deepStrictEqual(tax.ResultsByTime[0].Groups, [])
    })
  )
})
