import { assert, describe, it } from "@effect/vitest"
import type { EventSourceMapping, LambdaFunction, ProvisionedConcurrency } from "../../../datasets/aws/lambda.ts"
import type { MetricSeries } from "../../../datasets/metrics/metrics.ts"
import type { Tags } from "../../../datasets/aws/tags.ts"
import scan from "../../../scans/cleanup/find_unused_lambda_functions.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { contextOf, judge, probed, series } from "../harness.ts"

const fn = (overrides: Partial<LambdaFunction> = {}): LambdaFunction => {
  const name = overrides.name ?? "orders"
  return {
    arn: `arn:aws:lambda:eu-west-1:111111111111:function:${name}`,
    name,
    description: "",
    runtime: "nodejs24.x",
    packageType: "Zip",
    memoryMb: 512,
    timeoutSeconds: 3,
    codeSizeBytes: 1000,
    ephemeralStorageMb: 512,
    architecture: "x86_64",
    lastModifiedAt: daysAgo(200),
    roleArn: "arn:aws:iam::111111111111:role/orders",
    state: undefined,
    vpcId: undefined,
    subnetIds: [],
    securityGroupIds: [],
    layerArns: [],
    snapStart: false,
    capacityProviderArn: undefined,
    logGroup: `/aws/lambda/${name}`,
    ...overrides
  }
}

const prices = {
  "lambda.provisionedConcurrencyGBs": 0.000004,
  "lambda.provisionedConcurrencyArmGBs": 0.000003
}

const silent = series(() => [])

const dataOf = (
  functions: ReadonlyArray<LambdaFunction>,
  options: {
    invocations?: MetricSeries
    configs?: Readonly<Record<string, ReadonlyArray<ProvisionedConcurrency>>>
    invokers?: Readonly<Record<string, ReadonlyArray<string>>>
    mappings?: ReadonlyArray<EventSourceMapping> | undefined
    edgeArns?: ReadonlySet<string> | undefined
    tags?: ReadonlyMap<string, Tags> | undefined
  } = {}
) => ({
  functions,
  mappings: [],
  edgeArns: new Set<string>(),
  tags: undefined,
  invocations: silent,
  provisioned: probed(options.configs ?? Object.fromEntries(functions.map(({ arn }) => [arn, []]))),
  ...options,
  invokers: probed(options.invokers ?? {})
})

const run = (
  functions: ReadonlyArray<LambdaFunction>,
  options: Parameters<typeof dataOf>[1] & { settings?: Record<string, number | boolean> } = {}
) => {
  const { settings, ...data } = options
  return judge(scan, dataOf(functions, data), { prices, ...(settings === undefined ? {} : { settings }) })
}

const live = (allocated: number) => ({ [fn().arn]: [{ qualifier: "live", allocated }] })

describe("find_unused_lambda_functions", () => {
  it("leaves invoked functions alone", () => {
    assert.deepStrictEqual(run([fn()], { invocations: series(() => [0, 0, 1]) }).verdicts, [])
  })

  it("reports an idle function as information: its code costs nothing", () => {
    const { flags } = run([fn()])
    assert.strictEqual(flags[0]?.reason, "not_invoked")
    assert.strictEqual(flags[0]?.savings.monthlyUsd, 0)
    assert.strictEqual(flags[0]?.savings.basis, "none")
    assert.strictEqual(flags[0]?.severity, "info")
    assert.isUndefined(flags[0]?.observe)
  })

  it("prices provisioned concurrency by gigabyte-second, by architecture", () => {
    const x86 = run([fn()], { configs: live(10) }).flags[0]
    assert.strictEqual(x86?.savings.monthlyUsd, 52.56)
    assert.strictEqual(x86?.savings.basis, "exact")
    assert.strictEqual(x86?.severity, "medium")
    assert.deepStrictEqual(x86?.evidence["provisionedConcurrency"], ["live: 10"])
    const arm = run([fn({ architecture: "arm64" })], { configs: live(10) }).flags[0]
    assert.strictEqual(arm?.savings.monthlyUsd, 39.42)
  })

  it("adds up all versions and aliases", () => {
    const configs = {
      [fn().arn]: [
        { qualifier: "live", allocated: 4 },
        { qualifier: "7", allocated: 6 }
      ]
    }
    assert.strictEqual(run([fn()], { configs }).flags[0]?.savings.monthlyUsd, 52.56)
  })

  it("gives no figure where provisioned concurrency is not known", () => {
    const { flags } = run([fn()], { configs: {} })
    assert.strictEqual(flags[0]?.savings.basis, "none")
    assert.include(flags[0]?.savings.note ?? "", "not asked")
    assert.isNull(flags[0]?.evidence["provisionedConcurrency"])
  })

  it("has no figure for managed instances, and says that SnapStart is not in it", () => {
    const managed = run([fn({ capacityProviderArn: "arn:cp" })], { configs: live(10) }).flags[0]
    assert.deepStrictEqual([managed?.savings.monthlyUsd, managed?.savings.basis], [0, "none"])
    const noteOf = (runtime: string) => run([fn({ snapStart: true, runtime })]).flags[0]?.savings.note ?? ""
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
    assert.deepStrictEqual(run([fn({ lastModifiedAt: daysAgo(89) })]).verdicts, [{ verdict: "tooYoung", id: "orders" }])
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
      assert.deepStrictEqual(run([fn()], { edgeArns }).verdicts, [])
      assert.deepStrictEqual(run([fn()], { edgeArns, settings: { excludeEdgeFunctions: false } }).flagged, [
        "orders: not_invoked"
      ])
    })

    it("does not call a function unused while CloudFront cannot be read", () => {
      assert.deepStrictEqual(run([fn()], { edgeArns: undefined }).unknown, ["orders"])
      const settings = { excludeEdgeFunctions: false }
      assert.deepStrictEqual(run([fn()], { edgeArns: undefined, settings }).flagged, ["orders: not_invoked"])
    })
  })

  describe("wired to something rare", () => {
    const severityOf = (options: Parameters<typeof run>[1], overrides: Partial<LambdaFunction> = {}) => {
      const { flags } = run([fn(overrides)], { configs: live(10), ...options })
      return [flags[0]?.severity, flags[0]?.confidence, flags[0]?.evidence["rareTrigger"]]
    }

    it("is information only, with its price", () => {
      const invokers = { "orders:live": ["secretsmanager.amazonaws.com"] }
      assert.deepStrictEqual(severityOf({ invokers }), ["info", "medium", "secretsmanager.amazonaws.com"])
      assert.strictEqual(run([fn()], { configs: live(10), invokers }).flags[0]?.savings.monthlyUsd, 52.56)
    })

    it("takes a recovery tag or a telling name for it, and other services not", () => {
      assert.deepStrictEqual(severityOf({ tags: new Map([[fn().arn, { Purpose: "DR" }]]) }), [
        "info",
        "medium",
        "tag Purpose=DR"
      ])
      const name = "db-rotation"
      const configs = { [fn({ name }).arn]: [{ qualifier: "live", allocated: 10 }] }
      assert.deepStrictEqual(severityOf({ configs }, { name }), ["info", "medium", "its name"])
      assert.deepStrictEqual(severityOf({ invokers: { "orders:live": ["apigateway.amazonaws.com"] } }), [
        "medium",
        "high",
        null
      ])
    })
  })

  it("shows event sources, and null where they could not be read", () => {
    const mapping = { id: "m", functionArn: fn().arn, sourceArn: "arn:aws:sqs:::queue", state: "Enabled" }
    assert.deepStrictEqual(run([fn()], { mappings: [mapping] }).flags[0]?.evidence["eventSources"], [
      "arn:aws:sqs:::queue (Enabled)"
    ])
    assert.isNull(run([fn()], { mappings: undefined }).flags[0]?.evidence["eventSources"])
  })

  it("flags without tags when they could not be read", () => {
    assert.deepStrictEqual(run([fn()], { tags: undefined }).flags[0]?.resource.tags, {})
    assert.deepStrictEqual(run([fn()], { tags: new Map([[fn().arn, { team: "a" }]]) }).flags[0]?.resource.tags, {
      team: "a"
    })
  })

  it("inspects only what was not invoked, and policies only where concurrency is provisioned", () => {
    const functions = [
      fn(),
      fn({ name: "busy" }),
      fn({ name: "young", lastModifiedAt: daysAgo(1) }),
      fn({ name: "plain" })
    ]
    const invocations = series(({ dimensions }) => (dimensions["FunctionName"] === "busy" ? [3] : []))
    const data = dataOf(functions, { invocations, configs: { ...live(1), [fn({ name: "plain" }).arn]: [] } })
    const { invokers, provisioned } = scan.candidates(data, contextOf(scan)) as Record<
      string,
      ReadonlyArray<LambdaFunction>
    >
    assert.deepStrictEqual(
      provisioned?.map(({ name }) => name),
      ["orders", "plain"]
    )
    assert.deepStrictEqual(invokers as unknown, [{ name: "orders", qualifier: "live" }])
    const before = scan.candidates({ ...data, provisioned: undefined, invokers: undefined }, contextOf(scan))
    assert.deepStrictEqual(before["invokers"], [])
    const off = contextOf(scan, { settings: { includeProvisionedConcurrency: false } })
    assert.deepStrictEqual(scan.candidates(data, off)["provisioned"], [])
  })
})
