/** Apart from the service, which brings along what asks the Price List API. */
import type { PricePlace } from "./PricePlace.ts"
import type { PriceBook, PriceOf } from "./Prices.ts"
import { unknownPrice } from "./unknownPrice.ts"

/** The prices of a book for code that judges `home`. A zone that has prices of its own has none in the book. */
export const pricesAt =
  (book: PriceBook, home: PricePlace): PriceOf =>
  (fact, place = home) => {
    const price = book.price(place.region, fact)
    return place.apart === undefined ? price : unknownPrice(price, place.apart)
  }
