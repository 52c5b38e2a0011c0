import { everyRegion, payerRegion, type Scope, scopeKey, scopeKindOf } from "../Scope.ts"
import type { Run, RunPlan, ScopeRecord } from "./Run.ts"
import type { Finding } from "../finding/Finding.ts"

/**
 * Whether a finding is what a run is about: one of its scans, in a scope of the account whose records these are. A whole night is about
 * all that is open, also where it could not look: in a region that was not listed, or of a payer that nobody named. An account that could
 * not be entered keeps what was found there before.
 */
export const inRun = (
  run: Run,
  account: string,
  records: ReadonlyArray<ScopeRecord>
): ((finding: Pick<Finding, "scan" | "scope">) => boolean) => {
  const scans = new Set(run.plan.scans.map(({ name }) => name))
  if (run.plan.full) return ({ scan }) => scans.has(scan)
  const scopes = new Set([
    ...records.map(scopeKey),
    ...run.plan.payers.map((payer) => scopeKey({ account: payer, region: payerRegion }))
  ])
  const unseen = records.some(({ region }) => region === everyRegion)
  return ({ scan, scope }) => scans.has(scan) && (scopes.has(scopeKey(scope)) || (unseen && scope.account === account))
}

/** Whether a region that accounts have is one that the plan is about. */
export const wantsRegion =
  ({ excludeRegions, regions }: Pick<RunPlan, "excludeRegions" | "regions">) =>
  (region: string): boolean =>
    !excludeRegions.includes(region) && (regions.length === 0 || regions.includes(region))

type Audited = Pick<RunPlan, "accounts" | "audited" | "excludeRegions" | "regions">

/**
 * Why the audit is not about a place of which a list in `scope` tells, such as another account's recommendation that its payer reads, or a
 * bucket elsewhere; undefined where it is.
 */
export const leftOutBy = (plan: Audited): ((place: Scope, scope: Scope) => string | undefined) => {
  const accounts = new Set(plan.audited?.accounts ?? plan.accounts.map(({ id }) => id))
  const wants = wantsRegion(plan.audited ?? plan)
  return (place, scope) => {
    // What is said of the bill itself is of no account and no region.
    if (scopeKey(place) === scopeKey(scope)) return undefined
    if (!accounts.has(place.account)) return `account ${place.account} is not part of the audit`
    return scopeKindOf(place) === "regional" && !wants(place.region)
      ? `region ${place.region} is not part of the audit`
      : undefined
  }
}

/** What a report of a payer's bill says where the audit is not about all of it; undefined where it is. */
export const wholeBillNote = (
  plan: Pick<RunPlan, "audited" | "excludeRegions" | "leavesOutAccounts" | "regions">
): string | undefined => {
  const { excludeRegions, regions } = plan.audited ?? plan
  return plan.leavesOutAccounts === true || excludeRegions.length > 0 || regions.length > 0
    ? "All that this account pays for is in it, accounts and regions that the audit leaves out as well: a bill is whole."
    : undefined
}

/** Whether a plan names the scan of a finding, the region where it ran and where it is: what a full plan does not name, nobody judges again. */
export const namedBy = (
  plan: RunPlan
): ((finding: Pick<Finding, "account" | "region" | "scan" | "scope">) => boolean) => {
  const scans = new Set(plan.scans.map(({ name }) => name))
  const wants = wantsRegion(plan)
  const leftOut = leftOutBy(plan)
  return ({ account, region, scan, scope }) =>
    scans.has(scan) &&
    (scopeKindOf(scope) !== "regional" || wants(scope.region)) &&
    leftOut({ account, region }, scope) === undefined
}
