import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as eventbridge from "../../../datasets/aws/eventbridge.ts"
import { type Answers, awsFailure, noSeries, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const limit = { size: "Limit" }

const twoBuses = ["default", "orders"].map((name) => ({ name, createdAt: undefined }))

const rule = (more: object = {}) => ({
  Name: "nightly",
  Arn: "arn:aws:events:eu-west-1:111111111111:rule/nightly",
  State: "ENABLED",
  ScheduleExpression: "rate(1 day)",
  ...more
})

const onOrders = {
  Name: "placed",
  Arn: "arn:aws:events:eu-west-1:111111111111:rule/orders/placed",
  State: "Disabled",
  EventPattern: "{}",
  ManagedBy: "pipes.amazonaws.com",
  Description: "of the shop"
}

const created = new Date("2026-05-01T00:00:00Z")

const answers: Answers = {
  "events:ListEventBuses": paged([{ Name: "default" }, { Name: "orders", CreationTime: created }], "EventBuses", limit),
  "events:ListRules": (input) => paged([input.EventBusName === "orders" ? onOrders : rule()], "Rules", limit)(input)
}

describe("eventbridge.rules", () => {
  it.effect("lists the rules of every bus, a hundred a page", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 150 }, (_, n) => rule({ Name: `rule-${n}`, Arn: `arn:rule-${n}` }))
      const { calls, read } = yield* readDataset(eventbridge.rules, {
        ...answers,
        "events:ListRules": (input) =>
          paged<object>(input.EventBusName === "orders" ? [onOrders] : many, "Rules", limit)(input)
      })
      assert.deepStrictEqual(calls, { "events:ListEventBuses": 1, "events:ListRules": 3 })
      const rules: ReadonlyArray<eventbridge.Rule> = valueOf(read)
      assert.strictEqual(rules.length, 151)
      assert.deepStrictEqual(rules[0], {
        arn: "arn:rule-0",
        name: "rule-0",
        bus: { name: "default", createdAt: undefined },
        description: "",
        state: "enabled",
        pattern: undefined,
        schedule: "rate(1 day)",
        managedBy: undefined
      })
      assert.deepStrictEqual(rules.at(-1), {
        arn: onOrders.Arn,
        name: "placed",
        bus: { name: "orders", createdAt: created },
        description: "of the shop",
        state: "disabled",
        pattern: "{}",
        schedule: undefined,
        managedBy: "pipes.amazonaws.com"
      })
    })
  )

  it.effect("has a gap where one bus is refused, and fails where none could be read", () =>
    Effect.gen(function* () {
      const refused = (wanted: (bus: string) => boolean): Answers => ({
        ...answers,
        "events:ListRules": (input) => {
          if (wanted(input.EventBusName)) throw awsFailure("AccessDeniedException", "no", 403)
          return answers["events:ListRules"]?.(input, {} as never)
        }
      })
      const { read } = yield* readDataset(
        eventbridge.rules,
        refused((bus) => bus === "orders")
      )
      assert.isTrue(read.ok && read.gaps.length === 1 && read.value.length === 1)
      const { read: none } = yield* readDataset(
        eventbridge.rules,
        refused(() => true)
      )
      assert.isFalse(none.ok)
    })
  )

  for (const [field, more] of [
    ["EventBuses", { "events:ListEventBuses": () => ({}) }],
    ["EventBuses[].Name", { "events:ListEventBuses": () => ({ EventBuses: [{}] }) }],
    ["Rules", { "events:ListRules": () => ({}) }],
    ["Rules[].Name", { "events:ListRules": () => ({ Rules: [rule({ Name: undefined })] }) }],
    ["Rules[].Arn", { "events:ListRules": () => ({ Rules: [rule({ Arn: undefined })] }) }],
    ["Rules[].State", { "events:ListRules": () => ({ Rules: [rule({ State: undefined })] }) }]
  ] as const) {
    it.effect(`is malformed where an answer has no ${field}`, () =>
      Effect.gen(function* () {
        const { read } = yield* readDataset(eventbridge.rules, { ...answers, ...more })
        assert.include(read.ok ? "" : read.error.summary, `(${field} is missing)`)
      })
    )
  }

  it("knows which states are enabled", () => {
    const states = ["enabled", "enabled_with_all_cloudtrail_management_events", "disabled", "other"]
    assert.deepStrictEqual(
      states.map((state) => eventbridge.isEnabled({ state })),
      [true, true, false, false]
    )
  })
})

const asked = (name: string, bus = "default"): eventbridge.Rule => ({
  arn: `arn:${bus}/${name}`,
  name,
  bus: { name: bus, createdAt: undefined },
  description: "",
  state: "enabled",
  pattern: undefined,
  schedule: undefined,
  managedBy: undefined
})

describe("eventbridge.targets", () => {
  it.effect("asks each rule once, on its own bus", () =>
    Effect.gen(function* () {
      const targets: Readonly<Record<string, ReadonlyArray<object>>> = {
        "default nightly": [
          { Arn: "arn:fn", DeadLetterConfig: { Arn: "arn:nightly-dlq" } },
          {
            Arn: "arn:cluster",
            EcsParameters: {
              TaskDefinitionArn: "arn:task",
              PlatformVersion: "1.3.0",
              NetworkConfiguration: { awsvpcConfiguration: { SecurityGroups: ["sg-1"] } }
            }
          }
        ]
      }
      const { calls, readings } = yield* readProbe(eventbridge.targets, [asked("nightly"), asked("placed", "orders")], {
        "events:ListTargetsByRule": (input) =>
          paged(targets[`${input.EventBusName} ${input.Rule}`] ?? [], "Targets", limit)(input)
      })
      assert.deepStrictEqual(calls, { "events:ListTargetsByRule": 2 })
      assert.deepStrictEqual(readings, [
        known([
          {
            arn: "arn:fn",
            deadLetterArn: "arn:nightly-dlq",
            taskDefinitionArn: undefined,
            platformVersion: undefined,
            securityGroupIds: []
          },
          {
            arn: "arn:cluster",
            deadLetterArn: undefined,
            taskDefinitionArn: "arn:task",
            platformVersion: "1.3.0",
            securityGroupIds: ["sg-1"]
          }
        ]),
        known([])
      ])
    })
  )

  it.effect("does not know a rule that is refused or answers no targets, and knows its neighbour", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(eventbridge.targets, [asked("a"), asked("b"), asked("c"), asked("d")], {
        "events:ListTargetsByRule": ({ Rule }) => {
          if (Rule === "a") throw awsFailure("AccessDeniedException", "no", 403)
          return Rule === "b" ? {} : { Targets: Rule === "c" ? [{}] : [] }
        }
      })
      assert.deepStrictEqual(
        readings.map(({ known }) => known),
        [false, false, false, true]
      )
    })
  )
})

describe("eventbridge.rulesSendingTo", () => {
  it.effect("asks every bus about a resource", () =>
    Effect.gen(function* () {
      const items = ["arn:a", "arn:b"].map((arn) => ({ arn, buses: twoBuses }))
      const { calls, readings } = yield* readProbe(eventbridge.rulesSendingTo, items, {
        "events:ListRuleNamesByTarget": (input) =>
          paged(
            input.EventBusName === "orders" && input.TargetArn === "arn:b" ? ["placed"] : [],
            "RuleNames",
            limit
          )(input)
      })
      assert.deepStrictEqual(calls, { "events:ListRuleNamesByTarget": 4 })
      assert.deepStrictEqual(readings, [known([]), known(["orders/placed"])])
    })
  )

  it.effect("is not known where the list is missing", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(eventbridge.rulesSendingTo, [{ arn: "arn:a", buses: twoBuses }], {
        "events:ListRuleNamesByTarget": () => ({})
      })
      assert.isFalse(readings[0]?.known)
    })
  )
})

describe("eventbridge.invocations", () => {
  it.effect("asks one series for each rule that could invoke something, by the dimensions of its bus", () =>
    Effect.gen(function* () {
      const { sent } = yield* readDataset(eventbridge.invocations(90), {
        ...answers,
        "events:ListRules": ({ EventBusName }) => ({
          Rules:
            EventBusName === "orders"
              ? [{ ...onOrders, State: "ENABLED", ManagedBy: undefined }]
              : [
                  rule(),
                  rule({ Name: "off", Arn: "arn:off", State: "DISABLED" }),
                  rule({ Arn: "arn:m", ManagedBy: "x" })
                ]
        }),
        "cloudwatch:GetMetricData": noSeries
      })
      const queries = sent.flatMap(({ input }) => input.MetricDataQueries ?? [])
      assert.deepStrictEqual(
        queries.map(({ MetricStat }) => MetricStat.Metric.Dimensions),
        [
          [{ Name: "RuleName", Value: "nightly" }],
          [
            { Name: "EventBusName", Value: "orders" },
            { Name: "RuleName", Value: "placed" }
          ]
        ]
      )
    })
  )
})

describe("eventbridge.taskRules", () => {
  const clusters = paged(["cluster-a", "cluster-b"], "clusterArns", {
    size: "maxResults",
    input: "nextToken",
    output: "nextToken"
  })
  const starting: Answers = {
    ...answers,
    "ecs:ListClusters": clusters,
    "events:ListRuleNamesByTarget": (input) =>
      paged(input.EventBusName === "orders" ? ["placed"] : [], "RuleNames", limit)(input)
  }

  it.effect("takes a call for each pair of bus and cluster, and keeps the rules that name one", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(eventbridge.taskRules, starting)
      assert.deepStrictEqual(calls, {
        "ecs:ListClusters": 1,
        "events:ListEventBuses": 1,
        "events:ListRules": 2,
        "events:ListRuleNamesByTarget": 4
      })
      const rules: ReadonlyArray<eventbridge.TaskRule> = valueOf(read)
      assert.deepStrictEqual(
        rules.map(({ clusterArns, name }) => [name, clusterArns]),
        [["placed", ["cluster-a", "cluster-b"]]]
      )
    })
  )

  it.effect("has a gap where a pair is refused or has no list", () =>
    Effect.gen(function* () {
      for (const answer of [
        () => ({}),
        () => {
          throw awsFailure("AccessDeniedException", "no", 403)
        }
      ]) {
        const { read } = yield* readDataset(eventbridge.taskRules, {
          ...starting,
          "events:ListRuleNamesByTarget": (input, destination) =>
            input.TargetArn === "cluster-a" ? answer() : starting["events:ListRuleNamesByTarget"]?.(input, destination)
        })
        assert.isTrue(read.ok && read.value.length === 1 && read.gaps.length === 2)
      }
    })
  )
})
