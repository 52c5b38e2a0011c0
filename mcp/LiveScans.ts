/** Scanning on demand, as the tools know it: in this process, or by functions and the state machine of the cloud. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { SettingValue } from "../core/run/Outcome.ts"
import type { Scope } from "../core/Scope.ts"
import type { Store, StoreError } from "../core/store/Store.ts"
import type { Refusal } from "./answer/Answer.ts"

/** What is to be scanned anew. */
export interface LiveRequest {
  readonly scans: ReadonlyArray<string>
  /** Just these scopes; null for every one of these accounts and regions, which a run has to find out first. */
  readonly scopes: ReadonlyArray<Scope> | null
  /** Empty for all that the caller may see. */
  readonly accounts: ReadonlyArray<string>
  /** The accounts that the caller may see, and so may have scanned; null for all. */
  readonly visible: ReadonlyArray<string> | null
  readonly regions: ReadonlyArray<string>
  /** Settings other than the configured ones, by scan. What they find is kept apart from the nightly results. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, SettingValue>>>>
  /** What was judged at or after this time, in milliseconds, is new enough. */
  readonly sinceMillis: number
}

/** A live scan that was started, or that somebody else had started already for the same scopes. */
export interface LiveRun {
  /** Undefined where everything is new enough by now. */
  readonly runId: string | undefined
  /** Keys of the scopes that are scanned; null for all that the run finds. */
  readonly scopes: ReadonlySet<string> | null
  /** Ends when the run does, within the time given; answers whether it did. `onScope` hears of each scope that is done. */
  readonly wait: (
    millis: number,
    onScope: (done: number, total: number) => Effect.Effect<void>
  ) => Effect.Effect<"finished" | "running" | "failed", StoreError>
  /** Where its results are: the store itself, or one of their own where the settings were other ones. */
  readonly results: Store["Service"]
}

export class LiveScans extends Context.Service<
  LiveScans,
  {
    /** Starts a live scan. Fails where this server cannot scan, with what to do instead. */
    readonly start: (request: LiveRequest) => Effect.Effect<LiveRun, Refusal | StoreError, Store>
  }
>()("nightaudit/mcp/LiveScans") {}
