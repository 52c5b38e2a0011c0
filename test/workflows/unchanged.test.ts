/** What a night writes about findings, on both stores: nothing when nothing changed. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { layerDynamo } from "../../core/store/dynamo/dynamo.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { runNightly } from "../../workflows/engine.ts"
import { dynamoTable, tableName } from "../core/store/dynamoLayer.ts"
import { awsFailure } from "../datasets/harness.ts"
import { awsVolume, member, organizationOf, payer, request, world } from "./harness.ts"

const stores = {
  SQLite: layerMemory,
  DynamoDB: Layer.unwrap(Effect.map(dynamoTable, (calls) => layerDynamo({ tableName, calls })))
}

/** The store of the scope, with every write to a finding counted. */
const counting = Effect.gen(function* () {
  const store = yield* Store
  const written = { transitions: 0, counted: 0 }
  const layer = Layer.succeed(Store, {
    ...store,
    writeTransitions: (transitions) => {
      written.transitions += transitions.length
      return store.writeTransitions(transitions)
    },
    setCounted: (counted) => {
      written.counted += counted.length
      return store.setCounted(counted)
    }
  })
  return { store, layer, written }
})

describe.each(Object.entries(stores))("a night on %s", (_, storeLayer) => {
  it.effect("writes findings once, closes what is gone, and nothing when a dataset is denied", () =>
    Effect.gen(function* () {
      const { layer, store, written } = yield* counting
      const estate = {
        [payer]: { "eu-west-1": Array.from({ length: 30 }, (_, index) => awsVolume(`vol-${index}`)) },
        [member]: { "us-east-1": [awsVolume("vol-member")] }
      }
      const answers = organizationOf(estate)
      const night = Effect.fnUntraced(function* (hours: number, served = answers) {
        yield* TestClock.setTime(new Date("2026-11-20T02:00:00Z").getTime() + hours * 3_600_000)
        const before = { ...written }
        const id = yield* Effect.provide(runNightly(request()), world(served, layer).layer)
        const run = yield* store.run(id)
        return {
          changes: Object.fromEntries(
            Object.entries(run?.summary?.changes ?? {}).flatMap(([type, { findings }]) =>
              findings === 0 ? [] : [[type, findings]]
            )
          ),
          wrote: { transitions: written.transitions - before.transitions, counted: written.counted - before.counted }
        }
      })
      assert.deepStrictEqual(yield* night(0), {
        changes: { opened: 31 },
        wrote: { transitions: 31, counted: 31 }
      })
      for (const hours of [1, 24]) {
        assert.deepStrictEqual(yield* night(hours), { changes: {}, wrote: { transitions: 0, counted: 0 } })
      }

      const denied = {
        ...answers,
        "ec2:DescribeVolumes": () => {
          throw awsFailure("UnauthorizedOperation", "no", 403)
        }
      }
      assert.deepStrictEqual(yield* night(48, denied), { changes: {}, wrote: { transitions: 0, counted: 0 } })

      estate[payer]?.["eu-west-1"]?.pop()
      assert.deepStrictEqual(yield* night(72), {
        changes: { resolved: 1 },
        wrote: { transitions: 1, counted: 0 }
      })
      const { items } = yield* store.findings({ statuses: ["resolved"], limit: 10 })
      assert.deepStrictEqual(
        items.map(({ resolved, resource }) => [resource.id, resolved?.reason]),
        [["vol-29", "resource_deleted"]]
      )
    }).pipe(Effect.provide(storeLayer), Effect.scoped)
  )
})
