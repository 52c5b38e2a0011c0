import { usd } from "../../core/format.ts"
import { known } from "../../core/Reading.ts"
import { moneyColumn } from "../../core/run/Report.ts"
import { daysBefore, isoDay, millisPerDay } from "../../core/time.ts"
import * as billing from "../../datasets/billing/billing.ts"
import { estimatedCharges } from "../../datasets/billing/estimatedCharges.ts"
import { defineScan, notice, Setting, unknown } from "../Scan.ts"
import { addSpends, cents, gross, net, noSpend, notesOn } from "../shared/spend.ts"

/** A day is compared with the same weekday of this many weeks before, of which so many must be known. */
const baselineWeeks = 6
const leastWeeks = 3

/** Weeks for which a step makes its days dearer than those before, until half of what they are compared with has it too. */
const echoWeeks = baselineWeeks / 2

/** Cost Explorer keeps some fourteen months by day. */
const mostDays = 407

/** An excess from here on is severe; it is the amount at which a monthly saving is, too. */
const highUsd = 200

const dimensions = ["SERVICE", "LINKED_ACCOUNT"] as const

const amountText = (amount: number, currency: string): string =>
  currency === "USD" ? usd(amount) : `${cents(amount)} ${currency}`

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return (low + high) / 2
}

const earlier = (day: string, days: number): string => isoDay(daysBefore(new Date(`${day}T00:00:00Z`), days))

/** Full days of the window, oldest first. */
const daysOf = (now: Date, days: number): ReadonlyArray<string> =>
  Array.from({ length: days }, (_, index) => isoDay(new Date(now.getTime() - (days - index) * millisPerDay)))

/**
 * What a day's usage should have been, judged by the weeks before it alone, so that a day is judged alike on every night.
 * Undefined while too few of them are known.
 */
const expectationOf = (usage: ReadonlyMap<string, number>, day: string, firstDay: string) => {
  const weeks = Array.from({ length: baselineWeeks }, (_, week) => earlier(day, 7 * (week + 1)))
  const baseline = weeks.filter((week) => week >= firstDay).map((week) => usage.get(week) ?? 0)
  if (baseline.length < leastWeeks) return undefined
  const middle = median(baseline)
  const deviation = median(baseline.map((value) => Math.abs(value - middle)))
  // Monthly charges such as hosted zones fall on the first, whatever weekday it is.
  const monthBefore = day.endsWith("-01") ? usage.get(`${earlier(day, 1).slice(0, 7)}-01`) : undefined
  return {
    expected: Math.max(middle, monthBefore ?? 0),
    median: middle,
    deviation,
    // 1.4826 makes the deviation comparable with a standard deviation; a hundredth keeps flat series from being all anomalies.
    scale: Math.max(1.4826 * deviation, 0.01 * middle),
    isNew: baseline.every((value) => value === 0) && monthBefore === undefined,
    weeks: baseline.length
  }
}

/** Usage by day of each service or account, and the first day that Cost Explorer told of. */
const usageOf = (spends: ReadonlyArray<billing.Spend>, now: Date) => {
  const usageByKey = new Map<string, Map<string, number>>()
  let firstDay = isoDay(now)
  for (const { key, start, usage } of spends) {
    const days = usageByKey.get(key) ?? new Map<string, number>()
    usageByKey.set(key, days.set(start, usage))
    if (start < firstDay) firstDay = start
  }
  return { firstDay, usageByKey }
}

type Expectation = NonNullable<ReturnType<typeof expectationOf>>

/** One day of one service or account. `expectation` is undefined where too little is known. */
interface JudgedDay {
  readonly key: string
  readonly day: string
  readonly amount: number
  readonly expectation: Expectation | undefined
  /** Whether spend rose on this day, rather than not at all or on a day before. */
  readonly startsStep: boolean
}

interface Thresholds {
  readonly anomalyZ: number
  readonly minAnomalyUsd: number
}

/** A rise of spend that lasts, by the most that its days cost more than was expected: in USD, and as a multiple. */
interface Rise {
  readonly start: string
  excess: number
  multiple: number
}

/**
 * The days, oldest first, on which the spend of a service or account rose. A day belongs to the rise that the day before it or the
 * same weekday a week before belongs to, unless it costs half as much again as that rise; what started at noon costs its full
 * price on the next day.
 */
const risesOf = (
  usage: ReadonlyMap<string, number>,
  days: ReadonlyArray<string>,
  firstDay: string,
  { anomalyZ, minAnomalyUsd }: Thresholds
): ReadonlySet<string> => {
  const starts = new Set<string>()
  const riseOf = new Map<string, Rise>()
  for (const day of days) {
    const amount = usage.get(day) ?? 0
    const expectation = expectationOf(usage, day, firstDay)
    if (expectation === undefined) continue
    const { expected, scale } = expectation
    const isFarAbove = (level: number, least: number) =>
      amount - level >= Math.max(minAnomalyUsd, least) && amount - level >= anomalyZ * scale
    if (!isFarAbove(expected, 0)) continue
    const yesterday = earlier(day, 1)
    const before = riseOf.get(yesterday) ?? riseOf.get(earlier(day, 7))
    const isNew =
      before === undefined ||
      (before.start !== yesterday &&
        isFarAbove(Math.max(expected + before.excess, expected * before.multiple), before.excess / 2))
    const rise = isNew ? { start: day, excess: 0, multiple: 0 } : before
    rise.excess = Math.max(rise.excess, amount - expected)
    if (expected > 0) rise.multiple = Math.max(rise.multiple, amount / expected)
    riseOf.set(day, rise)
    if (isNew) starts.add(day)
  }
  return starts
}

export default defineScan({
  title: "Daily spend and its anomalies",
  words: "cost spike, jump, per day",
  why: "A resource that was left running or a loop that writes logs shows in one day's spend, weeks before it shows on the invoice.",
  fix: "Look at the day in Cost Explorer by usage type, find what started then, and stop it or plan for it.",
  docs: "https://docs.aws.amazon.com/cost-management/latest/userguide/ce-exploring-data.html",
  leavesOut: [
    "the anomalies of AWS Cost Anomaly Detection: it has its own monitors and subscriptions.",
    "The days of a rise that lasts after its first: they have one cause, and a day is judged alike on every night. How high spend still is, the report says day by day."
  ],
  scope: "payer",
  settings: {
    days: Setting.days(30, "Full days that are reported and judged", { maximum: 365 }),
    groupBy: Setting.oneOf(dimensions, "SERVICE", "Whether services or accounts are judged"),
    metric: Setting.oneOf(
      billing.costMetrics,
      "UnblendedCost",
      "What is counted: cash, or upfront fees spread over their term"
    ),
    anomalyZ: Setting.ratio(3, "How many robust standard deviations above the same weekdays before a day must be"),
    minAnomalyUsd: Setting.usd(50, "And by how much above them at least"),
    forecast: Setting.flag(false, "Tell what Cost Explorer expects of this month and the next, for $0.01")
  },
  reads: ({ days, forecast, groupBy, metric }) => ({
    spend: billing.spend(groupBy, metric, billing.lastDays(Math.min(mostDays, days + 7 * (baselineWeeks + echoWeeks)))),
    // Kept for alert rules, which have nothing else where Cost Explorer is off.
    estimated: estimatedCharges,
    ...(forecast ? { forecast: billing.forecast(metric) } : {})
  }),
  subject: "spend",
  // Of a day that Cost Explorer still tells of, nothing is left that was far above the others.
  isOver:
    ({ spend }, { now, settings }) =>
    ({ evidence: { day } }) =>
      known(typeof day === "string" && (spend.found.length > 0 || day < (daysOf(now, settings.days)[0] ?? ""))),
  reasons: {
    above_weekdays:
      "The day's usage cost far more than on the same weekday in the weeks before. If it stayed so, this is its first day.",
    new_spend:
      "The day's usage cost money that was not spent on any same weekday in the weeks before. If it stayed so, this is its first day."
  },

  over: {
    items: ({ spend }, { now, settings }) => {
      const lead = 7 * echoWeeks
      const settled = daysOf(now, settings.days + lead).filter((day) => day < billing.provisionalFrom(now))
      const { firstDay, usageByKey } = usageOf(spend.found, now)
      return [...usageByKey].flatMap(([key, usage]) => {
        const starts = risesOf(usage, settled, firstDay, settings)
        return settled.slice(lead).flatMap((day): Array<JudgedDay> => {
          const amount = usage.get(day) ?? 0
          if (amount < settings.minAnomalyUsd) return []
          return [{ key, day, amount, expectation: expectationOf(usage, day, firstDay), startsStep: starts.has(day) }]
        })
      })
    },
    resource: ({ day, key }, { partition, scope, settings }) => {
      const kind = settings.groupBy === "SERVICE" ? "service" : "account"
      return {
        type: `billing:${kind}`,
        service: kind === "service" ? key : "",
        id: `${key} on ${day}`,
        arn: `arn:${partition}:billing::${scope.account}:${kind}/${encodeURIComponent(key.toWellFormed())}/${day}`,
        name: key,
        tags: {},
        createdAt: null,
        ...(kind === "service" ? {} : { account: key })
      }
    }
  },

  judge:
    (_, { settings }) =>
    ({ amount, day, expectation, key, startsStep }) => {
      if (expectation === undefined) {
        return unknown(`Cost Explorer has fewer than ${leastWeeks} of the same weekday before it`)
      }
      const { deviation, expected, isNew, median, scale, weeks } = expectation
      if (!startsStep) return undefined
      const excess = amount - expected
      return notice({
        reason: isNew ? "new_spend" : "above_weekdays",
        severity: excess >= highUsd ? "high" : "medium",
        note: "An anomaly says what was spent, not what can be saved.",
        evidence: {
          day,
          [settings.groupBy === "SERVICE" ? "service" : "accountId"]: key,
          metric: settings.metric,
          usageUsd: cents(amount),
          expectedUsd: cents(expected),
          excessUsd: cents(excess),
          medianUsd: cents(median),
          medianAbsoluteDeviationUsd: cents(deviation),
          robustDeviations: scale === 0 ? null : Math.round((excess / scale) * 10) / 10,
          weeksCompared: weeks
        }
      })
    },

  report: ({ forecast, spend: { found: spend } }, { now, settings }) => {
    const days = daysOf(now, settings.days)
    const provisional = billing.provisionalFrom(now)
    const first = days[0] ?? isoDay(now)
    const byDay = Map.groupBy(spend, ({ start }) => start)
    const chargesOf = (day: string) => (byDay.get(day) ?? []).reduce(addSpends, noSpend)
    const currency = spend[0]?.currency ?? "USD"
    const period = { start: first, end: isoDay(now) }
    const monthStart = `${isoDay(now).slice(0, 7)}-01`
    const tenDaysAgo = isoDay(daysBefore(now, 10))
    const recent = [first, monthStart < tenDaysAgo ? monthStart : tenDaysAgo].sort().at(-1) ?? first
    return {
      title: `Spend by day from ${period.start} up to ${period.end}`,
      columns: [
        { key: "day", title: "Day", kind: "day" },
        moneyColumn("usage", "Usage", currency),
        moneyColumn("gross", "Gross", currency),
        moneyColumn("credits", "Credits", currency),
        moneyColumn("net", "Net", currency),
        moneyColumn("usageWeekBefore", "Usage a week before", currency),
        { key: "largest", title: settings.groupBy === "SERVICE" ? "Largest service" : "Largest account", kind: "text" },
        { key: "provisional", title: "Provisional", kind: "flag" }
      ],
      rows: days.map((day) => {
        const charges = chargesOf(day)
        const largest = (byDay.get(day) ?? []).toSorted((a, b) => b.usage - a.usage || a.key.localeCompare(b.key))[0]
        return {
          day,
          usage: cents(charges.usage),
          gross: cents(gross(charges)),
          credits: cents(charges.credits),
          net: cents(net(charges)),
          usageWeekBefore: cents(chargesOf(earlier(day, 7)).usage),
          largest: largest?.key ?? null,
          provisional: day >= provisional
        }
      }),
      spend: {
        by: settings.groupBy === "SERVICE" ? ("service" as const) : ("account" as const),
        days: spend
          .filter(({ start }) => start >= recent && start < period.end)
          .map((charges) => ({
            key: charges.key,
            day: charges.start,
            usage: cents(charges.usage),
            gross: cents(gross(charges))
          }))
      },
      notes: [
        "Days are UTC; today is left out, because it is not over.",
        "Anomalies are judged by usage alone, without fees, tax and credits, and not on provisional days.",
        ...notesOn(
          spend.filter(({ start }) => start >= first),
          settings.metric,
          period,
          now
        ),
        ...(forecast?.found ?? []).map(
          ({ end, highest, lowest, mean, start }) =>
            `From ${start} up to ${end} Cost Explorer expects ${amountText(mean, currency)} of everything, after credits: between ${amountText(lowest, currency)} and ${amountText(highest, currency)} in ${billing.forecastPercent} of 100 cases.`
        )
      ]
    }
  }
})
