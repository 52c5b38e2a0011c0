/** The commands over a store that two nights have written: exact texts, in every format. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { displayWidth } from "../../core/width.ts"
import { claimantOf } from "../../core/finding/claims.ts"
import type { Finding, FindingEvent } from "../../core/finding/Finding.ts"
import { changesOf } from "../../core/run/Changes.ts"
import type { Run } from "../../core/run/Run.ts"
import { noCost } from "../../core/run/runCost.ts"
import { addOutcomes, noCoverage, organisationRollup, rollupOf, totalsOf } from "../../core/run/totals.ts"
import { layerSqlite } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import {
  aFinding,
  aHygieneFinding,
  anEvent,
  anOutcome,
  aRun,
  aScopeRecord,
  counting,
  resolved,
  setAside
} from "../core/store/fixtures.ts"
import { linesOf, nightaudit } from "./command.ts"

// The zero at its start is what a spreadsheet would take away.
const account = "012345678901"
const first = "20261119T020000Z-aaaaaa"
const second = "20261120T020000Z-bbbbbb"
const firstNight = "2026-11-19T02:00:00.000Z"
const secondNight = "2026-11-20T02:00:00.000Z"

const volume = counting(
  aFinding({
    account,
    scan: "find_unused_volumes",
    reasons: ["unattached"],
    resourceId: "vol-0123456789abcdef0",
    monthlyUsd: 100,
    tags: { owner: "web", Größe: "1" },
    firstSeen: firstNight,
    confirmed: true
  })
)
/** Another claim on the same volume, which does not count. */
const claimed = aFinding({
  account,
  scan: "get_all_cost_optimization_recommendations",
  category: "cost",
  reasons: ["delete"],
  resourceId: "vol-0123456789abcdef0",
  monthlyUsd: 60
})
const bucket = counting(
  aFinding({
    account,
    region: "global",
    scan: "find_unused_s3_buckets",
    category: "storage",
    service: "Amazon Simple Storage Service",
    reasons: ["empty"],
    resourceId: "=cmd|' /C calc'!A0",
    monthlyUsd: 12.5,
    confirmed: false,
    severity: "low"
  })
)
const gone = resolved(
  aFinding({ account, scan: "find_unused_volumes", reasons: ["unattached"], resourceId: "vol-2", monthlyUsd: 7 }),
  secondNight
)
const hygiene = {
  ...aHygieneFinding({
    account,
    scan: "find_unused_security_groups",
    reasons: ["unused"],
    resourceId: "sg-1",
    severity: "medium"
  }),
  note: "Security groups cost nothing."
}
const notice = aHygieneFinding({
  account,
  scan: "get_daily_cost_trend",
  category: "cost",
  kind: "notice",
  resourceId: "day-1",
  severity: "high"
})
const snoozed = setAside(
  aFinding({ account, scan: "find_unused_amis", reasons: ["unused"], resourceId: "ami-1", monthlyUsd: 3 }),
  "snoozed"
)

const findings: ReadonlyArray<Finding> = [volume, claimed, bucket, gone, hygiene, notice, snoozed]

const event = (finding: Finding, runId: string, change: Partial<FindingEvent>): FindingEvent =>
  anEvent(finding, { runId, at: runId === first ? firstNight : secondNight, ...change })

const events = new Map<Finding, ReadonlyArray<FindingEvent>>([
  [
    volume,
    [
      event(volume, first, { type: "opened", monthlyUsd: 80, detail: "unattached" }),
      event(volume, second, {
        type: "changed",
        monthlyUsd: 100,
        previousMonthlyUsd: 80,
        detail: "saving $80.00 → $100.00 a month"
      })
    ]
  ],
  [claimed, [event(claimed, first, {})]],
  [bucket, [event(bucket, second, { type: "opened", detail: "empty" })]],
  [
    gone,
    [
      event(gone, first, {}),
      event(gone, second, { type: "resolved", previousMonthlyUsd: 7, detail: "resource_deleted" })
    ]
  ],
  [hygiene, [event(hygiene, second, { type: "opened", detail: "unused" })]],
  [notice, [event(notice, first, {})]],
  [snoozed, [event(snoozed, first, {})]]
])

const outcome = anOutcome({
  account,
  scan: "find_unused_volumes",
  runId: second,
  asOf: secondNight,
  lastComplete: secondNight,
  unjudged: [{ resource: "vol-9", state: "unknown", why: "cloudwatch:GetMetricData: throttled" }],
  counters: { examined: 3, flagged: 1, tooYoung: 1, suppressed: 0, unknown: 1, belowMinimum: 0 }
})

const runs = (): ReadonlyArray<Run> => {
  const counted = new Set(findings.filter(({ savings }) => savings?.counted === true).map(({ id }) => id))
  const of = (id: string, startedAt: string, open: ReadonlyArray<Finding>): Run => {
    const plan = aRun().plan
    return aRun({
      id,
      startedAt,
      status: "complete",
      finishedAt: startedAt,
      process: null,
      plan: {
        ...plan,
        accounts: [{ id: account, name: "Größe" }],
        payers: [],
        payerGap: { code: "payer_not_included", message: 'account 999999999999 pays: set "payer"' },
        scans: [...new Set(findings.map(({ scan }) => scan))].map((name) => ({ name, settings: {} }))
      },
      summary: {
        totals: totalsOf(open.map(claimantOf), counted),
        changes: changesOf([...events.values()].flat().filter(({ runId }) => runId === id)),
        coverage: addOutcomes(noCoverage, [outcome]),
        cost: noCost
      }
    })
  }
  return [
    of(first, firstNight, [{ ...volume, savings: { ...volume.savings, monthlyUsd: 80 } }, gone]),
    of(second, secondNight, findings)
  ]
}

let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "nightaudit-nights-"))
  mkdirSync(join(folder, ".nightaudit"))
  await Effect.gen(function* () {
    const store = yield* Store
    for (const run of runs()) yield* store.putRun(run)
    yield* store.writeTransitions(findings.map((finding) => ({ finding, events: events.get(finding) ?? [] })))
    yield* store.putScope(aScopeRecord({ account, runId: second, outcomes: [outcome] }))
    yield* store.putScope(aScopeRecord({ account, region: "global", runId: second, outcomes: [] }))
    const counted = new Set(findings.filter(({ savings }) => savings?.counted === true).map(({ id }) => id))
    const time = { runId: second, asOf: secondNight }
    const rollup = rollupOf(account, time, findings.map(claimantOf), counted)
    yield* store.putRollups([rollup, organisationRollup(time, [rollup])])
  }).pipe(Effect.provide(layerSqlite(join(folder, ".nightaudit/audit.db"))), Effect.runPromise)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = (columns: number, ...args: ReadonlyArray<string>) =>
  Effect.map(nightaudit(folder, args, { env: { COLUMNS: String(columns) } }), (ended) => {
    assert.strictEqual(ended.code, 0, ended.stderr)
    return linesOf(ended.stdout)
  })

const run = (...args: ReadonlyArray<string>) => at(80, ...args)

const json = (...args: ReadonlyArray<string>) =>
  Effect.map(run(...args, "--format", "json"), (lines) => JSON.parse(lines.join("\n")))

const short = ({ id }: Finding) => id.slice(0, 8)

const named = `${account} (Größe)`

/** The records of a CSV text. */
const recordsOf = (text: string): ReadonlyArray<Readonly<Record<string, string>>> => {
  const rows = text
    .replace(/^\ufeff/, "")
    .split("\r\n")
    .slice(0, -1)
    .map((line) =>
      [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = ""]) =>
        cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell
      )
    )
  const [header = [], ...rest] = rows
  return rest.map((cells) => Object.fromEntries(header.map((key, index) => [key, cells[index] ?? ""])))
}

const csv = (...args: ReadonlyArray<string>) =>
  Effect.map(nightaudit(folder, [...args, "--format", "csv"]), ({ stdout }) => {
    const [header = ""] = stdout.slice(1).split("\r\n")
    for (const title of header.split(",")) assert.match(title, /^[A-Za-z]+$/, args.join(" "))
    return recordsOf(stdout)
  })

describe("the list of findings", () => {
  it.effect(
    "has the id, the whole resource and scan, the reason and the place at 80 columns, and money apart from what is none",
    () =>
      Effect.gen(function* () {
        const lines = yield* run("findings")
        assert.deepStrictEqual(lines.slice(0, 18), [
          "5 findings: 3 money, 1 hygiene, 1 notice",
          "  Id        USD/month  Severity  State        Resource               Name",
          "      Scan  Reason  Account  Region",
          `  ${short(volume)}    $100.00  medium    confirmed    vol-0123456789abcdef0  data`,
          `      find_unused_volumes  unattached  ${named}  eu-west-1`,
          `  ${short(claimed)}     $60.00  medium    confirmed    vol-0123456789abcdef0  data`,
          "      get_all_cost_optimization_recommendations  delete  012345678901 (Größe)",
          "      eu-west-1",
          `  ${short(bucket)}     $12.50  low       unconfirmed  =cmd|' /C calc'!A0     data`,
          `      find_unused_s3_buckets  empty  ${named}  global`,
          `  ${short(notice)}     notice  high      confirmed    day-1                  data`,
          "      get_daily_cost_trend  attached to no instance  012345678901 (Größe)",
          "      eu-west-1",
          `  ${short(hygiene)}    hygiene  medium    confirmed    sg-1                   data`,
          `      find_unused_security_groups  unused  ${named}  eu-west-1`,
          "",
          "Together, as of 2026-11-20 02:00 UTC",
          "  Waste                                 Findings  USD/month   USD/year"
        ])
        assert.deepStrictEqual(lines.slice(18, 23), [
          "  Confirmed                                    2    $100.00  $1,200.00",
          "  Unconfirmed                                  1     $12.50    $150.00",
          "  Together                                     3    $112.50  $1,350.00",
          "  Claimed by several scans (in no sum)         1     $60.00    $720.00",
          "Besides, and no money: 1 finding about hygiene, 1 notice."
        ])
      })
  )

  it.effect("never cuts an identifier, and fits", () =>
    Effect.gen(function* () {
      for (const columns of [40, 60, 80, 100, 120, 160, 200]) {
        const lines = yield* at(columns, "findings")
        for (const whole of ["vol-0123456789abcdef0", "find_unused_security_groups", "012345678901 (Größe)"]) {
          assert.include(lines.join("\n"), whole, String(columns))
        }
        for (const line of lines) assert.isAtMost(displayWidth(line), columns, line)
      }
      assert.include(
        yield* at(180, "findings"),
        `  ${short(volume)}    $100.00  medium    confirmed    vol-0123456789abcdef0  data  find_unused_volumes                        unattached               012345678901 (Größe)  eu-west-1`
      )
    })
  )

  it.effect("filters by kind, status, owner and service", () =>
    Effect.gen(function* () {
      const ids = (...args: ReadonlyArray<string>) =>
        Effect.map(json("findings", ...args), ({ findings }) => findings.map(({ id }: Finding) => id).sort())
      const of = (...wanted: ReadonlyArray<Finding>) => wanted.map(({ id }) => id).sort()
      assert.deepStrictEqual(yield* ids("--kind", "hygiene,notice"), of(hygiene, notice))
      assert.deepStrictEqual(yield* ids("--status", "snoozed"), of(snoozed))
      assert.deepStrictEqual(yield* ids("--status", "resolved"), of(gone))
      assert.deepStrictEqual(yield* ids("--status", "all"), of(...findings))
      assert.deepStrictEqual(yield* ids("--owner", "web"), of(volume))
      assert.deepStrictEqual(yield* ids("--service", "Amazon Simple Storage Service"), of(bucket))
      assert.deepStrictEqual(yield* ids("--severity", "medium", "--kind", "hygiene"), of(hygiene))
      const wrong = yield* nightaudit(folder, ["findings", "--kind", "hygeine", "--changed", "--since", "7d"])
      assert.deepStrictEqual(
        [wrong.code, ...linesOf(wrong.stderr)],
        [
          2,
          'There is no kind "hygeine". Did you mean hygiene?',
          "--changed, --run and --since each name the runs whose changes are listed: give one of them."
        ]
      )
    })
  )

  it.effect("gives the command of the next page, which works", () =>
    Effect.gen(function* () {
      const lines = yield* run("findings", "--kind", "money", "--limit", "2")
      assert.strictEqual(lines[0], "2 of 3 findings")
      const command = lines
        .slice(lines.indexOf("More:") + 1)
        .join(" ")
        .replaceAll("\\", "")
      const [, rest = ""] = command.split("nightaudit -- ")
      const next = yield* run(...rest.trim().split(/\s+/))
      assert.strictEqual(next[0], "1 of 3 findings")
    })
  )
})

describe("a spreadsheet", () => {
  it.effect("has one column that adds up to the total, accounts that keep their zero and their name, and no JSON", () =>
    Effect.gen(function* () {
      const { stdout } = yield* nightaudit(folder, ["findings", "--format", "csv"])
      assert.isTrue(stdout.startsWith("\ufeffid,status,kind,countedMonthlyUsd,confirmedMonthlyUsd,confirmed,"))
      const records = recordsOf(stdout)
      assert.strictEqual(records.length, 5)
      const counted = "countedMonthlyUsd"
      assert.deepStrictEqual(
        records.map((record) => [record[counted], record["claimedMonthlyUsd"]]),
        [
          ["100", "100"],
          ["0", "60"],
          ["12.5", "12.5"],
          ["", ""],
          ["", ""]
        ]
      )
      assert.strictEqual(
        records.reduce((sum, record) => sum + Number(record[counted]), 0),
        112.5
      )
      assert.deepStrictEqual(
        records.map((record) => record["confirmedMonthlyUsd"]),
        ["100", "0", "0", "", ""]
      )
      const [one] = records
      assert.strictEqual(one?.["account"], "012345678901 (Größe)")
      assert.strictEqual(one?.["tags"], "owner=web; Größe=1")
      assert.strictEqual(
        one?.["evidence"],
        "sizeGiB: 100; createdAt: 2026-01-01T00:00:00.000Z; encrypted: no; snapshot: not known"
      )
      assert.strictEqual(records[2]?.["resourceId"], "'=cmd|' /C calc'!A0")
      assert.strictEqual(records.find(({ kind }) => kind === "hygiene")?.["note"], "Security groups cost nothing.")
    })
  )
})

describe("finding", () => {
  it.effect("takes an id, its beginning, an ARN or the id of a resource, and lists several", () =>
    Effect.gen(function* () {
      for (const name of [bucket.id, bucket.id.slice(0, 4), bucket.resource.arn, bucket.resource.id]) {
        assert.include(yield* run("finding", name), `  Finding    ${bucket.id}`, name)
      }
      const several = yield* run("finding", "vol-0123456789abcdef0")
      assert.strictEqual(several[0], "2 findings are named by vol-0123456789abcdef0")
      for (const one of [volume, claimed]) assert.include(several.join("\n"), short(one))
      assert.deepStrictEqual(
        (yield* json("finding", "vol-0123456789abcdef0")).findings.map(({ id }: Finding) => id),
        [volume.id, claimed.id]
      )
      const none = yield* nightaudit(folder, ["finding", "vol-3"])
      assert.deepStrictEqual(
        [none.code, none.stderr],
        [
          2,
          'There is no finding "vol-3" in the store: give an id or at least 4 of its first characters, an ARN or a resource\'s id. `nightaudit findings` lists them.\n'
        ]
      )
    })
  )
})

describe("compare", () => {
  it.effect("tells the last two nights apart, with USD and the findings", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* at(120, "compare"), [
        "From run 20261119T020000Z-aaaaaa of 2026-11-19 02:00 UTC to run 20261120T020000Z-bbbbbb of 2026-11-20 02:00 UTC",
        "Confirmed waste a month: $80.00 → $100.00 (+$20.00); unconfirmed: $0.00 → $12.50 (+$12.50).",
        "  Change     Findings  Claimed USD/month",
        "  New               2             $12.50",
        "  Changed           1             $20.00",
        "  Confirmed         0              $0.00",
        "  Resolved          1              $7.00",
        "  Reopened          0              $0.00",
        "In the sums: 1 new ($12.50 a month), 1 changed ($20.00 a month), 0 confirmed, 1 resolved, 0 reopened; in no sum, as",
        "hygiene, notices or commitments: 1 new.",
        "",
        "New",
        "  Id        Change  Before  USD/month  Resource            Name",
        "      Scan  Account  Region  What happened",
        `  ${short(bucket)}  new      $0.00     $12.50  =cmd|' /C calc'!A0  data`,
        `      find_unused_s3_buckets  ${named}  global  opened: empty`,
        `  ${short(hygiene)}  new               hygiene  sg-1                data`,
        `      find_unused_security_groups  ${named}  eu-west-1  opened: unused`,
        "",
        "Changed",
        "  Id        Change   Before  USD/month  Resource               Name",
        "      Scan  Account  Region  What happened",
        `  ${short(volume)}  changed  $80.00    $100.00  vol-0123456789abcdef0  data`,
        `      find_unused_volumes  ${named}  eu-west-1  changed: saving $80.00 → $100.00 a month`,
        "",
        "Resolved",
        "  Id        Change    Before  USD/month  Resource  Name",
        "      Scan  Account  Region  What happened",
        `  ${short(gone)}  resolved   $7.00      $0.00  vol-2     data`,
        `      find_unused_volumes  ${named}  eu-west-1  resolved: resource_deleted`
      ])
    })
  )

  it.effect("writes all changes into files, and takes runs by the beginning of their ids", () =>
    Effect.gen(function* () {
      const result = yield* json("compare", "20261119", "20261120")
      assert.deepStrictEqual([result.from.id, result.to.id, result.runs], [first, second, [second]])
      assert.deepStrictEqual(result.totals.opened, { findings: 2, monthlyUsd: 12.5 })
      assert.deepStrictEqual(
        new Set(result.changes.map(({ findingId }: { findingId: string }) => findingId)),
        new Set([volume.id, bucket.id, gone.id, hygiene.id])
      )
      // The other way round is the same question.
      assert.deepStrictEqual(yield* json("compare", "20261120", "20261119"), result)
      const records = yield* csv("compare")
      assert.deepStrictEqual(records.map((record) => [record["change"], record["differenceUsd"]]).sort(), [
        ["changed", "20"],
        ["new", "0"],
        ["new", "12.5"],
        ["resolved", "-7"]
      ])
      const markdown = yield* run("compare", "--format", "markdown")
      assert.include(markdown, "## Changed")
      const same = yield* nightaudit(folder, ["compare", "20261120"])
      assert.deepStrictEqual(
        [same.code, same.stderr],
        [2, `Run ${second} is the newest: name an older one, or none to compare the last two.\n`]
      )
    })
  )
})

describe("findings that runs changed", () => {
  it.effect("are those of the newest run, of one run, or of all since", () =>
    Effect.gen(function* () {
      const ids = (...args: ReadonlyArray<string>) =>
        Effect.map(json("findings", ...args), ({ changes }) =>
          changes.map(({ findingId }: { findingId: string }) => findingId).sort()
        )
      const of = (...wanted: ReadonlyArray<Finding>) => wanted.map(({ id }) => id).sort()
      assert.deepStrictEqual(yield* ids("--changed"), of(volume, bucket, gone, hygiene))
      assert.deepStrictEqual(yield* ids("--run", "20261119"), of(volume, claimed, gone, notice, snoozed))
      assert.deepStrictEqual(yield* ids("--since", "2026-11-20"), of(volume, bucket, gone, hygiene))
      // What was opened and resolved in between is no change.
      assert.deepStrictEqual(
        yield* ids("--since", "2026-11-19T02:00:00Z"),
        of(volume, claimed, bucket, hygiene, notice, snoozed)
      )
      assert.deepStrictEqual(yield* ids("--changed", "--kind", "money", "--status", "open"), of(volume, bucket))
      assert.strictEqual(
        (yield* run("findings", "--changed"))[0],
        "4 findings changed by run 20261120T020000Z-bbbbbb of 2026-11-20 02:00 UTC"
      )
      assert.strictEqual(
        (yield* run("findings", "--changed", "--limit", "1"))[0],
        "The 1 largest of 4 findings that were changed by run 20261120T020000Z-bbbbbb of"
      )
      for (const since of ["yesterday", "2026-02-30", "2026-02-30T02:00:00Z"]) {
        const wrong = yield* nightaudit(folder, ["findings", "--since", since])
        assert.deepStrictEqual(
          [wrong.code, wrong.stderr],
          [
            2,
            `--since "${since}" is no time: give a day such as 2026-11-20, an instant such as 2026-11-20T02:00:00Z, or how long ago such as 7d, 12h or 2w.\n`
          ]
        )
      }
    })
  )
})

describe("runs", () => {
  it.effect("shows what changed with its amounts, and what became of the unconfirmed", () =>
    Effect.gen(function* () {
      const [newest, oldest] = yield* csv("runs")
      assert.deepStrictEqual(
        [
          newest?.["confirmedWasteMonthlyUsd"],
          newest?.["confirmedWasteChangeUsd"],
          newest?.["unconfirmedWasteMonthlyUsd"],
          newest?.["unconfirmedWasteChangeUsd"],
          newest?.["openedFindings"],
          newest?.["openedMonthlyUsd"],
          newest?.["changedMonthlyUsd"],
          newest?.["resolvedFindings"],
          newest?.["resolvedMonthlyUsd"]
        ],
        ["100", "20", "12.5", "12.5", "2", "12.5", "20", "1", "7"]
      )
      assert.deepStrictEqual([oldest?.["confirmedWasteChangeUsd"], oldest?.["unconfirmedWasteChangeUsd"]], ["", ""])
      assert.deepStrictEqual(yield* run("runs"), [
        "2 runs",
        "  Run                      Status    Confirmed  Unconfirmed  Coverage   Cost",
        "      Trigger  Change a month  Findings, and what they claim",
        "  20261120T020000Z-bbbbbb  complete    $100.00       $12.50    100.0%  $0.00",
        "      manual  confirmed +$20.00, unconfirmed +$12.50",
        "      2 new $12.50, 1 changed $20.00, 1 resolved $7.00",
        "  20261119T020000Z-aaaaaa  complete     $80.00        $0.00    100.0%  $0.00",
        "      manual  5 new $150.00",
        "`nightaudit compare` lists what changed between two of them, `coverage <run>`",
        "what one saw."
      ])
    })
  )
})

describe("totals", () => {
  it.effect("adds up by a dimension, confirmed and unconfirmed apart, with the year", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* run("totals", "--by", "category")).slice(0, 5), [
        "Waste by category",
        "  Category  Findings  Confirmed  Unconfirmed  USD/month   USD/year",
        "  cleanup          1    $100.00        $0.00    $100.00  $1,200.00",
        "  storage          1      $0.00       $12.50     $12.50    $150.00",
        "  cost             1      $0.00        $0.00      $0.00      $0.00"
      ])
      const { rows, whole } = yield* json("totals", "--by", "owner", "--category", "cleanup")
      assert.deepStrictEqual(
        rows.map(({ sums, value }: { sums: { confirmed: { monthlyUsd: number } }; value: string }) => [
          value,
          sums.confirmed.monthlyUsd
        ]),
        [
          ["web", 100],
          ["", 0]
        ]
      )
      assert.strictEqual(whole.hygiene, 1)
      for (const by of ["service", "account", "scan", "region", "severity"]) {
        const records = yield* csv("totals", "--by", by)
        assert.strictEqual(
          records.reduce((sum, record) => sum + Number(record["monthlyUsd"]), 0),
          112.5,
          by
        )
      }
    })
  )
})

describe("coverage", () => {
  it.effect("names what could not be judged and why, and what is wrong with the payer", () =>
    Effect.gen(function* () {
      const lines = yield* at(120, "coverage")
      assert.include(lines, 'Billing data: account 999999999999 pays: set "payer" (payer_not_included).')
      assert.include(lines, "1 resource could not be judged")
      assert.include(
        lines,
        "  - vol-9 (find_unused_volumes, 012345678901/eu-west-1): cloudwatch:GetMetricData: throttled"
      )
      assert.include(lines, "1 resource is too young to be judged.")
      const [record] = yield* csv("coverage")
      assert.deepStrictEqual(
        [record?.["account"], record?.["unjudged"]],
        ["012345678901 (Größe)", "vol-9: cloudwatch:GetMetricData: throttled"]
      )
    })
  )
})
