import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Coverage, coveragesOf } from "../../../core/finding/coverage.ts"
import { payerRegion } from "../../../core/Scope.ts"
import * as commitments from "../../../datasets/billing/commitments.ts"
import { PaidAnswers } from "../../../datasets/engine/PaidAnswers.ts"
import trend from "../../../scans/cost/get_daily_cost_trend.ts"
import { defaultSettings } from "../../../scans/Scan.ts"
import { type Answers, awsFailure, now, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const ec2 = "Amazon Elastic Compute Cloud - Compute"
const rds = "Amazon Relational Database Service"

/** A bill of one day with these services and kinds of charges, which may be of nothing. */
const bill = (...lines: ReadonlyArray<Line>): Answers => billOf("2026-11-01", ...lines)

type Line = readonly [service: string, recordType: string, usd?: string]

const billOf = (Start: string, ...lines: ReadonlyArray<Line>): Answers => ({
  "ce:GetCostAndUsage": () => ({
    ResultsByTime: [
      {
        TimePeriod: { Start, End: Start },
        Groups: lines.map(([service, recordType, Amount = "0"]) => ({
          Keys: [service, recordType],
          Metrics: { UnblendedCost: { Amount, Unit: "USD" } }
        }))
      }
    ]
  })
})

const utilization = {
  UtilizationPercentage: "62.5",
  PurchasedHours: "1440",
  UnusedHours: "540",
  RICostForUnusedHours: "32.4",
  NetRISavings: "12.5"
}

const reservation = (index: number, attributes: object = {}, used: object = {}) => ({
  Key: "SUBSCRIPTION_ID",
  Value: String(7000 + index),
  Attributes: {
    accountId: "222222222222",
    accountName: "shop",
    region: "eu-west-1",
    instanceType: "m5.large",
    numberOfInstances: "2",
    leaseId: `lease-${index}`,
    platform: "Linux/UNIX",
    subscriptionType: "No Upfront",
    startDateTime: "2026-01-01T00:00:00.000Z",
    endDateTime: "2027-01-01T00:00:00.000Z",
    ...attributes
  },
  Utilization: { ...utilization, ...used }
})

const inPeriod = (Groups: ReadonlyArray<object>, rest: object = {}) => ({
  UtilizationsByTime: [{ Groups, Total: {} }],
  Total: {},
  ...rest
})

const plan = (index: number, attributes: object = {}, used: object = {}) => ({
  SavingsPlanArn: `arn:aws:savingsplans::222222222222:savingsplan/plan-${index}`,
  Attributes: {
    AccountName: "shop",
    SavingsPlansType: "Compute",
    Region: "Any",
    HourlyCommitment: "2",
    PaymentOption: "No Upfront",
    StartDateTime: "2026-01-01T00:00:00.000Z",
    EndDateTime: "2027-01-01T00:00:00.000Z",
    ...attributes
  },
  Utilization: {
    TotalCommitment: "1440",
    UsedCommitment: "1080",
    UnusedCommitment: "360",
    UtilizationPercentage: "75",
    ...used
  },
  Savings: { NetSavings: "200" }
})

const both = commitments.held(30, "reservations and plans")

const read = (answers: Answers, dataset = both) => readDataset(dataset, answers, payerRegion)

const usage = "ce:GetReservationUtilization"
const plans = "ce:GetSavingsPlansUtilizationDetails"

const tagOf = (read: any) => (read.ok ? "ok" : read.error.reason?._tag)

describe("commitmentsOnBill", () => {
  const charge = (start: string, key: string, recordType: string, amount = 0) => ({
    start,
    key,
    recordType,
    amount,
    currency: "USD",
    estimated: false
  })
  const plans = "Savings Plans for AWS Compute usage"
  // As of the 20th: the 17th is the last day that is settled, and the 11th the first of its week.
  const usual = [
    charge("2026-11-17", plans, "SavingsPlanRecurringFee", 48),
    charge("2026-11-17", ec2, "SavingsPlanCoveredUsage", 90),
    charge("2026-11-11", rds, "DiscountedUsage"),
    charge("2026-11-01", rds, "RIFee", 80)
  ]
  const said = commitments.commitmentsOnBill(usual, now)

  it("is another one where a plan is bought or ends, and where use begins or ceases to be paid for by them", () => {
    const changed = [
      [...usual, charge("2026-11-17", plans, "SavingsPlanRecurringFee", 2.4)],
      [...usual, charge("2026-11-16", "Amazon ElastiCache", "Reservation applied usage")],
      [...usual, charge("2026-11-16", rds, "SavingsPlanCoveredUsage", 4)],
      usual.filter(({ key }) => key !== rds)
    ]
    const identities = changed.map((charges) => commitments.commitmentsOnBill(charges, now))
    assert.strictEqual(new Set([said, ...identities]).size, 5)
  })

  it("is the same whatever else is used, on days that still change and before its week", () => {
    const more = [
      ...usual,
      charge("2026-11-17", ec2, "Usage", 300),
      charge("2026-11-17", ec2, "SavingsPlanNegation", -90),
      charge("2026-11-18", plans, "SavingsPlanRecurringFee", 20),
      charge("2026-11-19", "Amazon ElastiCache", "DiscountedUsage"),
      charge("2026-11-10", "Amazon Redshift", "DiscountedUsage")
    ]
    assert.strictEqual(commitments.commitmentsOnBill(more.toReversed(), now), said)
  })
})

describe("commitments.held", () => {
  it.effect("is remembered with the commitments on the bill, until the next of its own ends", () =>
    Effect.gen(function* () {
      const kept: Array<any> = []
      const keeping = {
        recall: () => Effect.undefined,
        keep: (_: string, one: unknown) => Effect.sync(() => void kept.push(one)),
        ask: <A>(_: string, ask: A) => ask,
        recalled: () => {}
      }
      const answers = {
        ...bill([ec2, "RIFee", "80"], ["AWS Lambda", "SavingsPlanCoveredUsage", "5"]),
        [usage]: () =>
          inPeriod([
            reservation(1, { endDateTime: "2026-11-19T00:00:00.000Z" }),
            reservation(2, { endDateTime: "2026-12-01T00:00:00.000Z" }),
            reservation(3)
          ]),
        [plans]: () => ({ SavingsPlansUtilizationDetails: [plan(1, { EndDateTime: "" })] })
      }
      yield* Effect.provideService(read(answers), PaidAnswers, keeping)
      assert.deepStrictEqual(
        kept.map(({ identity, items, nights, until }) => [items.length, nights, until, identity]).sort(),
        [
          [1, 7, null, "0.00"],
          [3, 7, "2026-12-01T00:00:00.000Z", "0.00"]
        ]
      )
    })
  )

  it.effect("pays for no query about what the bill does not show", () =>
    Effect.gen(function* () {
      const { calls, read: held } = yield* read(bill([ec2, "Usage", "100"], ["Amazon DynamoDB", "Usage", "3"]))
      assert.deepStrictEqual(calls, { "ce:GetCostAndUsage": 1 })
      assert.deepStrictEqual(valueOf(held), [])
    })
  )

  it.effect("asks once for each service with reservations, and for plans where there are any", () =>
    Effect.gen(function* () {
      const { calls, sent } = yield* read({
        ...bill(
          // All upfront: it is used and costs nothing any more.
          [ec2, "DiscountedUsage"],
          [rds, "RIFee", "80"],
          ["Amazon ElastiCache", "Recurring reservation fee", "20"],
          ["Amazon MemoryDB Service", "Discounted Usage"],
          ["Amazon Redshift", "Usage", "9"],
          ["AWS Lambda", "SavingsPlanCoveredUsage", "5"]
        ),
        [usage]: () => inPeriod([]),
        [plans]: () => ({ SavingsPlansUtilizationDetails: [] })
      })
      assert.deepStrictEqual(calls, { "ce:GetCostAndUsage": 1, [usage]: 4, [plans]: 1 })
      const asked = sent.filter(({ operation }) => operation.name === "GetReservationUtilization")
      assert.deepStrictEqual(asked.map(({ input }) => input.Filter.Dimensions.Values[0]).sort(), [
        "Amazon ElastiCache",
        ec2,
        "Amazon MemoryDB",
        rds
      ])
      // A granularity would be refused beside the groups.
      assert.deepStrictEqual(asked[0]?.input, {
        TimePeriod: { Start: "2026-10-21", End: "2026-11-20" },
        Filter: { Dimensions: { Key: "SERVICE", Values: [asked[0]?.input.Filter.Dimensions.Values[0]] } },
        GroupBy: [{ Type: "DIMENSION", Key: "SUBSCRIPTION_ID" }],
        MaxResults: 1000
      })
    })
  )

  it.effect("asks for no plans where they are not wanted", () =>
    Effect.gen(function* () {
      const only = commitments.held(30, "reservations")
      const { calls } = yield* read(bill(["AWS Lambda", "SavingsPlanRecurringFee", "5"]), only)
      assert.deepStrictEqual(calls, { "ce:GetCostAndUsage": 1 })
      assert.isFalse(only.operations.some(({ name }) => name === "GetSavingsPlansUtilizationDetails"))
    })
  )

  it.effect("reads 2,001 reservations and 1,001 plans in five paid pages", () =>
    Effect.gen(function* () {
      const reservations = paged(
        Array.from({ length: 2001 }, (_, index) => reservation(index)),
        "Groups",
        { size: "MaxResults", input: "NextPageToken", output: "NextPageToken" }
      )
      const { calls, read: held } = yield* read({
        ...bill([ec2, "RIFee"], [ec2, "SavingsPlanRecurringFee"]),
        [usage]: (input) => {
          const { Groups, ...token } = reservations(input) as any
          return inPeriod(Groups, token)
        },
        [plans]: paged(
          Array.from({ length: 1001 }, (_, index) => plan(index)),
          "SavingsPlansUtilizationDetails",
          { size: "MaxResults" }
        )
      })
      assert.deepStrictEqual(calls, { "ce:GetCostAndUsage": 1, [usage]: 3, [plans]: 2 })
      assert.strictEqual(valueOf(held).length, 3002)
      assert.deepStrictEqual(
        both.operations.map(({ paid }) => paid?.usd({})),
        [0.01, 0.01]
      )
      assert.strictEqual(both.cacheHours, 12)
    })
  )

  it.effect("asks again without a size where Cost Explorer does not take ours", () =>
    Effect.gen(function* () {
      const { calls, read: held } = yield* read({
        ...bill([ec2, "RIFee"]),
        [usage]: ({ MaxResults }) => {
          if (MaxResults !== undefined) throw awsFailure("ValidationException", "MaxResults is too large")
          return inPeriod([reservation(1)])
        }
      })
      assert.strictEqual(calls[usage], 2)
      assert.strictEqual(valueOf(held).length, 1)
    })
  )

  it.effect("tells whose a reservation is, what it is for, its term and its use", () =>
    Effect.gen(function* () {
      const { read: held } = yield* read({ ...bill([ec2, "RIFee"]), [usage]: () => inPeriod([reservation(1)]) })
      const [one] = valueOf(held)
      assert.deepStrictEqual(one, {
        kind: "reservation",
        arn: "arn:aws:ec2:eu-west-1:222222222222:reserved-instances/lease-1",
        id: "lease-1",
        subscriptionId: "7001",
        resourceType: "ec2:reserved-instance",
        service: ec2,
        account: "222222222222",
        accountName: "shop",
        region: "eu-west-1",
        instanceType: "m5.large",
        count: 2,
        payment: "No Upfront",
        platform: "Linux/UNIX",
        start: new Date("2026-01-01T00:00:00Z"),
        end: new Date("2027-01-01T00:00:00Z"),
        utilizationPercent: 62.5,
        purchased: 1440,
        unused: 540,
        unusedCost: 32.4,
        netSavings: 12.5,
        hourlyCommitment: undefined,
        asOf: now
      })
      assert.deepStrictEqual(both.kind?.resourceOf(one), {
        type: "ec2:reserved-instance",
        service: ec2,
        id: "lease-1",
        arn: "arn:aws:ec2:eu-west-1:222222222222:reserved-instances/lease-1",
        name: "m5.large",
        tags: {},
        createdAt: "2026-01-01T00:00:00.000Z",
        account: "222222222222",
        region: "eu-west-1"
      })
    })
  )

  it.effect("tells the same of a plan, which holds in one region or in all", () =>
    Effect.gen(function* () {
      const family = { SavingsPlansType: "EC2Instance", Region: "eu-central-1", InstanceFamily: "m5", EndDateTime: "" }
      const { read: held } = yield* read({
        ...bill([ec2, "SavingsPlanRecurringFee"]),
        [plans]: () => ({ SavingsPlansUtilizationDetails: [plan(1), plan(2, family)] })
      })
      const [any, one] = valueOf(held)
      assert.deepInclude(any, {
        kind: "savings-plan",
        id: "plan-1",
        service: "Compute",
        account: "222222222222",
        region: undefined,
        utilizationPercent: 75,
        purchased: 1440,
        unusedCost: 360,
        netSavings: 200,
        hourlyCommitment: 2
      })
      assert.deepInclude(one, { region: "eu-central-1", instanceType: "m5", end: undefined })
      assert.deepInclude(both.kind?.resourceOf(any), {
        type: "savingsplans:savings-plan",
        service: "",
        name: "Compute"
      })
    })
  )

  it.effect("believes that there is nothing only where the bill of these days shows nothing of it", () =>
    Effect.gen(function* () {
      const none = () => {
        throw awsFailure("DataUnavailableException", "no data")
      }
      const lines = [
        [ec2, "RIFee"],
        [ec2, "SavingsPlanRecurringFee"]
      ] as const
      const { read: over } = yield* read({ ...billOf("2026-09-01", ...lines), [usage]: none, [plans]: none })
      assert.deepStrictEqual(valueOf(over), [])

      // A fee is charged on the first of the month in which the window begins, for all of it.
      for (const day of ["2026-10-01", "2026-11-19"]) {
        const { read: unavailable } = yield* read({ ...billOf(day, ...lines), [usage]: none, [plans]: none })
        assert.strictEqual(tagOf(unavailable), "NotEnabled", day)
        const { read: empty } = yield* read({
          ...billOf(day, ...lines),
          [usage]: () => inPeriod([]),
          [plans]: () => ({ SavingsPlansUtilizationDetails: [] })
        })
        assert.strictEqual(tagOf(empty), "Malformed", day)
      }

      const { read: one } = yield* read({
        ...billOf("2026-11-01", ...lines),
        [usage]: () => inPeriod([reservation(1)]),
        [plans]: none
      })
      assert.isTrue(one.ok)
      if (one.ok)
        assert.deepStrictEqual([one.value.length, one.gaps.map(({ reason }) => reason._tag)], [1, ["NotEnabled"]])
    })
  )

  it.effect("does not take a bill on which there is nothing for one without commitments", () =>
    Effect.gen(function* () {
      for (const dataset of [both, commitments.coverage]) {
        const { calls, read: held } = yield* readDataset(dataset, bill(), payerRegion)
        assert.deepStrictEqual(calls, { "ce:GetCostAndUsage": 1 })
        assert.strictEqual(tagOf(held), "Malformed")
      }
    })
  )

  it.effect("keeps what was told where one query is denied, and fails where all are or the bill is", () =>
    Effect.gen(function* () {
      const denied = () => {
        throw awsFailure("AccessDeniedException", "no", 403)
      }
      const lines = bill([ec2, "RIFee"], [ec2, "SavingsPlanRecurringFee"])
      const partly = yield* read({ ...lines, [usage]: () => inPeriod([reservation(1)]), [plans]: denied })
      assert.deepStrictEqual(partly.read.ok ? [partly.read.value.length, partly.read.gaps.length] : [], [1, 1])
      const all = yield* read({ ...lines, [usage]: denied, [plans]: denied })
      assert.strictEqual(tagOf(all.read), "AccessDenied")
      const noBill = yield* read({ "ce:GetCostAndUsage": denied })
      assert.strictEqual(tagOf(noBill.read), "AccessDenied")
    })
  )

  it.effect("calls answers without their lists or what is judged malformed", () =>
    Effect.gen(function* () {
      const without = (field: string) => reservation(1, {}, { [field]: undefined })
      const pages = [
        {},
        { UtilizationsByTime: [{}] },
        inPeriod([{ ...reservation(1), Value: undefined }]),
        inPeriod([{ ...reservation(1), Utilization: undefined }]),
        inPeriod([reservation(1, { accountId: undefined })]),
        inPeriod([reservation(1, { region: undefined })]),
        inPeriod([reservation(1, { endDateTime: "soon" })]),
        ...Object.keys(utilization).map((field) => inPeriod([without(field)])),
        inPeriod([reservation(1, {}, { UtilizationPercentage: "much" })])
      ]
      for (const page of pages) {
        const { read: held } = yield* read({ ...bill([ec2, "RIFee"]), [usage]: () => page })
        assert.strictEqual(tagOf(held), "Malformed", JSON.stringify(page))
      }
      const details = [
        {},
        { SavingsPlansUtilizationDetails: [{ ...plan(1), SavingsPlanArn: undefined }] },
        { SavingsPlansUtilizationDetails: [{ ...plan(1), Savings: undefined }] },
        { SavingsPlansUtilizationDetails: [plan(1, {}, { UnusedCommitment: undefined })] },
        { SavingsPlansUtilizationDetails: [plan(1, {}, { UtilizationPercentage: "" })] }
      ]
      for (const page of details) {
        const { read: held } = yield* read({ ...bill([ec2, "SavingsPlanRecurringFee"]), [plans]: () => page })
        assert.strictEqual(tagOf(held), "Malformed", JSON.stringify(page))
      }
    })
  )

  it("looks at the bill that the daily trend has paid for", () => {
    const needs = trend.reads(defaultSettings(trend.settings))["spend"]?.needs ?? {}
    assert.strictEqual(needs["charges"], commitments.bill)
  })
})

describe("commitments.coverage", () => {
  const line = (usageType: string, recordType: string, Amount: string) => ({
    Keys: [usageType, recordType],
    Metrics: { UsageQuantity: { Amount, Unit: "Hrs" } }
  })

  /** The bill by service, and on the second question by usage type. */
  const answers = (lines: ReadonlyArray<Line>, ...pages: ReadonlyArray<object>): Answers => ({
    "ce:GetCostAndUsage": (input) =>
      input.Metrics.includes("UsageQuantity")
        ? pages[Number(input.NextPageToken ?? 0)]
        : (bill(...lines)["ce:GetCostAndUsage"] as () => object)()
  })
  const inMonth = (Groups: ReadonlyArray<object>, rest: object = {}) => ({
    ResultsByTime: [{ TimePeriod: { Start: "2026-11-13", End: "2026-11-20" }, Groups }],
    ...rest
  })
  const readCoverage = (given: Answers) => readDataset(commitments.coverage, given, payerRegion)

  it.effect("pays for no question where the bill shows no commitment: then nothing is covered", () =>
    Effect.gen(function* () {
      const { calls, read: coverage } = yield* readCoverage(answers([[ec2, "Usage", "100"]]))
      assert.deepStrictEqual(calls, { "ce:GetCostAndUsage": 1 })
      assert.deepStrictEqual(valueOf(coverage), [])
    })
  )

  it.effect("asks once for the last week of all services with commitments, and adds up what paid for what", () =>
    Effect.gen(function* () {
      const {
        calls,
        read: coverage,
        sent
      } = yield* readCoverage(
        answers(
          [
            [rds, "DiscountedUsage"],
            ["AWS Lambda", "SavingsPlanCoveredUsage", "5"],
            [ec2, "Usage", "5"]
          ],
          inMonth(
            [
              line("EU-InstanceUsage:db.r6g.2xl", "DiscountedUsage", "100"),
              line("EU-Multi-AZUsage:db.r6g.2xl", "Usage", "40"),
              line("EU-InstanceUsage:db.r6g.2xl", "Usage", "10"),
              line("EU-HeavyUsage:db.r6g.2xl", "RIFee", "168"),
              line("EU-RDS:GP3-Storage", "Usage", "70")
            ],
            { NextPageToken: "1" }
          ),
          inMonth([
            line("Lambda-GB-Second-ARM", "SavingsPlanCoveredUsage", "3000"),
            line("Lambda-GB-Second-ARM", "SavingsPlanNegation", "3000"),
            line("Lambda-GB-Second-ARM", "Usage", "1000"),
            line("IA-ReadCapacityUnit-Hrs", "Usage", "7"),
            line("ZZZ9-BoxUsage:m5.large", "Usage", "7")
          ])
        )
      )
      assert.deepStrictEqual(calls, { "ce:GetCostAndUsage": 3 })
      assert.deepStrictEqual(sent[1]?.input, {
        TimePeriod: { Start: "2026-11-13", End: "2026-11-20" },
        Granularity: "MONTHLY",
        Metrics: ["UsageQuantity"],
        GroupBy: [
          { Type: "DIMENSION", Key: "USAGE_TYPE" },
          { Type: "DIMENSION", Key: "RECORD_TYPE" }
        ],
        Filter: { Dimensions: { Key: "SERVICE", Values: ["AWS Lambda", rds] } }
      })
      assert.deepStrictEqual(valueOf(coverage), [
        { use: "rds:db.r6g.2xlarge", region: "eu-west-1", onDemand: 50, reserved: 100, planned: 0 },
        { use: "lambda:lambda-gb-second-arm", region: "us-east-1", onDemand: 1000, reserved: 0, planned: 3000 },
        { use: "dynamodb:ia-readcapacityunit-hrs", region: "us-east-1", onDemand: 7, reserved: 0, planned: 0 }
      ])
    })
  )

  it.effect("does not take a kind of use for uncovered that the bill has covered and the answer lacks", () =>
    Effect.gen(function* () {
      const billed = billOf("2026-11-15", [ec2, "SavingsPlanCoveredUsage", "5"], [rds, "DiscountedUsage"])
      const { read } = yield* readCoverage({
        "ce:GetCostAndUsage": (input) =>
          input.Metrics.includes("UsageQuantity")
            ? inMonth([line("EU-InstanceUsage:db.r6g.2xl", "DiscountedUsage", "100")])
            : (billed["ce:GetCostAndUsage"] as () => object)()
      })
      const coverages = coveragesOf(valueOf(read) as ReadonlyArray<Coverage>)
      assert.isString(coverages.shareOf("ec2:m5.large", "eu-west-1"))
      assert.deepInclude(coverages.shareOf("rds:db.r6g.2xlarge", "eu-west-1"), { covered: 1 })
      assert.deepInclude(coverages.shareOf("elasticache:cache.m5.large", "eu-west-1"), { covered: 0 })
    })
  )

  it.effect("is not known where a page is refused, and calls answers without their parts malformed", () =>
    Effect.gen(function* () {
      const lines = [[ec2, "RIFee"] as const]
      const refused = yield* readCoverage({
        "ce:GetCostAndUsage": (input) => {
          if (input.Metrics.includes("UsageQuantity")) throw awsFailure("AccessDeniedException", "no", 403)
          return (bill(...lines)["ce:GetCostAndUsage"] as () => object)()
        }
      })
      assert.strictEqual(tagOf(refused.read), "AccessDenied")
      const whole = line("BoxUsage:m5.large", "Usage", "1")
      for (const group of [{ ...whole, Keys: ["BoxUsage:m5.large"] }, { ...whole, Metrics: {} }, { Metrics: {} }]) {
        const { read: coverage } = yield* readCoverage(answers(lines, inMonth([group])))
        assert.strictEqual(tagOf(coverage), "Malformed", JSON.stringify(group))
      }
      const covered = { "ce:GetCostAndUsage": billOf("2026-11-18", [ec2, "DiscountedUsage"])["ce:GetCostAndUsage"] }
      const silent = yield* readCoverage({
        "ce:GetCostAndUsage": (input) =>
          input.Metrics.includes("UsageQuantity") ? inMonth([]) : (covered["ce:GetCostAndUsage"] as () => object)()
      })
      assert.strictEqual(tagOf(silent.read), "Malformed")
      const { read: coverage } = yield* readCoverage(answers(lines, { ResultsByTime: [{}] }))
      assert.strictEqual(tagOf(coverage), "Malformed")
    })
  )
})

describe("commitments.terms", () => {
  const year = 365 * 86_400
  const StartTime = new Date("2026-01-01T00:00:00Z")
  const term = { start: StartTime, end: new Date("2027-01-01T00:00:00Z") }
  const one = (resourceType: string, id: string, more: object = {}) =>
    ({
      kind: "reservation",
      arn: `arn:${resourceType}:${id}`,
      id,
      subscriptionId: "7",
      resourceType,
      region: "eu-west-1",
      ...more
    }) as commitments.Commitment

  const answers: Answers = {
    "ec2:DescribeReservedInstances": () => ({
      ReservedInstances: [{ ReservedInstancesId: "a", Start: StartTime, Duration: year }]
    }),
    "rds:DescribeReservedDBInstances": () => ({
      ReservedDBInstances: [{ ReservedDBInstanceId: "ri-b", LeaseId: "b", StartTime, Duration: year }]
    }),
    "elasticache:DescribeReservedCacheNodes": () => ({
      ReservedCacheNodes: [{ ReservedCacheNodeId: "c", StartTime, Duration: year }]
    }),
    "redshift:DescribeReservedNodes": () => ({
      ReservedNodes: [{ ReservedNodeId: "d", StartTime, Duration: year }]
    }),
    "es:DescribeReservedInstances": () => ({
      ReservedInstances: [{ ReservedInstanceId: "x", BillingSubscriptionId: 7, StartTime, Duration: year }]
    }),
    "memorydb:DescribeReservedNodes": () => ({
      ReservedNodes: [{ ReservationId: "f", StartTime, Duration: year }]
    }),
    "savingsplans:DescribeSavingsPlans": () => ({
      savingsPlans: [{ savingsPlanId: "g", start: "2026-01-01T00:00:00.000Z", end: "2027-01-01T00:00:00.000Z" }]
    })
  }

  it.effect("lists each service once in each region, where its commitments are", () =>
    Effect.gen(function* () {
      const items = [
        one("ec2:reserved-instance", "a"),
        one("ec2:reserved-instance", "of another account"),
        one("ec2:reserved-instance", "a", { region: "eu-central-1", arn: "arn:other" }),
        one("rds:reserved-instance", "b"),
        one("elasticache:reserved-node", "c"),
        one("redshift:reserved-node", "d"),
        one("opensearch:reserved-instance", "e"),
        one("memorydb:reserved-node", "f"),
        one("savingsplans:savings-plan", "g", { kind: "savings-plan", subscriptionId: undefined })
      ]
      const { calls, readings, sent } = yield* readProbe(commitments.terms, items, answers, payerRegion)
      assert.deepStrictEqual(calls, {
        "ec2:DescribeReservedInstances": 2,
        "rds:DescribeReservedDBInstances": 1,
        "elasticache:DescribeReservedCacheNodes": 1,
        "redshift:DescribeReservedNodes": 1,
        "es:DescribeReservedInstances": 1,
        "memorydb:DescribeReservedNodes": 1,
        "savingsplans:DescribeSavingsPlans": 1
      })
      assert.deepStrictEqual(
        readings.map((reading) => (reading.known ? reading.value : "unknown")),
        [term, undefined, term, term, term, term, term, term, term]
      )
      const regions = sent.map(({ destination, operation }) => `${operation.service} ${destination.region}`)
      assert.include(regions, "ec2 eu-central-1")
      assert.include(regions, "savingsplans us-east-1")
    })
  )

  it.effect("does not know those whose list is denied or malformed, and knows the others", () =>
    Effect.gen(function* () {
      const items = [one("ec2:reserved-instance", "a"), one("rds:reserved-instance", "b")]
      for (const answer of [
        () => {
          throw awsFailure("AccessDenied", "no", 403)
        },
        () => ({}),
        () => ({ ReservedDBInstances: [{ ReservedDBInstanceId: "b", StartTime }] })
      ]) {
        const told = yield* readProbe(
          commitments.terms,
          items,
          { ...answers, "rds:DescribeReservedDBInstances": answer },
          payerRegion
        )
        assert.deepStrictEqual(
          told.readings.map(({ known }) => known),
          [true, false]
        )
      }
    })
  )
})
