/** What a run costs the one who runs it. */
import { type CallCount, mergeCalls } from "../aws/CallLedger.ts"
import type { RunCost } from "./Run.ts"

// us-east-1 list prices; source: shared/pricing lambda.armGBs (2025-10-30), lambda.requestArm, stepFunctions.standardTransition
// (2024-07-01), dynamodb.wruEach (2025-08-28). The sizes are those of shared/facts/aws-limits.md 12.
const lambdaUsdPerGbSecond = 0.0000133334
const lambdaUsdPerRequest = 0.0000002
const lambdaGb = 0.5
const usdPerTransition = 0.000025
const usdPerWrite = 0.000000625

/** State transitions of one scope in the machine: its map iteration, Scan, the choice and the end. */
const transitionsPerScope = 4

/** What a run did, as far as the cloud would charge for it. */
export interface Work {
  readonly scopes: number
  readonly durationMillis: number
  /** Findings, events and records that were written. */
  readonly writes: number
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
  total(
    mergeCalls([...cost.calls, ...calls]),
    cost.infrastructureUsd +
      (work.durationMillis / 1000) * lambdaGb * lambdaUsdPerGbSecond +
      work.scopes * (lambdaUsdPerRequest + transitionsPerScope * usdPerTransition) +
      work.writes * usdPerWrite
  )

/** The cost of two parts of a run together. */
export const addCosts = (a: RunCost, b: RunCost): RunCost =>
  total(mergeCalls([...a.calls, ...b.calls]), a.infrastructureUsd + b.infrastructureUsd)
