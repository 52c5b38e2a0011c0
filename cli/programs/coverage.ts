import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Outcome } from "../../core/run/Outcome.ts"
import type { Run } from "../../core/run/Run.ts"
import type { Store, StoreError } from "../../core/store/Store.ts"
import { coverage as coverageOfRun, outcomesOf } from "../../query/coverage.ts"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import { coverageLine, gapLines, payerLine, unjudgedLines } from "../output/coverage.ts"
import { type Document, heading, list, tableOf, text } from "../output/document.ts"
import { count, instant, listed, plural } from "../../core/format.ts"
import type { Format } from "../output/formats.ts"
import { jsonFields } from "../output/json.ts"
import { accountText, type Showing } from "../output/sheets.ts"
import { show } from "../output/show.ts"
import type { Column, Row, Sheet } from "../output/table.ts"
import { runNamed } from "./runNamed.ts"
import { showingOf } from "./runResult.ts"

const outcomeColumns: ReadonlyArray<Column> = [
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
  "unjudged",
  "leftOut",
  "asOf",
  "lastComplete"
].map((key) => ({ key, title: key, kind: "text" }))

const outcomeRow =
  (showing: Showing) =>
  ({ account, asOf, counters, lastComplete, leftOut = [], reason, region, scan, status, unjudged }: Outcome): Row => ({
    scan,
    account: accountText(account, showing),
    region,
    status,
    code: reason?.code ?? null,
    message: reason?.message ?? null,
    ...counters,
    unjudged: unjudged.map(({ resource, why }) => `${resource}: ${why}`).join("; "),
    leftOut: leftOut.map(({ resources, why }) => `${resources}: ${why}`).join("; "),
    asOf,
    lastComplete
  })

const statuses = {
  complete: "complete",
  partial: "partial",
  unavailable: "unavailable",
  not_applicable: "notApplicable"
} as const

interface Counts {
  complete: number
  partial: number
  unavailable: number
  notApplicable: number
  unknown: number
}

/** Outcomes counted by one thing about them. */
type Matrix = Map<string, Counts>

const addTo = (matrix: Matrix, key: string, outcome: Outcome): void => {
  const row = matrix.get(key) ?? { complete: 0, partial: 0, unavailable: 0, notApplicable: 0, unknown: 0 }
  row[statuses[outcome.status]] += 1
  row.unknown += outcome.counters.unknown
  matrix.set(key, row)
}

const matrixSheet = (title: string, matrix: Matrix): Sheet => {
  return {
    columns: [
      { key: "key", title, kind: "text", fit: "whole" },
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
    rows: [...matrix].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, row]) => ({ key, ...row }))
  }
}

/** More resources that were not judged are not named on a screen. */
const mostUnjudged = 20

const documentOf = Effect.fnUntraced(function* (
  run: Run,
  showing: Showing
): Effect.fn.Return<Document, StoreError, Store> {
  const byAccount: Matrix = new Map()
  const byRegion: Matrix = new Map()
  const byScan: Matrix = new Map()
  const unjudged: Array<string> = []
  const leftOut = new Map<string, Array<string>>()
  let left = 0
  let unknown = 0
  let tooYoung = 0
  yield* Stream.runForEach(outcomesOf(run), (outcome) =>
    Effect.sync(() => {
      addTo(byAccount, accountText(outcome.account, showing), outcome)
      addTo(byRegion, outcome.region, outcome)
      addTo(byScan, outcome.scan, outcome)
      unknown += outcome.counters.unknown
      tooYoung += outcome.counters.tooYoung
      for (const { resources, why } of outcome.leftOut ?? []) {
        leftOut.set(why, [...(leftOut.get(why) ?? []), `${count(resources)} by ${outcome.scan}`])
      }
      const lines = unjudgedLines(outcome)
      left += Math.max(0, unjudged.length + lines.length - mostUnjudged)
      unjudged.push(...lines.slice(0, mostUnjudged - unjudged.length))
    })
  )
  const coverage = yield* coverageOfRun(run)
  const payer = payerLine(run)
  return [
    heading(`Coverage of run ${run.id} of ${instant(run.startedAt)}`),
    text(`${coverageLine(coverage)}.`),
    heading("By account"),
    tableOf(matrixSheet("Account", byAccount)),
    heading("By region"),
    tableOf(matrixSheet("Region", byRegion)),
    heading("By scan"),
    tableOf(matrixSheet("Scan", byScan)),
    heading("What was not seen"),
    ...(payer === undefined ? [] : [text(payer)]),
    ...(coverage.gaps.length === 0 ? [text("Nothing is missing.")] : [list(gapLines(coverage))]),
    ...(unknown === 0
      ? []
      : [
          heading(`${plural(unknown, "resource")} could not be judged`),
          list(unjudged),
          ...(left > 0
            ? [
                text(
                  `and ${plural(left, "more reason")}: --format json names the first resources of each outcome`,
                  "dim"
                )
              ]
            : [])
        ]),
    ...(leftOut.size === 0
      ? []
      : [
          heading("Listed, and left out by the configuration"),
          list([...leftOut].sort(([a], [b]) => (a < b ? -1 : 1)).map(([why, told]) => `${why}: ${listed(told, 6)}`))
        ]),
    ...(tooYoung === 0 ? [] : [text(`${plural(tooYoung, "resource is", "resources are")} too young to be judged.`)])
  ]
})

/** What a run saw and what it did not. */
export const coverage = Effect.fn("cli.coverage")(function* (
  input: PlaceInput & { readonly run: string | undefined; readonly format: Format }
) {
  yield* withStore(
    input,
    Effect.gen(function* () {
      const run = yield* runNamed(input.run)
      const showing = yield* showingOf
      const outcomes = outcomesOf(run)
      yield* show<StoreError, Store>(input.format, {
        document: documentOf(run, showing),
        sheet: { columns: outcomeColumns, rows: Stream.map(outcomes, outcomeRow(showing)) },
        json: jsonFields<StoreError, Store>({
          run: { id: run.id, status: run.status, startedAt: run.startedAt, payerGap: run.plan.payerGap },
          coverage: coverageOfRun(run),
          outcomes
        })
      })
    })
  )
})
