/** Findings as rows of an answer. */
import type { Finding } from "../../core/finding/Finding.ts"
import { listMonthlyUsdOf, noteOf, pricedAt } from "../../core/finding/savings.ts"
import { ownerOf } from "../../core/store/Store.ts"
import type { Fence } from "./Fence.ts"
import type { Row } from "./Answer.ts"

/** What it takes to say a finding to a caller. */
export interface Showing {
  readonly fence: Fence
  /** By id. */
  readonly accountNames: ReadonlyMap<string, string>
}

const fencedTags = ({ resource }: Finding, { fence }: Showing): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(resource.tags).map(([key, value]) => [fence.text(key), fence.text(value)]))

/** Evidence is mostly ours: dates, counts, states. What a stranger may have written has spaces or signs. */
export const fencedEvidence = ({ evidence }: Pick<Finding, "evidence">, { fence }: Pick<Showing, "fence">) =>
  Object.fromEntries(
    Object.entries(evidence).map(([name, value]) => [
      name,
      typeof value === "string" ? fence.word(value) : Array.isArray(value) ? value.map(fence.word) : value
    ])
  )

/** What can be said of a finding in a list, by the names of fields. */
const fields = {
  id: ({ id }) => id,
  /** USD a month; null where no amount is known or it is no money. */
  monthlyUsd: ({ savings }) => (savings === null || savings.basis === "none" ? null : savings.monthlyUsd),
  resource: ({ resource }, { fence }) => fence.word(resource.id),
  name: ({ resource }, { fence }) => fence.text(resource.name),
  scan: ({ scan }) => scan,
  account: ({ account }) => account,
  region: ({ region }) => region,
  severity: ({ severity }) => severity,
  confirmed: ({ confirmed }) => confirmed,
  /** Whether the totals have the amount; false where another finding on the same resource has it, and for commitments. */
  counted: ({ savings, status }) => savings?.counted === true && status === "open",
  reasons: ({ reasons }) => reasons,
  status: ({ status }) => status,
  kind: ({ kind }) => kind,
  accountName: ({ account }, { accountNames, fence }) => fence.text(accountNames.get(account) ?? ""),
  owner: (finding, { fence }) => fence.text(ownerOf(finding) ?? ""),
  category: ({ category }) => category,
  service: ({ resource }) => resource.service,
  type: ({ resource }) => resource.type,
  arn: ({ resource }, { fence }) => fence.word(resource.arn),
  basis: ({ savings }) => savings?.basis ?? null,
  claim: ({ savings }) => savings?.claim ?? null,
  confidence: ({ confidence }) => confidence,
  firstSeen: ({ firstSeen }) => firstSeen,
  openSince: ({ openSince }) => openSince,
  lastSeen: ({ lastSeen }) => lastSeen,
  listMonthlyUsd: ({ savings }) => (savings === null ? null : listMonthlyUsdOf(savings)),
  pricedAt: ({ savings }) => (savings === null ? null : pricedAt(savings)),
  note: noteOf,
  evidence: (finding, showing) => fencedEvidence(finding, showing),
  tags: fencedTags
} satisfies Record<string, (finding: Finding, showing: Showing) => unknown>

export type FindingField = keyof typeof fields

export const findingFields = Object.keys(fields) as ReadonlyArray<FindingField>

/** The fields that a list has unless others are asked for. */
export const usualFields: ReadonlyArray<FindingField> = [
  "id",
  "monthlyUsd",
  "resource",
  "name",
  "account",
  "region",
  "scan",
  "severity",
  "confirmed",
  "counted",
  "reasons"
]

export const findingRow =
  (names: ReadonlyArray<FindingField>, showing: Showing) =>
  (finding: Finding): Row =>
    Object.fromEntries(names.map((name) => [name, fields[name](finding, showing)]))
