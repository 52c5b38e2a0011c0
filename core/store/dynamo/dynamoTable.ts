/**
 * The one DynamoDB table: its keys and its indexes, as data that the deployment and the tests create it from. What one night
 * writes is spread over many partitions, and every question is a query on a key.
 */
import type { Scope } from "../../Scope.ts"
import { type Facets, maxCents, type Position } from "../query.ts"
import type { FindingQuery } from "../Store.ts"

/** The indexes that list findings, by the attribute that is their partition key. All are sorted by `rank`. */
export const findingIndexes = {
  ownerKey: "byOwner",
  accountKey: "byAccount",
  scanKey: "byScan",
  organisationKey: "byOrganisation"
} as const
export type IndexAttribute = keyof typeof findingIndexes

// With only these in the indexes, a finding whose evidence changed, or that counts from now on, costs no index write.
const projected = ["account", "region", "scan", "category", "severity", "confirmed", "owner", "expiresAt"]

/** Names the attribute by whose Unix second DynamoDB deletes an item. */
export const ttlAttribute = "expiresAt"

/** The table as `CreateTable` wants it, without its name. */
export const tableDefinition = {
  BillingMode: "PAY_PER_REQUEST" as const,
  AttributeDefinitions: ["pk", "sk", "rank", ...Object.keys(findingIndexes)].map((name) => ({
    AttributeName: name,
    AttributeType: "S" as const
  })),
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" as const },
    { AttributeName: "sk", KeyType: "RANGE" as const }
  ],
  GlobalSecondaryIndexes: Object.entries(findingIndexes).map(([attribute, name]) => ({
    IndexName: name,
    KeySchema: [
      { AttributeName: attribute, KeyType: "HASH" as const },
      { AttributeName: "rank", KeyType: "RANGE" as const }
    ],
    Projection: { ProjectionType: "INCLUDE" as const, NonKeyAttributes: projected }
  }))
}

/** The key of an item. */
export interface Key {
  readonly pk: string
  readonly sk: string
}

export const keys = {
  run: (id: string): Key => ({ pk: "RUNS", sk: id }),
  scopeRecord: (runId: string, scope: Scope): Key => ({ pk: `RUN#${runId}#${scope.account}`, sk: scope.region }),
  spending: (runId: string): Key => ({ pk: `RUN#${runId}`, sk: "SPENDING" }),
  outcomes: (scope: Scope): Key => ({ pk: `SCOPE#${scope.account}#${scope.region}`, sk: "OUTCOMES" }),
  finding: (scope: Scope, scan: string, id: string): Key => ({
    pk: `SCOPE#${scope.account}#${scope.region}#${scan}`,
    sk: id
  }),
  /** Says where the finding with an id is. Sorts after the finding's events, whose keys begin with a digit. */
  pointer: (findingId: string): Key => ({ pk: `FINDING#${findingId}`, sk: "POINTER" }),
  event: (findingId: string, event: { readonly at: string; readonly runId: string; readonly type: string }): Key => ({
    pk: `FINDING#${findingId}`,
    sk: `${event.at}#${event.runId}#${event.type}`
  }),
  /** The accounts that ever had a finding. */
  account: (account: string): Key => ({ pk: "ACCOUNTS", sk: account }),
  report: (scan: string, scope: Scope): Key => ({ pk: `REPORT#${scan}`, sk: `${scope.account}#${scope.region}` }),
  trendPoint: (account: string, day: string): Key => ({ pk: `TREND#${account}`, sk: day }),
  cache: (key: string): Key => ({ pk: `CACHE#${key}`, sk: "CACHE" })
}

const shards = 16

// Ids are hashes, so the sum of their characters spreads them evenly.
const shardOf = (id: string): number => [...id].reduce((sum, character) => sum + character.charCodeAt(0), 0) % shards

const allShards = Array.from({ length: shards }, (_, shard) => String(shard))

/** The index attributes of a finding. Those of a resource without an owner are not in the index of owners. */
export const indexAttributes = ({ account, cents, id, owner, scan, status }: Facets): Record<string, string> => ({
  rank: rankOf({ cents, id }),
  accountKey: `${status}#${account}`,
  scanKey: `${status}#${scan}#${shardOf(id)}`,
  organisationKey: `${status}#${shardOf(id)}`,
  ...(owner === undefined ? {} : { ownerKey: `${status}#${owner}` })
})

/** More partitions than this are not read at once: then an index with fewer is, and the rest is filtered. */
const maxPartitions = 64

/** Where the findings that are asked for are: the partitions of the index in which most of the others are not. */
export const partitionsOf = (query: FindingQuery) => {
  const candidates: ReadonlyArray<{ attribute: IndexAttribute; values: ReadonlyArray<string> | undefined }> = [
    { attribute: "ownerKey", values: query.owner === undefined ? undefined : [query.owner] },
    { attribute: "accountKey", values: query.accounts },
    {
      attribute: "scanKey",
      values: query.scans?.flatMap((scan) => allShards.map((shard) => `${scan}#${shard}`))
    }
  ]
  const chosen = candidates.find(({ values }) => values !== undefined && values.length <= maxPartitions)
  const { attribute, values = [] } = chosen ?? { attribute: "organisationKey" as const, values: allShards }
  const statuses = query.status === undefined ? (["open", "resolved"] as const) : [query.status]
  return {
    attribute,
    partitions: statuses.flatMap((status) => values.map((value) => ({ status, key: `${status}#${value}` })))
  }
}

const inverse = (cents: number): string => String(maxCents - cents).padStart(String(maxCents).length, "0")

/** The sort key of every index: ascending, it gives the largest saving first and then the smallest id. */
export const rankOf = ({ cents, id }: Position): string => `${inverse(cents)}#${id}`

/** Sorts after every finding with at least this saving, and before those with a smaller one. */
export const lastRank = (minCents: number): string => `${inverse(minCents)}$`

export const positionOfRank = (rank: string): Position => ({
  cents: maxCents - Number(rank.slice(0, rank.indexOf("#"))),
  id: rank.slice(rank.indexOf("#") + 1)
})
