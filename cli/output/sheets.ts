/** What commands list, as tables. */
import type { Finding, Severity } from "../../core/finding/Finding.ts"
import { ownerOf } from "../../core/store/Store.ts"
import type { Style } from "./paint.ts"
import type { Column, Row, Sheet } from "./table.ts"

/** Enough of a finding's id to find it again. */
export const shortId = (id: string): string => id.slice(0, 8)

/** A resource as a person calls it: its name, or its id where it has none. */
export const resourceName = ({ resource }: Finding): string => (resource.name === "" ? resource.id : resource.name)

const severityStyle: Partial<Record<Severity, Style>> = { critical: "red", high: "yellow", info: "dim" }

const inFiles = (...keys: ReadonlyArray<string>): ReadonlyArray<Column> =>
  keys.map((key) => ({ key, title: key, kind: "text", only: "file" }))

const findingColumns: ReadonlyArray<Column> = [
  { key: "shortId", title: "Id", kind: "text", fit: "whole", only: "screen" },
  ...inFiles("id", "status"),
  // What another finding on the same resource already counts is not part of a total.
  {
    key: "monthlyUsd",
    title: "USD/month",
    kind: "usd",
    style: ({ counted }) => (counted === true ? undefined : "dim")
  },
  ...inFiles("basis", "source", "claim", "counted"),
  {
    key: "severity",
    title: "Severity",
    kind: "text",
    fit: "whole",
    rank: 3,
    style: ({ severity }) => severityStyle[severity as Severity]
  },
  { key: "confirmed", title: "Sure", kind: "flag" },
  ...inFiles("confidence"),
  { key: "resource", title: "Resource", kind: "text", least: 16, only: "screen" },
  ...inFiles("resourceType", "resourceId", "resourceName", "resourceArn"),
  { key: "scan", title: "Scan", kind: "text", least: 18 },
  ...inFiles("category"),
  { key: "reason", title: "Reason", kind: "text", rank: 4 },
  { key: "account", title: "Account", kind: "text", fit: "whole", rank: 2 },
  { key: "region", title: "Region", kind: "text", fit: "whole", rank: 1 },
  ...inFiles("owner", "tags", "evidence", "note", "firstSeen", "lastSeen", "resolvedAt", "resolvedBecause")
]

const findingRow = (finding: Finding): Row => {
  const { account, category, confidence, confirmed, evidence, firstSeen, id, lastSeen, reason, region } = finding
  const { resolved, resource, savings, scan, severity, status } = finding
  return {
    shortId: shortId(id),
    id,
    status,
    monthlyUsd: savings.basis === "none" && savings.monthlyUsd === 0 ? null : savings.monthlyUsd,
    basis: savings.basis,
    source: savings.source,
    claim: savings.claim,
    counted: savings.counted,
    severity,
    confirmed,
    confidence,
    resource: resourceName(finding),
    resourceType: resource.type,
    resourceId: resource.id,
    resourceName: resource.name,
    resourceArn: resource.arn,
    scan,
    category,
    reason,
    account,
    region,
    owner: ownerOf(finding) ?? null,
    tags: JSON.stringify(resource.tags),
    evidence: JSON.stringify(evidence),
    note: savings.note ?? null,
    firstSeen,
    lastSeen,
    resolvedAt: resolved?.at ?? null,
    resolvedBecause: resolved?.reason ?? null
  }
}

/** Findings, one per row. */
export const findingSheet = (findings: ReadonlyArray<Finding>): Sheet => ({
  columns: findingColumns,
  rows: findings.map(findingRow)
})
