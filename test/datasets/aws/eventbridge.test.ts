import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as eventbridge from "../../../datasets/aws/eventbridge.ts"
import { type Answers, awsFailure, paged, readProbe } from "../harness.ts"

const limit = { size: "Limit" }

const buses = paged([{ Name: "default" }, { Name: "orders" }], "EventBuses", limit)

const task = (...SecurityGroups: ReadonlyArray<string>) => ({
  EcsParameters: { NetworkConfiguration: { awsvpcConfiguration: { SecurityGroups } } }
})

describe("eventbridge.taskSecurityGroups", () => {
  it.effect("looks into the rules only that start tasks of a cluster, on every bus", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(eventbridge.taskSecurityGroups, [["cluster-a", "cluster-b"]], {
        "events:ListEventBuses": buses,
        "events:ListRuleNamesByTarget": (input) =>
          paged(
            input.EventBusName === "orders" && input.TargetArn === "cluster-b" ? ["nightly"] : [],
            "RuleNames",
            limit
          )(input),
        "events:ListTargetsByRule": (input) => {
          assert.deepInclude(input, { EventBusName: "orders", Rule: "nightly" })
          return paged([task("sg-1", "sg-2"), { Arn: "a queue" }], "Targets", limit)(input)
        }
      })
      assert.deepStrictEqual(calls, {
        "events:ListEventBuses": 1,
        "events:ListRuleNamesByTarget": 4,
        "events:ListTargetsByRule": 1
      })
      assert.deepStrictEqual(readings, [known(new Set(["sg-1", "sg-2"]))])
    })
  )

  it.effect("calls nothing where there is no cluster", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(eventbridge.taskSecurityGroups, [[]], {})
      assert.deepStrictEqual([calls, readings], [{}, [known(new Set())]])
    })
  )

  it.effect("is not known where a list is missing", () =>
    Effect.gen(function* () {
      const rules = () => ({ RuleNames: ["nightly"] })
      for (const answers of [
        { "events:ListEventBuses": () => ({}) },
        { "events:ListEventBuses": buses, "events:ListRuleNamesByTarget": () => ({}) },
        {
          "events:ListEventBuses": buses,
          "events:ListRuleNamesByTarget": rules,
          "events:ListTargetsByRule": () => ({})
        }
      ]) {
        const { readings } = yield* readProbe(eventbridge.taskSecurityGroups, [["cluster-a"]], answers)
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})

const targets: Readonly<Record<string, ReadonlyArray<object>>> = {
  "default nightly": [{ Arn: "arn:fn", DeadLetterConfig: { Arn: "arn:nightly-dlq" } }, { Arn: "arn:other" }],
  "orders placed": [{ Arn: "arn:fn", DeadLetterConfig: { Arn: "arn:orders-dlq" } }]
}

const answers: Answers = {
  "events:ListEventBuses": buses,
  "events:ListRules": (input) =>
    paged([{ Name: input.EventBusName === "orders" ? "placed" : "nightly" }], "Rules", limit)(input),
  "events:ListTargetsByRule": (input) =>
    paged(targets[`${input.EventBusName} ${input.Rule}`] ?? [], "Targets", limit)(input)
}

describe("eventbridge.deadLetterQueues", () => {
  it.effect("asks every rule of every bus once, however many queues want to know", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(
        eventbridge.deadLetterQueues,
        [{ name: "a" }, { name: "b" }],
        answers
      )
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
        const { readings } = yield* readProbe(eventbridge.deadLetterQueues, [{}], { ...answers, ...more })
        const [reading] = readings
        assert.include(reading?.known === false ? reading.reason : "", `(${field} is missing)`)
      })
    )
  }

  it.effect("does not know them where one rule is refused", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(eventbridge.deadLetterQueues, [{}], {
        ...answers,
        "events:ListTargetsByRule": () => {
          throw awsFailure("AccessDeniedException", "no", 403)
        }
      })
      assert.isFalse(readings[0]?.known)
    })
  )
})
