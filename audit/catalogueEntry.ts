/** Makes a scan's metadata for the generated catalogue. */
import { operationKey } from "../core/aws/operation.ts"
import type { CatalogueEntry, CatalogueOperation, CatalogueSetting, ScanReads } from "../core/catalogue/Catalogue.ts"
import { namesOf, wordsIn } from "../core/catalogue/words.ts"
import type { SettingValue } from "../core/run/Outcome.ts"
import type { Scan } from "../scans/Scan.ts"
import { datasetsOf, everyActionOf, everyOperationOf, probesOf } from "./actions.ts"

const typeOf = (value: SettingValue, whole: boolean): CatalogueSetting["type"] => {
  if (typeof value === "boolean") return "boolean"
  if (typeof value === "number") return whole ? "integer" : "number"
  if (typeof value === "string") return "string"
  return Array.isArray(value) ? "list" : "map"
}

const readWordsOf = (name: string, category: string, scan: Scan): string => {
  const others = new Set([...namesOf({ ...scan, name, category }), ...wordsIn(everyActionOf(scan))])
  return [...wordsIn(datasetsOf({ scan }).map((dataset) => dataset.name))].filter((word) => !others.has(word)).join(" ")
}

export const catalogueEntry = (name: string, category: string, scan: Scan): CatalogueEntry => ({
  name,
  category,
  kind: scan.report === undefined ? "finding" : scan.judge === undefined ? "report" : "report+finding",
  scope: scan.scope,
  ...(scan.severityBy === "account" ? { severityBy: scan.severityBy } : {}),
  title: scan.title,
  words: scan.words,
  why: scan.why,
  fix: scan.fix,
  docs: scan.docs,
  leavesOut: scan.leavesOut,
  actions: everyActionOf(scan),
  reads: (["regional", "global", "payer"] as const).filter((kind) =>
    datasetsOf({ scan }).some(({ scope }) => scope === kind)
  ),
  readWords: readWordsOf(name, category, scan),
  costNotes: [
    ...datasetsOf({ scan }).flatMap(({ costNote }) => costNote ?? []),
    ...probesOf({ scan }).map((probe) =>
      probe.kind === "calls" ? `${probe.costNote} At most ${probe.cap} in one night and scope.` : probe.costNote
    )
  ],
  reasons: Object.entries(scan.reasons).map(([reason, text]) => ({ name: reason, text })),
  settings: Object.entries(scan.settings).map(([setting, spec]) => ({
    name: setting,
    type: typeOf(spec.default, spec.whole ?? false),
    default: spec.default,
    unit: spec.unit,
    ...(spec.minimum === undefined ? {} : { minimum: spec.minimum }),
    ...(spec.maximum === undefined ? {} : { maximum: spec.maximum }),
    ...(spec.values === undefined ? {} : { values: spec.values }),
    ...(spec.pattern === undefined ? {} : { pattern: spec.pattern }),
    description: spec.description
  }))
})

export const scanReads = (scan: Scan): ScanReads => ({
  operations: everyOperationOf(scan)
    .map((operation): CatalogueOperation => ({
      operation: operationKey(operation),
      action: operation.action,
      pageSize: operation.paging?.size?.[1] ?? null,
      ...(operation.paid === undefined
        ? {}
        : { paid: { unit: operation.paid.unit, usdPerUnit: operation.paid.usdPerUnit } })
    }))
    .sort((a, b) => a.operation.localeCompare(b.operation)),
  onBehalf: everyOperationOf(scan).flatMap(({ onBehalf }) => onBehalf ?? []),
  datasets: datasetsOf({ scan }).map(({ name, scope }) => ({ name, scope }))
})
