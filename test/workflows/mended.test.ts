/** The morning after somebody has mended what the report said, over the sample organisation. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { sampleNight } from "../../sample/estate.ts"
import { runNightly } from "../../workflows/engine.ts"
import { awsFailure } from "../datasets/harness.ts"
import { request } from "./harness.ts"
import { sampleNights } from "./sampleNights.ts"

/** A rule for all objects, as somebody writes it who has read the findings. */
const lifecycle = {
  $metadata: { httpStatusCode: 200 },
  Rules: [
    {
      ID: "all",
      Status: "Enabled",
      Filter: {},
      Transitions: [{ Days: 0, StorageClass: "GLACIER_IR" }],
      NoncurrentVersionExpiration: { NoncurrentDays: 7 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }
    }
  ]
}

/** A snapshot that another account may use. */
const shared = { $metadata: { httpStatusCode: 200 }, CreateVolumePermissions: [{ UserId: "999988887777" }] }

const mended: Readonly<Record<string, unknown>> = {
  GetBucketLifecycleConfiguration: lifecycle,
  DescribeSnapshotAttribute: shared
}

describe("a night after something was mended", () => {
  it.effect("resolves every finding that asks for something to be done, and leaves the rest to the week", () =>
    Effect.gen(function* () {
      let isMended = false
      const store = yield* Store
      const layer = sampleNights(async ([{ name }], sample) =>
        isMended && mended[name] !== undefined ? mended[name] : sample()
      )
      const night = Effect.fnUntraced(function* (day: number) {
        yield* TestClock.setTime(sampleNight.getTime() + day * 86_400_000)
        const scans = ["find_unused_snapshots", "get_s3_storage_class_recommendations"]
        yield* runNightly(request({ scans })).pipe(Effect.provide(layer))
        const { items } = yield* store.findings({ limit: 1000 })
        return items.filter(({ status }) => status === "open")
      })
      yield* night(0)
      const before = yield* night(1)
      isMended = true
      const after = yield* night(2)
      const moneyOf = (findings: typeof before) => findings.filter(({ kind }) => kind === "money")
      assert.isAtLeast(moneyOf(before).length, 5)
      assert.deepStrictEqual(
        moneyOf(after).map(({ resource }) => resource.name),
        []
      )
      for (const { evidence, kind, scan } of before) {
        const waits = kind === "hygiene" && scan === "get_s3_storage_class_recommendations"
        assert.strictEqual(evidence["askedWithinDays"], waits ? 7 : undefined)
      }
      for (const day of [3, 4, 5, 6, 7]) yield* night(day)
      assert.deepStrictEqual(yield* night(8), [])
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("a night after a table was deleted, and made again under its name", () => {
  it.effect("resolves the finding also where something else could not be read", () =>
    Effect.gen(function* () {
      let again: ReadonlyArray<string> = []
      let at = sampleNight
      const store = yield* Store
      const layer = sampleNights(async ([{ name }, input], sample) => {
        if (name !== "DescribeTable" || again.length === 0) return sample()
        const answer = (await sample()) as { readonly Table: object }
        return again.includes((input as { readonly TableName: string }).TableName)
          ? { ...answer, Table: { ...answer.Table, CreationDateTime: new Date(at.getTime() - 3_600_000) } }
          : Promise.reject(awsFailure("AccessDeniedException", "no", 400))
      })
      const night = Effect.fnUntraced(function* (day: number) {
        at = new Date(sampleNight.getTime() + day * 86_400_000)
        yield* TestClock.setTime(at.getTime())
        yield* runNightly(request({ scans: ["find_unused_dynamodb_tables"] })).pipe(Effect.provide(layer))
        const { items } = yield* store.findings({ limit: 1000 })
        return items.filter(({ status }) => status === "open").map(({ resource }) => resource.name)
      })
      const before = yield* night(0)
      const [first = "", ...others] = before
      again = [first]
      assert.isAtLeast(others.length, 1)
      assert.deepStrictEqual(yield* night(1), others)
    }).pipe(Effect.provide(layerMemory))
  )
})
