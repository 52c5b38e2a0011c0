/** What a run costs the one who runs it. */
import { type CallCount, mergeCalls } from "../aws/CallLedger.ts"
import { addChanges, type Changes, endedInAll, endedOf, noChanges } from "./Changes.ts"
import type { RunCost, ScopeRecord } from "./Run.ts"
import { groupsOf } from "./together.ts"

// us-east-1 list prices; source: shared/pricing lambda.armGBs (2025-10-30), lambda.requestArm, stepFunctions.standardTransition
// (2024-07-01), dynamodb.wruEach and rruEach (2025-08-28). The memory is that of the functions in stacks/scanning.ts.
const lambdaUsdPerGbSecond = 0.0000133334
const lambdaUsdPerRequest = 0.0000002
const lambdaGb = 0.5
const usdPerTransition = 0.000025
const usdPerWriteUnit = 0.000000625
const usdPerReadUnit = 0.000000125

/** State transitions of scopes that are scanned together: their map iteration and Scan. */
const transitionsPerGroup = 2
/** Of one account: its map iteration, Discover, the choice, ReadShared, the map of its regions, Settle and the end. */
const transitionsPerAccount = 7

/** Discover, ReadShared and Settle; how long each takes is not measured. */
export const invocationsPerAccount = 3
const secondsPerInvocation = 2

/**
 * DynamoDB's write units of one of each, all indexes included: a unit is a kilobyte, and a finding that moves in an index is
 * written there twice. Those of a finding are measured on what the store writes, for one of a volume whose resource has an owner; the
 * others on a whole night. Tests compare both.
 */
export const writeUnits = {
  /** The finding with its event, its pointer, its name and its places in eight indexes. */
  opened: 13,
  /** A new saving or severity moves the finding in seven indexes. */
  changed: 18,
  confirmed: 18,
  resolved: 20,
  reopened: 20,
  /** The flag that says whether a finding counts. */
  counted: 2,
  /** The record of a scope when it is discovered, begun, and done with the outcomes of 54 scans; its lease, reports and latest outcomes. */
  scope: 16,
  /** What its regions share, its rollup, its cells, its summary, its point of the trend, and the lease of the night. */
  account: 30,
  /** A resource that a scan looked at, of which one in so many has an answer that is remembered tonight. */
  examined: 0.03
} as const

/**
 * DynamoDB's read units, all reads consistent: four kilobytes are one. A finding is compared by id and read again when the account is
 * settled; for an outcome the open findings of its scan are asked for, also where there are none; a scope reads the run, its record,
 * what is shared and the latest outcomes; of the resources that scans look at, some have an answer of an earlier night.
 */
export const readUnits = { finding: 3, outcome: 1, scope: 10, account: 50, examined: 0.15 } as const

/** What a run did, as far as the cloud would charge for it. */
export interface Work {
  readonly accounts: number
  readonly scopes: number
  /** Calls of the scan step, each for one scope or for some that take little. */
  readonly groups: number
  readonly durationMillis: number
  readonly outcomes: number
  /** Resources that scans looked at, each as often as a scan did. */
  readonly examined: number
  /** Findings that were compared with what was known of them. */
  readonly findings: number
  /** Of which each finding is written with an event. */
  readonly changes: Changes
  /** Findings that began or ceased to count. */
  readonly counted: number
}

export const noWork: Work = {
  accounts: 0,
  scopes: 0,
  groups: 0,
  durationMillis: 0,
  outcomes: 0,
  examined: 0,
  findings: 0,
  changes: noChanges,
  counted: 0
}

/** The work of one account, as its records tell it: the same whoever asks, and however often. */
export const workOf = (records: ReadonlyArray<ScopeRecord>): Work => {
  const outcomes = records.flatMap(({ outcomes }) => outcomes)
  const changes = outcomes.reduce((sum, outcome) => addChanges(sum, outcome.changes), noChanges)
  return {
    accounts: 1,
    scopes: records.length,
    groups: groupsOf(records.map(({ durationMillis, region }) => ({ region, seconds: durationMillis / 1000 }))).length,
    durationMillis: records.reduce((sum, { durationMillis }) => sum + durationMillis, 0),
    outcomes: outcomes.length,
    examined: outcomes.reduce((sum, { counters }) => sum + counters.examined, 0),
    findings: outcomes.reduce((sum, { counters }) => sum + counters.flagged, 0),
    changes,
    // About as many as began to exist; what an unchanged finding beats or loses to seldom changes.
    counted: changes.opened.findings + changes.reopened.findings
  }
}

/** What DynamoDB would charge for, in its units. */
export const unitsOf = (work: Work): { readonly writes: number; readonly reads: number } => {
  const { accounts, changes, counted, examined, findings, outcomes, scopes } = work
  const events = ["opened", "changed", "confirmed", "resolved", "reopened"] as const
  return {
    writes:
      events.reduce((sum, type) => sum + changes[type].findings * writeUnits[type], 0) +
      endedInAll(endedOf(changes.ended)).findings * writeUnits.resolved +
      counted * writeUnits.counted +
      scopes * writeUnits.scope +
      accounts * writeUnits.account +
      examined * writeUnits.examined,
    reads:
      findings * readUnits.finding +
      outcomes * readUnits.outcome +
      scopes * readUnits.scope +
      accounts * readUnits.account +
      examined * readUnits.examined
  }
}

/** What Lambda, Step Functions and DynamoDB would charge, in USD. */
export const infrastructureUsd = (work: Work): number => {
  const { accounts, durationMillis, groups } = work
  const invocations = groups + accounts * invocationsPerAccount
  const seconds = durationMillis / 1000 + accounts * invocationsPerAccount * secondsPerInvocation
  const transitions = groups * transitionsPerGroup + accounts * transitionsPerAccount
  const { reads, writes } = unitsOf(work)
  return (
    seconds * lambdaGb * lambdaUsdPerGbSecond +
    invocations * lambdaUsdPerRequest +
    transitions * usdPerTransition +
    writes * usdPerWriteUnit +
    reads * usdPerReadUnit
  )
}

export const noCost: RunCost = { calls: [], totalCalls: 0, paidCalls: 0, callsUsd: 0, infrastructureUsd: 0, usd: 0 }

const total = (calls: ReadonlyArray<CallCount>, infrastructureUsd: number): RunCost => {
  const callsUsd = calls.reduce((usd, call) => usd + call.usd, 0)
  return {
    calls,
    totalCalls: calls.reduce((sum, call) => sum + call.calls, 0),
    paidCalls: calls.reduce((sum, call) => sum + (call.usd > 0 ? call.calls : 0), 0),
    callsUsd,
    infrastructureUsd,
    usd: callsUsd + infrastructureUsd
  }
}

/** Adds calls and work to a cost. */
export const addCost = (cost: RunCost, calls: Iterable<CallCount>, work: Work): RunCost =>
  total(mergeCalls([...cost.calls, ...calls]), cost.infrastructureUsd + infrastructureUsd(work))

/** The cost of two parts of a run together. */
export const addCosts = (a: RunCost, b: RunCost): RunCost =>
  total(mergeCalls([...a.calls, ...b.calls]), a.infrastructureUsd + b.infrastructureUsd)
