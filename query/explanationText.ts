/** What is known about a finding in sentences, the same wherever it is explained. */
import { count, dayOrInstant, instant, usd } from "../core/format.ts"
import type { Finding, SavingsBasis, SavingsTerm } from "../core/finding/Finding.ts"
import { groupText } from "../core/run/realised.ts"
import { priceCaveat } from "../core/pricing/priceCaveat.ts"
import type { Explanation } from "./explain.ts"

/** How text is shown that strangers wrote. */
type Quote = (text: string) => string

const asItIs: Quote = (text) => text

export const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

export const basisText: Readonly<Record<SavingsBasis, string>> = {
  exact: "a list price times what AWS reports",
  estimate: "an estimate",
  upper_bound: "at most this",
  none: "no figure can be given"
}

/** Where a price is from and how far it can be trusted. */
export const priceText = (price: SavingsTerm["price"], now: Date): string => {
  const { asOf, confidence, fact, region, source, usd } = price
  const caveat = priceCaveat(price, now)
  return (
    `${fact} in ${region}: ${usd === null ? "unknown" : `$${usd}`}, ${source}, as of ${asOf}, ${confidence}` +
    (caveat === undefined ? "" : `. Careful: ${caveat}`)
  )
}

/** Each price of a sum once. */
export const pricesOf = (terms: ReadonlyArray<SavingsTerm>): ReadonlyArray<SavingsTerm["price"]> => [
  ...new Map(terms.map(({ price }) => [`${price.fact} ${price.region}`, price])).values()
]

/** The other finding whose claim on the same resource goes first; undefined where none does. */
export const winnerOf = ({ finding, overlaps }: Explanation): Finding | undefined =>
  finding.savings?.counted === true ? undefined : overlaps.find(({ savings }) => savings?.counted === true)

/** Whether it counts in the totals, and why or why not. */
export const countsText = (explanation: Explanation): string => {
  const { finding, overlaps } = explanation
  const { savings, status } = finding
  if (savings === null) return "It is no money, so it is in no sum of money."
  if (status === "resolved") return "It is resolved, so it counts in no total."
  if (status !== "open") return `It is ${status}, so it counts in no total.`
  if (savings.claim === "commitment") return "A commitment is an alternative for the same spend and counts in no total."
  if (savings.counted) {
    return overlaps.length === 0
      ? "It counts in the totals; no other finding claims the resource."
      : `It counts in the totals, and ${overlaps.length === 1 ? "the finding" : "the findings"} below on the same resource ${overlaps.length === 1 ? "does" : "do"} not.`
  }
  const winner = winnerOf(explanation)
  if (winner === undefined && savings.monthlyUsd > 0)
    return "It does not count in the totals yet: the account has not been summed up since it was found, which every run does at its end."
  return winner === undefined || winner.savings === null
    ? "It has no amount, so it adds nothing to the totals."
    : `It does not count in the totals: ${winner.scan} (${winner.id.slice(0, 8)}) claims the same resource and goes first (${winner.savings.claim}, ${usd(winner.savings.monthlyUsd)} a month).`
}

const setAsideText = ({ setAside }: Finding, quote: Quote): string | undefined => {
  if (setAside === null) return undefined
  const { at, author, reason, until, untilMonthlyUsd } = setAside
  const limits = [
    ...(until === null ? [] : [`until ${dayOrInstant(until)}`]),
    ...(untilMonthlyUsd === null ? [] : [`until it saves more than ${usd(untilMonthlyUsd)} a month`])
  ]
  return `by ${quote(author)} on ${instant(at)}, ${limits.length === 0 ? "for good" : limits.join(" or ")}: ${quote(reason)}`
}

/** Its life in pairs of a word and what it says. */
export const lifeFacts = (
  { finding, history, outcome, realised }: Explanation,
  quote: Quote = asItIs
): ReadonlyArray<readonly [string, string]> => {
  const { confirmed, firstSeen, lastSeen, openSince, reopened, resolved, status } = finding
  const confirmedAt = history.findLast(({ type }) => type === "confirmed")?.at
  const aside = setAsideText(finding, quote)
  return [
    ["First seen", instant(firstSeen)],
    ...(openSince === firstSeen
      ? []
      : [["Open since", `${instant(openSince)} (reopened ${count(reopened)} times)`] as const]),
    ["Last seen", instant(lastSeen)],
    [
      "Confirmed",
      confirmed
        ? confirmedAt === undefined
          ? "from the start: what AWS tells is proof enough"
          : instant(confirmedAt)
        : "not yet: AWS does not say since when it is like this, and it was not seen long enough"
    ],
    ...(aside === undefined ? [] : [[sentence(status), aside] as const]),
    ...(resolved === null
      ? []
      : [
          [
            "Resolved",
            `${instant(resolved.at)}: ${resolved.reason.replaceAll("_", " ")}${resolved.aside === undefined ? "" : `; it will be ${resolved.aside.status} as before if it comes back`}`
          ] as const
        ]),
    ...(realised === null ? [] : [["The bill", groupText({ ...realised, service: quote(realised.service) })] as const]),
    ...(outcome === null
      ? []
      : [
          [
            "Newest outcome",
            `${outcome.status} as of ${instant(outcome.asOf)}${outcome.reason === null ? "" : `: ${quote(outcome.reason.message)}`}`
          ] as const
        ])
  ]
}
