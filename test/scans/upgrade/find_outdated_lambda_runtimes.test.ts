import { assert, describe, it } from "@effect/vitest"
import type { AliasedVersion, FunctionUrl, LambdaFunction } from "../../../datasets/aws/lambda.ts"
import type { MetricSeries } from "../../../datasets/metrics/MetricSeries.ts"
import scan from "../../../scans/upgrade/find_outdated_lambda_runtimes.ts"
import { gap, judge, series, silent } from "../harness.ts"
import { lambdaFunction as fn } from "../lambdaFunction.ts"

interface World {
  readonly edgeArns?: ReadonlySet<string> | ReturnType<typeof gap>
  readonly urls?: ReadonlyArray<FunctionUrl> | "untold"
  readonly versions?: ReadonlyArray<AliasedVersion> | "untold"
  readonly invocations?: MetricSeries
  readonly settings?: Record<string, number | boolean>
}

const run = (functions: ReadonlyArray<LambdaFunction> | ReturnType<typeof gap>, world: World = {}) => {
  const { edgeArns = new Set(), invocations = silent, settings, urls = [], versions = [] } = world
  return judge(
    scan,
    { functions, edgeArns },
    {
      answers: {
        urls: () => (urls === "untold" ? undefined : urls),
        versions: () => (versions === "untold" ? undefined : versions),
        invocations: () => invocations
      },
      ...(settings === undefined ? {} : { settings })
    }
  )
}

const on = (runtime: string, more: Partial<LambdaFunction> = {}) => [fn({ runtime, ...more })]
const url = (auth: string): FunctionUrl => ({ url: "https://x.lambda-url.eu-west-1.on.aws/", auth })
const version = (runtime: string | undefined): AliasedVersion => ({ version: "7", aliases: ["live"], runtime })

describe("find_outdated_lambda_runtimes", () => {
  it("reports a deprecated runtime with its days, and says that blocks may be put off", () => {
    const { flags } = run(on("nodejs18.x"))
    assert.deepStrictEqual(flags[0]?.reasons, ["deprecated"])
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "medium", confidence: "high", savings: null })
    assert.strictEqual(flags[0]?.note, "A deprecated runtime costs nothing more.")
    assert.deepStrictEqual(flags[0]?.evidence, {
      runtime: "nodejs18.x",
      deprecatedOn: "2025-09-01",
      newFunctionsBlocked: "not before 2027-07-29",
      updatesBlocked: "not before 2027-08-31",
      successor: "nodejs24.x",
      sameLanguageOnNewerSystem: "none",
      outdated: ["$LATEST: nodejs18.x"],
      publicUrl: false,
      atEdge: false,
      invoked: "not in the last 30 days",
      lastModifiedAt: fn().lastModifiedAt.toISOString(),
      datesAsOf: "2026-11-26"
    })
  })

  it("is high where updates are blocked for certain, and names the blocks that have come", () => {
    const [blocked] = run(on("nodejs12.x")).flags
    assert.deepStrictEqual(blocked?.reasons, ["deprecated", "create_blocked", "update_blocked"])
    assert.deepInclude(blocked, { severity: "high" })
    assert.strictEqual(blocked?.evidence["updatesBlocked"], "since 2023-04-30")
    const [created] = run(on("nodejs14.x")).flags
    assert.deepStrictEqual(created?.reasons, ["deprecated", "create_blocked"])
    assert.deepInclude(created, { severity: "medium" })
  })

  it("reports what will be deprecated within the notice, as low, and nothing that comes later", () => {
    const [soon] = run(on("nodejs22.x")).flags
    assert.deepStrictEqual([soon?.reasons, soon?.severity], [["deprecating_soon"], "low"])
    assert.strictEqual(soon?.evidence["deprecatedOn"], "2027-04-30")
    for (const runtime of ["nodejs24.x", "python3.13", "java17"])
      assert.deepStrictEqual(run(on(runtime)).flagged, [], runtime)
  })

  it("names the same language on a newer system", () => {
    const [java] = run(on("java17"), { settings: { noticeDays: 300 } }).flags
    assert.strictEqual(java?.evidence["sameLanguageOnNewerSystem"], "java17.al2023")
  })

  it("is a step more severe where everybody may call the function", () => {
    const severityOf = (runtime: string, auth: string) => {
      const [flag] = run(on(runtime), { urls: [url("aws_iam"), url(auth)] }).flags
      return [flag?.severity, flag?.evidence["publicUrl"]]
    }
    assert.deepStrictEqual(severityOf("nodejs18.x", "none"), ["high", true])
    assert.deepStrictEqual(severityOf("nodejs12.x", "none"), ["critical", true])
    assert.deepStrictEqual(severityOf("nodejs22.x", "none"), ["medium", true])
    assert.deepStrictEqual(severityOf("nodejs18.x", "aws_iam"), ["medium", false])
  })

  it("shows a function whose URLs are not told, and confirms nothing new of it", () => {
    const { flags, status } = run(on("nodejs18.x"), { urls: "untold" })
    assert.deepInclude(flags[0], { severity: "medium", unproven: true })
    assert.isNull(flags[0]?.evidence["publicUrl"])
    assert.strictEqual(status, "partial")
  })

  it("says whether somebody calls it, and null where that is not told", () => {
    const invokedOf = (world: World) => run(on("nodejs18.x"), world).flags[0]?.evidence["invoked"]
    assert.strictEqual(invokedOf({ invocations: series(() => [0, 4]) }), "in the last 30 days")
    assert.isNull(invokedOf({ invocations: series(() => undefined) }))
    assert.isNull(invokedOf({ edgeArns: gap() }))
    assert.strictEqual(invokedOf({ edgeArns: new Set([fn().arn]) }), "at CloudFront's edges, which count elsewhere")
  })

  it("asks about outdated functions alone", () => {
    const { asked } = run([...on("nodejs18.x", { name: "old" }), ...on("nodejs24.x", { name: "new" })])
    assert.deepStrictEqual(asked, ["invocations old", `urls ${fn({ name: "old" }).arn}`])
  })

  it("does not know container images, and flags none of them", () => {
    const judged = run([fn({ name: "image", packageType: "Image", runtime: undefined })])
    assert.deepStrictEqual(judged.flagged, [])
    assert.deepStrictEqual(judged.whyUnknown, [
      "image: a container image brings its own runtime, of which Lambda tells nothing"
    ])
  })

  it("only remarks a runtime that the table lacks, which is newer than the table", () => {
    const { asked, flags, unknown } = run(on("nodejs26.x", { name: "newest" }))
    assert.deepStrictEqual([asked, unknown], [[], []])
    assert.deepInclude(flags[0], { reasons: ["unlisted"], kind: "notice", severity: "info", savings: null })
    assert.deepStrictEqual(flags[0]?.evidence["unlisted"], ["$LATEST: nodejs26.x"])
  })

  it("finds nothing where there is nothing, says so where nothing could be read, and closes nothing it did not see", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap(on("nodejs18.x")))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["orders: deprecated"]])
    assert.strictEqual(partial.stateOf(fn({ name: "unlisted" }).arn), "unknown")
  })

  describe("its settings", () => {
    it("noticeDays", () => {
      assert.deepStrictEqual(run(on("nodejs22.x"), { settings: { noticeDays: 160 } }).flagged, [])
      assert.deepStrictEqual(run(on("nodejs22.x"), { settings: { noticeDays: 161 } }).flagged, [
        "orders: deprecating_soon"
      ])
    })

    it("includeEdge", () => {
      const edgeArns = new Set([fn().arn])
      const settings = { includeEdge: false }
      assert.strictEqual(run(on("nodejs18.x"), { edgeArns }).flags[0]?.evidence["atEdge"], true)
      assert.deepStrictEqual(run(on("nodejs18.x"), { edgeArns, settings }).flagged, [])
      assert.deepStrictEqual(run(on("nodejs18.x"), { settings }).flagged, ["orders: deprecated"])
      const unread = run(on("nodejs18.x"), { edgeArns: gap(), settings })
      assert.deepStrictEqual([unread.flagged, unread.unknown], [[], ["orders"]])
      assert.deepStrictEqual(run(on("nodejs18.x"), { edgeArns: gap() }).flagged, ["orders: deprecated"])
    })

    it("includeVersionsBehindAliases", () => {
      const settings = { includeVersionsBehindAliases: true }
      const behind = run(on("nodejs24.x"), { settings, versions: [version("nodejs16.x")] })
      assert.deepStrictEqual(behind.flagged, ["orders: deprecated"])
      assert.deepStrictEqual(behind.flags[0]?.evidence["outdated"], ["version 7 (live): nodejs16.x"])
      assert.strictEqual(behind.flags[0]?.evidence["runtime"], "nodejs16.x")
      const both = run(on("nodejs18.x"), { settings, versions: [version("nodejs12.x")] }).flags[0]
      assert.deepInclude(both, { severity: "high" })
      assert.deepStrictEqual(both?.evidence["outdated"], ["$LATEST: nodejs18.x", "version 7 (live): nodejs12.x"])
      assert.deepStrictEqual(run(on("nodejs24.x"), { settings, versions: [version("nodejs24.x")] }).flagged, [])
      assert.deepStrictEqual(run(on("nodejs24.x"), { settings, versions: "untold" }).unknown, ["orders"])
      assert.deepStrictEqual(run(on("nodejs24.x"), { versions: [version("nodejs16.x")] }).asked, [])
    })
  })
})
