import { assert, describe, it } from "@effect/vitest"
import { coveragesOf, underCoverage } from "../../../core/finding/coverage.ts"
import { known } from "../../../core/Reading.ts"
import type { ScalableTarget } from "../../../datasets/aws/applicationAutoscaling.ts"
import type { FunctionRecommendation } from "../../../datasets/aws/computeOptimizer.ts"
import type { LambdaFunction, ProvisionedConcurrency } from "../../../datasets/aws/lambda.ts"
import scan from "../../../scans/capacity/find_underutilized_lambda_functions.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series } from "../harness.ts"
import { lambdaFunction as fn } from "../lambdaFunction.ts"

const prices = {
  "lambda.x86GBs": 0.00002,
  "lambda.armGBs": 0.000016,
  "lambda.provisionedConcurrencyGBs": 0.000004,
  "lambda.provisionedConcurrencyArmGBs": 0.000003
}

interface World {
  /** Calls on each day of the window. Default: 100. */
  readonly calls?: ReadonlyArray<number> | undefined
  readonly errors?: number | undefined
  readonly configs?: ReadonlyArray<ProvisionedConcurrency> | "untold"
  /** Calls by qualifier, and the largest share that was busy. */
  readonly use?: Readonly<Record<string, { readonly calls?: number | undefined; readonly peak?: number | undefined }>>
  /** Default: every function has a version. */
  readonly published?: ReadonlyMap<string, boolean> | ReturnType<typeof gap>
  /** Whether the account has opted in to Compute Optimizer. */
  readonly optedIn?: boolean
  readonly targets?: ReadonlyArray<ScalableTarget> | ReturnType<typeof gap>
  readonly recommendations?: ReadonlyArray<FunctionRecommendation> | ReturnType<typeof gap>
  /** Milliseconds that all calls took; undefined where CloudWatch does not tell. */
  readonly milliseconds?: number | undefined
  /** ARNs of the functions that CloudFront replicates. */
  readonly edge?: ReadonlyArray<string> | ReturnType<typeof gap>
  readonly settings?: Record<string, number>
  readonly prices?: object
}

const month = Array.from({ length: 31 }, () => 100)

const run = (functions: ReadonlyArray<LambdaFunction> | ReturnType<typeof gap>, world: World = {}) => {
  const { configs = [], recommendations = [], settings, targets = [], use = {} } = world
  const listed: ReadonlyArray<LambdaFunction> = Array.isArray(functions) ? functions : [fn()]
  const published = world.published ?? new Map(listed.map(({ arn }) => [arn, true]))
  const calls = "calls" in world ? world.calls : month
  const errors = "errors" in world ? world.errors : 0
  const used = series(({ dimensions, metric }) => {
    const own = use[(dimensions["Resource"] ?? "").split(":")[1] ?? ""] ?? {}
    const key = metric === "Invocations" ? "calls" : "peak"
    if (!(key in own)) return []
    const value = own[key]
    return value === undefined ? undefined : [value]
  })
  const milliseconds = "milliseconds" in world ? world.milliseconds : 0
  return judge(
    scan,
    {
      functions,
      published,
      invocations: series(() => calls),
      errors: series(() => (errors === undefined ? undefined : [errors])),
      targets,
      recommendations,
      optedIn: world.optedIn ?? true,
      edge: Array.isArray(world.edge) || world.edge === undefined ? new Set(world.edge) : world.edge
    },
    {
      prices: { ...prices, ...world.prices },
      answers: {
        provisioned: () => (configs === "untold" ? undefined : configs),
        use: () => used,
        durations: () => (milliseconds === undefined ? undefined : known(milliseconds))
      },
      ...(settings === undefined ? {} : { settings })
    }
  )
}

const live = (more: Partial<ProvisionedConcurrency> = {}): ProvisionedConcurrency => ({
  qualifier: "live",
  allocated: 10,
  changedAt: daysAgo(100),
  ...more
})

const advice = (more: Partial<FunctionRecommendation> = {}): FunctionRecommendation => ({
  arn: fn().arn,
  version: "$LATEST",
  currentMb: 512,
  finding: "notoptimized",
  reasons: ["memoryoverprovisioned"],
  targetMb: 256,
  monthlyUsd: 12.344,
  price: "list",
  ...more
})

describe("find_underutilized_lambda_functions", () => {
  it("prices all of the provisioned concurrency that nobody calls", () => {
    const { asked, flags } = run([fn()], { configs: [live()] })
    assert.deepStrictEqual(flags[0]?.reasons, ["idle_provisioned_concurrency"])
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 52.56, basis: "estimate", claim: "rightsize" })
    assert.strictEqual(flags[0]?.severity, "medium")
    assert.deepStrictEqual(flags[0]?.evidence, {
      invocations: 3100,
      errorPercent: 0,
      provisionedConcurrency: ["live: 10"],
      peakUtilizationPercent: 0,
      enough: ["live: 0"],
      memoryMb: 512,
      recommendedMemoryMb: "none",
      architecture: "x86_64",
      runtime: "nodejs24.x",
      lastModifiedAt: fn().lastModifiedAt.toISOString(),
      days: 30
    })
    assert.deepStrictEqual(asked, [`provisioned ${fn().arn}`, "use orders"])
    assert.strictEqual(run([fn({ architecture: "arm64" })], { configs: [live()] }).flags[0]?.savings?.monthlyUsd, 39.42)
  })

  it("keeps 1.3 times what was busy at most", () => {
    const { flags } = run([fn()], { configs: [live()], use: { live: { calls: 9, peak: 0.1 } } })
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 42.05)
    assert.deepStrictEqual(flags[0]?.evidence["enough"], ["live: 2"])
    assert.deepStrictEqual(flags[0]?.evidence["peakUtilizationPercent"], 10)
    // 1.3 × 0.04 × 250 are 13, however computers multiply.
    const many = run([fn()], { configs: [live({ allocated: 250 })], use: { live: { calls: 9, peak: 0.04 } } })
    assert.deepStrictEqual(many.flags[0]?.evidence["enough"], ["live: 13"])
    // What was busy is believed also where no call of the alias is told.
    const untold = run([fn()], { configs: [live()], use: { live: { peak: 0.1 } } })
    assert.strictEqual(untold.flags[0]?.savings?.monthlyUsd, 42.05)
    assert.deepStrictEqual(run([fn()], { configs: [live()], use: { live: { peak: 0.21 } } }).flagged, [])
  })

  it("leaves alone what is busy, scarce or set lately, and does not know what has no date", () => {
    const busy = { live: { calls: 9, peak: 0.21 } }
    assert.deepStrictEqual(run([fn()], { configs: [live()], use: busy }).flagged, [])
    const single = { configs: [live({ allocated: 1 })], use: { live: { calls: 9, peak: 0.1 } } }
    assert.deepStrictEqual(run([fn()], single).flagged, [])
    assert.deepStrictEqual(run([fn()], { configs: [live({ changedAt: daysAgo(29) })] }).flagged, [])
    const { changedAt: _, ...undated } = live()
    assert.deepStrictEqual(run([fn()], { configs: [undated] }).unknown, ["orders"])
    assert.deepStrictEqual(run([fn({ capacityProviderArn: "arn:cp" })], { configs: [live()] }).asked, [])
  })

  it("counts of what is scaled the minimum only, and does not know it where its bounds are not told", () => {
    const target: ScalableTarget = {
      resourceId: "function:orders:live",
      dimension: "lambda:function:ProvisionedConcurrency",
      minimum: 4,
      maximum: 50,
      scaleInSuspended: false,
      scaleOutSuspended: false
    }
    assert.strictEqual(run([fn()], { configs: [live()], targets: [target] }).flags[0]?.savings?.monthlyUsd, 21.02)
    assert.deepStrictEqual(run([fn()], { configs: [live()], targets: gap() }).unknown, ["orders"])
  })

  it("reports what fails as a risk without a saving, and what fails nearly always as high", () => {
    const failing = (errors: number) => run([fn()], { errors }).flags[0]
    assert.deepInclude(failing(1550), { kind: "hygiene", severity: "medium", savings: null })
    assert.deepStrictEqual(failing(1550)?.reasons, ["high_error_rate"])
    assert.strictEqual(failing(1550)?.evidence["errorPercent"], 50)
    assert.strictEqual(failing(2790)?.severity, "high")
    assert.isUndefined(failing(1549))
    const both = run([fn()], { errors: 2790, configs: [live()] }).flags[0]
    assert.deepStrictEqual([both?.kind, both?.severity], ["money", "high"])
    assert.deepStrictEqual(both?.reasons, ["idle_provisioned_concurrency", "high_error_rate"])
  })

  it("tells what is hardly called, and leaves what is never called to another scan", () => {
    const rare = run([fn()], { calls: [...month.map(() => 0).slice(1), 3] })
    assert.deepStrictEqual(rare.flagged, ["orders: low_traffic"])
    assert.deepInclude(rare.flags[0], { kind: "hygiene", severity: "info" })
    const never = run([fn()], { calls: [], configs: [live()] })
    assert.deepStrictEqual([never.flagged, never.asked], [[], []])
  })

  describe("with Compute Optimizer", () => {
    const told = (more: Partial<FunctionRecommendation> = {}, own: Partial<LambdaFunction> = {}) =>
      run([fn(own)], { recommendations: [advice(more)] }).flags[0]

    it("takes the memory that it recommends, and its amount", () => {
      const flag = told()
      assert.deepStrictEqual(flag?.reasons, ["memory_oversized"])
      assert.deepInclude(flag?.savings, { monthlyUsd: 12.34, basis: "estimate", source: "compute-optimizer" })
      assert.strictEqual(flag?.evidence["recommendedMemoryMb"], 256)
    })

    it("says whether its amount is net, and at list prices what could cover it", () => {
      const covered = coveragesOf([
        { use: "lambda:lambda-gb-second", region: "eu-west-1", onDemand: 0, reserved: 0, planned: 100 }
      ])
      const savings = (price: "list" | "net") => {
        const flag = told({ price })
        if (flag === undefined) return assert.fail("nothing is flagged")
        const valued = { ...flag, region: "eu-west-1", severity: flag.severity ?? "low" }
        const under = underCoverage(valued, known(covered)).savings
        return [under?.price, under?.monthlyUsd, under?.coverage?.listMonthlyUsd, under?.coverage?.coveredPercent]
      }
      assert.deepStrictEqual(savings("list"), [undefined, 0, 12.34, 100])
      assert.deepStrictEqual(savings("net"), ["net", 12.34, undefined, undefined])
    })

    it("does not take what is about another size or version, another finding, or has no amount", () => {
      for (const more of [
        { currentMb: 1024 },
        { version: "7" },
        { finding: "optimized" },
        { reasons: ["memoryunderprovisioned"] },
        { targetMb: 1024 },
        { targetMb: undefined },
        { monthlyUsd: undefined },
        { monthlyUsd: 0 }
      ]) {
        assert.isUndefined(told(more), JSON.stringify(more))
      }
      assert.isUndefined(told({}, { durable: true }))
      assert.isUndefined(told({}, { capacityProviderArn: "arn:cp" }))
    })

    it("counts only the larger of two savings", () => {
      const savings = (monthlyUsd: number) =>
        run([fn()], { configs: [live()], recommendations: [advice({ monthlyUsd })] }).flags[0]?.savings
      assert.deepInclude(savings(12), { monthlyUsd: 52.56, source: "price-list" })
      assert.deepInclude(savings(60), { monthlyUsd: 60, source: "compute-optimizer" })
    })

    it("does not know a function that nothing else is wrong with while it does not answer", () => {
      const healthy = run([fn()], { recommendations: gap() })
      assert.deepStrictEqual([healthy.flagged, healthy.unknown], [[], ["orders"]])
      const idle = run([fn()], { recommendations: gap(), configs: [live()] })
      assert.deepStrictEqual(idle.flagged, ["orders: idle_provisioned_concurrency"])
      assert.isDefined(idle.withoutSource(fn().arn))
    })

    it("leaves what rests on it alone when the account has opted out, and judges what needs none of it", () => {
      const silent = run([fn()], { optedIn: false })
      assert.deepStrictEqual([silent.flagged, silent.unknown, silent.status], [[], [], "complete"])
      assert.include(silent.withoutSource(fn().arn), "opted out")
      assert.isUndefined(run([fn()]).withoutSource(fn().arn))
      assert.isUndefined(run([fn()], { optedIn: false, calls: [] }).withoutSource(fn().arn))
      const rests = (recommendations: ReadonlyArray<FunctionRecommendation>) =>
        run([fn()], { recommendations, configs: [live()] }).flags.map((flag) => scan.source?.isOf(flag))
      assert.deepStrictEqual([rests([advice()]), rests([])], [[true], [false]])
    })
  })

  it("does not judge what is new, and takes what was called before its last change for old", () => {
    const deployed = [fn({ lastModifiedAt: daysAgo(3) })]
    const since = [...month.map(() => 0).slice(3), 200, 200, 200]
    assert.deepStrictEqual(run(deployed, { calls: since, errors: 600 }).tooYoung, ["orders"])
    assert.deepStrictEqual(run(deployed, { errors: 3000 }).flagged, ["orders: high_error_rate"])
  })

  it("does not know a function of which something is not told, and closes nothing of it", () => {
    for (const world of [
      { calls: undefined },
      { errors: undefined },
      { configs: "untold" },
      { configs: [live()], use: { live: { calls: undefined } } },
      { configs: [live()], use: { live: { calls: 9 } } }
    ] as const) {
      const judged = run([fn()], world)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["orders"]])
      assert.strictEqual(judged.stateOf(fn().arn), "unknown")
    }
    const unpriced = run([fn()], { configs: [live()], prices: { "lambda.provisionedConcurrencyGBs": undefined } })
    assert.deepInclude(unpriced.flags[0]?.savings, { basis: "none", monthlyUsd: 0 })
  })

  it("finds nothing where there is nothing, and says so where it could not read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    assert.strictEqual(run(gap([fn()])).status, "partial")
  })

  it("follows its settings", () => {
    const flaggedWith = (settings: Record<string, number>, world: World) => run([fn()], { ...world, settings }).flagged
    const used: World = { configs: [live()], use: { live: { calls: 9, peak: 0.3 } } }
    assert.deepStrictEqual(flaggedWith({ pcUtilizationMax: 29 }, used), [])
    assert.deepStrictEqual(flaggedWith({ pcUtilizationMax: 30 }, used), ["orders: idle_provisioned_concurrency"])
    assert.deepStrictEqual(flaggedWith({ errorRatePct: 10 }, { errors: 310 }), ["orders: high_error_rate"])
    assert.deepStrictEqual(flaggedWith({ errorRatePct: 11 }, { errors: 310 }), [])
    assert.deepStrictEqual(flaggedWith({ minInvocationsForErrors: 3101 }, { errors: 3100 }), [])
    assert.deepStrictEqual(flaggedWith({ lowInvocations: 3101 }, {}), ["orders: low_traffic"])
    const short = run([fn({ lastModifiedAt: daysAgo(10) })], { configs: [live()], settings: { lookbackDays: 7 } })
    assert.strictEqual(short.flags[0]?.evidence["days"], 7)
  })

  describe("that may run on arm64", () => {
    // 30 days of 3,000,000 s of 1 GB are 3,041,667 GB-seconds a month: 60.83 USD.
    const dear = fn({ memoryMb: 1024, timeoutSeconds: 900 })
    const costly: World = { calls: Array.from({ length: 31 }, () => 10_000), milliseconds: 3_000_000_000 }

    it("is named where its calls cost enough, with what they would cost and no saving", () => {
      const { asked, flags, flagged } = run([dear], costly)
      assert.deepStrictEqual(flagged, ["orders: arm64_candidate"])
      assert.deepInclude(flags[0], { kind: "notice", severity: "info", confidence: "low", savings: null })
      assert.deepInclude(flags[0]?.evidence, { monthlyUsd: 61, wouldMonthlyUsd: 49, memoryMb: 1024 })
      assert.deepStrictEqual(asked, ["durations orders", `provisioned ${dear.arn}`])
      const settings = { arm64MinMonthlyUsd: 61 }
      assert.deepStrictEqual(run([dear], { ...costly, settings }).flagged, [])
      assert.deepStrictEqual(run([dear], { ...costly, milliseconds: 2_400_000_000 }).flagged, [])
    })

    it("is asked about only where its calls could cost as much", () => {
      const quick = run([fn({ memoryMb: 1024, timeoutSeconds: 3 })], costly)
      assert.deepStrictEqual([quick.flagged, quick.asked], [[], [`provisioned ${dear.arn}`]])
    })

    it("is none whose configuration keeps it on x86_64", () => {
      for (const more of [
        { architecture: "arm64" },
        { packageType: "Image", runtime: undefined },
        { runtime: "java8" },
        { runtime: "go1.x" },
        { runtime: "provided" },
        { layerArns: ["arn:aws:lambda:eu-west-1:1:layer:agent:3"] },
        { snapStart: true }
      ]) {
        assert.deepStrictEqual(run([{ ...dear, ...more }], costly).flagged, [], JSON.stringify(more))
      }
      for (const runtime of ["java8.al2", "provided.al2", "provided.al2023", "dotnet8"]) {
        assert.deepStrictEqual(run([{ ...dear, runtime }], costly).flagged, ["orders: arm64_candidate"], runtime)
      }
      assert.deepStrictEqual(run([dear], { ...costly, edge: [dear.arn] }).flagged, [])
    })

    it("is none where arm64 has no price or another reason comes first", () => {
      assert.deepStrictEqual(run([dear], { ...costly, prices: { "lambda.armGBs": undefined } }).flagged, [])
      assert.deepStrictEqual(run([dear], { ...costly, errors: 310_000 }).flagged, ["orders: high_error_rate"])
    })

    it("is not known where its durations or the edges are not told", () => {
      for (const untold of [{ milliseconds: undefined }, { edge: gap() }]) {
        const judged = run([dear], { ...costly, ...untold })
        assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["orders"]])
      }
    })
  })
})
