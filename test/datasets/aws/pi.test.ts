import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as pi from "../../../datasets/aws/pi.ts"
import { awsFailure, daysAgo, now, readProbe } from "../harness.ts"

const keys = ({ GroupBy }: { readonly GroupBy: { readonly Group: string } }) => ({
  Keys:
    GroupBy.Group === "db.wait_event"
      ? [
          { Dimensions: { "db.wait_event.name": "CPU", "db.wait_event.type": "CPU" }, Total: 0.4 },
          { Dimensions: { "db.wait_event.name": "io/table/sql/handler" }, Total: 1.5 }
        ]
      : [
          { Dimensions: { "db.sql_tokenized.statement": "SELECT ?", "db.sql_tokenized.id": "A1" }, Total: 1 },
          { Dimensions: { "db.sql_tokenized.id": "B2" }, Total: 0.5 }
        ]
})

describe("pi.topLoad", () => {
  it.effect(
    "asks for the waits and the statements of each database in one call each, of the last seven days at most",
    () =>
      Effect.gen(function* () {
        const items = [{ resourceId: "db-A" }, { resourceId: "db-A" }, { resourceId: "db-B" }]
        const { calls, readings, sent } = yield* readProbe(pi.topLoad(14, 3, 5), items, {
          "pi:DescribeDimensionKeys": keys
        })
        assert.deepStrictEqual(calls, { "pi:DescribeDimensionKeys": 4 })
        for (const { input } of sent) {
          assert.deepInclude(input, {
            ServiceType: "RDS",
            Metric: "db.load.avg",
            StartTime: daysAgo(6.75),
            EndTime: now
          })
        }
        assert.sameDeepMembers(
          sent.filter(({ input }) => input.Identifier === "db-A").map(({ input }) => input.GroupBy),
          [
            { Group: "db.wait_event", Limit: 3 },
            { Group: "db.sql_tokenized", Limit: 5 }
          ]
        )
        assert.deepStrictEqual(readings[0]?.known && readings[0].value, {
          waits: [
            { name: "io/table/sql/handler", load: 1.5 },
            { name: "CPU", load: 0.4 }
          ],
          statements: [
            { name: "SELECT ?", load: 1 },
            { name: "", load: 0.5 }
          ]
        })
        const two = yield* readProbe(pi.topLoad(2, 3, 0), [{ resourceId: "db-A" }], {
          "pi:DescribeDimensionKeys": keys
        })
        assert.deepStrictEqual(two.calls, { "pi:DescribeDimensionKeys": 1 })
        assert.deepStrictEqual(two.sent[0]?.input.StartTime, daysAgo(1.75))
      })
  )

  it.effect("does not know what is refused, or answered without its keys", () =>
    Effect.gen(function* () {
      const ask = (answer: () => unknown) =>
        Effect.map(
          readProbe(pi.topLoad(7, 5, 5), [{ resourceId: "db-A" }], { "pi:DescribeDimensionKeys": answer }),
          ({ readings: [reading] }) => (reading?.known === false ? reading.reason : "")
        )
      assert.match(yield* ask(() => ({})), /Keys is missing/)
      assert.match(yield* ask(() => ({ Keys: [{ Dimensions: {} }] })), /Keys\[\]\.Total is missing/)
      const denied = () => {
        throw awsFailure("NotAuthorizedException", "no", 400)
      }
      assert.notStrictEqual(yield* ask(denied), "")
    })
  )
})
