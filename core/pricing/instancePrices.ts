/** List prices by instance type, from the snapshot. The tables are large, so each is loaded when it is first asked for. */
import * as Effect from "effect/Effect"
import type { PriceConfidence } from "../finding/Finding.ts"
import type { Price } from "./Prices.ts"

/** USD by type, one per region of the snapshot; null where the type is not offered or not known. */
type UsdByType = Readonly<Record<string, ReadonlyArray<number | null>>>

export interface InstanceGroup {
  readonly confidence: PriceConfidence
  readonly source: string
  /** ISO day or the data's own words. */
  readonly asOf: string
  /** Types by region whose price rests on one source although the others were seen twice. */
  readonly singleSource?: Readonly<Record<string, ReadonlyArray<string>>>
  /** How the prices in `derived` were made. A derived price does not say that the region offers the type. */
  readonly derivedSource?: string
  readonly derived?: UsdByType
  readonly usd: UsdByType
}

export interface InstanceSnapshot {
  /** ISO day. */
  readonly snapshotDate: string
  readonly regions: ReadonlyArray<string>
  readonly unit: string
  readonly note: string
  readonly groups: Readonly<Record<string, InstanceGroup>>
}

/**
 * The groups of each table: the operating system (shared tenancy), the engine (Single-AZ, without a licence), the cache's
 * engine, the Redshift node.
 */
export const instanceGroups = {
  ec2: ["linux"],
  rds: ["mysql", "postgres", "aurora-mysql", "aurora-postgresql"],
  elasticache: ["valkey", "redis", "memcached"],
  redshift: ["node"]
} as const

export type InstanceTable = keyof typeof instanceGroups

/**
 * The price of a type such as `m5.large` or `db.m5.large` per hour. A type that the snapshot lacks is unknown: AWS brings new
 * ones, and a ratio of regions does not tell that a region offers it.
 */
export type InstancePriceOf<Table extends InstanceTable> = (
  region: string,
  group: (typeof instanceGroups)[Table][number],
  type: string
) => Price

const files: { readonly [Table in InstanceTable]: () => Promise<{ readonly default: unknown }> } = {
  ec2: () => import("./snapshot/ec2.json", { with: { type: "json" } }),
  rds: () => import("./snapshot/rds.json", { with: { type: "json" } }),
  elasticache: () => import("./snapshot/elasticache.json", { with: { type: "json" } }),
  redshift: () => import("./snapshot/redshift.json", { with: { type: "json" } })
}

/** Loads a table, once per process, and answers a lookup. */
export const instancePrices = <Table extends InstanceTable>(table: Table): Effect.Effect<InstancePriceOf<Table>> =>
  Effect.map(Effect.promise(files[table]), (file): InstancePriceOf<Table> => {
    const snapshot = file.default as InstanceSnapshot
    const positions = new Map(snapshot.regions.map((region, index) => [region, index]))
    return (region, groupName, type) => {
      const group = snapshot.groups[groupName]
      if (group === undefined) throw new Error(`There are no prices for ${groupName} in ${table}`)
      const { asOf, confidence, derived, derivedSource = "", singleSource, source, usd } = group
      const common = { fact: `${table}.${groupName}.${type}`, region, unit: snapshot.unit, asOf }
      const position = positions.get(region) ?? -1
      const listed = usd[type]?.[position] ?? null
      if (listed !== null) {
        const single = singleSource?.[region]?.includes(type) === true
        return { ...common, usd: listed, source, confidence: single ? "single source" : confidence }
      }
      const estimated = derived?.[type]?.[position] ?? null
      return estimated === null
        ? { ...common, usd: null, source: `no price was seen for ${type} in ${region}`, confidence: "unknown" }
        : { ...common, usd: estimated, source: derivedSource, confidence: "derived" }
    }
  })
