/**
 * What the page carries. Three parts, so that a hundred thousand findings stay usable: a summary that draws the first screen,
 * the findings by column for the table, and chunks of details that are unpacked when one of them is explained.
 */
import type { Amount, Beside, Ended, SetAsideBy } from "../core/run/Changes.ts"
import type { Confidence, Finding, SavingsBasis, SavingsSource, Severity } from "../core/finding/Finding.ts"
import type { OutcomeReason } from "../core/run/Outcome.ts"
import type { Report } from "../core/run/Report.ts"
import type { Realised } from "../core/run/realised.ts"
import type { ReportPlace } from "../core/run/ReportShelf.ts"
import type { Run, RunCost } from "../core/run/Run.ts"

/** What a finding is to the sums. *Aside* is what a person has snoozed or suppressed. */
export const standings = ["confirmed", "unconfirmed", "commitment", "hygiene", "notice", "aside"] as const
export type Standing = (typeof standings)[number]

/** What waste is broken down by, and findings are filtered and grouped by. */
export const facets = ["category", "account", "region", "service", "owner", "scan"] as const
export type Facet = (typeof facets)[number]

/** What a column of the table holds few different values of: kept once, and named by their place. */
export const listed = [...facets, "severity", "reason", "basis"] as const
export type Listed = (typeof listed)[number]

/** Money of one value of a facet, in cents a month. Only claims that count are in it. */
export interface BreakdownRow {
  readonly value: string
  readonly confirmed: number
  readonly unconfirmed: number
  readonly findings: number
}

/** A finding as the first screen and paper show it. */
export interface FirstRow {
  /** Its place in the columns. */
  readonly at: number
  readonly scan: string
  readonly reason: string
  readonly name: string
  readonly account: string
  readonly region: string
  readonly owner: string
  readonly cents: number
  readonly basis: SavingsBasis
  readonly standing: Standing
}

export interface Gap {
  readonly message: string
  /** What a person can do about it. */
  readonly help: string
  readonly code: OutcomeReason["code"]
  /** The calls that failed, as `ec2:DescribeVolumes`. */
  readonly operations: ReadonlyArray<string>
  readonly outcomes: number
  readonly accounts: ReadonlyArray<string>
  readonly moreAccounts: number
  readonly regions: ReadonlyArray<string>
  readonly scans: number
}

/** Outcomes of one category in one account. What does not apply there is in none: three zeros where nothing does. */
export type MatrixCell = readonly [complete: number, partial: number, unavailable: number]

/** A table that scans made: one of a place, or the same one of several places together, which its first columns then name. */
export interface PageReport extends Pick<Report, "title" | "columns" | "rows" | "notes"> {
  readonly scan: string
  /** Null where it is of several places. */
  readonly account: string | null
  readonly moreRows: number
}

/** A point of the trend, a month or a day, in USD a month; null where no run was. */
export interface TrendBar {
  readonly label: string
  readonly confirmed: number | null
  readonly unconfirmed: number | null
}

export interface ScanText {
  readonly title: string
  readonly category: string
  readonly why: string
  readonly fix: string
  /** A page of the AWS documentation; empty where it is none. */
  readonly docs: string
  readonly reasons: Readonly<Record<string, string>>
}

export interface Summary {
  readonly run: Pick<Run, "id" | "status" | "trigger" | "startedAt" | "finishedAt">
  /** The link that a page in the bucket is passed on by: the address that it is opened at is signed for hours. Null for a file. */
  readonly opens: ReportPlace | null
  /** What a reader must know before any number: a night that failed or was cut off. Null where all is well. */
  readonly warning: string | null
  /** Findings and what they save; of waste the claims that count, and of what is set aside the largest claim on a resource. */
  readonly standings: Readonly<Record<Standing, Amount>>
  /** Waste that another finding on the same resource has already. */
  readonly overlapping: Amount
  /** Waste of which nobody has settled yet whether it or another claim on the resource counts: what a night has found that is not at its end. */
  readonly unsettled: Amount
  /** The confirmed sum, by how far its amounts can be trusted. */
  readonly basis: Readonly<Record<SavingsBasis, number>>
  /** What changed since the night before, as digests say it, up to now: whatever a run or a person did; null where nothing was compared. */
  readonly changes: {
    /** Findings that are money, and how much of it is in the sums. */
    readonly totals: Readonly<Record<"opened" | "reopened" | "changed" | "confirmed" | "resolved", Amount>>
    /** What of it was set aside, by people and otherwise. */
    readonly setAside: SetAsideBy
    /** What moved the sums besides: claims on the same money that count instead, or no longer; null where that is not known. */
    readonly otherClaims: Amount | null
    /** Findings that are in no sum. */
    readonly beside: Beside
    readonly ended: ReadonlyArray<Ended>
  } | null
  /** What the amounts are at, in a sentence. */
  readonly pricing: string
  /** That part of the sums is above what was billed, in a sentence; null where it is not known to be. */
  readonly aboveBill: string | null
  /** Whether there was no night before. */
  readonly isFirstNight: boolean
  /** What AWS billed in the month that was read; null where it was not read of every payer, or for another time than one month. */
  readonly bill: { readonly month: string; readonly usd: number } | null
  readonly by: Readonly<Record<Facet, ReadonlyArray<BreakdownRow>>>
  /** Values of a facet that `by` leaves out. */
  readonly moreBy: Readonly<Record<Facet, number>>
  readonly first: ReadonlyArray<FirstRow>
  /** The largest of what was over and came back since the night before. */
  readonly cameBack: ReadonlyArray<Omit<FirstRow, "at"> & { readonly id: string }>
  readonly trend: ReadonlyArray<TrendBar>
  /** What the bill shows of findings that ended: every month, and the newest groups. Null where nothing was compared. */
  readonly realised: (Pick<Realised, "months" | "groups"> & { readonly moreGroups: number }) | null
  readonly coverage: {
    readonly expected: number
    readonly complete: number
    readonly partial: number
    readonly unavailable: number
    readonly notApplicable: number
    readonly gaps: ReadonlyArray<Gap>
    readonly matrix: ReadonlyArray<{ readonly account: string; readonly cells: Readonly<Record<string, MatrixCell>> }>
    /** Accounts that the matrix leaves out. */
    readonly moreAccounts: number
  }
  readonly hygiene: ReadonlyArray<{
    readonly scan: string
    readonly reason: string
    readonly severity: Severity
    readonly findings: number
  }>
  readonly notices: ReadonlyArray<{
    readonly at: number
    readonly scan: string
    readonly name: string
    readonly reason: string
    readonly severity: Severity
  }>
  readonly reports: ReadonlyArray<PageReport>
  /** Tables of days that are left out, where many accounts have one. */
  readonly moreReports: number
  readonly cost: RunCost | null
  readonly scans: Readonly<Record<string, ScanText>>
  /** Names by id; accounts without a name are left out. */
  readonly accountNames: Readonly<Record<string, string>>
  /** What is called otherwise than AWS does, such as the region of global services. */
  readonly regionNames: Readonly<Record<string, string>>
  /** Open findings, and those that a person has set aside. */
  readonly findings: number
  /** The smallest findings, of which nothing or only a row is in the page because it would be too large. */
  readonly leftOut: { readonly rows: number; readonly details: number }
  readonly chunkSize: number
}

/** Whether a saving is in the sum of its standing; *unsettled* is what no claim on the resource has been chosen of yet. */
export const [isUncounted, isCounted, isUnsettled] = [0, 1, 2]

/** Findings by column, the largest saving first. */
export interface Rows {
  readonly n: number
  readonly values: Readonly<Record<Listed, ReadonlyArray<string>>>
  /** For each finding the place of its value. */
  readonly at: Readonly<Record<Listed, ReadonlyArray<number>>>
  readonly standing: ReadonlyArray<number>
  /** `isCounted`, `isUncounted` or `isUnsettled`. */
  readonly counts: ReadonlyArray<number>
  readonly cents: ReadonlyArray<number>
  /** Days since 1970. */
  readonly since: ReadonlyArray<number>
  readonly id: ReadonlyArray<string>
  readonly name: ReadonlyArray<string>
  readonly resource: ReadonlyArray<string>
  /** Pairs of a finding whose money is counted elsewhere, and the one that counts it. */
  readonly overlaps: ReadonlyArray<readonly [number, number]>
}

/** One line of a sum. */
export interface DetailTerm {
  readonly label: string
  readonly quantity: number
  readonly unit: string
  readonly usd: number | null
  readonly per: string
  readonly monthlyUsd: number | null
  readonly source: string
  /** What is wrong with the price; empty where it is good. */
  readonly caveat: string
}

/** What only the drawer shows of a finding. */
export interface Detail {
  readonly arn: string
  readonly type: string
  readonly createdAt: string | null
  readonly tags: Readonly<Record<string, string>>
  readonly reasons: ReadonlyArray<string>
  readonly confidence: Confidence
  readonly source: SavingsSource | null
  readonly claim: string | null
  readonly terms: ReadonlyArray<DetailTerm>
  readonly note: string
  readonly evidence: Finding["evidence"]
  /** Oldest first. */
  readonly history: ReadonlyArray<{ readonly at: string; readonly what: string; readonly detail: string }>
}
