/** What telling people remembers from night to night, and the lease that keeps two runs from telling the same. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { BusEvent } from "../core/alerts/events.ts"
import type { Message } from "../core/alerts/Message.ts"
import type { RuleStates } from "../core/alerts/rules.ts"
import { Store, StoreError } from "../core/store/Store.ts"
import { millisPerDay } from "../core/time.ts"

/** A message that some channels have not taken yet. It is kept under its id. */
export interface PendingMessage {
  readonly id: string
  readonly channels: ReadonlyArray<string>
}

export interface AlertState {
  /** What each rule remembers, by its name. */
  readonly rules: Readonly<Record<string, RuleStates>>
  /** The newest run whose digest and alerts were made. */
  readonly told: string | null
  /** Findings' events are on the bus up to this run; of the run itself, up to this ISO instant. */
  readonly published: { readonly runId: string; readonly at: string } | null
  /** The oldest first. */
  readonly messages: ReadonlyArray<PendingMessage>
  readonly events: ReadonlyArray<BusEvent>
}

export const noAlertState: AlertState = { rules: {}, told: null, published: null, messages: [], events: [] }

const key = "alerts/state"
const messageKey = (id: string) => `alerts/message/${id}`

/** A rule that nobody judged for so long has nothing to say of today. */
const keptDays = 400

/** What could not be delivered for so long is no news any more. */
const messageDays = 7

/** More than these are not kept: the oldest give way. */
export const maxPendingMessages = 200
export const maxPendingEvents = 500

const later = (days: number) => Effect.map(Clock.currentTimeMillis, (now) => new Date(now + days * millisPerDay))

export const readAlertState = Effect.fnUntraced(function* (): Effect.fn.Return<AlertState, StoreError, Store> {
  const store = yield* Store
  return { ...noAlertState, ...((yield* store.cached(key)) as AlertState | undefined) }
})

export const writeAlertState = Effect.fnUntraced(function* (state: AlertState) {
  const store = yield* Store
  const bounded: AlertState = {
    ...state,
    messages: state.messages.slice(-maxPendingMessages),
    events: state.events.slice(-maxPendingEvents)
  }
  yield* store.cache(key, bounded, yield* later(keptDays))
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
    const take = Effect.gen(function* () {
      const until = new Date((yield* Clock.currentTimeMillis) + leaseMillis)
      const has = yield* store.lease(lease, holder, until)
      if (has !== holder) {
        return yield* new StoreError({ kind: "busy", message: `run ${has} is telling people; this one waits for it` })
      }
    })
    yield* Effect.retry(take, { schedule: patience, while: ({ isTransient }) => isTransient })
    return yield* Effect.ensuring(effect, Effect.ignore(store.release(lease, holder)))
  })
