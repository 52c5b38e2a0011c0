/** Nights on which one list fails, between good ones: what is known already stays as it was. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { wholeCatalogue } from "../../audit/reads.ts"
import { scans } from "../../audit/index.ts"
import { RetrySchedule } from "../../core/aws/Aws.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { noSummary } from "../../core/run/totals.ts"
import { sampleNight } from "../../sample/estate.ts"
import { runNightly } from "../../workflows/engine.ts"
import { awsFailure } from "../datasets/harness.ts"
import { request } from "./harness.ts"
import { sampleNights } from "./sampleNights.ts"

/** By the operation that fails: the scan that asks, and a finding that rests on what it answers, with what it says on a good night. */
const lists: Readonly<Record<string, readonly [scan: string, resource: string, says: object]>> = {
  DescribeFastSnapshotRestores: [
    "find_unused_snapshots",
    "catalog-seed",
    { reasons: ["fast_restore_enabled", "volume_deleted"], severity: "critical", monthlyUsd: 1314.58 }
  ],
  DescribeContinuousBackups: [
    "find_unused_dynamodb_tables",
    "loyalty-points-2021",
    { reasons: ["unused"], severity: "high", monthlyUsd: 216.4 }
  ],
  DescribeNetworkInterfaces: [
    "find_unused_load_balancers",
    "campaign-summer-2025",
    { reasons: ["idle"], severity: "medium", monthlyUsd: 27.01 }
  ],
  DescribeClusterVersions: [
    "find_outdated_eks_cluster_versions",
    "recommendations",
    { reasons: ["extended_support", "node_skew"], severity: "high", monthlyUsd: 365 }
  ],
  ListNodegroups: [
    "find_outdated_eks_cluster_versions",
    "recommendations",
    { reasons: ["extended_support", "node_skew"], severity: "high", monthlyUsd: 365 }
  ],
  // Who pays is not known then, and what its recommendations found stays in the sums.
  DescribeOrganization: [
    "get_all_cost_optimization_recommendations",
    "gpu-notebook",
    { reasons: ["stop"], severity: "critical", monthlyUsd: 4139.6 }
  ]
}

const says = ({ reasons, savings, severity }: Finding) => ({
  reasons,
  severity,
  ...(savings === null ? {} : { monthlyUsd: savings.monthlyUsd })
})

/** What must not move. */
const standing = ({ confidence, confirmed, evidence, kind, savings, status, ...finding }: Finding) => ({
  ...says({ ...finding, savings } as Finding),
  confidence,
  confirmed,
  counted: savings?.counted,
  kind,
  status,
  told: Object.keys(evidence).filter((key) => evidence[key] !== null)
})

/** A store, and nights in it of which each is of some scans, with an operation that fails. */
const nights = Effect.gen(function* () {
  let failing: string | undefined
  const asked = new Set<string>()
  const aws = Layer.merge(
    sampleNights(async ([{ name }], sample) => {
      asked.add(name)
      if (name === failing) throw awsFailure("InternalFailure", "there is something wrong", 500)
      return sample()
    }),
    // The test clock does not move by itself, so a second try must not wait for it.
    Layer.succeed(RetrySchedule, Schedule.recurs(1))
  )
  const store = yield* Store
  return Effect.fnUntraced(function* (at: number, names: ReadonlyArray<string>, fails?: string, full = true) {
    failing = fails
    asked.clear()
    yield* TestClock.setTime(at)
    const id = yield* runNightly(request({ scans: names, full })).pipe(Effect.provide(aws))
    const { items } = yield* store.findings({ limit: 1000 })
    const summary = (yield* store.run(id))?.summary ?? noSummary
    return {
      summary,
      findings: new Map(items.map((one) => [one.id, one])),
      wasAsked: fails !== undefined && asked.has(fails)
    }
  })
})

describe("a list that fails for a night", () => {
  for (const [operation, [scan, resource, expected]] of Object.entries(lists)) {
    it.effect(`takes nothing from a finding, and no dollar from the sums: ${operation}`, () =>
      Effect.gen(function* () {
        const night = yield* nights
        const before = yield* night(sampleNight.getTime(), [scan])
        const bad = yield* night(sampleNight.getTime() + 86_400_000, [scan], operation)
        const told = [...before.findings.values()].find((finding) => finding.resource.name === resource)
        assert.deepStrictEqual(told && says(told), expected)
        const gaps = bad.summary.coverage.gaps.map((gap) => JSON.stringify(gap))
        assert.isTrue(
          gaps.some((gap) => gap.includes(operation)),
          gaps.join()
        )
        for (const [id, finding] of before.findings) {
          const now = bad.findings.get(id)
          if (finding.confirmed) assert.deepStrictEqual(now && standing(now), standing(finding))
        }
        assert.deepStrictEqual(bad.summary.totals.confirmed, before.summary.totals.confirmed)
        assert.strictEqual(bad.summary.changes.changed.findings, 0)
      }).pipe(Effect.provide(layerMemory))
    )
  }
})

describe("any operation that fails for a night", () => {
  it.effect(
    "closes nothing, changes nothing, and confirms nothing",
    () =>
      Effect.gen(function* () {
        const night = yield* nights
        const scansOf = new Map<string, Array<string>>()
        for (const { name, operations } of wholeCatalogue) {
          for (const { operation } of operations) scansOf.set(operation, [...(scansOf.get(operation) ?? []), name])
        }
        let at = sampleNight.getTime()
        const before = yield* night(at, Object.keys(scans))
        let asked = 0
        for (const [operation, names] of scansOf) {
          at += 60_000
          const bad = yield* night(at, names, operation.split(":")[1], false)
          if (bad.wasAsked) asked += 1
          for (const [id, finding] of bad.findings) {
            const then = before.findings.get(id)
            assert.deepStrictEqual([operation, standing(finding)], [operation, then && standing(then)])
          }
        }
        // What is paid for, or rarely changes, is remembered for longer than this takes.
        assert.isAbove(asked, 100)
      }).pipe(Effect.provide(layerMemory)),
    600_000
  )
})
