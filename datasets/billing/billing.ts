/** What is read about the bill, from the payer only: Cost Explorer, which charges for every request, and Cost Optimization Hub. */
import {
  CostExplorerClient,
  GetCostAndUsageCommand,
  type GetCostAndUsageCommandInput,
  GetCostForecastCommand,
  type GroupDefinition,
  type ResultByTime
} from "@aws-sdk/client-cost-explorer"
import {
  ActionType,
  CostOptimizationHubClient,
  GetPreferencesCommand,
  ListEnrollmentStatusesCommand,
  ListRecommendationsCommand,
  ListRecommendationSummariesCommand,
  type Recommendation as AwsRecommendation,
  ResourceType
} from "@aws-sdk/client-cost-optimization-hub"
import * as Effect from "effect/Effect"
import { type AwsServices, AwsTarget, complete, list, required, send, wholeList } from "../../core/aws/Aws.ts"
import { AwsError, NotEnabled, Rejected } from "../../core/aws/AwsError.ts"
import { listOperation, operation, operationKey } from "../../core/aws/operation.ts"
import { spelledAs } from "../../core/enumeration.ts"
import { accountBillName, type AccountSpend } from "../../core/run/accountBill.ts"
import { cleanText } from "../../core/text.ts"
import { daysBefore, daysBetween, isoDay, startOfUtcDay, startOfUtcMonth } from "../../core/time.ts"
import { rotationNights } from "../../core/turns.ts"
import { AsOf, dataset, derived, family, readOf, whole } from "../engine/Dataset.ts"
import { remembering } from "../engine/PaidAnswers.ts"
import { enrollmentStatus, getEnrollmentStatus } from "../aws/computeOptimizerEnrollment.ts"
import type { Tags } from "../aws/tags.ts"

// Cost Explorer has no page size, and each page is a request that is charged. Source: shared/facts/aws-limits.md 3.
export const getCostAndUsage = listOperation(
  CostExplorerClient,
  GetCostAndUsageCommand,
  "ce:GetCostAndUsage",
  "ResultsByTime",
  {
    paging: { input: "NextPageToken", output: "NextPageToken" },
    paid: { unit: "request", usdPerUnit: 0.01, usd: () => 0.01 },
    // Each day or month that is asked for has an entry.
    neverEmpty: true
  }
)

/** What Cost Explorer can count: cash, or with upfront fees spread over their term, before or after negotiated discounts. */
export const costMetrics = ["UnblendedCost", "AmortizedCost", "NetAmortizedCost"] as const
export type CostMetric = (typeof costMetrics)[number]

/** Days from `start` up to and without `end`, in UTC: `2026-10-01` to `2026-11-01` is October. */
export interface Period {
  readonly start: string
  readonly end: string
}

/** Which days a query covers as of an instant, and a name that tells it from other windows. */
export interface CostWindow {
  readonly name: string
  readonly of: (now: Date) => Period & { readonly granularity: "DAILY" | "MONTHLY" }
}

/** The last full days, day by day. Today is left out: half a day would look like a fall. */
export const lastDays = (days: number): CostWindow => ({
  name: `${days}d`,
  of: (now) => ({ start: isoDay(daysBefore(now, days)), end: isoDay(now), granularity: "DAILY" })
})

const dateOf = (day: string): Date => new Date(`${day}T00:00:00Z`)

/** Whether the calendar has the day: not 31 February, which JavaScript takes for 3 March. */
const isDay = (day: string): boolean => isoDay(dateOf(day)) === day

const startOfMonth = (day: string, months = 0): string => isoDay(startOfUtcMonth(dateOf(day), months))

const startsMonth = (day: string): boolean => day.endsWith("-01")

const monthsBetween = (start: string, end: string): number => {
  const [from, to] = [dateOf(start), dateOf(end)]
  return (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth()
}

/** The first of the days whose costs are still coming in: the last two before today. */
export const provisionalFrom = (now: Date): string => isoDay(daysBefore(startOfUtcDay(now), 2))

/**
 * The period from one day up to and without another, and the one of the same length before it. Without days it is the
 * previous month, with only a start it ends yesterday, and with only an end it is that end's month. Whole months are compared with whole months.
 */
export const comparedPeriods = (
  now: Date,
  startDate: string,
  endDate: string
): { readonly current: Period; readonly previous: Period } => {
  const today = isoDay(now)
  const latest = endDate !== "" ? endDate : startDate !== "" ? today : startOfMonth(today)
  const end = latest < today ? latest : today
  const start = startDate !== "" ? startDate : startOfMonth(isoDay(daysBefore(dateOf(end), 1)))
  const before =
    startsMonth(start) && startsMonth(end)
      ? startOfMonth(start, -monthsBetween(start, end))
      : isoDay(daysBefore(dateOf(start), daysBetween(dateOf(start), dateOf(end))))
  return { current: { start, end }, previous: { start: before, end: start } }
}

/** The days of `comparedPeriods` in one query: months where every boundary is one, days otherwise. */
export const comparedWindow = (startDate: string, endDate: string, withPrevious: boolean): CostWindow => ({
  name: `${startDate}..${endDate}${withPrevious ? " and before" : ""}`,
  of: (now) => {
    const { current, previous } = comparedPeriods(now, startDate, endDate)
    return {
      start: withPrevious ? previous.start : current.start,
      end: current.end,
      granularity: startsMonth(current.start) && startsMonth(current.end) ? "MONTHLY" : "DAILY"
    }
  }
})

/** What Cost Explorer says of one kind of charge for a service, an account or a region in one day or month. May be zero. */
export interface Charge {
  readonly start: string
  readonly key: string
  /** As Cost Explorer's RECORD_TYPE names it: `Usage`, `DiscountedUsage`, `SavingsPlanRecurringFee`, `Tax`. */
  readonly recordType: string
  readonly amount: number
  readonly currency: string
  readonly estimated: boolean
}

/** The amounts of one service, account or region in one day or month, by kind of charge. Never all zero. */
export interface Spend {
  /** The service, account or region. */
  readonly key: string
  /** The first day of the day or month. */
  readonly start: string
  readonly currency: string
  /** Whether AWS may still change the amounts: until the month's invoice is final. */
  readonly estimated: boolean
  readonly usage: number
  /** Recurring and upfront fees, support, and kinds of charges that are not known here. */
  readonly fees: number
  readonly tax: number
  /** Credits, refunds and discounts; usually negative. */
  readonly credits: number
}

/** Cost Explorer and the bill name the same kinds differently: `Recurring` and `RIFee`, `EdpDiscount` and its long form. */
export const kindOf = (recordType: string): "usage" | "fees" | "tax" | "credits" => {
  const name = recordType.replaceAll(" ", "")
  if (/^((Discounted|SavingsPlanCovered)?Usage|SavingsPlanNegation)$/i.test(name)) return "usage"
  if (/credit|refund|discount/i.test(name)) return "credits"
  return /tax/i.test(name) ? "tax" : "fees"
}

/** An amount of Cost Explorer, which sends numbers as text. */
export const amountOf = (text: string | undefined, field: string): number => {
  const amount = Number(required(text, field))
  // The door calls a SyntaxError an answer that is not an AWS answer.
  if (text === "" || !Number.isFinite(amount))
    throw new SyntaxError(`${field} is not a number: ${cleanText(text ?? "")}`)
  return amount
}

/** The rows of an answer in two groups. */
export const groupsOf = (results: ReadonlyArray<ResultByTime>, metric: CostMetric) =>
  results.flatMap(({ Estimated, Groups, TimePeriod }) =>
    required(Groups, "ResultsByTime[].Groups").map(({ Keys, Metrics }) => ({
      keys: [
        cleanText(required(Keys?.[0], "Groups[].Keys[0]")),
        cleanText(required(Keys?.[1], "Groups[].Keys[1]"))
      ] as const,
      start: required(TimePeriod?.Start, "ResultsByTime[].TimePeriod.Start"),
      estimated: Estimated ?? false,
      amount: amountOf(Metrics?.[metric]?.Amount, `Groups[].Metrics.${metric}.Amount`),
      currency: required(Metrics?.[metric]?.Unit, `Groups[].Metrics.${metric}.Unit`).toUpperCase()
    }))
  )

const howToEnableCostExplorer =
  "Open Cost Explorer once in the Billing and Cost Management console of the payer; its data follows within 24 hours."

/** Cost Explorer answers AccessDenied where it was never switched on, and DataUnavailable where it has no data yet. */
const explainNotEnabled = (error: AwsError): AwsError => {
  const { reason } = error
  return reason._tag === "NotEnabled" ||
    (reason._tag === "AccessDenied" && /not enabled for cost explorer/i.test(reason.message))
    ? new AwsError({
        operation: error.operation,
        account: error.account,
        region: error.region,
        reason: new NotEnabled({ code: reason.code, message: reason.message, howTo: howToEnableCostExplorer })
      })
    : error
}

/** A forecast answers DataUnavailable where the account has too few days behind it, whose costs are told all the same. */
const explainNoForecast = (error: AwsError): AwsError => {
  const { reason } = error
  return reason._tag === "NotEnabled" && reason.code === "DataUnavailableException"
    ? new AwsError({
        operation: error.operation,
        account: error.account,
        region: error.region,
        reason: new Rejected({
          code: reason.code,
          message: "Cost Explorer has too little history of this account to expect anything of"
        })
      })
    : explainNotEnabled(error)
}

/** What is asked of Cost Explorer besides the days: at most two groups. */
export type CostQuestion = Pick<GetCostAndUsageCommandInput, "Metrics" | "GroupBy" | "Filter">

export const byDimension = (Key: string): GroupDefinition => ({ Type: "DIMENSION", Key })

/** Nights after which days that are over are asked for again while AWS calls them estimated. */
const estimatedNights = 3

/**
 * Every page of a question to Cost Explorer about the days of a window. A page that fails fails all of it, because a sum that lacks
 * rows is a wrong sum; a window without a day in the past is not asked for, because every page is charged. Days that are all over,
 * such as the last month, are remembered: for a week once their invoice is final. `check` fails an answer that cannot be all of it.
 */
export const askCosts = Effect.fnUntraced(function* <A>(
  window: CostWindow,
  question: CostQuestion,
  rowsOf: (results: ReadonlyArray<ResultByTime>) => ReadonlyArray<A>,
  check: (rows: ReadonlyArray<A>) => Effect.Effect<void, AwsError, AwsServices> = () => Effect.void
) {
  const { account, region } = yield* AwsTarget
  const now = yield* AsOf
  const { end, granularity, start } = window.of(now)
  if (start >= end || ![start, end].every(isDay)) {
    const message = `the period from ${start} up to ${end} has no days in the past`
    const reason = new Rejected({ code: "EmptyPeriod", message })
    return yield* new AwsError({ operation: operationKey(getCostAndUsage), account, region, reason })
  }
  const input = { TimePeriod: { Start: start, End: end }, Granularity: granularity, ...question }
  const isOver = end <= provisionalFrom(now)
  let isEstimated = false
  const ask = list(getCostAndUsage, input, (results) => {
    isEstimated ||= results.some(({ Estimated = false }) => Estimated)
    return rowsOf(results)
  })
  const { items } = yield* remembering(
    {
      operation: getCostAndUsage,
      about: input,
      // A bill without a row has not been told yet.
      nights: (rows) => (!isOver || rows.length === 0 ? 0 : isEstimated ? estimatedNights : rotationNights)
    },
    wholeList(ask).pipe(
      Effect.mapError(explainNotEnabled),
      Effect.tap(({ items }) => check(items))
    )
  )
  return items
})

export type CostDimension = "SERVICE" | "LINKED_ACCOUNT" | "REGION"

/**
 * What was charged, by service, account or region and by kind of charge. One query for each combination of arguments, however many
 * scans ask, and kept for 12 hours.
 */
export const charges = family(
  "billing.charges",
  (name, dimension: CostDimension, metric: CostMetric, window: CostWindow) =>
    dataset<ReadonlyArray<Charge>>(name, {
      scope: "payer",
      operations: [getCostAndUsage],
      cacheHours: 12,
      costNote: "Cost Explorer charges $0.01 for every page of the answer.",
      read: Effect.fnUntraced(function* () {
        const GroupBy = [byDimension(dimension), byDimension("RECORD_TYPE")]
        const question = { Metrics: [metric], GroupBy }
        const charges = yield* askCosts(window, question, (results) =>
          groupsOf(results, metric).map(({ keys: [key, recordType], ...one }): Charge => ({ key, recordType, ...one }))
        )
        return whole(charges)
      })
    })
)

/** What was spent, by service, account or region: the charges of a day or a month in one row. */
export const spend = family("billing.spend", (name, dimension: CostDimension, metric: CostMetric, window: CostWindow) =>
  derived<ReadonlyArray<Spend>, { readonly charges: ReturnType<typeof charges> }>(name, {
    scope: "payer",
    needs: { charges: charges(dimension, metric, window) },
    inventory: ["charges"],
    derive: ({ charges }) => {
      const spends = new Map<string, Spend>()
      for (const { amount, currency, estimated, key, recordType, start } of charges) {
        if (amount === 0) continue
        const kind = kindOf(recordType)
        const id = `${start} ${key}`
        const before = spends.get(id) ?? { key, start, currency, estimated, usage: 0, fees: 0, tax: 0, credits: 0 }
        spends.set(id, { ...before, [kind]: before[kind] + amount })
      }
      return [...spends.values()]
    }
  })
)

/** What of a service was used in a region in one day or month. */
export interface PlacedUsage {
  readonly region: string
  readonly service: string
  readonly start: string
  readonly amount: number
  readonly currency: string
  readonly estimated: boolean
}

/** The kinds of charges that `kindOf` calls usage. */
const usageTypes = ["Usage", "DiscountedUsage", "SavingsPlanCoveredUsage", "SavingsPlanNegation"]

/**
 * Usage by region and service. Cost Explorer groups by two dimensions at most, so that kinds of charges cannot be told apart here: it
 * is what the usage of regions comes to, and not the bill.
 */
export const usageMatrix = family("billing.usageMatrix", (name, metric: CostMetric, window: CostWindow) =>
  dataset<ReadonlyArray<PlacedUsage>>(name, {
    scope: "payer",
    operations: [getCostAndUsage],
    cacheHours: 12,
    costNote: "Cost Explorer charges $0.01 for every page of regions and services.",
    read: () => {
      const question = {
        Metrics: [metric],
        GroupBy: [byDimension("REGION"), byDimension("SERVICE")],
        Filter: { Dimensions: { Key: "RECORD_TYPE" as const, Values: usageTypes } }
      }
      return Effect.map(
        askCosts(window, question, (results) =>
          groupsOf(results, metric).map(({ keys: [region, service], ...one }) => ({ region, service, ...one }))
        ),
        whole
      )
    }
  })
)

// The answer is one page, and its request is charged like those above. Source: shared/scans.md, get_daily_cost_trend.
const getCostForecast = listOperation(
  CostExplorerClient,
  GetCostForecastCommand,
  "ce:GetCostForecast",
  "ForecastResultsByTime",
  {
    paid: { unit: "request", usdPerUnit: 0.01, usd: () => 0.01 },
    // Each month that is asked for has an entry.
    neverEmpty: true
  }
)

const forecastMetrics = {
  UnblendedCost: "UNBLENDED_COST",
  AmortizedCost: "AMORTIZED_COST",
  NetAmortizedCost: "NET_AMORTIZED_COST"
} as const satisfies Record<CostMetric, string>

/** Percent of the cases in which an amount is to be between the bounds of a forecast. */
export const forecastPercent = 80

/** What Cost Explorer expects to be charged: of everything, after credits. It tells no currency, and is in that of the bill. */
export interface Forecast extends Period {
  readonly mean: number
  readonly lowest: number
  readonly highest: number
}

/** What is expected of the rest of this month, and of the next one. */
export const forecast = family("billing.forecast", (name, metric: CostMetric) =>
  dataset<ReadonlyArray<Forecast>>(name, {
    scope: "payer",
    operations: [getCostForecast],
    cacheHours: 12,
    costNote: "Cost Explorer charges $0.01 for a forecast.",
    read: Effect.fnUntraced(function* () {
      const now = yield* AsOf
      const input = {
        TimePeriod: { Start: isoDay(now), End: startOfMonth(isoDay(now), 2) },
        Granularity: "MONTHLY" as const,
        Metric: forecastMetrics[metric],
        PredictionIntervalLevel: forecastPercent
      }
      const ask = list(getCostForecast, input, (results) =>
        results.map(
          ({ MeanValue, PredictionIntervalLowerBound, PredictionIntervalUpperBound, TimePeriod }): Forecast => ({
            start: required(TimePeriod?.Start, "ForecastResultsByTime[].TimePeriod.Start"),
            end: required(TimePeriod?.End, "ForecastResultsByTime[].TimePeriod.End"),
            mean: amountOf(MeanValue, "ForecastResultsByTime[].MeanValue"),
            lowest: amountOf(PredictionIntervalLowerBound, "ForecastResultsByTime[].PredictionIntervalLowerBound"),
            highest: amountOf(PredictionIntervalUpperBound, "ForecastResultsByTime[].PredictionIntervalUpperBound")
          })
        )
      )
      const { items } = yield* remembering(
        { operation: getCostForecast, about: input, nights: 0 },
        wholeList(ask)
      ).pipe(Effect.mapError(explainNoForecast))
      return whole(items)
    })
  })
)

/** The last full month, and this one up to yesterday. */
const lastMonthAndThis: CostWindow = {
  name: "last month and this one",
  of: (now) => ({ start: startOfMonth(isoDay(now), -1), end: isoDay(now), granularity: "MONTHLY" })
}

/**
 * What each account was billed for each service, which totals of savings are held against: nobody saves more of a service than it
 * costs. Amortized, so that what reservations and Savings Plans pay for counts with the account that uses it.
 */
export const accountBill = dataset<ReadonlyArray<AccountSpend>>(accountBillName, {
  scope: "payer",
  operations: [getCostAndUsage],
  cacheHours: 12,
  costNote: "Cost Explorer charges $0.01 for every page of accounts and services.",
  read: () => {
    const metric = "AmortizedCost"
    const question = {
      Metrics: [metric],
      GroupBy: [byDimension("LINKED_ACCOUNT"), byDimension("SERVICE")],
      Filter: { Dimensions: { Key: "RECORD_TYPE" as const, Values: usageTypes } }
    }
    return Effect.map(
      askCosts(lastMonthAndThis, question, (results) =>
        groupsOf(results, metric).map(({ keys: [account, service], ...one }) => ({ account, service, ...one }))
      ),
      whole
    )
  }
})

const hub = "cost-optimization-hub"

const listEnrollmentStatuses = listOperation(
  CostOptimizationHubClient,
  ListEnrollmentStatusesCommand,
  `${hub}:ListEnrollmentStatuses`,
  "items",
  { paging: { size: ["maxResults", 100], input: "nextToken", output: "nextToken" } }
)
const getPreferences = operation(CostOptimizationHubClient, GetPreferencesCommand, `${hub}:GetPreferences`)
// Lists of recommendations give 1,000 at a time. Source: shared/facts/aws-limits.md 4.
const hubPaging = { size: ["maxResults", 1000], input: "nextToken", output: "nextToken" } as const
const listRecommendations = listOperation(
  CostOptimizationHubClient,
  ListRecommendationsCommand,
  `${hub}:ListRecommendations`,
  "items",
  { paging: hubPaging }
)
const listSummaries = listOperation(
  CostOptimizationHubClient,
  ListRecommendationSummariesCommand,
  `${hub}:ListRecommendationSummaries`,
  "items",
  { paging: hubPaging }
)

const howToEnroll =
  "Enable Cost Optimization Hub in the Billing and Cost Management console of the payer, with its member accounts, and opt in to Compute Optimizer; it is free, and recommendations follow within a day."

/** What AWS looks at to advise on it. */
export interface Enrolled {
  readonly members: boolean
  /** When that was last changed; undefined where AWS does not say. */
  readonly since: Date | undefined
}

/** Fails with `NotEnabled` unless the payer is enrolled in Cost Optimization Hub, which answers empty lists otherwise. */
export const enrollment = dataset<Enrolled>("billing.enrollment", {
  scope: "payer",
  shape: "value",
  operations: [listEnrollmentStatuses],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    const told = yield* complete(
      list(listEnrollmentStatuses, {}, (items, { includeMemberAccounts: members = false }) =>
        items.map(({ lastUpdatedTimestamp: since, status }) => ({
          status: required(status, "items[].status"),
          enrolled: { members, since }
        }))
      )
    )
    const active = told.find(({ status }) => status.toLowerCase() === "active")
    if (active !== undefined) return whole(active.enrolled)
    const code = told[0]?.status ?? "NotEnrolled"
    const reason = new NotEnabled({ code, message: `the enrollment is ${code}`, howTo: howToEnroll })
    return yield* new AwsError({ operation: operationKey(listEnrollmentStatuses), account, region, reason })
  })
})

/** Days after which what is enrolled is advised on. Source: Compute Optimizer guide, "Getting started": up to 24 hours, 48 for ElastiCache. */
const advisingDays = 2

/** On whom those advise who fill Cost Optimization Hub: where they have nothing to say, there is nothing. */
export interface Advised {
  /** Of what comes from Compute Optimizer. */
  readonly optimizer: { readonly payer: boolean; readonly members: boolean }
  /** Of everything else. */
  readonly hub: { readonly payer: boolean; readonly members: boolean }
}

/** Whether an account is advised on at all, so that advice which is not there any more is withdrawn and not merely not told. */
export const advised = dataset<Advised, { readonly enrollment: typeof enrollment }>("billing.advised", {
  scope: "payer",
  shape: "value",
  operations: [getEnrollmentStatus],
  needs: { enrollment },
  read: Effect.fnUntraced(function* ({ enrollment }) {
    const settledBefore = daysBefore(yield* AsOf, advisingDays)
    const onWhom = ({ members, since }: Enrolled) => {
      const payer = since !== undefined && since <= settledBefore
      return { payer, members: payer && members }
    }
    const { status, ...enrolled } = yield* enrollmentStatus
    const hub = onWhom(enrollment)
    const own = onWhom(enrolled)
    const isActive = status.toLowerCase() === "active"
    return whole({
      hub,
      optimizer: { payer: isActive && own.payer && hub.payer, members: isActive && own.members && hub.members }
    })
  })
})

export interface HubPreferences {
  /** Whether savings are estimated before or after the discounts of the organisation; null where AWS did not say. */
  readonly savingsMode: string | null
}

export const preferences = dataset<HubPreferences, { readonly enrollment: typeof enrollment }>("billing.preferences", {
  scope: "payer",
  shape: "value",
  operations: [getPreferences],
  needs: { enrollment },
  read: () =>
    send(getPreferences, {}, ({ savingsEstimationMode }) => whole({ savingsMode: savingsEstimationMode ?? null }))
})

/** A recommendation of Cost Optimization Hub. A null says that AWS did not tell. */
export interface Recommendation {
  /** Valid for a day: the same advice has another one tomorrow. */
  readonly id: string
  readonly account: string
  /** Null for what has no region, such as a Savings Plan. */
  readonly region: string | null
  /** Null for commitments. */
  readonly resourceArn: string | null
  readonly resourceId: string | null
  /** Such as `EbsVolume`; types that are new are kept as they are. */
  readonly resourceType: string
  /** Such as `Rightsize`. */
  readonly action: string
  readonly currency: string
  readonly monthlySavings: number | null
  /** What the resource costs now, or the spend that a commitment would cover. */
  readonly monthlyCost: number | null
  readonly currentSummary: string | null
  readonly recommendedSummary: string | null
  /** `VeryLow`, `Low`, `Medium`, `High` or `VeryHigh`. */
  readonly effort: string | null
  readonly restartNeeded: boolean | null
  readonly rollbackPossible: boolean | null
  readonly lookbackDays: number | null
  /** `ComputeOptimizer` or `CostExplorer`. */
  readonly source: string | null
  /** ISO instant. */
  readonly refreshedAt: string | null
  readonly tags: Tags
}

const textOf = (text: string | undefined): string | null => (text === undefined ? null : cleanText(text))

const resourceType = spelledAs(Object.values(ResourceType))
const actionType = spelledAs(Object.values(ActionType))

const recommendationOf = (item: AwsRecommendation): Recommendation => ({
  id: required(item.recommendationId, "items[].recommendationId"),
  account: required(item.accountId, "items[].accountId"),
  region: item.region ?? null,
  resourceArn: textOf(item.resourceArn),
  resourceId: textOf(item.resourceId),
  resourceType: cleanText(
    resourceType(required(item.currentResourceType ?? item.recommendedResourceType, "items[].currentResourceType"))
  ),
  action: cleanText(actionType(required(item.actionType, "items[].actionType"))),
  currency: item.currencyCode?.toUpperCase() ?? "USD",
  monthlySavings: item.estimatedMonthlySavings ?? null,
  monthlyCost: item.estimatedMonthlyCost ?? null,
  currentSummary: textOf(item.currentResourceSummary),
  recommendedSummary: textOf(item.recommendedResourceSummary),
  effort: item.implementationEffort ?? null,
  restartNeeded: item.restartNeeded ?? null,
  rollbackPossible: item.rollbackPossible ?? null,
  lookbackDays: item.recommendationLookbackPeriodInDays ?? null,
  source: item.source ?? null,
  refreshedAt: item.lastRefreshTimestamp?.toISOString() ?? null,
  tags: Object.fromEntries(
    (item.tags ?? []).flatMap(({ key, value }) => (key === undefined ? [] : [[key, value ?? ""]]))
  )
})

/**
 * Recommendations for every account of the organisation, of every type. With overlapping ones AWS lists every option for a
 * resource, of which only one can be taken; without, its best.
 */
export const recommendations = family("billing.recommendations", (name, options: "best" | "overlapping") =>
  dataset<ReadonlyArray<Recommendation>, { readonly enrollment: typeof enrollment }>(name, {
    scope: "payer",
    operations: [listRecommendations],
    needs: { enrollment },
    read: () =>
      Effect.map(
        list(listRecommendations, { includeAllRecommendations: options === "overlapping" }, (items) =>
          items.map(recommendationOf)
        ),
        readOf
      )
  })
)

/** Savings as Cost Optimization Hub adds them up, overlaps removed: not the sum of its recommendations. */
export interface RecommendationTotals {
  readonly currency: string
  readonly monthlySavings: number
  readonly accounts: ReadonlyArray<{
    readonly account: string
    readonly monthlySavings: number
    readonly count: number
  }>
}

export const recommendationTotals = dataset<RecommendationTotals, { readonly enrollment: typeof enrollment }>(
  "billing.recommendationTotals",
  {
    scope: "payer",
    shape: "value",
    operations: [listSummaries],
    needs: { enrollment },
    read: () =>
      Effect.map(
        complete(
          list(listSummaries, { groupBy: "AccountId" }, (items, page) => [
            {
              currency: page.currencyCode?.toUpperCase() ?? "USD",
              monthlySavings: required(page.estimatedTotalDedupedSavings, "estimatedTotalDedupedSavings"),
              accounts: items.map(({ estimatedMonthlySavings, group, recommendationCount }) => ({
                account: required(group, "items[].group"),
                monthlySavings: required(estimatedMonthlySavings, "items[].estimatedMonthlySavings"),
                count: recommendationCount ?? 0
              }))
            }
          ])
        ),
        (pages) =>
          // Every page repeats the total.
          whole({
            currency: pages[0]?.currency ?? "USD",
            monthlySavings: pages[0]?.monthlySavings ?? 0,
            accounts: pages.flatMap(({ accounts }) => accounts)
          })
      )
  }
)
