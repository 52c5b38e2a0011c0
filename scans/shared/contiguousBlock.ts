/** What addresses of an Amazon-provided contiguous block cost: IPAM hands them out, and AWS bills the block. */
import type { SavingsTerm } from "../../core/finding/Finding.ts"
import { term } from "../../core/finding/savings.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import { unknown } from "../../core/Reading.ts"
import { hoursPerMonth } from "../../core/time.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { ask, consider } from "../Scan.ts"

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

/** Who provides an address: AWS with a contiguous block, the customer, or undefined where that is not an IPAM pool's or not known. */
export function* poolSourceOf({ pool, provider }: ec2.Address) {
  if (provider !== "ipam") return undefined
  const sources = yield* consider(yield* ask(ec2.ipamPoolSources, undefined))
  const source = sources?.get(pool)
  return source ?? (yield* consider(unknown(`${pool} is not visible`)))
}

export const blockNote =
  "AWS bills every address of a contiguous block, used or not: the bill falls when all are released and the block is deprovisioned."
