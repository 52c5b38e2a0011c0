/** What AWS charges: list prices in USD by region, each with its source, its date and how far it can be trusted. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Aws } from "../aws/Aws.ts"
import type { CallLedger } from "../aws/CallLedger.ts"
import type { Credentials } from "../aws/Credentials.ts"
import type { SavingsTerm } from "../finding/Finding.ts"
import type { Store } from "../store/Store.ts"
import type { PricePlace } from "./PricePlace.ts"
import { type FactName, snapshotBook } from "./snapshot.ts"

/** A price as it is kept with a saving. `usd` is null when the price is unknown in that region. */
export type Price = SavingsTerm["price"]

/** The prices of all regions, ready to be looked up by pure code. */
export interface PriceBook {
  /** The price of a fact such as `ebs.gp3GBMonth` in a region. Never another region's price in silence. */
  readonly price: (region: string, fact: FactName) => Price
}

/** The price of a fact where a scan judges, or in the place given. */
export type PriceOf = (fact: FactName, place?: PricePlace) => Price

export class Prices extends Context.Service<
  Prices,
  {
    /** Prices for judging a region: from the snapshot, or from the Price List API where that is configured. */
    readonly bookFor: (region: string) => Effect.Effect<PriceBook, never, CallLedger>
  }
>()("nightaudit/core/pricing/Prices") {
  /** The dated snapshot that ships with the product. */
  static readonly layerSnapshot: Layer.Layer<Prices> = Layer.succeed(Prices, { bookFor: () => snapshotBook })

  /**
   * The Price List API for the facts that it is asked about, asked with the scanner's own credentials and kept for a week; the
   * snapshot for all other facts and whatever the API does not answer. Its client is loaded with the layer.
   */
  static readonly layerPriceList: Layer.Layer<Prices, never, Aws | Credentials | Store> = Layer.unwrap(
    Effect.map(
      Effect.promise(() => import("./priceList.ts")),
      ({ makePriceList }) => Layer.effect(Prices, makePriceList)
    )
  )
}
