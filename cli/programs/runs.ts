import * as Effect from "effect/Effect"
import type { Run } from "../../core/run/Run.ts"
import { Store } from "../../core/store/Store.ts"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import { Machine } from "../Machine.ts"
import { commands, heading, tableOf, text } from "../output/document.ts"
import { instant, plural } from "../output/format.ts"
import type { Format } from "../output/formats.ts"
import { show } from "../output/show.ts"
import type { Sheet } from "../output/table.ts"
import { usageProblem } from "../Problem.ts"
import { isStillRunning } from "./resume.ts"

const statusStyle = { complete: undefined, running: "cyan", interrupted: "yellow", failed: "red" } as const

/** A run whose process is gone is not running any more, whatever the store says. */
const statusOf = (run: Run, machine: Machine["Service"]): Run["status"] =>
  run.status === "running" && !isStillRunning(run, machine) ? "interrupted" : run.status

const runSheet = (runs: ReadonlyArray<Run>, machine: Machine["Service"]): Sheet => ({
  columns: [
    { key: "id", title: "Run", kind: "text", fit: "whole" },
    { key: "started", title: "Started", kind: "day", rank: 5 },
    {
      key: "status",
      title: "Status",
      kind: "text",
      fit: "whole",
      style: ({ status }) => statusStyle[status as Run["status"]]
    },
    { key: "trigger", title: "Trigger", kind: "text", fit: "whole", rank: 4 },
    { key: "accounts", title: "Accounts", kind: "count", rank: 2 },
    { key: "confirmed", title: "Confirmed", kind: "usd" },
    { key: "unconfirmed", title: "Unconfirmed", kind: "usd", rank: 3 },
    { key: "opened", title: "New", kind: "count" },
    { key: "resolved", title: "Gone", kind: "count" },
    { key: "coverage", title: "Coverage", kind: "percent", rank: 1 },
    { key: "costUsd", title: "Cost", kind: "usd", rank: 2 }
  ],
  rows: runs.map((run) => {
    const coverage = run.summary?.coverage
    const applicable = coverage === undefined ? 0 : coverage.expected - coverage.notApplicable
    return {
      id: run.id,
      started: instant(run.startedAt),
      status: statusOf(run, machine),
      trigger: run.trigger,
      accounts: run.plan.accounts.length,
      confirmed: run.summary?.totals.confirmed.monthlyUsd ?? null,
      unconfirmed: run.summary?.totals.unconfirmed.monthlyUsd ?? null,
      opened: run.summary?.changes.opened ?? null,
      resolved: run.summary?.changes.resolved ?? null,
      coverage: coverage === undefined || applicable === 0 ? null : (coverage.complete / applicable) * 100,
      costUsd: run.summary?.cost.usd ?? null
    }
  })
})

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
      const store = yield* Store
      const machine = yield* Machine
      const { cursor, items } = yield* store.runs(input.limit, input.cursor)
      const shown = items.map((run) => ({ ...run, status: statusOf(run, machine) }))
      yield* show(input.format, {
        document: [
          heading(plural(items.length, "run")),
          tableOf(runSheet(shown, machine)),
          ...(cursor === undefined ? [] : [text("More:", "dim"), commands(`--cursor ${cursor}`)])
        ],
        sheet: runSheet(shown, machine),
        json: { runs: shown, cursor: cursor ?? null }
      })
    })
  )
})
