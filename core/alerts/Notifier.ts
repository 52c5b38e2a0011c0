import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Run } from "../run/Run.ts"

/** Tells people about a night that is over. */
export class Notifier extends Context.Service<
  Notifier,
  {
    /** Called once per settled run; may be called again for the same run when the step is repeated. */
    readonly runFinished: (run: Run) => Effect.Effect<void>
  }
>()("nightaudit/core/alerts/Notifier") {
  /** One line in the log, for whoever reads it. */
  static readonly layerLog = Layer.succeed(Notifier, {
    runFinished: ({ id, summary }) =>
      Effect.logInfo(
        `run ${id}: ${summary?.changes.opened ?? 0} new, ${summary?.changes.resolved ?? 0} resolved, ` +
          `$${(summary?.totals.confirmed.monthlyUsd ?? 0).toFixed(2)} a month confirmed`
      )
  })

  /** Tells nobody: the terminal shows the same. */
  static readonly layerNone = Layer.succeed(Notifier, { runFinished: () => Effect.void })
}
