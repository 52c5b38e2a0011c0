/** One finding with all that is known about it: where its sum comes from, what it overlaps, its life, what to do. */
import * as Effect from "effect/Effect"
import type { Finding, FindingEvent } from "../../core/finding/Finding.ts"
import type { Outcome } from "../../core/run/Outcome.ts"
import { withLastSeen } from "../../query/lastSeen.ts"
import { ownerOf, Store, type StoreError } from "../../core/store/Store.ts"
import type { CatalogueEntry } from "../../core/catalogue/Catalogue.ts"
import { entryOf } from "../catalogue.ts"
import { type Block, type Document, facts, heading, list, tableOf, text } from "../output/document.ts"
import { count, instant, usd } from "../output/format.ts"
import { findingSheet, resourceName, shortId } from "../output/sheets.ts"
import type { Answer } from "../output/show.ts"
import { type Problem, usageProblem } from "../Problem.ts"
import { allFindings } from "./resultOf.ts"

export interface Explanation {
  readonly finding: Finding
  readonly history: ReadonlyArray<FindingEvent>
  /** The newest outcome of its scan in its scope. */
  readonly outcome: Outcome | null
  /** Open findings that claim money of the same resources, the one that counts first. */
  readonly overlaps: ReadonlyArray<Finding>
  readonly scan: CatalogueEntry | null
}

const idLength = 20

/** The finding whose id is or begins with this. */
export const findById = Effect.fnUntraced(function* (
  prefix: string
): Effect.fn.Return<Finding, Problem | StoreError, Store> {
  const store = yield* Store
  const wanted = prefix.toLowerCase()
  if (!/^[0-9a-f]{4,20}$/.test(wanted)) {
    return yield* usageProblem(
      `${JSON.stringify(prefix)} is not a finding's id: give at least 4 of its ${idLength} hexadecimal digits.`
    )
  }
  const exact = wanted.length === idLength ? yield* store.finding(wanted) : undefined
  if (exact !== undefined) return exact
  const found = (yield* allFindings({})).filter(({ id }) => id.startsWith(wanted))
  const [first] = found
  if (first === undefined)
    return yield* usageProblem(`There is no finding ${prefix} in the store. \`nightaudit findings\` lists them.`)
  if (found.length > 1) {
    const ids = found.slice(0, 5).map(({ id }) => id)
    return yield* usageProblem(
      `${found.length} findings begin with ${prefix}: ${ids.join(", ")}${found.length > 5 ? ", …" : ""}. Give more digits.`
    )
  }
  return first
})

const claimedArns = ({ resource, savings }: Finding) => [resource.arn, ...(savings.covers ?? [])]

/** Gathers all that the store has about a finding. */
export const explain = Effect.fn("cli.explain")(function* (
  found: Finding
): Effect.fn.Return<Explanation, StoreError, Store> {
  const store = yield* Store
  const [finding = found] = yield* withLastSeen([found])
  const own = new Set(claimedArns(finding))
  const overlaps = (yield* allFindings({ status: "open", accounts: [finding.account] }))
    .filter((other) => other.id !== finding.id && claimedArns(other).some((arn) => own.has(arn)))
    .sort((a, b) => Number(b.savings.counted) - Number(a.savings.counted))
  const outcomes = yield* store.latestOutcomes(finding.scope)
  return {
    finding,
    history: yield* store.history(finding.id),
    outcome: outcomes.find(({ scan }) => scan === finding.scan) ?? null,
    overlaps,
    scan: entryOf(finding.scan) ?? null
  }
})

const valueText = (value: unknown, name = ""): string =>
  value === null
    ? "not known"
    : Array.isArray(value)
      ? value.length === 0
        ? "none"
        : value.join(", ")
      : typeof value === "number"
        ? name.endsWith("Usd")
          ? usd(value)
          : count(value)
        : typeof value === "boolean"
          ? value
            ? "yes"
            : "no"
          : String(value)

const sumBlocks = ({ savings }: Finding): ReadonlyArray<Block> =>
  savings.terms.length === 0
    ? []
    : [
        tableOf({
          columns: [
            { key: "label", title: "Term", kind: "text", fit: "wrap" },
            { key: "quantity", title: "Quantity", kind: "count" },
            { key: "unit", title: "Unit", kind: "text", fit: "wrap" },
            { key: "price", title: "Price", kind: "text", fit: "wrap" },
            { key: "monthlyUsd", title: "USD/month", kind: "usd" }
          ],
          rows: savings.terms.map(({ label, monthlyUsd, price, quantity, unit }) => ({
            label,
            quantity,
            unit,
            price: price.usd === null ? "unknown" : `$${price.usd} per ${price.unit}`,
            monthlyUsd
          }))
        }),
        list(
          [...new Map(savings.terms.map(({ price }) => [`${price.fact} ${price.region}`, price])).values()].map(
            ({ asOf, confidence, fact, region, source, usd }) =>
              `${fact} in ${region}: ${usd === null ? "unknown" : `$${usd}`}, ${source}, as of ${asOf}, ${confidence}`
          )
        )
      ]

const bases = {
  exact: "a list price times what AWS reports",
  estimate: "an estimate",
  upper_bound: "at most this",
  none: "no figure can be given"
} as const

const countsLine = ({ finding, overlaps }: Explanation): string => {
  const { savings, status } = finding
  if (status === "resolved") return "It is resolved, so it counts in no total."
  if (savings.claim === "commitment") return "A commitment is an alternative for the same spend and counts in no total."
  if (savings.counted) {
    return overlaps.length === 0
      ? "It counts in the totals; no other finding claims the resource."
      : `It counts in the totals, and ${overlaps.length === 1 ? "the finding" : "the findings"} below on the same resource ${overlaps.length === 1 ? "does" : "do"} not.`
  }
  const winner = overlaps.find(({ savings }) => savings.counted)
  return winner === undefined
    ? "It has no amount, so it adds nothing to the totals."
    : `It does not count in the totals: ${winner.scan} (${shortId(winner.id)}) claims the same resource and goes first (${winner.savings.claim}, ${usd(winner.savings.monthlyUsd)} a month).`
}

const lifeFacts = ({ finding, history, outcome }: Explanation): ReadonlyArray<readonly [string, string]> => {
  const { confirmed, firstSeen, lastSeen, openSince, reopened, resolved } = finding
  const confirmedAt = history.findLast(({ type }) => type === "confirmed")?.at
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
    ...(resolved === null
      ? []
      : [["Resolved", `${instant(resolved.at)}: ${resolved.reason.replaceAll("_", " ")}`] as const]),
    ...(outcome === null
      ? []
      : [
          [
            "Newest outcome",
            `${outcome.status} as of ${instant(outcome.asOf)}${outcome.reason === null ? "" : `: ${outcome.reason.message}`}`
          ] as const
        ])
  ]
}

const explanationDocument = (explanation: Explanation): Document => {
  const { finding, history, outcome, overlaps, scan } = explanation
  const { account, confidence, confirmed, evidence, reason, region, resource, savings, severity, status } = finding
  const reasonText = scan?.reasons.find(({ name }) => name === reason)?.text
  const owner = ownerOf(finding)
  const tags = Object.entries(resource.tags)
  const settings = Object.entries(outcome?.settings ?? {})
  return [
    heading(`${scan?.title ?? finding.scan}: ${resourceName(finding)}`),
    facts([
      ["Finding", finding.id],
      ["Scan", `${finding.scan} (${finding.category})`],
      ["Resource", `${resource.type} ${resource.id}`],
      ["ARN", resource.arn],
      ["Where", `account ${account}, ${region}`],
      ...(owner === undefined ? [] : [["Owner", owner] as const]),
      ["State", `${status}, ${confirmed ? "confirmed" : "unconfirmed"}, severity ${severity}, confidence ${confidence}`]
    ]),
    heading(`Saves ${savings.basis === "none" ? "no amount that is known" : `${usd(savings.monthlyUsd)} a month`}`),
    text(
      `${bases[savings.basis][0]?.toUpperCase()}${bases[savings.basis].slice(1)} (${savings.basis}; ${savings.source}; claim: ${savings.claim}).`
    ),
    ...sumBlocks(finding),
    ...(savings.note === undefined ? [] : [text(savings.note)]),
    ...(savings.covers === undefined || savings.covers.length === 0
      ? []
      : [text("It contains the money of:"), list(savings.covers)]),
    text(countsLine(explanation)),
    ...(overlaps.length === 0 ? [] : [tableOf(findingSheet(overlaps))]),
    heading("Why"),
    text(`${reason}: ${reasonText ?? "this version does not know the reason"}`),
    ...(scan === null ? [] : [text(scan.why)]),
    heading("Evidence"),
    facts(Object.entries(evidence).map(([name, value]) => [name, valueText(value, name)])),
    ...(tags.length === 0 ? [] : [heading("Tags"), facts(tags)]),
    heading("Life"),
    facts(lifeFacts(explanation)),
    ...(history.length === 0
      ? []
      : [
          tableOf({
            columns: [
              { key: "at", title: "When", kind: "day" },
              { key: "type", title: "What", kind: "text", fit: "whole" },
              { key: "monthlyUsd", title: "USD/month", kind: "usd" },
              { key: "detail", title: "Detail", kind: "text", fit: "wrap", least: 24 },
              { key: "runId", title: "Run", kind: "text", rank: 1 }
            ],
            rows: history.map(({ at, detail, monthlyUsd, runId, type }) => ({
              at: instant(at),
              type,
              monthlyUsd,
              detail,
              runId
            }))
          })
        ]),
    ...(settings.length === 0
      ? []
      : [heading("Settings that were used"), facts(settings.map(([name, value]) => [name, valueText(value, name)]))]),
    ...(scan === null ? [] : [heading("What to do"), text(scan.fix), text(scan.docs)])
  ]
}

export const explanationAnswer = (explanation: Explanation): Answer => ({
  document: explanationDocument(explanation),
  sheet: findingSheet([explanation.finding]),
  json: explanation
})
