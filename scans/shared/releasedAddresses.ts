import { term } from "../../core/finding/savings.ts"
import type { SavingsTerm } from "../../core/finding/Finding.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import { hoursPerMonth } from "../../core/time.ts"

/** What public addresses cost that go with what holds them. */
export const releasedAddresses = (count: number, price: PriceOf): ReadonlyArray<SavingsTerm> =>
  count === 0
    ? []
    : [
        term(
          `${count} public ${count === 1 ? "address" : "addresses"} to release`,
          hoursPerMonth * count,
          "address-hour",
          price("publicIpv4.inUse")
        )
      ]
