/** Tells people about the night. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Notifier } from "../../core/alerts/Notifier.ts"
import { Progress } from "../Progress.ts"
import { findRun } from "../findRun.ts"

export const NotifyInput = Schema.Struct({ runId: Schema.String })

export const notify = Effect.fn("notify")(function* (input: unknown) {
  const { runId } = yield* Schema.decodeUnknownEffect(NotifyInput)(input)
  const notifier = yield* Notifier
  const progress = yield* Progress
  yield* notifier.runFinished(yield* findRun(runId))
  progress({ _tag: "Notified", runId })
  return { runId }
})
