import { assert, describe, it } from "@effect/vitest"
import type { LambdaFunction } from "../../../datasets/aws/lambda.ts"
import type { LogGroup } from "../../../datasets/aws/logs.ts"
import type { MetricSeries } from "../../../datasets/metrics/MetricSeries.ts"
import type { Tags } from "../../../datasets/aws/tags.ts"
import scan from "../../../scans/cleanup/find_unused_log_groups.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series, silent } from "../harness.ts"

const gb = 2 ** 30

const group = (overrides: Partial<LogGroup> = {}): LogGroup => {
  const name = overrides.name ?? "shop/orders"
  return {
    arn: `arn:aws:logs:eu-west-1:111111111111:log-group:${name}`,
    name,
    createdAt: daysAgo(400),
    storedBytes: 100 * gb,
    retentionDays: undefined,
    logGroupClass: "STANDARD",
    deletionProtected: false,
    metricFilters: 0,
    kmsKeyId: undefined,
    ...overrides
  }
}

const writing = series(() => [20 * gb])

interface World {
  readonly incoming?: MetricSeries
  /** When the newest stream was written to; `untold` where AWS does not tell. Default: there is no stream. */
  readonly newest?: Date | null | "untold"
  readonly functions?: ReadonlyArray<Partial<LambdaFunction>> | ReturnType<typeof gap>
  readonly tags?: Tags | "denied"
  readonly settings?: Record<string, number | boolean>
}

const run = (groups: ReadonlyArray<LogGroup>, world: World = {}) => {
  const { newest = null, settings, tags } = world
  return judge(
    scan,
    { groups, incoming: world.incoming ?? silent, functions: world.functions ?? [] },
    {
      prices: { "cloudwatch.logsStorageGBMonth": 0.03 },
      answers: { lastIngestion: () => (newest === "untold" ? undefined : newest) },
      ...(tags === undefined
        ? {}
        : { tags: tags === "denied" ? tags : Object.fromEntries(groups.map(({ arn }) => [arn, tags])) }),
      ...(settings === undefined ? {} : { settings })
    }
  )
}

describe("find_unused_log_groups", () => {
  it("leaves groups in use with a retention alone, also one that was written to today, and asks them nothing", () => {
    for (const incoming of [writing, series(() => [0, 0, 1])]) {
      const judged = run([group({ retentionDays: 30 })], { incoming })
      assert.deepStrictEqual([judged.flagged, judged.asked], [[], []])
    }
  })

  it("prices what a stale group stores, not what it once took in", () => {
    const { flags } = run([group()], { newest: daysAgo(120) })
    assert.strictEqual(flags[0]?.reasons[0], "stale")
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 3)
    assert.strictEqual(flags[0]?.savings?.basis, "upper_bound")
    assert.strictEqual(flags[0]?.savings?.claim, "delete")
    assert.strictEqual(flags[0]?.confidence, "high")
    assert.strictEqual(flags[0]?.evidence["storedGb"], 100)
    assert.strictEqual(flags[0]?.evidence["lastIngestedAt"], daysAgo(120).toISOString())
  })

  it("calls what stores for less than a cent clutter, and from a cent on money", () => {
    const [small] = run([group({ storedBytes: 0.16 * gb })], { newest: daysAgo(120) }).flags
    assert.deepInclude(small, { kind: "hygiene", savings: null, severity: "info", confidence: "high" })
    assert.deepStrictEqual(small?.reasons, ["stale"])
    assert.strictEqual(small?.note, "What it stores costs less than a cent a month.")
    const [cent] = run([group({ storedBytes: 0.17 * gb })], { newest: daysAgo(120) }).flags
    assert.strictEqual(cent?.savings?.monthlyUsd, 0.01)
  })

  it("calls a group without bytes empty, which is free and not worth a call", () => {
    const empty = group({ storedBytes: 0 })
    const judged = run([empty])
    assert.deepStrictEqual([judged.flagged, judged.asked], [["shop/orders: empty"], []])
    assert.deepInclude(judged.flags[0], { kind: "hygiene", savings: null, severity: "info", confidence: "high" })
    assert.strictEqual(judged.flags[0]?.note, "A log group that holds nothing costs nothing.")
    assert.strictEqual(judged.flags[0]?.evidence["lastIngestedAt"], "not asked: it is empty")
    assert.deepStrictEqual(run([empty], { settings: { includeEmpty: false } }).flagged, [])
    assert.deepStrictEqual(run([empty], { incoming: writing }).flagged, [])
  })

  it("respects the smallest size", () => {
    const settings = { minStoredGb: 100.5 }
    const small = run([group({ retentionDays: 7 })], { settings })
    assert.deepStrictEqual([small.flagged, small.asked], [[], []])
    assert.deepStrictEqual(run([group()], { settings }).flagged, [])
    assert.deepStrictEqual(run([group({ storedBytes: 101 * gb })], { settings }).flagged, ["shop/orders: stale"])
  })

  it("believes a stream that was written to over a metric that is silent", () => {
    assert.deepStrictEqual(run([group({ retentionDays: 7 })], { newest: daysAgo(3) }).flagged, [])
  })

  it("does not judge groups within the window, empty ones least of all", () => {
    const young = group({ createdAt: daysAgo(10), storedBytes: 0 })
    assert.deepStrictEqual(run([young]).tooYoung, ["shop/orders"])
    assert.deepStrictEqual(run([young], { settings: { lookbackDays: 7 } }).flagged, ["shop/orders: empty"])
  })

  it("says unknown where CloudWatch or the streams could not be read", () => {
    assert.deepStrictEqual(run([group()], { incoming: series(() => undefined) }).unknown, ["shop/orders"])
    assert.deepStrictEqual(run([group()], { newest: "untold" }).unknown, ["shop/orders"])
  })

  describe("kept for ever", () => {
    it("estimates the share that is older than the window", () => {
      const { flags } = run([group()], { incoming: writing })
      assert.strictEqual(flags[0]?.reasons[0], "never_expires")
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 2.4)
      assert.strictEqual(flags[0]?.savings?.basis, "estimate")
      assert.strictEqual(flags[0]?.savings?.claim, "lifecycle")
    })

    it("is never negative, and a ceiling where the metric saw nothing", () => {
      assert.strictEqual(run([group({ storedBytes: 5 * gb })], { incoming: writing }).flags[0]?.savings?.monthlyUsd, 0)
      const byStream = run([group()], { newest: daysAgo(2) }).flags[0]
      assert.deepStrictEqual([byStream?.reasons[0], byStream?.savings?.basis], ["never_expires", "upper_bound"])
    })

    it("is not reported below 1 GB, for delivery groups, or when switched off", () => {
      const judged = (overrides: Partial<LogGroup>, settings: Record<string, boolean> = {}) =>
        run([group(overrides)], { incoming: writing, settings }).flagged
      assert.deepStrictEqual(judged({ storedBytes: gb - 1 }), [])
      assert.deepStrictEqual(judged({ logGroupClass: "DELIVERY" }), [])
      assert.deepStrictEqual(judged({}, { flagNeverExpire: false }), [])
    })
  })

  describe("confidence", () => {
    const confidenceOf = (name: string, options: Parameters<typeof run>[1] = {}) => {
      const { flags } = run([group({ name })], options)
      return [flags[0]?.confidence, flags[0]?.evidence["writer"]]
    }

    it("is low while the function that writes to the group exists", () => {
      const functions = [{ logGroup: "/aws/lambda/orders" }, { logGroup: "shared" }]
      assert.deepStrictEqual(confidenceOf("/aws/lambda/orders", { functions }), ["low", "exists"])
      assert.deepStrictEqual(confidenceOf("shared", { functions }), ["low", "exists"])
      assert.deepStrictEqual(confidenceOf("/aws/lambda/gone", { functions }), ["high", "gone"])
    })

    it("is medium where the writer cannot be looked up", () => {
      assert.deepStrictEqual(confidenceOf("/aws/rds/instance/db/error"), ["medium", "unknown"])
      assert.deepStrictEqual(confidenceOf("/aws/lambda/us-east-1.edge"), ["medium", "unknown"])
      assert.deepStrictEqual(confidenceOf("own"), ["high", "none"])
    })

    it("is low where functions were not read, as it is while the function exists", () => {
      assert.deepStrictEqual(confidenceOf("/aws/lambda/orders", { functions: gap([]) }), ["low", null])
      const found = gap([{ logGroup: "/aws/lambda/orders" }])
      assert.deepStrictEqual(confidenceOf("/aws/lambda/orders", { functions: found }), ["low", "exists"])
      // A function may write to any group.
      assert.deepStrictEqual(confidenceOf("own", { functions: gap([]) }), ["low", null])
    })

    it("is low for what a tag marks as to be kept", () => {
      const tagged = (tags: Tags | "denied") => {
        const { flags } = run([group()], { tags })
        return [flags[0]?.confidence, flags[0]?.evidence["complianceTag"]]
      }
      assert.deepStrictEqual(tagged({ data_retention: "7y" }), ["low", "data_retention=7y"])
      assert.deepStrictEqual(tagged({ class: "PCI-DSS" }), ["low", "class=PCI-DSS"])
      assert.deepStrictEqual(tagged({ topic: "epcis" }), ["high", "none"])
      assert.deepStrictEqual(tagged("denied"), ["low", null])
      const both = { a: "gdpr", b: "hipaa" }
      assert.deepStrictEqual(tagged({ b: both.b, a: both.a }), tagged(both))
    })
  })

  it("asks the streams only of groups that are old enough, hold something and took nothing in", () => {
    const groups = [
      group(),
      group({ name: "busy" }),
      group({ name: "young", createdAt: daysAgo(1) }),
      group({ name: "empty", storedBytes: 0 })
    ]
    const incoming = series(({ dimensions }) => (dimensions["LogGroupName"] === "busy" ? [1] : []))
    assert.deepStrictEqual(run(groups, { incoming }).asked, [`lastIngestion ${group().arn}`])
  })
})
