/** What telling people remembers from night to night, and the lease that keeps two runs from telling the same. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { BusEvent } from "../core/alerts/events.ts"
import { type Message, inert } from "../core/alerts/Message.ts"
import { plural } from "../core/format.ts"
import { aboutOf, type RuleStates } from "../core/alerts/rules.ts"
import type { AlertRule } from "../core/config/alerts.ts"
import { Store, StoreError } from "../core/store/Store.ts"
import { millisPerDay } from "../core/time.ts"
import { takeLease } from "./lease.ts"
import { Progress } from "./Progress.ts"

/** What gives way last, where not all can be kept. */
const ranks = ["alarm", "digest", "owner"] as const

/** A message that some channels have not taken yet. It is kept under its id. */
export interface PendingMessage {
  readonly id: string
  readonly channels: ReadonlyArray<string>
  readonly subject: string
  readonly rank: (typeof ranks)[number]
  /** Runs that have tried to deliver it. */
  readonly tries: number
  /** Whether a channel took it. */
  readonly isTaken: boolean
  /** What of the rules' memory rests on it: the values of a rule that alerted at this ISO instant. */
  readonly alarm: { readonly rule: string; readonly at: string } | null
}

export interface AlertState {
  /** What each rule remembers, by its name. */
  readonly rules: Readonly<Record<string, RuleStates>>
  /** What each of them is about. Absent for those that an earlier version has judged. */
  readonly about: Readonly<Record<string, string>>
  /** The rules that could not be judged the last time, by their names. */
  readonly unknown: ReadonlyArray<string>
  /** The newest run whose digest and alerts were made. */
  readonly told: string | null
  /** Findings' events are on the bus up to this run; of the run itself, up to this ISO instant. */
  readonly published: { readonly runId: string; readonly at: string } | null
  /** Runs before it that were still at work then, so that more of their events may come. */
  readonly unfinished: ReadonlyArray<string>
  /** Runs that were told to have begun and not to have ended, the oldest first. */
  readonly begun: ReadonlyArray<string>
  /** The oldest first. */
  readonly messages: ReadonlyArray<PendingMessage>
  readonly events: ReadonlyArray<BusEvent>
  /** What nobody will be told any more, each in a line with why: the next digest says it. */
  readonly lost: ReadonlyArray<string>
}

export const noAlertState: AlertState = {
  rules: {},
  about: {},
  unknown: [],
  told: null,
  published: null,
  unfinished: [],
  begun: [],
  messages: [],
  events: [],
  lost: []
}

const key = "alerts/state"
const messageKey = (id: string) => `alerts/message/${id}`

/** A rule that nobody judged for so long has nothing to say of today. */
const keptDays = 400

/** What could not be delivered for so long is no news any more. */
export const messageDays = 7

/** More than these are not kept: owners' digests give way first, then digests, then alarms, of each the oldest. */
export const maxPendingMessages = 500
export const maxPendingEvents = 500

/** Of runs whose end nobody told, the newest. */
const maxBegun = 200

/** Lines of what is lost. */
const maxLost = 50

const later = (days: number) => Effect.map(Clock.currentTimeMillis, (now) => new Date(now + days * millisPerDay))

export const readAlertState = Effect.fnUntraced(function* (): Effect.fn.Return<AlertState, StoreError, Store> {
  const store = yield* Store
  return { ...noAlertState, ...((yield* store.cached(key)) as AlertState | undefined) }
})

/** What a rule remembers: nothing, where the one of its name was about something else. */
export const rememberedOf = ({ about, rules }: AlertState, rule: AlertRule): RuleStates =>
  (about[rule.name] ?? aboutOf(rule)) === aboutOf(rule) ? (rules[rule.name] ?? {}) : {}

/** What rules remember from now on, by their names. */
export const remembering = (rules: ReadonlyArray<AlertRule>, states: AlertState["rules"]) => ({
  rules: states,
  about: Object.fromEntries(rules.map((rule) => [rule.name, aboutOf(rule)]))
})

/** The message as it waits for these channels. */
export const pendingOf = (
  { attributes, id, subject }: Message,
  channels: ReadonlyArray<string>,
  at: string
): PendingMessage => ({
  id,
  channels,
  subject,
  rank: attributes.kind !== "digest" ? "alarm" : attributes.owner === undefined ? "digest" : "owner",
  tries: 0,
  isTaken: false,
  alarm: attributes.rule === undefined ? null : { rule: attributes.rule, at }
})

export const rankOf = ({ rank }: PendingMessage): number => ranks.indexOf(rank)

/** A line on a message that did not reach everybody. */
export const lostLine = ({ subject }: PendingMessage, why: string): string =>
  `${inert(subject, 100)}: ${inert(why, 200)}`

/**
 * What the rules remember without the alerts of messages that reached nobody and are not kept either: what is still beyond its
 * threshold alerts again.
 */
export const forgetting = (
  rules: AlertState["rules"],
  messages: ReadonlyArray<PendingMessage>
): AlertState["rules"] => {
  const untold = messages.flatMap(({ alarm, isTaken }) => (alarm === null || isTaken ? [] : [alarm]))
  if (untold.length === 0) return rules
  return Object.fromEntries(
    Object.entries(rules).map(([name, states]) => {
      const instants = new Set(untold.flatMap(({ at, rule }) => (rule === name ? [at] : [])))
      return [name, Object.fromEntries(Object.entries(states).filter(([, { alertedAt }]) => !instants.has(alertedAt)))]
    })
  )
}

/** What of it is kept, with what gives way among what is lost. */
const bounded = (state: AlertState): AlertState => {
  const kept = new Set(
    state.messages
      .map((message, index) => ({ message, index }))
      .sort((a, b) => rankOf(a.message) - rankOf(b.message) || b.index - a.index)
      .slice(0, maxPendingMessages)
      .map(({ message }) => message)
  )
  const dropped = state.messages.filter((message) => !kept.has(message))
  const owners = dropped.filter(({ rank }) => rank === "owner").length
  const events = state.events.length - maxPendingEvents
  const why = `more than ${maxPendingMessages} messages waited`
  return {
    ...state,
    rules: forgetting(state.rules, dropped),
    messages: state.messages.filter((message) => kept.has(message)),
    events: state.events.slice(-maxPendingEvents),
    begun: state.begun.slice(-maxBegun),
    lost: [
      ...state.lost,
      ...(events > 0 ? [`${plural(events, "event")} for the bus: more than ${maxPendingEvents} waited`] : []),
      ...(owners > 0 ? [`${plural(owners, "digest")} of owners: ${why}`] : []),
      ...dropped.filter(({ rank }) => rank !== "owner").map((message) => lostLine(message, why))
    ].slice(-maxLost)
  }
}

export const writeAlertState = Effect.fnUntraced(function* (state: AlertState) {
  const store = yield* Store
  yield* store.cache(key, bounded(state), yield* later(keptDays))
})

/** Keeps a message, so that the state names it by its id alone. */
export const keepMessage = Effect.fnUntraced(function* (message: Message) {
  const store = yield* Store
  yield* store.cache(messageKey(message.id), message, yield* later(messageDays))
})

/** Undefined for one that is too old. */
export const keptMessage = Effect.fnUntraced(function* (
  id: string
): Effect.fn.Return<Message | undefined, StoreError, Store> {
  const store = yield* Store
  return yield* store.cached(messageKey(id))
})

const lease = "alerts"

/** Longer than telling takes; a step that died gives way after it. */
const leaseMillis = 16 * 60_000

/** Others have so long to end before the step fails as busy, and the machine repeats it. */
const patience = Schedule.spaced("5 seconds").pipe(Schedule.upTo({ duration: "1 minute" }))

/** Runs alone among all runs of the store. */
export const alone = <A, E, R>(holder: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const store = yield* Store
    const progress = yield* Progress
    const take = Effect.gen(function* () {
      const until = new Date((yield* Clock.currentTimeMillis) + leaseMillis)
      const has = yield* takeLease(lease, holder, until)
      if (has !== holder) {
        progress({ _tag: "WaitsToTell", runId: has })
        return yield* new StoreError({ kind: "busy", message: `run ${has} is telling people; this one waits for it` })
      }
    })
    yield* Effect.retry(take, { schedule: patience, while: ({ isTransient }) => isTransient })
    return yield* Effect.ensuring(effect, Effect.ignore(store.release(lease, holder)))
  })
