/** The store of one machine: a SQLite file that the command line and the MCP server can have open at the same time. */
import { mkdirSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { centsOf, checkLimit, facetsOf, findingCursor, maxCents, pageOf, positionOf, runCursor } from "../query.ts"
import {
  cacheRecord,
  eventRecord,
  expiry,
  findingRecord,
  nanoUsd,
  outcomeRecord,
  reportRecord,
  runRecord,
  scopeRecord,
  trendRecord,
  unixSeconds
} from "../records.ts"
import { Store, StoreError } from "../Store.ts"

/** `NAUD`: marks a SQLite file as ours in its header. */
const applicationId = 0x4e415544

// Each entry brings a file from the version that is its index to the next. Entries that were released never change.
const migrations = [
  `
  CREATE TABLE runs (id TEXT PRIMARY KEY, record TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT;
  CREATE TABLE scope_records (
    run_id TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, record TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (run_id, account, region)
  ) STRICT;
  CREATE TABLE outcomes (
    account TEXT NOT NULL, region TEXT NOT NULL, scan TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (account, region, scan)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE findings (
    id TEXT PRIMARY KEY, scope_account TEXT NOT NULL, scope_region TEXT NOT NULL, scan TEXT NOT NULL,
    category TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, severity TEXT NOT NULL,
    confirmed INTEGER NOT NULL, status TEXT NOT NULL, owner TEXT, cents INTEGER NOT NULL,
    counted INTEGER NOT NULL, record TEXT NOT NULL, expires_at INTEGER
  ) STRICT;
  CREATE INDEX findings_by_scope ON findings (scope_account, scope_region, scan);
  CREATE INDEX findings_by_saving ON findings (
    cents DESC, id, status, scan, category, account, region, severity, confirmed, owner, expires_at
  );
  CREATE INDEX findings_expiring ON findings (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE events (
    finding_id TEXT NOT NULL, at TEXT NOT NULL, run_id TEXT NOT NULL, type TEXT NOT NULL, record TEXT NOT NULL,
    expires_at INTEGER NOT NULL, PRIMARY KEY (finding_id, at, run_id, type)
  ) STRICT;
  CREATE INDEX events_expiring ON events (expires_at);
  CREATE TABLE reports (
    scan TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, as_of TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (scan, account, region)
  ) STRICT;
  CREATE TABLE trend (
    account TEXT NOT NULL, day TEXT NOT NULL, record TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (account, day)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE spending (
    run_id TEXT PRIMARY KEY, nano_usd INTEGER NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE cache (key TEXT PRIMARY KEY, record TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT;
  `
]

const expiringTables = ["runs", "scope_records", "findings", "events", "trend", "spending", "cache"]

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

/** Fails when an existing file is not a store that this version can use. Does not change it. */
const inspect = Effect.fn("sqlite.inspect")(function* (
  filename: string,
  busyTimeoutMillis: number,
  attempt: <A>(run: () => A) => Effect.Effect<A, StoreError>
) {
  // Only a read-only connection is sure to leave alone a file that is not ours to change.
  const found = yield* Effect.acquireUseRelease(
    attempt(() => new DatabaseSync(filename, { readOnly: true, timeout: busyTimeoutMillis })),
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
})

/** Opens the file, or creates it with its folder, and brings it to this version. */
const open = Effect.fn("sqlite.open")(function* (filename: string, busyTimeoutMillis: number) {
  const toError = errorOf(filename, busyTimeoutMillis)
  const attempt = <A>(run: () => A) => Effect.try({ try: run, catch: toError })

  if (filename !== ":memory:") {
    const existing = yield* attempt(() => statSync(filename, { throwIfNoEntry: false }))
    if (existing?.isDirectory()) {
      const message = `The store ${filename} is a folder. Give the path of a file.`
      return yield* new StoreError({ kind: "unusable", message })
    }
    if (existing === undefined) yield* attempt(() => mkdirSync(dirname(filename), { recursive: true }))
    else yield* inspect(filename, busyTimeoutMillis, attempt)
  }

  const db = yield* Effect.acquireRelease(
    attempt(() => new DatabaseSync(filename, { timeout: busyTimeoutMillis })),
    (db) => Effect.sync(() => db.close())
  )
  const transaction = (run: () => void) =>
    Effect.try({
      try: () => {
        db.exec("BEGIN IMMEDIATE")
        run()
        db.exec("COMMIT")
      },
      catch: (cause) => {
        if (db.isTransaction) db.exec("ROLLBACK")
        return toError(cause)
      }
    })
  // Two processes that make a file at the same time get in each other's way here, and SQLite does not wait by itself.
  yield* attempt(() => {
    if (db.prepare("PRAGMA journal_mode").get()?.journal_mode === "delete") {
      db.exec("BEGIN IMMEDIATE; COMMIT; PRAGMA journal_mode = WAL")
    }
  }).pipe(Effect.retry({ times: 3, while: ({ kind }) => kind === "locked" }))
  // A power cut can undo the last writes, and a run that is resumed repeats them; a crash undoes nothing. The cache of 64 MB
  // holds the indexes of 100,000 findings.
  yield* attempt(() => db.exec("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536"))
  const version = yield* attempt(() => pragma(db, "user_version"))
  if (version < migrations.length) {
    yield* transaction(() => {
      // Another process may have been faster.
      for (const migration of migrations.slice(pragma(db, "user_version"))) db.exec(migration)
      db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`)
    })
  }
  return { db, attempt, transaction }
})

/** A statement per thing that the store does. */
const prepare = (db: DatabaseSync) => ({
  purge: expiringTables.map((table) => db.prepare(`DELETE FROM ${table} WHERE expires_at <= ?`)),
  putRun: db.prepare("INSERT OR REPLACE INTO runs (id, record, expires_at) VALUES (?, ?, ?)"),
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
  putOutcome: db.prepare("INSERT OR REPLACE INTO outcomes (account, region, scan, record) VALUES (?, ?, ?, ?)"),
  outcomes: db.prepare("SELECT record FROM outcomes WHERE account = :account AND region = :region ORDER BY scan"),
  putFinding: db.prepare(`
    INSERT INTO findings (
      id, scope_account, scope_region, scan, category, account, region, severity, confirmed, status, owner, cents, counted,
      record, expires_at
    ) VALUES (
      :id, :scopeAccount, :scopeRegion, :scan, :category, :account, :region, :severity, :confirmed, :status, :owner,
      :cents, :counted, :record, :expiresAt
    ) ON CONFLICT DO UPDATE SET
      scope_account = excluded.scope_account, scope_region = excluded.scope_region, scan = excluded.scan,
      category = excluded.category, account = excluded.account, region = excluded.region, severity = excluded.severity,
      confirmed = excluded.confirmed, status = excluded.status, owner = excluded.owner, cents = excluded.cents,
      counted = excluded.counted, record = excluded.record, expires_at = excluded.expires_at
  `),
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
    WHERE scope_account = :account AND scope_region = :region AND scan = :scan AND status = 'open'
  `),
  findings: db.prepare(`
    SELECT record, counted FROM findings
    WHERE cents BETWEEN :minCents AND :maxCents AND id > :afterId
      AND (expires_at IS NULL OR expires_at > :now)
      AND (:status IS NULL OR status = :status)
      AND (:confirmed IS NULL OR confirmed = :confirmed)
      AND (:owner IS NULL OR owner = :owner)
      AND (:scans IS NULL OR scan IN (SELECT value FROM json_each(:scans)))
      AND (:categories IS NULL OR category IN (SELECT value FROM json_each(:categories)))
      AND (:accounts IS NULL OR account IN (SELECT value FROM json_each(:accounts)))
      AND (:regions IS NULL OR region IN (SELECT value FROM json_each(:regions)))
      AND (:severities IS NULL OR severity IN (SELECT value FROM json_each(:severities)))
    ORDER BY cents DESC, id LIMIT :limit
  `),
  accounts: db.prepare("SELECT DISTINCT account FROM findings WHERE status = 'open' ORDER BY account"),
  putEvent: db.prepare(`
    INSERT OR REPLACE INTO events (finding_id, at, run_id, type, record, expires_at) VALUES (?, ?, ?, ?, ?, ?)
  `),
  events: db.prepare(
    "SELECT record FROM events WHERE finding_id = :id AND expires_at > :now ORDER BY at, run_id, type"
  ),
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
  spend: db.prepare(`
    INSERT INTO spending (run_id, nano_usd, expires_at) VALUES (:runId, :amount, :expiresAt)
    ON CONFLICT DO UPDATE SET nano_usd = nano_usd + :amount WHERE nano_usd + :amount <= :cap
  `),
  putCache: db.prepare("INSERT OR REPLACE INTO cache (key, record, expires_at) VALUES (?, ?, ?)"),
  cached: db.prepare("SELECT record FROM cache WHERE key = :key AND expires_at > :now")
})

/** What is read of a row. `counted` is there for findings, `account` where accounts are listed. */
interface Row {
  readonly record: string
  readonly counted: number
  readonly account: string
}

const rows = <A>(
  statement: StatementSync,
  parameters: Record<string, SQLInputValue>,
  decode: (row: Row) => A
): ReadonlyArray<A> => Array.from(statement.iterate(parameters) as Iterable<unknown> as Iterable<Row>, decode)

const findingOf = ({ counted, record }: Row) => findingRecord.fromJson(record, counted === 1)

const jsonList = (values: ReadonlyArray<string> | undefined) => (values === undefined ? null : JSON.stringify(values))

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
      const sql = yield* attempt(() => prepare(db))

      /** Reads with the current Unix second, so that what has expired can be left out. */
      const read = <A>(run: (now: number) => A) =>
        Effect.flatMap(Clock.currentTimeMillis, (millis) => attempt(() => run(unixSeconds(millis))))
      /** Writes all or nothing, with the current time in milliseconds. */
      const write = (run: (nowMillis: number) => void) =>
        Effect.flatMap(Clock.currentTimeMillis, (millis) => transaction(() => run(millis)))

      return Store.of({
        // Runs are written a few times a night: the moment to let go of what is no longer kept.
        putRun: (run) =>
          write((nowMillis) => {
            sql.putRun.run(run.id, runRecord.toJson(run), expiry("run", nowMillis))
            for (const statement of sql.purge) statement.run(unixSeconds(nowMillis))
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

        putScope: (scope) =>
          write((nowMillis) => {
            const { account, region, runId } = scope
            for (const outcome of scope.outcomes) {
              sql.putOutcome.run(account, region, outcome.scan, outcomeRecord.toJson(outcome))
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
        latestOutcomes: ({ account, region }) =>
          attempt(() => rows(sql.outcomes, { account, region }, ({ record }) => outcomeRecord.fromJson(record))),

        findingsIn: ({ account, region }, scan, ids) =>
          read((now) =>
            ids === undefined
              ? rows(sql.findingsIn, { account, region, scan, now }, findingOf)
              : rows(sql.findingsById, { account, region, scan, now, ids: JSON.stringify(ids) }, findingOf)
          ),
        openIds: ({ account, region }, scan) =>
          attempt(() => rows(sql.openIds, { account, region, scan }, ({ record }) => record)),
        writeTransitions: (transitions) =>
          write((nowMillis) => {
            for (const { events, finding } of transitions) {
              for (const event of events) {
                const json = eventRecord.toJson(event)
                sql.putEvent.run(finding.id, event.at, event.runId, event.type, json, expiry("event", nowMillis))
              }
              const { confirmed, owner, ...facets } = facetsOf(finding)
              sql.putFinding.run({
                ...facets,
                confirmed: Number(confirmed),
                owner: owner ?? null,
                scopeAccount: finding.scope.account,
                scopeRegion: finding.scope.region,
                counted: Number(finding.savings.counted),
                record: findingRecord.toJson(finding),
                expiresAt: finding.status === "resolved" ? expiry("resolvedFinding", nowMillis) : null
              })
            }
          }),
        setCounted: (changes) =>
          transaction(() => {
            for (const { counted, finding } of changes) sql.setCounted.run({ id: finding.id, counted: Number(counted) })
          }),
        finding: (id) => read((now) => rows(sql.finding, { id, now }, findingOf)[0]),
        history: (id) => read((now) => rows(sql.events, { id, now }, ({ record }) => eventRecord.fromJson(record))),
        findings: Effect.fn("Store.findings")(function* (query) {
          yield* checkLimit(query.limit)
          const after = (yield* findingCursor.decode(query.cursor)) ?? { cents: maxCents, id: "" }
          const minCents = centsOf(query.minMonthlyUsd ?? 0)
          const page = (now: number, maxCents: number, minCents: number, afterId: string, limit: number) =>
            rows(
              sql.findings,
              {
                now,
                maxCents,
                minCents,
                afterId,
                limit,
                status: query.status ?? null,
                confirmed: query.confirmed === undefined ? null : Number(query.confirmed),
                owner: query.owner ?? null,
                scans: jsonList(query.scans),
                categories: jsonList(query.categories),
                accounts: jsonList(query.accounts),
                regions: jsonList(query.regions),
                severities: jsonList(query.severities)
              },
              findingOf
            )
          const found = yield* read((now) => {
            const limit = query.limit + 1
            if (after.cents < minCents) return []
            // Two ranges of the index: a single condition would read all findings of equal saving again for every page.
            const equal = page(now, after.cents, after.cents, after.id, limit)
            const smaller = limit - equal.length
            return smaller === 0 ? equal : [...equal, ...page(now, after.cents - 1, minCents, "", smaller)]
          })
          return pageOf(found, query.limit, (last) => findingCursor.encode(positionOf(last)))
        }),
        accountsWithFindings: attempt(() => rows(sql.accounts, {}, ({ account }) => account)),

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
