/** Coverage in words: how much was seen, and every gap by its name. */
import { everyRegion, globalRegion, payerRegion } from "../../core/Scope.ts"
import type { Coverage } from "../../core/run/Run.ts"
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

/** `ec2:DescribeVolumes: denied by a service control policy` → the operation and the rest. */
const parts = (message: string) => /^([\w-]+:\w+): (.*)$/s.exec(message)

type Gap = Coverage["gaps"][number]

/** Gaps of the same places with the same explanation, such as a region that a policy closes to every service. */
const together = (gaps: Coverage["gaps"]): ReadonlyArray<ReadonlyArray<Gap>> => [
  ...Map.groupBy(gaps, ({ accounts, reason, regions }) => {
    const explanation = parts(reason.message)?.[2] ?? reason.message
    return [reason.code, explanation, accounts.join(), regions.join()].join("|")
  }).values()
]

/** One line per gap: why, and what was not seen. */
export const gapLines = ({ gaps }: Coverage): ReadonlyArray<string> =>
  together(gaps).map((same) => {
    const [{ accounts, reason, regions }] = same as readonly [Gap]
    const operations = same.flatMap(({ reason }) => parts(reason.message)?.[1] ?? [])
    const message = operations.length > 1 ? `${listed(operations, 3)}: ${parts(reason.message)?.[2]}` : reason.message
    const outcomes = same.reduce((sum, gap) => sum + gap.outcomes, 0)
    const scans = [...new Set(same.flatMap(({ scans }) => scans))]
    return (
      `${message} (${reason.code}; ${plural(outcomes, "outcome")}: ` +
      `${accounts.length === 1 ? "account" : `${accounts.length} accounts`} ${listed(accounts)}, ` +
      `${listed(regions.map((region) => regionNames[region] ?? region))}, ` +
      `${scans.length > 2 ? plural(scans.length, "scan") : listed(scans)})`
    )
  })
