/** What commands list, as tables. */
import * as Stream from "effect/Stream"
import type { Finding, Severity } from "../../core/finding/Finding.ts"
import { listMonthlyUsdOf, noteOf, pricedAt } from "../../core/finding/savings.ts"
import { priceCaveat } from "../../core/pricing/priceCaveat.ts"
import { groupOf, groupText, type Realised } from "../../core/run/realised.ts"
import { ownerOf } from "../../core/store/Store.ts"
import type { ChangeType, FindingChange } from "../../query/compareRuns.ts"
import { usd, valueText } from "../../core/format.ts"
import type { Style } from "./paint.ts"
import type { Cell, Column, Row, Sheet, StreamedSheet } from "./table.ts"

/** What a table says besides what a finding knows: the names of accounts, and as of when prices are judged to be old. */
export interface Showing {
  readonly accountNames: ReadonlyMap<string, string>
  readonly now: Date
  /** What the bill shows of findings that ended; undefined where nothing is compared. */
  readonly realised: Realised | undefined
}

/** Enough of a finding's id to find it again. */
export const shortId = (id: string): string => id.slice(0, 8)

/** A resource as a person calls it: its name, or its id where it has none. */
export const resourceName = ({ resource }: Finding): string => (resource.name === "" ? resource.id : resource.name)

/** `012345678901 (production)`. With its name beside it no spreadsheet takes an account for a number, and it keeps its zeros. */
export const accountText = (account: string, { accountNames }: Pick<Showing, "accountNames">): string =>
  `${account} (${accountNames.get(account) ?? "no name"})`

/** The reasons of a finding's price that is old, of a single source, or not seen at all; empty where its prices are good. */
export const priceCaveatOf = ({ savings }: Finding, { now }: Pick<Showing, "now">): string =>
  [...new Set((savings?.terms ?? []).flatMap(({ price }) => priceCaveat(price, now) ?? []))].join("; ")

const severityStyle: Partial<Record<Severity, Style>> = { critical: "red", high: "yellow", info: "dim" }

const inFiles = (...keys: ReadonlyArray<string>): ReadonlyArray<Column> =>
  keys.map((key) => ({ key, title: key, kind: "text", only: "file" }))

/** What another finding on the same resource already counts is no part of a total, and neither is an alternative for its spend. */
const amountStyle = ({ counted }: Row): Style | undefined => (counted === true ? undefined : "dim")

const resourceColumns: ReadonlyArray<Column> = [
  { key: "resourceId", title: "Resource", kind: "text", fit: "whole", spill: 24 },
  { key: "name", title: "Name", kind: "text", least: 10, rank: 1, only: "screen" }
]

const placeColumns: ReadonlyArray<Column> = [
  { key: "account", title: "Account", kind: "text", fit: "whole", beneath: true },
  { key: "region", title: "Region", kind: "text", fit: "whole", beneath: true }
]

const findingColumns: ReadonlyArray<Column> = [
  { key: "shortId", title: "Id", kind: "text", fit: "whole", only: "screen" },
  ...inFiles("id", "status", "kind"),
  // Adds up to confirmed and unconfirmed together.
  { key: "countedMonthlyUsd", title: "countedMonthlyUsd", kind: "usd", only: "file" },
  // Adds up to what is confirmed.
  { key: "confirmedMonthlyUsd", title: "confirmedMonthlyUsd", kind: "usd", only: "file" },
  { key: "confirmed", title: "confirmed", kind: "flag", only: "file" },
  // Is not to be added up: overlaps are in it.
  { key: "claimedMonthlyUsd", title: "claimedMonthlyUsd", kind: "usd", only: "file" },
  { key: "listMonthlyUsd", title: "listMonthlyUsd", kind: "usd", only: "file" },
  ...inFiles("pricedAt"),
  { key: "amount", title: "USD/month", kind: "usd", only: "screen", style: amountStyle },
  ...inFiles("basis", "source", "claim"),
  {
    key: "severity",
    title: "Severity",
    kind: "text",
    fit: "whole",
    rank: 2,
    style: ({ severity }) => severityStyle[severity as Severity]
  },
  { key: "state", title: "State", kind: "text", fit: "whole", rank: 3, only: "screen" },
  ...inFiles("confidence", "resourceType"),
  ...resourceColumns,
  ...inFiles("resourceName", "resourceArn"),
  { key: "scan", title: "Scan", kind: "text", fit: "whole", beneath: true },
  ...inFiles("category", "service"),
  { key: "reasons", title: "Reason", kind: "text", fit: "whole", beneath: true },
  ...placeColumns,
  { key: "price", title: "Price", kind: "text", fit: "whole", beneath: true, sparse: true, only: "screen" },
  ...inFiles("priceCaveat", "owner", "tags", "evidence", "note", "firstSeen", "lastSeen"),
  ...inFiles("resolvedAt", "resolvedBecause", "billShows", "setAsideBy", "setAsideUntil", "setAsideBecause")
]

/** Money is an amount; what is none says what it is. */
const amountOf = ({ kind, savings }: Finding): Cell =>
  kind !== "money" ? kind : savings === null || savings.basis === "none" ? null : savings.monthlyUsd

const stateOf = ({ confirmed, status }: Finding): string =>
  status === "open" ? (confirmed ? "confirmed" : "unconfirmed") : status

const pairs = (record: Readonly<Record<string, unknown>>, between: string): string =>
  Object.entries(record)
    .map(([name, value]) => `${name}${between}${valueText(value, name)}`)
    .join("; ")

export const findingRow =
  (showing: Showing) =>
  (finding: Finding): Row => {
    const { account, category, confidence, confirmed, evidence, firstSeen, id, kind, lastSeen, reasons } = finding
    const { region, resolved, resource, savings, scan, setAside, severity, status } = finding
    const caveat = priceCaveatOf(finding, showing)
    const group = showing.realised === undefined ? undefined : groupOf(showing.realised, finding)
    const counted = savings === null ? null : savings.counted && status === "open" ? savings.monthlyUsd : 0
    const until = setAside === null ? null : (setAside.until ?? untilAmount(setAside.untilMonthlyUsd))
    return {
      shortId: shortId(id),
      id,
      status,
      kind,
      countedMonthlyUsd: counted,
      confirmedMonthlyUsd: counted === null || confirmed ? counted : 0,
      confirmed,
      claimedMonthlyUsd: savings === null || savings.basis === "none" ? null : savings.monthlyUsd,
      listMonthlyUsd: savings === null ? null : listMonthlyUsdOf(savings),
      pricedAt: savings === null ? null : pricedAt(savings),
      amount: amountOf(finding),
      basis: savings?.basis ?? null,
      source: savings?.source ?? null,
      claim: savings?.claim ?? null,
      counted: savings?.counted ?? null,
      severity,
      state: stateOf(finding),
      confidence,
      resourceType: resource.type,
      resourceId: resource.id,
      name: resource.name === resource.id ? "" : resource.name,
      resourceName: resource.name,
      resourceArn: resource.arn,
      scan,
      category,
      service: resource.service,
      reasons: reasons.join(", "),
      account: accountText(account, showing),
      region,
      price: caveat === "" ? null : `price: ${caveat}`,
      priceCaveat: caveat,
      owner: ownerOf(finding) ?? null,
      tags: pairs(resource.tags, "="),
      evidence: pairs(evidence, ": "),
      note: noteOf(finding) || null,
      firstSeen,
      lastSeen,
      resolvedAt: resolved?.at ?? null,
      resolvedBecause: resolved?.reason.replaceAll("_", " ") ?? null,
      billShows: group === undefined ? null : groupText(group),
      setAsideBy: setAside?.author ?? null,
      setAsideUntil: until,
      setAsideBecause: setAside?.reason ?? null
    }
  }

const untilAmount = (monthlyUsd: number | null): string | null =>
  monthlyUsd === null ? null : `above ${usd(monthlyUsd)} a month`

/** Findings, one per row. */
export const findingSheet = (findings: ReadonlyArray<Finding>, showing: Showing): Sheet => ({
  columns: findingColumns,
  rows: findings.map(findingRow(showing))
})

/** The same for findings that are written as they are read. */
export const findingStream = <E, R>(findings: Stream.Stream<Finding, E, R>, showing: Showing): StreamedSheet<E, R> => ({
  columns: findingColumns,
  rows: Stream.map(findings, findingRow(showing))
})

const changeColumns: ReadonlyArray<Column> = [
  { key: "shortId", title: "Id", kind: "text", fit: "whole", only: "screen" },
  ...inFiles("id"),
  { key: "change", title: "Change", kind: "text", fit: "whole" },
  { key: "before", title: "Before", kind: "usd", only: "screen", rank: 3 },
  { key: "after", title: "USD/month", kind: "usd", only: "screen" },
  ...inFiles("kind", "beforeMonthlyUsd", "afterMonthlyUsd"),
  { key: "differenceUsd", title: "differenceUsd", kind: "usd", only: "file" },
  ...resourceColumns,
  ...inFiles("resourceName", "resourceArn", "status", "confirmed"),
  { key: "scan", title: "Scan", kind: "text", fit: "whole", beneath: true },
  ...placeColumns,
  { key: "detail", title: "What happened", kind: "text", fit: "whole", beneath: true }
]

/** The words of a change as a person says them. */
export const changeWord: Readonly<Record<ChangeType, string>> = {
  opened: "new",
  changed: "changed",
  confirmed: "confirmed",
  resolved: "resolved",
  ended: "ended, no saving",
  reopened: "reopened",
  snoozed: "snoozed",
  suppressed: "suppressed"
}

export const changeRow =
  (showing: Showing) =>
  ({ account, afterUsd, beforeUsd, details, finding, findingId, kind, scan, types }: FindingChange): Row => ({
    shortId: shortId(findingId),
    id: findingId,
    change: types.map((type) => changeWord[type]).join(", "),
    before: kind === "money" ? beforeUsd : "",
    after: kind === "money" ? afterUsd : kind,
    kind,
    beforeMonthlyUsd: beforeUsd,
    afterMonthlyUsd: afterUsd,
    differenceUsd: Math.round((afterUsd - beforeUsd) * 100) / 100,
    resourceId: finding?.resource.id ?? "not kept any more",
    name: finding === null || finding.resource.name === finding.resource.id ? "" : finding.resource.name,
    resourceName: finding?.resource.name ?? null,
    resourceArn: finding?.resource.arn ?? null,
    status: finding?.status ?? null,
    confirmed: finding?.confirmed ?? null,
    scan,
    account: accountText(account, showing),
    region: finding?.region ?? null,
    detail: details.join("; ")
  })

/** Changes, one per row. */
export const changeSheet = (changes: ReadonlyArray<FindingChange>, showing: Showing): Sheet => ({
  columns: changeColumns,
  rows: changes.map(changeRow(showing))
})

export const changeStream = <E, R>(
  changes: Stream.Stream<FindingChange, E, R>,
  showing: Showing
): StreamedSheet<E, R> => ({ columns: changeColumns, rows: Stream.map(changes, changeRow(showing)) })
