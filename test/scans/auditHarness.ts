/** Runs one scan as a night would: datasets, probes and rule, through the real door, over an AWS that answers from a record. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { SettingValue } from "../../core/run/Outcome.ts"
import { operationKey } from "../../core/aws/operation.ts"
import { Prices } from "../../core/pricing/Prices.ts"
import { operationsOf } from "../../audit/actions.ts"
import { auditScope, type Judgement } from "../../audit/auditScope.ts"
import { defaultSettings, type Scan } from "../../scans/Scan.ts"
import { type Answers, countCalls, inScope, now, stubTransport } from "../datasets/harness.ts"

const read = ({ drafts, outcome }: Judgement) => {
  const all = [...drafts]
  return { drafts: all, ...outcome() }
}

/** A judgement that was read to its end. */
export const readJudgement = (judgement: Judgement) => {
  const drafts = [...judgement.drafts]
  return { ...judgement, drafts, ...judgement.outcome() }
}

export type ReadJudgement = ReturnType<typeof readJudgement>

/** What the scan found in the scope, with list prices of the snapshot, and how often it called what. */
export const auditOne = Effect.fn("auditOne")(function* (
  scan: Scan,
  answers: Answers,
  options: { readonly region?: string; readonly settings?: Readonly<Record<string, SettingValue>> } = {}
) {
  const { layer, sent } = stubTransport(answers)
  const results: Array<ReturnType<typeof read>> = []
  const settings = { ...defaultSettings(scan.settings), ...options.settings }
  yield* auditScope([{ name: "scan", category: "test", scan, settings }], {
    runId: "run",
    now,
    common: { minMonthlySavingsUsd: 0, suppressTagKeys: ["finops:ignore"] },
    proceed: Effect.succeed(true),
    onJudgement: (judgement) => Effect.sync(() => results.push(read(judgement)))
  }).pipe(inScope(layer, options.region), Effect.provide(Prices.layerSnapshot))
  const declared = new Set(operationsOf(scan, settings))
  for (const { operation } of sent) assert.isTrue(declared.has(operation), `${operationKey(operation)} is not declared`)
  const [result] = results
  if (result === undefined) return assert.fail("the scan gave no judgement")
  return { result, calls: countCalls(sent), sent }
})
