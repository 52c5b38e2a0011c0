/** What the items of the table look like. */
import { createHash } from "node:crypto"
import { gunzipSync, gzipSync } from "node:zlib"
import type { Finding, FindingEvent } from "../../finding/Finding.ts"
import type { Outcome } from "../../run/Outcome.ts"
import type { Scope } from "../../Scope.ts"
import { type Facets, facetsOf } from "../query.ts"
import { eventRecord, expiry, findingRecord, outcomesRecord, stampOf } from "../records.ts"
import type { Item } from "./dynamoOperations.ts"
import { keyItem } from "./dynamoRequests.ts"
import {
  coveredNames,
  eventAttributes,
  indexAttributes,
  type Key,
  keys,
  ownNames,
  positionOfRankText,
  ttlAttribute
} from "./dynamoTable.ts"

// A kilobyte is a unit of writing. Records of scopes repeat themselves, and shrink to a tenth; most findings are below this.
const maxPlainCharacters = 4000

export const expiring = (expiresAt: number): Item => ({ [ttlAttribute]: { N: String(expiresAt) } })

const texts = (values: Readonly<Record<string, string>>): Item =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { S: value }]))

/** An item with a record in JSON. */
export const recordItem = (key: Key, json: string): Item => ({
  ...keyItem(key),
  record: json.length <= maxPlainCharacters ? { S: json } : { B: gzipSync(json) }
})

export const jsonOf = ({ record }: Item): string =>
  record?.B === undefined ? (record?.S ?? "") : gunzipSync(record.B).toString()

/** The latest outcomes of a scope, with what tells them from those that others write meanwhile. */
export const outcomesItem = (scope: Scope, outcomes: ReadonlyArray<Outcome>): Item => {
  const json = outcomesRecord.toJson(outcomes)
  return {
    ...recordItem(keys.outcomes(scope), json),
    stamp: { S: createHash("sha256").update(json).digest("hex").slice(0, 12) }
  }
}

export const outcomesOf = (item: Item, isWanted?: (scan: string) => boolean): ReadonlyArray<Outcome> =>
  outcomesRecord.fromJson(jsonOf(item), isWanted)

/** Of each scan the outcome with the latest `asOf`, of two that are alike the last one. */
export const newestOf = (outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Outcome> => {
  const byScan = new Map<string, Outcome>()
  for (const outcome of outcomes) {
    if ((byScan.get(outcome.scan)?.asOf ?? "") <= outcome.asOf) byScan.set(outcome.scan, outcome)
  }
  return [...byScan.values()].sort((a, b) => (a.scan < b.scan ? -1 : 1))
}

export const findingItem = (finding: Finding, nowMillis: number): Item => {
  const facets = facetsOf(finding)
  const { account, category, confirmed, kind, owner, region, scan, service, severity } = facets
  return {
    ...recordItem(keys.finding(finding.scope, scan, finding.id), findingRecord.toJson(finding)),
    ...texts({ ...indexAttributes(facets), account, category, region, scan, service, severity, kind }),
    ...(owner === "" ? {} : { owner: { S: owner } }),
    confirmed: { BOOL: confirmed },
    stamp: { S: stampOf(finding) },
    counted: { BOOL: finding.savings?.counted === true },
    ...endOf(finding, nowMillis)
  }
}

export const findingOf = (item: Item): Finding => findingRecord.fromJson(jsonOf(item), item.counted?.BOOL === true)

/** What the row of an index says of a finding. Its partition says the status. */
export const facetsOfRow = (row: Item, status: Facets["status"]): Facets => ({
  ...positionOfRankText(row.rank?.S ?? ""),
  status,
  kind: row.kind?.S as Facets["kind"],
  scan: row.scan?.S ?? "",
  category: row.category?.S ?? "",
  account: row.account?.S ?? "",
  region: row.region?.S ?? "",
  service: row.service?.S ?? "",
  confirmed: row.confirmed?.BOOL === true,
  owner: row.owner?.S ?? ""
})

const endOf = ({ status }: Finding, nowMillis: number): Item =>
  status === "resolved" ? expiring(expiry("resolvedFinding", nowMillis)) : {}

export const eventItem = (event: FindingEvent, nowMillis: number): Item => ({
  ...recordItem(keys.event(event.findingId, event), eventRecord.toJson(event)),
  ...texts(eventAttributes(event)),
  ...expiring(expiry("event", nowMillis))
})

/** What a change or a confirmation leaves as it is: where the finding is, and the names of its resource. */
const leavesNames = (events: ReadonlyArray<FindingEvent>): boolean =>
  events.length > 0 && events.every(({ type }) => type === "changed" || type === "confirmed")

/** The items by which a finding is found by its id and by the names of what it is about. They end with it. */
export const nameItems = (
  finding: Finding,
  events: ReadonlyArray<FindingEvent>,
  nowMillis: number
): ReadonlyArray<Item> => {
  const { pk } = keys.finding(finding.scope, finding.scan, finding.id)
  const end = endOf(finding, nowMillis)
  const names = leavesNames(events) ? coveredNames(finding) : [...ownNames(finding), ...coveredNames(finding)]
  return [
    ...(leavesNames(events) ? [] : [{ ...keyItem(keys.pointer(finding.id)), finding: { S: pk }, ...end }]),
    ...names.map(({ covers, key }) => ({
      ...keyItem(key),
      finding: { S: pk },
      id: { S: finding.id },
      ...(covers ? { covers: { BOOL: true } } : {}),
      ...end
    }))
  ]
}
