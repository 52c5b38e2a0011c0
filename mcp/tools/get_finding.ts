import * as Effect from "effect/Effect"
import { instant, usd, yearly } from "../../core/format.ts"
import { escapeMarkdown } from "../../core/text.ts"
import { basisText, countsText, lifeFacts } from "../../query/explanationText.ts"
import type { Row } from "../answer/Answer.ts"
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
  scopeOf,
  standingOf,
  termsOf
} from "../answer/explanation.ts"
import { argument } from "./argument.ts"
import { defineTool } from "./Tool.ts"

const historyFields = ["at", "type", "monthlyUsd", "detail", "runId"] as const

export default defineTool({
  name: "get_finding",
  title: "Finding: details",
  description: "One finding or resource in full: tags, evidence, status, history, how to fix or delete it.",
  arguments: { id: argument.text("Finding id, ARN or resource id") },
  required: ["id"],
  answer: Effect.fnUntraced(function* ({ id, limit = 25 }, call) {
    const { fence } = call
    const found = yield* explained(id ?? "", "get_finding", call)
    if ("several" in found) return found.several
    const { finding, history, row, scan } = found.one
    const { resolved, savings, setAside } = finding
    const { evidence, settings } = groundsOf(found.one, fence)
    const counts = countsText(found.one)
    const life = lifeFacts(found.one, fence.text)
    const reasons = reasonsOf(finding, scan)
    const events = history
      .map(({ at, detail, monthlyUsd, runId, type }): Row => ({
        at,
        type,
        monthlyUsd,
        detail: fence.word(detail),
        runId
      }))
      .toReversed()
    return {
      standing: yield* standingOf(finding, call),
      content: {
        finding: {
          ...row,
          title: scan?.title ?? null,
          reasons,
          savings:
            savings === null ? null : { ...savings, terms: termsOf(finding), yearlyUsd: yearly(savings.monthlyUsd) },
          counts,
          scope: scopeOf(finding, call),
          setAside:
            setAside === null
              ? null
              : { ...setAside, author: fence.text(setAside.author), reason: fence.text(setAside.reason) },
          resolved: resolved === null ? null : { at: resolved.at, reason: resolved.reason, counted: resolved.counted },
          reopened: finding.reopened,
          evidence,
          settings,
          claimedBy: claimsOf(found.one)
        },
        ...remedyOf(scan)
      },
      lines: [
        `${scan?.title ?? finding.scan}: ${finding.resource.type} ${escapeMarkdown(String(row.resource))} ${escapeMarkdown(String(row.name))}`.trimEnd(),
        `Finding ${finding.id} of ${finding.scan} (${finding.category}): ${finding.status}, ${finding.confirmed ? "confirmed" : "unconfirmed"}, ${finding.kind}, severity ${finding.severity}, confidence ${finding.confidence}.`,
        `Account ${finding.account} ${escapeMarkdown(String(row.accountName))}, ${finding.region}, owner ${row.owner === "" ? "none" : escapeMarkdown(String(row.owner))}, ARN ${escapeMarkdown(String(row.arn))}.`,
        savings === null
          ? "No amount: it is no money."
          : savings.basis === "none"
            ? "Saves no amount that is known."
            : `Saves ${usd(savings.monthlyUsd)} a month (${usd(yearly(savings.monthlyUsd))} a year): ${basisText[savings.basis]}.`,
        ...formulaLines(finding),
        ...notesOf(finding),
        counts,
        ...reasons.map(({ means, name }) => `- ${name}: ${means ?? "this version does not know the reason"}`),
        ...(scan === undefined ? [] : [scan.why]),
        `Evidence: ${escapeMarkdown(pairsText(evidence))}.`,
        ...(Object.keys(settings).length === 0 ? [] : [`Settings used: ${escapeMarkdown(pairsText(settings))}.`]),
        ...(Object.keys(finding.resource.tags).length === 0
          ? []
          : [`Tags: ${escapeMarkdown(pairsText(row.tags as Readonly<Record<string, unknown>>))}.`]),
        `${life.map(([name, value]) => `${name}: ${escapeMarkdown(value)}`).join(". ")}.`,
        ...remedyLines(scan)
      ],
      rows: {
        key: "history",
        fields: historyFields,
        items: events.slice(0, limit).map((event) => ({ ...event, at: instant(String(event.at)) })),
        matching: events.length,
        cursorAfter: () => undefined
      }
    }
  })
})
