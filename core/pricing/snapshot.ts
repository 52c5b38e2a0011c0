/** The dated snapshot of list prices that ships with the product; scripts/pricingSnapshot.ts makes it. */
import * as Effect from "effect/Effect"
import type { PriceConfidence } from "../finding/Finding.ts"
import type { Price, PriceBook } from "./Prices.ts"
import type services from "./snapshot/services.json"
import { unknownPrice } from "./unknownPrice.ts"

/** A price's name: `ebs.gp3GBMonth`. */
export type FactName = keyof typeof services.facts

/** How a price is estimated where none was seen: by a ratio of the region to us-east-1, or not scaled at all. */
type WhereUnknown = "compute" | "blockStorage" | "loadBalancer" | "network" | "flat"

export interface FactRow {
  readonly unit: string
  /** Of the regions in `verifiedAt`, and of all of them where the fact is not `verified`. */
  readonly confidence: PriceConfidence
  /** Keys of the snapshot's `sources`, the one that covers all regions first. */
  readonly sources: ReadonlyArray<string>
  /** ISO day or the data's own words; null when it is not dated. */
  readonly asOf: string | null
  /** Regions for which two independent sources agree. */
  readonly verifiedAt?: ReadonlyArray<string>
  readonly note?: string
  /** What is known of the other regions' prices, where it is not that one source has them. */
  readonly elsewhere?: { readonly confidence: PriceConfidence; readonly source: string }
  readonly whereUnknown?: WhereUnknown
  /** USD per unit: one price for all regions, or one per region of the snapshot, null where none was seen. */
  readonly usd: number | ReadonlyArray<number | null>
}

export interface PriceSnapshot {
  /** ISO day. */
  readonly snapshotDate: string
  readonly regions: ReadonlyArray<string>
  readonly sources: Readonly<Record<string, { readonly label: string; readonly what: string }>>
  readonly fallbackMethods: Readonly<Record<string, string>>
  /** Ratios of regions to us-east-1 by kind, one per region; null where none is known. */
  readonly multipliers: Readonly<Record<string, ReadonlyArray<number | null>>>
  readonly facts: Readonly<Record<string, FactRow>>
}

const homeRegion = "us-east-1"

/** An estimate with six significant digits: more would claim a precision that a ratio does not have. */
const estimate = (usd: number) => Number(usd.toPrecision(6))

/**
 * The prices of a snapshot. A region that is not in it has no price, and neither has one without a ratio; the data's own rule
 * would use the us-east-1 price there.
 */
export const bookOf = (snapshot: PriceSnapshot): PriceBook => {
  const positions = new Map(snapshot.regions.map((region, index) => [region, index]))
  const label = (id: string) => snapshot.sources[id]?.label ?? id
  // A scope prices the same few facts for all its findings, which then share the objects.
  const made = new Map<string, Price>()

  const seen = (row: FactRow, region: string): Pick<Price, "confidence" | "source"> => {
    const source = row.sources.map(label).join(", ")
    if (typeof row.usd === "number") return { confidence: row.confidence, source }
    if (row.verifiedAt?.includes(region) === true) return { confidence: "verified", source }
    if (row.elsewhere !== undefined) return row.elsewhere
    return row.confidence === "verified"
      ? { confidence: "single source", source: label(row.sources[0] ?? "") }
      : { confidence: row.confidence, source }
  }

  const make = (region: string, fact: FactName): Price => {
    const row = snapshot.facts[fact]
    if (row === undefined) throw new Error(`There is no price named ${fact}`)
    const common = { fact, region, unit: row.unit, asOf: row.asOf ?? "undated" }
    const unknown = (why: string) => unknownPrice(common, why)

    const position = positions.get(region)
    if (position === undefined) return unknown(`the price snapshot of ${snapshot.snapshotDate} does not know ${region}`)
    const usd = typeof row.usd === "number" ? row.usd : row.usd[position]
    if (typeof usd === "number") return { ...common, ...seen(row, region), usd }

    const home = (row.usd as ReadonlyArray<number | null>)[positions.get(homeRegion) ?? -1]
    const kind = row.whereUnknown ?? "compute"
    const ratio = kind === "flat" ? 1 : snapshot.multipliers[kind]?.[position]
    if (typeof home !== "number" || typeof ratio !== "number") {
      return unknown(`no price was seen for ${region}, and nothing to derive one from`)
    }
    const { confidence, source } = seen(row, homeRegion)
    const basis = confidence === "from memory" ? "from memory" : source
    return {
      ...common,
      usd: estimate(home * ratio),
      source:
        kind === "flat"
          ? `us-east-1, as it costs the same in every region (${basis})`
          : `us-east-1 × ${ratio} (${kind} ratio; us-east-1: ${basis})`,
      confidence: "derived"
    }
  }

  return {
    price: (region, fact) => {
      const key = `${region} ${fact}`
      const price = made.get(key) ?? make(region, fact)
      made.set(key, price)
      return price
    }
  }
}

// The module cache of the runtime keeps the parsed file, so it is read once per process, when a price is first needed.
const load = Effect.promise(() => import("./snapshot/services.json", { with: { type: "json" } })).pipe(
  // JSON has no literal types.
  Effect.map((file): PriceSnapshot => file.default as any)
)

/** The prices of the snapshot in the repository. */
export const snapshotBook: Effect.Effect<PriceBook> = Effect.map(load, bookOf)

/** The name of every price. */
export const factNames: Effect.Effect<ReadonlySet<FactName>> = Effect.map(
  load,
  (snapshot) => new Set(Object.keys(snapshot.facts) as Array<FactName>)
)
