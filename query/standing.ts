import * as Effect from "effect/Effect"
import type { Outcome, OutcomeReason } from "../core/run/Outcome.ts"
import type { Run } from "../core/run/Run.ts"
import type { Scope } from "../core/Scope.ts"
import type { Store, StoreError } from "../core/store/Store.ts"

export interface StandingRequest {
  readonly accounts?: ReadonlyArray<string> | undefined
  readonly regions?: ReadonlyArray<string> | undefined
  readonly scans?: ReadonlyArray<string> | undefined
}

export interface Standing {
  readonly asOf: string | null
  readonly coverage: {
    readonly expected: number
    readonly complete: number
    readonly partial: number
    readonly unavailable: number
    readonly notApplicable: number
  }
  readonly notScanned: ReadonlyArray<{
    readonly reason: OutcomeReason
    readonly outcomes: number
    readonly accounts: ReadonlyArray<string>
    readonly moreAccounts: number
    readonly regions: ReadonlyArray<string>
    readonly scans: ReadonlyArray<string>
  }>
  readonly moreGaps: number
  readonly pairs: ReadonlyArray<{
    readonly scope: Scope
    readonly scan: string
    readonly outcome: Outcome | null
  }> | null
  readonly run: Pick<Run, "id" | "startedAt"> | null
}

export const standing = (_request: StandingRequest): Effect.Effect<Standing, StoreError, Store> =>
  Effect.succeed({
    asOf: null,
    coverage: { expected: 0, complete: 0, partial: 0, unavailable: 0, notApplicable: 0 },
    notScanned: [],
    moreGaps: 0,
    pairs: null,
    run: null
  })
