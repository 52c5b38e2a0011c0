import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { payerRegion } from "../../../core/Scope.ts"
import * as purchases from "../../../datasets/billing/purchases.ts"
import type { Loaded } from "../../../datasets/engine/Reader.ts"
import { awsFailure, paged, readDataset, valueOf, now } from "../harness.ts"

const tagOf = (read: Loaded) => (!read.ok && read.error._tag === "AwsError" ? read.error.reason._tag : "none")

const ce = "ce:GetCostAndUsage"
const plansOf = "ce:GetSavingsPlansPurchaseRecommendation"
const reservationsOf = "ce:GetReservationPurchaseRecommendation"

/** A bill with on-demand use of these services. */
const bill = (services: ReadonlyArray<string>, recordType = "Usage") => ({
  [ce]: () => ({
    ResultsByTime: [
      {
        TimePeriod: { Start: "2026-11-01", End: "2026-11-02" },
        Groups: services.map((service) => ({
          Keys: [service, recordType],
          Metrics: { UnblendedCost: { Amount: "5", Unit: "USD" } }
        }))
      }
    ]
  })
})

const ec2 = "Amazon Elastic Compute Cloud - Compute"
const rds = "Amazon Relational Database Service"

const purchase: purchases.Purchase = {
  term: "THREE_YEARS",
  payment: "ALL_UPFRONT",
  lookback: "THIRTY_DAYS",
  accountScope: "LINKED"
}

const plan = (more: object = {}) => ({
  AccountId: "111111111111",
  CurrencyCode: "USD",
  SavingsPlansDetails: { InstanceFamily: "m6i", Region: "eu-central-1" },
  HourlyCommitmentToPurchase: "1.25",
  UpfrontCost: "10",
  EstimatedMonthlySavingsAmount: "812.55",
  EstimatedSavingsPercentage: "27.5",
  EstimatedAverageUtilization: "99.1",
  CurrentMinimumHourlyOnDemandSpend: "1.5",
  CurrentAverageHourlyOnDemandSpend: "2",
  ...more
})

const advice = (details: ReadonlyArray<object> | undefined) => ({
  Metadata: { GenerationTimestamp: "2026-11-19T10:00:00Z" },
  SavingsPlansPurchaseRecommendation: {
    SavingsPlansType: "COMPUTE_SP",
    ...(details === undefined ? {} : { SavingsPlansPurchaseRecommendationDetails: details })
  }
})

describe("purchases.plans", () => {
  const all = purchases.plans(purchases.planTypes, purchase)

  it.effect("asks for the types whose use the bill shows, and for databases as they are sold", () =>
    Effect.gen(function* () {
      const { calls, sent } = yield* readDataset(
        all,
        { ...bill([ec2, "Amazon DynamoDB", "AWS Key Management Service"]), [plansOf]: () => advice([]) },
        payerRegion
      )
      assert.deepStrictEqual(calls, { [ce]: 1, [plansOf]: 3 })
      const inputs = sent.slice(1).map(({ input }) => input)
      assert.deepStrictEqual(inputs[0], {
        SavingsPlansType: "COMPUTE_SP",
        TermInYears: "THREE_YEARS",
        PaymentOption: "ALL_UPFRONT",
        LookbackPeriodInDays: "THIRTY_DAYS",
        AccountScope: "LINKED",
        PageSize: 1000
      })
      assert.deepStrictEqual(
        inputs.map(({ PaymentOption, SavingsPlansType, TermInYears }) => [
          SavingsPlansType,
          TermInYears,
          PaymentOption
        ]),
        [
          ["COMPUTE_SP", "THREE_YEARS", "ALL_UPFRONT"],
          ["EC2_INSTANCE_SP", "THREE_YEARS", "ALL_UPFRONT"],
          ["DATABASE_SP", "ONE_YEAR", "NO_UPFRONT"]
        ]
      )
      assert.strictEqual(all.operations[0]?.paid?.usd({}), 0.01)
      assert.strictEqual(all.cacheHours, 12)
    })
  )

  it.effect("asks nothing where the bill shows no use, or only what is covered already", () =>
    Effect.gen(function* () {
      for (const answers of [bill(["AWS Key Management Service"]), bill([ec2, rds], "DiscountedUsage")]) {
        const { calls, read } = yield* readDataset(all, answers, payerRegion)
        assert.deepStrictEqual([calls, valueOf(read)], [{ [ce]: 1 }, []])
      }
    })
  )

  it.effect("keeps the figures by the names that AWS answers with, and null for what it leaves out", () =>
    Effect.gen(function* () {
      const bare = plan({
        AccountId: undefined,
        SavingsPlansDetails: undefined,
        UpfrontCost: undefined,
        EstimatedSavingsPercentage: "",
        EstimatedAverageUtilization: "much",
        CurrentMinimumHourlyOnDemandSpend: undefined,
        CurrentAverageHourlyOnDemandSpend: undefined
      })
      const one = purchases.plans(["COMPUTE_SP"], purchase)
      const { read } = yield* readDataset(
        one,
        { ...bill(["AWS Lambda"]), [plansOf]: () => advice([plan(), bare]) },
        payerRegion
      )
      const [full, rest] = valueOf(read) as ReadonlyArray<purchases.PlanOffer>
      assert.deepStrictEqual(full, {
        type: "COMPUTE_SP",
        term: "THREE_YEARS",
        payment: "ALL_UPFRONT",
        account: "111111111111",
        family: "m6i",
        region: "eu-central-1",
        currency: "USD",
        hourlyCommitment: 1.25,
        upfront: 10,
        monthlySavings: 812.55,
        savingsPercent: 27.5,
        utilizationPercent: 99.1,
        minimumHourly: 1.5,
        averageHourly: 2,
        generatedAt: "2026-11-19T10:00:00Z",
        askedAt: now
      })
      assert.deepInclude(rest, {
        account: "",
        family: "",
        upfront: null,
        savingsPercent: null,
        utilizationPercent: null,
        minimumHourly: null
      })
    })
  )

  it.effect("pays for every page, and takes a list that AWS leaves out for none", () =>
    Effect.gen(function* () {
      const one = purchases.plans(["EC2_INSTANCE_SP"], purchase)
      const details = Array.from({ length: 1500 }, (_, index) => plan({ AccountId: String(index).padStart(12, "0") }))
      const pages = paged(details, "items", { size: "PageSize", input: "NextPageToken", output: "NextPageToken" })
      const answer = (input: any) => {
        const { items, ...rest } = pages(input)
        return { ...advice(items as ReadonlyArray<object>), ...rest }
      }
      const { calls, read } = yield* readDataset(one, { ...bill([ec2]), [plansOf]: answer }, payerRegion)
      assert.deepStrictEqual([calls[plansOf], valueOf(read).length], [2, 1500])
      const none = yield* readDataset(one, { ...bill([ec2]), [plansOf]: () => advice(undefined) }, payerRegion)
      assert.deepStrictEqual(valueOf(none.read), [])
    })
  )

  it.effect("keeps what was told where one type is refused, and fails where all are or the bill is", () =>
    Effect.gen(function* () {
      const denied = () => {
        throw awsFailure("AccessDeniedException", "no", 403)
      }
      const one = ({ SavingsPlansType }: any) => (SavingsPlansType === "COMPUTE_SP" ? advice([plan()]) : denied())
      const { read } = yield* readDataset(all, { ...bill([ec2]), [plansOf]: one }, payerRegion)
      assert.deepStrictEqual(read.ok ? [read.value.length, read.gaps.length] : [], [1, 1])
      const none = yield* readDataset(all, { ...bill([ec2]), [plansOf]: denied }, payerRegion)
      assert.strictEqual(tagOf(none.read), "AccessDenied")
      const noBill = yield* readDataset(all, { [ce]: denied }, payerRegion)
      assert.strictEqual(tagOf(noBill.read), "AccessDenied")
    })
  )

  it.effect("calls an answer without advice, or without its amounts, malformed", () =>
    Effect.gen(function* () {
      const one = purchases.plans(["COMPUTE_SP"], purchase)
      for (const answer of [
        {},
        { Metadata: {} },
        advice([plan({ HourlyCommitmentToPurchase: undefined })]),
        advice([plan({ EstimatedMonthlySavingsAmount: "much" })])
      ]) {
        const { read } = yield* readDataset(one, { ...bill([ec2]), [plansOf]: () => answer }, payerRegion)
        assert.strictEqual(tagOf(read), "Malformed", JSON.stringify(answer))
      }
    })
  )
})

const figures = {
  AccountId: "222222222222",
  CurrencyCode: "USD",
  RecommendedNumberOfInstancesToPurchase: "3",
  RecommendedNormalizedUnitsToPurchase: "24",
  AverageUtilization: "98",
  EstimatedBreakEvenInMonths: "7.6",
  EstimatedMonthlySavingsAmount: "120.5",
  EstimatedMonthlySavingsPercentage: "34",
  UpfrontCost: "0",
  RecurringStandardMonthlyCost: "230"
}

const offered = (...RecommendationDetails: ReadonlyArray<object>) => ({ Recommendations: [{ RecommendationDetails }] })

describe("purchases.reservations", () => {
  const all = purchases.reservations(purchases.reservableServices, purchase, "CONVERTIBLE")

  it.effect("asks for each service by the name that the question wants, if the bill shows use of it", () =>
    Effect.gen(function* () {
      const billed = [
        ec2,
        rds,
        "Amazon ElastiCache",
        "Amazon Redshift",
        "Amazon OpenSearch Service",
        "Amazon MemoryDB",
        "Amazon DynamoDB",
        "AWS Lambda"
      ]
      const { calls, sent } = yield* readDataset(
        all,
        { ...bill(billed), [reservationsOf]: () => ({ Recommendations: [] }) },
        payerRegion
      )
      assert.deepStrictEqual(calls, { [ce]: 1, [reservationsOf]: 7 })
      assert.deepStrictEqual(
        sent.slice(1).map(({ input }) => input.Service),
        [
          ec2,
          rds,
          "Amazon ElastiCache",
          "Amazon Redshift",
          "Amazon OpenSearch Service",
          "Amazon MemoryDB Service",
          "Amazon DynamoDB Service"
        ]
      )
      assert.deepStrictEqual(sent[1]?.input, {
        Service: ec2,
        TermInYears: "THREE_YEARS",
        PaymentOption: "ALL_UPFRONT",
        LookbackPeriodInDays: "THIRTY_DAYS",
        AccountScope: "LINKED",
        ServiceSpecification: { EC2Specification: { OfferingClass: "CONVERTIBLE" } },
        PageSize: 1000
      })
      assert.notProperty(sent[2]?.input, "ServiceSpecification")
      const few = yield* readDataset(
        all,
        { ...bill([rds]), [reservationsOf]: () => ({ Recommendations: [] }) },
        payerRegion
      )
      assert.deepStrictEqual(few.calls, { [ce]: 1, [reservationsOf]: 1 })
    })
  )

  const readOne = Effect.fnUntraced(function* (service: purchases.ReservableService, billed: string, detail: object) {
    const one = purchases.reservations([service], purchase, "STANDARD")
    const answers = { ...bill([billed]), [reservationsOf]: () => offered({ ...figures, ...detail }) }
    const { read } = yield* readDataset(one, answers, payerRegion)
    return read
  })

  it.effect("reads what is reserved from the description that each service has", () =>
    Effect.gen(function* () {
      const Region = "eu-central-1"
      const cases = [
        [
          "EC2",
          ec2,
          "EC2InstanceDetails",
          { InstanceType: "m6i.large", Platform: "Linux/UNIX" },
          "m6i.large",
          "Linux/UNIX"
        ],
        [
          "RDS",
          rds,
          "RDSInstanceDetails",
          {
            InstanceType: "db.r6g.large",
            DatabaseEngine: "Oracle",
            DatabaseEdition: "Standard Two",
            DeploymentOption: "Multi-AZ"
          },
          "db.r6g.large",
          "Oracle, Standard Two, Multi-AZ"
        ],
        [
          "ElastiCache",
          "Amazon ElastiCache",
          "ElastiCacheInstanceDetails",
          { NodeType: "cache.r7g.large", ProductDescription: "Valkey" },
          "cache.r7g.large",
          "Valkey"
        ],
        ["Redshift", "Amazon Redshift", "RedshiftInstanceDetails", { NodeType: "ra3.xlplus" }, "ra3.xlplus", ""],
        ["MemoryDB", "Amazon MemoryDB", "MemoryDBInstanceDetails", { NodeType: "db.r7g.large" }, "db.r7g.large", ""],
        [
          "OpenSearch",
          "Amazon OpenSearch Service",
          "ESInstanceDetails",
          { InstanceClass: "r6g", InstanceSize: "large.search" },
          "r6g.large.search",
          ""
        ]
      ] as const
      for (const [service, billed, field, details, type, platform] of cases) {
        const read = yield* readOne(service, billed, { InstanceDetails: { [field]: { ...details, Region } } })
        assert.deepStrictEqual(valueOf(read), [
          {
            service,
            account: "222222222222",
            region: Region,
            type,
            platform,
            currency: "USD",
            count: 3,
            isCapacity: false,
            normalizedUnits: 24,
            upfront: 0,
            recurringMonthly: 230,
            monthlySavings: 120.5,
            savingsPercent: 34,
            utilizationPercent: 98,
            breakEvenMonths: 7.6
          }
        ])
      }
    })
  )

  it.effect("counts units of capacity for DynamoDB, and never instances", () =>
    Effect.gen(function* () {
      const capacity = { DynamoDBCapacityDetails: { CapacityUnits: "ReadCapacityUnits", Region: "eu-west-1" } }
      const read = yield* readOne("DynamoDB", "Amazon DynamoDB", {
        RecommendedNumberOfInstancesToPurchase: undefined,
        RecommendedNumberOfCapacityUnitsToPurchase: "400",
        ReservedCapacityDetails: capacity
      })
      assert.deepInclude(valueOf(read)[0], {
        type: "ReadCapacityUnits",
        count: 400,
        isCapacity: true,
        normalizedUnits: null
      })
    })
  )

  it.effect("calls answers without their lists, amounts or what is reserved malformed", () =>
    Effect.gen(function* () {
      const InstanceDetails = { EC2InstanceDetails: { InstanceType: "m6i.large", Region: "eu-central-1" } }
      const one = purchases.reservations(["EC2"], purchase, "STANDARD")
      const whole = { ...figures, InstanceDetails }
      for (const answer of [
        {},
        { Recommendations: [{}] },
        offered(figures),
        offered({ ...whole, InstanceDetails: { EC2InstanceDetails: { InstanceType: "m6i.large" } } }),
        offered({ ...whole, InstanceDetails: { EC2InstanceDetails: { Region: "eu-central-1" } } }),
        offered({ ...whole, RecommendedNumberOfInstancesToPurchase: undefined }),
        offered({ ...whole, EstimatedMonthlySavingsAmount: undefined })
      ]) {
        const { read } = yield* readDataset(one, { ...bill([ec2]), [reservationsOf]: () => answer }, payerRegion)
        assert.strictEqual(tagOf(read), "Malformed", JSON.stringify(answer))
      }
    })
  )

  it.effect("keeps what was told where one service is refused", () =>
    Effect.gen(function* () {
      const InstanceDetails = { EC2InstanceDetails: { InstanceType: "m6i.large", Region: "eu-central-1" } }
      const answer = ({ Service }: any) => {
        if (Service !== ec2) throw awsFailure("AccessDeniedException", "no", 403)
        return offered({ ...figures, InstanceDetails })
      }
      const { read } = yield* readDataset(all, { ...bill([ec2, rds]), [reservationsOf]: answer }, payerRegion)
      assert.deepStrictEqual(read.ok ? [read.value.length, read.gaps.length] : [], [1, 1])
    })
  )
})
