/** What CloudWatch told of single resources, remembered in the store from night to night. */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { AwsTarget } from "../core/aws/Aws.ts"
import { type RememberedAnswer, Store } from "../core/store/Store.ts"
import { isTurnOf, nightNumber } from "../core/turns.ts"
import { AskAgain } from "../datasets/engine/Dataset.ts"
import { identityOf, keptDays, type KeptDays, Past, type SeriesQuestion, windowsOf } from "../datasets/metrics/Past.ts"
import type { SeriesMemory } from "../datasets/metrics/SeriesReader.ts"
import { recalled } from "./recalled.ts"

/** Questions whose answers are in memory at the same time, of the 100,000 that a scope may have. */
const atOnce = 2000

/** More series than these, of a fleet of hundreds, make a record that costs as much as asking for them. */
const maxSeries = 200

/**
 * Nights after which a question is asked again, whatever was settled: every night has its share. A power of three, so that whoever has
 * his turn in a long rotation has it in the short ones as well, and the series that both want is asked for once.
 */
const nightsOf = (question: SeriesQuestion): number => {
  const most = Math.max(1, Math.min(...windowsOf(question)) / 2)
  let nights = 1
  while (nights * 3 <= most) nights *= 3
  return nights
}

/** For one scope in one run. What cannot be read is asked for tonight, and what cannot be kept is asked for tomorrow. */
export const seriesMemory = Effect.fnUntraced(function* (now: Date) {
  const store = yield* Store
  const askAgain = yield* AskAgain
  const night = nightNumber(now)

  const isSettled = (question: SeriesQuestion, { askedAt, identity, value }: RememberedAnswer): boolean => {
    const run = new Date(askedAt)
    // A run of an earlier date knows nothing of what came after it.
    if (identity !== identityOf(question) || run > now) return false
    return question.settledBy(Past.of(value as KeptDays, run, now, windowsOf(question)))
  }

  const isDue = (question: SeriesQuestion): boolean =>
    question.series.length === 0 || isTurnOf(question.key, night, nightsOf(question))

  return {
    settled: Effect.fnUntraced(function* (dataset, questions) {
      const settled = new Set<string>()
      if (askAgain) return settled
      const scope = yield* AwsTarget
      for (const some of Arr.chunksOf(
        questions.filter((question) => !isDue(question)),
        atOnce
      )) {
        const keys = some.map(({ key }) => key)
        const byKey = yield* recalled(store, scope, dataset, keys)
        for (const question of some) {
          const answer = byKey.get(question.key)
          if (answer !== undefined && isSettled(question, answer)) settled.add(question.key)
        }
      }
      return settled
    }),

    keep: Effect.fnUntraced(function* (dataset, questions, told) {
      const scope = yield* AwsTarget
      for (const some of Arr.chunksOf(questions, atOnce)) {
        const answers = some.flatMap((question): ReadonlyArray<RememberedAnswer> => {
          if (question.series.length > maxSeries) return []
          const value = keptDays(question, told, now)
          if (value === undefined) return []
          const answer = { key: question.key, identity: identityOf(question), askedAt: now.toISOString(), value }
          // What settles nothing tonight hardly settles anything tomorrow, and need not be written.
          return isSettled(question, answer) ? [answer] : []
        })
        if (answers.length > 0) yield* Effect.ignore(store.remember(scope, dataset, answers))
      }
    })
  } satisfies SeriesMemory
})
