import { plural, usd } from "../format.ts"
import type { Amount } from "./Changes.ts"
import type { Pricing } from "./Rollup.ts"

const amountText = ({ findings, monthlyUsd }: Amount): string =>
  `${usd(monthlyUsd)} a month in ${plural(findings, "finding")}`

/**
 * What totals are at: `At list prices, less $70.08 a month in 1 finding that reservations and Savings Plans go on paying for.` What is
 * net or billed, and what may be covered, is named with its amount.
 */
export const pricingLine = (pricing: Pricing | undefined): string => {
  if (pricing === undefined) return "At list prices."
  const { billed, covered, net, uncertain } = pricing
  const parts = [
    ...(covered.findings === 0
      ? ["and no reservation or Savings Plan covers any of it"]
      : [`less ${amountText(covered)} that reservations and Savings Plans go on paying for`]),
    ...(uncertain.findings === 0 ? [] : [`not known of ${amountText(uncertain)} whether a commitment covers it`]),
    ...(net.findings === 0 ? [] : [`${amountText(net)} is net of all discounts`]),
    ...(billed.findings === 0 ? [] : [`${amountText(billed)} is as billed`])
  ]
  return `At list prices, ${uncertain.findings > 0 && covered.findings === 0 ? parts.slice(1).join("; ") : parts.join("; ")}.`
}
