/**
 * Prices and sizes of instances, database classes and cache nodes from the snapshot, for pure code. The tables are large: each
 * is loaded only for the scans that name it.
 */
import * as Effect from "effect/Effect"
import { auroraIoOptimizedFactor, multiAzFactor } from "./amounts.ts"
import type { OperatingSystem } from "./operatingSystem.ts"
import type { PricePlace } from "./PricePlace.ts"
import type { Price } from "./Prices.ts"
import { lookupIn, type PriceTable } from "./priceTable.ts"
import type { RdsEngine } from "./rdsEngine.ts"
import { sizesOf, type Sizes, type SizesSnapshot } from "./sizes.ts"
import { unknownPrice } from "./unknownPrice.ts"

/** What can be loaded: a price table, or `sizes`, which has no prices. */
export const computeTables = ["ec2", "rds", "elasticache", "redshift", "sizes"] as const
export type ComputeTable = (typeof computeTables)[number]

/** As EC2 writes it. `dedicated` and `host` are not billed by these prices. */
export type Tenancy = "default" | "dedicated" | "host"

/**
 * How a database runs: alone, with one standby that nobody can read, or as a member of a Multi-AZ cluster, of whose members each
 * is an instance of its own.
 */
export type RdsDeployment = "single" | "multi-az" | "multi-az-cluster"

export type CacheEngine = "redis" | "valkey" | "memcached"

/**
 * On-demand list prices in USD an hour. What is not known is a price without a figure that says why, never a price of something
 * else. A derived price does not say that the region offers the type. Each answer needs its table; without it the caller has a
 * bug, and it throws.
 */
export interface ComputePrices {
  /** Spot and reserved instances are billed otherwise, and so is what an image from the Marketplace adds. */
  readonly ec2: (type: string, system: OperatingSystem, place: PricePlace, tenancy?: Tenancy) => Price
  /**
   * A class such as `db.m5.large`, without its storage. An Aurora instance has no standby, so its deployment changes nothing;
   * `ioOptimized` says that its cluster's storage is I/O-Optimized.
   */
  readonly rds: (
    instanceClass: string,
    engine: RdsEngine,
    deployment: RdsDeployment,
    place: PricePlace,
    options?: { readonly ioOptimized?: boolean }
  ) => Price
  readonly cache: (nodeType: string, engine: CacheEngine, place: PricePlace) => Price
  readonly redshift: (nodeType: string, place: PricePlace) => Price
  /** Undefined where the size of the type is not known. */
  readonly sizes: (type: string) => Sizes | undefined
}

const files: { readonly [table in ComputeTable]: () => Promise<{ readonly default: unknown }> } = {
  ec2: () => import("./snapshot/ec2.json", { with: { type: "json" } }),
  rds: () => import("./snapshot/rds.json", { with: { type: "json" } }),
  elasticache: () => import("./snapshot/elasticache.json", { with: { type: "json" } }),
  redshift: () => import("./snapshot/redshift.json", { with: { type: "json" } }),
  sizes: () => import("./snapshot/sizes.json", { with: { type: "json" } })
}

/** A price times a factor: `label` goes before its source and `suffix` behind its name. */
const times = (price: Price, factor: number, label: string, suffix: string, derived: boolean): Price => ({
  ...price,
  fact: `${price.fact}.${suffix}`,
  ...(price.usd === null
    ? {}
    : {
        // Twelve digits keep every price and drop the noise of the product.
        usd: Number((price.usd * factor).toPrecision(12)),
        source: `${factor} × ${label} (${price.source})`,
        ...(derived ? { confidence: "derived" as const } : {})
      })
})

/** Loads the tables, each once for a process, and answers lookups. */
export const loadComputePrices = Effect.fnUntraced(function* (
  tables: Iterable<ComputeTable>
): Effect.fn.Return<ComputePrices> {
  const wanted = [...new Set(tables)]
  const loaded = new Map(
    yield* Effect.forEach(
      wanted,
      (table) => Effect.map(Effect.promise(files[table]), (file) => [table, file.default] as const),
      { concurrency: "unbounded" }
    )
  )
  const notLoaded = (table: ComputeTable) => (): never => {
    throw new Error(`The table "${table}" was not loaded; add it to the price tables that the scan names`)
  }
  const lookup = (table: Exclude<ComputeTable, "sizes">) => {
    const file = loaded.get(table)
    if (file === undefined) return notLoaded(table)
    const find = lookupIn(table, file as PriceTable)
    return ({ apart, region }: PricePlace, group: string, type: string): Price => {
      const price = find(region, group, type)
      return apart === undefined ? price : unknownPrice(price, apart)
    }
  }
  const ec2 = lookup("ec2")
  const rds = lookup("rds")
  const cache = lookup("elasticache")
  const redshift = lookup("redshift")
  const sizes = loaded.get("sizes")

  return {
    ec2: (type, system, place, tenancy = "default") => {
      const price = ec2(place, system, type)
      return tenancy === "default" ? price : unknownPrice(price, `no prices are known for tenancy ${tenancy}`)
    },
    rds: (instanceClass, engine, deployment, place, { ioOptimized = false } = {}) => {
      const price = rds(place, engine, instanceClass)
      if (instanceClass === "db.serverless") return unknownPrice(price, "db.serverless is billed by its capacity units")
      if (engine.startsWith("aurora-")) {
        return ioOptimized ? times(price, auroraIoOptimizedFactor, "the Standard price", "io-optimized", true) : price
      }
      // Of SQL Server no pair was seen; of the other engines all that were seen are exactly twice.
      return deployment === "multi-az"
        ? times(price, multiAzFactor, "the Single-AZ price", "multi-az", engine.startsWith("sqlserver-"))
        : price
    },
    cache: (nodeType, engine, place) => cache(place, engine, nodeType),
    redshift: (nodeType, place) => redshift(place, "node", nodeType),
    sizes: sizes === undefined ? notLoaded("sizes") : sizesOf(sizes as SizesSnapshot)
  }
})
