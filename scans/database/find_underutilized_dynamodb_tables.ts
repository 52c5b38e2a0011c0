import { cents, oneDecimal, roundedUp } from "../../core/round.ts"
import type { SavingsTerm } from "../../core/finding/Finding.ts"
import { sum, term } from "../../core/finding/savings.ts"
import { bytesPerGib } from "../../core/bytes.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import { all, map } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth } from "../../core/time.ts"
import { maxHourlyDays } from "../../datasets/metrics/SeriesReader.ts"
import * as autoscaling from "../../datasets/aws/applicationAutoscaling.ts"
import * as dynamodb from "../../datasets/aws/dynamodb.ts"
import { percentileOf } from "../../datasets/metrics/MetricSeries.ts"
import { ask, defineScan, money, need, Setting, tooYoung, unknown } from "../Scan.ts"
import { boundsOf, fullHours, meanOf, unitsPerSecond, unitsProvisioned } from "../shared/tableCapacity.ts"

/** Share of the hours whose provisioned units must be told. */
const mostHours = 0.9

const secondsPerHour = 3600

/** What capacity and storage cost in a class; a global table's writes have prices of their own. */
const pricesOf = (price: PriceOf, infrequentAccess: boolean, isGlobal: boolean) => ({
  hour: {
    read: price(infrequentAccess ? "dynamodb.rcuHourIA" : "dynamodb.rcuHour"),
    write: isGlobal
      ? price(infrequentAccess ? "dynamodb.replicatedWcuHourIA" : "dynamodb.replicatedWcuHour")
      : price(infrequentAccess ? "dynamodb.wcuHourIA" : "dynamodb.wcuHour")
  },
  request: {
    read: price(infrequentAccess ? "dynamodb.rruEachIA" : "dynamodb.rruEach"),
    write: isGlobal
      ? price(infrequentAccess ? "dynamodb.replicatedWruEachIA" : "dynamodb.replicatedWruEach")
      : price(infrequentAccess ? "dynamodb.wruEachIA" : "dynamodb.wruEach")
  },
  storage: price(infrequentAccess ? "dynamodb.storageIAGBMonth" : "dynamodb.storageGBMonth")
})

/** A quantity for reads and one for writes. */
type BothSides = { readonly [side in dynamodb.Side]: number }

/** What one capacity of a table used and had. */
interface Used {
  readonly lane: dynamodb.Lane
  /** Units a second, hour by hour. */
  readonly rates: ReadonlyArray<number>
}

const totalOf = <A extends { readonly lane: dynamodb.Lane }>(
  lanes: ReadonlyArray<A>,
  units: (one: A) => number
): BothSides => {
  const of = (side: dynamodb.Side) =>
    lanes.reduce((total, one) => (one.lane.side === side ? total + units(one) : total), 0)
  return { read: of("read"), write: of("write") }
}

const sides = ["read", "write"] as const

const unitNames = { read: "RCU", write: "WCU" } as const

/** Terms for a month of units that are provisioned, on average so many. */
const provisionedTerms = (label: string, units: BothSides, { hour }: ReturnType<typeof pricesOf>) =>
  sides
    .filter((side) => units[side] > 0)
    .map((side) => term(`${label} ${side} units`, units[side] * hoursPerMonth, `${unitNames[side]}-hours`, hour[side]))

/** Terms for a month of requests that are paid for one by one. */
const requestTerms = (perMonth: BothSides, { request }: ReturnType<typeof pricesOf>) =>
  sides
    .filter((side) => perMonth[side] > 0)
    .map((side) => term(`${side} request units`, perMonth[side], "request units", request[side]))

const costOf = (terms: ReadonlyArray<SavingsTerm>): number | null =>
  terms.some(({ monthlyUsd }) => monthlyUsd === null)
    ? null
    : terms.reduce((usd, { monthlyUsd }) => usd + (monthlyUsd ?? 0), 0)

/** What falls away. */
const without = (terms: ReadonlyArray<SavingsTerm>): ReadonlyArray<SavingsTerm> =>
  terms.map((one) => term(`${one.label} instead`, -one.quantity, one.unit, one.price))

const centsOrNull = (usd: number | null): number | null => (usd === null ? null : cents(usd))

export default defineScan({
  title: "Overprovisioned DynamoDB tables",
  words: "DDB, RCU, WCU, too much capacity, on demand, table class",
  why: "Provisioned capacity is billed whether or not it is used, requests on demand cost more than steady capacity does, and each table class is cheaper for another use.",
  fix: "Scale the capacity with the load, change the capacity mode or change the table class, whichever the finding names. Watch throttling in the first busy week.",
  docs: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CostOptimization.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(30, "Days of metrics that are judged", { minimum: 7, maximum: maxHourlyDays }),
    utilizationMax: Setting.percent(20, "Capacity is too large up to this share of it used"),
    targetUtilization: Setting.percent(70, "Share of the capacity that is planned to be used", {
      minimum: 20,
      maximum: 90
    }),
    minSavingsUsd: Setting.usd(5, "Monthly saving from which a table is reported"),
    minSavingsPct: Setting.percent(20, "And from which share of what the table costs")
  },
  reads: ({ lookbackDays }) => ({
    tables: dynamodb.tables,
    consumption: dynamodb.consumption(lookbackDays, "all"),
    targets: autoscaling.scalableTargets("dynamodb")
  }),
  coverable: true,
  subject: "tables",
  probes: ({ lookbackDays }) => ({
    provisioned: dynamodb.provisionedCapacity(lookbackDays),
    throttles: dynamodb.throttlesOfSome(lookbackDays)
  }),
  reasons: {
    over_provisioned: "Capacity that follows the load would cost less.",
    on_demand_is_cheaper: "Its requests would cost less on demand than its capacity does.",
    provisioned_is_cheaper: "Its load is so steady that provisioned capacity would cost less than its requests do.",
    other_class_is_cheaper: "The other table class would cost less for what it stores and does."
  },

  judge: ({ consumption, targets }, { now, price, settings }) => {
    const { lookbackDays, minSavingsPct, minSavingsUsd, targetUtilization, utilizationMax } = settings
    const share = targetUtilization / 100
    const hours = fullHours(now, lookbackDays)
    const targetOf = targets.by(autoscaling.targetKey)

    /** Units that follow the rate from hour to hour, of which there is at least one. Source: shared/scans-amendments.md, part 10. */
    const following = (rate: number): number => Math.max(1, rate / share)

    /** Whole units that are set once for the rate. */
    const planned = (rate: number): number => roundedUp(following(rate))

    /** Whether fixed capacity for the busiest hours but one in twenty would hold all but one in a hundred. */
    const fits = ({ rates }: Used): boolean => percentileOf(rates, 99) <= planned(percentileOf(rates, 95))

    return function* (table) {
      const details = yield* need(table.details)
      if (details.status === "creating") return tooYoung
      if (!dynamodb.serving.has(details.status)) return
      if (details.createdAt > daysBefore(now, lookbackDays)) return tooYoung
      const lanes = dynamodb.lanesOf(details)
      const rates = yield* need(
        all(lanes.map((lane) => unitsPerSecond(consumption, dynamodb.consumedByHour(table, lane, lookbackDays), now)))
      )
      const used = lanes.map((lane, at): Used => ({ lane, rates: rates[at] ?? [] }))
      const isGlobal = details.replicas.length > 0
      if (used.every(({ rates }) => rates.every((rate) => rate === 0))) {
        return isGlobal ? unknown("nothing is consumed here, and its replicas may be used") : undefined
      }

      const own = pricesOf(price, details.infrequentAccess, isGlobal)
      const other = pricesOf(price, !details.infrequentAccess, isGlobal)
      const storedGb =
        details.indexes.reduce(
          (bytes, { sizeBytes }) => bytes + sizeBytes,
          details.sizeBytes + details.localIndexBytes
        ) / bytesPerGib
      const storageTerms = ({ storage }: typeof own) =>
        storedGb === 0 ? [] : [term("storage", storedGb, "GB", storage)]
      const requests = totalOf(used, ({ rates }) => meanOf(rates) * secondsPerHour * hoursPerMonth)
      const isOnDemand = details.provisioned === undefined

      const bounds = used.map(({ lane }) => targetOf.get(autoscaling.targetKey(dynamodb.scaledAs(table, lane))))
      // What scaling may reach is the most that the table can cost; where that is not told, nobody knows.
      const isBounded = isOnDemand || all(bounds).known
      const most = totalOf(
        used.map((one, at) => ({ ...one, bound: bounds[at] })),
        ({ bound, lane }) => Math.max(lane.provisioned ?? 0, (bound?.known === true ? bound.value?.maximum : 0) ?? 0)
      )
      const ceiling = costOf([
        ...(isOnDemand ? requestTerms(requests, own) : provisionedTerms("provisioned", most, own)),
        ...storageTerms(own)
      ])
      if (ceiling === null) return unknown("what its capacity or its storage costs is not known here")
      if (isBounded && ceiling < minSavingsUsd) return

      let provisioned: ReadonlyArray<number> = used.map(() => 0)
      if (!isOnDemand) {
        const series = yield* need(yield* ask(dynamodb.provisionedCapacity(lookbackDays), table))
        const means: Array<number> = []
        for (const { lane } of used) {
          const told = yield* need(unitsProvisioned(series, dynamodb.provisionedByHour(table, lane, lookbackDays), now))
          const known = told.flatMap((units) => (units === undefined ? [] : [units]))
          if (known.length < mostHours * hours) {
            return unknown(
              `CloudWatch tells the provisioned ${dynamodb.laneName(lane)} of ${known.length} of ${hours} hours`
            )
          }
          means.push(meanOf(known))
        }
        provisioned = means
      }
      const had = used.map((one, at) => {
        const units = provisioned[at] ?? 0
        return { ...one, units, percent: units === 0 ? 0 : (100 * meanOf(one.rates)) / units }
      })
      const throughput = isOnDemand
        ? requestTerms(requests, own)
        : provisionedTerms(
            "provisioned",
            totalOf(had, ({ units }) => units),
            own
          )
      const current = costOf([...throughput, ...storageTerms(own)])
      if (current === null) return unknown("what its capacity or its storage costs is not known here")
      const isWorthwhile = (saved: number) => saved >= minSavingsUsd && saved >= (minSavingsPct / 100) * current

      const idle = had.filter(({ percent, units }) => units > 0 && percent <= utilizationMax)
      const wantsThrottles = isOnDemand ? used.every(fits) : idle.length > 0
      const throttled = new Set<dynamodb.Lane>()
      if (wantsThrottles) {
        const series = yield* need(yield* ask(dynamodb.throttlesOfSome(lookbackDays), table))
        for (const { lane } of used) {
          const events = yield* need(series.total(dynamodb.throttlesByHour(table, lane, lookbackDays)))
          if (events > 0) throttled.add(lane)
        }
      }

      /** Capacity that follows the load, where it is too large and neither bursts nor throttles forbid to lower it. */
      const lowered = new Set(idle.filter((one) => fits(one) && !throttled.has(one.lane)))
      const autoscaled =
        lowered.size === 0
          ? undefined
          : provisionedTerms(
              "autoscaled",
              totalOf(had, (one) =>
                lowered.has(one) ? Math.min(one.units, meanOf(one.rates.map(following))) : one.units
              ),
              own
            )
      const onDemand = !isOnDemand && idle.length > 0 ? requestTerms(requests, own) : undefined
      const fixed =
        isOnDemand && used.every(fits) && throttled.size === 0
          ? provisionedTerms(
              "provisioned",
              totalOf(used, ({ rates }) => planned(percentileOf(rates, 95))),
              own
            )
          : undefined
      const otherClass = [
        ...(isOnDemand
          ? requestTerms(requests, other)
          : provisionedTerms(
              "provisioned",
              totalOf(had, ({ units }) => units),
              other
            )),
        ...storageTerms(other)
      ]
      const options = [
        { reason: "over_provisioned", before: throughput, after: autoscaled },
        { reason: "on_demand_is_cheaper", before: throughput, after: onDemand },
        { reason: "provisioned_is_cheaper", before: throughput, after: fixed },
        { reason: "other_class_is_cheaper", before: [...throughput, ...storageTerms(own)], after: otherClass }
      ] as const
      const priced = options.flatMap(({ after, before, reason }) => {
        const [was, is] = [costOf(before), after === undefined ? null : costOf(after)]
        return after === undefined || was === null || is === null ? [] : [{ reason, before, after, saved: was - is }]
      })
      const [best] = priced.filter(({ saved }) => isWorthwhile(saved)).sort((a, b) => b.saved - a.saved)
      if (best === undefined) return

      const monthlyWith = (reason: (typeof options)[number]["reason"]) => {
        const option = priced.find((one) => one.reason === reason)
        return option === undefined ? null : centsOrNull(current - option.saved)
      }
      const perSecond = (side: dynamodb.Side) => {
        const own = used.filter(({ lane }) => lane.side === side)
        return Array.from({ length: hours }, (_, hour) =>
          own.reduce((total, { rates }) => total + (rates[hour] ?? 0), 0)
        )
      }
      const [reads, writes] = [perSecond("read"), perSecond("write")]
      const percentOf = (side: dynamodb.Side, rates: ReadonlyArray<number>) => {
        const units = totalOf(had, ({ units }) => units)[side]
        return units === 0 ? null : oneDecimal((100 * meanOf(rates)) / units)
      }
      const isScaled = all(
        used.map(({ lane }, at) =>
          map(bounds[at] as (typeof bounds)[number], (bound) =>
            bound === undefined ? [] : [`${dynamodb.laneName(lane)}: ${boundsOf(bound)}`]
          )
        )
      )
      return money({
        reason: best.reason,
        confidence: isGlobal ? "low" : "medium",
        savings: sum("rightsize", [...best.before, ...without(best.after)], {
          basis: "estimate",
          note: [
            "What DynamoDB gives away in each region is not deducted: other tables share it.",
            ...(best.reason === "provisioned_is_cheaper"
              ? []
              : ["Throughput under reserved capacity keeps costing until the term ends."]),
            ...(isGlobal
              ? [
                  "All replicas have one capacity mode and one capacity for writes: change them together, and compare them all."
                ]
              : [])
          ].join(" ")
        }),
        evidence: {
          billing: isOnDemand ? "on demand" : "provisioned",
          tableClass: details.infrequentAccess ? "Standard-IA" : "Standard",
          storedGb: oneDecimal(storedGb),
          readUtilizationPercent: percentOf("read", reads),
          writeUtilizationPercent: percentOf("write", writes),
          readsPerSecondP50: oneDecimal(percentileOf(reads, 50)),
          readsPerSecondP95: oneDecimal(percentileOf(reads, 95)),
          readsPerSecondMaximum: oneDecimal(Math.max(...reads)),
          writesPerSecondP50: oneDecimal(percentileOf(writes, 50)),
          writesPerSecondP95: oneDecimal(percentileOf(writes, 95)),
          writesPerSecondMaximum: oneDecimal(Math.max(...writes)),
          scaled: isScaled.known ? isScaled.value.flat() : null,
          tooLarge: idle.map(({ lane }) => dynamodb.laneName(lane)),
          currentMonthlyUsd: centsOrNull(current),
          autoscaledMonthlyUsd: monthlyWith("over_provisioned"),
          onDemandMonthlyUsd: monthlyWith("on_demand_is_cheaper"),
          provisionedMonthlyUsd: monthlyWith("provisioned_is_cheaper"),
          otherClassMonthlyUsd: monthlyWith("other_class_is_cheaper"),
          days: lookbackDays
        }
      })
    }
  }
})
