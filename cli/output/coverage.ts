/** Coverage in words: how much was seen, and every gap by its name. */
import { regionText } from "../../core/Scope.ts"
import type { Outcome } from "../../core/run/Outcome.ts"
import type { Coverage, Run } from "../../core/run/Run.ts"
import { gapsTogether } from "../../core/run/totals.ts"
import { count, listed, plural } from "../../core/format.ts"

/** Whether every scan saw all that it was to see. What does not apply to a scope is no gap. */
export const isFull = ({ partial, unavailable }: Coverage): boolean => partial + unavailable === 0

/** `300 of 312 outcomes complete (96.2%), 4 partial, 8 unavailable` */
export const coverageLine = ({ complete, expected, notApplicable, partial, unavailable }: Coverage): string => {
  const applicable = expected - notApplicable
  const apart = notApplicable === 0 ? "" : `, ${count(notApplicable)} not applicable`
  // Seeing all of nothing is no success.
  if (applicable === 0) return `nothing was scanned: 0 outcomes${apart}`
  const share = (complete / applicable) * 100
  // What is rounded up to 100% hides a gap.
  const percent = (share < 100 ? Math.min(share, 99.9) : share).toFixed(1)
  return (
    `${count(complete)} of ${plural(applicable, "outcome")} complete (${percent}%), ${count(partial)} partial, ` +
    `${count(unavailable)} unavailable${apart}`
  )
}

type Gap = Coverage["gaps"][number]

const accountsOf = ({ accounts, moreAccounts }: Gap): string => {
  const many = accounts.length + moreAccounts
  return many === 1 ? `account ${accounts[0]}` : `${count(many)} accounts: ${listed(accounts, 4, moreAccounts)}`
}

/** One line per gap: why, and what was not seen. */
export const gapLines = ({ gaps }: Pick<Coverage, "gaps">): ReadonlyArray<string> =>
  gapsTogether(gaps).map((gap) => {
    const { outcomes, reason, regions, scans } = gap
    const { code, message, operations = [] } = reason
    return (
      `${operations.length === 0 ? "" : `${listed(operations.toSorted(), 3)}: `}${message} (${code}; ` +
      `${plural(outcomes, "outcome")}; ${accountsOf(gap)}; ${listed(regions.map(regionText))}; ` +
      `${scans.length > 2 ? plural(scans.length, "scan") : listed(scans)})`
    )
  })

/** Why the scans of the payer saw nothing or too little, with what mends it; undefined where nothing is in the way. */
export const payerLine = ({ plan: { payerGap } }: Pick<Run, "plan">): string | undefined =>
  payerGap === null ? undefined : `Billing data: ${payerGap.message} (${payerGap.code}).`

/**
 * Resources of an outcome that could not be judged, one line for each reason:
 * `vol-1 and vol-2 (find_unused_volumes, 111111111111/eu-west-1): their metrics are not known`
 */
export const unjudgedLines = ({
  account,
  region,
  scan,
  unjudged
}: Pick<Outcome, "account" | "region" | "scan" | "unjudged">): ReadonlyArray<string> => {
  // What is too young is judged when its time has come; what is not known may stay so.
  const unknown = unjudged.filter(({ state }) => state === "unknown")
  return [...Map.groupBy(unknown, ({ why }) => why)].map(
    ([why, same]) =>
      `${listed(
        same.map(({ resource }) => resource),
        6
      )} (${scan}, ${account}/${region}): ${why}`
  )
}
