/** Prices by type and region, as the snapshot keeps them: groups of layers, the most trusted layer first. */
import type { PriceConfidence } from "../finding/Finding.ts"
import type { Price } from "./Prices.ts"
import { unknownPrice } from "./unknownPrice.ts"

/** USD by type, one per region of the table; null where the type is not offered or not known. */
type UsdByType = Readonly<Record<string, ReadonlyArray<number | null>>>

/** Prices of one origin. */
export interface OwnLayer {
  readonly confidence: PriceConfidence
  readonly source: string
  /** ISO day or the data's own words. */
  readonly asOf: string
  /** Types by region whose price rests on one source although the others were seen twice. */
  readonly singleSource?: {
    readonly asOf: string
    readonly types: Readonly<Record<string, ReadonlyArray<string>>>
  }
  readonly usd: UsdByType
}

/** The prices of another group; with `derived`, by the rule that it names. */
export interface SameAsLayer {
  readonly sameAs: string
  readonly derived?: string
}

export type PriceLayer = OwnLayer | SameAsLayer

export interface PriceTable {
  /** ISO day. */
  readonly snapshotDate: string
  readonly regions: ReadonlyArray<string>
  readonly unit: string
  readonly note: string
  /** A derived price does not say that the region offers the type. */
  readonly groups: Readonly<Record<string, ReadonlyArray<PriceLayer>>>
}

type Found = Pick<Price, "asOf" | "confidence" | "source"> & { readonly usd: number }

/**
 * The price of a type in a region, by group: an operating system, an engine. What the table lacks is unknown: AWS brings new
 * types, and a ratio of regions does not tell that a region offers one.
 */
export const lookupIn = (name: string, table: PriceTable): ((region: string, group: string, type: string) => Price) => {
  const positions = new Map(table.regions.map((region, index) => [region, index]))
  // A scope prices the same few types for all its resources, which then share the objects.
  const made = new Map<string, Price>()

  const find = (region: string, group: string, type: string): Found | undefined => {
    for (const layer of table.groups[group] ?? []) {
      if ("sameAs" in layer) {
        const other = find(region, layer.sameAs, type)
        if (other === undefined) continue
        return layer.derived === undefined ? other : { ...other, source: layer.derived, confidence: "derived" }
      }
      const usd = layer.usd[type]?.[positions.get(region) ?? -1] ?? null
      if (usd === null) continue
      const { asOf, confidence, singleSource, source } = layer
      return singleSource?.types[region]?.includes(type) === true
        ? { usd, source, asOf: singleSource.asOf, confidence: "single source" }
        : { usd, source, asOf, confidence }
    }
    return undefined
  }

  return (region, group, type) => {
    const fact = `${name}.${group}.${type}`
    const key = `${region} ${fact}`
    const known = made.get(key)
    if (known !== undefined) return known
    const found = find(region, group, type)
    const common = { fact, region, unit: table.unit }
    const price =
      found === undefined
        ? unknownPrice(
            common,
            table.groups[group] === undefined
              ? `the price snapshot has no prices for ${group}`
              : `no price was seen for ${type} in ${region}`
          )
        : { ...common, ...found }
    made.set(key, price)
    return price
  }
}
