/** What an alarm costs, what its deletion saves, and which metrics are silent while all is well. */
import { noSavings, sum, term } from "../../core/finding/savings.ts"
import type { Savings } from "../../core/finding/Finding.ts"
import { anomalyAlarmMetrics, freeAlarmMetrics } from "../../core/pricing/amounts.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import { sharedTierSaving, standardAlarmTiers } from "../../core/pricing/tiers.ts"
import type { Alarm } from "../../datasets/aws/cloudwatchAlarms.ts"
import type { Evidence } from "../../datasets/engine/Evidence.ts"
import { inSet, type Step } from "../Scan.ts"

/** Metrics that are published when something goes wrong, and otherwise not at all. */
export const countsTrouble = /error|fault|fail|throttl|reject|drop|5xx|4xx|dead.?letter|dlq/i

/** How an alarm is billed: by so many metrics, as one composite alarm, or by what the list does not tell. */
type Units =
  | { readonly unit: "standard" | "highResolution" | "composite"; readonly quantity: number }
  | { readonly unit: "unknown"; readonly why: string }

const isInsightsQuery = (expression: string): boolean => /^\s*SELECT\b/i.test(expression)

const isAnomalyBand = (expression: string): boolean => /\bANOMALY_DETECTION_BAND\s*\(/i.test(expression)

/** Below a minute, an alarm has high resolution. */
const standardPeriodSeconds = 60

/** How an alarm is billed. Source: shared/scans.md, find_unused_cloudwatch_alarms; facts/scans-verified.md A9, B56. */
export const unitsOf = ({ expressions, isPromQl, periodSeconds, series, type }: Alarm): Units => {
  if (type === "composite") return { unit: "composite", quantity: 1 }
  if (type === "log") return { unit: "unknown", why: "What an alarm on logs costs is not known." }
  if (isPromQl) return { unit: "unknown", why: "What an alarm on a PromQL query costs is not known." }
  if (series.length === 0 || expressions.some(isInsightsQuery)) {
    return { unit: "unknown", why: "It is billed by the metrics that its query meets, which nobody lists." }
  }
  const quantity = series.length + (expressions.some(isAnomalyBand) ? anomalyAlarmMetrics - 1 : 0)
  if (periodSeconds !== undefined && periodSeconds < standardPeriodSeconds) return { unit: "highResolution", quantity }
  return { unit: "standard", quantity }
}

/** Alarm metrics of standard resolution among all alarms, of which an account has ten for nothing. */
const standardMetrics = (alarms: ReadonlyArray<Alarm>): number =>
  alarms.reduce((total, alarm) => {
    const units = unitsOf(alarm)
    return units.unit === "standard" ? total + units.quantity : total
  }, 0)

const freeNote = `The account's first ${freeAlarmMetrics} alarm metrics are free, in whichever regions they are: its share of what these alarms save together at most.`

/** How a scan says what deleting an alarm saves; to be asked last, for alarms that are sure to be flagged. */
export const alarmSavings = (alarms: Evidence<Alarm>, price: PriceOf) => {
  const total = standardMetrics(alarms.found)
  return function* (alarm: Alarm): Generator<Step, Savings, any> {
    const units = unitsOf(alarm)
    if (units.unit === "unknown") return noSavings("delete", units.why)
    if (units.unit === "composite") {
      return sum("delete", [term("composite alarm", 1, "alarm-month", price("cloudwatch.alarmCompositeMonth"))])
    }
    if (units.unit === "highResolution") {
      return sum("delete", [
        term("high-resolution alarm metrics", units.quantity, "alarm-month", price("cloudwatch.alarmHighResMonth"))
      ])
    }
    const flagged = yield* inSet("standard", units.quantity)
    if (alarms.gap !== undefined) {
      return noSavings("delete", "Not all alarms could be read, so how many of them are free is not known.")
    }
    const terms = sharedTierSaving(total, flagged.quantity, standardAlarmTiers(price))(units.quantity)
    return sum("delete", terms, { basis: "upper_bound", note: freeNote })
  }
}
