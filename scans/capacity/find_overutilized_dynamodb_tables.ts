import { oneDecimal } from "../../core/round.ts"
import { known, type Reading, unknown as notKnown } from "../../core/Reading.ts"
import { daysBefore } from "../../core/time.ts"
import { maxHourlyDays } from "../../datasets/metrics/SeriesReader.ts"
import * as autoscaling from "../../datasets/aws/applicationAutoscaling.ts"
import * as dynamodb from "../../datasets/aws/dynamodb.ts"
import { percentileOf } from "../../datasets/metrics/MetricSeries.ts"
import { ask, defineScan, hygiene, need, Setting, type Step, tooYoung } from "../Scan.ts"
import { boundsOf, meanOf, unitsPerSecond, unitsProvisioned } from "../shared/tableCapacity.ts"

/** Use of less than this share of what is described, or of the least that scaling leaves, needs no second look. */
const nearDescribed = 0.5

/** Share of the hours that must be at the maximum before scaling counts as pinned. Source: shared/scans-amendments.md. */
const pinnedShare = 0.05

/** Share of the hours whose provisioned units must be told. */
const mostHours = 0.9

/** An hour's average is a little below the maximum where it was reached within the hour. */
const atMaximum = 0.999

/** What one capacity of a table shows. */
interface Used {
  readonly lane: dynamodb.Lane
  readonly throttles: number
  readonly rates: ReadonlyArray<number>
  readonly target: autoscaling.ScalableTarget | undefined
}

interface Measured extends Used {
  readonly reasons: ReadonlyArray<"near_limit" | "throttled" | "pinned_at_maximum">
  /** Percent of what was provisioned, hour by hour; empty where that is not told. */
  readonly percents: ReadonlyArray<number>
  readonly p95: number
  /** What target tracking keeps the use at; undefined where nothing does. */
  readonly tracked: number | undefined
}

/** What was used of what was provisioned, of the hours in which CloudWatch tells both; not known where it tells of too few. */
const useByHour = (
  lane: dynamodb.Lane,
  rates: ReadonlyArray<number>,
  provisioned: Reading<ReadonlyArray<number | undefined>>
): Reading<ReadonlyArray<{ readonly units: number; readonly percent: number }>> => {
  if (!provisioned.known) return provisioned
  const hours = provisioned.value.flatMap((units, hour) =>
    units === undefined || units === 0 ? [] : [{ units, percent: (100 * (rates[hour] ?? 0)) / units }]
  )
  return hours.length < mostHours * provisioned.value.length
    ? notKnown(
        `CloudWatch tells the provisioned ${dynamodb.laneName(lane)} of ${hours.length} of ${provisioned.value.length} hours`
      )
    : known(hours)
}

const isTracking = ({ type }: autoscaling.ScalingPolicy): boolean => type === "targettrackingscaling"

export default defineScan({
  title: "DynamoDB tables near their capacity",
  words: "DDB, RCU, WCU, provisioned too low, scaled to the maximum",
  why: "What a table or an index cannot serve within its provisioned capacity it throttles, and its callers wait or fail.",
  fix: "Raise the capacity or the maximum of its scaling, or switch the table to on demand. Where throttles come with little use, one key is hot: more capacity does not help it.",
  docs: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/provisioned-capacity-mode.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(14, "Days of metrics that are judged", { maximum: maxHourlyDays }),
    utilizationMin: Setting.percent(80, "Share of the capacity that the 95th percentile of hours must reach"),
    includeIndexes: Setting.flag(true, "Also judge global secondary indexes, which have capacity of their own"),
    minThrottleEvents: Setting.count(1, "Throttled requests from which a table is reported", { minimum: 1 })
  },
  reads: ({ lookbackDays }) => ({
    tables: dynamodb.tables,
    consumption: dynamodb.consumption(lookbackDays, "provisioned"),
    throttles: dynamodb.throttles(lookbackDays, "bounded"),
    targets: autoscaling.scalableTargets("dynamodb")
  }),
  subject: "tables",
  probes: ({ lookbackDays }) => ({
    provisioned: dynamodb.provisionedCapacity(lookbackDays),
    policies: autoscaling.scalingPolicies("dynamodb"),
    hits: dynamodb.maximumHits(lookbackDays)
  }),
  reasons: {
    throttled: "Requests were throttled.",
    near_limit: "In the busiest hours hardly any of the provisioned capacity was left.",
    pinned_at_maximum: "Scaling stood at its maximum while the capacity was used up to the target and more.",
    on_demand_maximum: "Requests were throttled by the maximum that is set for the table or index on demand."
  },

  judge: ({ consumption, targets, throttles }, { now, settings }) => {
    const { includeIndexes, lookbackDays, minThrottleEvents, utilizationMin } = settings
    const targetOf = targets.by(autoscaling.targetKey)
    const keyOf = (table: dynamodb.Table, lane: dynamodb.Lane) => autoscaling.targetKey(dynamodb.scaledAs(table, lane))

    const throttlesOf = function* (table: dynamodb.Table, lane: dynamodb.Lane): Generator<Step, number, any> {
      return yield* need(throttles.total(dynamodb.throttlesByHour(table, lane, lookbackDays)))
    }

    /** On demand only a maximum that somebody has set is a ceiling. */
    const judgeOnDemand = function* (table: dynamodb.Table, lanes: ReadonlyArray<dynamodb.Lane>) {
      const bounded = lanes.filter(({ maximum }) => maximum !== undefined)
      let events = 0
      for (const lane of bounded) events += yield* throttlesOf(table, lane)
      if (events < minThrottleEvents) return
      const series = yield* need(yield* ask(dynamodb.maximumHits(lookbackDays), table))
      const hits: Array<readonly [dynamodb.Lane, number]> = []
      for (const lane of bounded) {
        const spec = dynamodb.causeOfThrottles(table, lane, "MaxOnDemandThroughput", lookbackDays)
        hits.push([lane, yield* need(series.total(spec))])
      }
      const [worst] = hits.filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a)
      const all = hits.reduce((sum, [, count]) => sum + count, 0)
      if (worst === undefined || all < minThrottleEvents) return
      return hygiene({
        reason: "on_demand_maximum",
        severity: "high",
        evidence: {
          billing: "on demand",
          worst: dynamodb.laneName(worst[0]),
          maximumUnits: worst[0].maximum ?? null,
          throttleEvents: Math.round(all),
          affected: hits.flatMap(([lane, count]) => (count > 0 ? [dynamodb.laneName(lane)] : [])),
          days: lookbackDays
        },
        note: "A maximum bounds the bill as well: what is not throttled is paid for."
      })
    }

    return function* (table) {
      const details = yield* need(table.details)
      if (details.status === "creating") return tooYoung
      if (!dynamodb.serving.has(details.status)) return
      if (details.createdAt > daysBefore(now, lookbackDays)) return tooYoung
      const lanes = dynamodb.lanesOf(details).filter(({ index }) => includeIndexes || index === undefined)
      if (details.provisioned === undefined) return yield* judgeOnDemand(table, lanes)

      const used: Array<Used> = []
      for (const lane of lanes) {
        used.push({
          lane,
          throttles: yield* throttlesOf(table, lane),
          rates: yield* need(unitsPerSecond(consumption, dynamodb.consumedByHour(table, lane, lookbackDays), now)),
          target: yield* need(targetOf.get(keyOf(table, lane)))
        })
      }
      const throttleEvents = used.reduce((sum, { throttles }) => sum + throttles, 0)
      const isThrottled = throttleEvents >= minThrottleEvents
      const candidates = used.filter(({ lane: { provisioned = 0 }, rates, target, throttles }) => {
        const least = target === undefined ? provisioned : Math.min(provisioned, target.minimum)
        return (isThrottled && throttles > 0) || percentileOf(rates, 95) > nearDescribed * least
      })
      if (candidates.length === 0) return

      const series = yield* need(yield* ask(dynamodb.provisionedCapacity(lookbackDays), table))
      const measured: Array<Measured> = []
      let untold: Reading<never> | undefined
      for (const one of candidates) {
        const { lane, rates, target, throttles } = one
        const spec = dynamodb.provisionedByHour(table, lane, lookbackDays)
        const told = useByHour(lane, rates, unitsProvisioned(series, spec, now))
        // That requests were throttled is enough, whatever was provisioned.
        if (!told.known) untold = told
        const hours = told.known ? told.value : []
        const percents = hours.map(({ percent }) => percent)
        const p95 = percents.length === 0 ? 0 : percentileOf(percents, 95)
        const atTop = hours.filter(({ units }) => target !== undefined && units >= target.maximum * atMaximum)
        const mayBePinned = atTop.length >= pinnedShare * hours.length && atTop.length > 0
        const policies =
          target !== undefined && (p95 >= utilizationMin || mayBePinned)
            ? yield* need(yield* ask(autoscaling.scalingPolicies("dynamodb"), target))
            : []
        const { dimension } = dynamodb.scaledAs(table, lane)
        const tracked = policies.find((policy) => isTracking(policy) && policy.dimension === dimension)?.targetValue
        const pinned = atTop.filter(({ percent }) => percent >= (tracked ?? utilizationMin))
        // It is meant to be used up to its target, and grows from there.
        const isMeant = tracked !== undefined && tracked >= utilizationMin && throttles === 0
        measured.push({
          ...one,
          percents,
          p95,
          tracked,
          reasons: [
            ...(isThrottled && throttles > 0 ? (["throttled"] as const) : []),
            ...(p95 >= utilizationMin && !isMeant ? (["near_limit"] as const) : []),
            ...(mayBePinned && pinned.length >= pinnedShare * hours.length ? (["pinned_at_maximum"] as const) : [])
          ]
        })
      }
      const affected = measured
        .filter(({ reasons }) => reasons.length > 0)
        .sort((a, b) => b.throttles - a.throttles || b.p95 - a.p95)
      const [worst] = affected
      const has = (reason: Measured["reasons"][number]) => affected.some(({ reasons }) => reasons.includes(reason))
      const [first, ...more] = (["throttled", "near_limit", "pinned_at_maximum"] as const).filter(has)
      if (worst === undefined || first === undefined) {
        if (untold !== undefined) yield* need(untold)
        return
      }
      const shown = (of: (percents: ReadonlyArray<number>) => number) =>
        worst.percents.length === 0 ? null : oneDecimal(of(worst.percents))
      return hygiene({
        reason: [first, ...more],
        severity: has("throttled") ? "high" : "medium",
        evidence: {
          billing: "provisioned",
          worst: dynamodb.laneName(worst.lane),
          utilizationP95Percent: shown(() => worst.p95),
          utilizationMeanPercent: shown(meanOf),
          utilizationMaximumPercent: shown((percents) => Math.max(...percents)),
          throttleEvents: Math.round(throttleEvents),
          scaledBetween: boundsOf(worst.target),
          scalingTargetPercent: worst.tracked ?? null,
          affected: affected.map(({ lane }) => dynamodb.laneName(lane)),
          days: lookbackDays
        },
        note: "More capacity costs more: there is no saving."
      })
    }
  }
})
