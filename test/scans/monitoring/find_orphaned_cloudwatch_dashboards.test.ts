import { assert, describe, it } from "@effect/vitest"
import { known, type Reading, unknown } from "../../../core/Reading.ts"
import type { Dashboard, DashboardContent, ShownSeries } from "../../../datasets/aws/dashboards.ts"
import scan from "../../../scans/monitoring/find_orphaned_cloudwatch_dashboards.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const queue = (QueueName: string, more: Partial<ShownSeries> = {}): ShownSeries => ({
  namespace: "AWS/SQS",
  metric: "NumberOfMessagesSent",
  dimensions: { QueueName },
  account: undefined,
  region: "eu-west-1",
  ...more
})

const dashboard = (
  series: ReadonlyArray<ShownSeries>,
  more: Partial<DashboardContent> = {},
  name = "shop"
): Dashboard => ({
  arn: `arn:aws:cloudwatch::111111111111:dashboard/${name}`,
  name,
  lastModifiedAt: daysAgo(400),
  sizeBytes: 900,
  content: known({ widgets: 2, series, alarmArns: [], logGroups: [], unresolved: 0, ...more })
})

const gone = queue("gone")
const there = queue("orders")
const dark = queue("dark")

const shown = new Map<string, Reading<boolean>>([
  ["eu-west-1 queues gone", known(false)],
  ["eu-west-1 queues orders", known(true)],
  ["us-east-1 queues gone", known(true)],
  ["eu-west-1 queues dark", unknown("sqs:ListQueues: access denied")],
  ["eu-west-1 alarms gone", known(false)],
  ["eu-west-1 logGroups /gone", known(false)]
])

const run = (
  dashboards: unknown,
  options: { readonly shown?: unknown; readonly settings?: Readonly<Record<string, number>> } = {}
) =>
  judge(
    scan,
    { dashboards, shown: options.shown ?? shown },
    { region: "global", settings: options.settings ?? {}, prices: { "cloudwatch.dashboardMonth": 3 } }
  )

const isHealthy = ({ flagged, tooYoung, unknown }: ReturnType<typeof run>) =>
  assert.deepStrictEqual([...flagged, ...tooYoung, ...unknown], [])

const healthy = (count: number) => Array.from({ length: count }, (_, n) => dashboard([there], {}, `healthy-${n}`))

describe("find_orphaned_cloudwatch_dashboards", () => {
  it("flags a dashboard of which everything is gone: series, alarms and log groups", () => {
    const all = dashboard([gone], {
      alarmArns: ["arn:aws:cloudwatch:eu-west-1:111111111111:alarm:gone"],
      logGroups: [{ name: "/gone", region: "eu-west-1" }]
    })
    const { flags } = run([all, ...healthy(3)])
    assert.deepInclude(flags[0], { kind: "money", severity: "low", confidence: "high", observe: undefined })
    assert.deepStrictEqual(flags[0]?.reasons, ["orphaned"])
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 3, basis: "exact", claim: "delete" })
    assert.deepStrictEqual(flags[0]?.evidence, {
      gone: ["AWS/SQS gone", "alarm gone", "log group /gone"],
      references: 3,
      goneReferences: 3,
      unresolved: 0,
      widgets: 2,
      sizeBytes: 900,
      lastModified: "2025-10-16",
      stale: true
    })
  })

  it("flags one of which half is gone, and claims no saving", () => {
    const { flags } = run([dashboard([gone, there]), ...healthy(5)])
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, severity: "low", confidence: "high" })
    assert.deepStrictEqual(flags[0]?.reasons, ["partly_orphaned"])
    isHealthy(run([dashboard([gone, there, there])]))
  })

  it("claims no saving where something is shown that nobody can resolve", () => {
    const foreign = queue("gone", { account: "222222222222" })
    for (const one of [
      dashboard([gone], { unresolved: 1 }),
      dashboard([gone, queue("gone", { region: undefined })]),
      dashboard([gone, foreign]),
      dashboard([gone, queue("a", { namespace: "Shop" })]),
      dashboard([gone], { logGroups: [{ name: "/gone", region: undefined }] }),
      dashboard([gone], { alarmArns: ["arn:aws:cloudwatch:eu-west-1:222222222222:alarm:gone"] })
    ]) {
      const { flags } = run([one])
      assert.deepInclude(flags[0], { kind: "hygiene", confidence: "medium" })
      assert.deepStrictEqual([flags[0]?.reasons, flags[0]?.evidence["unresolved"]], [["partly_orphaned"], 1])
    }
  })

  it("leaves alone what shows no resource, whatever its age, and what shows another region's", () => {
    isHealthy(run([dashboard([])]))
    isHealthy(run([dashboard([], { unresolved: 3 })]))
    isHealthy(run([dashboard([queue("a", { namespace: "Shop" })])]))
    isHealthy(run([dashboard([queue("gone", { region: "us-east-1" })])]))
    isHealthy(run([dashboard([{ ...gone, namespace: "AWS/Lambda", dimensions: {} }])]))
  })

  it("shares what is left after the three that are free", () => {
    const savings = (dashboards: unknown) => run(dashboards).flags.map(({ savings }) => savings?.monthlyUsd)
    const two = [dashboard([gone]), dashboard([gone], {}, "other")]
    assert.deepStrictEqual(savings([...two, ...healthy(1)]), [0, 0])
    assert.deepStrictEqual(savings([...two, ...healthy(2)]), [1.5, 1.5])
    assert.deepStrictEqual(savings([...two, ...healthy(5)]), [3, 3])
    // One that stays shares nothing.
    assert.deepStrictEqual(savings([dashboard([gone]), dashboard([gone, there], {}, "half"), ...healthy(2)]), [
      undefined,
      3
    ])
    assert.deepInclude(run(gap([...two, ...healthy(5)])).flags[0]?.savings, { monthlyUsd: 0, basis: "none" })
  })

  it("does not know one of which too much was not told, and closes nothing of it", () => {
    const unread: Dashboard = { ...dashboard([]), content: unknown("cloudwatch:GetDashboard: access denied") }
    for (const judged of [
      run([dashboard([dark])]),
      run([dashboard([gone, dark])]),
      run([unread]),
      run([dashboard([gone])], { shown: gap() }),
      run([dashboard([gone])], { shown: gap(new Map()) })
    ]) {
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["shop"]])
      assert.strictEqual(judged.stateOf(unread.arn), "unknown")
    }
    // Enough of it is there, whatever became of the rest.
    isHealthy(run([dashboard([there, there, dark])]))
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    assert.strictEqual(run(gap([dashboard([gone])])).stateOf("arn:not-listed"), "unknown")
  })

  it("follows its settings", () => {
    const third = [dashboard([gone, there, there])]
    assert.deepStrictEqual(run(third, { settings: { deadReferencePct: 30 } }).flagged, ["shop: partly_orphaned"])
    isHealthy(run([dashboard([gone, there])], { settings: { deadReferencePct: 60 } }))
    assert.isFalse(run([dashboard([gone])], { settings: { staleDays: 400 } }).flags[0]?.evidence["stale"])
    assert.isTrue(run([dashboard([gone])], { settings: { staleDays: 399 } }).flags[0]?.evidence["stale"])
  })
})
