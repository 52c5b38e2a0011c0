import type { Price } from "./Prices.ts"

/** A price that is not known; `why` says so in words. */
export const unknownPrice = ({ fact, region, unit }: Pick<Price, "fact" | "region" | "unit">, why: string): Price => ({
  fact,
  region,
  usd: null,
  unit,
  source: why,
  asOf: "undated",
  confidence: "unknown"
})
