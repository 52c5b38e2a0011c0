import type {
  GetCostAndUsageCommandInput,
  GetCostAndUsageCommandOutput,
  ResultByTime
} from "@aws-sdk/client-cost-explorer"
import { isoDay, millisPerDay } from "../../core/time.ts"
import type { Spend } from "../estate.ts"
import { type Answer, type Answers, dateOf, type Here } from "./Here.ts"

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

export const answers: Answers = {
  "ce:GetCostAndUsage": (here, input: GetCostAndUsageCommandInput): Answer<GetCostAndUsageCommandOutput> => {
    const { End = "", Start = "" } = input.TimePeriod ?? {}
    const thisMonth = monthOf(new Date(here.now()))
    const periods = Map.groupBy(daysOf(Start, End), (day) =>
      input.Granularity === "MONTHLY" ? monthOf(day) : isoDay(day)
    )

    const resultOf = (days: ReadonlyArray<Date>): ResultByTime => {
      const groups = new Map<string, { readonly Keys: Array<string>; usd: number }>()
      for (const spend of here.estate.billing.spend) {
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
    return { ResultsByTime: [...periods.values()].map(resultOf) }
  }
}
