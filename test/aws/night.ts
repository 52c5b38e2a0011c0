/** Whole nights over the wire: the machine, its steps, the door, the credential chain and the store as a person runs them. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { catalogueLayer } from "../../audit/catalogueLayer.ts"
import { scans } from "../../audit/index.ts"
import { ScanRegistry } from "../../audit/ScanRegistry.ts"
import { Notifier } from "../../core/alerts/Notifier.ts"
import { Aws } from "../../core/aws/Aws.ts"
import { Credentials } from "../../core/aws/Credentials.ts"
import { HttpHandler } from "../../core/aws/HttpHandler.ts"
import { Transport } from "../../core/aws/Transport.ts"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import { HomeRegion } from "../../core/config/HomeRegion.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { Prices } from "../../core/pricing/Prices.ts"
import type { Outcome } from "../../core/run/Outcome.ts"
import type { StoredReport } from "../../core/run/Report.ts"
import type { Coverage, RunSummary } from "../../core/run/Run.ts"
import { payerRegion } from "../../core/Scope.ts"
import { layerSqlite } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { outcomesOf } from "../../query/coverage.ts"
import { runNightly } from "../../workflows/engine.ts"
import { EnterRole } from "../../workflows/enterAccount.ts"
import { ScanBudget } from "../../workflows/steps/scan.ts"
import { regions, roleName } from "./seed.ts"

export interface Night extends RunSummary {
  readonly runId: string
  /** All that are open, and those that the night resolved. */
  readonly findings: ReadonlyArray<Finding>
  readonly outcomes: ReadonlyArray<Outcome>
  readonly reports: ReadonlyArray<StoredReport>
}

export const allScans = Object.keys(scans)

const requestOf = (names: ReadonlyArray<string>, settings: AuditRequest["settings"]): AuditRequest => ({
  trigger: "manual",
  accounts: { organization: true },
  regions,
  excludeRegions: [],
  scans: names,
  settings,
  minMonthlySavingsUsd: 0,
  suppressTagKeys: ["finops:ignore"],
  maxRunUsd: null,
  full: names.length === allScans.length,
  process: null
})

const aws = Layer.provideMerge(
  Aws.layer,
  Transport.layerSdk.pipe(
    Layer.provideMerge(Credentials.layer({ homeRegion: "us-east-1" })),
    Layer.provide(HttpHandler.layer())
  )
)

const layerOf = (storeFile: string) =>
  Layer.mergeAll(
    ScanRegistry.layer,
    Notifier.layerNone,
    Layer.succeed(EnterRole, { roleName, externalId: "night-shift" }),
    Layer.succeed(ScanBudget, { begin: Duration.hours(24), stop: Duration.hours(25) }),
    Layer.succeed(HomeRegion, "us-east-1"),
    catalogueLayer,
    Layer.provideMerge(Prices.layerSnapshot, aws)
  ).pipe(Layer.provideMerge(layerSqlite(storeFile)))

/** Runs a night over the organisation and reads from the store what it did. */
export const nightIn = (
  storeFile: string,
  names: ReadonlyArray<string> = allScans,
  settings: AuditRequest["settings"] = {}
): Promise<Night> =>
  Effect.gen(function* () {
    const runId = yield* runNightly(requestOf(names, settings))
    const store = yield* Store
    const run = yield* store.run(runId)
    if (run?.summary === undefined || run.summary === null) return yield* Effect.die(new Error("the night has no end"))
    const findings: Array<Finding> = []
    let cursor: string | undefined
    do {
      const page = yield* store.findings({ limit: 1000, cursor })
      findings.push(...page.items.filter(({ runId: last, status }) => status === "open" || last === runId))
      cursor = page.cursor
    } while (cursor !== undefined)
    const payers = yield* Effect.forEach(run.plan.payers, (account) =>
      store.scopeRecord(runId, { account, region: payerRegion })
    )
    const outcomes = yield* Stream.runCollect(outcomesOf(run))
    const seen = new Set(outcomes.map(({ account, region }) => `${account} ${region}`))
    const reports = yield* Effect.forEach(names, (name) => store.reports(name))
    return {
      ...run.summary,
      runId,
      findings,
      outcomes: [
        ...outcomes,
        ...payers.flatMap((record) =>
          record === undefined || seen.has(`${record.account} ${record.region}`) ? [] : record.outcomes
        )
      ],
      reports: reports.flat().filter((report) => report.runId === runId)
    }
  }).pipe(Effect.provide(layerOf(storeFile)), Effect.scoped, Effect.runPromise)

/** Coverage without when it was, to compare two nights. */
export const timeless = ({ byScan, ...coverage }: Coverage) => ({
  ...coverage,
  byScan: Object.fromEntries(Object.entries(byScan).map(([scan, { oldest: _oldest, ...counts }]) => [scan, counts]))
})
