/** The tables of a SQLite store, and how a file of an older version becomes one of this. */
import type { DatabaseSync } from "node:sqlite"
import { upgradeToVersion2 } from "./version2.ts"

/** `NAUD`: marks a SQLite file as ours in its header. */
export const applicationId = 0x4e415544

const version1 = `
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

// Accounts, regions, scans, categories, services and owners are stored once and named by a number, kinds, statuses and severities by
// their place in their list: so an index of a million findings takes 60 MB instead of 110. With all facets in every index, a
// filter reads no finding. The severity is also the rank modulo 8.
const version2 = `
  DROP INDEX findings_by_scope;
  DROP INDEX findings_by_saving;
  DROP INDEX findings_expiring;
  ALTER TABLE findings RENAME TO findings_1;
  ALTER TABLE outcomes RENAME TO outcomes_1;
  CREATE TABLE account_summaries (
    run_id TEXT NOT NULL, account TEXT NOT NULL, record TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (run_id, account)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX events_by_run ON events (run_id, finding_id, at, type);
  CREATE TABLE outcomes (
    account TEXT NOT NULL, region TEXT NOT NULL, scan TEXT NOT NULL, as_of TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (account, region, scan)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE texts (code INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE findings (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, scope_account INTEGER NOT NULL, scope_region INTEGER NOT NULL,
    scan INTEGER NOT NULL, category INTEGER NOT NULL, account INTEGER NOT NULL, region INTEGER NOT NULL,
    service INTEGER NOT NULL, owner INTEGER,
    kind INTEGER NOT NULL, severity INTEGER NOT NULL, status INTEGER NOT NULL, confirmed INTEGER NOT NULL,
    rank INTEGER NOT NULL, counted INTEGER NOT NULL, expires_at INTEGER, record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX findings_by_scope ON findings (scope_account, scope_region, scan, status, id);
  CREATE INDEX findings_by_status ON findings (
    status, rank, id, kind, confirmed, scan, category, account, region, owner, service, expires_at
  );
  CREATE INDEX findings_by_account ON findings (
    status, account, rank, id, kind, confirmed, scan, category, region, owner, service, expires_at
  );
  CREATE INDEX findings_by_account_and_category ON findings (
    status, account, category, rank, id, kind, confirmed, scan, region, owner, service, expires_at
  );
  CREATE INDEX findings_by_scan ON findings (
    status, scan, rank, id, kind, confirmed, category, account, region, owner, service, expires_at
  );
  CREATE INDEX findings_by_category ON findings (
    status, category, rank, id, kind, confirmed, scan, account, region, owner, service, expires_at
  );
  CREATE INDEX findings_by_region ON findings (
    status, region, rank, id, kind, confirmed, scan, category, account, owner, service, expires_at
  );
  CREATE INDEX findings_by_severity ON findings (
    status, severity, rank, id, kind, confirmed, scan, category, account, region, owner, service, expires_at
  );
  CREATE INDEX findings_by_owner ON findings (
    status, owner, rank, id, kind, confirmed, scan, category, account, region, service, expires_at
  ) WHERE owner IS NOT NULL;
  CREATE INDEX findings_expiring ON findings (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE names (
    hash INTEGER NOT NULL, covers INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (hash, covers, place)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE rollups (
    account TEXT PRIMARY KEY, as_of TEXT NOT NULL, expires_at INTEGER NOT NULL, sums TEXT NOT NULL, cells TEXT
  ) STRICT;
  CREATE TABLE answers (
    account TEXT NOT NULL, region TEXT NOT NULL, probe TEXT NOT NULL, key TEXT NOT NULL, expires_at INTEGER NOT NULL,
    record TEXT NOT NULL, PRIMARY KEY (account, region, probe, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX answers_expiring ON answers (expires_at);
  CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until_millis INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`

// Each entry brings a file from the version that is its index to the next. Entries that were released never change.
export const migrations: ReadonlyArray<(db: DatabaseSync) => void> = [
  (db) => db.exec(version1),
  (db) => {
    db.exec(version2)
    upgradeToVersion2(db)
    db.exec("DROP TABLE findings_1; DROP TABLE outcomes_1")
  }
]

/** Tables whose rows are deleted when they have expired. Findings have names, and are deleted with them. */
export const expiringTables = [
  "runs",
  "scope_records",
  "account_summaries",
  "events",
  "trend",
  "rollups",
  "answers",
  "spending",
  "cache"
]
