/** What a person watches while an audit runs. */
import * as Context from "effect/Context"
import type { OutcomeReason, OutcomeStatus } from "../core/run/Outcome.ts"
import type { Scope } from "../core/Scope.ts"

export type ProgressEvent =
  | {
      readonly _tag: "Planned"
      readonly runId: string
      readonly accounts: number
      readonly scans: number
      readonly resumed: boolean
    }
  | { readonly _tag: "Discovered"; readonly account: string; readonly regions: number }
  | { readonly _tag: "AccountUnavailable"; readonly account: string; readonly reason: OutcomeReason }
  | { readonly _tag: "ScopeStarted"; readonly scope: Scope; readonly scans: number }
  | {
      readonly _tag: "ScanFinished"
      readonly scope: Scope
      readonly scan: string
      readonly status: OutcomeStatus
      readonly reason: OutcomeReason | null
      readonly flagged: number
    }
  | { readonly _tag: "ScopeFinished"; readonly scope: Scope; readonly findings: number; readonly gaps: number }
  | { readonly _tag: "Settled"; readonly account: string }
  /** Told again and again while it lasts. `runId` is the run that is telling people. */
  | { readonly _tag: "WaitsToTell"; readonly runId: string }
  | { readonly _tag: "Notified"; readonly runId: string }

/** Told of every step. The default tells nobody. */
export const Progress = Context.Reference<(event: ProgressEvent) => void>("nightaudit/workflows/Progress", {
  defaultValue: () => () => undefined
})
