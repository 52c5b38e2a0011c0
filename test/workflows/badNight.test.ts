/** A night on which CloudWatch is down, between good ones, over the sample organisation and with every scan. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { scans } from "../../audit/index.ts"
import { RetrySchedule } from "../../core/aws/Aws.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { sampleNight } from "../../sample/estate.ts"
import { runNightly } from "../../workflows/engine.ts"
import { request } from "./harness.ts"
import { sampleNights } from "./sampleNights.ts"

interface CloudWatchAnswer {
  readonly MetricDataResults: ReadonlyArray<{ readonly Id: string }>
}

/** The sample organisation, whose CloudWatch answers every series with this status and no datapoint, with HTTP 200, while `down` says so. */
const layerOf = (down: () => boolean, StatusCode = "InternalError") =>
  Layer.merge(
    sampleNights(async ([{ name }], sample) => {
      const answer = await sample()
      if (name !== "GetMetricData" || !down()) return answer
      const { MetricDataResults } = answer as CloudWatchAnswer
      return {
        ...(answer as object),
        MetricDataResults: MetricDataResults.map(({ Id }) => ({
          Id,
          StatusCode,
          Timestamps: [],
          Values: []
        }))
      }
    }),
    // The test clock does not move by itself, so a second try must not wait for it.
    Layer.succeed(RetrySchedule, Schedule.recurs(2))
  )

/** What must not move on such a night. */
const standing = (finding: Finding | undefined) => ({
  scan: finding?.scan,
  resource: finding?.resource.name,
  status: finding?.status,
  resolved: finding?.resolved,
  counted: finding?.savings?.counted
})

describe("a night on which every CloudWatch series is an InternalError", () => {
  it.effect("is partial, closes nothing, leaves the totals as they were, and is forgotten by the next", () =>
    Effect.gen(function* () {
      let down = false
      const store = yield* Store
      const night = Effect.fnUntraced(function* (day: number) {
        down = day === 2
        yield* TestClock.setTime(sampleNight.getTime() + day * 86_400_000)
        const id = yield* runNightly(request({ scans: Object.keys(scans) })).pipe(Effect.provide(layerOf(() => down)))
        const run = yield* store.run(id)
        const { items } = yield* store.findings({ limit: 1000 })
        if (run === undefined || run.summary === null) return assert.fail("the run has no summary")
        return { summary: run.summary, findings: new Map(items.map((finding) => [finding.id, finding])) }
      })
      yield* night(0)
      const before = yield* night(1)
      const bad = yield* night(2)
      const after = yield* night(3)

      assert.isAbove(before.summary.totals.confirmed.monthlyUsd, 100)
      assert.deepStrictEqual(bad.summary.totals.confirmed, before.summary.totals.confirmed)
      assert.isBelow(bad.summary.coverage.complete, before.summary.coverage.complete)
      assert.isTrue(
        bad.summary.coverage.gaps.some(
          ({ reason }) => reason.operations?.includes("cloudwatch:GetMetricData") === true
        ),
        JSON.stringify(bad.summary.coverage.gaps)
      )
      for (const [id, finding] of before.findings) {
        for (const { findings } of [bad, after]) assert.deepStrictEqual(standing(findings.get(id)), standing(finding))
      }
      assert.lengthOf([...bad.findings], before.findings.size)
      assert.lengthOf([...after.findings], before.findings.size)
      for (const changes of [bad.summary.changes, after.summary.changes]) {
        assert.strictEqual(changes.resolved.findings, 0)
        assert.strictEqual(changes.reopened.findings, 0)
      }
      assert.strictEqual(bad.summary.changes.opened.findings, 0)
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("a night on which CloudWatch answers Complete, and has nothing of anything", () => {
  it.effect("takes nothing for idle where something runs, closes nothing there, and is partial", () =>
    Effect.gen(function* () {
      let down = false
      const store = yield* Store
      const night = Effect.fnUntraced(function* (day: number) {
        down = day === 1
        yield* TestClock.setTime(sampleNight.getTime() + day * 86_400_000)
        const names = ["find_underutilized_ec2_instances", "find_unused_sqs_queues", "find_unused_dynamodb_tables"]
        const id = yield* runNightly(request({ scans: names })).pipe(Effect.provide(layerOf(() => down, "Complete")))
        const run = yield* store.run(id)
        const { items } = yield* store.findings({ limit: 1000 })
        return { summary: run?.summary, findings: new Map(items.map((finding) => [finding.id, finding])) }
      })
      const before = yield* night(0)
      const bad = yield* night(1)
      assert.isAbove(before.findings.size, 5)
      assert.deepStrictEqual([...bad.findings.keys()].sort(), [...before.findings.keys()].sort())
      for (const [id, finding] of before.findings) {
        assert.deepStrictEqual(standing(bad.findings.get(id)), standing(finding))
      }
      assert.isTrue(bad.summary?.coverage.gaps.some(({ reason }) => /no datapoint of anything/.test(reason.message)))
    }).pipe(Effect.provide(layerMemory))
  )
})
