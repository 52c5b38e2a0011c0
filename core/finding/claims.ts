/** Which claim on a resource counts, so that no dollar is counted twice. */
import { claims, type Finding } from "./Finding.ts"

/** What a claim is about: its own resource and the ones whose money it contains. */
const claimed = ({ account, resource, savings }: Finding): ReadonlyArray<string> =>
  [resource.arn, ...(savings.covers ?? [])].map((arn) => `${account}|${arn}`)

// A confirmed claim first, then what ends the cost entirely, then the larger sum. Source: shared/scans.md 0.4.
const precedence = (a: Finding, b: Finding): number =>
  Number(b.confirmed) - Number(a.confirmed) ||
  claims.indexOf(a.savings.claim) - claims.indexOf(b.savings.claim) ||
  b.savings.monthlyUsd - a.savings.monthlyUsd ||
  (a.id < b.id ? -1 : 1)

/**
 * The ids of the findings that count. Open findings of one account go in; for every resource the first by precedence wins.
 * Commitments count for nothing here: they are alternatives for spend that other findings would remove.
 */
export const countedClaims = (findings: Iterable<Finding>): ReadonlySet<string> => {
  const taken = new Set<string>()
  const counted = new Set<string>()
  const claiming = [...findings].filter(
    ({ savings, status }) => status === "open" && savings.monthlyUsd > 0 && savings.claim !== "commitment"
  )
  for (const finding of claiming.sort(precedence)) {
    const keys = claimed(finding)
    if (keys.some((key) => taken.has(key))) continue
    for (const key of keys) taken.add(key)
    counted.add(finding.id)
  }
  return counted
}
