import type {
  Expression,
  GetCostAndUsageCommandInput,
  GetCostAndUsageCommandOutput,
  GetCostForecastCommandInput,
  GetCostForecastCommandOutput,
  ResultByTime
} from "@aws-sdk/client-cost-explorer"
import { isoDay, millisPerDay } from "../../core/time.ts"
import type { When } from "../estate.ts"
import { runningUse } from "../runningUse.ts"
import { type Answer, dateOf, defineService, type Here } from "../Service.ts"

declare module "../estate.ts" {
  interface Billing {
    readonly spend: ReadonlyArray<Spend>
  }
}

/** What one service costs in one account and region, in USD a day. */
export interface Spend {
  readonly service: string
  /** By name. */
  readonly account: string
  readonly region: string
  readonly usd: number | { readonly weekdays: number; readonly weekends: number }
  /** From that day on it is this much. */
  readonly since?: { readonly day: When; readonly usd: number }
  /** Single days that cost so much more. */
  readonly extra?: Readonly<Record<string, number>>
  /** Default: usage. Only usage and the fee of a Savings Plan come every day, the others on the first of each month. */
  readonly kind?: "Tax" | "Credit" | "RIFee" | "SavingsPlanRecurringFee"
  /** What it was spent on, as far as that is told. */
  readonly types?: ReadonlyArray<UsageType>
}

/** What a share of the spend pays for. */
export interface UsageType {
  /** Without the region's code, which the bill puts in front. */
  readonly name: string
  readonly share: number
  /** From that day on the share is another one. */
  readonly since?: { readonly day: When; readonly share: number }
  readonly usdPerUnit: number
  readonly unit: string
}

/** A part of what was spent, of one usage type. */
interface Line {
  readonly spend: Spend
  readonly type: UsageType
}

const regionCodes: Readonly<Record<string, string>> = {
  "ap-southeast-2": "APS2-",
  "eu-central-1": "EUC1-",
  "eu-west-1": "EU-"
}

const usageTypeOf = ({ spend, type }: Line): string => `${regionCodes[spend.region] ?? ""}${type.name}`

const shareOn = ({ share, since }: UsageType, day: Date): number =>
  since !== undefined && day >= dateOf(since.day) ? since.share : share

/** The lines of the bill. What is not told of a spend is one line of hours. */
const linesOf = (spend: Spend): ReadonlyArray<Line> => {
  const { types = [] } = spend
  const rest = {
    name: "Hours",
    share: 1 - types.reduce((sum, { share }) => sum + share, 0),
    since: {
      day: sinceLast(types),
      share: 1 - types.reduce((sum, { share, since }) => sum + (since?.share ?? share), 0)
    },
    usdPerUnit: 0.1,
    unit: "Hrs"
  }
  return [...types, rest].map((type) => ({ spend, type }))
}

/** The types of one spend change on one day, so that their shares stay one whole. */
const sinceLast = (types: ReadonlyArray<UsageType>): When =>
  types
    .flatMap(({ since }) => since?.day ?? [])
    .sort()
    .at(-1) ?? "1970-01-01"

export const daysOf = (start: Date, end: Date): ReadonlyArray<Date> =>
  Array.from(
    { length: Math.round((end.getTime() - start.getTime()) / millisPerDay) },
    (_, day) => new Date(start.getTime() + day * millisPerDay)
  )

/** Periods of Cost Explorer end before the day that they name. */
export const dayAfter = (day: Date): Date => new Date(day.getTime() + millisPerDay)

/** Whether something fits a filter, by what it is in each dimension. */
export const fits = (filter: Expression | undefined, valueOf: (dimension: string) => string): boolean => {
  const { And = [], Dimensions, Not, Or } = filter ?? {}
  return (
    And.every((one) => fits(one, valueOf)) &&
    (Or === undefined || Or.some((one) => fits(one, valueOf))) &&
    (Not === undefined || !fits(Not, valueOf)) &&
    (Dimensions === undefined || (Dimensions.Values ?? []).includes(valueOf(Dimensions.Key ?? "")))
  )
}

const usdOn = ({ extra, kind, since, usd }: Spend, day: Date): number => {
  if (kind !== undefined && kind !== "SavingsPlanRecurringFee")
    return typeof usd === "number" && day.getUTCDate() === 1 ? usd : 0
  const isWeekend = day.getUTCDay() === 0 || day.getUTCDay() === 6
  const usual =
    since !== undefined && day >= dateOf(since.day)
      ? since.usd
      : typeof usd === "number"
        ? usd
        : isWeekend
          ? usd.weekends
          : usd.weekdays
  return usual + (extra?.[isoDay(day)] ?? 0)
}

/** Whether a filter says anything of a dimension. */
export const mentions = (filter: Expression | undefined, dimension: string): boolean => {
  const { And = [], Dimensions, Not, Or = [] } = filter ?? {}
  return (
    Dimensions?.Key === dimension ||
    [...And, ...Or, ...(Not === undefined ? [] : [Not])].some((one) => mentions(one, dimension))
  )
}

/** The id of an account of the organisation. */
export const accountId = (here: Here, account: string): string =>
  here.estate.accounts.find(({ name }) => name === account)?.id ?? ""

const dimensions: Readonly<Record<string, (here: Here, line: Line) => string>> = {
  SERVICE: (_, { spend }) => spend.service,
  LINKED_ACCOUNT: (here, { spend }) => accountId(here, spend.account),
  REGION: (_, { spend }) => spend.region,
  RECORD_TYPE: (_, { spend }) => spend.kind ?? "Usage",
  USAGE_TYPE: (_, line) => usageTypeOf(line)
}

/** The value of a tag or category for what was spent; empty where it has none. */
const allocatedTo = (here: Here, { spend }: Line, key: string): string => {
  const allocation = here.billing.allocations.find((one) => one.key === key)
  return allocation?.services?.[spend.service] ?? allocation?.values[spend.account] ?? ""
}

/** What a group adds up, and in which unit if all of it is in one. */
interface Group {
  readonly Keys: Array<string>
  usd: number
  quantity: number
  readonly units: Set<string>
}

/** Whether a question is about the way in which usage types were paid for: the lines of the bill that the spend does not tell. */
const asksForPayment = ({ GroupBy = [] }: GetCostAndUsageCommandInput): boolean =>
  GroupBy.length === 2 && ["USAGE_TYPE", "RECORD_TYPE"].every((key) => GroupBy.some(({ Key }) => Key === key))

const usedIn = (here: Here, { Filter, GroupBy = [] }: GetCostAndUsageCommandInput, start: Date, end: Date) => {
  const hours = new Map<string, number>()
  for (const { account, recordType, region, service, usageType, ...one } of runningUse(here, start, end)) {
    const values: Readonly<Record<string, string>> = {
      LINKED_ACCOUNT: accountId(here, account),
      RECORD_TYPE: recordType,
      REGION: region,
      SERVICE: service,
      USAGE_TYPE: `${regionCodes[region] ?? ""}${usageType}`
    }
    if (!fits(Filter, (dimension) => values[dimension] ?? "")) continue
    const key = GroupBy.map(({ Key = "" }) => values[Key] ?? "").join("|")
    hours.set(key, (hours.get(key) ?? 0) + one.hours)
  }
  return [...hours].map(([key, hours]) => ({
    Keys: key.split("|"),
    Metrics: { UsageQuantity: { Amount: hours.toFixed(10), Unit: "Hrs" } }
  }))
}

export const monthOf = (day: Date) => isoDay(day).slice(0, 7)

export default defineService({
  billing: { spend: [] },
  answers: {
    "ce:GetCostAndUsage": (here, input: GetCostAndUsageCommandInput): Answer<GetCostAndUsageCommandOutput> => {
      const { GroupBy = [], TimePeriod: { End = "", Start = "" } = {} } = input
      const thisMonth = monthOf(new Date(here.now()))
      const periods = Map.groupBy(daysOf(dateOf(Start), dateOf(End)), (day) =>
        input.Granularity === "MONTHLY" ? monthOf(day) : isoDay(day)
      )
      const asked = here.billing.spend
        .flatMap(linesOf)
        .filter((line) => fits(input.Filter, (dimension) => dimensions[dimension]?.(here, line) ?? ""))
      const metrics = ({ quantity, units, usd }: Omit<Group, "Keys">) =>
        Object.fromEntries(
          (input.Metrics ?? []).map((metric) => [
            metric,
            metric === "UsageQuantity"
              ? { Amount: quantity.toFixed(10), Unit: units.size === 1 ? [...units][0] : "N/A" }
              : { Amount: usd.toFixed(10), Unit: "USD" }
          ])
        )

      const resultOf = (days: ReadonlyArray<Date>): ResultByTime => {
        if (asksForPayment(input)) {
          const [from, to] = [days[0] as Date, dayAfter(days.at(-1) as Date)]
          return {
            TimePeriod: { Start: isoDay(from), End: isoDay(to) },
            Estimated: true,
            Groups: usedIn(here, input, from, to)
          }
        }
        const groups = new Map<string, Group>()
        for (const line of asked) {
          const Keys = GroupBy.map(({ Key = "", Type }) =>
            Type === "DIMENSION" ? (dimensions[Key]?.(here, line) ?? "") : `${Key}$${allocatedTo(here, line, Key)}`
          )
          const group = groups.get(Keys.join("|")) ?? { Keys, usd: 0, quantity: 0, units: new Set() }
          groups.set(Keys.join("|"), group)
          group.units.add(line.type.unit)
          for (const day of days) {
            const usd = usdOn(line.spend, day) * shareOn(line.type, day)
            group.usd += usd
            group.quantity += usd / line.type.usdPerUnit
          }
        }
        const first = days[0] as Date
        const last = days.at(-1) as Date
        return {
          TimePeriod: { Start: isoDay(first), End: isoDay(dayAfter(last)) },
          Estimated: monthOf(last) === thisMonth,
          // Either a total or groups.
          ...(GroupBy.length === 0
            ? { Total: metrics([...groups.values()][0] ?? { usd: 0, quantity: 0, units: new Set() }), Groups: [] }
            : {
                Total: {},
                Groups: [...groups.values()]
                  .filter(({ usd }) => usd !== 0)
                  .map(({ Keys, ...sums }) => ({ Keys, Metrics: metrics(sums) }))
              })
        }
      }
      return {
        GroupDefinitions: input.GroupBy,
        ResultsByTime: [...periods.values()].map(resultOf),
        DimensionValueAttributes: []
      }
    },

    // What every day would cost if nothing changed, give or take a tenth.
    "ce:GetCostForecast": (here, input: GetCostForecastCommandInput): Answer<GetCostForecastCommandOutput> => {
      const { End = "", Start = "" } = input.TimePeriod ?? {}
      const months = [...Map.groupBy(daysOf(dateOf(Start), dateOf(End)), monthOf).values()].map((days) => ({
        days,
        usd: days.reduce((sum, day) => here.billing.spend.reduce((usd, spend) => usd + usdOn(spend, day), sum), 0)
      }))
      return {
        Total: { Amount: months.reduce((sum, { usd }) => sum + usd, 0).toFixed(10), Unit: "USD" },
        ForecastResultsByTime: months.map(({ days, usd }) => ({
          TimePeriod: { Start: isoDay(days[0] as Date), End: isoDay(dayAfter(days.at(-1) as Date)) },
          MeanValue: usd.toFixed(10),
          PredictionIntervalLowerBound: (0.9 * usd).toFixed(10),
          PredictionIntervalUpperBound: (1.1 * usd).toFixed(10)
        }))
      }
    }
  }
})
