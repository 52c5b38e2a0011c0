import { assert, describe, it } from "@effect/vitest"
import type {
  EventSourceMapping,
  LambdaFunction,
  ProvisionedConcurrency,
  QualifiedFunction
} from "../../../datasets/aws/lambda.ts"
import type { MetricSeries } from "../../../datasets/metrics/MetricSeries.ts"
import type { Tags } from "../../../datasets/aws/tags.ts"
import scan from "../../../scans/cleanup/find_unused_lambda_functions.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series, silent } from "../harness.ts"
import { lambdaFunction as fn } from "../lambdaFunction.ts"

const prices = {
  "lambda.provisionedConcurrencyGBs": 0.000004,
  "lambda.provisionedConcurrencyArmGBs": 0.000003
}

interface World {
  readonly invocations?: MetricSeries
  /** Provisioned concurrency by name; `untold` where AWS does not tell. Default: none. */
  readonly configs?: Readonly<Record<string, ReadonlyArray<ProvisionedConcurrency>>> | "untold"
  /** By name, or name and version; what is missing is not told. Default: nobody may invoke anything. */
  readonly invokers?: Readonly<Record<string, ReadonlyArray<string>>>
  /** Whether functions have a published version. Default: all have one. */
  readonly published?: ReadonlyMap<string, boolean> | ReturnType<typeof gap>
  readonly mappings?: ReadonlyArray<EventSourceMapping> | ReturnType<typeof gap>
  readonly edgeArns?: ReadonlySet<string> | ReturnType<typeof gap>
  readonly tags?: Readonly<Record<string, Tags>> | "denied"
  readonly settings?: Record<string, number | boolean>
}

const run = (functions: ReadonlyArray<LambdaFunction>, world: World = {}) => {
  const { configs = {}, invokers, settings, tags } = world
  return judge(
    scan,
    {
      functions,
      published: world.published ?? new Map(),
      mappings: world.mappings ?? [],
      edgeArns: world.edgeArns ?? new Set(),
      invocations: world.invocations ?? silent
    },
    {
      prices,
      answers: {
        provisioned: ({ name }: LambdaFunction) => (configs === "untold" ? undefined : (configs[name] ?? [])),
        invokers: ({ name, qualifier }: QualifiedFunction) =>
          invokers === undefined ? [] : invokers[qualifier === undefined ? name : `${name}:${qualifier}`]
      },
      ...(tags === undefined ? {} : { tags }),
      ...(settings === undefined ? {} : { settings })
    }
  )
}

/** A queue that the function polls. */
const mapped = (state: string): EventSourceMapping => ({
  id: "m",
  functionArn: fn().arn,
  sourceArn: "arn:aws:sqs:::queue",
  state,
  failureDestinationArn: undefined
})

const live = (allocated: number) => ({ orders: [{ qualifier: "live", allocated }] })

describe("find_unused_lambda_functions", () => {
  it("asks for provisioned concurrency where a version is published, or where that is not told", () => {
    const published = (isPublished: boolean) => new Map([[fn().arn, isPublished]])
    assert.deepStrictEqual(run([fn()], { published: published(false), configs: live(9) }).asked, [])
    assert.deepStrictEqual(
      run([fn()], { published: published(false) }).flags[0]?.evidence["provisionedConcurrency"],
      []
    )
    for (const told of [published(true), new Map<string, boolean>(), gap()]) {
      assert.include(run([fn()], { published: told }).asked, `provisioned ${fn().arn}`)
    }
  })

  it("leaves invoked functions alone, also one that was called this morning", () => {
    const judged = run([fn()], { invocations: series(() => [0, 0, 1]) })
    assert.deepStrictEqual([judged.flagged, judged.asked], [[], []])
  })

  it("reports an idle function as clutter: its code costs nothing", () => {
    const { flags } = run([fn()])
    assert.deepStrictEqual(flags[0]?.reasons, ["not_invoked"])
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, severity: "info" })
    assert.strictEqual(flags[0]?.note, "Idle code costs nothing; who may invoke it was not asked.")
    assert.isNull(flags[0]?.evidence["invokers"])
    assert.isUndefined(flags[0]?.observe)
  })

  it("prices provisioned concurrency by gigabyte-second, by architecture", () => {
    const x86 = run([fn()], { configs: live(10) }).flags[0]
    assert.strictEqual(x86?.kind, "money")
    assert.strictEqual(x86?.savings?.monthlyUsd, 52.56)
    assert.strictEqual(x86?.savings?.basis, "exact")
    assert.strictEqual(x86?.severity, "medium")
    assert.deepStrictEqual(x86?.evidence["provisionedConcurrency"], ["live: 10"])
    const arm = run([fn({ architecture: "arm64" })], { configs: live(10) }).flags[0]
    assert.strictEqual(arm?.savings?.monthlyUsd, 39.42)
  })

  it("adds up all versions and aliases, in whatever order AWS lists them", () => {
    const versions = [
      { qualifier: "live", allocated: 4 },
      { qualifier: "7", allocated: 6 }
    ]
    const forwards = run([fn()], { configs: { orders: versions } }).flags
    assert.strictEqual(forwards[0]?.savings?.monthlyUsd, 52.56)
    assert.deepStrictEqual(run([fn()], { configs: { orders: versions.toReversed() } }).flags, forwards)
  })

  it("does not know a function whose provisioned concurrency is not told, so that no money is lost to a bad night", () => {
    const judged = run([fn()], { configs: "untold" })
    assert.deepStrictEqual([judged.flagged, judged.unknown, judged.status], [[], ["orders"], "partial"])
    assert.strictEqual(judged.stateOf(fn().arn), "unknown")
  })

  it("says that it did not ask where it is told not to, or where the answer saves nothing", () => {
    const off = run([fn()], { settings: { includeProvisionedConcurrency: false } })
    assert.deepStrictEqual(off.asked, [])
    assert.isNull(off.flags[0]?.evidence["provisionedConcurrency"])
    assert.include(off.flags[0]?.note ?? "", "not asked")
    const managed = run([fn({ capacityProviderArn: "arn:cp" })])
    assert.deepStrictEqual(managed.asked, [])
    assert.strictEqual(managed.flags[0]?.kind, "hygiene")
    assert.include(managed.flags[0]?.note ?? "", "Managed Instances")
  })

  it("says that SnapStart is not in it", () => {
    const noteOf = (runtime: string) => run([fn({ snapStart: true, runtime })]).flags[0]?.note ?? ""
    assert.include(noteOf("python3.13"), "SnapStart")
    assert.notInclude(noteOf("java21"), "SnapStart")
  })

  it("is one step more severe for a deprecated runtime", () => {
    const { flags } = run([fn({ runtime: "nodejs18.x" })])
    assert.strictEqual(flags[0]?.severity, "low")
    assert.strictEqual(flags[0]?.evidence["runtimeDeprecated"], true)
    assert.strictEqual(run([fn({ runtime: "nodejs22.x" })]).flags[0]?.severity, "info")
  })

  it("does not judge a function that was deployed within the window", () => {
    assert.deepStrictEqual(run([fn({ lastModifiedAt: daysAgo(89) })]).tooYoung, ["orders"])
    assert.deepStrictEqual(run([fn({ lastModifiedAt: daysAgo(89) })], { settings: { lookbackDays: 30 } }).flagged, [
      "orders: not_invoked"
    ])
  })

  it("says unknown, never unused, where CloudWatch refuses", () => {
    assert.deepStrictEqual(run([fn()], { invocations: series(() => undefined) }).unknown, ["orders"])
  })

  describe("at CloudFront's edges", () => {
    it("leaves out functions that a distribution uses, unless it is told not to", () => {
      const edgeArns = new Set([fn().arn])
      assert.deepStrictEqual(run([fn()], { edgeArns }).flagged, [])
      assert.deepStrictEqual(run([fn()], { edgeArns, settings: { excludeEdgeFunctions: false } }).flagged, [
        "orders: not_invoked"
      ])
    })

    it("does not call a function unused while CloudFront cannot be read", () => {
      assert.deepStrictEqual(run([fn()], { edgeArns: gap() }).unknown, ["orders"])
      const settings = { excludeEdgeFunctions: false }
      assert.deepStrictEqual(run([fn()], { edgeArns: gap(), settings }).flagged, ["orders: not_invoked"])
    })
  })

  describe("wired to something rare", () => {
    const severityOf = (world: World, overrides: Partial<LambdaFunction> = {}) => {
      const { flags } = run([fn(overrides)], { configs: live(10), ...world })
      return [flags[0]?.severity, flags[0]?.confidence, flags[0]?.evidence["rareTrigger"]]
    }

    it("is information only, with its price", () => {
      const invokers = { orders: [], "orders:live": ["secretsmanager.amazonaws.com"] }
      assert.deepStrictEqual(severityOf({ invokers }), ["info", "medium", "secretsmanager.amazonaws.com"])
      assert.strictEqual(run([fn()], { configs: live(10), invokers }).flags[0]?.savings?.monthlyUsd, 52.56)
    })

    it("looks for whoever may invoke the function itself too: a secret, an alarm, a rule or a topic", () => {
      const rare = ["secretsmanager", "lambda.alarms.cloudwatch", "events", "sns"].map(
        (name) => `${name}.amazonaws.com`
      )
      for (const service of rare) {
        const invokers = { orders: ["apigateway.amazonaws.com", service], "orders:live": [] }
        assert.deepStrictEqual(severityOf({ invokers }), ["info", "medium", service])
      }
    })

    it("does not take a queue or a stream for it, and is less sure while one may fill", () => {
      assert.deepStrictEqual(severityOf({ mappings: [mapped("enabled")] }), ["medium", "medium", "none"])
      assert.deepStrictEqual(severityOf({ mappings: [mapped("disabled")] }), ["medium", "high", "none"])
    })

    it("takes a recovery tag or a telling name for it, and other services not", () => {
      assert.deepStrictEqual(severityOf({ tags: { [fn().arn]: { Purpose: "DR" } } }), [
        "info",
        "medium",
        "tag Purpose=DR"
      ])
      const name = "db-rotation"
      const configs = { [name]: [{ qualifier: "live", allocated: 10 }] }
      assert.deepStrictEqual(severityOf({ configs }, { name }), ["info", "medium", "its name"])
      const invokers = { orders: [], "orders:live": ["apigateway.amazonaws.com"] }
      assert.deepStrictEqual(severityOf({ invokers }), ["medium", "high", "none"])
    })

    it("is not known where it was not asked or not told, and then the function is not surely unused", () => {
      const free = run([fn()])
      assert.deepStrictEqual(free.asked, [`provisioned ${fn().arn}`])
      assert.isNull(free.flags[0]?.evidence["invokers"], "nobody asked, so it is not none")
      assert.deepStrictEqual([free.flags[0]?.confidence, free.flags[0]?.evidence["rareTrigger"]], ["medium", null])

      const untold = run([fn()], { configs: live(10), invokers: { orders: [] } })
      assert.isNull(untold.flags[0]?.evidence["invokers"])
      assert.deepStrictEqual([untold.flags[0]?.confidence, untold.flags[0]?.severity], ["medium", "medium"])
      assert.deepStrictEqual([untold.flagged, untold.status], [["orders: not_invoked"], "partial"])

      const known = run([fn()], { configs: live(10) })
      assert.deepStrictEqual(known.flags[0]?.evidence["invokers"], [])
      assert.deepStrictEqual(severityOf({ mappings: gap([]) }), ["medium", "medium", "none"])
      assert.deepStrictEqual(severityOf({ tags: "denied" }), ["medium", "medium", null])
    })
  })

  it("shows event sources, and null where they could not be read", () => {
    const mapping = mapped("disabled")
    assert.deepStrictEqual(run([fn()], { mappings: [mapping] }).flags[0]?.evidence["eventSources"], [
      "arn:aws:sqs:::queue (disabled)"
    ])
    assert.deepStrictEqual(run([fn()]).flags[0]?.evidence["eventSources"], [])
    assert.isNull(run([fn()], { mappings: gap([mapping]) }).flags[0]?.evidence["eventSources"])
  })

  it("takes tags from the tagging API, and confirms nothing new where that is denied", () => {
    const tagged = run([fn()], { tags: { [fn().arn]: { team: "a" } } }).flags[0]
    assert.deepStrictEqual([tagged?.resource.tags, tagged?.unproven], [{ team: "a" }, false])
    const denied = run([fn()], { tags: "denied" }).flags[0]
    assert.deepStrictEqual([denied?.resource.tags, denied?.unproven], [{}, true])
  })

  it("inspects only what was not invoked, and policies only where concurrency is provisioned", () => {
    const functions = [
      fn(),
      fn({ name: "busy" }),
      fn({ name: "young", lastModifiedAt: daysAgo(1) }),
      fn({ name: "plain" })
    ]
    const invocations = series(({ dimensions }) => (dimensions["FunctionName"] === "busy" ? [3] : []))
    const { asked } = run(functions, { invocations, configs: live(1) })
    assert.deepStrictEqual(asked, [
      "invokers orders",
      "invokers orders:live",
      `provisioned ${fn().arn}`,
      `provisioned ${fn({ name: "plain" }).arn}`
    ])
  })
})
