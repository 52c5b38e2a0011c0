/** How findings are written to their table, and named there. */
import { createHash } from "node:crypto"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import { claimedArns } from "../../finding/claims.ts"
import type { Finding } from "../../finding/Finding.ts"
import { facetsOf, kinds, rankOf, severities, statuses } from "../query.ts"
import { findingRecord } from "../records.ts"

/** The numbers that stand for texts. */
export interface Texts {
  /** Undefined for a text that no finding ever had. */
  readonly find: (text: string) => number | undefined
  /** Its number, a new one where it has none. Inside a transaction. */
  readonly codeOf: (text: string) => number
  /** After a transaction was rolled back: its new numbers do not exist. */
  readonly forget: () => void
}

const code = (row: unknown): number => Number((row as { readonly code: number }).code)

export const makeTexts = (db: DatabaseSync): Texts => {
  const known = new Map<string, number>()
  const select = db.prepare("SELECT code FROM texts WHERE text = ?")
  const insert = db.prepare("INSERT INTO texts (text) VALUES (?) RETURNING code")
  const find = (text: string) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const row = select.get(text)
    if (row === undefined) return undefined
    known.set(text, code(row))
    return code(row)
  }
  return {
    find,
    codeOf: (text) => {
      const before = find(text)
      if (before !== undefined) return before
      const added = code(insert.get(text))
      known.set(text, added)
      return added
    },
    forget: () => known.clear()
  }
}

/** Where a resource's names lead: 48 bits, so that a name of any length takes six bytes. What is found is compared again. */
export const nameHash = (text: string): number => createHash("sha256").update(text).digest().readUIntBE(0, 6)

/** The names of a finding: of its resource, and of those that its claim covers. */
const namesOf = (finding: Finding): ReadonlyArray<{ readonly hash: number; readonly covers: 0 | 1 }> => {
  const [arn = "", ...covered] = claimedArns(finding)
  return [
    ...[...new Set([arn, finding.resource.id])].map((name) => ({ hash: nameHash(name), covers: 0 as const })),
    ...covered.map((name) => ({ hash: nameHash(name), covers: 1 as const }))
  ]
}

const columns = [
  "id",
  "scope_account",
  "scope_region",
  "scan",
  "category",
  "account",
  "region",
  "service",
  "owner",
  "kind",
  "severity",
  "status",
  "confirmed",
  "rank",
  "counted",
  "expires_at",
  "record"
] as const

export interface FindingRows {
  /** `expiresAt` is a Unix second, or null for what is kept. Inside a transaction. */
  readonly put: (finding: Finding, expiresAt: number | null) => void
  /** Deletes what had expired at a Unix second, with its names. Inside a transaction. */
  readonly purge: (now: number) => void
}

export const makeFindingRows = (db: DatabaseSync, texts: Texts): FindingRows => {
  const put: StatementSync = db.prepare(`
    INSERT INTO findings (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
    ON CONFLICT (id) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}
    RETURNING place
  `)
  const putName = db.prepare("INSERT OR IGNORE INTO names (hash, covers, place) VALUES (?, ?, ?)")
  const deleteName = db.prepare("DELETE FROM names WHERE hash = ? AND covers = ? AND place = ?")
  const expired = db.prepare("SELECT place, record FROM findings WHERE expires_at <= ?")
  const deleteFinding = db.prepare("DELETE FROM findings WHERE place = ?")
  return {
    put: (finding, expiresAt) => {
      const facets = facetsOf(finding)
      const row = put.get(
        finding.id,
        texts.codeOf(finding.scope.account),
        texts.codeOf(finding.scope.region),
        texts.codeOf(facets.scan),
        texts.codeOf(facets.category),
        texts.codeOf(facets.account),
        texts.codeOf(facets.region),
        texts.codeOf(facets.service),
        facets.owner === "" ? null : texts.codeOf(facets.owner),
        kinds.indexOf(facets.kind),
        severities.indexOf(facets.severity),
        statuses.indexOf(facets.status),
        Number(facets.confirmed),
        rankOf(facets),
        Number(finding.savings?.counted === true),
        expiresAt,
        findingRecord.toJson(finding)
      ) as unknown as { readonly place: number }
      for (const { covers, hash } of namesOf(finding)) putName.run(hash, covers, row.place)
    },
    purge: (now) => {
      for (const row of expired.all(now)) {
        const { place, record } = row as unknown as { readonly place: number; readonly record: string }
        for (const { covers, hash } of namesOf(findingRecord.fromJson(record, false))) {
          deleteName.run(hash, covers, place)
        }
        deleteFinding.run(place)
      }
    }
  }
}
