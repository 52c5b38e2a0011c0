import { assert, describe, it } from "@effect/vitest"
import { known, unknown } from "../../../core/Reading.ts"
import type { Alarm } from "../../../datasets/aws/cloudwatchAlarms.ts"
import scan from "../../../scans/monitoring/find_unused_cloudwatch_alarms.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const arnOf = (name: string) => `arn:aws:cloudwatch:eu-west-1:111111111111:alarm:${name}`

const cpu = {
  namespace: "AWS/EC2",
  metric: "CPUUtilization",
  dimensions: { InstanceId: "i-1" },
  account: undefined
}

const alarm = (more: Partial<Alarm> = {}): Alarm => ({
  arn: arnOf(more.name ?? "cpu"),
  name: "cpu",
  type: "metric",
  actions: ["arn:topic"],
  actionsEnabled: true,
  state: "ok",
  stateSince: daysAgo(200),
  configuredAt: daysAgo(400),
  treatMissingData: "missing",
  periodSeconds: 300,
  series: [cpu],
  expressions: [],
  isPromQl: false,
  rule: "",
  suppressor: undefined,
  logGroups: [],
  ...more
})

const silent = (more: Partial<Alarm> = {}) => alarm({ state: "insufficient_data", ...more })
const mute = (more: Partial<Alarm> = {}) => alarm({ actions: [], ...more })

/** So many alarms that need no look, and cost their metrics. */
const healthy = (count: number) => Array.from({ length: count }, (_, n) => alarm({ name: `healthy-${n}` }))

const nothing = { dashboards: [], healthChecks: [], services: [], rules: [] }

const run = (
  alarms: unknown,
  data: Partial<Record<keyof typeof nothing, unknown>> = {},
  settings: Readonly<Record<string, number | boolean>> = {}
) =>
  judge(
    scan,
    { ...nothing, ...data, alarms },
    {
      settings,
      prices: {
        "cloudwatch.alarmStandardMonth": 0.1,
        "cloudwatch.alarmHighResMonth": 0.3,
        "cloudwatch.alarmCompositeMonth": 0.5
      }
    }
  )

const isHealthy = ({ flagged, tooYoung, unknown }: ReturnType<typeof run>, message?: string) =>
  assert.deepStrictEqual([...flagged, ...tooYoung, ...unknown], [], message)

describe("find_unused_cloudwatch_alarms", () => {
  it("flags an alarm that has had no data for a month", () => {
    const { flags } = run([silent({ stateSince: daysAgo(30) }), ...healthy(10)])
    assert.deepInclude(flags[0], { kind: "money", severity: "low", confidence: "high", observe: undefined })
    assert.deepStrictEqual(flags[0]?.reasons, ["insufficient_data"])
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 0.1, basis: "upper_bound", claim: "delete" })
    assert.deepStrictEqual(flags[0]?.evidence, {
      type: "metric",
      state: "insufficient_data",
      stateSince: "2026-10-21",
      configuredAt: "2025-10-16",
      metrics: ["AWS/EC2 CPUUtilization"],
      dimensions: ["InstanceId=i-1"],
      periodSeconds: 300,
      missingData: "missing",
      actions: ["arn:topic"],
      actionsEnabled: true
    })
    // One of the free ten warns nobody either.
    assert.deepInclude(run([silent()]).flags[0], { severity: "low" })
    assert.strictEqual(run([silent()]).flags[0]?.savings?.monthlyUsd, 0)
    isHealthy(run([silent({ stateSince: daysAgo(29) })]))
    isHealthy(run([alarm({ state: "alarm" })]))
  })

  it("is less sure of metrics that are silent while all is well", () => {
    const errors = { ...cpu, metric: "HTTPCode_ELB_5XX_Count" }
    const confidence = (more: Partial<Alarm>) => run([silent(more)]).flags[0]?.confidence
    assert.strictEqual(confidence({ series: [errors] }), "low")
    assert.strictEqual(confidence({ series: [errors], treatMissingData: "breaching" }), "high")
  })

  it("flags an alarm that tells nobody, and is not sure that nobody looks", () => {
    const { flags } = run([mute(), ...healthy(12)])
    assert.deepInclude(flags[0], { kind: "money", severity: "low", confidence: "low" })
    assert.deepStrictEqual(flags[0]?.reasons, ["no_actions"])
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 0.1)
    assert.deepStrictEqual(run([alarm({ actionsEnabled: false })]).flagged, ["cpu: no_actions"])
  })

  it("leaves an alarm of target tracking alone, whatever it is like", () => {
    isHealthy(run([silent({ name: "TargetTracking-table/orders-AlarmHigh-1" })]))
  })

  describe("without actions", () => {
    it("leaves one alone that something looks at", () => {
      const composite = (rule: string, more: Partial<Alarm> = {}) =>
        alarm({ name: "all", type: "composite", series: [], rule, ...more })
      isHealthy(run([mute(), composite("ALARM(cpu) OR ALARM(memory)")]))
      isHealthy(run([mute(), composite(`OK("${arnOf("cpu")}")`)]))
      isHealthy(run([mute({ name: "cpu (web)" }), composite('ALARM("cpu (web)")')]))
      isHealthy(run([mute(), composite("TRUE", { suppressor: "cpu" })]))
      isHealthy(run([mute()], { dashboards: [{ content: known({ alarmArns: [arnOf("cpu")] }) }] }))
      isHealthy(run([mute()], { healthChecks: [{ id: "h", alarm: "eu-west-1/cpu" }] }))
      isHealthy(run([mute()], { services: [{ deploymentAlarms: ["cpu"] }] }))
      for (const pattern of [
        '{"source":["aws.cloudwatch"]}',
        '{"detail-type":["CloudWatch Alarm State Change"],"detail":{"alarmName":["cpu","memory"]}}',
        '{"source":["aws.cloudwatch"],"detail":{"alarmName":[{"prefix":"web-"}]}}',
        `{"source":["aws.cloudwatch"],"resources":["${arnOf("cpu")}"]}`
      ]) {
        isHealthy(run([mute()], { rules: [{ state: "enabled", pattern }] }), pattern)
      }
    })

    it("is not taken in by what looks at others", () => {
      const others = {
        dashboards: [{ content: known({ alarmArns: [arnOf("memory")] }) }],
        healthChecks: [
          { id: "h", alarm: "us-east-1/cpu" },
          { id: "e", alarm: undefined }
        ],
        services: [{ deploymentAlarms: ["memory"] }],
        rules: [
          { state: "enabled", pattern: '{"source":["aws.ec2"]}' },
          { state: "enabled", pattern: '{"source":["aws.cloudwatch"],"detail":{"alarmName":["memory"]}}' },
          { state: "disabled", pattern: '{"source":["aws.cloudwatch"]}' },
          { state: "enabled", pattern: undefined }
        ]
      }
      const composite = alarm({ name: "all", type: "composite", rule: "ALARM(cpu-of-db)", series: [] })
      assert.deepStrictEqual(run([mute(), composite], others).flagged, ["cpu: no_actions"])
    })

    it("is not known where what may look at it could not be read", () => {
      for (const read of Object.keys(nothing)) {
        const judged = run([mute(), silent({ name: "silent" })], { [read]: gap([]) })
        assert.deepStrictEqual([judged.flagged, judged.unknown], [["silent: insufficient_data"], ["cpu"]], read)
        assert.deepStrictEqual([judged.status, judged.stateOf(arnOf("cpu"))], ["partial", "unknown"])
      }
      assert.deepStrictEqual(run([mute()], { dashboards: [{ content: unknown("denied") }] }).unknown, ["cpu"])
    })
  })

  it("does not judge an alarm that was changed in the window", () => {
    assert.deepStrictEqual(run([silent({ configuredAt: daysAgo(29) })]).tooYoung, ["cpu"])
    assert.deepStrictEqual(run([mute({ configuredAt: daysAgo(29) })]).tooYoung, ["cpu"])
    assert.deepStrictEqual(run([silent({ configuredAt: daysAgo(30) })]).flagged, ["cpu: insufficient_data"])
  })

  describe("what it saves", () => {
    const savings = (alarms: unknown) => run(alarms).flags.map(({ savings }) => [savings?.monthlyUsd, savings?.basis])

    it("shares what is left after the ten that are free", () => {
      assert.deepStrictEqual(savings([silent(), ...healthy(9)]), [[0, "upper_bound"]])
      // Twelve cost two; without four of them, none costs anything.
      const four = ["a", "b", "c", "d"].map((name) => silent({ name }))
      assert.deepStrictEqual(
        savings([...four, ...healthy(8)]),
        Array.from({ length: 4 }, () => [0.05, "upper_bound"])
      )
    })

    it("counts metrics and not alarms, and three for a band", () => {
      const math = silent({ series: [cpu, { ...cpu, metric: "NetworkIn" }], expressions: ["m1 / m2"] })
      assert.deepStrictEqual(savings([math, ...healthy(10)]), [[0.2, "upper_bound"]])
      const band = silent({ expressions: ["ANOMALY_DETECTION_BAND(m1, 2)"] })
      assert.deepStrictEqual(savings([band, ...healthy(10)]), [[0.3, "upper_bound"]])
    })

    it("prices high resolution and composite alarms in full", () => {
      assert.deepStrictEqual(savings([silent({ periodSeconds: 10 })]), [[0.3, "exact"]])
      assert.deepStrictEqual(savings([silent({ type: "composite", series: [], periodSeconds: undefined })]), [
        [0.5, "exact"]
      ])
    })

    it("gives no figure where the price, or how many are free, is not known", () => {
      for (const more of [
        { type: "log", series: [] },
        { isPromQl: true, series: [] },
        { series: [], expressions: ['SELECT AVG(CPUUtilization) FROM SCHEMA("AWS/EC2")'] }
      ] as const) {
        assert.deepStrictEqual(savings([silent(more)]), [[0, "none"]])
      }
      assert.deepStrictEqual(savings(gap([silent(), ...healthy(20)])), [[0, "none"]])
    })
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([silent(), mute({ name: "mute" })]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["cpu: insufficient_data"]])
    // A composite alarm on the page that failed may be made of it.
    assert.deepStrictEqual(partial.unknown, ["mute"])
    assert.strictEqual(partial.stateOf("arn:not-listed"), "unknown")
  })

  it("follows its settings", () => {
    isHealthy(run([mute()], {}, { flagNoActions: false }))
    assert.deepStrictEqual(run([silent()], {}, { flagNoActions: false }).flagged, ["cpu: insufficient_data"])
    isHealthy(run([silent({ stateSince: daysAgo(50) })], {}, { insufficientDataDays: 60 }))
    const soon = run([silent({ stateSince: daysAgo(8), configuredAt: daysAgo(8) })], {}, { insufficientDataDays: 7 })
    assert.deepStrictEqual(soon.flagged, ["cpu: insufficient_data"])
  })
})
