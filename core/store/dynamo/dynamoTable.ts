/**
 * The one DynamoDB table: its keys and its indexes, as data that the deployment and the tests create it from. What one night
 * writes is spread over many partitions, and every question is a query on a key.
 */
import { createHash } from "node:crypto"
import { claimedArns } from "../../finding/claims.ts"
import type { Finding, FindingEvent, FindingStatus } from "../../finding/Finding.ts"
import type { Scope } from "../../Scope.ts"
import {
  type EventPosition,
  type Facets,
  idPrefixLength,
  lastRankOf,
  type Position,
  positionOfRank,
  rankOf,
  statuses
} from "../query.ts"
import type { FindingQuery } from "../Store.ts"

/** The indexes that list findings, by the attribute that is their partition key. All are sorted by `rank`. */
export const findingIndexes = {
  ownerKey: "byOwner",
  accountCategoryKey: "byAccountAndCategory",
  accountKey: "byAccount",
  scanKey: "byScan",
  categoryKey: "byCategory",
  severityKey: "bySeverity",
  organisationKey: "byOrganisation"
} as const
export type IndexAttribute = keyof typeof findingIndexes

/** The index that lists the events of a run by finding, by its partition key. It is sorted by `rank` as well. */
export const eventIndex = { attribute: "runKey", name: "byRun" } as const

// With only these in the indexes, a finding whose evidence changed, or that counts from now on, costs no index write.
const projected = [
  "account",
  "region",
  "service",
  "scan",
  "category",
  "severity",
  "kind",
  "confirmed",
  "owner",
  "expiresAt"
]

/** Names the attribute by whose Unix second DynamoDB deletes an item. */
export const ttlAttribute = "expiresAt"

const index = (
  attribute: string,
  name: string,
  projection: { ProjectionType: "ALL" } | { ProjectionType: "INCLUDE"; NonKeyAttributes: Array<string> }
) => ({
  IndexName: name,
  KeySchema: [
    { AttributeName: attribute, KeyType: "HASH" as const },
    { AttributeName: "rank", KeyType: "RANGE" as const }
  ],
  Projection: projection
})

/** The table as `CreateTable` wants it, without its name. */
export const tableDefinition = {
  BillingMode: "PAY_PER_REQUEST" as const,
  AttributeDefinitions: ["pk", "sk", "rank", ...Object.keys(findingIndexes), eventIndex.attribute].map((name) => ({
    AttributeName: name,
    AttributeType: "S" as const
  })),
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" as const },
    { AttributeName: "sk", KeyType: "RANGE" as const }
  ],
  GlobalSecondaryIndexes: [
    ...Object.entries(findingIndexes).map(([attribute, name]) =>
      index(attribute, name, { ProjectionType: "INCLUDE", NonKeyAttributes: projected })
    ),
    index(eventIndex.attribute, eventIndex.name, { ProjectionType: "ALL" })
  ]
}

/** The key of an item. */
export interface Key {
  readonly pk: string
  readonly sk: string
}

// A sort key has at most 1,024 bytes and a character takes up to three of them. Names longer than this do not occur in lists
// that are read in their order.
const maxKeyCharacters = 300

/** The text, or a hash of it where it is too long for a key. */
const keyText = (text: string): string =>
  text.length <= maxKeyCharacters ? text : createHash("sha256").update(text).digest("hex")

/** What a person calls a resource: the last part of its ARN or id. */
const lastPart = (name: string): string => /[^/:]+$/.exec(name)?.[0] ?? name

export const keys = {
  run: (id: string): Key => ({ pk: "RUNS", sk: id }),
  scopeRecord: (runId: string, scope: Scope): Key => ({ pk: `RUN#${runId}#${scope.account}`, sk: scope.region }),
  accountSummary: (runId: string, account: string): Key => ({ pk: `RUN#${runId}#SUMMARIES`, sk: account }),
  spending: (runId: string): Key => ({ pk: `RUN#${runId}`, sk: "SPENDING" }),
  /** The latest outcomes of a scope, all in one. */
  outcomes: (scope: Scope): Key => ({ pk: `LATEST#${scope.account}`, sk: scope.region }),
  /** Where an earlier version wrote each by itself, with the name of its scan behind. They stay, for whoever goes back to that version. */
  singleOutcomes: (scope: Scope): Key => ({ pk: `OUTCOMES#${scope.account}`, sk: `${scope.region}#` }),
  finding: (scope: Scope, scan: string, id: string): Key => ({
    pk: `SCOPE#${scope.account}#${scope.region}#${scan}`,
    sk: id
  }),
  /** Says where the finding with an id is; those that begin alike are together. */
  pointer: (findingId: string): Key => ({ pk: `ID#${findingId.slice(0, idPrefixLength)}`, sk: findingId }),
  /** Says which finding has a resource with a name. The ARN tells resources with the same last part apart. */
  named: (name: string, arn: string, findingId: string): Key => ({
    pk: `NAME#${keyText(lastPart(name))}`,
    sk: `${keyText(arn)}#${findingId}`
  }),
  event: (findingId: string, event: { readonly at: string; readonly runId: string; readonly type: string }): Key => ({
    pk: `FINDING#${findingId}`,
    sk: `${event.at}#${event.runId}#${event.type}`
  }),
  /** The accounts that ever had a finding. */
  account: (account: string): Key => ({ pk: "ACCOUNTS", sk: account }),
  report: (scan: string, scope: Scope): Key => ({ pk: `REPORT#${scan}`, sk: `${scope.account}#${scope.region}` }),
  trendPoint: (account: string, day: string): Key => ({ pk: `TREND#${account}`, sk: day }),
  rollup: (account: string): Key => ({ pk: "ROLLUPS", sk: account }),
  cells: (account: string): Key => ({ pk: "CELLS", sk: account }),
  /** A partition each: they are read by key only. */
  answer: (scope: Scope, probe: string, key: string): Key => ({
    pk: `ANSWER#${scope.account}#${scope.region}#${probe}#${keyText(key)}`,
    sk: "ANSWER"
  }),
  lease: (name: string): Key => ({ pk: `LEASE#${name}`, sk: "LEASE" }),
  cache: (key: string): Key => ({ pk: `CACHE#${key}`, sk: "CACHE" }),
  /** A part of a record that is larger than an item, by a hash of the record. */
  part: (hash: string, part: number): Key => ({ pk: `PART#${hash}`, sk: String(part).padStart(4, "0") })
}

/** An entry under which a finding is found by a name. `covers` where its claim covers the resource that has it. */
export interface NameEntry {
  readonly key: Key
  readonly covers: boolean
}

/** Entries for a finding's resource: one, unless its id ends otherwise than its ARN. */
export const ownNames = ({ id, resource }: Finding): ReadonlyArray<NameEntry> => {
  const entries = [resource.arn, resource.id].map((name) => keys.named(name, resource.arn, id))
  return [...new Map(entries.map((key) => [key.pk, { key, covers: false }])).values()]
}

export const coveredNames = (finding: Finding): ReadonlyArray<NameEntry> =>
  claimedArns(finding)
    .slice(1)
    .map((arn) => ({ key: keys.named(arn, arn, finding.id), covers: true }))

// A partition takes 1,000 writes a second: so eight take 8,000 new findings of one scan, category or severity, and four as
// many of one account or owner as its scopes can find.
const shards = { organisation: 8, account: 4 }

// Ids are hashes, so the sum of their characters spreads them evenly.
const shardOf = (id: string, count: number): number =>
  [...id].reduce((sum, character) => sum + character.charCodeAt(0), 0) % count

const allShards = (count: number) => Array.from({ length: count }, (_, shard) => String(shard))

/** The index attributes of a finding. Those of a resource without an owner are not in the index of owners. */
export const indexAttributes = (facets: Facets): Record<string, string> => {
  const { account, category, id, owner, scan, severity, status } = facets
  const [wide, narrow] = [shardOf(id, shards.organisation), shardOf(id, shards.account)]
  return {
    rank: rankText(facets),
    accountKey: `${status}#${account}#${narrow}`,
    accountCategoryKey: `${status}#${account}#${category}#${narrow}`,
    scanKey: `${status}#${scan}#${wide}`,
    categoryKey: `${status}#${category}#${wide}`,
    severityKey: `${status}#${severity}#${wide}`,
    organisationKey: `${status}#${wide}`,
    ...(owner === "" ? {} : { ownerKey: `${status}#${owner}#${narrow}` })
  }
}

/** The partitions of the events of a run, in the order of the ids of their findings. */
export const eventPartitions = (runId: string): ReadonlyArray<string> =>
  [..."0123456789abcdef"].map((digit) => `${runId}#${digit}`)

export const eventRank = ({ at, findingId, type }: EventPosition): string => `${findingId}#${at}#${type}`

export const eventAttributes = (event: FindingEvent): Record<string, string> => ({
  [eventIndex.attribute]: `${event.runId}#${event.findingId.slice(0, 1)}`,
  rank: eventRank(event)
})

/** More partitions than this are not read at once: then an index with fewer is, and the rest is filtered. */
export const maxPartitions = 64

interface Partition {
  readonly status: FindingStatus
  readonly key: string
}

/** Where the findings that are asked for are: the partitions of the index in which most of the others are not. */
export const partitionsOf = (
  query: Omit<FindingQuery, "limit" | "cursor">
): { readonly attribute: IndexAttribute; readonly partitions: ReadonlyArray<Partition> } => {
  const { accounts, categories, owner, scans, severities } = query
  const wanted = [...new Set(query.statuses ?? statuses)]
  const sharded = (values: ReadonlyArray<string> | undefined, count: number) =>
    values === undefined
      ? undefined
      : [...new Set(values)].flatMap((value) => allShards(count).map((shard) => `${value}#${shard}`))
  const candidates: ReadonlyArray<{ attribute: IndexAttribute; values: ReadonlyArray<string> | undefined }> = [
    {
      attribute: "ownerKey",
      values: owner === undefined || owner === "" ? undefined : sharded([owner], shards.account)
    },
    {
      attribute: "accountCategoryKey",
      values: sharded(
        categories === undefined
          ? undefined
          : accounts?.flatMap((account) => categories.map((category) => `${account}#${category}`)),
        shards.account
      )
    },
    { attribute: "accountKey", values: sharded(accounts, shards.account) },
    { attribute: "scanKey", values: sharded(scans, shards.organisation) },
    { attribute: "categoryKey", values: sharded(categories, shards.organisation) },
    { attribute: "severityKey", values: sharded(severities, shards.organisation) }
  ]
  const chosen = candidates.find(({ values }) => values !== undefined && values.length * wanted.length <= maxPartitions)
  const { attribute, values = [] } = chosen ?? {
    attribute: "organisationKey" as const,
    values: allShards(shards.organisation)
  }
  return {
    attribute,
    partitions: wanted.flatMap((status) => values.map((value) => ({ status, key: `${status}#${value}` })))
  }
}

const digits = String(lastRankOf(0)).length

/** A rank without an id, which sorts before all findings of that rank. */
export const rankNumber = (rank: number): string => String(rank).padStart(digits, "0")

/** The sort key of the indexes of findings: in ascending order it gives the order of every list of findings. */
export const rankText = (position: Position): string => `${rankNumber(rankOf(position))}#${position.id}`

/** Sorts after every finding with at least this saving, and before those with a smaller one. */
export const lastRankText = (minCents: number): string => `${rankNumber(lastRankOf(minCents))}$`

export const positionOfRankText = (rank: string): Position =>
  positionOfRank(Number(rank.slice(0, digits)), rank.slice(digits + 1))
