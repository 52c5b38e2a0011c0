/** What runs changed about the sums that people are shown: "new" is what is in them, and what is in no sum is counted beside it. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Finding } from "../core/finding/Finding.ts"
import { type Beside, type Ended, noBeside, plus } from "../core/run/Changes.ts"
import type { Run } from "../core/run/Run.ts"
import type { Store, StoreError } from "../core/store/Store.ts"
import { changedFindings } from "./changedFindings.ts"
import { type Change, changeSums, type ChangeTotals, type ChangeType } from "./compareRuns.ts"
import { keepFirst } from "./largestChanges.ts"

export interface SumChanges {
  /**
   * Findings that are money, and how much of it is in the sums: a finding whose money another one counts has none. The same findings and
   * amounts as those of the totals.
   */
  readonly totals: ChangeTotals
  readonly beside: Beside
  /** What of both ended without a saving, by the reason. */
  readonly ended: ReadonlyArray<Ended>
}

/** Whether a finding's money is in the sums, or was until it ended. Of what is set aside nobody remembers, and it is what was claimed. */
const isInSums = ({ resolved, savings, status }: Finding): boolean =>
  status === "snoozed" ||
  status === "suppressed" ||
  (resolved === null ? savings?.counted === true : resolved.counted === true)

/** Adds up changes and what they do to the sums; `finding` is as it is now, null where it is no longer kept. */
export const sumChangesOf = () => {
  const sums = changeSums()
  const ended = changeSums()
  const beside = { ...noBeside }
  return {
    add: (change: Change, finding: Finding | null): void => {
      const counted = finding !== null && isInSums(finding) ? change : { ...change, beforeUsd: 0, afterUsd: 0 }
      ended.add(counted)
      if (change.kind === "money" && finding?.savings?.claim !== "commitment") return sums.add(counted)
      for (const type of change.types) {
        beside[type === "opened" || type === "resolved" || type === "reopened" ? type : "others"] += 1
      }
    },
    answer: (): SumChanges => ({ totals: sums.totals(), beside, ended: ended.ended() })
  }
}

/**
 * A run that opened all that is open: its totals are what is new, and no finding has to be read for it, of which a first night may have
 * opened a hundred thousand. Undefined for any other.
 */
const allNew = ({ summary }: Run): SumChanges | undefined => {
  if (summary === null) return undefined
  const { commitments, confirmed, hygiene, notices, unconfirmed } = summary.totals
  const { ended, opened: allOpened, ...others } = summary.changes
  if (ended !== undefined || Object.values(others).some(({ findings }) => findings > 0)) return undefined
  const outside = Object.values(hygiene).reduce((sum, findings) => sum + findings, notices + commitments.findings)
  const opened = plus(confirmed, unconfirmed)
  if (allOpened.findings !== opened.findings + outside) return undefined
  return { totals: { ...changeSums().totals(), opened }, beside: { ...noBeside, opened: outside }, ended: [] }
}

/** The larger saving first, then by id. */
export const largestFirst = (a: Finding, b: Finding): number =>
  (b.savings?.monthlyUsd ?? 0) - (a.savings?.monthlyUsd ?? 0) || (a.id < b.id ? -1 : 1)

/** The largest of what changed in some ways and counts, by the way. */
export type LargestCounted = ReadonlyMap<ChangeType, ReadonlyArray<Finding>>

/**
 * What some runs changed, of which `run` is the newest, with the largest findings of some types that count. Every change is read once; a
 * claim that another one on the same resource outdoes is named nowhere, however large it is.
 */
export const sumChanges = Effect.fn("query.sumChanges")(function* (
  run: Run,
  runIds: ReadonlyArray<string>,
  named: { readonly types: ReadonlyArray<ChangeType>; readonly most: number } = { types: [], most: 0 }
): Effect.fn.Return<SumChanges & { readonly largest: LargestCounted }, StoreError, Store> {
  const whole = runIds.length === 1 && named.most === 0 ? allNew(run) : undefined
  if (whole !== undefined) return { ...whole, largest: new Map() }
  const sums = sumChangesOf()
  const largest = new Map(named.types.map((type) => [type, keepFirst(named.most, largestFirst)]))
  yield* Stream.runForEach(changedFindings(runIds, {}), ({ finding, ...change }) =>
    Effect.sync(() => {
      sums.add(change, finding)
      if (finding?.savings?.counted !== true) return
      for (const type of change.types) largest.get(type)?.add(finding)
    })
  )
  return { ...sums.answer(), largest: new Map([...largest].map(([type, kept]) => [type, kept.first()])) }
})
