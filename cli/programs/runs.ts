import * as Effect from "effect/Effect"
import { type Amount, endedOf, endedText } from "../../core/run/Changes.ts"
import type { Run } from "../../core/run/Run.ts"
import { runs as listRuns } from "../../query/runs.ts"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import { Machine } from "../Machine.ts"
import { commands, heading, tableOf, text } from "../output/document.ts"
import { count, instant, plural, usd } from "../../core/format.ts"
import type { Format } from "../output/formats.ts"
import { jsonValue } from "../output/json.ts"
import { show } from "../output/show.ts"
import type { Sheet } from "../output/table.ts"
import { usageProblem } from "../Problem.ts"

const statusStyle = { complete: undefined, running: "cyan", interrupted: "yellow", failed: "red" } as const

/** What a run looked at. */
const coveredBy = ({ accounts, excludeRegions, full, regions, scans }: Run["plan"]): string =>
  full
    ? "everything that is configured"
    : JSON.stringify(
        [accounts.map(({ id }) => id), regions, excludeRegions, scans.map(({ name }) => name)].map((names) =>
          names.toSorted()
        )
      )

/** The first of these runs that can be compared with one: it came to its end, and looked at the same. */
const before = (run: Run, older: ReadonlyArray<Run>): Run | undefined =>
  older.find(({ plan, summary }) => summary !== null && coveredBy(plan) === coveredBy(run.plan))

const grown = (run: Run, older: Run | undefined, of: "confirmed" | "unconfirmed"): number | null => {
  const [now, then] = [run.summary?.totals[of], older?.summary?.totals[of]]
  return now === undefined || then === undefined
    ? null
    : (Math.round(now.monthlyUsd * 100) - Math.round(then.monthlyUsd * 100)) / 100
}

const signed = (amount: number): string => `${amount < 0 ? "" : "+"}${usd(amount)}`

/** `unconfirmed +$12.50`; empty where there is nothing to compare with. */
const growthText = (name: string, amount: number | null): string => (amount === null ? "" : `${name} ${signed(amount)}`)

const changeText = (name: string, { findings, monthlyUsd }: Amount): string =>
  findings === 0 ? "" : `${count(findings)} ${name}${monthlyUsd === 0 ? "" : ` ${usd(monthlyUsd)}`}`

const changeTypes = ["opened", "changed", "confirmed", "resolved", "reopened"] as const

const titles = { opened: "new", changed: "changed", confirmed: "confirmed", resolved: "resolved", reopened: "reopened" }

const inFiles = (key: string, csvTitle = key): Sheet["columns"][number] => ({
  key,
  title: key,
  csvTitle,
  kind: "text",
  only: "file"
})

/** `known` are all runs as far as they are known, newest first; each run is compared with one of those behind it. */
export const runSheet = (runs: ReadonlyArray<Run>, known: ReadonlyArray<Run>): Sheet => ({
  columns: [
    { key: "id", title: "Run", kind: "text", fit: "whole" },
    inFiles("started"),
    {
      key: "status",
      title: "Status",
      kind: "text",
      fit: "whole",
      style: ({ status }) => statusStyle[status as Run["status"]]
    },
    { key: "trigger", title: "Trigger", kind: "text", fit: "whole", rank: 3 },
    { key: "accounts", title: "Accounts", kind: "count", rank: 4 },
    { key: "confirmed", title: "Confirmed", csvTitle: "confirmedWasteMonthlyUsd", kind: "usd" },
    inFiles("confirmedGrowth", "confirmedWasteChangeUsd"),
    { key: "unconfirmed", title: "Unconfirmed", csvTitle: "unconfirmedWasteMonthlyUsd", kind: "usd" },
    inFiles("unconfirmedGrowth", "unconfirmedWasteChangeUsd"),
    ...changeTypes.flatMap((type) => [inFiles(`${type}Findings`), inFiles(`${type}MonthlyUsd`)]),
    { key: "coverage", title: "Coverage", kind: "percent", rank: 1 },
    { key: "costUsd", title: "Cost", kind: "usd", rank: 2 },
    { key: "growth", title: "Change a month", kind: "text", fit: "whole", beneath: true, only: "screen" },
    {
      key: "changes",
      title: "Findings, and what they claim",
      kind: "text",
      fit: "whole",
      beneath: true,
      only: "screen"
    }
  ],
  rows: runs.map((run) => {
    const { changes, coverage, cost, totals } = run.summary ?? {}
    const applicable = coverage === undefined ? 0 : coverage.expected - coverage.notApplicable
    const older = before(run, known.slice(known.indexOf(run) + 1))
    const confirmedGrowth = grown(run, older, "confirmed")
    const unconfirmedGrowth = grown(run, older, "unconfirmed")
    const parts =
      changes === undefined
        ? []
        : [
            ...changeTypes.map((type) => changeText(titles[type], changes[type])),
            endedText(endedOf(changes.ended))
          ].filter((text) => text !== "")
    return {
      id: run.id,
      started: instant(run.startedAt),
      status: run.status,
      trigger: run.trigger,
      accounts: run.plan.accounts.length,
      confirmed: totals?.confirmed.monthlyUsd ?? null,
      confirmedGrowth,
      unconfirmed: totals?.unconfirmed.monthlyUsd ?? null,
      unconfirmedGrowth,
      ...Object.fromEntries(
        changeTypes.flatMap((type) => [
          [`${type}Findings`, changes?.[type].findings ?? null],
          [`${type}MonthlyUsd`, changes?.[type].monthlyUsd ?? null]
        ])
      ),
      coverage: coverage === undefined || applicable === 0 ? null : (coverage.complete / applicable) * 100,
      costUsd: cost?.usd ?? null,
      growth: [growthText("confirmed", confirmedGrowth), growthText("unconfirmed", unconfirmedGrowth)]
        .filter((text) => text !== "")
        .join(", "),
      changes: changes === undefined ? "" : parts.length === 0 ? "nothing changed" : parts.join(", ")
    }
  })
})

/** A run is compared with one of so many before it. */
const looksBack = 5

/** Lists runs, newest first. */
export const runs = Effect.fn("cli.runs")(function* (
  input: PlaceInput & { readonly limit: number; readonly cursor: string | undefined; readonly format: Format }
) {
  if (input.limit < 1 || input.limit > 1000) {
    return yield* usageProblem(`--limit ${input.limit} is not possible: give a whole number from 1 to 1,000.`)
  }
  yield* withStore(
    input,
    Effect.gen(function* () {
      const machine = yield* Machine
      const { cursor, items } = yield* listRuns(input.limit, input.cursor)
      const older = cursor === undefined ? [] : (yield* listRuns(looksBack, cursor)).items
      const sheet = runSheet(items, [...items, ...older])
      yield* show(input.format, {
        document: [
          heading(plural(items.length, "run")),
          tableOf(sheet),
          text("`nightaudit compare` lists what changed between two of them, `coverage <run>` what one saw.", "dim"),
          ...(cursor === undefined
            ? []
            : [text("More:", "dim"), commands(`${machine.command} runs --cursor ${cursor}`)])
        ],
        sheet,
        json: jsonValue({ runs: items, cursor: cursor ?? null })
      })
    })
  )
})
