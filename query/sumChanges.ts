/** What runs changed about the sums that people are shown: "new" is what is in them, and what is in no sum is counted beside it. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Finding } from "../core/finding/Finding.ts"
import { count, usd } from "../core/format.ts"
import {
  type Amount,
  type Beside,
  besideText,
  type ChangesInSums,
  type Ended,
  endedText,
  noBeside,
  plus
} from "../core/run/Changes.ts"
import type { Sums } from "../core/run/Rollup.ts"
import type { Run } from "../core/run/Run.ts"
import type { Store, StoreError } from "../core/store/Store.ts"
import { changedFindings } from "./changedFindings.ts"
import { type Change, changeSums, type ChangeTotals } from "./compareRuns.ts"

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
export const allNew = ({ summary }: Run): SumChanges | undefined => {
  if (summary === null) return undefined
  const { commitments, confirmed, hygiene, notices, unconfirmed } = summary.totals
  const { ended, opened: allOpened, ...others } = summary.changes
  if (ended !== undefined || Object.values(others).some(({ findings }) => findings > 0)) return undefined
  const sums = newSums({
    confirmed,
    unconfirmed,
    commitments,
    hygiene: Object.values(hygiene).reduce((sum, findings) => sum + findings, 0),
    notices
  })
  return allOpened.findings === sums.totals.opened.findings + sums.beside.opened ? sums : undefined
}

/** What some totals changed where all that is in them is new. */
export const newSums = ({
  commitments,
  confirmed,
  hygiene,
  notices,
  unconfirmed
}: Pick<Sums, "commitments" | "confirmed" | "hygiene" | "notices" | "unconfirmed">): SumChanges => ({
  totals: { ...changeSums().totals(), opened: plus(confirmed, unconfirmed) },
  beside: { ...noBeside, opened: hygiene + notices + commitments.findings },
  ended: []
})

/** The larger saving first, then by id. */
export const largestFirst = (a: Finding, b: Finding): number =>
  (b.savings?.monthlyUsd ?? 0) - (a.savings?.monthlyUsd ?? 0) || (a.id < b.id ? -1 : 1)

/** What some runs changed about the sums, of which `run` is the newest. Every change is read once, with its finding. */
export const sumChanges = Effect.fn("query.sumChanges")(function* (
  run: Run,
  runIds: ReadonlyArray<string>
): Effect.fn.Return<SumChanges, StoreError, Store> {
  const whole = runIds.length === 1 ? allNew(run) : undefined
  if (whole !== undefined) return whole
  const sums = sumChangesOf()
  yield* Stream.runForEach(changedFindings(runIds, {}), ({ finding, ...change }) =>
    Effect.sync(() => sums.add(change, finding))
  )
  return sums.answer()
})

/** The same as events and JSON have it. */
export const inSums = ({ beside, ended, totals }: SumChanges): ChangesInSums => {
  const { ended: _, ...amounts } = totals
  return {
    ...amounts,
    ...(ended.length === 0
      ? {}
      : { ended: Object.fromEntries(ended.map(({ reason, ...amount }) => [reason, amount])) }),
    beside
  }
}

const changeText = ({ findings, monthlyUsd }: Amount, what: string): string =>
  `${count(findings)} ${what}${monthlyUsd === 0 ? "" : ` (${usd(monthlyUsd)} a month)`}`

/**
 * `2 new ($12.00 a month), 0 changed, 1 confirmed ($3.00 a month), 0 resolved, 0 reopened; in no sum, as hygiene, notices or commitments: 4 new.`
 * The numbers and amounts are of what is in the totals.
 */
export const changesLine = ({ beside, ended, totals }: SumChanges): string => {
  const { changed, confirmed, opened, reopened, resolved } = totals
  const outside = besideText(beside)
  return [opened, changed, confirmed, resolved, reopened].every(({ findings }) => findings === 0) &&
    ended.length === 0 &&
    outside === ""
    ? "Nothing changed since the last run."
    : `${[
        changeText(opened, "new"),
        changeText(changed, "changed"),
        changeText(confirmed, "confirmed"),
        changeText(resolved, "resolved"),
        changeText(reopened, "reopened"),
        ...(ended.length === 0 ? [] : [endedText(ended)])
      ].join(", ")}${outside === "" ? "" : `; in no sum, as hygiene, notices or commitments: ${outside}`}.`
}
