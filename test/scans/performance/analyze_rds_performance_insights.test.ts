import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadComputePrices } from "../../../core/pricing/ComputePrices.ts"
import type { TopLoad } from "../../../datasets/aws/pi.ts"
import type { DatabaseInstance } from "../../../datasets/aws/rds.ts"
import scan from "../../../scans/performance/analyze_rds_performance_insights.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series } from "../harness.ts"

const compute = await Effect.runPromise(loadComputePrices(["sizes"]))

const instance = (more: Partial<DatabaseInstance> = {}, id = "orders"): DatabaseInstance =>
  ({
    arn: `arn:aws:rds:eu-west-1:111111111111:db:${id}`,
    id,
    resourceId: "db-ORDERS",
    engine: "mysql",
    engineVersion: "8.4.7",
    instanceClass: "db.m6g.large",
    status: "available",
    createdAt: daysAgo(400),
    insights: true,
    insightsMode: "advanced",
    clusterId: undefined,
    replicaIds: [],
    securityGroupIds: [],
    tags: {},
    ...more
  }) as DatabaseInstance

/** Five minutes of the seven full days and the first two hours of today. */
const periods = 7 * 288 + 24

const each = (value: number, count = periods): ReadonlyArray<number> => Array.from({ length: count }, () => value)

type Metrics = Readonly<Record<string, ReadonlyArray<number> | undefined>>

const top: TopLoad = {
  waits: [{ name: "io/table/sql/handler", load: 1.234 }],
  statements: [{ name: "SELECT * FROM `orders` WHERE `id` = ?", load: 0.9 }]
}

interface Options {
  readonly metrics?: Metrics
  readonly top?: TopLoad | undefined
  readonly waiting?: undefined
  readonly settings?: Readonly<Record<string, number>>
}

const run = (instances: unknown, options: Options = {}) => {
  const metrics: Metrics = { DBLoad: each(0.4), DBLoadNonCPU: each(0.1), ...options.metrics }
  const own = series(({ metric }) => (metric in metrics ? metrics[metric] : []))
  return judge(
    scan,
    { instances, sessions: own },
    {
      compute,
      answers: {
        waiting: () => ("waiting" in options ? options.waiting : own),
        capacity: () => own,
        topLoad: () => ("top" in options ? options.top : top)
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )
}

const of = (load: number, waiting: number, options: Options = {}, one = instance()) => {
  const { flags } = run([one], {
    ...options,
    metrics: { DBLoad: each(load), DBLoadNonCPU: each(waiting), ...options.metrics }
  })
  return flags[0] === undefined ? undefined : [flags[0].reasons.join("+"), flags[0].severity]
}

describe("analyze_rds_performance_insights", () => {
  it("leaves a database with little load alone, and asks nothing more about it", () => {
    const { asked, flagged } = run([instance()])
    assert.deepStrictEqual([asked, flagged], [[], []])
    assert.deepStrictEqual(run([]).flagged, [])
  })

  it("flags more sessions at work than the class has vCPUs, with what they do", () => {
    const { asked, flags } = run([instance()], { metrics: { DBLoad: each(3), DBLoadNonCPU: each(1) } })
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, severity: "medium", confidence: "high" })
    assert.deepStrictEqual(flags[0]?.reasons, ["overloaded"])
    assert.deepInclude(flags[0]?.evidence, {
      class: "db.m6g.large",
      insights: "advanced",
      vcpus: 2,
      loadP95: 3,
      loadMean: 3,
      loadPerVcpu: 1.5,
      waitingPercent: 33,
      topWaits: ["1.23: io/table/sql/handler"],
      topSql: ["0.9: SELECT * FROM `orders` WHERE `id` = ?"]
    })
    assert.deepStrictEqual(asked, ["topLoad db-ORDERS", "waiting orders"])
    assert.deepStrictEqual(of(2, 0), ["overloaded", "medium"])
    assert.deepStrictEqual(of(4, 0), ["overloaded", "high"])
    assert.isUndefined(of(1.9, 0))
    // Threads that were turned off are no vCPUs.
    assert.deepStrictEqual(of(1.9, 0, {}, instance({ chosenVcpu: 1 })), ["overloaded", "medium"])
  })

  it("takes the time without datapoints for time without load", () => {
    // A heavy hour a day is 4 % of the time, and two are 8 %.
    const day = (heavy: number) => [...each(9, heavy * 12), ...each(Number.NaN, 288 - heavy * 12)]
    const week = (heavy: number) => Array.from({ length: 7 }, () => day(heavy)).flat()
    assert.deepStrictEqual(run([instance()], { metrics: { DBLoad: week(1) } }).flagged, [])
    assert.deepStrictEqual(run([instance()], { metrics: { DBLoad: week(2), DBLoadNonCPU: [] } }).flagged, [
      "orders: overloaded"
    ])
    const idle = run([instance()], { metrics: { DBLoad: [], DBLoadNonCPU: [] } })
    assert.deepStrictEqual([idle.flagged, idle.unknown], [[], []])
  })

  it("flags load that mostly waits, where there is enough of it", () => {
    assert.deepStrictEqual(of(1, 0.61), ["wait_bound", "low"])
    assert.isUndefined(of(1, 0.6))
    assert.isUndefined(of(0.9, 0.9))
    assert.deepStrictEqual(of(4, 3), ["overloaded+wait_bound", "high"])
  })

  it("compares a serverless database with the capacity that it had, and only remarks it", () => {
    const serverless = instance({ instanceClass: "db.serverless", engine: "aurora-mysql", clusterId: "shop" })
    const options = { metrics: { ServerlessDatabaseCapacity: each(8, 8), DBLoad: each(2), DBLoadNonCPU: each(0) } }
    const { flags } = run([serverless], options)
    assert.deepInclude(flags[0], { kind: "notice", severity: "info", confidence: "low", savings: null })
    assert.deepInclude(flags[0]?.evidence, { vcpus: 2, loadPerVcpu: 1, cluster: "shop" })
    const paused = { metrics: { ...options.metrics, ServerlessDatabaseCapacity: each(0, 8) } }
    assert.deepStrictEqual(run([serverless], paused).unknown, ["orders"])
    assert.deepStrictEqual(run([serverless], { metrics: { DBLoad: each(2) } }).unknown, ["orders"])
  })

  it("does not know what is not measured or not told", () => {
    const why = (one: DatabaseInstance, options: Options = {}) =>
      run([one], options).whyUnknown[0]?.replace("orders: ", "")
    assert.strictEqual(why(instance({ insights: false })), "its load is not measured: Performance Insights is off")
    assert.match(why(instance(), { metrics: { DBLoad: undefined } }) ?? "", /InternalError/)
    assert.strictEqual(why(instance({ status: "modifying" })), "it is modifying at the moment")
    assert.match(why(instance({ instanceClass: "db.z9.large" })) ?? "", /how many vCPUs db.z9.large has/)
    // Whether it waits is not known; that it is overloaded is.
    const waiting = { DBLoad: each(1), DBLoadNonCPU: undefined }
    assert.match(why(instance(), { metrics: waiting }) ?? "", /DBLoadNonCPU/)
    assert.strictEqual(why(instance(), { metrics: { DBLoad: each(1) }, waiting: undefined }), "waiting was not told")
    const { flags } = run([instance()], { metrics: { ...waiting, DBLoad: each(3) } })
    assert.deepStrictEqual(flags[0]?.reasons, ["overloaded"])
    assert.isNull(flags[0]?.evidence["waitingPercent"])
  })

  it("reports the load without what it consists of, where that is refused", () => {
    const metrics = { DBLoad: each(3) }
    for (const { flags } of [
      run([instance()], { metrics, top: undefined }),
      run([instance({ resourceId: undefined })], { metrics })
    ]) {
      assert.deepStrictEqual(flags[0]?.reasons, ["overloaded"])
      assert.deepInclude(flags[0]?.evidence, { topWaits: null, topSql: null })
    }
    const long = {
      waits: [],
      statements: [
        { name: `SELECT ${"a, ".repeat(99)}`, load: 1 },
        { name: "", load: 0.5 }
      ]
    }
    const shown = run([instance()], { metrics, top: long }).flags[0]?.evidence["topSql"] as ReadonlyArray<string>
    assert.strictEqual(shown[0], "0.5: not told")
    assert.isAtMost(shown[1]?.length ?? 0, 170)
  })

  it("leaves alone what is stopped or another service, and what is too young", () => {
    for (const more of [{ status: "stopped" }, { engine: "docdb" }, { engine: "custom-oracle-ee" }]) {
      const { counters } = run([instance(more)], { metrics: { DBLoad: each(9) } })
      assert.deepInclude(counters, { examined: 1, flagged: 0, unknown: 0 })
    }
    assert.deepStrictEqual(run([instance({ createdAt: daysAgo(6) })]).tooYoung, ["orders"])
    assert.deepStrictEqual(run([instance({ createdAt: undefined, status: "creating" })]).tooYoung, ["orders"])
    assert.deepStrictEqual(run([instance({ createdAt: undefined })]).unknown, ["orders"])
  })

  it("follows every setting", () => {
    assert.deepStrictEqual(of(1.9, 0, { settings: { loadPerVcpuMin: 0.9 } }), ["overloaded", "low"])
    const recent = [...each(0, 5 * 288), ...each(4, 2 * 288 + 24)]
    const early = { metrics: { DBLoad: [...each(4, 5 * 288), ...each(0, 2 * 288 + 24)] } }
    assert.deepStrictEqual(run([instance()], { metrics: { DBLoad: recent } }).flagged, ["orders: overloaded"])
    assert.deepStrictEqual(run([instance()], { ...early, settings: { lookbackDays: 2 } }).flagged, [])
    const names = (settings: Readonly<Record<string, number>>) =>
      Object.values(scan.probes({ lookbackDays: 7, topWaits: 5, topSql: 5, ...settings })).map(({ name }) => name)
    assert.include(names({ topWaits: 3 }), "pi.topLoad(7, 3, 5)")
    assert.include(names({ topSql: 2 }), "pi.topLoad(7, 5, 2)")
  })

  it("closes nothing that a failed read leaves out", () => {
    assert.strictEqual(run(gap()).status, "unavailable")
    assert.strictEqual(run(gap([instance()])).status, "partial")
    const { status, unknown } = judge(scan, { instances: [instance()], sessions: gap() }, { compute })
    assert.deepStrictEqual([status, unknown], ["partial", ["orders"]])
  })
})
