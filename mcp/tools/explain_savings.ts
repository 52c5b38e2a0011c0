import * as Effect from "effect/Effect"
import { usd, yearly } from "../../core/format.ts"
import { groupText } from "../../core/run/realised.ts"
import { escapeMarkdown } from "../../core/text.ts"
import { priceCaveat } from "../../core/pricing/priceCaveat.ts"
import { basisText, countsText, priceText, pricesOf, winnerOf } from "../../query/explanationText.ts"
import {
  claimsOf,
  explained,
  formulaLines,
  groundsOf,
  notesOf,
  pairsText,
  reasonsOf,
  remedyLines,
  remedyOf,
  standingOf,
  termsOf
} from "../answer/explanation.ts"
import { effectiveMonthlyUsdOf, listMonthlyUsdOf, pricedAt, pricedAtSentence } from "../../core/finding/savings.ts"
import { argument } from "./argument.ts"
import { defineTool } from "./Tool.ts"

const isOfTime = (name: string): boolean => /days|hours|window|since|until|period|lookback/i.test(name)

/** What of evidence and settings says over which time the metrics were looked at. */
const windowOf = (values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => isOfTime(name)))

export default defineTool({
  name: "explain_savings",
  title: "Savings: explanation",
  description:
    "Why this amount: price source and date, formula, metric window; why a finding counts in the total or not.",
  arguments: { id: argument.text() },
  required: ["id"],
  answer: Effect.fnUntraced(function* ({ id }, call) {
    const { fence, nowMillis } = call
    const found = yield* explained(id ?? "", "explain_savings", call)
    if ("several" in found) return found.several
    const { finding, overlaps, row, scan } = found.one
    const bill = found.one.realised
    // What a service is called is text of AWS's.
    const realised = bill === null ? null : { ...bill, service: fence.text(bill.service) }
    const { kind, savings } = finding
    const { evidence, settings } = groundsOf(found.one, fence)
    const now = new Date(nowMillis)
    const counts = countsText(found.one)
    const winner = winnerOf(found.one)
    const terms = termsOf(finding)
    const isKnown = savings !== null && savings.basis !== "none"
    const amount = isKnown ? savings.monthlyUsd : null
    const window = { ...windowOf(settings), ...windowOf(evidence) }
    const covers = (savings?.covers ?? []).map(fence.word)
    const caveats = pricesOf(terms).flatMap((price) => {
      const caveat = priceCaveat(price, now)
      return caveat === undefined ? [] : [`${price.fact} in ${price.region}: ${caveat}`]
    })
    const why =
      savings === null
        ? `${kind === "notice" ? "A notice is something worth a look" : "Hygiene is a risk or clutter"} and has no amount: what is to be done makes no bill fall by itself.`
        : isKnown
          ? `${usd(savings.monthlyUsd)} a month (${usd(yearly(savings.monthlyUsd))} a year): ${basisText[savings.basis]} (${savings.basis}), from ${savings.source}, claim ${savings.claim}.`
          : "The amount is not known: a price or a quantity is missing, and it is not taken for zero."
    return {
      standing: yield* standingOf(finding, call),
      content: {
        id: finding.id,
        scan: finding.scan,
        resource: row.resource,
        kind,
        status: finding.status,
        monthlyUsd: amount,
        yearlyUsd: amount === null ? null : yearly(amount),
        listMonthlyUsd: savings === null ? null : listMonthlyUsdOf(savings),
        effectiveMonthlyUsd: savings === null ? null : effectiveMonthlyUsdOf(savings),
        pricedAt: savings === null ? null : pricedAt(savings),
        coveredPercent: savings?.coverage?.coveredPercent ?? null,
        basis: savings?.basis ?? null,
        source: savings?.source ?? null,
        claim: savings?.claim ?? null,
        terms: terms.map((term) => ({ ...term, caveat: priceCaveat(term.price, now) ?? null })),
        counted: row.counted,
        counts,
        countsInstead:
          winner === undefined
            ? null
            : { id: winner.id, scan: winner.scan, monthlyUsd: winner.savings?.monthlyUsd ?? null },
        otherClaims: claimsOf(found.one),
        covers,
        // What the bill shows since it ended, of all that it is billed with.
        realised,
        metricWindow: window,
        evidence,
        settings,
        reasons: reasonsOf(finding, scan),
        caveats,
        note: notesOf(finding).join(" "),
        ...remedyOf(scan)
      },
      lines: [
        `${scan?.title ?? finding.scan}: ${escapeMarkdown(String(row.resource))} (finding ${finding.id}).`,
        why,
        ...formulaLines(finding),
        ...pricesOf(terms).map((price) => `- Price ${priceText(price, now)}`),
        ...(isKnown
          ? [
              savings.source === "price-list"
                ? pricedAtSentence(savings)
                : `${pricedAtSentence(savings)} The figure is ${savings.source}'s own.`
            ]
          : []),
        ...notesOf(finding),
        ...(realised === null ? [] : [escapeMarkdown(groupText(realised))]),
        counts,
        ...(winner === undefined
          ? overlaps.map(
              (other) =>
                `- ${other.scan} (${other.id}): ${other.savings?.claim}, ${usd(other.savings?.monthlyUsd ?? 0)}`
            )
          : [`- ${winner.scan} (${winner.id}) counts instead.`]),
        ...(covers.length === 0 ? [] : [`It contains the money of: ${escapeMarkdown(covers.join(", "))}.`]),
        ...(Object.keys(window).length === 0 ? [] : [`Time looked at: ${escapeMarkdown(pairsText(window))}.`]),
        `Evidence: ${escapeMarkdown(pairsText(evidence))}.`,
        ...(Object.keys(settings).length === 0 ? [] : [`Settings used: ${escapeMarkdown(pairsText(settings))}.`]),
        ...remedyLines(scan)
      ]
    }
  })
})
