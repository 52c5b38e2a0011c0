import { everyRegion, payerRegion, scopeKey, scopeKindOf } from "../Scope.ts"
import type { Run, RunPlan, ScopeRecord } from "./Run.ts"
import type { Finding } from "../finding/Finding.ts"

/**
 * Whether a finding is what a run is about: one of its scans, in a scope of the account whose records these are. An account
 * that could not be entered keeps what was found there before.
 */
export const inRun = (
  run: Run,
  account: string,
  records: ReadonlyArray<ScopeRecord>
): ((finding: Pick<Finding, "scan" | "scope">) => boolean) => {
  const scans = new Set(run.plan.scans.map(({ name }) => name))
  const scopes = new Set([
    ...records.map(scopeKey),
    ...run.plan.payers.map((payer) => scopeKey({ account: payer, region: payerRegion }))
  ])
  const unseen = records.some(({ region }) => region === everyRegion)
  return ({ scan, scope }) => scans.has(scan) && (scopes.has(scopeKey(scope)) || (unseen && scope.account === account))
}

/** Whether a region that accounts have is one that the plan is about. */
export const wantsRegion =
  ({ excludeRegions, regions }: RunPlan) =>
  (region: string): boolean =>
    !excludeRegions.includes(region) && (regions.length === 0 || regions.includes(region))

/** Whether a plan names the scan of a finding and the region where it ran: what a full plan does not name, nobody judges again. */
export const namedBy = (plan: RunPlan): ((finding: Pick<Finding, "scan" | "scope">) => boolean) => {
  const scans = new Set(plan.scans.map(({ name }) => name))
  const wants = wantsRegion(plan)
  return ({ scan, scope }) => scans.has(scan) && (scopeKindOf(scope) !== "regional" || wants(scope.region))
}
