import { assert, describe, it } from "@effect/vitest"
import type { ColdStarts, FunctionLogs } from "../../../datasets/aws/coldStarts.ts"
import type { LambdaFunction, ProvisionedConcurrency } from "../../../datasets/aws/lambda.ts"
import type { LogGroup } from "../../../datasets/aws/logs.ts"
import scan from "../../../scans/performance/analyze_lambda_cold_starts.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series } from "../harness.ts"
import { lambdaFunction as fn } from "../lambdaFunction.ts"

const prices = {
  "lambda.x86GBs": 0.00002,
  "lambda.armGBs": 0.00001,
  "lambda.provisionedConcurrencyGBs": 0.000004,
  "lambda.provisionedConcurrencyArmGBs": 0.000003
}

const group = (more: Partial<LogGroup> = {}): LogGroup => {
  const name = more.name ?? "/aws/lambda/orders"
  return {
    arn: `arn:aws:logs:eu-west-1:111111111111:log-group:${name}`,
    name,
    createdAt: daysAgo(300),
    storedBytes: 1_000_000,
    retentionDays: undefined,
    logGroupClass: "STANDARD",
    deletionProtected: false,
    metricFilters: 0,
    kmsKeyId: undefined,
    ...more
  }
}

/** Calls of each of the seven days and of the two hours of the day of the run. */
const daily = (calls: number): ReadonlyArray<number> => Array.from({ length: 8 }, () => calls)

interface World {
  /** Calls by day, by the function's name. Default: 1,000 a day. */
  readonly calls?: (name: string) => ReadonlyArray<number> | undefined
  /** Gigabytes of each day, by the log group's name. Default: 0.1. */
  readonly gb?: (group: string) => number | undefined
  readonly groups?: ReadonlyArray<LogGroup> | ReturnType<typeof gap>
  /** What the reports say beside what was asked. Default: 500 starts of 2 seconds. */
  readonly told?: Partial<ColdStarts> | "untold"
  readonly provisioned?: ReadonlyArray<ProvisionedConcurrency> | "untold"
  readonly settings?: Record<string, number>
  readonly prices?: object
}

const run = (functions: ReadonlyArray<LambdaFunction> | ReturnType<typeof gap>, world: World = {}) => {
  const { calls = () => daily(1000), gb = () => 0.1, groups = [group()], provisioned = [], settings, told = {} } = world
  const questions: Array<FunctionLogs> = []
  const judged = judge(
    scan,
    {
      functions,
      invocations: series(({ dimensions }) => calls(dimensions["FunctionName"] ?? "")),
      logGroups: groups,
      logBytes: series(({ dimensions }) => {
        const own = gb(dimensions["LogGroupName"] ?? "")
        return own === undefined ? undefined : daily(own * 1_000_000_000)
      })
    },
    {
      prices: { ...prices, ...world.prices },
      answers: {
        reports: (question: FunctionLogs): ColdStarts | undefined => {
          questions.push(question)
          if (told === "untold") return undefined
          const { calls, days } = question
          return { days, seconds: 612_000, calls, reports: calls, starts: 500, p95Ms: 2000, initMs: 800_000, ...told }
        },
        provisioned: () => (provisioned === "untold" ? undefined : provisioned)
      },
      ...(settings === undefined ? {} : { settings })
    }
  )
  return { ...judged, questions }
}

describe("analyze_lambda_cold_starts", () => {
  it("flags a function whose calls wait often and long, with what initialising costs at most", () => {
    const { asked, flags, questions, status } = run([fn({ codeSizeBytes: 12_340_000 })])
    assert.deepStrictEqual(flags[0]?.reasons, ["slow_cold_starts"])
    assert.deepInclude(flags[0], { kind: "money", severity: "medium", confidence: "high" })
    // 800 s × 0.5 GB in 612,000 s, of which a month has 2,628,000.
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 0.03, basis: "upper_bound", claim: "modernise" })
    assert.closeTo(flags[0]?.savings?.terms[0]?.quantity ?? 0, 1717.65, 0.01)
    assert.deepStrictEqual(flags[0]?.evidence, {
      coldStartPercent: 6.3,
      startP95Ms: 2000,
      coldStarts: 500,
      invocations: 8000,
      runtime: "nodejs24.x",
      memoryMb: 512,
      architecture: "x86_64",
      codeMb: 12.3,
      snapStart: false,
      provisionedConcurrency: [],
      provisionedUsdEach: 5.26,
      advice:
        "less code and fewer connections before the first call, more memory, or provisioned concurrency for steady traffic",
      days: 7,
      shortenedByRetention: false
    })
    assert.deepStrictEqual(asked, [`provisioned ${fn().arn}`, `reports 007 ${fn().arn}`])
    assert.deepStrictEqual(questions, [
      {
        arn: fn().arn,
        logGroup: "/aws/lambda/orders",
        lastModifiedAt: fn().lastModifiedAt,
        days: 7,
        calls: 8000,
        gb: 0.8
      }
    ])
    assert.strictEqual(status, "complete")
  })

  it("is severe from five seconds, and prices arm64 by its own price", () => {
    assert.strictEqual(run([fn()], { told: { p95Ms: 5000 } }).flags[0]?.severity, "high")
    assert.strictEqual(run([fn()], { told: { p95Ms: 4999 } }).flags[0]?.severity, "medium")
    const { flags } = run([fn({ architecture: "arm64" })], { told: { initMs: 8_000_000 } })
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 0.17)
    assert.strictEqual(flags[0]?.evidence["provisionedUsdEach"], 3.94)
  })

  it("shows a risk without money where initialising costs nothing to speak of, or its price is not known", () => {
    const restored = run([fn({ snapStart: true })], { told: { initMs: 0 } })
    assert.deepInclude(restored.flags[0], { kind: "hygiene", severity: "medium", savings: null })
    assert.include(restored.flags[0]?.evidence["advice"], "SnapStart is on")
    const unpriced = run([fn()], {
      prices: { "lambda.x86GBs": undefined, "lambda.provisionedConcurrencyGBs": undefined }
    })
    assert.deepInclude(unpriced.flags[0], { kind: "hygiene", savings: null })
    assert.isNull(unpriced.flags[0]?.evidence["provisionedUsdEach"])
  })

  it("advises SnapStart where the runtime has it", () => {
    for (const runtime of ["java11", "java21", "python3.12", "python3.13", "dotnet8", "dotnet10"]) {
      assert.include(run([fn({ runtime })]).flags[0]?.evidence["advice"], "SnapStart", runtime)
    }
    for (const more of [
      { runtime: "java8.al2" },
      { runtime: "python3.11" },
      { runtime: undefined, packageType: "Image" }
    ]) {
      assert.notInclude(run([fn(more)]).flags[0]?.evidence["advice"], "SnapStart")
    }
  })

  it("is less sure where environments are kept ready, or that is not told", () => {
    const live = { qualifier: "live", allocated: 3, changedAt: daysAgo(50) }
    const kept = run([fn()], { provisioned: [live, { ...live, qualifier: "off", allocated: 0 }] })
    assert.strictEqual(kept.flags[0]?.confidence, "medium")
    assert.deepStrictEqual(kept.flags[0]?.evidence["provisionedConcurrency"], ["live: 3"])
    const untold = run([fn()], { provisioned: "untold" })
    assert.strictEqual(untold.flags[0]?.confidence, "medium")
    assert.isNull(untold.flags[0]?.evidence["provisionedConcurrency"])
  })

  it("leaves alone what starts seldom or fast, what is hardly called, and what starts no environment for a call", () => {
    assert.deepStrictEqual(run([fn()], { told: { starts: 399 } }).flagged, [])
    assert.deepStrictEqual(run([fn()], { told: { p95Ms: 999 } }).flagged, [])
    assert.deepStrictEqual(run([fn()], { told: { starts: 0, p95Ms: null } }).flagged, [])
    const rare = run([fn()], { calls: () => daily(12) })
    assert.deepStrictEqual([rare.flagged, rare.unknown, rare.asked], [[], [], []])
    const managed = run([fn({ capacityProviderArn: "arn:cp" })])
    assert.deepStrictEqual([managed.flagged, managed.unknown, managed.asked], [[], [], []])
  })

  it("does not judge a function that came within the window, but one that was only deployed", () => {
    const changed = fn({ lastModifiedAt: daysAgo(2) })
    const young = run([changed], { calls: () => [0, 0, 0, 0, 0, 1000, 1000, 1000] })
    assert.deepStrictEqual([young.tooYoung, young.asked], [["orders"], []])
    assert.deepStrictEqual(run([changed]).flagged, ["orders: slow_cold_starts"])
  })

  it("heeds every setting", () => {
    const of = (settings: Record<string, number>, world: World = {}) => run([fn()], { ...world, settings }).flagged
    assert.deepStrictEqual(of({ coldStartPctMin: 6.3 }), [])
    assert.deepStrictEqual(of({ coldStartPctMin: 6.2 }), ["orders: slow_cold_starts"])
    assert.deepStrictEqual(of({ initP95MsMin: 2001 }), [])
    assert.deepStrictEqual(of({ initP95MsMin: 2000 }), ["orders: slow_cold_starts"])
    assert.deepStrictEqual(of({ minInvocations: 8001 }), [])
    assert.deepStrictEqual(of({ minInvocations: 97 }, { calls: () => daily(12.5) }), ["orders: slow_cold_starts"])
    assert.deepStrictEqual(of({ logScanBudgetGb: 0.79 }), [])
    assert.deepStrictEqual(of({ logScanBudgetGb: 0.81 }), ["orders: slow_cold_starts"])
    assert.deepInclude(run([fn()], { settings: { lookbackDays: 3 } }).questions[0], { days: 3, calls: 4000 })
  })

  it("spends one budget on the busiest first, and names those that were not asked", () => {
    const names = ["a", "b", "c", "d"]
    const busy: Readonly<Record<string, number>> = { a: 100, b: 4000, c: 3000, d: 2000 }
    // 0.8 GB of b, then 4 GB of c, of which 0.2 is left for a and not for d.
    const gb: Readonly<Record<string, number>> = { a: 0.02, b: 0.1, c: 0.5, d: 0.1 }
    const world: World = {
      calls: (name) => daily(busy[name] ?? 0),
      gb: (name) => gb[name.slice(-1)],
      groups: names.map((name) => group({ name: `/aws/lambda/${name}` }))
    }
    for (const order of [names, names.toReversed()]) {
      const { asked, questions, status, whyUnknown } = run(
        order.map((name) => fn({ name })),
        world
      )
      assert.deepStrictEqual(questions.map(({ logGroup }) => logGroup.slice(-1)).sort(), ["a", "b", "c"])
      assert.deepStrictEqual(whyUnknown, [
        "d: not asked: its 0.8 GB of logs do not fit into the 5 GB of logScanBudgetGb, which go to the busiest first"
      ])
      assert.notInclude(asked, `reports 007 ${fn({ name: "d" }).arn}`)
      assert.strictEqual(status, "complete")
    }
    const none = run([fn()], { settings: { logScanBudgetGb: 0 } })
    assert.deepStrictEqual([none.asked, none.unknown], [[], ["orders"]])
  })

  it("judges the days that are kept, and says so", () => {
    const { flags, questions } = run([fn()], { groups: [group({ retentionDays: 3 })] })
    assert.deepInclude(questions[0], { days: 2, calls: 3000 })
    assert.closeTo(questions[0]?.gb ?? 0, 0.3, 1e-9)
    assert.deepInclude(flags[0]?.evidence, { coldStartPercent: 16.7, days: 2, shortenedByRetention: true })
    assert.strictEqual(run([fn()], { groups: [group({ retentionDays: 7 })] }).questions[0]?.days, 6)
    assert.strictEqual(run([fn()], { groups: [group({ retentionDays: 14 })] }).questions[0]?.days, 7)
    const short = run([fn()], { groups: [group({ retentionDays: 1 })], calls: () => daily(99) })
    assert.deepStrictEqual(short.whyUnknown, [
      "orders: too few of its calls are left in its logs: retention in days is 1"
    ])
  })

  it("does not know functions whose reports cannot be told apart, read or trusted", () => {
    const why = (functions: ReadonlyArray<LambdaFunction>, world: World = {}) => {
      const { flagged, whyUnknown } = run(functions, world)
      assert.deepStrictEqual(flagged, [])
      return whyUnknown
    }
    assert.deepStrictEqual(why([fn({ logsReports: false })]), [
      "orders: the level of its system logs leaves out the reports of its calls"
    ])
    const shared = "/aws/lambda/orders has the reports of 2 functions, without their names"
    assert.deepStrictEqual(why([fn(), fn({ name: "billing", logGroup: "/aws/lambda/orders" })]), [
      `billing: ${shared}`,
      `orders: ${shared}`
    ])
    assert.deepStrictEqual(why([fn()], { groups: [] }), ["orders: its log group /aws/lambda/orders is not there"])
    assert.deepStrictEqual(why([fn()], { groups: [group({ logGroupClass: "DELIVERY" })] }), [
      "orders: logs of the class DELIVERY cannot be queried"
    ])
    assert.deepStrictEqual(why([fn()], { gb: () => 0 }), [
      "orders: nothing was written to its log group while it was called"
    ])
    assert.deepStrictEqual(why([fn()], { told: { reports: 0, starts: 0, p95Ms: null } }), [
      "orders: /aws/lambda/orders has no report of any of its calls"
    ])
    assert.deepStrictEqual(why([fn()], { told: { reports: 8801 } }), [
      "orders: /aws/lambda/orders has more reports than the function has calls: others write there as well"
    ])
    assert.deepStrictEqual(why([fn()], { told: { reports: 7199, starts: 10 } }), [
      "orders: /aws/lambda/orders has reports of only 89% of its calls"
    ])
    assert.deepStrictEqual(why([fn()], { told: { reports: 7200, starts: 10 } }), [])
  })

  it("flags by the reports that there are, and takes what is missing for warm", () => {
    assert.deepStrictEqual(run([fn()], { told: { reports: 4000 } }).flags[0]?.evidence["coldStartPercent"], 6.3)
  })

  it("does not know what CloudWatch or Logs Insights did not tell", () => {
    assert.deepStrictEqual(run([fn()], { calls: () => undefined }).unknown, ["orders"])
    assert.deepStrictEqual(run([fn()], { gb: () => undefined }).unknown, ["orders"])
    const untold = run([fn()], { told: "untold" })
    assert.deepStrictEqual([untold.unknown, untold.status, untold.flagged], [["orders"], "partial", []])
  })

  it("closes nothing while lists have gaps, and judges nobody by half of a list", () => {
    const groups = run([fn()], { groups: gap([]) })
    assert.deepStrictEqual([groups.unknown, groups.status], [["orders"], "partial"])
    assert.deepStrictEqual(run([fn()], { groups: gap([group()]) }).flagged, ["orders: slow_cold_starts"])
    // A function on a page that is missing may write to the same group.
    const functions = run(gap([fn()]))
    assert.deepStrictEqual([functions.unknown, functions.status, functions.asked], [["orders"], "partial", []])
    assert.strictEqual(run(gap()).status, "unavailable")
    assert.strictEqual(run([fn()], { groups: gap() }).stateOf(fn().arn), "unknown")
  })

  it("has nothing to say of a region without functions", () => {
    const { asked, flagged, status } = run([])
    assert.deepStrictEqual([asked, flagged, status], [[], [], "complete"])
  })
})
