import * as Effect from "effect/Effect"
import type { Amount } from "../../core/run/Changes.ts"
import type { Run } from "../../core/run/Run.ts"
import { runs as listRuns } from "../../query/runs.ts"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import { Machine } from "../Machine.ts"
import { commands, heading, tableOf, text } from "../output/document.ts"
import { instant, plural } from "../output/format.ts"
import type { Format } from "../output/formats.ts"
import { jsonValue } from "../output/json.ts"
import { show } from "../output/show.ts"
import type { Sheet } from "../output/table.ts"
import { usageProblem } from "../Problem.ts"
import { isStillRunning } from "./resume.ts"

const statusStyle = { complete: undefined, running: "cyan", interrupted: "yellow", failed: "red" } as const

/** A run whose process is gone is not running any more, whatever the store says. */
const statusOf = (run: Run, machine: Machine["Service"]): Run["status"] =>
  run.status === "running" && !isStillRunning(run, machine) ? "interrupted" : run.status

/** The first of these runs that can be compared with one: it came to its end, and covered as much. */
const before = (run: Run, older: ReadonlyArray<Run>): Run | undefined =>
  older.find(({ plan, summary }) => summary !== null && plan.full === run.plan.full)

const grown = (run: Run, older: Run | undefined, of: "confirmed" | "unconfirmed"): number | null => {
  const [now, then] = [run.summary?.totals[of], older?.summary?.totals[of]]
  return now === undefined || then === undefined
    ? null
    : (Math.round(now.monthlyUsd * 100) - Math.round(then.monthlyUsd * 100)) / 100
}

const changeColumns = (key: string, title: string, rank: number): Sheet["columns"] => [
  { key, title, kind: "count", rank },
  { key: `${key}Usd`, title: `${title} USD`, csvTitle: `${key}MonthlyUsd`, kind: "usd", rank }
]

const changeCells = (key: string, amount: Amount | undefined) => ({
  [key]: amount?.findings ?? null,
  [`${key}Usd`]: amount?.monthlyUsd ?? null
})

/** `older` are all runs before each, as far as they are known, newest first. */
const runSheet = (runs: ReadonlyArray<Run>, known: ReadonlyArray<Run>): Sheet => ({
  columns: [
    { key: "id", title: "Run", kind: "text", fit: "whole" },
    { key: "started", title: "Started", kind: "day", only: "file" },
    {
      key: "status",
      title: "Status",
      kind: "text",
      fit: "whole",
      style: ({ status }) => statusStyle[status as Run["status"]]
    },
    { key: "trigger", title: "Trigger", kind: "text", fit: "whole", rank: 12 },
    { key: "accounts", title: "Accounts", kind: "count", rank: 10 },
    { key: "confirmed", title: "Confirmed", csvTitle: "confirmedMonthlyUsd", kind: "usd" },
    { key: "confirmedChange", title: "Change", csvTitle: "confirmedChangeUsd", kind: "usd", rank: 4 },
    { key: "unconfirmed", title: "Unconfirmed", csvTitle: "unconfirmedMonthlyUsd", kind: "usd" },
    { key: "unconfirmedChange", title: "Change", csvTitle: "unconfirmedChangeUsd", kind: "usd", rank: 4 },
    ...changeColumns("opened", "New", 5),
    ...changeColumns("changed", "Changed", 8),
    ...changeColumns("nowConfirmed", "Proven", 9),
    ...changeColumns("resolved", "Gone", 5),
    ...changeColumns("reopened", "Back", 9),
    { key: "coverage", title: "Coverage", kind: "percent", rank: 3 },
    { key: "costUsd", title: "Cost", kind: "usd", rank: 7 }
  ],
  rows: runs.map((run) => {
    const { coverage, changes, cost, totals } = run.summary ?? {}
    const applicable = coverage === undefined ? 0 : coverage.expected - coverage.notApplicable
    const older = before(run, known.slice(known.indexOf(run) + 1))
    return {
      id: run.id,
      started: instant(run.startedAt),
      status: run.status,
      trigger: run.trigger,
      accounts: run.plan.accounts.length,
      confirmed: totals?.confirmed.monthlyUsd ?? null,
      confirmedChange: grown(run, older, "confirmed"),
      unconfirmed: totals?.unconfirmed.monthlyUsd ?? null,
      unconfirmedChange: grown(run, older, "unconfirmed"),
      ...changeCells("opened", changes?.opened),
      ...changeCells("changed", changes?.changed),
      ...changeCells("nowConfirmed", changes?.confirmed),
      ...changeCells("resolved", changes?.resolved),
      ...changeCells("reopened", changes?.reopened),
      coverage: coverage === undefined || applicable === 0 ? null : (coverage.complete / applicable) * 100,
      costUsd: cost?.usd ?? null
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
      const shown = items.map((run) => ({ ...run, status: statusOf(run, machine) }))
      const sheet = runSheet(shown, [...shown, ...older])
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
        json: jsonValue({ runs: shown, cursor: cursor ?? null })
      })
    })
  )
})
