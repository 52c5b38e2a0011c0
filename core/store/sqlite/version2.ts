/**
 * Brings the records of a version 1 store to version 2. Version 1 had one reason per finding, a saving for every finding and
 * no kinds; it counted changes without amounts, and kept of an observation only when a finding opened.
 */
import type { DatabaseSync } from "node:sqlite"
import type { Finding, FindingEvent } from "../../finding/Finding.ts"
import { noChanges } from "../../run/Changes.ts"
import { noTotals } from "../../run/totals.ts"
import { makeFindingRows, makeTexts } from "./findingRows.ts"

/** What was written by another version: a JSON object whose fields are what that version's types said. */
type Old = Readonly<Record<string, any>>

const findingOf = (old: Old): Finding => {
  const { openedAtSequence, reason, resource, savings, ...rest } = old
  const saves = savings.monthlyUsd > 0
  return {
    ...rest,
    kind: saves ? "money" : "hygiene",
    resource: { service: "", createdAt: null, ...resource },
    reasons: [reason],
    savings: saves ? savings : null,
    note: saves ? "" : (savings.note ?? ""),
    setAside: null,
    observed: { since: rest.openSince, sequence: openedAtSequence }
  } as unknown as Finding
}

const changesOf = (old: Old) =>
  Object.fromEntries(Object.keys(noChanges).map((type) => [type, { findings: old[type] ?? 0, monthlyUsd: 0 }]))

const coverageOf = (old: Old) => ({ ...old, gaps: old.gaps.map((gap: Old) => ({ ...gap, moreAccounts: 0 })) })

const runOf = ({ plan, summary, ...run }: Old): Old => ({
  ...run,
  // Accounts are settled side by side now.
  settled: undefined,
  plan: {
    ...plan,
    accounts: plan.accounts.map(({ id, name }: Old) => ({ id, name })),
    payers: plan.accounts.filter(({ payer }: Old) => payer).map(({ id }: Old) => id),
    payerGap: null,
    billing: plan.accounts.some(({ payer }: Old) => payer),
    // Nobody is known to have left: a night of this version tells.
    selected: "self"
  },
  left: [],
  summary:
    summary === null
      ? null
      : {
          ...summary,
          totals: { hygiene: noTotals.hygiene, notices: 0, ...summary.totals },
          changes: changesOf(summary.changes),
          coverage: coverageOf(summary.coverage)
        }
})

/** The row of nights begins early enough to keep what was observed of the findings that are open. */
const outcomeOf = (old: Old, openSince: string | null): Old => ({
  ...old,
  unjudged: [],
  lastJudged: old.status === "complete" || old.status === "partial" ? old.asOf : old.lastComplete,
  changes: noChanges,
  unbroken: old.sequence === 0 ? null : { since: openSince ?? old.lastComplete ?? old.asOf, sequence: 1 }
})

export const upgradeToVersion2 = (db: DatabaseSync): void => {
  const rewrite = (table: string, change: (old: Old) => Old) => {
    const update = db.prepare(`UPDATE ${table} SET record = ? WHERE rowid = ?`)
    for (const row of db.prepare(`SELECT rowid, record FROM ${table}`).all()) {
      update.run(JSON.stringify(change(JSON.parse(String(row.record)))), Number(row.rowid))
    }
  }
  rewrite("runs", runOf)
  rewrite("scope_records", (old) => ({
    ...old,
    // Each outcome has its own now.
    changes: undefined,
    outcomes: old.outcomes.map((outcome: Old) => outcomeOf(outcome, null)),
    attempt: null
  }))
  const putTrend = db.prepare("UPDATE trend SET record = ? WHERE account = ? AND day = ?")
  for (const { account, day, record } of db.prepare("SELECT account, day, record FROM trend").all()) {
    const point: Old = JSON.parse(String(record))
    putTrend.run(JSON.stringify({ ...point, changes: changesOf(point.changes) }), String(account), String(day))
  }

  const rows = makeFindingRows(db, makeTexts(db))
  /** Since when the oldest open finding of a scan in a scope is open. */
  const openSince = new Map<string, string>()
  const known = new Map<string, Pick<Finding, "account" | "scan" | "kind">>()
  for (const row of db.prepare("SELECT record, counted, expires_at FROM findings_1").iterate()) {
    const finding = findingOf(JSON.parse(String(row.record)))
    const { account, id, kind, savings, scan, scope, status } = finding
    rows.put(
      savings === null ? finding : { ...finding, savings: { ...savings, counted: row.counted === 1 } },
      row.expires_at === null || row.expires_at === undefined ? null : Number(row.expires_at)
    )
    known.set(id, { account, scan, kind })
    const key = `${scope.account}/${scope.region}/${scan}`
    const before = openSince.get(key)
    if (status !== "resolved" && (before === undefined || finding.openSince < before)) {
      openSince.set(key, finding.openSince)
    }
  }

  const putOutcome = db.prepare("INSERT INTO outcomes (account, region, scan, as_of, record) VALUES (?, ?, ?, ?, ?)")
  for (const { account, record, region, scan } of db.prepare("SELECT * FROM outcomes_1").all()) {
    const old: Old = JSON.parse(String(record))
    const outcome = outcomeOf(old, openSince.get(`${String(account)}/${String(region)}/${String(scan)}`) ?? null)
    putOutcome.run(String(account), String(region), String(scan), String(old.asOf), JSON.stringify(outcome))
  }

  const putEvent = db.prepare("UPDATE events SET record = ? WHERE rowid = ?")
  const dropEvent = db.prepare("DELETE FROM events WHERE rowid = ?")
  let previous: FindingEvent | undefined
  const events = db.prepare("SELECT rowid, record FROM events ORDER BY finding_id, at, run_id, type")
  for (const row of events.iterate()) {
    const old: Old = JSON.parse(String(row.record))
    const finding = known.get(old.findingId)
    // A finding that is no longer kept has no history that anybody can ask for.
    if (finding === undefined) {
      dropEvent.run(Number(row.rowid))
      continue
    }
    const event = {
      ...old,
      ...finding,
      previousMonthlyUsd: previous?.findingId === old.findingId ? previous?.monthlyUsd : 0
    } as unknown as FindingEvent
    putEvent.run(JSON.stringify(event), Number(row.rowid))
    previous = event
  }
}
