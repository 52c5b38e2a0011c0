import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type ComputePrices, computeTables, loadComputePrices } from "../../../core/pricing/ComputePrices.ts"
import { placeOf } from "../../../core/pricing/PricePlace.ts"
import type { Price } from "../../../core/pricing/Prices.ts"
import { rdsEngines } from "../../../core/pricing/rdsEngine.ts"

const withPrices = (check: (prices: ComputePrices) => void) => () => Effect.map(loadComputePrices(computeTables), check)

const virginia = placeOf("us-east-1")
const said = ({ confidence, usd }: Price) => `${usd} ${confidence}`

describe("EC2 prices", () => {
  it.effect(
    "are those of Linux and shared tenancy, and say which rest on one source or on a rule",
    withPrices(({ ec2 }) => {
      assert.deepStrictEqual(ec2("m5.large", "linux", virginia), {
        fact: "ec2.linux.m5.large",
        region: "us-east-1",
        usd: 0.096,
        unit: "hour",
        source: "AWS Pricing Calculator feed, AWS pricing page feed, AWS Price List API pull of Karpenter",
        asOf: "2025-11-04",
        confidence: "verified"
      })
      const capeTown = placeOf("af-south-1")
      assert.strictEqual(said(ec2("c5.12xlarge", "linux", capeTown)), "2.736 verified")
      assert.strictEqual(said(ec2("c7g.large", "linux", capeTown)), "0.0969 single source")
      assert.strictEqual(ec2("c7g.large", "linux", capeTown).asOf, "2025-04-04 to 2026-07-20")
      assert.strictEqual(said(ec2("c7i.large", "linux", capeTown)), "0.1197 derived")
      assert.match(ec2("c7i.large", "linux", capeTown).source, /us-east-1 ratio of the two families/)
      assert.strictEqual(ec2("m5.large", "linux", placeOf("eu-west-1", "eu-west-1b")).usd, 0.107)
    })
  )

  it.effect(
    "are never those of Linux for another system or tenancy",
    withPrices(({ ec2 }) => {
      for (const system of ["windows", "rhel", "suse", "windows-sql-standard", "linux-sql-web", "other"] as const) {
        const price = ec2("m5.large", system, virginia)
        assert.strictEqual(said(price), "null unknown", system)
        assert.strictEqual(price.source, `the price snapshot has no prices for ${system}`)
      }
      assert.strictEqual(
        ec2("m5.large", "linux", virginia, "dedicated").source,
        "no prices are known for tenancy dedicated"
      )
      assert.isNull(ec2("m5.large", "linux", virginia, "host").usd)
    })
  )

  it.effect(
    "are unknown for a type, a region or a zone that the data lacks",
    withPrices(({ ec2 }) => {
      const sources = [
        ec2("m99.large", "linux", virginia),
        ec2("m5.large", "linux", placeOf("mars-1")),
        ec2("m5.large", "linux", placeOf("us-west-2", "us-west-2-lax-1a"))
      ].map(({ confidence, source, usd }) => `${usd} ${confidence}: ${source}`)
      assert.deepStrictEqual(sources, [
        "null unknown: no price was seen for m99.large in us-east-1",
        "null unknown: no price was seen for m5.large in mars-1",
        "null unknown: us-west-2-lax-1a is in a Local Zone, which has prices of its own"
      ])
    })
  )
})

describe("RDS prices", () => {
  it.effect(
    "double for a standby, and not for a member of a Multi-AZ cluster",
    withPrices(({ rds }) => {
      const mysql = (deployment: "single" | "multi-az" | "multi-az-cluster") =>
        rds("db.m5.large", "mysql", deployment, virginia)
      assert.strictEqual(mysql("single").usd, 0.171)
      assert.strictEqual(mysql("multi-az-cluster").usd, 0.171)
      assert.deepStrictEqual(mysql("multi-az"), {
        fact: "rds.mysql.db.m5.large.multi-az",
        region: "us-east-1",
        usd: 0.342,
        unit: "hour",
        source: "2 × the Single-AZ price (AWS pricing page feed)",
        asOf: "2025-04-04",
        confidence: "single source"
      })
      assert.strictEqual(said(rds("db.m99.large", "mysql", "multi-az", virginia)), "null unknown")
    })
  )

  it.effect(
    "know the engines and licences of the data, and which are derived",
    withPrices(({ rds }) => {
      const single = (instanceClass: string, engine: (typeof rdsEngines)[number], region = "us-east-1") =>
        said(rds(instanceClass, engine, "single", placeOf(region)))
      assert.strictEqual(single("db.m5.large", "postgres"), "0.178 single source")
      assert.strictEqual(single("db.m5.large", "mariadb"), "0.171 derived")
      assert.strictEqual(single("db.m8g.large", "postgres"), "0.16829 derived")
      assert.strictEqual(single("db.m8g.large", "mysql", "ap-south-2"), "0.24 derived")
      assert.strictEqual(single("db.r8g.large", "postgres"), "0.239 derived")
      assert.strictEqual(single("db.m5.large", "oracle-se2/license-included"), "0.438 single source")
      assert.strictEqual(single("db.m5.large", "oracle-se2/bring-your-own-license"), "0.171 single source")
      // The Enterprise Edition's own list has only what differs.
      assert.strictEqual(single("db.m5.large", "oracle-ee/bring-your-own-license"), "0.171 single source")
      assert.strictEqual(single("db.m5.12xlarge", "oracle-ee/bring-your-own-license"), "4.104 single source")
      assert.strictEqual(single("db.m5.large", "sqlserver-web/license-included"), "0.311 single source")
      assert.strictEqual(
        said(rds("db.m5.large", "sqlserver-web/license-included", "multi-az", virginia)),
        "0.622 derived"
      )
      // Newer families are billed apart from their licence.
      assert.strictEqual(single("db.m7i.large", "sqlserver-se/license-included"), "null unknown")
      assert.strictEqual(
        rds("db.m5.large", "other", "single", virginia).source,
        "the price snapshot has no prices for other"
      )
    })
  )

  it.effect(
    "of Aurora tell Standard from I/O-Optimized, and derived from seen",
    withPrices(({ rds }) => {
      const aurora = (instanceClass: string, options?: { readonly ioOptimized: boolean }, region = "us-east-1") =>
        rds(instanceClass, "aurora-postgresql", "multi-az", placeOf(region), options)
      // The data's own source mixed both: this row was I/O-Optimized.
      assert.strictEqual(said(aurora("db.r6g.large")), "0.26 derived")
      assert.match(aurora("db.r6g.large").source, /^I\/O-Optimized price \/ 1\.3/)
      assert.strictEqual(said(aurora("db.r7g.large")), "0.2762 derived")
      assert.strictEqual(said(aurora("db.r4.large")), "0.29 single source")
      assert.strictEqual(said(aurora("db.r6g.large", { ioOptimized: true })), "0.338 derived")
      assert.strictEqual(aurora("db.r6g.large", { ioOptimized: false }).fact, "rds.aurora-postgresql.db.r6g.large")
      assert.strictEqual(said(aurora("db.r7i.large", undefined, "ap-south-2")), "0.33 derived")
      assert.strictEqual(aurora("db.serverless").source, "db.serverless is billed by its capacity units")
    })
  )

  it.effect(
    "are there for every engine",
    withPrices(({ rds }) => {
      for (const engine of rdsEngines) {
        const instanceClass = engine.startsWith("sqlserver-ex") ? "db.t3.small" : "db.r5.xlarge"
        assert.isAbove(rds(instanceClass, engine, "single", virginia).usd ?? 0, 0, engine)
        assert.isNull(rds(instanceClass, engine, "single", placeOf("us-west-2", "us-west-2-lax-1a")).usd)
      }
    })
  )
})

describe("cache and Redshift prices", () => {
  it.effect(
    "go by engine and node",
    withPrices(({ cache, redshift }) => {
      const of = (node: string, engine: "redis" | "valkey" | "memcached", region = "us-east-1") =>
        said(cache(node, engine, placeOf(region)))
      assert.strictEqual(of("cache.r6g.large", "redis"), "0.206 verified")
      assert.strictEqual(of("cache.r6g.large", "valkey"), "0.1648 single source")
      assert.strictEqual(of("cache.r6g.large", "memcached"), "0.206 verified")
      assert.strictEqual(of("cache.m8g.large", "valkey"), "0.1266 single source")
      assert.strictEqual(of("cache.m8g.large", "valkey", "eu-west-1"), "0.1394 derived")
      // Valkey alone has the newest nodes.
      assert.strictEqual(of("cache.m8g.large", "redis"), "null unknown")
      assert.strictEqual(redshift("ra3.4xlarge", virginia).usd, 3.26)
      assert.strictEqual(redshift("ra3.4xlarge", virginia).unit, "node-hour")
      assert.isNull(redshift("ra4.large", virginia).usd)
    })
  )
})

describe("loadComputePrices", () => {
  it.effect("says which table a lookup needs that was not loaded", () =>
    Effect.gen(function* () {
      const prices = yield* loadComputePrices(["ec2"])
      assert.strictEqual(prices.ec2("m5.large", "linux", virginia).usd, 0.096)
      const missing = (table: string) =>
        `The table "${table}" was not loaded; add it to the price tables that the scan names`
      assert.throws(() => prices.rds("db.m5.large", "mysql", "single", virginia), missing("rds"))
      assert.throws(() => prices.cache("cache.m5.large", "redis", virginia), missing("elasticache"))
      assert.throws(() => prices.redshift("ra3.4xlarge", virginia), missing("redshift"))
      assert.throws(() => prices.sizes("m5.large"), missing("sizes"))
    })
  )

  it.effect("gives the same object for the same price", () =>
    Effect.gen(function* () {
      const { ec2 } = yield* loadComputePrices(["ec2"])
      assert.isTrue(ec2("m5.large", "linux", virginia) === ec2("m5.large", "linux", virginia))
    })
  )
})
