/** What runs changed about the sums that people are shown: "new" is what is in them, and what is in no sum is counted beside it. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { isByConfiguration, isByTags } from "../core/config/suppressions.ts"
import type { Finding } from "../core/finding/Finding.ts"
import { count, signed, usd } from "../core/format.ts"
import {
  type Amount,
  type Beside,
  besideText,
  type ChangesInSums,
  type Ended,
  endedText,
  noAmount,
  noBeside,
  plus,
  type SetAsideBy
} from "../core/run/Changes.ts"
import type { Sums } from "../core/run/Rollup.ts"
import type { Run } from "../core/run/Run.ts"
import type { Store, StoreError } from "../core/store/Store.ts"
import { changedFindings } from "./changedFindings.ts"
import { type Change, changeSums, type ChangeTotals } from "./compareRuns.ts"
import { type Span, spanOf } from "./span.ts"

export interface SumChanges {
  /**
   * Findings that are money, and how much of it is in the sums: a finding whose money another one counts has none. The same findings and
   * amounts as those of the totals.
   */
  readonly totals: ChangeTotals
  readonly beside: Beside
  /** What of the totals ended without a saving, by the reason. */
  readonly ended: ReadonlyArray<Ended>
  /** What was set aside, snoozed or suppressed, by people; the rest of it by the configuration, or by tags. */
  readonly byPeople: Amount
}

/** Whether a finding's money is in the sums, or was until it ended. Of what is set aside since nobody remembers, and it is what was claimed. */
const isInSums = ({ resolved, savings, status }: Finding): boolean =>
  status === "snoozed" ||
  status === "suppressed" ||
  (resolved === null ? savings?.counted === true : resolved.counted === true)

/** Adds up changes and what they do to the sums; `finding` is as it is now, null where it is no longer kept. */
export const sumChangesOf = () => {
  const sums = changeSums()
  const beside = { ...noBeside }
  let byPeople = noAmount
  return {
    add: (change: Change, finding: Finding | null): void => {
      // Whatever became of what was set aside before and after, it was in no sum.
      if (change.isAside) return
      const isCounted = finding !== null && isInSums(finding)
      const counted = {
        ...change,
        beforeUsd: (change.wasCounted ?? isCounted) ? change.beforeUsd : 0,
        afterUsd: isCounted ? change.afterUsd : 0
      }
      if (change.kind === "money" && finding?.savings?.claim !== "commitment") {
        sums.add(counted)
        const isSetAside = change.types.includes("snoozed") || change.types.includes("suppressed")
        if (isSetAside && (finding === null || (!isByConfiguration(finding) && !isByTags(finding)))) {
          byPeople = plus(byPeople, { findings: 1, monthlyUsd: counted.beforeUsd })
        }
        return
      }
      for (const type of change.types) {
        beside[type === "opened" || type === "resolved" || type === "reopened" ? type : "others"] += 1
      }
    },
    answer: (): SumChanges => ({ totals: sums.totals(), beside, ended: sums.ended(), byPeople })
  }
}

/**
 * A run that opened all that is open: its totals are what is new, and no finding has to be read for it, of which a first night may have
 * opened a hundred thousand. Undefined for any other.
 */
export const allNew = (
  { open, summary }: Run,
  now?: Pick<Sums, "confirmed" | "unconfirmed">
): SumChanges | undefined => {
  if (summary === null) return undefined
  const { commitments, hygiene, notices } = summary.totals
  // Somebody may have set aside a part of it since.
  const { confirmed, unconfirmed } = now ?? open ?? summary.totals
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
  ended: [],
  byPeople: noAmount
})

/** The larger saving first, then by id. */
export const largestFirst = (a: Finding, b: Finding): number =>
  (b.savings?.monthlyUsd ?? 0) - (a.savings?.monthlyUsd ?? 0) || (a.id < b.id ? -1 : 1)

/** What was open when a night ended: findings that are money, and how much of it is in the sums. Null where that is not known. */
export const openOf = (night: Run | undefined): Amount | null => {
  const sums = night?.open ?? night?.summary?.totals
  return sums === undefined ? null : plus(sums.confirmed, sums.unconfirmed)
}

const minus = (a: Amount, b: Amount): Amount => plus(a, { findings: -b.findings, monthlyUsd: -b.monthlyUsd })

/** What was set aside, by people, and by the configuration or tags. */
export const setAsideOf = ({ byPeople, totals }: Pick<SumChanges, "byPeople" | "totals">): SetAsideBy => ({
  byPeople,
  byRules: minus(plus(totals.snoozed, totals.suppressed), byPeople)
})

/** What changes come to: what is open after them, less what was before. */
export const netOfChanges = ({ totals }: Pick<SumChanges, "totals">): Amount => {
  const { changed, ended, opened, reopened, resolved, snoozed, suppressed } = totals
  const come = [opened, reopened, { findings: 0, monthlyUsd: changed.monthlyUsd }].reduce(plus)
  return [resolved, ended, snoozed, suppressed].reduce(minus, come)
}

/**
 * What moved the sums besides what became of findings: where several claim the same money, another one counts once one of them ends or is set
 * aside, and a finding may become one that is in no sum. Null where it is not known what the sums were.
 */
export const otherClaimsOf = (
  before: Amount | null,
  after: Amount | null,
  changes: Pick<SumChanges, "totals">
): Amount | null => (before === null || after === null ? null : minus(minus(after, before), netOfChanges(changes)))

/** What changed about the sums in a span that ends with `run`. Every change is read once, with its finding. */
export const sumChanges = Effect.fn("query.sumChanges")(function* (
  run: Run,
  span: Span,
  now?: Pick<Sums, "confirmed" | "unconfirmed">
): Effect.fn.Return<SumChanges, StoreError, Store> {
  const whole = span.parts.length === 1 ? allNew(run, now) : undefined
  if (whole !== undefined) return whole
  const sums = sumChangesOf()
  yield* Stream.runForEach(changedFindings(span, {}), ({ finding, ...change }) =>
    Effect.sync(() => sums.add(change, finding))
  )
  return sums.answer()
})

/** What changed, and what moved the sums besides it. */
export interface SumsSince extends SumChanges {
  readonly otherClaims: Amount | null
}

/** What people are told that a run changed: of a whole audit all that happened since the night before, by anybody. */
export const sumsSince = Effect.fn("query.sumsSince")(function* (
  run: Run
): Effect.fn.Return<SumsSince, StoreError, Store> {
  const { before, span } = yield* spanOf(run)
  const changes = yield* sumChanges(run, span)
  return { ...changes, otherClaims: otherClaimsOf(openOf(before), openOf(run), changes) }
})

/** The same as events and JSON have it. */
export const inSums = ({ beside, byPeople, ended, otherClaims, totals }: SumsSince): ChangesInSums => {
  const { ended: _, ...amounts } = totals
  return {
    ...amounts,
    ...(ended.length === 0
      ? {}
      : { ended: Object.fromEntries(ended.map(({ reason, ...amount }) => [reason, amount])) }),
    setAsideByPeople: byPeople,
    ...(otherClaims === null ? {} : { otherClaims }),
    beside
  }
}

/** `claims on the same money that count instead, or no longer: +$2.00 a month`; empty where nothing does. */
export const otherClaimsText = (amount: Amount | null): string =>
  amount === null || amount.monthlyUsd === 0
    ? ""
    : `claims on the same money that count instead, or no longer: ${signed(amount.monthlyUsd)} a month`

const changeText = ({ findings, monthlyUsd }: Amount, what: string): string =>
  `${count(findings)} ${what}${monthlyUsd === 0 ? "" : ` (${usd(monthlyUsd)} a month)`}`

/**
 * `2 new ($12.00 a month), 0 changed, 1 confirmed ($3.00 a month), 0 resolved, 0 reopened; in no sum, as hygiene, notices or commitments: 4 new.`
 * The numbers and amounts are of what is in the totals.
 */
export const changesLine = ({ beside, byPeople, ended, otherClaims, totals }: SumsSince): string => {
  const { changed, confirmed, opened, reopened, resolved, snoozed, suppressed } = totals
  const outside = besideText(beside)
  const { byRules } = setAsideOf({ byPeople, totals })
  const other = otherClaimsText(otherClaims)
  return [opened, changed, confirmed, resolved, reopened, snoozed, suppressed].every(
    ({ findings }) => findings === 0
  ) &&
    ended.length === 0 &&
    outside === "" &&
    other === ""
    ? "Nothing changed since the last run."
    : `${[
        changeText(opened, "new"),
        changeText(changed, "changed"),
        changeText(confirmed, "confirmed"),
        changeText(resolved, "resolved"),
        changeText(reopened, "reopened"),
        ...(byPeople.findings === 0 ? [] : [changeText(byPeople, "set aside by people")]),
        ...(byRules.findings === 0 ? [] : [changeText(byRules, "set aside by the configuration or tags")]),
        ...(ended.length === 0 ? [] : [endedText(ended)])
      ].join(
        ", "
      )}${other === "" ? "" : `; ${other}`}${outside === "" ? "" : `; in no sum, as hygiene, notices or commitments: ${outside}`}.`
}
