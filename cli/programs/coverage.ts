import * as Effect from "effect/Effect"
import type { Outcome } from "../../core/run/Outcome.ts"
import { addOutcomes, noCoverage } from "../../core/run/totals.ts"
import type { Run } from "../../core/run/Run.ts"
import { Store, type StoreError } from "../../core/store/Store.ts"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import { coverageLine, gapLines } from "../output/coverage.ts"
import { heading, list, tableOf, text } from "../output/document.ts"
import { instant } from "../output/format.ts"
import type { Format } from "../output/formats.ts"
import { show } from "../output/show.ts"
import type { Sheet } from "../output/table.ts"
import { type Problem, usageProblem } from "../Problem.ts"

/** The newest run, or the newest whose id begins with this. */
const findRun = Effect.fnUntraced(function* (
  id: string | undefined
): Effect.fn.Return<Run, Problem | StoreError, Store> {
  const store = yield* Store
  if (id === undefined) {
    const [newest] = (yield* store.runs(1)).items
    return newest ?? (yield* usageProblem("There is no run in the store yet: `nightaudit scan` makes one."))
  }
  const exact = yield* store.run(id)
  if (exact !== undefined) return exact
  let cursor: string | undefined
  do {
    const page = yield* store.runs(1000, cursor)
    const found = page.items.find((run) => run.id.startsWith(id))
    if (found !== undefined) return found
    cursor = page.cursor
  } while (cursor !== undefined)
  return yield* usageProblem(`There is no run ${JSON.stringify(id)} in the store. \`nightaudit runs\` lists them.`)
})

const outcomeSheet = (outcomes: ReadonlyArray<Outcome>): Sheet => ({
  columns: [
    "scan",
    "account",
    "region",
    "status",
    "code",
    "message",
    "examined",
    "flagged",
    "tooYoung",
    "suppressed",
    "unknown",
    "belowMinimum",
    "asOf",
    "lastComplete"
  ].map((key) => ({ key, title: key, kind: "text" })),
  rows: outcomes.map(({ account, asOf, counters, lastComplete, reason, region, scan, status }) => ({
    scan,
    account,
    region,
    status,
    code: reason?.code ?? null,
    message: reason?.message ?? null,
    ...counters,
    asOf,
    lastComplete
  }))
})

const statuses = {
  complete: "complete",
  partial: "partial",
  unavailable: "unavailable",
  not_applicable: "notApplicable"
} as const

/** Outcomes counted by what `keyOf` says of them. */
const matrix = (title: string, outcomes: ReadonlyArray<Outcome>, keyOf: (outcome: Outcome) => string): Sheet => {
  const rows = new Map<
    string,
    { key: string; complete: number; partial: number; unavailable: number; notApplicable: number; unknown: number }
  >()
  for (const outcome of outcomes) {
    const key = keyOf(outcome)
    const row = rows.get(key) ?? { key, complete: 0, partial: 0, unavailable: 0, notApplicable: 0, unknown: 0 }
    row[statuses[outcome.status]] += 1
    row.unknown += outcome.counters.unknown
    rows.set(key, row)
  }
  return {
    columns: [
      { key: "key", title, kind: "text", least: 30 },
      { key: "complete", title: "Complete", kind: "count" },
      { key: "partial", title: "Partial", kind: "count" },
      {
        key: "unavailable",
        title: "Unavailable",
        kind: "count",
        style: ({ unavailable }) => (unavailable === 0 ? undefined : "yellow")
      },
      { key: "notApplicable", title: "N/A", kind: "count", rank: 2 },
      { key: "unknown", title: "Not judged", kind: "count", rank: 1 }
    ],
    rows: [...rows.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  }
}

/** What a run saw and what it did not. */
export const coverage = Effect.fn("cli.coverage")(function* (
  input: PlaceInput & { readonly run: string | undefined; readonly format: Format }
) {
  yield* withStore(
    input,
    Effect.gen(function* () {
      const store = yield* Store
      const run = yield* findRun(input.run)
      const outcomes: Array<Outcome> = []
      for (const { id } of run.plan.accounts) {
        for (const record of yield* store.scopeRecords(run.id, id)) outcomes.push(...record.outcomes)
      }
      const names = new Map(run.plan.accounts.map(({ id, name }) => [id, name]))
      const sum = addOutcomes(noCoverage, outcomes)
      yield* show(input.format, {
        document: [
          heading(`Coverage of run ${run.id} of ${instant(run.startedAt)}`),
          text(`${coverageLine(sum)}.`),
          heading("By account"),
          tableOf(matrix("Account", outcomes, ({ account }) => `${account} ${names.get(account) ?? ""}`.trimEnd())),
          heading("By region"),
          tableOf(matrix("Region", outcomes, ({ region }) => region)),
          heading("By scan"),
          tableOf(matrix("Scan", outcomes, ({ scan }) => scan)),
          heading("What was not seen"),
          ...(sum.gaps.length === 0 ? [text("Nothing is missing.")] : [list(gapLines(sum))])
        ],
        sheet: outcomeSheet(outcomes),
        json: { run: { id: run.id, status: run.status, startedAt: run.startedAt }, coverage: sum, outcomes }
      })
    })
  )
})
