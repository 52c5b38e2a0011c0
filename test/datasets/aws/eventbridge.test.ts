import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { deadLetterQueues } from "../../../datasets/aws/eventbridge.ts"
import { type Answers, awsFailure, paged, readProbe } from "../harness.ts"

const limit = { size: "Limit" }

const targets: Readonly<Record<string, ReadonlyArray<object>>> = {
  "default nightly": [{ Arn: "arn:fn", DeadLetterConfig: { Arn: "arn:nightly-dlq" } }, { Arn: "arn:other" }],
  "orders placed": [{ Arn: "arn:fn", DeadLetterConfig: { Arn: "arn:orders-dlq" } }]
}

const answers: Answers = {
  "events:ListEventBuses": paged([{ Name: "default" }, { Name: "orders" }], "EventBuses", limit),
  "events:ListRules": (input) =>
    paged([{ Name: input.EventBusName === "orders" ? "placed" : "nightly" }], "Rules", limit)(input),
  "events:ListTargetsByRule": (input) =>
    paged(targets[`${input.EventBusName} ${input.Rule}`] ?? [], "Targets", limit)(input)
}

describe("eventbridge.deadLetterQueues", () => {
  it.effect("asks every rule of every bus once, however many queues want to know", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(deadLetterQueues, [{ name: "a" }, { name: "b" }], answers)
      assert.deepStrictEqual(calls, {
        "events:ListEventBuses": 1,
        "events:ListRules": 2,
        "events:ListTargetsByRule": 2
      })
      const value = new Set(["arn:nightly-dlq", "arn:orders-dlq"])
      assert.deepStrictEqual(readings, [
        { known: true, value },
        { known: true, value }
      ])
    })
  )

  for (const [field, more] of [
    ["EventBuses", { "events:ListEventBuses": () => ({}) }],
    ["EventBuses[].Name", { "events:ListEventBuses": () => ({ EventBuses: [{}] }) }],
    ["Rules", { "events:ListRules": () => ({}) }],
    ["Rules[].Name", { "events:ListRules": () => ({ Rules: [{}] }) }],
    ["Targets", { "events:ListTargetsByRule": () => ({}) }]
  ] as const) {
    it.effect(`does not know them where an answer has no ${field}`, () =>
      Effect.gen(function* () {
        const { readings } = yield* readProbe(deadLetterQueues, [{}], { ...answers, ...more })
        const [reading] = readings
        assert.include(reading?.known === false ? reading.reason : "", `(${field} is missing)`)
      })
    )
  }

  it.effect("does not know them where one rule is refused", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(deadLetterQueues, [{}], {
        ...answers,
        "events:ListTargetsByRule": () => {
          throw awsFailure("AccessDeniedException", "no", 403)
        }
      })
      assert.isFalse(readings[0]?.known)
    })
  )
})
