/**
 * Answers what rules ask about single resources: each question once in a scope, however many rules ask it, in the largest
 * batches that AWS takes. What changes rarely is remembered from night to night and asked again in rotation.
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { AwsTarget } from "../core/aws/Aws.ts"
import type { AwsError } from "../core/aws/AwsError.ts"
import { fromPlain, toPlain } from "../core/json.ts"
import { known, type Reading, unknown } from "../core/Reading.ts"
import { type OutcomeReason, outcomeReason } from "../core/run/Outcome.ts"
import type { Scope } from "../core/Scope.ts"
import { type RememberedAnswer, Store } from "../core/store/Store.ts"
import { millisPerDay } from "../core/time.ts"
import { fromTurn, isTurnOf, nightNumber, rotationNights } from "../core/turns.ts"
import { AskAgain, AsOf, type ReadServices } from "../datasets/engine/Dataset.ts"
import type { CallProbe, Probe, SeriesProbe } from "../datasets/engine/Probe.ts"
import { SeriesReader } from "../datasets/metrics/SeriesReader.ts"
import { recalled } from "./recalled.ts"

export interface Question {
  readonly probe: Probe
  readonly item: unknown
  /** Whether AWS is asked also where an answer is remembered, unless nobody could have changed it: for an open finding, before all others. */
  readonly fresh: boolean
  /** Whether AWS is asked tonight, after all others, also where an answer is remembered and no finding is open. */
  readonly tonight?: boolean
}

/** Whether what a probe tells is remembered though somebody may change it meanwhile. */
export const isRotating = (probe: Probe): boolean =>
  probe.kind === "calls" && probe.identity !== undefined && !probe.isFixed

export interface Answer {
  readonly reading: Reading<any>
  /** When AWS told it, ISO, where that was on an earlier night and may be different tonight. */
  readonly askedAt: string | undefined
  /** Why it is not known, where that is a gap in the night. */
  readonly gap: OutcomeReason | undefined
}

interface Asked {
  readonly key: string
  readonly item: unknown
}

const byKey = (a: Asked, b: Asked) => (a.key < b.key ? -1 : 1)

export class Prober extends Context.Service<
  Prober,
  {
    /** Answers in the order of the questions. */
    readonly answer: (questions: ReadonlyArray<Question>) => Effect.Effect<ReadonlyArray<Answer>, never, ReadServices>
  }
>()("nightaudit/audit/Prober") {
  /** For one scope in one run. */
  static readonly make = Effect.fnUntraced(function* (now: Date) {
    const store = yield* Store
    const askAgain = yield* AskAgain
    const night = nightNumber(now)
    /** Where nobody audits every night, the night of a resource may never come. */
    const isOverdue = (answer: RememberedAnswer | undefined) =>
      answer === undefined || now.getTime() - Date.parse(answer.askedAt) >= rotationNights * millisPerDay
    const answers = new Map<string, Map<string, Answer>>()
    const asked = new Map<string, number>()
    /** One at a time by probe: whoever asks the same second finds the answer of the first. */
    const turns = new Map<string, Semaphore.Semaphore>()
    const turnOf = ({ name }: CallProbe) => {
      const turn = turns.get(name) ?? Semaphore.makeUnsafe(1)
      turns.set(name, turn)
      return turn.withPermits(1)
    }

    const remembered = Effect.fnUntraced(function* (probe: CallProbe, wanted: ReadonlyArray<Asked>) {
      const { identity } = probe
      if (identity === undefined || wanted.length === 0) return new Map<string, RememberedAnswer>()
      const scope = yield* AwsTarget
      const keys = wanted.map(({ key }) => key)
      const byKey = yield* recalled(store, scope, probe.name, keys)
      return new Map(
        wanted.flatMap(({ item, key }) => {
          const answer = byKey.get(key)
          return answer === undefined || answer.identity !== identity(item) ? [] : [[key, answer] as const]
        })
      )
    })

    const keep = Effect.fnUntraced(function* (
      probe: CallProbe,
      batch: ReadonlyArray<Asked>,
      values: ReadonlyArray<any>
    ) {
      const { identity, lasts } = probe
      if (identity === undefined) return
      const scope = yield* AwsTarget
      const askedAt = now.toISOString()
      const kept = batch.flatMap(({ item, key }, index) =>
        lasts?.(values[index]) === false
          ? []
          : [{ key, identity: identity(item), askedAt, value: toPlain(values[index]) }]
      )
      // An answer that could not be kept is asked for again tomorrow.
      yield* Effect.ignore(store.remember(scope, probe.name, kept))
    })

    const refuseAll = (batch: ReadonlyArray<Asked>, error: AwsError, scope: Scope, into: Map<string, Answer>) => {
      const answer = { reading: unknown(error.summary), askedAt: undefined, gap: outcomeReason(error, scope) }
      for (const { key } of batch) into.set(key, answer)
    }

    const askSome = Effect.fnUntraced(function* (
      probe: CallProbe,
      batch: ReadonlyArray<Asked>,
      into: Map<string, Answer>
    ): Effect.fn.Return<AwsError | undefined, never, ReadServices> {
      const scope = yield* AwsTarget
      return yield* probe.read(batch.map(({ item }) => item)).pipe(
        Effect.tap((values) => keep(probe, batch, values)),
        Effect.match({
          onSuccess: (values) => {
            batch.forEach(({ key }, index) =>
              into.set(key, { reading: known(values[index]), askedAt: undefined, gap: undefined })
            )
            return undefined
          },
          onFailure: (error) => {
            refuseAll(batch, error, scope, into)
            return error
          }
        })
      )
    })

    /** Finds those that AWS refuses by halves, for calls that cost by the resource: few calls are made for few that are refused. */
    const askInHalves = Effect.fnUntraced(function* (
      probe: CallProbe,
      isWorthHalves: (error: AwsError) => boolean,
      batch: ReadonlyArray<Asked>,
      into: Map<string, Answer>
    ) {
      const waiting = [batch]
      let answered = 0
      let refusedAlone = 0
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const error = yield* askSome(probe, next, into)
        if (error === undefined) {
          answered += next.length
        } else if (!isWorthHalves(error)) {
          continue
        } else if (next.length > 1) {
          const [left, right] = Arr.splitAt(next, Math.ceil(next.length / 2))
          waiting.push(right, left)
        } else {
          refusedAlone += 1
          // Everybody else keeps the refusal of the batch.
          if (answered === 0 && refusedAlone >= refusedForAll) return
        }
      }
    })

    /** One that AWS refuses must not take its neighbours with it. What it refuses for every one is not asked for every one. */
    const askBatch = Effect.fnUntraced(function* (
      probe: CallProbe,
      batch: ReadonlyArray<Asked>,
      into: Map<string, Answer>
    ) {
      if (probe.halves !== undefined) return yield* askInHalves(probe, probe.halves, batch, into)
      const error = yield* askSome(probe, batch, into)
      if (error === undefined || batch.length === 1 || !isAboutOne(error)) return
      const [first, second, ...others] = batch.map((one) => [one])
      const failures = yield* Effect.forEach([first ?? [], second ?? []], (one) => askSome(probe, one, into))
      if (failures.every((failure) => failure !== undefined)) return
      yield* Effect.forEach(others, (one) => askSome(probe, one, into), { concurrency: 8, discard: true })
    })

    const answerCalls = Effect.fnUntraced(function* (probe: CallProbe, questions: ReadonlyArray<Question>) {
      const known = answers.get(probe.name) ?? new Map<string, Answer>()
      answers.set(probe.name, known)
      const wanted = new Map<string, Asked>()
      const ofFindings = new Set<string>()
      const ofTonight = new Set<string>()
      for (const { fresh, item, tonight = false } of questions) {
        const key = probe.key(item)
        const before = known.get(key)
        if (before === undefined || ((fresh || tonight) && before.askedAt !== undefined)) wanted.set(key, { key, item })
        if (probe.isFixed) continue
        if (fresh) ofFindings.add(key)
        if (tonight) ofTonight.add(key)
      }
      const memory = yield* remembered(probe, [...wanted.values()])
      const isDue = (key: string) =>
        ofFindings.has(key) ||
        ofTonight.has(key) ||
        askAgain ||
        isTurnOf(key, night, rotationNights) ||
        isOverdue(memory.get(key))
      const recall = (key: string): Answer | undefined => {
        const answer = memory.get(key)
        if (answer === undefined) return undefined
        const { askedAt, value } = answer
        return {
          reading: { known: true, value: fromPlain(value) },
          askedAt: probe.isFixed ? undefined : askedAt,
          gap: undefined
        }
      }
      const due: Array<Asked> = []
      for (const one of wanted.values()) {
        const answer = isDue(one.key) ? undefined : recall(one.key)
        if (answer === undefined) due.push(one)
        else known.set(one.key, answer)
      }
      const askedAt = ({ key }: Asked) => memory.get(key)?.askedAt ?? ""
      const oldestFirst = (a: Asked, b: Asked) => (askedAt(a) === askedAt(b) ? 0 : askedAt(a) < askedAt(b) ? -1 : 1)
      const never = due.filter(({ key }) => !memory.has(key))
      const again = due.filter(({ key }) => memory.has(key)).toSorted(oldestFirst)
      const findings = again.filter(({ key }) => ofFindings.has(key))
      const room = Math.max(0, probe.cap - (asked.get(probe.name) ?? 0))
      // Findings come first, but take no more than half where there is not room for all who were never asked: else these never had a turn.
      const share = Math.max(Math.ceil(room / 2), room - never.length)
      // Each night begins where the one before ended. Last come those whose answers are the oldest.
      const ordered = [
        ...findings.slice(0, share),
        ...fromTurn(never.toSorted(byKey), night * probe.cap),
        ...findings.slice(share),
        ...again.filter(({ key }) => !ofFindings.has(key))
      ]
      const now = ordered.slice(0, room)
      asked.set(probe.name, (asked.get(probe.name) ?? 0) + now.length)
      const over = ordered.slice(room)
      const message = `${over.length} resources were not inspected tonight and have their turn later: ${probe.name} asks about ${probe.cap} in one night`
      for (const { key } of over) {
        known.set(
          key,
          recall(key) ?? {
            reading: unknown(message),
            askedAt: undefined,
            gap: {
              code: "inspection_cap",
              message,
              operations: probe.operations.map(({ name, service }) => `${service}:${name}`)
            }
          }
        )
      }
      yield* Effect.forEach(Arr.chunksOf(now, probe.batchSize), (batch) => askBatch(probe, batch, known), {
        concurrency: 16,
        discard: true
      })
      return questions.map(({ item }) => known.get(probe.key(item)) as Answer)
    })

    const answerSeries = Effect.fnUntraced(function* (probe: SeriesProbe, questions: ReadonlyArray<Question>) {
      const items = questions.map(({ item }) => item)
      const reader = yield* SeriesReader
      const { gaps, series } = yield* reader.read(items.flatMap((item) => probe.series(item)))
      const [first] = gaps
      return items.map((item): Answer => ({
        reading: known(series),
        askedAt: undefined,
        gap:
          first !== undefined && probe.series(item).some((spec) => series.failed(spec))
            ? outcomeReason(first)
            : undefined
      }))
    })

    return Prober.of({
      answer: (questions) =>
        Effect.gen(function* () {
          const groups = [...Map.groupBy(questions.entries(), ([, { probe }]) => probe)]
          const answered = yield* Effect.forEach(
            groups,
            ([probe, group]) => {
              const own = group.map(([, question]) => question)
              return probe.kind === "calls" ? turnOf(probe)(answerCalls(probe, own)) : answerSeries(probe, own)
            },
            { concurrency: "unbounded" }
          )
          const inOrder: Array<Answer> = []
          groups.forEach(([, group], at) =>
            group.forEach(([index], within) => {
              inOrder[index] = answered[at]?.[within] as Answer
            })
          )
          return inOrder
        }).pipe(Effect.provideService(AsOf, now))
    })
  })
}

/** So many that are refused alone, one after the other and before any is answered, are taken for all of a batch. */
const refusedForAll = 4

/** Whether AWS refused a resource, rather than being out of reach. */
const isAboutOne = ({ reason }: AwsError): boolean =>
  reason._tag === "Rejected" || reason._tag === "AccessDenied" || reason._tag === "Malformed"
