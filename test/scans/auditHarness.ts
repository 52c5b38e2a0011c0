/** Runs one scan as a night would: datasets, probes and rule, through the real door, over an AWS that answers from a record. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { SettingValue } from "../../core/run/Outcome.ts"
import { operationKey } from "../../core/aws/operation.ts"
import { Prices } from "../../core/pricing/Prices.ts"
import { operationsOf } from "../../audit/actions.ts"
import { auditScope } from "../../audit/auditScope.ts"
import type { FindingDraft, Judgement } from "../../audit/judge.ts"
import { defaultSettings, type Scan } from "../../scans/Scan.ts"
import { type Answers, countCalls, inScope, now, stubTransport } from "../datasets/harness.ts"

/** What the scan found in the scope, with list prices of the snapshot, and how often it called what. */
export const auditOne = Effect.fn("auditOne")(function* (
  scan: Scan,
  answers: Answers,
  options: { readonly region?: string; readonly settings?: Readonly<Record<string, SettingValue>> } = {}
) {
  const { layer, sent } = stubTransport(answers)
  const settings = { ...defaultSettings(scan.settings), ...options.settings }
  const drafts: Array<FindingDraft> = []
  const judgements: Array<Judgement> = []
  yield* auditScope([{ name: "scan", category: "test", scan, settings }], {
    now,
    common: { minMonthlySavingsUsd: 0, suppressTagKeys: ["finops:ignore"] },
    proceed: Effect.succeed(true),
    cutOff: Number.MAX_SAFE_INTEGER,
    sinkOf: () => ({
      freshOf: () => Effect.succeed(new Set<string>()),
      take: (batch) => Effect.sync(() => (drafts.push(...batch), new Set<string>())),
      end: (judgement) => Effect.sync(() => void judgements.push(judgement))
    })
  }).pipe(inScope(layer, options.region), Effect.provide(Prices.layerSnapshot))
  const declared = new Set(operationsOf({ scan, settings }))
  for (const { operation } of sent) assert.isTrue(declared.has(operation), `${operationKey(operation)} is not declared`)
  const [judgement] = judgements
  if (judgement === undefined) return assert.fail("the scan gave no judgement")
  return { result: { ...judgement, drafts }, calls: countCalls(sent), sent }
})
