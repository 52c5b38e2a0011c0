import type {
  Expression,
  GetCostAndUsageCommandInput,
  GetCostAndUsageCommandOutput,
  ResultByTime
} from "@aws-sdk/client-cost-explorer"
import { isoDay, millisPerDay } from "../../core/time.ts"
import type { When } from "../estate.ts"
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
}

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

const dimensions: Readonly<Record<string, (here: Here, spend: Spend) => string>> = {
  SERVICE: (_, { service }) => service,
  LINKED_ACCOUNT: (here, { account }) => accountId(here, account),
  REGION: (_, { region }) => region,
  RECORD_TYPE: (_, { kind }) => kind ?? "Usage"
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
      const asked = here.billing.spend.filter((spend) =>
        fits(input.Filter, (dimension) => dimensions[dimension]?.(here, spend) ?? "")
      )
      const metrics = (usd: number) =>
        Object.fromEntries((input.Metrics ?? []).map((metric) => [metric, { Amount: usd.toFixed(10), Unit: "USD" }]))

      const resultOf = (days: ReadonlyArray<Date>): ResultByTime => {
        const groups = new Map<string, { readonly Keys: Array<string>; usd: number }>()
        for (const spend of asked) {
          const Keys = GroupBy.map(({ Key = "" }) => dimensions[Key]?.(here, spend) ?? "")
          const group = groups.get(Keys.join("|")) ?? { Keys, usd: 0 }
          groups.set(Keys.join("|"), group)
          for (const day of days) group.usd += usdOn(spend, day)
        }
        const first = days[0] as Date
        const last = days.at(-1) as Date
        return {
          TimePeriod: { Start: isoDay(first), End: isoDay(dayAfter(last)) },
          Estimated: monthOf(last) === thisMonth,
          // Either a total or groups.
          ...(GroupBy.length === 0
            ? { Total: metrics([...groups.values()][0]?.usd ?? 0), Groups: [] }
            : {
                Total: {},
                Groups: [...groups.values()]
                  .filter(({ usd }) => usd !== 0)
                  .map(({ Keys, usd }) => ({ Keys, Metrics: metrics(usd) }))
              })
        }
      }
      return {
        GroupDefinitions: input.GroupBy,
        ResultsByTime: [...periods.values()].map(resultOf),
        DimensionValueAttributes: []
      }
    }
  }
})
