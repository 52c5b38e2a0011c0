import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Listed } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"

/**
 * Several lists of one kind of thing as one. What a list refuses is a gap in the whole; only where none of them could be read does it
 * fail.
 */
export const several = Effect.fnUntraced(function* <A, R>(
  lists: ReadonlyArray<Effect.Effect<Listed<A>, AwsError, R>>
): Effect.fn.Return<Listed<A>, AwsError, R> {
  const answers = yield* Effect.forEach(lists, (list) => Effect.result(list), { concurrency: 4 })
  const failures = answers.flatMap((answer) => (Result.isFailure(answer) ? [answer.failure] : []))
  const [first] = failures
  if (first !== undefined && failures.length === answers.length) return yield* first
  const read = answers.flatMap((answer) => (Result.isSuccess(answer) ? [answer.success] : []))
  return {
    items: read.flatMap(({ items }) => items),
    gaps: [...failures, ...read.flatMap(({ gaps }) => gaps)]
  }
})
