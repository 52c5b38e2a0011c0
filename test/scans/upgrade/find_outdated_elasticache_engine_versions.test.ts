import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadComputePrices } from "../../../core/pricing/ComputePrices.ts"
import type { Cache, UpdateAction } from "../../../datasets/aws/elasticache.ts"
import scan from "../../../scans/upgrade/find_outdated_elasticache_engine_versions.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { unknown as notKnown } from "../../../core/Reading.ts"
import { billedInFull, gap, judge } from "../harness.ts"

const compute = await Effect.runPromise(loadComputePrices(["elasticache"]))
const hour = (engine: "redis" | "valkey") => {
  const { usd } = compute.cache("cache.m6g.large", engine, { region: "eu-west-1", apart: undefined })
  if (usd === null) throw new Error(`cache.m6g.large has no price for ${engine}`)
  return usd
}
const cents = (usd: number) => Math.round(usd * 100) / 100

const cache = (more: Partial<Cache> = {}, id = "cart"): Cache => ({
  type: "elasticache:replicationgroup",
  arn: `arn:aws:elasticache:eu-west-1:111111111111:replicationgroup:${id}`,
  id,
  engine: "redis",
  engineVersion: "7.1.0",
  nodeType: "cache.m6g.large",
  status: "available",
  createdAt: daysAgo(400),
  autoMinorUpgrade: true,
  clusters: [],
  nodes: 2,
  shards: 1,
  multiAz: true,
  dataTiering: false,
  globalRole: undefined,
  unread: undefined,
  ...more
})

const versions = [
  ["redis", "5.0.6"],
  ["redis", "6.2"],
  ["redis", "7.1"],
  ["valkey", "8.0"],
  ["valkey", "8.1"],
  ["memcached", "1.6.9"],
  ["memcached", "1.6.22"]
].map(([engine, version]) => ({ engine, version }))

const update = (more: Partial<UpdateAction> = {}): UpdateAction => ({
  cacheId: "cart",
  name: "security-1",
  severity: "important",
  type: "security-update",
  applyBy: daysAgo(10),
  ...more
})

interface Options {
  readonly versions?: unknown
  readonly updates?: unknown
  readonly settings?: Readonly<Record<string, number | boolean>>
  readonly extendedSupport?: ReturnType<typeof billedInFull>
}

const run = (caches: unknown, options: Options = {}) =>
  judge(
    scan,
    { caches, versions: options.versions ?? versions, updates: options.updates ?? [] },
    {
      compute,
      extendedSupport: options.extendedSupport ?? billedInFull("ExtendedSupport:Yr1-Yr2:NodeUsage:cache.m6g.large"),
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

describe("find_outdated_elasticache_engine_versions", () => {
  it("adds up the surcharge of extended support and what Valkey costs less", () => {
    const { flags } = run([cache({ engineVersion: "5.0.6" })])
    assert.deepStrictEqual(flags[0]?.reasons, ["extended_support", "valkey_candidate"])
    const [redis, valkey] = [hour("redis"), hour("valkey")]
    const monthlyUsd = cents(2 * 730 * (redis * 0.8 + redis - valkey))
    assert.deepInclude(flags[0]?.savings, { monthlyUsd, basis: "estimate", claim: "modernise" })
    assert.deepInclude(flags[0], { kind: "money", severity: "high", confidence: "medium" })
    assert.deepInclude(flags[0]?.evidence, { standardSupportUntil: "2026-01-31", newestVersion: "5.0.6" })
    const without = run([cache({ engineVersion: "5.0.6" })], { settings: { suggestValkey: false } }).flags[0]
    assert.strictEqual(without?.savings?.monthlyUsd, cents(2 * 730 * redis * 0.8))
  })

  it("is worth the same with a bill that has no row of the surcharge as with none: its list price, as an upper bound", () => {
    const flags = [billedInFull("Other"), notKnown("it was denied")].map(
      (extendedSupport) =>
        run([cache({ engineVersion: "5.0.6" })], { extendedSupport, settings: { suggestValkey: false } }).flags[0]
    )
    for (const flag of flags)
      assert.deepInclude(flag?.savings, { monthlyUsd: cents(2 * 730 * hour("redis") * 0.8), basis: "upper_bound" })
    assert.deepStrictEqual(
      flags.map((flag) => [flag?.savings?.price, flag?.billUnread === true]),
      [
        [undefined, false],
        [undefined, true]
      ]
    )
    assert.match(flags[0]?.savings?.note ?? "", /^From the price list: the bill of 2026-10 shows no row of it here/)
  })

  it("reports Redis OSS as a candidate for Valkey, at the difference of prices", () => {
    const { flags } = run([cache()])
    assert.deepStrictEqual(flags[0]?.reasons, ["valkey_candidate"])
    const monthlyUsd = cents(2 * 730 * (hour("redis") - hour("valkey")))
    assert.deepInclude(flags[0]?.savings, { monthlyUsd, basis: "exact" })
    assert.strictEqual(flags[0]?.severity, "low")
    assert.deepStrictEqual(run([cache()], { settings: { suggestValkey: false } }).flagged, [])
    // Without a price nobody knows whether it would cost less.
    assert.deepStrictEqual(run([cache({ nodeType: "cache.z9.large" })]).flagged, [])
  })

  it("covers the nodes of its group, of which others tell one by one", () => {
    const arn = "arn:aws:elasticache:eu-west-1:111111111111:cluster:cart-001"
    const clusters = [{ arn } as Cache["clusters"][number]]
    for (const engineVersion of ["7.1.0", "5.0.6"]) {
      assert.deepStrictEqual(run([cache({ clusters, engineVersion })]).flags[0]?.savings?.covers, [arn])
    }
    assert.isUndefined(run([cache({ clusters, type: "elasticache:cluster" })]).flags[0]?.savings?.covers)
  })

  it("gives no figure for extended support of a node without a price", () => {
    const { flags } = run([cache({ engineVersion: "4.0.10", nodeType: "cache.z9.large" })])
    assert.deepInclude(flags[0]?.savings, { basis: "none", monthlyUsd: 0 })
  })

  it("flags what ends within the notice", () => {
    const six = cache({ engineVersion: "6.2.6" })
    const settings = { suggestValkey: false }
    const { flags, flagged } = run([six], { settings })
    assert.deepStrictEqual([flagged, flags[0]?.severity], [["cart: support_ending"], "medium"])
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null })
    assert.deepStrictEqual(run([six], { settings: { ...settings, noticeDays: 71 } }).flagged, [])
    assert.deepStrictEqual(run([six], { settings: { ...settings, noticeDays: 72 } }).flagged, ["cart: support_ending"])
  })

  it("compares versions number by number, within a major version", () => {
    const flagged = (engine: string, engineVersion: string) => run([cache({ engine, engineVersion })]).flagged
    assert.deepStrictEqual(flagged("valkey", "8.0.1"), ["cart: minor_behind"])
    assert.deepStrictEqual(flagged("valkey", "8.1.0"), [])
    assert.deepStrictEqual(flagged("valkey", "8.2.1"), [])
    assert.deepStrictEqual(flagged("memcached", "1.6.9"), ["cart: minor_behind"])
    assert.deepStrictEqual(flagged("memcached", "1.6.22"), [])
    // ElastiCache upgrades it by itself at a time of its own, and until then it is behind.
    const upgrading = cache({ engine: "valkey", engineVersion: "8.0.1", autoMinorUpgrade: true })
    assert.strictEqual(run([upgrading]).flags[0]?.severity, "low")
  })

  it("flags an important update that should have been applied", () => {
    const valkey = [cache({ engine: "valkey", engineVersion: "8.1.0" })]
    const flagged = (more: Partial<UpdateAction>) => run(valkey, { updates: [update(more)] }).flagged
    assert.deepStrictEqual(flagged({}), ["cart: security_update_overdue"])
    assert.strictEqual(run(valkey, { updates: [update()] }).flags[0]?.severity, "high")
    assert.deepStrictEqual(run(valkey, { updates: [update()] }).flags[0]?.evidence["updatesOverdue"], [
      "security-1, by 2026-11-10"
    ])
    for (const more of [{ severity: "medium" }, { applyBy: undefined }, { applyBy: daysAgo(-5) }, { cacheId: "b" }]) {
      assert.deepStrictEqual(flagged(more), [])
    }
  })

  it("leaves alone what is being made or deleted", () => {
    for (const status of ["creating", "deleting"]) {
      assert.deepStrictEqual(run([cache({ status, engineVersion: "5.0.6" })]).flagged, [])
    }
  })

  it("does not know what is not told, and closes nothing of it", () => {
    const unknown = (more: Partial<Cache>, options: Options = {}) => {
      const judged = run([cache({ engineVersion: "5.0.6", ...more })], options)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["cart"]])
      assert.strictEqual(judged.stateOf(cache().arn), "unknown")
    }
    unknown({ unread: "ElastiCache lists 1 of its 2 nodes" })
    unknown({ engine: "" })
    unknown({ engineVersion: "" })
    // ElastiCache lists no version of the engine that is in use.
    unknown({ engine: "valkey", engineVersion: "8.0.1" }, { versions: [] })
    unknown({}, { versions: gap([]) })
    unknown({}, { updates: gap([]) })
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    assert.deepStrictEqual([run([]).status, run([]).counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([cache()]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["cart: valkey_candidate"]])
    assert.strictEqual(partial.stateOf("arn:aws:elasticache:eu-west-1:111111111111:cluster:not-listed"), "unknown")
  })
})
