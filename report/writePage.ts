/** Writes a report as one HTML file that asks for nothing else, piece by piece. */
import { escapedHtml } from "../core/text.ts"
import { gzipSync } from "node:zlib"
import { count, plural, usd, yearly } from "../core/format.ts"
import asset from "./asset.json" with { type: "json" }
import type { ReportContent } from "./makeReport.ts"
import { commandText } from "./page/words.ts"
import { policyOf } from "./policy.ts"

/** How a page of ours begins: a report may be replaced by a newer one, and other files may not. */
export const pageBeginning = '<!doctype html>\n<html lang="en" data-generator="nightaudit">'

export const contentSecurityPolicy: string = policyOf(asset, ["img-src data:"])

/** What a policy in the page itself cannot say: for whoever serves it. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": `${contentSecurityPolicy}; frame-ancestors 'none'`,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

/** Inert text without a "<", whatever a stranger wrote into a tag. */
const block = (id: string, bytes: Uint8Array): string =>
  `<script type="application/gzip;base64" id="${id}">${Buffer.from(bytes).toString("base64")}</script>\n`

const packed = (value: unknown): Uint8Array => gzipSync(JSON.stringify(value), { level: 6 })

/** The pieces of the page. The summary and the script come before the findings, so that the first screen waits for neither. */
export function* pagePieces({ chunks, rows, summary }: ReportContent): Generator<string> {
  const { coverage, run, standings } = summary
  const night = run.startedAt.slice(0, 10)
  const { confirmed, unconfirmed } = standings
  const command = commandText(summary, "findings --format csv")
  const elsewhere = command === undefined ? "The assistant’s <code>search_findings</code>" : `<code>${command}</code>`
  const applicable = coverage.expected - coverage.notApplicable
  // Policy first: it governs only what comes after it. A page that is opened by a signed address must not tell it to others.
  yield `${pageBeginning}
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>Night Audit · ${night} · ${escapedHtml(usd(confirmed.monthlyUsd))} a month</title>
<style>${asset.css}</style>
</head>
<body>
<div id="app"><main>
<h1>Night Audit, ${night}</h1>
${summary.warning === null ? "" : `<p><strong>${escapedHtml(summary.warning)}</strong></p>\n`}<p>Confirmed waste: <strong>${escapedHtml(usd(confirmed.monthlyUsd))} a month</strong>, ${escapedHtml(usd(yearly(confirmed.monthlyUsd)))} a year, in ${plural(confirmed.findings, "finding")}. Unconfirmed, in no sum: ${escapedHtml(usd(unconfirmed.monthlyUsd))} in ${plural(unconfirmed.findings, "finding")}.</p>
<p>${count(coverage.complete)} of ${plural(applicable, "outcome")} complete.</p>
<noscript><p>The rest of this page needs JavaScript. ${elsewhere} lists the same findings.</p></noscript>
</main></div>
`
  yield block("summary", packed(summary))
  yield `<script>${asset.js}</script>\n`
  yield block("rows", packed(rows))
  for (const [index, chunk] of chunks.entries()) yield block(`details-${index}`, chunk)
  yield "</body>\n</html>\n"
}
