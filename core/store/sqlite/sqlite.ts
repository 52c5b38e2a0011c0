/** The store of one machine: a SQLite file that the command line and the MCP server can have open at the same time. */
import { closeSync, mkdirSync, openSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { pathToFileURL } from "node:url"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { specialKind } from "../../file.ts"
import { claimedArns } from "../../finding/claims.ts"
import type { Finding } from "../../finding/Finding.ts"
import { allAccounts } from "../../run/Rollup.ts"
import { everyRegion, type Scope } from "../../Scope.ts"
import { millisPerDay } from "../../time.ts"
import {
  checkLimit,
  eventCursor,
  findingCursor,
  isIdPrefix,
  openFirst,
  pageOf,
  positionOf,
  runCursor,
  statuses
} from "../query.ts"
import {
  answerRecord,
  accountSummaryRecord,
  cacheRecord,
  eventRecord,
  expiry,
  findingRecord,
  nanoUsd,
  outcomeRecord,
  reportRecord,
  rollupRecord,
  runRecord,
  scopeRecord,
  stampOf,
  trendRecord,
  unixSeconds
} from "../records.ts"
import { Store, StoreError } from "../Store.ts"
import { makeFindingRows, makeTexts, nameHash } from "./findingRows.ts"
import { makeFindingSearch } from "./findingSearch.ts"
import { applicationId, expiringTables, migrations } from "./schema.ts"

/** What went wrong, for the primary result codes of SQLite that a person can do something about. */
const explanations: Record<number, (busyTimeoutMillis: number) => readonly [StoreError["kind"], string]> = {
  5: (millis) => [
    "locked",
    `is locked by another process (waited ${millis / 1000} s). Try again when that process is done.`
  ],
  8: () => ["failed", "cannot be written to. Check the permissions of the file and its folder."],
  11: () => ["unusable", "is damaged. Move the file away to start a new store, or put a copy of it back."],
  13: () => ["failed", "cannot grow because the disk is full. Make room and try again."],
  14: () => ["failed", "cannot be opened. Check that its folder can be written to by this user."],
  26: () => ["unusable", "is not a database. Choose another path, or move the file away."]
}

const errorOf =
  (filename: string, busyTimeoutMillis: number) =>
  (cause: unknown): StoreError => {
    const resultCode = Predicate.hasProperty(cause, "errcode") ? Number(cause.errcode) & 0xff : undefined
    const message = (Predicate.isError(cause) ? cause.message : String(cause)).replace(/\s+/g, " ")
    const [kind, explanation] = explanations[resultCode ?? -1]?.(busyTimeoutMillis) ?? [
      Schema.isSchemaError(cause) ? "unusable" : "failed",
      Schema.isSchemaError(cause)
        ? `has or was given a record that does not fit this version of nightaudit (${message}).`
        : `could not be used (${message}). Check the path, its permissions and the disk.`
    ]
    return new StoreError({ kind, message: `The store ${filename} ${explanation}` })
  }

const pragma = (db: DatabaseSync, name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()?.[name])

/** Whether this user may write the file. */
const isWritable = (filename: string): boolean => {
  try {
    closeSync(openSync(filename, "r+"))
    return true
  } catch {
    return false
  }
}

/**
 * Where a file is opened from. SQLite writes beside what it only reads, unless it is told that nobody changes the file; that is
 * so where it cannot be written to.
 */
const locationOf = (filename: string, writable: boolean): string | URL =>
  writable ? filename : new URL(`${pathToFileURL(filename).href}?immutable=1`)

/** Fails when an existing file is not a store that this version can use. Does not change it. */
const inspect = Effect.fn("sqlite.inspect")(function* (
  filename: string,
  writable: boolean,
  busyTimeoutMillis: number,
  attempt: <A>(run: () => A) => Effect.Effect<A, StoreError>
) {
  // Only a read-only connection is sure to leave alone a file that is not ours to change.
  const found = yield* Effect.acquireUseRelease(
    attempt(() => new DatabaseSync(locationOf(filename, writable), { readOnly: true, timeout: busyTimeoutMillis })),
    (db) =>
      attempt(() => {
        // One transaction sees the file before or after another process makes the tables, and nothing in between.
        db.exec("BEGIN")
        return {
          applicationId: pragma(db, "application_id"),
          version: pragma(db, "user_version"),
          isEmpty: db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined
        }
      }),
    (db) => Effect.sync(() => db.close())
  )
  const isNew = found.applicationId === 0 && found.version === 0 && found.isEmpty
  if (found.applicationId !== applicationId && !isNew) {
    const message = `The store ${filename} is a database of another program. Choose another path.`
    return yield* new StoreError({ kind: "unusable", message })
  }
  if (found.version > migrations.length) {
    const message =
      `The store ${filename} was written by a newer version of nightaudit (store version ${found.version}, this one ` +
      `knows ${migrations.length}). Update nightaudit, or choose another path.`
    return yield* new StoreError({ kind: "newer", message })
  }
  if (!writable && found.version < migrations.length) {
    const message =
      `The store ${filename} is from an older version of nightaudit (store version ${found.version}, this one writes ` +
      `${migrations.length}) and cannot be written to. Let nightaudit write it once, or read a copy of it.`
    return yield* new StoreError({ kind: "unusable", message })
  }
})

/** Opens the file, or creates it with its folder, and brings it to this version. One that cannot be written to is only read. */
const open = Effect.fn("sqlite.open")(function* (filename: string, busyTimeoutMillis: number) {
  const toError = errorOf(filename, busyTimeoutMillis)
  const attempt = <A>(run: () => A) => Effect.try({ try: run, catch: toError })

  let writable = true
  if (filename !== ":memory:") {
    const existing = yield* attempt(() => statSync(filename, { throwIfNoEntry: false }))
    if (existing?.isDirectory()) {
      const message = `The store ${filename} is a folder. Give the path of a file.`
      return yield* new StoreError({ kind: "unusable", message })
    }
    const kind = existing === undefined ? undefined : specialKind(existing)
    if (kind !== undefined) {
      const message = `The store ${filename} is a ${kind}. Give the path of a file.`
      return yield* new StoreError({ kind: "unusable", message })
    }
    if (existing === undefined) {
      // What an account wastes is nobody else's business. The files that SQLite puts beside it get the same permissions.
      yield* attempt(() => mkdirSync(dirname(filename), { recursive: true, mode: 0o700 }))
      // Where this fails, SQLite says why.
      yield* Effect.ignore(attempt(() => closeSync(openSync(filename, "a", 0o600))))
    } else {
      writable = isWritable(filename)
      yield* inspect(filename, writable, busyTimeoutMillis, attempt)
    }
  }

  const db = yield* Effect.acquireRelease(
    attempt(
      () => new DatabaseSync(locationOf(filename, writable), { readOnly: !writable, timeout: busyTimeoutMillis })
    ),
    (db) => Effect.sync(() => db.close())
  )
  const transaction = <A>(run: () => A) =>
    Effect.try({
      try: () => {
        db.exec("BEGIN IMMEDIATE")
        const answer = run()
        db.exec("COMMIT")
        return answer
      },
      catch: (cause) => {
        if (db.isTransaction) db.exec("ROLLBACK")
        return toError(cause)
      }
    })
  // Two processes that make a file at the same time get in each other's way here, and SQLite does not wait by itself.
  yield* attempt(() => {
    if (writable && db.prepare("PRAGMA journal_mode").get()?.journal_mode === "delete") {
      db.exec("BEGIN IMMEDIATE; COMMIT; PRAGMA journal_mode = WAL")
    }
  }).pipe(Effect.retry({ times: 3, while: ({ kind }) => kind === "locked" }))
  // A power cut can undo the last writes, and a run that is resumed repeats them; a crash undoes nothing. The cache of 24 MB
  // holds an index of 300,000 findings, and the system keeps the rest of the file: a command stays below 300 MB.
  yield* attempt(() => db.exec("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -24576"))
  const version = yield* attempt(() => pragma(db, "user_version"))
  if (version < migrations.length) {
    yield* transaction(() => {
      // Another process may have been faster.
      for (const migrate of migrations.slice(pragma(db, "user_version"))) migrate(db)
      db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`)
    })
  }
  return { db, attempt, transaction }
})

/** A run that is dated this long after the newest one before it is told by a wrong clock, as far as deleting goes. */
const trustedMillis = 45 * millisPerDay

/** A statement per thing that the store does. */
const prepare = (db: DatabaseSync) => ({
  purge: expiringTables.map((table) => db.prepare(`DELETE FROM ${table} WHERE expires_at <= ?`)),
  putRun: db.prepare("INSERT OR REPLACE INTO runs (id, record, expires_at) VALUES (?, ?, ?)"),
  newestOtherRun: db.prepare(
    "SELECT json_extract(record, '$.startedAt') AS startedAt FROM runs WHERE id <> :id ORDER BY id DESC LIMIT 1"
  ),
  run: db.prepare("SELECT record FROM runs WHERE id = :id AND expires_at > :now"),
  runs: db.prepare(`
    SELECT record FROM runs WHERE (:before IS NULL OR id < :before) AND expires_at > :now ORDER BY id DESC LIMIT :limit
  `),
  putScopeRecord: db.prepare(`
    INSERT OR REPLACE INTO scope_records (run_id, account, region, record, expires_at) VALUES (?, ?, ?, ?, ?)
  `),
  scopeRecord: db.prepare(`
    SELECT record FROM scope_records WHERE run_id = :runId AND account = :account AND region = :region AND expires_at > :now
  `),
  scopeRecords: db.prepare(`
    SELECT record FROM scope_records WHERE run_id = :runId AND account = :account AND expires_at > :now ORDER BY region
  `),
  putAccountSummary: db.prepare(
    "INSERT OR REPLACE INTO account_summaries (run_id, account, record, expires_at) VALUES (?, ?, ?, ?)"
  ),
  accountSummaries: db.prepare(
    "SELECT record FROM account_summaries WHERE run_id = :runId AND expires_at > :now ORDER BY account"
  ),
  someAccountSummaries: db.prepare(`
    SELECT record FROM account_summaries
    WHERE run_id = :runId AND account IN (SELECT value FROM json_each(:accounts)) AND expires_at > :now ORDER BY account
  `),
  putOutcome: db.prepare(`
    INSERT INTO outcomes (account, region, scan, as_of, record) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET as_of = excluded.as_of, record = excluded.record WHERE excluded.as_of >= as_of
  `),
  outcomes: db.prepare("SELECT record FROM outcomes WHERE account = :account AND region = :region ORDER BY scan"),
  someOutcomes: db.prepare(`
    SELECT record FROM outcomes
    WHERE account = :account AND region = :region AND scan IN (SELECT value FROM json_each(:scans)) ORDER BY scan
  `),
  regions: db.prepare(
    "SELECT DISTINCT region AS record FROM outcomes WHERE account = :account AND region <> :everyRegion ORDER BY region"
  ),
  setCounted: db.prepare("UPDATE findings SET counted = :counted WHERE id = :id AND counted <> :counted"),
  finding: db.prepare(
    "SELECT record, counted FROM findings WHERE id = :id AND (expires_at IS NULL OR expires_at > :now)"
  ),
  findingsIn: db.prepare(`
    SELECT record, counted FROM findings
    WHERE scope_account = :account AND scope_region = :region AND scan = :scan AND (expires_at IS NULL OR expires_at > :now)
  `),
  findingsById: db.prepare(`
    SELECT record, counted FROM findings
    WHERE id IN (SELECT value FROM json_each(:ids)) AND (expires_at IS NULL OR expires_at > :now)
      AND +scope_account = :account AND +scope_region = :region AND +scan = :scan
  `),
  openIds: db.prepare(`
    SELECT id AS record FROM findings
    WHERE scope_account = :account AND scope_region = :region AND scan = :scan AND status < :resolved
  `),
  beginningWith: db.prepare(`
    SELECT record, counted FROM findings
    WHERE id >= :prefix AND id < :prefix || 'g' AND (expires_at IS NULL OR expires_at > :now)
    ORDER BY status = :resolved, rank, id LIMIT :limit
  `),
  named: db.prepare(`
    SELECT record, counted FROM names JOIN findings USING (place)
    WHERE hash = :hash AND covers = 0 AND (expires_at IS NULL OR expires_at > :now)
    ORDER BY status = :resolved, rank, id LIMIT :limit
  `),
  claiming: db.prepare(`
    SELECT record, counted FROM names JOIN findings USING (place)
    WHERE hash = :hash AND (expires_at IS NULL OR expires_at > :now)
  `),
  nextAccount: db.prepare("SELECT min(account) AS code FROM findings WHERE status = ? AND account > ?"),
  text: db.prepare("SELECT text AS record FROM texts WHERE code = :code"),
  putEvent: db.prepare(`
    INSERT OR REPLACE INTO events (finding_id, at, run_id, type, record, expires_at) VALUES (?, ?, ?, ?, ?, ?)
  `),
  events: db.prepare(
    "SELECT record FROM events WHERE finding_id = :id AND expires_at > :now ORDER BY at, run_id, type"
  ),
  runEvents: db.prepare(`
    SELECT record FROM events
    WHERE run_id = :runId AND (finding_id, at, type) > (:findingId, :at, :type) AND expires_at > :now
    ORDER BY finding_id, at, type LIMIT :limit
  `),
  putReport: db.prepare(`
    INSERT INTO reports (scan, account, region, as_of, record) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET as_of = excluded.as_of, record = excluded.record WHERE excluded.as_of >= as_of
  `),
  reports: db.prepare(`
    SELECT record FROM reports
    WHERE scan = :scan AND (:account IS NULL OR (account = :account AND region = :region)) ORDER BY account, region
  `),
  putTrend: db.prepare("INSERT OR REPLACE INTO trend (account, day, record, expires_at) VALUES (?, ?, ?, ?)"),
  trend: db.prepare(
    "SELECT record FROM trend WHERE account = :account AND day >= :fromDay AND expires_at > :now ORDER BY day"
  ),
  putRollup: db.prepare(`
    INSERT INTO rollups (account, as_of, expires_at, sums, cells) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
      as_of = excluded.as_of, expires_at = excluded.expires_at, sums = excluded.sums, cells = excluded.cells
    WHERE excluded.as_of >= as_of
  `),
  rollups: db.prepare(`
    SELECT sums, iif(:cells, cells, NULL) AS cells FROM rollups
    WHERE iif(:accounts IS NULL, account <> :all, account IN (SELECT value FROM json_each(:accounts)))
      AND expires_at > :now
    ORDER BY account
  `),
  putAnswer: db.prepare(`
    INSERT OR REPLACE INTO answers (account, region, probe, key, expires_at, record) VALUES (?, ?, ?, ?, ?, ?)
  `),
  answers: db.prepare(`
    SELECT record FROM answers
    WHERE account = :account AND region = :region AND probe = :probe
      AND key IN (SELECT value FROM json_each(:keys)) AND expires_at > :now
  `),
  takeLease: db.prepare(`
    INSERT INTO leases (name, holder, until_millis) VALUES (:name, :holder, :until)
    ON CONFLICT DO UPDATE SET holder = excluded.holder, until_millis = excluded.until_millis
      WHERE holder = excluded.holder OR until_millis <= :nowMillis
  `),
  holder: db.prepare("SELECT holder AS record FROM leases WHERE name = :name"),
  release: db.prepare("DELETE FROM leases WHERE name = ? AND holder = ?"),
  spend: db.prepare(`
    INSERT INTO spending (run_id, nano_usd, expires_at) VALUES (:runId, :amount, :expiresAt)
    ON CONFLICT DO UPDATE SET nano_usd = nano_usd + :amount WHERE nano_usd + :amount <= :cap
  `),
  putCache: db.prepare("INSERT OR REPLACE INTO cache (key, record, expires_at) VALUES (?, ?, ?)"),
  cached: db.prepare("SELECT record FROM cache WHERE key = :key AND expires_at > :now")
})

/** What is read of a row. `counted` is there for findings. */
interface Row {
  readonly record: string
  readonly counted: number
}

const rows = <A>(
  statement: StatementSync,
  parameters: Record<string, SQLInputValue>,
  decode: (row: Row) => A
): ReadonlyArray<A> => Array.from(statement.iterate(parameters) as Iterable<unknown> as Iterable<Row>, decode)

const recordOf = ({ record }: Row): string => record

const findingOf = ({ counted, record }: Pick<Row, "record" | "counted">): Finding =>
  findingRecord.fromJson(record, counted === 1)

const resolved = statuses.indexOf("resolved")

/**
 * The store in a SQLite file, which is created with its folder where there is none. Other processes may use the file; one
 * that is writing is waited for, 5 seconds at most.
 */
export const layerSqlite = (
  filename: string,
  { busyTimeoutMillis = 5000 }: { readonly busyTimeoutMillis?: number } = {}
): Layer.Layer<Store, StoreError> =>
  Layer.effect(
    Store,
    Effect.gen(function* () {
      const { attempt, db, transaction } = yield* open(filename, busyTimeoutMillis)
      const { findingRows, search, sql, texts } = yield* attempt(() => {
        const texts = makeTexts(db)
        return {
          texts,
          sql: prepare(db),
          findingRows: makeFindingRows(db, texts),
          search: makeFindingSearch(db, texts)
        }
      })

      /** Reads with the current Unix second, so that what has expired can be left out. */
      const read = <A>(run: (now: number) => A) =>
        Effect.flatMap(Clock.currentTimeMillis, (millis) => attempt(() => run(unixSeconds(millis))))
      /** Writes all or nothing, with the current time in milliseconds. */
      const write = <A>(run: (nowMillis: number) => A) =>
        Effect.flatMap(Clock.currentTimeMillis, (millis) => transaction(() => run(millis))).pipe(
          Effect.tapError(() => Effect.sync(texts.forget))
        )

      /** The codes of a scope and a scan, or undefined where no finding has them. */
      const placeOf = ({ account, region }: Scope, scan: string) => {
        const codes = { account: texts.find(account), region: texts.find(region), scan: texts.find(scan) }
        return codes.account === undefined || codes.region === undefined || codes.scan === undefined
          ? undefined
          : (codes as { readonly account: number; readonly region: number; readonly scan: number })
      }

      return Store.of({
        // Runs are written a few times a night: the moment to let go of what is no longer kept.
        putRun: (run) =>
          write((nowMillis) => {
            sql.putRun.run(run.id, runRecord.toJson(run), expiry("run", nowMillis))
            const before = sql.newestOtherRun.get({ id: run.id })?.startedAt
            if (typeof before !== "string") return
            // A clock that jumped ahead must not end what is still kept.
            const now = unixSeconds(Math.min(nowMillis, Date.parse(before) + trustedMillis))
            for (const statement of sql.purge) statement.run(now)
            findingRows.purge(now)
          }),
        run: (id) => read((now) => rows(sql.run, { id, now }, ({ record }) => runRecord.fromJson(record))[0]),
        runs: Effect.fn("Store.runs")(function* (limit, cursor) {
          yield* checkLimit(limit)
          const before = (yield* runCursor.decode(cursor))?.runId ?? null
          const runs = yield* read((now) =>
            rows(sql.runs, { before, now, limit: limit + 1 }, ({ record }) => runRecord.fromJson(record))
          )
          return pageOf(runs, limit, ({ id }) => runCursor.encode({ runId: id }))
        }),

        putAccountSummary: (summary) =>
          write((nowMillis) => {
            const json = accountSummaryRecord.toJson(summary)
            sql.putAccountSummary.run(summary.runId, summary.account, json, expiry("scopeRecord", nowMillis))
          }),
        accountSummaries: (runId, accounts) =>
          read((now) =>
            (accounts === undefined
              ? rows(sql.accountSummaries, { runId, now }, recordOf)
              : rows(sql.someAccountSummaries, { runId, now, accounts: JSON.stringify(accounts) }, recordOf)
            ).map((json) => accountSummaryRecord.fromJson(json))
          ),
        putScope: (scope) =>
          write((nowMillis) => {
            const { account, region, runId } = scope
            for (const outcome of scope.apart === true ? [] : scope.outcomes) {
              sql.putOutcome.run(account, region, outcome.scan, outcome.asOf, outcomeRecord.toJson(outcome))
            }
            const expiresAt = expiry("scopeRecord", nowMillis)
            sql.putScopeRecord.run(runId, account, region, scopeRecord.toJson(scope), expiresAt)
          }),
        scopeRecord: (runId, { account, region }) =>
          read(
            (now) =>
              rows(sql.scopeRecord, { runId, account, region, now }, ({ record }) => scopeRecord.fromJson(record))[0]
          ),
        scopeRecords: (runId, account) =>
          read((now) => rows(sql.scopeRecords, { runId, account, now }, ({ record }) => scopeRecord.fromJson(record))),
        latestOutcomes: ({ account, region }, scans) =>
          attempt(() =>
            (scans === undefined
              ? rows(sql.outcomes, { account, region }, recordOf)
              : rows(sql.someOutcomes, { account, region, scans: JSON.stringify(scans) }, recordOf)
            ).map((json) => outcomeRecord.fromJson(json))
          ),
        regionsOf: (account) => attempt(() => rows(sql.regions, { account, everyRegion }, recordOf)),

        findingsIn: (scope, scan, ids) =>
          read((now) => {
            const place = placeOf(scope, scan)
            if (place === undefined) return []
            return ids === undefined
              ? rows(sql.findingsIn, { ...place, now }, findingOf)
              : rows(sql.findingsById, { ...place, now, ids: JSON.stringify(ids) }, findingOf)
          }),
        openIds: (scope, scan) =>
          attempt(() => {
            const place = placeOf(scope, scan)
            return place === undefined ? [] : rows(sql.openIds, { ...place, resolved }, recordOf)
          }),
        writeTransitions: (transitions, before = []) =>
          write((nowMillis) => {
            const now = unixSeconds(nowMillis)
            const changed = new Set(transitions.map(({ finding }) => finding.id))
            const left = before.flatMap((one) => {
              if (!changed.has(one.id)) return []
              const [current] = rows(sql.finding, { id: one.id, now }, findingOf)
              return current === undefined || stampOf(current) === stampOf(one) ? [] : [one.id]
            })
            const isLeft = new Set(left)
            for (const { events, finding } of transitions) {
              if (isLeft.has(finding.id)) continue
              for (const event of events) {
                const json = eventRecord.toJson(event)
                sql.putEvent.run(finding.id, event.at, event.runId, event.type, json, expiry("event", nowMillis))
              }
              findingRows.put(finding, finding.status === "resolved" ? expiry("resolvedFinding", nowMillis) : null)
            }
            return left
          }),
        setCounted: (changes) =>
          transaction(() => {
            for (const { counted, finding } of changes) sql.setCounted.run({ id: finding.id, counted: Number(counted) })
          }),
        finding: (id) => read((now) => rows(sql.finding, { id, now }, findingOf)[0]),
        findingsNamed: Effect.fn("Store.findingsNamed")(function* (text, limit) {
          yield* checkLimit(limit)
          return yield* read((now) => {
            const named = rows(sql.named, { hash: nameHash(text), now, limit, resolved }, findingOf).filter(
              ({ resource }) => resource.arn === text || resource.id === text
            )
            const begun = isIdPrefix(text)
              ? rows(sql.beginningWith, { prefix: text, now, limit, resolved }, findingOf)
              : []
            const found = new Map([...named, ...begun].map((finding) => [finding.id, finding]))
            return openFirst(found.values()).slice(0, limit)
          })
        }),
        findingsClaiming: (account, arns) =>
          read((now) => {
            const wanted = new Set(arns)
            const found = [...wanted].flatMap((arn) => rows(sql.claiming, { hash: nameHash(arn), now }, findingOf))
            const claiming = found.filter(
              (finding) => finding.account === account && claimedArns(finding).some((arn) => wanted.has(arn))
            )
            return openFirst(new Map(claiming.map((finding) => [finding.id, finding])).values())
          }),
        history: (id) => read((now) => rows(sql.events, { id, now }, ({ record }) => eventRecord.fromJson(record))),
        findings: Effect.fn("Store.findings")(function* (query) {
          yield* checkLimit(query.limit)
          const after = yield* findingCursor.decode(query.cursor)
          const found = yield* read((now) => Array.from(search.page(query, after, query.limit + 1, now), findingOf))
          return pageOf(found, query.limit, (last) => findingCursor.encode(positionOf(last)))
        }),
        tally: (query, atMost) => read((now) => search.tally(query, atMost, now)),
        runEvents: Effect.fn("Store.runEvents")(function* (runId, limit, cursor) {
          yield* checkLimit(limit)
          const after = (yield* eventCursor.decode(cursor)) ?? { findingId: "", at: "", type: "" }
          const events = yield* read((now) =>
            rows(sql.runEvents, { runId, now, limit: limit + 1, ...after }, ({ record }) =>
              eventRecord.fromJson(record)
            )
          )
          return pageOf(events, limit, eventCursor.encode)
        }),
        accountsWithFindings: attempt(() => {
          const codes = new Set<number>()
          for (let status = 0; status < resolved; status += 1) {
            let next = sql.nextAccount.get(status, 0)?.code
            while (typeof next === "number") {
              codes.add(next)
              next = sql.nextAccount.get(status, next)?.code
            }
          }
          return [...codes].flatMap((code) => rows(sql.text, { code }, recordOf)).sort()
        }),

        putReport: (report) =>
          transaction(() => {
            sql.putReport.run(report.scan, report.account, report.region, report.asOf, reportRecord.toJson(report))
          }),
        reports: (scan, scope) =>
          attempt(() =>
            rows(sql.reports, { scan, account: scope?.account ?? null, region: scope?.region ?? null }, ({ record }) =>
              reportRecord.fromJson(record)
            )
          ),

        putTrend: (points) =>
          write((nowMillis) => {
            for (const point of points) {
              sql.putTrend.run(point.account, point.day, trendRecord.toJson(point), expiry("trendPoint", nowMillis))
            }
          }),
        trend: (account, fromDay) =>
          read((now) => rows(sql.trend, { account, fromDay, now }, ({ record }) => trendRecord.fromJson(record))),

        putRollups: (rollups) =>
          write((nowMillis) => {
            for (const rollup of rollups) {
              sql.putRollup.run(
                rollup.account,
                rollup.asOf,
                expiry("rollup", nowMillis),
                rollupRecord.sumsToJson(rollup),
                rollup.cells === null ? null : rollupRecord.cellsToJson(rollup.cells)
              )
            }
          }),
        rollups: (accounts, { cells } = { cells: false }) =>
          read((now) => {
            const parameters = {
              now,
              all: allAccounts,
              cells: Number(cells),
              accounts: accounts === undefined ? null : JSON.stringify(accounts)
            }
            const found = sql.rollups.iterate(parameters) as Iterable<unknown> as Iterable<{
              readonly sums: string
              readonly cells: string | null
            }>
            return Array.from(found, (row) => rollupRecord.fromJson(row.sums, row.cells ?? undefined))
          }),

        remembered: ({ account, region }, probe, keys) =>
          read((now) =>
            rows(sql.answers, { account, region, probe, now, keys: JSON.stringify(keys) }, ({ record }) =>
              answerRecord.fromJson(record)
            )
          ),
        remember: ({ account, region }, probe, answers) =>
          write((nowMillis) => {
            for (const answer of answers) {
              const json = answerRecord.toJson(answer)
              sql.putAnswer.run(account, region, probe, answer.key, expiry("answer", nowMillis), json)
            }
          }),

        lease: (name, holder, until) =>
          write((nowMillis) => {
            sql.takeLease.run({ name, holder, until: until.getTime(), nowMillis })
            return rows(sql.holder, { name }, recordOf)[0] ?? holder
          }),
        release: (name, holder) =>
          attempt(() => {
            sql.release.run(name, holder)
          }),

        spend: (runId, usd, capUsd) =>
          Effect.flatMap(Clock.currentTimeMillis, (millis) =>
            attempt(() => {
              const [amount, cap] = [nanoUsd(usd), nanoUsd(capUsd)]
              if (amount > cap) return false
              const { changes } = sql.spend.run({ runId, amount, cap, expiresAt: expiry("spending", millis) })
              return changes === 1
            })
          ),

        cache: (key, value, expires) =>
          transaction(() => {
            sql.putCache.run(key, cacheRecord.toJson(value), unixSeconds(expires.getTime()))
          }),
        cached: (key) => read((now) => rows(sql.cached, { key, now }, ({ record }) => cacheRecord.fromJson(record))[0])
      })
    })
  )

/** The store in memory, for a run whose results nobody keeps: gone with its layer. */
export const layerMemory: Layer.Layer<Store, StoreError> = layerSqlite(":memory:")
