/** What AWS charges: list prices in USD by region, each with its source, its date and how far it can be trusted. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { SavingsTerm } from "../finding/Finding.ts"

/** A price as it is kept with a saving. `usd` is null when the price is unknown in that region. */
export type Price = SavingsTerm["price"]

/** The prices of all regions, ready to be looked up by pure code. */
export interface PriceBook {
  /** The price of a fact such as `ebs.gp3GBMonth` in a region. Never another region's price in silence. */
  readonly price: (region: string, fact: string) => Price
}

export class Prices extends Context.Service<
  Prices,
  {
    /** Prices for judging a region: from the snapshot, or from the Price List API where that is configured. */
    readonly bookFor: (region: string) => Effect.Effect<PriceBook>
  }
>()("nightaudit/core/pricing/Prices") {}
