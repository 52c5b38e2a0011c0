/** One finding with all that is known about it: where its sum comes from, what it overlaps, its life, what to do. */
import type { Finding } from "../../core/finding/Finding.ts"
import { pricedAtSentence, savingsNotes } from "../../core/finding/savings.ts"
import { ownerOf } from "../../core/store/Store.ts"
import type { Explanation } from "../../query/explain.ts"
import { basisText, countsText, lifeFacts, priceText, pricesOf, sentence } from "../../query/explanationText.ts"
import { entryOf } from "../catalogue.ts"
import { type Block, type Document, facts, heading, link, list, tableOf, text } from "../output/document.ts"
import { instant, usd, valueText, yearly } from "../../core/format.ts"
import { jsonValue } from "../output/json.ts"
import { accountText, findingSheet, resourceName, type Showing } from "../output/sheets.ts"
import type { Answer } from "../output/show.ts"

const sumBlocks = ({ savings }: Finding, { now }: Showing): ReadonlyArray<Block> =>
  savings === null || savings.terms.length === 0
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
        list(pricesOf(savings.terms).map((price) => priceText(price, now)))
      ]

const savingBlocks = (finding: Finding, showing: Showing): ReadonlyArray<Block> => {
  const { kind, note, savings, severity } = finding
  const told = note === "" ? [] : [text(note)]
  if (savings === null) {
    return [
      heading(
        kind === "notice"
          ? `A notice of severity ${severity}, and no saving`
          : `Hygiene of severity ${severity}, and no saving`
      ),
      ...told
    ]
  }
  const { basis, claim, covers = [], monthlyUsd, source } = savings
  return [
    heading(
      basis === "none"
        ? "Saves no amount that is known"
        : `Saves ${usd(monthlyUsd)} a month, ${usd(yearly(monthlyUsd))} a year`
    ),
    text(`${sentence(basisText[basis])} (${basis}; ${source}; claim: ${claim}). ${pricedAtSentence(savings)}`.trim()),
    ...sumBlocks(finding, showing),
    ...savingsNotes(savings).map((note) => text(note)),
    ...told,
    ...(covers.length === 0 ? [] : [text("It contains the money of:"), list(covers)])
  ]
}

const reasonItems = ({ reasons, scan }: Finding): ReadonlyArray<string> =>
  reasons.map(
    (reason) =>
      `${reason}: ${entryOf(scan)?.reasons.find(({ name }) => name === reason)?.text ?? "this version does not know the reason"}`
  )

const explanationDocument = (explanation: Explanation, showing: Showing): Document => {
  const { finding, history, outcome, overlaps } = explanation
  const { account, confidence, confirmed, evidence, region, resource, severity, status } = finding
  const scan = entryOf(finding.scan)
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
      ...(resource.service === "" ? [] : [["Billed as", resource.service] as const]),
      ["Where", `account ${accountText(account, showing)}, ${region}`],
      ...(owner === undefined ? [] : [["Owner", owner] as const]),
      ["State", `${status}, ${confirmed ? "confirmed" : "unconfirmed"}, severity ${severity}, confidence ${confidence}`]
    ]),
    ...savingBlocks(finding, showing),
    text(countsText(explanation)),
    ...(overlaps.length === 0 ? [] : [tableOf(findingSheet(overlaps, showing))]),
    heading("Why"),
    list(reasonItems(finding)),
    ...(scan === undefined ? [] : [text(scan.why)]),
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
              { key: "runId", title: "Run", kind: "text", fit: "whole", rank: 1 }
            ],
            rows: history.map(({ at, detail, kind, monthlyUsd, runId, type }) => ({
              at: instant(at),
              type,
              monthlyUsd: kind === "money" ? monthlyUsd : kind,
              detail,
              runId
            }))
          })
        ]),
    ...(settings.length === 0
      ? []
      : [heading("Settings that were used"), facts(settings.map(([name, value]) => [name, valueText(value, name)]))]),
    ...(scan === undefined ? [] : [heading("What to do"), text(scan.fix), link(scan.docs)])
  ]
}

export const explanationAnswer = (explanation: Explanation, showing: Showing): Answer => ({
  document: explanationDocument(explanation, showing),
  sheet: findingSheet([explanation.finding], showing),
  json: jsonValue({ ...explanation, scan: entryOf(explanation.finding.scan) ?? null })
})
