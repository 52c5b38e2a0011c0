/** Pages to look at: of the sample estate, of one in which every text is an attack, and of a hundred thousand findings. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { Finding } from "../../../core/finding/Finding.ts"
import type { Run } from "../../../core/run/Run.ts"
import { noSummary, noTotals } from "../../../core/run/totals.ts"
import { layerMemory, layerSqlite } from "../../../core/store/sqlite/sqlite.ts"
import { Store, type StoreError } from "../../../core/store/Store.ts"
import { seenFindings } from "../../../query/findingsOf.ts"
import { makeReport, type ReportContent } from "../../../report/makeReport.ts"
import { pagePieces } from "../../../report/writePage.ts"
import { nightaudit } from "../../cli/command.ts"
import { anEvent } from "../../core/store/fixtures.ts"
import { trendPoint } from "../stored.ts"

export interface Night {
  readonly run: Run
  readonly findings: ReadonlyArray<Finding>
}

/** Audits the sample estate in a folder, and gives its store a made-up past with a month in which no run was. */
export const auditSample = Effect.fnUntraced(function* (folder: string) {
  const { code, stderr } = yield* nightaudit(folder, ["demo", "--format", "json"])
  if (code !== 0) return yield* Effect.die(new Error(stderr))
  const file = join(folder, ".nightaudit/sample/audit.db")
  const read = Effect.gen(function* () {
    const store = yield* Store
    const [run] = (yield* store.runs(1)).items
    const findings = yield* Stream.runCollect(seenFindings({}))
    if (run === undefined) return yield* Effect.die(new Error("the sample has no run"))
    // The night before, so that there is one to compare with: nothing was open in it.
    const startedAt = new Date(Date.parse(run.startedAt) - 86_400_000).toISOString()
    const before = { ...run, id: `${startedAt.slice(0, 10).replaceAll("-", "")}T020000Z-000000`, startedAt }
    yield* store.putRun({ ...before, summary: noSummary, open: noTotals })
    const amounts = [8210, 8020, 8890, 9120, 8240, undefined, 9310, 9870, 9640, 10_020, 9930, 10_480]
    yield* store.putTrend(
      amounts.flatMap((confirmed, index) => {
        const day = new Date(Date.UTC(2025, 10 + index, 28)).toISOString().slice(0, 10)
        return confirmed === undefined
          ? []
          : [{ ...trendPoint(day, confirmed), unconfirmed: { findings: 9, monthlyUsd: 700 + 90 * (index % 5) } }]
      })
    )
    return { run, findings } satisfies Night
  })
  return { file, night: yield* Effect.provide(read, layerSqlite(file)) }
})

/** The run's start is the page's time, whatever the clock says. */
const asOf = <A, E, R>(run: Run, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.parse(run.startedAt))
    return yield* effect
  }).pipe(Effect.provide(TestClock.layer()))

/** Writes a page and gives its address. */
export const written = (file: string, content: ReportContent): string => {
  writeFileSync(file, [...pagePieces(content)].join(""))
  return pathToFileURL(file).href
}

/** The page of a store. */
export const pageOfStore = (storeFile: string, { run }: Night, file: string): Effect.Effect<string, StoreError> =>
  asOf(run, makeReport()).pipe(
    Effect.provide(layerSqlite(storeFile)),
    Effect.map((content) => written(file, content))
  )

/** The page of other findings in the same night. */
export const pageOf = (night: Night, file: string): Effect.Effect<string, StoreError> =>
  Effect.gen(function* () {
    const store = yield* Store
    yield* store.putRun(night.run)
    for (let from = 0; from < night.findings.length; from += 5000)
      yield* store.writeTransitions(
        night.findings.slice(from, from + 5000).map((finding) => ({ finding, events: [anEvent(finding)] }))
      )
    return written(file, yield* asOf(night.run, makeReport()))
  }).pipe(Effect.provide(layerMemory))

const attacks = [
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(2)</script>",
  "<!--<script>",
  "javascript:alert(3)",
  "\u202egnp.exe",
  '=HYPERLINK("http://203.0.113.9")',
  "\u0000\u001b[31mred",
  "{{constructor.constructor('alert(4)')()}}",
  "a".repeat(5000),
  "<style>*{display:none}</style>",
  "__proto__",
  "constructor",
  '"><svg onload=alert(5)>',
  "half a pair \ud83d"
]

/** The night with an attack in every text that a stranger can write. */
export const hostile = ({ findings, run }: Night): Night => {
  const attack = (index: number) => attacks[index % attacks.length] ?? ""
  return {
    run: {
      ...run,
      plan: { ...run.plan, accounts: run.plan.accounts.map((account, index) => ({ ...account, name: attack(index) })) }
    },
    findings: findings.map((finding, index) => {
      const text = attack(index)
      // Keys of their own, whatever they are called.
      const tags = JSON.parse(JSON.stringify({ owner: attack(index + 3), [text.slice(0, 100)]: text }))
      return {
        ...finding,
        resource: {
          ...finding.resource,
          name: text.toWellFormed(),
          id: `${index}${text.slice(0, 60)}`.toWellFormed(),
          arn: `arn:aws:${text.slice(0, 80)}:${index}`,
          tags
        },
        evidence: { [text.slice(0, 40)]: [text, text], note: text },
        note: text,
        savings:
          finding.savings === null
            ? null
            : {
                ...finding.savings,
                note: text,
                terms: finding.savings.terms.map((term) => ({ ...term, label: text, unit: text.slice(0, 20) }))
              }
      }
    })
  }
}

/** The night's findings, over and over in many accounts. */
export const manyTimes = ({ findings, run }: Night, many: number): Night => {
  const regions = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2", "ap-northeast-1"]
  const accounts = Array.from({ length: 400 }, (_, index) => ({
    id: String(100_000_000_000 + index * 7919),
    name: `workload-${String(index).padStart(3, "0")}`
  }))
  return {
    run: { ...run, plan: { ...run.plan, accounts } },
    findings: Array.from({ length: many }, (_, index): Finding => {
      const finding = findings[index % findings.length] as Finding
      const number = index.toString(16).padStart(6, "0")
      // Some spread, and the same each time.
      const factor = 0.2 + ((index * 7919) % 1600) / 1000
      const { savings } = finding
      return {
        ...finding,
        id: `${number}${finding.id.slice(6)}`,
        account: accounts[index % 400]?.id ?? finding.account,
        region: regions[index % 6] ?? finding.region,
        resource: {
          ...finding.resource,
          id: `${finding.resource.id}-${number}`,
          arn: `${finding.resource.arn}-${number}`
        },
        savings:
          savings === null ? null : { ...savings, monthlyUsd: Math.round(savings.monthlyUsd * factor * 100) / 100 }
      }
    })
  }
}
