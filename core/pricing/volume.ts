/** What an EBS volume costs: its gigabytes, and what is provisioned beyond what its type includes. */
import type { SavingsTerm } from "../finding/Finding.ts"
import { term } from "../finding/savings.ts"
import type { Price } from "./Prices.ts"

/** The part of a volume that is billed. */
export interface BilledVolume {
  readonly type: string
  readonly sizeGb: number
  readonly iops: number | undefined
  readonly throughputMbPerSecond: number | undefined
}

const knownTypes = new Set(["gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"])

// AWS adds volume types; one without a price has no figure, and is still reported.
const unpriced = (type: string, price: (fact: string) => Price): Price => ({
  ...price("ebs.gp3GBMonth"),
  fact: `ebs.${type}GBMonth`,
  usd: null,
  source: "none",
  confidence: "unknown"
})

/** gp3 includes 3,000 IOPS and 125 MB/s; io2 bills its IOPS in three tiers. Source: shared/scans.md 0.8. */
export const volumeTerms = (
  { iops = 0, sizeGb, throughputMbPerSecond = 0, type }: BilledVolume,
  price: (fact: string) => Price
): ReadonlyArray<SavingsTerm> => {
  const gigabytes = term(
    `${type} storage`,
    sizeGb,
    "GB",
    knownTypes.has(type) ? price(`ebs.${type}GBMonth`) : unpriced(type, price)
  )
  const provisioned = (fact: string, from: number, to = Number.POSITIVE_INFINITY) => {
    const quantity = Math.min(iops, to) - from
    return quantity > 0 ? [term(`IOPS above ${from.toLocaleString("en")}`, quantity, "IOPS", price(fact))] : []
  }
  switch (type) {
    case "gp3":
      return [
        gigabytes,
        ...provisioned("ebs.gp3IopsMonth_over3000", 3000),
        ...(throughputMbPerSecond > 125
          ? [term("throughput above 125", throughputMbPerSecond - 125, "MB/s", price("ebs.gp3MiBpsMonth_over125"))]
          : [])
      ]
    case "io1":
      return [gigabytes, ...provisioned("ebs.io1IopsMonth", 0)]
    case "io2":
      return [
        gigabytes,
        ...provisioned("ebs.io2IopsMonth_upTo32000", 0, 32_000),
        ...provisioned("ebs.io2IopsMonth_32001to64000", 32_000, 64_000),
        ...provisioned("ebs.io2IopsMonth_over64000", 64_000)
      ]
    default:
      return [gigabytes]
  }
}
