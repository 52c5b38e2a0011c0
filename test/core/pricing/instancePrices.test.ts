import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { instanceGroups, instancePrices } from "../../../core/pricing/instancePrices.ts"

describe("instancePrices", () => {
  it.effect("has EC2 prices by region, and says which rest on one source or on a rule", () =>
    Effect.gen(function* () {
      const price = yield* instancePrices("ec2")
      assert.strictEqual(price("us-east-1", "linux", "m5.large").usd, 0.096)
      assert.strictEqual(price("us-east-1", "linux", "m5.large").confidence, "verified")
      assert.strictEqual(price("us-east-1", "linux", "m5.large").fact, "ec2.linux.m5.large")
      assert.strictEqual(price("af-south-1", "linux", "c5.12xlarge").usd, 2.736)
      assert.strictEqual(price("af-south-1", "linux", "c7g.large").confidence, "single source")
      const derived = price("af-south-1", "linux", "c7i.large")
      assert.strictEqual(derived.usd, 0.1197)
      assert.strictEqual(derived.confidence, "derived")
      assert.match(derived.source, /us-east-1 ratio of the two families/)
    })
  )

  it.effect("has database, cache and Redshift prices by engine", () =>
    Effect.gen(function* () {
      const rds = yield* instancePrices("rds")
      const cache = yield* instancePrices("elasticache")
      const redshift = yield* instancePrices("redshift")
      assert.strictEqual(rds("af-south-1", "mysql", "db.m5.large").usd, 0.225)
      assert.strictEqual(rds("af-south-1", "aurora-postgresql", "db.r5.large").usd, 0.495)
      assert.strictEqual(cache("af-south-1", "redis", "cache.m5.large").confidence, "verified")
      assert.strictEqual(cache("af-south-1", "valkey", "cache.m5.large").usd, 0.164)
      assert.strictEqual(cache("af-south-1", "valkey", "cache.m5.large").confidence, "single source")
      assert.strictEqual(redshift("us-east-1", "node", "ra3.4xlarge").usd, 3.26)
    })
  )

  it.effect("leaves a type or a region unknown that it does not have", () =>
    Effect.gen(function* () {
      const price = yield* instancePrices("ec2")
      for (const unknown of [price("us-east-1", "linux", "m99.large"), price("mars-1", "linux", "m5.large")]) {
        assert.isNull(unknown.usd)
        assert.strictEqual(unknown.confidence, "unknown")
      }
      assert.throws(
        () => price("us-east-1", "windows" as "linux", "m5.large"),
        "There are no prices for windows in ec2"
      )
    })
  )

  it.effect("has every group that it names", () =>
    Effect.gen(function* () {
      const rds = yield* instancePrices("rds")
      for (const group of instanceGroups.rds) assert.isAbove(rds("us-east-1", group, "db.r5.large").usd ?? 0, 0, group)
      const cache = yield* instancePrices("elasticache")
      for (const group of instanceGroups.elasticache) {
        assert.isAbove(cache("us-east-1", group, "cache.m5.large").usd ?? 0, 0, group)
      }
    })
  )
})
