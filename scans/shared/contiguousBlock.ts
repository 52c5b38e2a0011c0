/** What addresses of an Amazon-provided contiguous block cost: IPAM hands them out, and AWS bills the block. */
import type { SavingsTerm } from "../../core/finding/Finding.ts"
import { term } from "../../core/finding/savings.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import { hoursPerMonth } from "../../core/time.ts"

/** The part of the bill of a block that falls on so many of its addresses: the most that releasing them can save. */
export const blockTerms = (addresses: number, price: PriceOf): ReadonlyArray<SavingsTerm> =>
  addresses === 0
    ? []
    : [
        term(
          `${addresses} ${addresses === 1 ? "address" : "addresses"} of a contiguous block`,
          hoursPerMonth * addresses,
          "address-hour",
          price("publicIpv4.contiguousBlock")
        )
      ]

export const blockNote =
  "AWS bills every address of a contiguous block, used or not: the bill falls when all are released and the block is deprovisioned."
