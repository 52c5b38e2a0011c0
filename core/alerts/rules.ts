/**
 * Whether a rule alerts, given what it remembers and what the night says. Pure: a breach alerts once, again when it has grown by its
 * step, and once when it is over. A value that is not known changes nothing.
 */
import { type AlertRule, placeKinds } from "../config/alerts.ts"
import type { Started } from "../run/Started.ts"
import { millisPerHour } from "../time.ts"

/** One value that a rule judges. `value` is null where it is not known; then `why` says so. */
export interface MeasuredValue {
  /** Tells values of one rule apart: the finding's id, or empty where the rule has one value. */
  readonly key: string
  readonly value: number | null
  /** What it is made of, or why it is not known, in one line. */
  readonly why: string
  /** The account that it is about, where there is one. */
  readonly account?: string
  /** The service that bills it. */
  readonly service?: string
  /** What a person calls the place: an account's name, a resource. */
  readonly place?: string
  /** What was started, of a rule about starts. */
  readonly started?: Started
}

/** What a rule remembers of one value. ISO instants. */
export interface RuleState {
  readonly breached: boolean
  /** Since when the breach lasts, or when it ended. */
  readonly since: string
  readonly alertedAt: string
  readonly alertedValue: number
}

/** The states of a rule, by the key of the value. */
export type RuleStates = Readonly<Record<string, RuleState>>

export type AlertType = "breached" | "grown" | "over"

/** A reason to tell people. */
export interface Alert {
  readonly rule: AlertRule
  readonly type: AlertType
  readonly measured: MeasuredValue
  /** Null for something expensive that was started at a price that is not known. */
  readonly value: number | null
  /** The value of the alert before, in the same breach; null for a new one. */
  readonly previous: number | null
  /** ISO instant since when the breach lasts. */
  readonly since: string
}

/** A start is remembered for longer than any queue may deliver it: SQS keeps a message for at most 14 days. */
const startHours = 15 * 24

/** Whether a rule is about things that are started: each alerts once and is never over, because nobody watches it. */
export const isStart = ({ measure }: Pick<AlertRule, "measure">): boolean => measure === "started_resource"

/** What the key of a value is called where it is told. */
export const keyName = (rule: Pick<AlertRule, "measure">): "findingId" | "startedId" =>
  isStart(rule) ? "startedId" : "findingId"

/** What a rule watches, and where: what it remembers is of that alone, and not of another rule that had its name before. */
export const aboutOf = (rule: AlertRule): string =>
  [rule.measure, ...placeKinds.flatMap((kind) => (rule[kind] === undefined ? [] : [`${kind} ${rule[kind]}`]))].join(
    ", "
  )

/** The limit of a rule, in its unit. */
export const thresholdOf = ({ above, below }: AlertRule): number => above ?? below ?? 0

/**
 * By how much a breach must grow: a tenth of the threshold. Of coverage, which is mostly close to all of it, a tenth of what may be
 * missing, and at least a point.
 */
export const stepOf = ({ above, below, step }: AlertRule): number =>
  step ?? (below === undefined ? (above ?? 0) / 10 : Math.max(1, (100 - below) / 10))

/**
 * Where a breach is over: behind the threshold by the hysteresis. Of coverage at most half of the way to all of it, so that what can
 * never be read, such as one region, does not keep a breach open for good.
 */
export const overAt = (rule: AlertRule): number => {
  const share = rule.hysteresisPercent / 100
  const { below } = rule
  return below === undefined ? thresholdOf(rule) * (1 - share) : below + Math.min(below * share, (100 - below) / 2)
}

/** Whether a breach is of an earlier month than what is spent or forecast now: each month begins anew. */
const isOfMonthBefore = ({ measure }: AlertRule, { since }: RuleState, now: string): boolean =>
  (measure === "month_to_date_spend" || measure === "forecast_spend") && since.slice(0, 7) < now.slice(0, 7)

interface Judged {
  readonly state: RuleState | undefined
  readonly alert?: Alert
}

/**
 * Something started, which alerts once: by what is known of its price, or where that is not known because it is expensive by its type.
 */
const judgeStart = (rule: AlertRule, state: RuleState | undefined, measured: MeasuredValue, now: string): Judged => {
  const { started, value } = measured
  // The same start, delivered again.
  if (state !== undefined) return { state }
  if ((value ?? 0) <= thresholdOf(rule) && started?.unpriced !== true) return { state: undefined }
  return {
    state: { breached: true, since: now, alertedAt: now, alertedValue: value ?? 0 },
    alert: { rule, type: "breached", measured, value, previous: null, since: now }
  }
}

/** One value of a rule. */
export const judgeValue = (
  rule: AlertRule,
  state: RuleState | undefined,
  measured: MeasuredValue,
  now: string
): Judged => {
  const { value } = measured
  if (isStart(rule)) return judgeStart(rule, state, measured, now)
  if (value === null) return { state }
  // Downwards, a smaller value is the larger breach.
  const sign = rule.below === undefined ? 1 : -1
  const size = sign * value
  const isQuiet = state !== undefined && Date.parse(now) - Date.parse(state.alertedAt) < rule.quietHours * millisPerHour
  const alertOf = (type: AlertType, previous: number | null, since: string): Alert => ({
    rule,
    type,
    measured,
    value,
    previous,
    since
  })
  const isBeyond = size > sign * thresholdOf(rule)
  if (state === undefined || !state.breached || (isBeyond && isOfMonthBefore(rule, state, now))) {
    if (!isBeyond) return { state: state !== undefined && isQuiet ? state : undefined }
    // Over and breached again within hours is flapping, and waits.
    if (isQuiet) return { state }
    return {
      state: { breached: true, since: now, alertedAt: now, alertedValue: value },
      alert: alertOf("breached", null, now)
    }
  }
  const isOver = rule.hysteresisPercent === 0 ? !isBeyond : size <= sign * overAt(rule)
  if (isOver) {
    return {
      state: { breached: false, since: now, alertedAt: now, alertedValue: value },
      alert: alertOf("over", state.alertedValue, state.since)
    }
  }
  // So little that 0.1 + 0.2 has grown by 0.2, and that no step, such as one of a night's cost, is as small.
  if (size - sign * state.alertedValue < stepOf(rule) - 1e-6 || isQuiet) return { state }
  return {
    state: { ...state, alertedAt: now, alertedValue: value },
    alert: alertOf("grown", state.alertedValue, state.since)
  }
}

/**
 * All values of a rule. A breach that is remembered and was not measured stays as it is; one that is over is forgotten when
 * its quiet time is, and a start when nothing can deliver it again, so that findings and starts that came and went do not add up.
 */
export const judgeRule = (
  rule: AlertRule,
  states: RuleStates,
  measured: ReadonlyArray<MeasuredValue>,
  now: string
): { readonly states: RuleStates; readonly alerts: ReadonlyArray<Alert> } => {
  const hours = isStart(rule) ? startHours : rule.quietHours
  const isRemembered = ({ alertedAt, breached }: RuleState) =>
    (breached && !isStart(rule)) || Date.parse(now) - Date.parse(alertedAt) < hours * millisPerHour
  // A map: the id of an event may be any text, `__proto__` too.
  const next = new Map(Object.entries(states).filter(([, state]) => isRemembered(state)))
  const alerts: Array<Alert> = []
  for (const one of measured) {
    const { alert, state } = judgeValue(rule, next.get(one.key), one, now)
    if (state === undefined) next.delete(one.key)
    else next.set(one.key, state)
    if (alert !== undefined) alerts.push(alert)
  }
  return { states: Object.fromEntries(next), alerts }
}
