import type {
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
  /** Default: usage, every day. The others are charged on the first of each month. */
  readonly kind?: "Tax" | "Credit" | "RIFee"
}

const daysOf = (start: string, end: string): ReadonlyArray<Date> => {
  const first = dateOf(start).getTime()
  return Array.from(
    { length: Math.round((dateOf(end).getTime() - first) / millisPerDay) },
    (_, day) => new Date(first + day * millisPerDay)
  )
}

const usdOn = ({ extra, kind, since, usd }: Spend, day: Date): number => {
  if (kind !== undefined) return typeof usd === "number" && day.getUTCDate() === 1 ? usd : 0
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

const dimensions: Readonly<Record<string, (here: Here, spend: Spend) => string>> = {
  SERVICE: (_, { service }) => service,
  LINKED_ACCOUNT: (here, { account }) => here.estate.accounts.find(({ name }) => name === account)?.id ?? "",
  REGION: (_, { region }) => region,
  RECORD_TYPE: (_, { kind }) => kind ?? "Usage"
}

const monthOf = (day: Date) => isoDay(day).slice(0, 7)

export default defineService({
  billing: { spend: [] },
  answers: {
    "ce:GetCostAndUsage": (here, input: GetCostAndUsageCommandInput): Answer<GetCostAndUsageCommandOutput> => {
      const { End = "", Start = "" } = input.TimePeriod ?? {}
      const thisMonth = monthOf(new Date(here.now()))
      const periods = Map.groupBy(daysOf(Start, End), (day) =>
        input.Granularity === "MONTHLY" ? monthOf(day) : isoDay(day)
      )

      const resultOf = (days: ReadonlyArray<Date>): ResultByTime => {
        const groups = new Map<string, { readonly Keys: Array<string>; usd: number }>()
        for (const spend of here.billing.spend) {
          const Keys = (input.GroupBy ?? []).map(({ Key = "" }) => dimensions[Key]?.(here, spend) ?? "")
          const group = groups.get(Keys.join("|")) ?? { Keys, usd: 0 }
          groups.set(Keys.join("|"), group)
          for (const day of days) group.usd += usdOn(spend, day)
        }
        const first = days[0] as Date
        const last = days.at(-1) as Date
        return {
          TimePeriod: { Start: isoDay(first), End: isoDay(new Date(last.getTime() + millisPerDay)) },
          Estimated: monthOf(last) === thisMonth,
          Total: {},
          Groups: [...groups.values()]
            .filter(({ usd }) => usd !== 0)
            .map(({ Keys, usd }) => ({
              Keys,
              Metrics: Object.fromEntries(
                (input.Metrics ?? []).map((metric) => [metric, { Amount: usd.toFixed(10), Unit: "USD" }])
              )
            }))
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
