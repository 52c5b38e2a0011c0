/** Words and numbers of the page. Amounts are those of the command line; prices keep the digits that they need. */
import { count, fineUsd, listed, plural, usd } from "../../core/format.ts"
import type { SavingsBasis, Severity } from "../../core/finding/Finding.ts"
import type { Facet, Gap, Listed, Standing, Summary } from "../Model.ts"
import { isFindingId } from "./link.ts"
import { type Filter, filters, type Label, type Query, type Show, type Sort, type Sums } from "./table.ts"

export { count, fineUsd, plural, usd }

const dollars = /* @__PURE__ */ new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  maximumFractionDigits: 0
})

export const centsText = (cents: number): string => usd(cents / 100)

/** Without cents, for axes and years in tables. */
export const dollarsText = (amount: number): string => dollars.format(amount)

const price = /* @__PURE__ */ new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumSignificantDigits: 6 })

/** A unit price with up to six significant digits. */
export const priceText = (amount: number): string => `$${price.format(amount)}`

export const percent = (share: number): string => `${(share * 100).toFixed(1)}%`

/** A difference with its sign where there is one; the minus is as wide as the plus. */
export const signed = (amount: number, text: (amount: number) => string): string =>
  amount < 0 ? `\u2212${text(-amount)}` : `${amount > 0 ? "+" : ""}${text(amount)}`

/** Before an amount: an estimate, a ceiling, or nothing for a list price times a quantity. */
export const basisMark: Readonly<Record<SavingsBasis, string>> = {
  exact: "",
  estimate: "\u2248\u00a0",
  upper_bound: "\u2264\u00a0",
  none: ""
}

export const basisWord: Readonly<Record<SavingsBasis, string>> = {
  exact: "exact",
  estimate: "estimated",
  upper_bound: "at most",
  none: "without a figure"
}

/** The amount of a finding; a price that is not known is never zero. */
export const amountText = (cents: number, basis: string): string =>
  basis === "none" ? "\u2013" : `${basisMark[basis as SavingsBasis] ?? ""}${centsText(cents)}`

/** How long the longest amount on the page is, in characters: what columns of amounts are wide enough for. */
export const amountLength = ({
  overlapping,
  standings,
  unsettled
}: Pick<Summary, "overlapping" | "standings" | "unsettled">): number =>
  amountText(
    100 * Math.max(...[...Object.values(standings), overlapping, unsettled].map(({ monthlyUsd }) => monthlyUsd)),
    "upper_bound"
  ).length

/** Where a finding stands to the sums, as a tag says it. */
export type Tagged = Standing | "overlapping" | "unsettled"

export const standingWord: Readonly<Record<Tagged, string>> = {
  confirmed: "Confirmed",
  unconfirmed: "Unconfirmed",
  commitment: "Commitment",
  overlapping: "Overlapping",
  unsettled: "Not settled",
  hygiene: "Hygiene",
  notice: "Notice",
  aside: "Set aside"
}

/** Beside the word, so that no colour has to be told from another. */
export const standingMark: Readonly<Record<Tagged, string>> = {
  confirmed: "\u25cf",
  unconfirmed: "\u25d0",
  commitment: "\u25c7",
  overlapping: "\u25cb",
  unsettled: "\u25cc",
  hygiene: "\u25aa",
  notice: "\u25b3",
  aside: "\u25a1"
}

export const showWord: Readonly<Record<Show, string>> = {
  waste: "Waste",
  confirmed: "Confirmed",
  unconfirmed: "Unconfirmed",
  overlapping: "Overlapping",
  unsettled: "Not settled",
  commitment: "Commitments",
  hygiene: "Hygiene",
  notice: "Notices",
  aside: "Set aside",
  all: "All"
}

export const severityMark: Readonly<Record<Severity, string>> = {
  critical: "\u25b2 ",
  high: "\u25b3 ",
  medium: "",
  low: "",
  info: ""
}

export const filterWord: Readonly<Record<Filter, string>> = {
  category: "Category",
  account: "Account",
  region: "Region",
  service: "Service",
  owner: "Owner",
  scan: "Scan",
  reason: "Reason",
  severity: "Severity"
}

export const sortWord: Readonly<Record<Sort, string>> = {
  amount: "A month",
  name: "Finding",
  account: "Account",
  region: "Region",
  owner: "Owner",
  severity: "Severity",
  since: "Since"
}

/** `createdAt` and `not_invoked` as words. */
export const words = (name: string): string => {
  const spaced = name
    .replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .replaceAll("_", " ")
  return spaced.slice(0, 1).toUpperCase() + spaced.slice(1)
}

/** How the values of facets are called on this page. */
export const labels =
  ({ accountNames, regionNames, scans }: Pick<Summary, "accountNames" | "regionNames" | "scans">) =>
  (of: Listed, value: string): string => {
    switch (of) {
      case "account":
        return Object.hasOwn(accountNames, value) ? (accountNames[value] ?? value) : value
      case "scan":
        return Object.hasOwn(scans, value) ? (scans[value]?.title ?? value) : words(value)
      case "owner":
        return value === "" ? "No owner" : value
      case "service":
        return value === "" ? "Not billed by itself" : value
      case "region":
        return Object.hasOwn(regionNames, value) ? (regionNames[value] ?? value) : value
      case "category":
      case "reason":
        return words(value)
      default:
        return value
    }
  }

/** A night is over by then, and the next one should be too. */
const hoursOfANight = 36

/** That what the page shows is older than it should be; undefined where it is not. The sample has a time of its own. */
export const ageText = ({ run }: Pick<Summary, "run">, nowMillis: number): string | undefined => {
  const hours = (nowMillis - Date.parse(run.finishedAt ?? run.startedAt)) / 3_600_000
  if (run.trigger === "sample" || run.id === "" || hours < hoursOfANight) return undefined
  const night = `${run.startedAt.slice(0, 10)} ${run.startedAt.slice(11, 16)} UTC`
  return `This is the night of ${night}, ${plural(Math.floor(hours / 24), "day")} ago. Where there is a newer one, its digest links a newer page.`
}

/** What an address names as a finding, and how many have an id that begins like it: none or several. */
export interface Missing {
  readonly named: string
  readonly like: number
}

/** That the page has not one finding like the one that its address names, and what it shows instead. */
export const missingText = (
  { like, named }: Missing,
  { leftOut }: Pick<Summary, "leftOut">,
  isNarrowed: boolean
): string => {
  const why =
    like > 1
      ? `This link names ${count(like)} findings, whose ids all begin with ${named}: with more of its id it names one, and a search in “All” for ${named} lists them.`
      : isFindingId(named)
        ? `The finding ${named}, which this link is about, is not on this page: ${leftOut.rows > 0 ? "it may be one of the smallest, which are left out, or " : "it "}has ended, or was not found yet in this night.`
        : `This link names no finding: ${named === "" ? "after finding= there is nothing" : `“${named}” is no id, which has at least four of the characters 0 to 9 and a to f`}.`
  return `${why} Below is ${isNarrowed ? "what its filters let through" : "all waste"}.`
}

/** What narrows a view, for who does not see its filters. */
export const narrowedText = ({ at, least, show, text }: Query, label: Label): string =>
  [
    ...(show === "waste" ? [] : [showWord[show].toLowerCase()]),
    ...filters.flatMap((filter) => {
      const values = at[filter]
      return values === undefined
        ? []
        : [`${filterWord[filter].toLowerCase()} ${values.map((value) => label(filter, value)).join(" or ")}`]
    }),
    ...(least > 0 ? [`from $${least} a month`] : []),
    ...(text.trim() === "" ? [] : [`search for ${text.trim()}`])
  ].join("; ")

/** What all that are shown come to. Money that is certain and money that is not are never one number. */
export const sumsText = ({
  aside,
  commitment,
  confirmed,
  overlapping,
  unconfirmed,
  unsettled
}: Readonly<Sums>): string => {
  const parts = [
    ...(confirmed > 0 ? [`${centsText(confirmed)} confirmed`] : []),
    ...(unconfirmed > 0 ? [`${centsText(unconfirmed)} unconfirmed`] : []),
    ...(commitment > 0 ? [`${centsText(commitment)} of commitments`] : [])
  ]
  return [
    parts.length > 0 ? `: ${parts.join(", ")} a month` : "",
    overlapping > 0 ? `; ${centsText(overlapping)} overlap and are in no sum` : "",
    unsettled > 0 ? `; ${centsText(unsettled)} not settled yet and in no sum` : "",
    aside > 0 ? `; ${centsText(aside)} set aside, each resource once, and in no sum` : ""
  ].join("")
}

/**
 * A command that reads the page's own store, which is another one for the sample; undefined for a page in a deployment's bucket, because
 * the command line reads no store in the cloud.
 */
export const commandText = ({ opens, run }: Pick<Summary, "opens" | "run">, command: string): string | undefined =>
  opens !== null ? undefined : `nightaudit ${command}${run.trigger === "sample" ? " --sample" : ""}`

/** What was not seen and why: the calls that failed, and what AWS says of them. */
export const gapText = ({ message, operations }: Pick<Gap, "message" | "operations">, most = 6): string =>
  operations.length === 0 ? message : `${listed(operations, most)}: ${message}`

/** Why a scan gives this reason, in a sentence. */
export const reasonText = ({ scans }: Pick<Summary, "scans">, scan: string, reason: string): string =>
  (Object.hasOwn(scans, scan) ? scans[scan]?.reasons[reason] : undefined) ?? words(reason)

export const dayText = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10)

export const facetWord = (facet: Facet): string => filterWord[facet]
