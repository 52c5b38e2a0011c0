import { assert, describe, it } from "@effect/vitest"
import { known, type Reading, unknown } from "../../../core/Reading.ts"
import type { Alarm, SeriesNamed } from "../../../datasets/aws/cloudwatchAlarms.ts"
import scan from "../../../scans/monitoring/find_orphaned_cloudwatch_alarms.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const arnOf = (name: string) => `arn:aws:cloudwatch:eu-west-1:111111111111:alarm:${name}`

const onQueue = (QueueName: string): SeriesNamed => ({
  namespace: "AWS/SQS",
  metric: "NumberOfMessagesSent",
  dimensions: { QueueName },
  account: undefined
})

const alarm = (more: Partial<Alarm> = {}): Alarm => ({
  arn: arnOf(more.name ?? "sent"),
  name: "sent",
  type: "metric",
  actions: ["arn:topic"],
  actionsEnabled: true,
  state: "insufficient_data",
  stateSince: daysAgo(60),
  configuredAt: daysAgo(400),
  treatMissingData: "missing",
  periodSeconds: 300,
  series: [onQueue("gone")],
  expressions: [],
  isPromQl: false,
  rule: "",
  suppressor: undefined,
  logGroups: [],
  ...more
})

/** What is there, what is not, and what could not be read. */
const targets = new Map<string, Reading<boolean>>([
  ["queues gone", known(false)],
  ["queues gone-too", known(false)],
  ["queues orders", known(true)],
  ["queues dark", unknown("sqs:ListQueues: access denied")],
  ["ecsClusters shop", known(true)],
  ["ecsServices shop/gone", known(false)],
  ["ecsClusters dark", unknown("ecs:ListClusters: access denied")],
  ["ecsServices dark/gone", known(false)],
  ["logGroups /gone", known(false)],
  ["logGroups /there", known(true)]
])

const run = (
  alarms: unknown,
  options: {
    readonly targets?: unknown
    readonly settings?: Readonly<Record<string, number | boolean>>
    /** Namespaces whose series nobody publishes any more; undefined where that is not told. */
    readonly forsaken?: ReadonlyArray<string> | undefined
  } = {}
) =>
  judge(
    scan,
    { alarms, targets: options.targets ?? targets },
    {
      settings: options.settings ?? {},
      answers: {
        forsaken: ({ namespace }: SeriesNamed) =>
          "forsaken" in options ? options.forsaken?.includes(namespace) : false
      },
      prices: {
        "cloudwatch.alarmStandardMonth": 0.1,
        "cloudwatch.alarmHighResMonth": 0.3,
        "cloudwatch.alarmCompositeMonth": 0.5
      }
    }
  )

const isHealthy = ({ flagged, tooYoung, unknown }: ReturnType<typeof run>) =>
  assert.deepStrictEqual([...flagged, ...tooYoung, ...unknown], [])

const healthy = (count: number) =>
  Array.from({ length: count }, (_, n) => alarm({ name: `healthy-${n}`, series: [onQueue("orders")] }))

describe("find_orphaned_cloudwatch_alarms", () => {
  it("flags an alarm on what was deleted, and who believes in it makes it worse", () => {
    const { flags } = run([alarm(), ...healthy(10)])
    assert.deepInclude(flags[0], { kind: "money", severity: "medium", confidence: "high", observe: undefined })
    assert.deepStrictEqual(flags[0]?.reasons, ["orphaned"])
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 0.1, basis: "upper_bound", claim: "delete" })
    assert.deepStrictEqual(flags[0]?.evidence, {
      type: "metric",
      missing: ["gone"],
      metrics: ["AWS/SQS NumberOfMessagesSent"],
      state: "insufficient_data",
      stateSince: "2026-09-21",
      actions: ["arn:topic"],
      actionsEnabled: true
    })
    for (const more of [{ actions: [] }, { actionsEnabled: false }]) {
      assert.strictEqual(run([alarm(more)]).flags[0]?.severity, "low")
    }
  })

  it("leaves an alarm alone of which something is there", () => {
    isHealthy(run([alarm({ series: [onQueue("orders")] })]))
    isHealthy(run([alarm({ series: [onQueue("gone"), onQueue("orders")], expressions: ["m1 + m2"] })]))
    isHealthy(run([alarm({ series: [onQueue("dark"), onQueue("orders")] })]))
    // A sum over all of a service.
    isHealthy(run([alarm({ series: [{ ...onQueue(""), namespace: "AWS/Lambda", dimensions: {} }] })]))
    assert.deepStrictEqual(run([alarm({ series: [onQueue("gone"), onQueue("gone-too")] })]).flagged, ["sent: orphaned"])
  })

  it("flags an alarm on a service that is gone from a cluster that is there, or not known", () => {
    for (const cluster of ["shop", "dark"]) {
      const dimensions = { ClusterName: cluster, ServiceName: "gone" }
      const judged = run([alarm({ series: [{ ...onQueue(""), namespace: "AWS/ECS", dimensions }] })])
      assert.deepStrictEqual(judged.flags[0]?.evidence["missing"], [`${cluster}/gone`])
    }
  })

  it("leaves an alarm of target tracking alone", () => {
    isHealthy(run([alarm({ name: "TargetTracking-table/orders-AlarmHigh-1" })]))
  })

  it("judges alarms on logs by their log groups", () => {
    const onLogs = (...logGroups: ReadonlyArray<string>) => alarm({ type: "log", series: [], logGroups })
    const { flags } = run([onLogs("/gone")])
    assert.deepStrictEqual(flags[0]?.evidence["missing"], ["/gone"])
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 0, basis: "none" })
    isHealthy(run([onLogs("/gone", "/there")]))
    assert.deepStrictEqual(run([onLogs("arn:aws:logs:eu-west-1:222222222222:log-group:/a")]).unknown, ["sent"])
    assert.deepStrictEqual(run([onLogs()]).unknown, ["sent"])
  })

  it("judges alarms on alarms by those", () => {
    const composite = (rule: string) => alarm({ name: "all", type: "composite", series: [], rule })
    const { flags } = run([composite(`ALARM("gone (web)") AND NOT OK(${arnOf("also-gone")})`)])
    assert.deepStrictEqual(flags[0]?.evidence["missing"], [arnOf("also-gone"), "gone (web)"])
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 0.5, basis: "exact" })
    isHealthy(run([composite("ALARM(gone) OR ALARM(healthy-0)"), ...healthy(1)]))
    isHealthy(run([composite(`AT_LEAST(1, ALARM, (gone, ${arnOf("healthy-0")}))`), ...healthy(1)]))
    // The page that failed may have the alarm.
    assert.deepStrictEqual(run(gap([composite("ALARM(gone)")])).unknown, ["all"])
    assert.deepStrictEqual(run([composite("TRUE")]).unknown, ["all"])
  })

  it("does not know what nobody lists, by name, and never calls it orphaned", () => {
    const why = (more: Partial<Alarm>) => run([alarm(more)]).whyUnknown
    assert.deepStrictEqual(why({ state: "ok", series: [{ ...onQueue("a"), namespace: "Shop/Orders" }] }), [
      "sent: what has metrics in Shop/Orders is not listed"
    ])
    assert.deepStrictEqual(why({ series: [onQueue("dark")] }), ["sent: sqs:ListQueues: access denied"])
    assert.deepStrictEqual(why({ series: [onQueue("gone"), onQueue("dark")] }), ["sent: sqs:ListQueues: access denied"])
    assert.match(why({ series: [{ ...onQueue("gone"), account: "222222222222" }] })[0] ?? "", /222222222222/)
    assert.match(why({ expressions: ["SELECT MAX(x) FROM y"], series: [] })[0] ?? "", /query/)
    assert.match(why({ isPromQl: true, series: [] })[0] ?? "", /not in the list/)
  })

  describe("on metrics of which no list tells what they are about", () => {
    const custom = (more: Partial<SeriesNamed> = {}) => ({ ...onQueue("a"), namespace: "Shop/Orders", ...more })
    const forsaken = ["Shop/Orders"]

    it("flags one without data whose series is silent, and is not sure", () => {
      const { flags } = run([alarm({ series: [custom()] })], { forsaken })
      assert.deepInclude(flags[0], { severity: "medium", confidence: "low" })
      assert.deepStrictEqual([flags[0]?.reasons, flags[0]?.evidence["missing"]], [["orphaned"], ["Shop/Orders a"]])
      const both = run([alarm({ series: [custom(), onQueue("gone")], expressions: ["m1 / m2"] })], { forsaken })
      assert.deepStrictEqual(both.flags[0]?.evidence["missing"], ["Shop/Orders a", "gone"])
    })

    it("leaves one alone whose series is alive, or that looks at something that is there", () => {
      isHealthy(run([alarm({ series: [custom()] })]))
      const judged = run([alarm({ series: [custom(), onQueue("orders")] })], { forsaken })
      isHealthy(judged)
      assert.deepStrictEqual(judged.asked, [])
    })

    it("does not know one that was changed lately, has data, counts AWS's errors, or of which that is not told", () => {
      const unknown = (more: Partial<Alarm>, options: Parameters<typeof run>[1] = { forsaken }) => {
        const judged = run([alarm({ series: [custom()], ...more })], options)
        assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["sent"]])
      }
      unknown({ configuredAt: daysAgo(13) })
      unknown({ state: "ok" })
      unknown({ series: [custom({ account: "222222222222" })] })
      unknown(
        { series: [custom({ namespace: "AWS/States", metric: "ExecutionsFailed" })] },
        { forsaken: ["AWS/States"] }
      )
      unknown({ series: [custom(), onQueue("dark")] })
      unknown({ expressions: ["SELECT MAX(x) FROM y"] })
      unknown({}, { forsaken: undefined })
      unknown({}, { forsaken, settings: { unknownNamespaceFallback: false } })
    })
  })

  it("does not know an alarm where what it names was not read, and closes nothing of it", () => {
    for (const unread of [gap(), gap(new Map())]) {
      const judged = run([alarm()], { targets: unread })
      assert.deepStrictEqual([judged.flagged, judged.unknown, judged.status], [[], ["sent"], "partial"])
      assert.strictEqual(judged.stateOf(arnOf("sent")), "unknown")
    }
  })

  it("does not judge an alarm that was changed just now", () => {
    assert.deepStrictEqual(run([alarm({ configuredAt: daysAgo(0.5) })]).tooYoung, ["sent"])
    assert.deepStrictEqual(run([alarm({ configuredAt: daysAgo(5) })], { settings: { minAgeDays: 7 } }).tooYoung, [
      "sent"
    ])
    assert.deepStrictEqual(run([alarm({ configuredAt: daysAgo(1) })]).flagged, ["sent: orphaned"])
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([alarm()]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["sent: orphaned"]])
    // How many alarms are free is not known.
    assert.deepInclude(partial.flags[0]?.savings, { monthlyUsd: 0, basis: "none" })
    assert.strictEqual(partial.stateOf("arn:not-listed"), "unknown")
  })
})
