/** What a run costs the one who runs it. */
import { type CallCount, mergeCalls } from "../aws/CallLedger.ts"
import { addChanges, type Changes, endedInAll, endedOf, noChanges } from "./Changes.ts"
import type { RunCost, ScopeRecord } from "./Run.ts"

// us-east-1 list prices; source: shared/pricing lambda.armGBs (2025-10-30), lambda.requestArm, stepFunctions.standardTransition
// (2024-07-01), dynamodb.wruEach and rruEach (2025-08-28). The memory is that of the functions in stacks/scanning.ts.
const lambdaUsdPerGbSecond = 0.0000133334
const lambdaUsdPerRequest = 0.0000002
const lambdaGb = 0.5
const usdPerTransition = 0.000025
const usdPerWriteUnit = 0.000000625
const usdPerReadUnit = 0.000000125

/** State transitions of one scope in the machine: its map iteration and Scan. */
const transitionsPerScope = 2
/** Of one account: its map iteration, Discover, the map of its regions, Settle, the choice and the end. */
const transitionsPerAccount = 7

/** Discover and Settle; how long each takes is not measured. */
const invocationsPerAccount = 2
const secondsPerInvocation = 2

/**
 * DynamoDB's write units of one of each, all indexes included: a unit is a kilobyte, and a finding that moves in an index is
 * written there twice. Measured on what the store writes, for a finding of a volume whose resource has an owner; a test
 * compares them.
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
  /** The newest outcome of a scan in a scope. */
  outcome: 1,
  /** The record of a scope: when it is discovered, begun, and done with the outcomes of 54 scans. */
  scope: 6,
  /** Its rollup, its cells, its summary and its point of the trend. */
  account: 8
} as const

/**
 * DynamoDB's read units, all reads consistent: four kilobytes are one. A finding is compared by id, named among the open ones,
 * and read again when the account is settled; a scope reads the run, its record and the newest outcomes.
 */
export const readUnits = { finding: 2.5, scope: 20 } as const

/** What a run did, as far as the cloud would charge for it. */
export interface Work {
  readonly accounts: number
  readonly scopes: number
  readonly durationMillis: number
  /** Outcomes that were written. */
  readonly outcomes: number
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
  durationMillis: 0,
  outcomes: 0,
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
    durationMillis: records.reduce((sum, { durationMillis }) => sum + durationMillis, 0),
    outcomes: outcomes.length,
    findings: outcomes.reduce((sum, { counters }) => sum + counters.flagged, 0),
    changes,
    // About as many as began to exist; what an unchanged finding beats or loses to seldom changes.
    counted: changes.opened.findings + changes.reopened.findings
  }
}

/** What Lambda, Step Functions and DynamoDB would charge, in USD. */
export const infrastructureUsd = (work: Work): number => {
  const { accounts, changes, counted, durationMillis, findings, outcomes, scopes } = work
  const invocations = scopes + accounts * invocationsPerAccount
  const seconds = durationMillis / 1000 + accounts * invocationsPerAccount * secondsPerInvocation
  const transitions = scopes * transitionsPerScope + accounts * transitionsPerAccount
  const events = ["opened", "changed", "confirmed", "resolved", "reopened"] as const
  const writes =
    events.reduce((sum, type) => sum + changes[type].findings * writeUnits[type], 0) +
    endedInAll(endedOf(changes.ended)).findings * writeUnits.resolved +
    counted * writeUnits.counted +
    outcomes * writeUnits.outcome +
    scopes * writeUnits.scope +
    accounts * writeUnits.account
  const reads = findings * readUnits.finding + scopes * readUnits.scope
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
