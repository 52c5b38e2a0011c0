/** What an EBS volume costs: its gigabytes, and what is provisioned beyond what its type includes. */
import type { SavingsTerm } from "../finding/Finding.ts"
import { term } from "../finding/savings.ts"
import type { Price, PriceOf } from "./Prices.ts"
import { tieredBill, type Tiers } from "./tiers.ts"
import { unknownPrice } from "./unknownPrice.ts"

/** The part of a volume that is billed. */
export interface BilledVolume {
  readonly type: string
  readonly sizeGb: number
  readonly iops: number | undefined
  readonly throughputMbPerSecond: number | undefined
}

const pricedTypes = ["gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"] as const

const storagePrice = (type: string, price: PriceOf): Price => {
  const priced = pricedTypes.find((known) => known === type)
  // AWS adds volume types; one without a price has no figure, and is still reported.
  return priced === undefined
    ? unknownPrice({ ...price("ebs.gp3GBMonth"), fact: `ebs.${type}GBMonth` }, `no price is known for ${type} volumes`)
    : price(`ebs.${priced}GBMonth`)
}

/** What is provisioned beyond a part that is included. */
const beyond = (label: string, unit: string, included: number, price: Price): Tiers => ({
  unit,
  steps: [
    { label: "included", upTo: included, price: "free" },
    { label: `${label} above ${included.toLocaleString("en")}`, upTo: Number.POSITIVE_INFINITY, price }
  ]
})

/** The IOPS of an io2 volume, whose price falls in two steps. Source: shared/scans.md 0.8. */
export const io2IopsTiers = (price: PriceOf): Tiers => ({
  unit: "IOPS",
  steps: [
    { label: "IOPS above 0", upTo: 32_000, price: price("ebs.io2IopsMonth_upTo32000") },
    { label: "IOPS above 32,000", upTo: 64_000, price: price("ebs.io2IopsMonth_32001to64000") },
    { label: "IOPS above 64,000", upTo: Number.POSITIVE_INFINITY, price: price("ebs.io2IopsMonth_over64000") }
  ]
})

/** gp3 includes 3,000 IOPS and 125 MB/s. Source: shared/scans.md 0.8. */
export const volumeTerms = (
  { iops = 0, sizeGb, throughputMbPerSecond = 0, type }: BilledVolume,
  price: PriceOf
): ReadonlyArray<SavingsTerm> => {
  const gigabytes = term(`${type} storage`, sizeGb, "GB", storagePrice(type, price))
  switch (type) {
    case "gp3":
      return [
        gigabytes,
        ...tieredBill(iops, beyond("IOPS", "IOPS", 3000, price("ebs.gp3IopsMonth_over3000"))),
        ...tieredBill(throughputMbPerSecond, beyond("throughput", "MB/s", 125, price("ebs.gp3MiBpsMonth_over125")))
      ]
    case "io1":
      return [gigabytes, ...tieredBill(iops, beyond("IOPS", "IOPS", 0, price("ebs.io1IopsMonth")))]
    case "io2":
      return [gigabytes, ...tieredBill(iops, io2IopsTiers(price))]
    default:
      return [gigabytes]
  }
}
