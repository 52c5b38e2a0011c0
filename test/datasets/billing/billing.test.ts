import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AwsTarget } from "../../../core/aws/Aws.ts"
import { Store } from "../../../core/store/Store.ts"
import { payerRegion } from "../../../core/Scope.ts"
import { type AccountSpend, monthlyBillOf } from "../../../core/run/accountBill.ts"
import * as billing from "../../../datasets/billing/billing.ts"
import { type Loaded, Reader } from "../../../datasets/engine/Reader.ts"
import { SharedReads } from "../../../datasets/engine/SharedReads.ts"
import {
  daysAgo,
  account,
  awsFailure,
  countCalls,
  inScope,
  now,
  paged,
  readDataset,
  stubTransport,
  valueOf
} from "../harness.ts"

const usd = (Amount: string | undefined, Unit: string | undefined = "USD") => ({ UnblendedCost: { Amount, Unit } })

const group = (service: string, recordType: string, amount: string) => ({
  Keys: [service, recordType],
  Metrics: usd(amount)
})

const october = (Groups: ReadonlyArray<object>, Estimated = false) => ({
  TimePeriod: { Start: "2026-10-01", End: "2026-11-01" },
  Estimated,
  Groups
})

const monthly = billing.spend("SERVICE", "UnblendedCost", billing.comparedWindow("", "", true))
const monthlyCharges = billing.charges("SERVICE", "UnblendedCost", billing.comparedWindow("", "", true))

const answering = (...Groups: ReadonlyArray<object>) => ({
  "ce:GetCostAndUsage": () => ({ ResultsByTime: [october(Groups)] })
})

const messageOf = (read: Loaded) =>
  read.ok ? "no failure" : read.error._tag === "AwsError" ? read.error.message : read.error.summary

const reasonOf = (read: Loaded) => (!read.ok && read.error._tag === "AwsError" ? read.error.reason : undefined)

describe("billing.comparedPeriods", () => {
  const periods = (startDate: string, endDate: string, at = now) => {
    const { current, previous } = billing.comparedPeriods(at, startDate, endDate)
    return [previous.start, current.start, current.end]
  }

  it("takes the previous full month and the one before it", () => {
    assert.deepStrictEqual(periods("", ""), ["2026-09-01", "2026-10-01", "2026-11-01"])
    assert.deepStrictEqual(periods("", "", new Date("2026-01-01T00:00:00Z")), [
      "2025-11-01",
      "2025-12-01",
      "2026-01-01"
    ])
  })

  it("compares whole months with whole months, whatever their length", () => {
    assert.deepStrictEqual(periods("2026-07-01", "2026-10-01"), ["2026-04-01", "2026-07-01", "2026-10-01"])
    assert.deepStrictEqual(periods("2026-03-01", "2026-04-01"), ["2026-02-01", "2026-03-01", "2026-04-01"])
  })

  it("compares other days with as many days before", () => {
    assert.deepStrictEqual(periods("2026-11-05", "2026-11-12"), ["2026-10-29", "2026-11-05", "2026-11-12"])
  })

  it("never reaches into today, and completes what is not given", () => {
    assert.deepStrictEqual(periods("2026-11-10", "2027-01-01"), ["2026-10-31", "2026-11-10", "2026-11-20"])
    assert.deepStrictEqual(periods("2026-11-10", ""), ["2026-10-31", "2026-11-10", "2026-11-20"])
    assert.deepStrictEqual(periods("", "2026-11-15"), ["2026-10-18", "2026-11-01", "2026-11-15"])
    assert.deepStrictEqual(periods("", "2026-08-01"), ["2026-06-01", "2026-07-01", "2026-08-01"])
  })

  it("asks for months only where every boundary is one", () => {
    assert.deepStrictEqual(billing.comparedWindow("", "", true).of(now), {
      start: "2026-09-01",
      end: "2026-11-01",
      granularity: "MONTHLY"
    })
    assert.strictEqual(billing.comparedWindow("", "", false).of(now).start, "2026-10-01")
    assert.strictEqual(billing.comparedWindow("2026-10-01", "2026-11-15", true).of(now).granularity, "DAILY")
  })
})

describe("billing.spend", () => {
  it.effect("asks once for both months, by service and kind of charge, in the payer's scope", () =>
    Effect.gen(function* () {
      const { calls, sent } = yield* readDataset(monthly, answering(), payerRegion)
      assert.deepStrictEqual(calls, { "ce:GetCostAndUsage": 1 })
      assert.deepInclude(sent[0]?.destination, { account: "111111111111", region: "us-east-1" })
      assert.deepStrictEqual(sent[0]?.input, {
        TimePeriod: { Start: "2026-09-01", End: "2026-11-01" },
        Granularity: "MONTHLY",
        Metrics: ["UnblendedCost"],
        GroupBy: [
          { Type: "DIMENSION", Key: "SERVICE" },
          { Type: "DIMENSION", Key: "RECORD_TYPE" }
        ]
      })
    })
  )

  it.effect("takes full days of the run, not of the clock", () =>
    Effect.gen(function* () {
      const daily = billing.spend("LINKED_ACCOUNT", "AmortizedCost", billing.lastDays(30))
      const { sent } = yield* readDataset(daily, answering(), payerRegion)
      assert.deepStrictEqual(sent[0]?.input.TimePeriod, { Start: "2026-10-21", End: "2026-11-20" })
      assert.strictEqual(sent[0]?.input.Granularity, "DAILY")
      assert.strictEqual(sent[0]?.input.GroupBy[0].Key, "LINKED_ACCOUNT")
    })
  )

  it.effect("tells usage, fees, tax and credits apart, and keeps kinds of charges that it does not know", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(
        monthly,
        answering(
          group("EC2", "Usage", "100.5"),
          group("EC2", "DiscountedUsage", "0"),
          group("EC2", "SavingsPlanCoveredUsage", "40"),
          group("EC2", "SavingsPlanNegation", "-40"),
          group("EC2", "Recurring", "7"),
          group("EC2", "RIFee", "1"),
          group("EC2", "SavingsPlanUpfrontFee", "2"),
          group("EC2", "Something New", "3"),
          group("EC2", "Tax", "20"),
          group("EC2", "Credit", "-10"),
          group("EC2", "Refund", "-5"),
          group("EC2", "Enterprise Discount Program Discount", "-2"),
          group("EC2", "BundledDiscount", "-1"),
          group("KMS", "Usage", "0.0000000000")
        ),
        payerRegion
      )
      assert.deepStrictEqual(valueOf(read), [
        {
          key: "EC2",
          start: "2026-10-01",
          currency: "USD",
          estimated: false,
          usage: 100.5,
          fees: 13,
          tax: 20,
          credits: -18
        }
      ])
    })
  )

  it.effect("follows the token, and adds up a service whose kinds are on two pages: 3 pages are 3 paid requests", () =>
    Effect.gen(function* () {
      const pages = [group("EC2", "Usage", "1"), group("EC2", "Tax", "2"), group("S3", "Usage", "4")]
      const { calls, read } = yield* readDataset(
        monthly,
        {
          "ce:GetCostAndUsage": ({ NextPageToken = "0" }) => ({
            ResultsByTime: [october([pages[Number(NextPageToken)] as object], true)],
            ...(NextPageToken === "2" ? {} : { NextPageToken: String(Number(NextPageToken) + 1) })
          })
        },
        payerRegion
      )
      assert.deepStrictEqual(calls, { "ce:GetCostAndUsage": 3 })
      assert.deepStrictEqual(
        valueOf(read).map(({ key, tax, usage, estimated }: billing.Spend) => [key, usage, tax, estimated]),
        [
          ["EC2", 1, 2, true],
          ["S3", 4, 0, true]
        ]
      )
      assert.strictEqual(monthlyCharges.operations[0]?.paid?.usd({}), 0.01)
    })
  )

  it.effect("counts two kinds of charges that are alike in all else, also where the second is on a later page", () =>
    Effect.gen(function* () {
      const pages = [group("EC2", "RIFee", "7"), group("EC2", "Recurring", "7")]
      const { read } = yield* readDataset(
        monthly,
        {
          "ce:GetCostAndUsage": ({ NextPageToken }) => ({
            ResultsByTime: [october([pages[NextPageToken === undefined ? 0 : 1] as object])],
            ...(NextPageToken === undefined ? { NextPageToken: "1" } : {})
          })
        },
        payerRegion
      )
      assert.strictEqual(valueOf(read)[0].fees, 14)
    })
  )

  it.effect("keeps charges by their kind, also those of nothing", () =>
    Effect.gen(function* () {
      const answers = answering(group("EC2", "DiscountedUsage", "0"), group("EC2", "Usage", "3.5"))
      const { read } = yield* readDataset(monthlyCharges, answers, payerRegion)
      assert.deepStrictEqual(
        valueOf(read).map(({ amount, recordType }: billing.Charge) => [recordType, amount]),
        [
          ["DiscountedUsage", 0],
          ["Usage", 3.5]
        ]
      )
    })
  )

  it.effect("fails as a whole when a later page fails, because a sum that lacks rows is wrong", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(
        monthly,
        {
          "ce:GetCostAndUsage": ({ NextPageToken }) => {
            if (NextPageToken !== undefined) throw awsFailure("AccessDeniedException", "no")
            return { ResultsByTime: [october([group("EC2", "Usage", "1")])], NextPageToken: "1" }
          }
        },
        payerRegion
      )
      assert.strictEqual(reasonOf(read)?._tag, "AccessDenied")
    })
  )

  it.effect("says how to enable Cost Explorer, for both answers that AWS gives without it", () =>
    Effect.gen(function* () {
      const refusals = [
        awsFailure("DataUnavailableException", "Data is not available."),
        awsFailure("AccessDeniedException", "User not enabled for cost explorer access")
      ]
      for (const refusal of refusals) {
        const answer = () => {
          throw refusal
        }
        const { read } = yield* readDataset(monthly, { "ce:GetCostAndUsage": answer }, payerRegion)
        assert.strictEqual(reasonOf(read)?._tag, "NotEnabled")
        assert.match(
          messageOf(read),
          /^ce:GetCostAndUsage in 111111111111\/us-east-1: the feature is not enabled in this account\. Open Cost Explorer once/
        )
      }
    })
  )

  it.effect("keeps a plain denial a denial", () =>
    Effect.gen(function* () {
      const answer = () => {
        throw awsFailure("AccessDeniedException", "not authorized to perform: ce:GetCostAndUsage")
      }
      const { read } = yield* readDataset(monthly, { "ce:GetCostAndUsage": answer }, payerRegion)
      assert.strictEqual(reasonOf(read)?._tag, "AccessDenied")
    })
  )

  it.effect("calls amounts that are no numbers, and answers without them, malformed", () =>
    Effect.gen(function* () {
      const broken = [
        [{ Keys: ["EC2", "Usage"], Metrics: usd("abc") }, "Groups[].Metrics.UnblendedCost.Amount is not a number: abc"],
        [{ Keys: ["EC2", "Usage"], Metrics: usd("") }, "Groups[].Metrics.UnblendedCost.Amount is not a number: "],
        [
          { Keys: ["EC2", "Usage"], Metrics: usd("Infinity") },
          "Groups[].Metrics.UnblendedCost.Amount is not a number: Infinity"
        ],
        [{ Keys: ["EC2", "Usage"], Metrics: usd(undefined) }, "Groups[].Metrics.UnblendedCost.Amount is missing"],
        [{ Keys: ["EC2", "Usage"], Metrics: {} }, "Groups[].Metrics.UnblendedCost.Amount is missing"],
        [{ Keys: ["EC2", "Usage"] }, "Groups[].Metrics.UnblendedCost.Amount is missing"],
        [{ Keys: ["EC2"], Metrics: usd("1") }, "Groups[].Keys[1] is missing"],
        [{ Metrics: usd("1") }, "Groups[].Keys[0] is missing"]
      ] as const
      for (const [row, message] of broken) {
        const { read } = yield* readDataset(monthly, answering(row), payerRegion)
        assert.strictEqual(reasonOf(read)?._tag, "Malformed", message)
        assert.include(messageOf(read), message)
      }
      const { read } = yield* readDataset(monthly, { "ce:GetCostAndUsage": () => ({}) }, payerRegion)
      assert.include(messageOf(read), "ResultsByTime is missing")
      const silent = { ResultsByTime: [{ ...october([]), Groups: undefined }] }
      const ungrouped = yield* readDataset(monthly, { "ce:GetCostAndUsage": () => silent }, payerRegion)
      assert.include(messageOf(ungrouped.read), "ResultsByTime[].Groups is missing")
    })
  )

  it.effect("pays for no request about days that do not exist or lie ahead", () =>
    Effect.gen(function* () {
      for (const [start, end] of [
        ["2026-12-01", ""],
        ["2026-11-20", ""],
        ["2026-10-05", "2026-10-05"],
        ["2026-02-31", ""]
      ] as const) {
        const period = billing.spend("SERVICE", "UnblendedCost", billing.comparedWindow(start, end, false))
        const { calls, read } = yield* readDataset(period, answering(), payerRegion)
        assert.deepStrictEqual(calls, {})
        assert.match(messageOf(read), /rejected \(EmptyPeriod: the period from .* has no days in the past\)/)
      }
    })
  )

  it.effect("cleans the names that sellers on the marketplace choose", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(
        monthly,
        answering(group("Evil\u001b[31m\u202eService", "Usage", "1")),
        payerRegion
      )
      assert.strictEqual(valueOf(read)[0].key, "Evil[31mService")
    })
  )

  it("is one dataset for each distinct query", () => {
    assert.strictEqual(
      billing.spend("SERVICE", "UnblendedCost", billing.comparedWindow("", "", true)).name,
      monthly.name
    )
    const others = [
      billing.spend("REGION", "UnblendedCost", billing.comparedWindow("", "", true)),
      billing.spend("SERVICE", "AmortizedCost", billing.comparedWindow("", "", true)),
      billing.spend("SERVICE", "UnblendedCost", billing.comparedWindow("", "", false)),
      billing.spend("SERVICE", "UnblendedCost", billing.comparedWindow("2026-10-01", "", true)),
      billing.spend("SERVICE", "UnblendedCost", billing.comparedWindow("", "2026-10-01", true)),
      billing.spend("SERVICE", "UnblendedCost", billing.lastDays(30)),
      billing.spend("SERVICE", "UnblendedCost", billing.lastDays(31))
    ]
    assert.strictEqual(new Set([monthly, ...others].map(({ name }) => name)).size, 8)
  })

  it.effect("is asked once for several scans, and kept within the day as plain JSON", () =>
    Effect.gen(function* () {
      const kept = new Map<string, string>()
      const store = Layer.mock(Store, {
        cached: (key) => Effect.sync(() => (kept.has(key) ? JSON.parse(kept.get(key) as string) : undefined)),
        cache: (key, value) => Effect.sync(() => void kept.set(key, JSON.stringify(value)))
      })
      const { layer, sent } = stubTransport(answering(group("EC2", "Usage", "1")))
      const again = billing.spend("SERVICE", "UnblendedCost", billing.comparedWindow("", "", true))
      assert.strictEqual(again, monthly)
      const load = (at: Date) =>
        Effect.gen(function* () {
          const reader = yield* Reader.make(at)
          return yield* Effect.all([reader.load(monthly), reader.load(again)], { concurrency: "unbounded" })
        }).pipe(
          Effect.provideServiceEffect(
            SharedReads,
            SharedReads.make({ id: `run of ${at.toISOString()}`, now: at, payer: account })
          ),
          Effect.provide(store),
          Effect.provideService(AwsTarget, { account, region: payerRegion, partition: "aws" }),
          inScope(layer, payerRegion)
        )
      const [first, second] = yield* load(now)
      assert.strictEqual(countCalls(sent)["ce:GetCostAndUsage"], 1)
      assert.deepStrictEqual(valueOf(second), valueOf(first))
      const [sameDay] = yield* load(new Date("2026-11-20T13:59:00Z"))
      assert.strictEqual(countCalls(sent)["ce:GetCostAndUsage"], 1)
      assert.deepStrictEqual(valueOf(sameDay), valueOf(first))
      yield* load(new Date("2026-11-21T00:10:00Z"))
      assert.strictEqual(countCalls(sent)["ce:GetCostAndUsage"], 2)
      assert.isTrue([...kept.keys()].some((key) => key.startsWith("paid/") && key.endsWith("/2026-11-20")))
    })
  )
})

describe("billing.forecast", () => {
  const forecast = billing.forecast("NetAmortizedCost")
  const month = (Start: string, End: string, MeanValue: string | undefined) => ({
    TimePeriod: { Start, End },
    MeanValue,
    PredictionIntervalLowerBound: "900.5",
    PredictionIntervalUpperBound: "1300"
  })
  const answering = (...ForecastResultsByTime: ReadonlyArray<object>) => ({
    "ce:GetCostForecast": () => ({ ForecastResultsByTime })
  })

  it.effect("asks once for the rest of this month and the next one", () =>
    Effect.gen(function* () {
      const answers = answering(month("2026-11-20", "2026-12-01", "1100.25"), month("2026-12-01", "2027-01-01", "1000"))
      const { calls, read, sent } = yield* readDataset(forecast, answers, payerRegion)
      assert.deepStrictEqual(calls, { "ce:GetCostForecast": 1 })
      assert.deepStrictEqual(sent[0]?.input, {
        TimePeriod: { Start: "2026-11-20", End: "2027-01-01" },
        Granularity: "MONTHLY",
        Metric: "NET_AMORTIZED_COST",
        PredictionIntervalLevel: 80
      })
      assert.deepStrictEqual(valueOf(read)[0], {
        start: "2026-11-20",
        end: "2026-12-01",
        mean: 1100.25,
        lowest: 900.5,
        highest: 1300
      })
      assert.deepStrictEqual([valueOf(read).length, forecast.cacheHours], [2, 12])
    })
  )

  it.effect("fails where an amount or everything is missing, or where there is too little to expect anything of", () =>
    Effect.gen(function* () {
      for (const answers of [answering(month("2026-11-20", "2026-12-01", undefined)), answering()]) {
        const { read } = yield* readDataset(forecast, answers, payerRegion)
        assert.strictEqual(reasonOf(read)?._tag, "Malformed")
      }
      const failing = (code: string, message: string) => ({
        "ce:GetCostForecast": () => {
          throw awsFailure(code, message)
        }
      })
      const young = failing("DataUnavailableException", "Insufficient amount of historical data")
      assert.deepInclude(reasonOf((yield* readDataset(forecast, young, payerRegion)).read), {
        _tag: "Rejected",
        message: "Cost Explorer has too little history of this account to expect anything of"
      })
      const off = failing("AccessDeniedException", "User not enabled for cost explorer access")
      assert.strictEqual(reasonOf((yield* readDataset(forecast, off, payerRegion)).read)?._tag, "NotEnabled")
    })
  )
})

describe("billing.usageMatrix", () => {
  const matrix = billing.usageMatrix("UnblendedCost", billing.comparedWindow("", "", true))

  it.effect("asks once for usage alone by region and service, and keeps what is free", () =>
    Effect.gen(function* () {
      const answers = answering(group("eu-central-1", "EC2 - Other", "7.5"), group("NoRegion", "AWS Lambda", "0"))
      const { calls, read, sent } = yield* readDataset(matrix, answers, payerRegion)
      assert.deepStrictEqual(calls, { "ce:GetCostAndUsage": 1 })
      assert.deepStrictEqual(sent[0]?.input, {
        TimePeriod: { Start: "2026-09-01", End: "2026-11-01" },
        Granularity: "MONTHLY",
        Metrics: ["UnblendedCost"],
        GroupBy: [
          { Type: "DIMENSION", Key: "REGION" },
          { Type: "DIMENSION", Key: "SERVICE" }
        ],
        Filter: {
          Dimensions: {
            Key: "RECORD_TYPE",
            Values: ["Usage", "DiscountedUsage", "SavingsPlanCoveredUsage", "SavingsPlanNegation"]
          }
        }
      })
      assert.deepStrictEqual(valueOf(read)[0], {
        region: "eu-central-1",
        service: "EC2 - Other",
        start: "2026-10-01",
        amount: 7.5,
        currency: "USD",
        estimated: false
      })
      assert.strictEqual(valueOf(read).length, 2)
      assert.strictEqual(matrix.cacheHours, 12)
    })
  )

  it.effect("pays for every page, and fails with the one that fails or lacks a key", () =>
    Effect.gen(function* () {
      const page = (index: number) => october([group(`eu-west-${index}`, "EC2", "1")])
      const answer = ({ NextPageToken }: any) =>
        NextPageToken === undefined ? { ResultsByTime: [page(1)], NextPageToken: "1" } : { ResultsByTime: [page(2)] }
      const { calls, read } = yield* readDataset(matrix, { "ce:GetCostAndUsage": answer }, payerRegion)
      assert.deepStrictEqual([calls["ce:GetCostAndUsage"], valueOf(read).length], [2, 2])
      const denied = (input: any) => {
        if (input.NextPageToken !== undefined) throw awsFailure("AccessDeniedException", "no")
        return answer(input)
      }
      const half = yield* readDataset(matrix, { "ce:GetCostAndUsage": denied }, payerRegion)
      assert.strictEqual(reasonOf(half.read)?._tag, "AccessDenied")
      const broken = yield* readDataset(matrix, answering({ Keys: ["eu-west-1"], Metrics: usd("1") }), payerRegion)
      assert.strictEqual(reasonOf(broken.read)?._tag, "Malformed")
    })
  )
})

describe("billing.accountBill", () => {
  it.effect("asks once for last month and this one, by account and service, amortized and for usage alone", () =>
    Effect.gen(function* () {
      const amortized = (Amount: string) => ({ AmortizedCost: { Amount, Unit: "USD" } })
      const row = { Keys: ["222222222222", "AWS Lambda"], Metrics: amortized("12.5") }
      const { calls, read, sent } = yield* readDataset(billing.accountBill, answering(row), payerRegion)
      assert.deepStrictEqual(calls, { "ce:GetCostAndUsage": 1 })
      assert.deepInclude(sent[0]?.input, {
        TimePeriod: { Start: "2026-10-01", End: "2026-11-20" },
        Granularity: "MONTHLY",
        Metrics: ["AmortizedCost"],
        GroupBy: [
          { Type: "DIMENSION", Key: "LINKED_ACCOUNT" },
          { Type: "DIMENSION", Key: "SERVICE" }
        ]
      })
      assert.deepStrictEqual(valueOf(read), [
        {
          account: "222222222222",
          service: "AWS Lambda",
          start: "2026-10-01",
          amount: 12.5,
          currency: "USD",
          estimated: false
        }
      ])
    })
  )

  it.effect("fails as a whole where a page fails", () =>
    Effect.gen(function* () {
      const answer = () => {
        throw awsFailure("AccessDeniedException", "no")
      }
      const { read } = yield* readDataset(billing.accountBill, { "ce:GetCostAndUsage": answer }, payerRegion)
      assert.strictEqual(reasonOf(read)?._tag, "AccessDenied")
    })
  )
})

describe("monthlyBillOf", () => {
  const row = (service: string, start: string, amount: number, currency = "USD"): AccountSpend => ({
    account: "222222222222",
    service,
    start,
    amount,
    currency,
    estimated: false
  })

  it("takes the last month, or this one as it will be where that is more", () => {
    const monthly = monthlyBillOf(
      [
        row("EC2", "2026-10-01", 300),
        row("EC2", "2026-11-01", 95),
        row("New", "2026-11-01", 190),
        row("Gone", "2026-10-01", 20),
        { ...row("EC2", "2026-10-01", 9000), account: "333333333333" }
      ],
      "222222222222",
      now
    )
    // 19 days of November are over.
    assert.deepStrictEqual(
      [...(monthly ?? [])].map(([service, usd]) => [service, Math.round(usd * 100) / 100]),
      [
        ["EC2", 300],
        ["New", 304.17],
        ["Gone", 20]
      ]
    )
  })

  it("makes no month of a few days", () => {
    const early = monthlyBillOf([row("New", "2026-11-01", 60)], "222222222222", new Date("2026-11-07T02:00:00Z"))
    assert.deepStrictEqual([...(early ?? [])], [["New", 0]])
  })

  it("is not known for an account without a bill, or with one in another currency", () => {
    assert.isUndefined(monthlyBillOf([row("EC2", "2026-10-01", 1)], "333333333333", now))
    assert.isUndefined(monthlyBillOf([row("EC2", "2026-10-01", 1, "CNY")], "222222222222", now))
  })
})

const enrolled = {
  "cost-optimization-hub:ListEnrollmentStatuses": () => ({ items: [{ accountId: "111111111111", status: "Active" }] })
}

const awsRecommendation = (index: number) => ({
  recommendationId: `rec-${index}`,
  accountId: "222222222222",
  region: "eu-west-1",
  resourceId: `vol-${index}`,
  resourceArn: `arn:aws:ec2:eu-west-1:222222222222:volume/vol-${index}`,
  currentResourceType: "EbsVolume",
  actionType: "Delete",
  estimatedMonthlySavings: 12.5,
  estimatedMonthlyCost: 12.5,
  currencyCode: "USD",
  implementationEffort: "Low",
  lastRefreshTimestamp: new Date("2026-11-19T12:00:00Z"),
  recommendationLookbackPeriodInDays: 32,
  source: "ComputeOptimizer",
  tags: [{ key: "Name", value: "data" }]
})

describe("billing.enrollment", () => {
  it.effect("is one call", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(billing.enrollment, enrolled, payerRegion)
      assert.deepStrictEqual(valueOf(read), { members: false, since: undefined })
      assert.deepStrictEqual(calls, { "cost-optimization-hub:ListEnrollmentStatuses": 1 })
    })
  )

  it.effect(
    "tells on whom is advised: on the payer, and on members where both are enrolled with them, after two days",
    () =>
      Effect.gen(function* () {
        const advised = Effect.fnUntraced(function* (hub: object, optimizer: object) {
          const { calls, read } = yield* readDataset(
            billing.advised,
            {
              "cost-optimization-hub:ListEnrollmentStatuses": () => ({
                items: [{ status: "Active", lastUpdatedTimestamp: daysAgo(3) }],
                includeMemberAccounts: true,
                ...hub
              }),
              "compute-optimizer:GetEnrollmentStatus": () => ({
                status: "Active",
                memberAccountsEnrolled: true,
                lastUpdatedTimestamp: daysAgo(3),
                ...optimizer
              })
            },
            payerRegion
          )
          assert.strictEqual(calls["compute-optimizer:GetEnrollmentStatus"], 1)
          return valueOf(read)
        })
        const all = { payer: true, members: true }
        const own = { payer: true, members: false }
        const none = { payer: false, members: false }
        assert.deepStrictEqual(yield* advised({}, {}), { hub: all, optimizer: all })
        assert.deepStrictEqual(yield* advised({ includeMemberAccounts: false }, {}), { hub: own, optimizer: own })
        assert.deepStrictEqual(yield* advised({}, { memberAccountsEnrolled: false }), { hub: all, optimizer: own })
        assert.deepStrictEqual(yield* advised({}, { status: "Inactive" }), { hub: all, optimizer: none })
        assert.deepStrictEqual(yield* advised({}, { lastUpdatedTimestamp: daysAgo(1) }), { hub: all, optimizer: none })
        for (const since of [daysAgo(1), undefined]) {
          const items = [{ status: "Active", lastUpdatedTimestamp: since }]
          assert.deepStrictEqual(yield* advised({ items }, {}), { hub: none, optimizer: none })
        }
      })
  )

  it.effect("is not an empty success when the payer is not enrolled: all that needs it says how to enroll", () =>
    Effect.gen(function* () {
      for (const items of [[{ accountId: "111111111111", status: "Inactive" }], []]) {
        for (const dataset of [billing.recommendations("best"), billing.preferences, billing.recommendationTotals]) {
          const { calls, read } = yield* readDataset(
            dataset,
            { "cost-optimization-hub:ListEnrollmentStatuses": () => ({ items }) },
            payerRegion
          )
          assert.strictEqual(reasonOf(read)?._tag, "NotEnabled")
          assert.match(messageOf(read), /not enabled in this account\. Enable Cost Optimization Hub in/)
          assert.deepStrictEqual(calls, { "cost-optimization-hub:ListEnrollmentStatuses": 1 })
        }
      }
    })
  )
})

describe("Cost Optimization Hub", () => {
  it.effect("is malformed, not empty, where it answers without its lists", () =>
    Effect.gen(function* () {
      const reads = [
        [billing.enrollment, "ListEnrollmentStatuses"],
        [billing.recommendations("best"), "ListRecommendations"],
        [billing.recommendationTotals, "ListRecommendationSummaries"]
      ] as const
      for (const [dataset, operation] of reads) {
        const answers = {
          ...enrolled,
          [`cost-optimization-hub:${operation}`]: () => ({ estimatedTotalDedupedSavings: 1 })
        }
        const { read } = yield* readDataset(dataset, answers, payerRegion)
        assert.strictEqual(reasonOf(read)?._tag, "Malformed", operation)
        assert.include(messageOf(read), "items is missing")
      }
    })
  )
})

describe("billing.recommendations", () => {
  it.effect("reads 2,500 recommendations in three calls of 1,000, without overlapping ones", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 2500 }, (_, index) => awsRecommendation(index))
      const pages = paged(items, "items", { size: "maxResults", input: "nextToken", output: "nextToken" })
      const { calls, read, sent } = yield* readDataset(
        billing.recommendations("best"),
        { ...enrolled, "cost-optimization-hub:ListRecommendations": pages },
        payerRegion
      )
      assert.deepStrictEqual(calls, {
        "cost-optimization-hub:ListEnrollmentStatuses": 1,
        "cost-optimization-hub:ListRecommendations": 3
      })
      assert.strictEqual(sent[1]?.input.maxResults, 1000)
      assert.strictEqual(sent[1]?.input.includeAllRecommendations, false)
      assert.strictEqual(sent[1]?.destination.region, "us-east-1")
      assert.strictEqual(valueOf(read).length, 2500)
      assert.deepStrictEqual(valueOf(read)[7], {
        id: "rec-7",
        account: "222222222222",
        region: "eu-west-1",
        resourceArn: "arn:aws:ec2:eu-west-1:222222222222:volume/vol-7",
        resourceId: "vol-7",
        resourceType: "EbsVolume",
        action: "Delete",
        currency: "USD",
        monthlySavings: 12.5,
        monthlyCost: 12.5,
        currentSummary: null,
        recommendedSummary: null,
        effort: "Low",
        restartNeeded: null,
        rollbackPossible: null,
        lookbackDays: 32,
        source: "ComputeOptimizer",
        refreshedAt: "2026-11-19T12:00:00.000Z",
        tags: { Name: "data" }
      })
    })
  )

  it.effect("keeps what was read and names the gap when a later page fails", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(
        billing.recommendations("best"),
        {
          ...enrolled,
          "cost-optimization-hub:ListRecommendations": ({ nextToken }) => {
            if (nextToken !== undefined) throw awsFailure("AccessDeniedException")
            return { items: [awsRecommendation(1)], nextToken: "1" }
          }
        },
        payerRegion
      )
      assert.isTrue(read.ok)
      assert.strictEqual(read.ok ? read.value.length : 0, 1)
      assert.strictEqual(read.ok ? read.gaps.length : 0, 1)
    })
  )

  it.effect("needs an account, an action and a type", () =>
    Effect.gen(function* () {
      for (const field of ["accountId", "actionType", "currentResourceType", "recommendationId"]) {
        const { read } = yield* readDataset(
          billing.recommendations("overlapping"),
          {
            ...enrolled,
            "cost-optimization-hub:ListRecommendations": () => ({
              items: [{ ...awsRecommendation(1), [field]: undefined }]
            })
          },
          payerRegion
        )
        assert.strictEqual(reasonOf(read)?._tag, "Malformed")
        assert.include(messageOf(read), `items[].${field} is missing`)
      }
    })
  )
})

describe("billing.preferences and billing.recommendationTotals", () => {
  it.effect("reads how savings are estimated in one call", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(
        billing.preferences,
        { ...enrolled, "cost-optimization-hub:GetPreferences": () => ({ savingsEstimationMode: "AfterDiscounts" }) },
        payerRegion
      )
      assert.deepStrictEqual(valueOf(read), { savingsMode: "AfterDiscounts" })
      assert.strictEqual(calls["cost-optimization-hub:GetPreferences"], 1)
    })
  )

  it.effect("takes the total that AWS removed the overlaps from, which every page repeats", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 1500 }, (_, index) => ({
        group: String(100000000000 + index),
        estimatedMonthlySavings: 2,
        recommendationCount: 1
      }))
      const pages = paged(items, "items", { size: "maxResults", input: "nextToken", output: "nextToken" })
      const { calls, read, sent } = yield* readDataset(
        billing.recommendationTotals,
        {
          ...enrolled,
          "cost-optimization-hub:ListRecommendationSummaries": (input) => ({
            ...pages(input),
            estimatedTotalDedupedSavings: 1234.56,
            currencyCode: "USD"
          })
        },
        payerRegion
      )
      assert.strictEqual(calls["cost-optimization-hub:ListRecommendationSummaries"], 2)
      assert.strictEqual(sent[1]?.input.groupBy, "AccountId")
      assert.strictEqual(valueOf(read).monthlySavings, 1234.56)
      assert.strictEqual(valueOf(read).accounts.length, 1500)
      assert.deepStrictEqual(valueOf(read).accounts[1499], { account: "100000001499", monthlySavings: 2, count: 1 })
    })
  )

  it.effect("is malformed without its total", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(
        billing.recommendationTotals,
        { ...enrolled, "cost-optimization-hub:ListRecommendationSummaries": () => ({ items: [] }) },
        payerRegion
      )
      assert.include(messageOf(read), "estimatedTotalDedupedSavings is missing")
    })
  )
})
