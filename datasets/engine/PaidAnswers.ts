/**
 * What AWS charges for and what says for days what it said: answers that are kept in the store from night to night, question by question,
 * so that one that failed does not make the others cost again. Each has its own age limit and is asked again on its own night of it.
 */
import { createHash } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"
import { AwsTarget, type Listed } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { type Operation, operationKey } from "../../core/aws/operation.ts"
import { fromPlain, toPlain } from "../../core/json.ts"
import { Store } from "../../core/store/Store.ts"
import { millisPerDay } from "../../core/time.ts"
import { isTurnOf, nightNumber } from "../../core/turns.ts"
import { AskAgain, AsOf } from "./Dataset.ts"

/** An answer as it is kept. */
interface Kept {
  /** ISO instant of the run that asked. */
  readonly askedAt: string
  readonly identity: string
  readonly nights: number
  /** ISO instant from which on it says what is over; null where it says nothing of that kind. */
  readonly until: string | null
  readonly items: unknown
}

export const PaidAnswers = Context.Reference<{
  readonly recall: (key: string) => Effect.Effect<Kept | undefined>
  readonly keep: (key: string, kept: Kept, expires: Date) => Effect.Effect<void>
  /**
   * Asks a question of an operation, the first one before all others: where AWS lets the caller ask none of them, the others are not paid for.
   */
  readonly ask: <A, R>(operation: string, ask: Effect.Effect<A, AwsError, R>) => Effect.Effect<A, AwsError, R>
  /** Hears as of when an answer is that was not asked for again. */
  readonly recalled: (askedAt: string) => void
}>("nightaudit/datasets/engine/PaidAnswers", {
  defaultValue: () => ({
    recall: () => Effect.undefined,
    keep: () => Effect.void,
    ask: (_, ask) => ask,
    recalled: () => {}
  })
})

/** Whether AWS refuses every question of the caller: not for what was asked, nor because it has nothing to tell of it yet. */
const isRefusal = ({ reason }: AwsError): boolean =>
  reason._tag === "AccessDenied" || (reason._tag === "NotEnabled" && reason.code !== "DataUnavailableException")

/** For one process and payer. */
const firstOnes = Effect.sync(() => {
  const turns = new Map<string, Semaphore.Semaphore>()
  const outcomes = new Map<string, AwsError | "answered">()
  return <A, R>(operation: string, ask: Effect.Effect<A, AwsError, R>): Effect.Effect<A, AwsError, R> => {
    const go = Effect.suspend(() => {
      const outcome = outcomes.get(operation)
      if (outcome === "answered") return ask
      if (outcome !== undefined) return Effect.fail(outcome)
      return ask.pipe(
        Effect.tap(() => Effect.sync(() => outcomes.set(operation, "answered"))),
        Effect.tapError((error) => Effect.sync(() => (isRefusal(error) ? outcomes.set(operation, error) : undefined)))
      )
    })
    const turn = turns.get(operation) ?? Semaphore.makeUnsafe(1)
    turns.set(operation, turn)
    return Effect.suspend(() => (outcomes.has(operation) ? go : turn.withPermits(1)(go)))
  }
})

/** Keeps them in the store. */
export const layerPaidAnswers = Layer.effect(
  PaidAnswers,
  Effect.map(Effect.all([Store, firstOnes]), ([store, ask]) => ({
    recall: (key) => Effect.orElseSucceed(store.cached(key), () => undefined),
    // What could not be kept is asked for again tomorrow.
    keep: (key, kept, expires) => Effect.ignore(store.cache(key, kept, expires)),
    ask,
    recalled: () => {}
  }))
)

export interface PaidQuestion<A> {
  readonly operation: Operation
  /** All that tells it from other questions, without days that move on every night. */
  readonly about: unknown
  /** Nights after which it is asked again. An answer that is to last none is not kept. */
  readonly nights: number | ((items: ReadonlyArray<A>) => number)
  /** What it rests on and the night has read itself: where that is another one, it is asked again. */
  readonly identity?: string
  /** The instant from which on the answer says what is over. */
  readonly until?: (items: ReadonlyArray<A>) => Date | undefined
}

/** A whole answer and the instant as of which it is: what an earlier night was told while that holds, or what AWS says now. */
export const remembering = Effect.fnUntraced(function* <A, R>(
  { about, identity = "", nights, operation, until }: PaidQuestion<A>,
  ask: Effect.Effect<Listed<A>, AwsError, R>
) {
  const { account } = yield* AwsTarget
  const now = yield* AsOf
  const answers = yield* PaidAnswers
  const asked = [operationKey(operation), JSON.stringify(about)].join("\n")
  const key = `answer/${account}/${createHash("sha256").update(asked).digest("hex").slice(0, 32)}`
  const kept = (yield* AskAgain) ? undefined : yield* answers.recall(key)
  if (kept !== undefined && kept.identity === identity && isStillTold(key, kept, now)) {
    answers.recalled(kept.askedAt)
    return { items: fromPlain(kept.items) as ReadonlyArray<A>, gaps: [], askedAt: new Date(kept.askedAt) }
  }
  const { gaps, items } = yield* answers.ask(operationKey(operation), ask)
  const lasts = typeof nights === "number" ? nights : nights(items)
  if (gaps.length === 0 && lasts > 0) {
    const ends = until?.(items)?.toISOString() ?? null
    const told = { askedAt: now.toISOString(), identity, nights: lasts, until: ends, items: toPlain(items) }
    yield* answers.keep(key, told, new Date(now.getTime() + (lasts + 1) * millisPerDay))
  }
  return { items, gaps, askedAt: now }
})

/** Whether an answer needs no asking again. By its age alone all questions of one night would have one night for ever. */
const isStillTold = (key: string, { askedAt, nights, until }: Kept, now: Date): boolean => {
  const night = nightNumber(now)
  const age = night - nightNumber(new Date(askedAt))
  return (
    age >= 0 &&
    age < nights &&
    (age === 0 || !isTurnOf(key, night, nights)) &&
    (until === null || new Date(until) > now)
  )
}
