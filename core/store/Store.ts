/** Where runs, outcomes, findings and their history are kept. One port; SQLite on one machine, DynamoDB when deployed. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Finding, FindingEvent, FindingKind, FindingStatus, Savings, Severity } from "../finding/Finding.ts"
import type { Transition } from "../finding/lifecycle.ts"
import type { Outcome } from "../run/Outcome.ts"
import type { StoredReport } from "../run/Report.ts"
import type { Scope } from "../Scope.ts"
import type { Rollup } from "../run/Rollup.ts"
import type { AccountSummary, Run, ScopeRecord, TrendPoint } from "../run/Run.ts"

/** The store cannot be used. The message says which file or table, what is wrong and what to do. */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  /**
   * `unusable`: not a database or another format; `newer`: written by a later version; `locked`: by another process; `busy`:
   * throttled or not reached; `failed`: anything else.
   */
  kind: Schema.Literals(["unusable", "newer", "locked", "busy", "failed"]),
  message: Schema.String
}) {
  /** Whether the same request may succeed in a minute. What is permanent is not worth a second try. */
  get isTransient() {
    return this.kind === "locked" || this.kind === "busy"
  }
}

/**
 * Which findings are asked for. Absent fields do not filter. Order: largest monthly saving first, then the most severe, then
 * by id; what is no money saves nothing and is ordered by severity.
 */
export interface FindingQuery {
  readonly statuses?: ReadonlyArray<FindingStatus> | undefined
  readonly kinds?: ReadonlyArray<FindingKind> | undefined
  readonly scans?: ReadonlyArray<string> | undefined
  readonly categories?: ReadonlyArray<string> | undefined
  readonly accounts?: ReadonlyArray<string> | undefined
  readonly regions?: ReadonlyArray<string> | undefined
  /** The services that bill the resources; empty for what nobody bills. */
  readonly services?: ReadonlyArray<string> | undefined
  readonly severities?: ReadonlyArray<Severity> | undefined
  /** The value of one of the tags that name an owner: `owner`, `Owner`, `team`, `Team`; empty for what has no owner. */
  readonly owner?: string | undefined
  readonly confirmed?: boolean | undefined
  /** Findings with a smaller saving, in USD a month, are left out; above zero, so is what is no money. */
  readonly minMonthlyUsd?: number | undefined
  /** At most this many, from 1 to 1,000. */
  readonly limit: number
  /** Of the page before. */
  readonly cursor?: string | undefined
}

/** A page may have fewer items than were asked for, and even none, as long as it has a cursor. */
export interface Page<A> {
  readonly items: ReadonlyArray<A>
  /** Gives the next page; undefined on the last one. */
  readonly cursor: string | undefined
}

/** How many findings match a query and what they save, overlapping claims and commitments included. */
export interface Tally {
  readonly findings: number
  readonly monthlyUsd: number
  /** False where the count was ended by its bound: there are more. */
  readonly whole: boolean
}

/** What a probe told about one resource, as it is remembered from night to night. */
export interface RememberedAnswer {
  readonly key: string
  /** What makes the resource this one and no other: an answer about another identity under the same key is not used. */
  readonly identity: string
  /** ISO instant of the start of the run that asked AWS. */
  readonly askedAt: string
  /** Plain JSON. */
  readonly value: unknown
}

/** Tags that say who owns a resource, in the order in which they are looked for where none are configured. */
const ownerTagKeys = ["owner", "Owner", "team", "Team"] as const

/** The value of the first of these tags that has one; an empty value names nobody. */
export const ownerIn = (tags: Finding["resource"]["tags"], keys: ReadonlyArray<string>): string | undefined =>
  keys
    .map((key) => (Object.hasOwn(tags, key) ? tags[key] : undefined))
    .find((value) => value !== undefined && value !== "")

/** Undefined where no tag names an owner. */
export const ownerOf = ({ resource: { owner, tags } }: Pick<Finding, "resource">): string | undefined =>
  owner === undefined ? ownerIn(tags, ownerTagKeys) : owner === "" ? undefined : owner

export class Store extends Context.Service<
  Store,
  {
    /** Writes a run, or writes it again. */
    readonly putRun: (run: Run) => Effect.Effect<void, StoreError>
    readonly run: (id: string) => Effect.Effect<Run | undefined, StoreError>
    /** Newest first. */
    readonly runs: (limit: number, cursor?: string) => Effect.Effect<Page<Run>, StoreError>

    /**
     * Writes what a run did in a scope. The outcomes become the scope's latest, one per scan, except where the store has one
     * with a later `asOf`: an older run never overwrites a newer one. Those of a record that is `apart` do not.
     */
    readonly putScope: (record: ScopeRecord) => Effect.Effect<void, StoreError>
    readonly scopeRecord: (runId: string, scope: Scope) => Effect.Effect<ScopeRecord | undefined, StoreError>
    /** All scopes of an account in a run. */
    readonly scopeRecords: (runId: string, account: string) => Effect.Effect<ReadonlyArray<ScopeRecord>, StoreError>
    readonly putAccountSummary: (summary: AccountSummary) => Effect.Effect<void, StoreError>
    /** The summaries of the accounts that are settled in a run, or of these of them. */
    readonly accountSummaries: (
      runId: string,
      accounts?: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<AccountSummary>, StoreError>
    /**
     * The latest outcome of every scan in a scope, or of these scans, from whichever run: what an answer's freshness rests on.
     * Sorted by scan.
     */
    readonly latestOutcomes: (
      scope: Scope,
      scans?: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<Outcome>, StoreError>
    /** The regions of an account (with `global` and `global/payer`) that ever had an outcome, sorted. */
    readonly regionsOf: (account: string) => Effect.Effect<ReadonlyArray<string>, StoreError>

    /** Every finding that a scan ever had in a scope and that is still kept, open and resolved; or only those of these ids. */
    readonly findingsIn: (
      scope: Scope,
      scan: string,
      ids?: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<Finding>, StoreError>
    /** The ids of a scan's findings in a scope that are not resolved: enough to know which of them a night did not show. */
    readonly openIds: (scope: Scope, scan: string) => Effect.Effect<ReadonlyArray<string>, StoreError>
    /**
     * Writes findings with the events of their history. Writing a transition twice is writing it once. `read` are findings that transitions
     * were made of: of those that somebody else has written since nothing is written, and their ids are answered.
     */
    readonly writeTransitions: (
      transitions: ReadonlyArray<Transition>,
      read?: ReadonlyArray<Finding>
    ) => Effect.Effect<ReadonlyArray<string>, StoreError>
    /** Says for findings whether they count, and nothing else about them. */
    readonly setCounted: (
      counted: ReadonlyArray<{
        readonly finding: Pick<Finding, "id" | "scan" | "scope"> & { readonly savings: Pick<Savings, "counted"> | null }
        readonly counted: boolean
      }>
    ) => Effect.Effect<void, StoreError>
    readonly finding: (id: string) => Effect.Effect<Finding | undefined, StoreError>
    /**
     * Findings whose id begins with the text, of which at least four characters are given, or whose resource has it as its ARN
     * or its id; at most `limit`, open ones first.
     */
    readonly findingsNamed: (text: string, limit: number) => Effect.Effect<ReadonlyArray<Finding>, StoreError>
    /** Findings of an account about a resource with one of these ARNs, or whose claim covers it, open ones first. */
    readonly findingsClaiming: (
      account: string,
      arns: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<Finding>, StoreError>
    /** The life of a finding, oldest first. */
    readonly history: (id: string) => Effect.Effect<ReadonlyArray<FindingEvent>, StoreError>
    readonly findings: (query: FindingQuery) => Effect.Effect<Page<Finding>, StoreError>
    /** Counts what a query matches without reading a finding, up to about `atMost` findings looked at. */
    readonly tally: (query: Omit<FindingQuery, "limit" | "cursor">, atMost: number) => Effect.Effect<Tally, StoreError>
    /** What a run changed, by finding id and time, in pages of at most `limit`. */
    readonly runEvents: (runId: string, limit: number, cursor?: string) => Effect.Effect<Page<FindingEvent>, StoreError>
    /** Accounts that have findings that are not resolved. */
    readonly accountsWithFindings: Effect.Effect<ReadonlyArray<string>, StoreError>

    readonly putReport: (report: StoredReport) => Effect.Effect<void, StoreError>
    /** The newest report of a scan in each scope, or in the scope given. */
    readonly reports: (scan: string, scope?: Scope) => Effect.Effect<ReadonlyArray<StoredReport>, StoreError>

    readonly putTrend: (points: ReadonlyArray<TrendPoint>) => Effect.Effect<void, StoreError>
    /** Points of an account (or `all`) from a day on, oldest first; 13 months are kept. */
    readonly trend: (account: string, fromDay: string) => Effect.Effect<ReadonlyArray<TrendPoint>, StoreError>

    /** Writes the totals of accounts; `all` is the account of the organisation's own. A rollup with a later `asOf` stays. */
    readonly putRollups: (rollups: ReadonlyArray<Rollup>) => Effect.Effect<void, StoreError>
    /** The newest rollup of each of these accounts, or of every account but `all`; with its cells only where asked for. */
    readonly rollups: (
      accounts?: ReadonlyArray<string>,
      options?: { readonly cells: boolean }
    ) => Effect.Effect<ReadonlyArray<Rollup>, StoreError>

    /** What a probe is remembered to have told of these keys in a scope. */
    readonly remembered: (
      scope: Scope,
      probe: string,
      keys: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<RememberedAnswer>, StoreError>
    readonly remember: (
      scope: Scope,
      probe: string,
      answers: ReadonlyArray<RememberedAnswer>
    ) => Effect.Effect<void, StoreError>

    /**
     * Takes a lease on a name in one step, or renews it for the same holder. Answers who has it: the holder given, or another
     * one whose lease has not run out.
     */
    readonly lease: (name: string, holder: string, until: Date) => Effect.Effect<string, StoreError>
    /** Gives a lease back; does nothing where another holder has it. */
    readonly release: (name: string, holder: string) => Effect.Effect<void, StoreError>

    /** Adds to what a run has spent and answers true, unless that would pass the cap: then it adds nothing. */
    readonly spend: (runId: string, usd: number, capUsd: number) => Effect.Effect<boolean, StoreError>

    /** Keeps a JSON value until it expires. */
    readonly cache: (key: string, value: unknown, expires: Date) => Effect.Effect<void, StoreError>
    /** The value, or undefined when there is none or it has expired. */
    readonly cached: (key: string) => Effect.Effect<any, StoreError>
  }
>()("nightaudit/core/store/Store") {}
