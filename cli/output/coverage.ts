/** Coverage in words: how much was seen, and every gap by its name. */
import { everyRegion, globalRegion, payerRegion } from "../../core/Scope.ts"
import type { Coverage } from "../../core/store/Run.ts"
import { count, listed, plural } from "./format.ts"

/** Whether every scan saw all that it was to see. What does not apply to a scope is no gap. */
export const isFull = ({ partial, unavailable }: Coverage): boolean => partial + unavailable === 0

/** `300 of 312 outcomes are complete (96.2%), 4 partial, 8 unavailable` */
export const coverageLine = ({ complete, expected, notApplicable, partial, unavailable }: Coverage): string => {
  const applicable = expected - notApplicable
  const share = applicable === 0 ? 100 : (complete / applicable) * 100
  // What is rounded up to 100% hides a gap.
  const percent = (share < 100 ? Math.min(share, 99.9) : share).toFixed(1)
  return (
    `${count(complete)} of ${plural(applicable, "outcome")} complete (${percent}%), ${count(partial)} partial, ` +
    `${count(unavailable)} unavailable${notApplicable === 0 ? "" : `, ${count(notApplicable)} not applicable`}`
  )
}

const regionNames: Record<string, string> = {
  [everyRegion]: "every region",
  [globalRegion]: "global services",
  [payerRegion]: "billing data"
}

/** One line per gap: why, and what was not seen. */
export const gapLines = ({ gaps }: Coverage): ReadonlyArray<string> =>
  gaps.map(
    ({ accounts, outcomes, reason, regions, scans }) =>
      `${reason.message} (${reason.code}; ${plural(outcomes, "outcome")}: ${plural(accounts.length, "account")} ${listed(accounts)}, ` +
      `${listed(regions.map((region) => regionNames[region] ?? region))}, ` +
      `${scans.length > 2 ? plural(scans.length, "scan") : listed(scans)})`
  )
