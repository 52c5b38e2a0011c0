import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as cloudwatchAlarms from "../../../datasets/aws/cloudwatchAlarms.ts"
import { type Answers, paged, readDataset, valueOf } from "../harness.ts"

const changed = new Date("2026-05-01T00:00:00Z")
const updated = new Date("2026-06-01T00:00:00Z")

const common = (name: string, more: object = {}) => ({
  AlarmName: name,
  AlarmArn: `arn:${name}`,
  ActionsEnabled: true,
  AlarmActions: ["arn:topic"],
  OKActions: ["arn:topic", "arn:other"],
  InsufficientDataActions: [],
  StateValue: "INSUFFICIENT_DATA",
  StateUpdatedTimestamp: updated,
  AlarmConfigurationUpdatedTimestamp: changed,
  ...more
})

const onMetric = (more: object = {}) =>
  common("cpu", {
    Namespace: "AWS/EC2",
    MetricName: "CPUUtilization",
    Dimensions: [{ Name: "InstanceId", Value: "i-1" }],
    Period: 300,
    TreatMissingData: "notBreaching",
    ...more
  })

const read = (answer: object) =>
  readDataset(cloudwatchAlarms.alarms, { "cloudwatch:DescribeAlarms": () => answer } satisfies Answers)

describe("cloudwatchAlarms.alarms", () => {
  it.effect("asks for every type, a hundred a page", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 250 }, (_, n) => onMetric({ AlarmName: `a-${n}`, AlarmArn: `arn:a-${n}` }))
      const { calls, read, sent } = yield* readDataset(cloudwatchAlarms.alarms, {
        "cloudwatch:DescribeAlarms": (input) => ({
          ...paged(many, "MetricAlarms", { size: "MaxRecords" })(input),
          CompositeAlarms: []
        })
      })
      assert.deepStrictEqual(calls, { "cloudwatch:DescribeAlarms": 3 })
      assert.deepStrictEqual(sent[0]?.input.AlarmTypes, ["MetricAlarm", "CompositeAlarm", "LogAlarm"])
      assert.strictEqual(valueOf(read).length, 250)
    })
  )

  it.effect("reads alarms on one metric, on several, on other alarms and on logs", () =>
    Effect.gen(function* () {
      const metric = (Namespace: string) => ({
        MetricStat: { Metric: { Namespace, MetricName: "Errors" }, Period: 60, Stat: "Sum" },
        AccountId: "222222222222"
      })
      const { read: answered } = yield* read({
        MetricAlarms: [
          onMetric(),
          common("math", {
            Metrics: [metric("AWS/Lambda"), metric("Shop"), { Id: "e", Expression: "m1 / m2", Period: 10 }],
            StateTransitionedTimestamp: changed
          }),
          common("promql", { EvaluationCriteria: { PromQLCriteria: { Query: "up" } } })
        ],
        CompositeAlarms: [
          common("both", {
            AlarmRule: "ALARM(cpu)",
            ActionsSuppressor: "quiet",
            AlarmActions: undefined,
            OKActions: []
          })
        ],
        LogAlarms: [
          common("logs", {
            ScheduledQueryConfiguration: { QueryString: "fields @message", LogGroupIdentifiers: ["/a"] }
          })
        ]
      })
      const [cpu, math, promQl, both, logs] = valueOf(answered) as ReadonlyArray<cloudwatchAlarms.Alarm>
      assert.deepStrictEqual(cpu, {
        arn: "arn:cpu",
        name: "cpu",
        type: "metric",
        actions: ["arn:topic", "arn:other"],
        actionsEnabled: true,
        state: "insufficient_data",
        stateSince: updated,
        configuredAt: changed,
        treatMissingData: "notbreaching",
        periodSeconds: 300,
        series: [
          { namespace: "AWS/EC2", metric: "CPUUtilization", dimensions: { InstanceId: "i-1" }, account: undefined }
        ],
        expressions: [],
        isPromQl: false,
        rule: "",
        suppressor: undefined,
        logGroups: []
      })
      assert.deepInclude(math, { stateSince: changed, periodSeconds: 10, expressions: ["m1 / m2"] })
      assert.deepStrictEqual(math?.series, [
        { namespace: "AWS/Lambda", metric: "Errors", dimensions: {}, account: "222222222222" },
        { namespace: "Shop", metric: "Errors", dimensions: {}, account: "222222222222" }
      ])
      assert.deepInclude(promQl, { type: "metric", isPromQl: true, treatMissingData: "missing" })
      assert.deepInclude(both, { type: "composite", rule: "ALARM(cpu)", suppressor: "quiet" })
      assert.deepStrictEqual(both?.actions, [])
      assert.deepInclude(logs, { type: "log" })
      assert.deepStrictEqual(logs?.logGroups, ["/a"])
    })
  )

  it.effect("takes a type that is left out for one that has none, and an answer without any for malformed", () =>
    Effect.gen(function* () {
      const { read: composite } = yield* read({ CompositeAlarms: [common("both", { AlarmRule: "ALARM(cpu)" })] })
      assert.strictEqual(valueOf(composite).length, 1)
      const { read: nothing } = yield* read({})
      assert.include(nothing.ok ? "" : nothing.error.summary, "MetricAlarms is missing")
    })
  )

  for (const field of [
    "AlarmArn",
    "AlarmName",
    "ActionsEnabled",
    "StateValue",
    "StateUpdatedTimestamp",
    "AlarmConfigurationUpdatedTimestamp",
    "Namespace"
  ]) {
    it.effect(`is malformed without ${field}`, () =>
      Effect.gen(function* () {
        const { read: answered } = yield* read({ MetricAlarms: [onMetric({ [field]: undefined })] })
        assert.include(answered.ok ? "" : answered.error.summary, `MetricAlarms[].${field} is missing`)
      })
    )
  }

  it.effect("fails where it is refused", () =>
    Effect.gen(function* () {
      const { read: answered } = yield* readDataset(cloudwatchAlarms.alarms, {
        "cloudwatch:DescribeAlarms": () => Promise.reject(Object.assign(new Error("no"), { name: "AccessDenied" }))
      })
      assert.isFalse(answered.ok)
    })
  )
})

describe("alarmsInRule", () => {
  it("finds names and ARNs, also those in quotes", () => {
    const rule = 'ALARM(cpu) AND NOT (OK("disk (root) \\"a\\"") OR INSUFFICIENT_DATA(arn:aws:cloudwatch:eu:1:alarm:x))'
    assert.includeMembers(
      [...cloudwatchAlarms.alarmsInRule(rule)],
      ["cpu", 'disk (root) "a"', "arn:aws:cloudwatch:eu:1:alarm:x"]
    )
    assert.includeMembers([...cloudwatchAlarms.alarmsInRule("AT_LEAST(2, ALARM, (cpu, disk, net))")], ["cpu", "net"])
  })
})
