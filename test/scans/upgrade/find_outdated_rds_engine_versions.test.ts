import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadComputePrices } from "../../../core/pricing/ComputePrices.ts"
import type { DatabaseInstance, MajorVersion, Versioned, VersionDetails } from "../../../datasets/aws/rds.ts"
import scan from "../../../scans/upgrade/find_outdated_rds_engine_versions.ts"
import { unknown as notKnown } from "../../../core/Reading.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { billedInFull, gap, judge, series, silent } from "../harness.ts"

const compute = await Effect.runPromise(loadComputePrices(["sizes"]))

const instance = (more: Partial<DatabaseInstance> = {}): DatabaseInstance =>
  ({ id: "orders", instanceClass: "db.m6g.large", multiAz: false, chosenVcpu: undefined, ...more }) as DatabaseInstance

const database = (more: Partial<Versioned> = {}, id = "orders"): Versioned => ({
  type: "rds:db",
  arn: `arn:aws:rds:eu-west-1:111111111111:db:${id}`,
  id,
  engine: "postgres",
  engineVersion: "13.20",
  status: "available",
  createdAt: daysAgo(900),
  lifecycleSupport: "open-source-rds-extended-support",
  autoMinorUpgrade: false,
  multiAz: false,
  pendingVersion: undefined,
  instances: [instance({ id })],
  tags: {},
  ...more
})

const day = (text: string) => new Date(`${text}T00:00:00Z`)

const major = (engine: string, major: string, standardEnd: string, extendedEnd?: string): MajorVersion => ({
  engine,
  major,
  standardEnd: day(standardEnd),
  extendedStart: extendedEnd === undefined ? undefined : new Date(day(standardEnd).getTime() + 86_400_000),
  extendedEnd: extendedEnd === undefined ? undefined : day(extendedEnd)
})

const details = (more: Partial<VersionDetails> = {}): VersionDetails => ({ status: "available", targets: [], ...more })

const prices = {
  "rds.extendedSupportVcpuHour_year1_2": 0.1,
  "rds.extendedSupportVcpuHour_year3": 0.2,
  "rds.extendedSupportAcuHour_year1_2": 0.085,
  "rds.extendedSupportAcuHour_year3": 0.17
}

interface Options {
  readonly majors?: unknown
  readonly maintenance?: unknown
  readonly details?: VersionDetails | undefined
  readonly capacity?: typeof silent | undefined
  readonly settings?: Readonly<Record<string, number | boolean>>
  readonly prices?: object
  readonly extendedSupport?: ReturnType<typeof billedInFull>
}

const run = (databases: unknown, options: Options = {}) =>
  judge(
    scan,
    { databases, majors: options.majors ?? [], maintenance: options.maintenance ?? [] },
    {
      compute,
      prices: { ...prices, ...options.prices },
      answers: {
        details: () => ("details" in options ? options.details : details()),
        capacity: () => ("capacity" in options ? options.capacity : silent)
      },
      extendedSupport:
        options.extendedSupport ??
        billedInFull(
          ...["MySQL5.7", "PostgreSQL11", "AuroraMySQL2", "AuroraPostgreSQL11"].map(
            (name) => `ExtendedSupport:Yr1-Yr2:${name}`
          )
        ),
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

const usd = (databases: unknown, options: Options = {}) => run(databases, options).flags[0]?.savings?.monthlyUsd

describe("find_outdated_rds_engine_versions", () => {
  it("prices extended support by the vCPUs, standbys included", () => {
    const { flags } = run([database()])
    assert.deepStrictEqual(flags[0]?.reasons, ["extended_support"])
    assert.deepInclude(flags[0], { kind: "money", severity: "high", confidence: "medium" })
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 146, basis: "estimate", claim: "modernise" })
    assert.strictEqual(usd([database({ instances: [instance({ multiAz: true })] })]), 292)
    assert.strictEqual(usd([database({ instances: [instance({ chosenVcpu: 1 })] })]), 73)
    // A class that nobody knows leaves no figure.
    const unsized = run([database({ instances: [instance({ instanceClass: "db.z9.large" })] })]).flags[0]
    assert.deepInclude(unsized?.savings, { monthlyUsd: 0, basis: "none" })
    assert.strictEqual(run([database({ status: "stopped" })]).flags[0]?.confidence, "medium")
  })

  it("is worth the same with a bill that has no row of the surcharge as with none: its list price, as an upper bound", () => {
    const flags = [billedInFull("Other"), notKnown("it was denied")].map(
      (extendedSupport) => run([database()], { extendedSupport }).flags[0]
    )
    for (const flag of flags) assert.deepInclude(flag?.savings, { monthlyUsd: 146, basis: "upper_bound" })
    assert.deepStrictEqual(
      flags.map((flag) => [flag?.savings?.price, flag?.billUnread === true]),
      [
        [undefined, false],
        [undefined, true]
      ]
    )
    assert.match(flags[0]?.savings?.note ?? "", /^From the price list: the bill of 2026-10 shows no row of it here/)
  })

  it("adds up the members of a cluster, and takes units for those without a server", () => {
    const cluster = (instances: ReadonlyArray<DatabaseInstance>) =>
      database({ type: "rds:cluster", engine: "aurora-postgresql", multiAz: true, instances })
    // A member of a cluster says Multi-AZ of its cluster, and is charged for itself.
    assert.strictEqual(usd([cluster([instance({ multiAz: true }), instance({ id: "reader" })])]), 292)
    const headless = run([cluster([])]).flags[0]
    assert.deepInclude(headless, { kind: "hygiene", savings: null })
    assert.match(headless?.note ?? "", /charged by the instance/)
    const serverless = cluster([instance({ instanceClass: "db.serverless" })])
    const units = series(({ metric, statistic }) =>
      metric === "ServerlessDatabaseCapacity" && statistic === "Average" ? [2, 4] : undefined
    )
    assert.strictEqual(usd([serverless], { capacity: units }), Math.round(3 * 730 * 0.085 * 100) / 100)
    for (const capacity of [undefined, silent]) {
      assert.strictEqual(run([serverless], { capacity }).flags[0]?.savings?.basis, "none")
    }
  })

  it("judges clusters of DocumentDB and Neptune by their own dates, and knows no price of theirs", () => {
    const docs = database({ type: "rds:cluster", engine: "docdb", engineVersion: "3.6.0" })
    const { flags } = run([docs])
    assert.deepInclude(flags[0], { reasons: ["extended_support"], kind: "hygiene", severity: "high" })
    const nothing =
      "What extended support of docdb costs is not known here, on the price list or on the bill, and none is claimed."
    assert.strictEqual(flags[0]?.note, nothing)
    // Nobody looks for it on the bill, so that a bill that was not read changes nothing.
    const denied = run([docs], { extendedSupport: notKnown("it was denied") })
    assert.deepStrictEqual(denied.flags, flags)
    assert.strictEqual(flags[0]?.evidence["extendedSupportUntil"], "2029-03-30")
    const serverless = { ...docs, instances: [instance({ instanceClass: "db.serverless" })] }
    assert.strictEqual(run([serverless]).flags[0]?.note, nothing)
    assert.deepStrictEqual(run([{ ...docs, engineVersion: "5.0.0" }]).flagged, [])
    const graph = (engineVersion: string) => run([{ ...docs, engine: "neptune", engineVersion }]).flags[0]
    assert.deepStrictEqual(graph("1.2.1.0")?.reasons, ["standard_support_ending"])
    assert.deepInclude(graph("1.1.0.0"), { reasons: ["support_ended"], kind: "hygiene", severity: "high" })
  })

  it("takes the list for the first month at the price of the third year, of which no bill can tell", () => {
    // The third year of a version that the table does not know begins two years after it was charged first.
    const since = (extendedStart: string) =>
      run([database({ engineVersion: "99.1" })], {
        majors: [{ ...major("postgres", "99", "2020-01-01", "2030-01-01"), extendedStart: day(extendedStart) }]
      }).flags[0]
    assert.deepStrictEqual(
      [since("2024-11-10")?.severity, since("2024-11-10")?.savings?.price],
      ["critical", undefined]
    )
    assert.deepStrictEqual([since("2024-09-10")?.severity, since("2024-09-10")?.savings?.price], ["critical", "billed"])
  })

  it("charges twice from the third year on, and is critical then and before an upgrade that nobody can put off", () => {
    const mysql57 = database({ engine: "mysql", engineVersion: "5.7.44" })
    assert.strictEqual(usd([mysql57]), 292)
    assert.strictEqual(run([mysql57]).flags[0]?.severity, "critical")
    const ending = [major("postgres", "13", "2024-02-29", "2026-12-10")]
    assert.strictEqual(run([database()], { majors: ending }).flags[0]?.severity, "critical")
    const forced = [
      { arn: database().arn, action: "db-upgrade", description: "to 14", forcedAt: day("2026-12-01") },
      { arn: "arn:other", action: "db-upgrade", description: "", forcedAt: day("2026-12-01") }
    ]
    const { flags } = run([database()], { maintenance: forced })
    assert.strictEqual(flags[0]?.severity, "critical")
    assert.deepStrictEqual(flags[0]?.evidence["announced"], ["db-upgrade: to 14"])
    const later = [{ ...forced[0], forcedAt: day("2027-06-01") }]
    assert.strictEqual(run([database()], { maintenance: later }).flags[0]?.severity, "high")
  })

  it("takes what RDS says rather than the table", () => {
    const moved = [major("postgres", "13", "2027-12-31", "2030-12-31")]
    assert.deepStrictEqual(run([database()], { majors: moved }).flagged, [])
    const live = run([database()], { majors: [major("postgres", "13", "2026-02-28", "2029-02-28")] }).flags[0]
    assert.strictEqual(live?.confidence, "high")
    assert.deepInclude(live?.evidence, { datesFrom: "RDS", standardSupportUntil: "2026-02-28" })
    // A version that is newer than the table.
    const later = database({ engineVersion: "99.1" })
    assert.strictEqual(usd([later], { majors: [major("postgres", "99", "2024-01-01", "2029-01-01")] }), 292)
    // What the table says of the charge goes with its own day: RDS has moved the end of 14, and so the charge.
    const fourteen = [database({ engineVersion: "14.9" })]
    assert.isUndefined(usd(fourteen))
    assert.strictEqual(usd(fourteen, { majors: [major("postgres", "14", "2026-08-31", "2029-08-31")] }), 146)
    assert.strictEqual(usd(fourteen, { majors: [major("postgres", "14", "2024-08-31", "2029-08-31")] }), 292)
    assert.strictEqual(usd([later], { majors: [major("postgres", "99", "2025-01-01", "2029-01-01")] }), 146)
  })

  it("claims nothing of what was opted out, has no extended support, or is not charged yet", () => {
    const optedOut = run([database({ lifecycleSupport: "open-source-rds-extended-support-disabled" })])
    assert.deepStrictEqual(optedOut.flagged, ["orders: support_ended"])
    assert.deepInclude(optedOut.flags[0], { kind: "hygiene", savings: null })
    assert.match(optedOut.flags[0]?.note ?? "", /opted out/)
    const maria = run([database({ engine: "mariadb", engineVersion: "10.5.29", lifecycleSupport: undefined })])
    assert.deepStrictEqual([maria.flagged, maria.flags[0]?.severity], [["orders: support_ended"], "high"])
    const aurora2 = database({ engine: "aurora-mysql", engineVersion: "5.7.mysql_aurora.2.12.4" })
    assert.strictEqual(usd([aurora2]), 146)
  })

  it("flags what ends within the notice, what is deprecated and what is behind", () => {
    const pg14 = database({ engineVersion: "14.9" })
    assert.deepStrictEqual(run([pg14]).flagged, ["orders: standard_support_ending"])
    assert.strictEqual(run([pg14]).flags[0]?.severity, "medium")
    const pg16 = database({ engineVersion: "16.9" })
    const deprecated = details({ status: "deprecated" })
    assert.deepStrictEqual(run([pg16], { details: deprecated }).flagged, ["orders: version_deprecated"])
    const targets = [
      { version: "16.8", major: false },
      { version: "16.10", major: false },
      { version: "17.6", major: true }
    ]
    const { flags, flagged } = run([pg16], { details: details({ targets }) })
    assert.deepStrictEqual([flagged, flags[0]?.severity], [["orders: minor_behind"], "low"])
    // 16.10 is higher than 16.9, and 16.8 is no upgrade.
    assert.deepInclude(flags[0]?.evidence, { newestMinor: "16.10", newestMajor: "17.6" })
    const itself = run([database({ engineVersion: "16.9", autoMinorUpgrade: true })], { details: details({ targets }) })
    assert.strictEqual(itself.flags[0]?.severity, "info")
    const newest = database({ engineVersion: "16.10" })
    assert.deepStrictEqual(run([newest], { details: details({ targets }) }).flagged, [])
    const oracle = database({ engine: "oracle-ee", engineVersion: "19.0.0.0.ru-2025-01.rur-2025-01.r1" })
    assert.deepStrictEqual(run([oracle]).flagged, [])
  })

  it("tells beside the end of support what is known of its minor version", () => {
    const told = { details: details({ status: "deprecated", targets: [{ version: "13.22", major: false }] }) }
    const { flagged, flags } = run([database()], told)
    assert.deepStrictEqual(flagged, ["orders: extended_support, version_deprecated, minor_behind"])
    assert.deepStrictEqual([flags[0]?.severity, flags[0]?.savings?.monthlyUsd], ["high", 146])
    assert.deepStrictEqual(run([database()], { ...told, settings: { flagMinorBehind: false } }).flagged, [
      "orders: extended_support, version_deprecated"
    ])
    const out = { lifecycleSupport: "open-source-rds-extended-support-disabled" }
    const [ended] = run([database(out)], told).flags
    assert.deepStrictEqual(ended?.reasons, ["support_ended", "version_deprecated", "minor_behind"])
    assert.strictEqual(ended?.severity, "high")
  })

  it("leaves alone what is being made or deleted", () => {
    for (const status of ["creating", "deleting"]) assert.deepStrictEqual(run([database({ status })]).flagged, [])
  })

  it("does not know what RDS does not tell, and closes nothing of it", () => {
    const pg16 = database({ engineVersion: "16.9" })
    // RDS lists no version that is in use: what it may be upgraded to is not known.
    assert.deepStrictEqual(run([pg16], { details: details({ status: undefined }) }).unknown, ["orders"])
    // The table alone says that all is well.
    assert.deepStrictEqual(run([pg16], { majors: gap([]) }).unknown, ["orders"])
    const untold = run([pg16], { details: undefined })
    assert.deepStrictEqual([untold.flagged, untold.unknown], [[], ["orders"]])
    assert.strictEqual(untold.stateOf(pg16.arn), "unknown")
    assert.deepStrictEqual(run([database({ engineVersion: "" })]).unknown, ["orders"])
    const unlisted = database({ engine: "oracle-se", engineVersion: "11.2" })
    assert.deepStrictEqual(run([unlisted], { details: details({ status: undefined }) }).unknown, ["orders"])
    // A database in extended support is charged whatever it can be upgraded to.
    const charged = run([database()], { details: undefined }).flags[0]
    assert.strictEqual(charged?.savings?.monthlyUsd, 146)
    assert.isNull(charged?.evidence["newestMajor"])
  })

  it("shows by the table what is without the dates of RDS, and confirms nothing new", () => {
    const { flags, status } = run([database()], { majors: gap([]) })
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 146)
    assert.deepInclude(flags[0], { unproven: true, confidence: "medium" })
    assert.strictEqual(status, "partial")
    assert.strictEqual(usd([database()], { maintenance: gap() }), 146)
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    assert.deepStrictEqual([run([]).status, run([]).counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([database()]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["orders: extended_support"]])
    assert.strictEqual(partial.stateOf("arn:aws:rds:eu-west-1:111111111111:db:not-listed"), "unknown")
  })

  it("follows its settings, and gives no figure without a price", () => {
    const pg14 = database({ engineVersion: "14.9" })
    assert.deepStrictEqual(run([pg14], { settings: { noticeDays: 99 } }).flagged, [])
    assert.deepStrictEqual(run([pg14], { settings: { noticeDays: 100 } }).flagged, ["orders: standard_support_ending"])
    const behind = details({ targets: [{ version: "16.10", major: false }] })
    const pg16 = [database({ engineVersion: "16.9" })]
    assert.deepStrictEqual(run(pg16, { details: behind, settings: { flagMinorBehind: false } }).flagged, [])
    const unpriced = run([database()], { prices: { "rds.extendedSupportVcpuHour_year1_2": undefined } })
    assert.deepInclude(unpriced.flags[0]?.savings, { basis: "none", monthlyUsd: 0 })
  })
})
