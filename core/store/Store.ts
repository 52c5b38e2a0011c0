/** Where runs, outcomes, findings and their history are kept. One port; SQLite on one machine, DynamoDB when deployed. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Finding, FindingEvent, Severity } from "../finding/Finding.ts"
import type { Transition } from "../finding/lifecycle.ts"
import type { Outcome } from "../run/Outcome.ts"
import type { StoredReport } from "../run/Report.ts"
import type { Scope } from "../Scope.ts"
import type { Run, ScopeRecord, TrendPoint } from "../run/Run.ts"

/** The store cannot be used. The message says which file or table, what is wrong and what to do. */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  /** `unusable`: not a database or another format; `newer`: written by a later version; `locked`; `failed`: anything else. */
  kind: Schema.Literals(["unusable", "newer", "locked", "failed"]),
  message: Schema.String
}) {}

/** Which findings are asked for. Absent fields do not filter. Order: largest monthly saving first, then by id. */
export interface FindingQuery {
  readonly status?: "open" | "resolved" | undefined
  readonly scans?: ReadonlyArray<string> | undefined
  readonly categories?: ReadonlyArray<string> | undefined
  readonly accounts?: ReadonlyArray<string> | undefined
  readonly regions?: ReadonlyArray<string> | undefined
  readonly severities?: ReadonlyArray<Severity> | undefined
  /** The value of one of the tags that name an owner: `owner`, `team`, `Owner`, `Team`. */
  readonly owner?: string | undefined
  readonly confirmed?: boolean | undefined
  /** Findings with a smaller saving, in USD a month, are left out. */
  readonly minMonthlyUsd?: number | undefined
  /** At most this many, from 1 to 1,000. */
  readonly limit: number
  /** Of the page before. */
  readonly cursor?: string | undefined
}

export interface Page<A> {
  readonly items: ReadonlyArray<A>
  /** Gives the next page; undefined on the last one. */
  readonly cursor: string | undefined
}

/** Tags that say who owns a resource, in the order in which they are looked for. */
export const ownerTagKeys = ["owner", "Owner", "team", "Team"] as const

export const ownerOf = ({ resource }: Finding): string | undefined =>
  ownerTagKeys.map((key) => resource.tags[key]).find((value) => value !== undefined)

export class Store extends Context.Service<
  Store,
  {
    /** Writes a run, or writes it again. */
    readonly putRun: (run: Run) => Effect.Effect<void, StoreError>
    readonly run: (id: string) => Effect.Effect<Run | undefined, StoreError>
    /** Newest first. */
    readonly runs: (limit: number, cursor?: string) => Effect.Effect<Page<Run>, StoreError>

    /** Writes what a run did in a scope. The outcomes become the scope's latest, one per scan. */
    readonly putScope: (record: ScopeRecord) => Effect.Effect<void, StoreError>
    readonly scopeRecord: (runId: string, scope: Scope) => Effect.Effect<ScopeRecord | undefined, StoreError>
    /** All scopes of an account in a run. */
    readonly scopeRecords: (runId: string, account: string) => Effect.Effect<ReadonlyArray<ScopeRecord>, StoreError>
    /** The latest outcome of every scan in a scope, from whichever run: what an answer's freshness rests on. */
    readonly latestOutcomes: (scope: Scope) => Effect.Effect<ReadonlyArray<Outcome>, StoreError>

    /** Every finding that a scan ever had in a scope and that is still kept, open and resolved; or only those of these ids. */
    readonly findingsIn: (
      scope: Scope,
      scan: string,
      ids?: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<Finding>, StoreError>
    /** The ids of a scan's open findings in a scope: enough to know which of them a night did not show. */
    readonly openIds: (scope: Scope, scan: string) => Effect.Effect<ReadonlyArray<string>, StoreError>
    /** Writes findings with the events of their history. Writing a transition twice is writing it once. */
    readonly writeTransitions: (transitions: ReadonlyArray<Transition>) => Effect.Effect<void, StoreError>
    /** Says for findings whether they count, and nothing else about them. */
    readonly setCounted: (
      counted: ReadonlyArray<{
        readonly finding: Pick<Finding, "id" | "scan" | "scope"> & {
          readonly savings: Pick<Finding["savings"], "counted">
        }
        readonly counted: boolean
      }>
    ) => Effect.Effect<void, StoreError>
    readonly finding: (id: string) => Effect.Effect<Finding | undefined, StoreError>
    /** The life of a finding, oldest first. */
    readonly history: (id: string) => Effect.Effect<ReadonlyArray<FindingEvent>, StoreError>
    readonly findings: (query: FindingQuery) => Effect.Effect<Page<Finding>, StoreError>
    /** Accounts that have open findings. */
    readonly accountsWithFindings: Effect.Effect<ReadonlyArray<string>, StoreError>

    readonly putReport: (report: StoredReport) => Effect.Effect<void, StoreError>
    /** The newest report of a scan in each scope, or in the scope given. */
    readonly reports: (scan: string, scope?: Scope) => Effect.Effect<ReadonlyArray<StoredReport>, StoreError>

    readonly putTrend: (points: ReadonlyArray<TrendPoint>) => Effect.Effect<void, StoreError>
    /** Points of an account (or `all`) from a day on, oldest first; 13 months are kept. */
    readonly trend: (account: string, fromDay: string) => Effect.Effect<ReadonlyArray<TrendPoint>, StoreError>

    /** Adds to what a run has spent and answers true, unless that would pass the cap: then it adds nothing. */
    readonly spend: (runId: string, usd: number, capUsd: number) => Effect.Effect<boolean, StoreError>

    /** Keeps a JSON value until it expires. */
    readonly cache: (key: string, value: unknown, expires: Date) => Effect.Effect<void, StoreError>
    /** The value, or undefined when there is none or it has expired. */
    readonly cached: (key: string) => Effect.Effect<any, StoreError>
  }
>()("nightaudit/core/store/Store") {}
