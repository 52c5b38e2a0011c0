import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Run } from "../../core/run/Run.ts"
import type { Store, StoreError } from "../../core/store/Store.ts"
import {
  allChanges,
  changeTotals,
  changeTypes,
  type ChangeTotals,
  type ChangeType,
  withFinding
} from "../../query/compareRuns.ts"
import { largestChanges } from "../../query/largestChanges.ts"
import { newestNight } from "../../query/runs.ts"
import { type Span, spanBetween } from "../../query/span.ts"
import { changesLine, inSums, openOf, otherClaimsOf, sumChanges } from "../../query/sumChanges.ts"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import { type Document, heading, tableOf, text } from "../output/document.ts"
import { count, instant, usd } from "../../core/format.ts"
import type { Format } from "../output/formats.ts"
import { jsonFields } from "../output/json.ts"
import { changeSheet, changeStream, type Showing } from "../output/sheets.ts"
import { show } from "../output/show.ts"
import type { Sheet } from "../output/table.ts"
import { type Problem, usageProblem } from "../Problem.ts"
import { runNamed } from "./runNamed.ts"
import { showingOf } from "./runResult.ts"

/** The two nights that are compared; the first night of a store is compared with none. */
interface Nights {
  readonly older: Run | undefined
  readonly newer: Run
}

const nightsOf = Effect.fnUntraced(function* (
  a: string | undefined,
  b: string | undefined
): Effect.fn.Return<Nights, Problem | StoreError, Store> {
  if (a === undefined) {
    const newer = (yield* newestNight()) ?? (yield* runNamed(undefined))
    return { older: yield* newestNight(newer), newer }
  }
  const one = yield* runNamed(a)
  const other = yield* runNamed(b)
  if (one.id === other.id) {
    return yield* usageProblem(
      b === undefined
        ? `Run ${one.id} is the newest: name an older one, or none to compare the last two.`
        : `Both name the run ${one.id}: name two different ones.`
    )
  }
  return one.id < other.id ? { older: one, newer: other } : { older: other, newer: one }
})

const titles: Readonly<Record<ChangeType, string>> = {
  opened: "New",
  changed: "Changed",
  confirmed: "Confirmed",
  resolved: "Resolved",
  ended: "Ended, no saving",
  reopened: "Reopened",
  snoozed: "Snoozed",
  suppressed: "Suppressed"
}

/** Always told, also where there is none. */
const alwaysTold = new Set<ChangeType>(["opened", "changed", "confirmed", "resolved", "reopened"])

const totalsSheet = (totals: ChangeTotals): Sheet => ({
  columns: [
    { key: "change", title: "Change", kind: "text", fit: "whole" },
    { key: "findings", title: "Findings", kind: "count" },
    { key: "monthlyUsd", title: "Claimed USD/month", kind: "usd" }
  ],
  rows: changeTypes
    .filter((type) => alwaysTold.has(type) || totals[type].findings > 0)
    .map((type) => ({ change: titles[type], findings: totals[type].findings, monthlyUsd: totals[type].monthlyUsd }))
})

const wasteLine = ({ newer, older }: Nights): string | undefined => {
  const [before, after] = [older?.open ?? older?.summary?.totals, newer.open ?? newer.summary?.totals]
  if (before === undefined || after === undefined || older?.plan.full !== newer.plan.full) return undefined
  const change = (from: number, to: number) =>
    `${usd(from)} → ${usd(to)} (${to >= from ? "+" : ""}${usd(Math.round((to - from) * 100) / 100)})`
  return (
    `Confirmed waste a month: ${change(before.confirmed.monthlyUsd, after.confirmed.monthlyUsd)}; ` +
    `unconfirmed: ${change(before.unconfirmed.monthlyUsd, after.unconfirmed.monthlyUsd)}.`
  )
}

const titleOf = ({ newer, older }: Nights): string =>
  older === undefined
    ? `Run ${newer.id} of ${instant(newer.startedAt)} is the first: all of it is new`
    : `From run ${older.id} of ${instant(older.startedAt)} to run ${newer.id} of ${instant(newer.startedAt)}`

/** What moved the sums between the two nights, by anybody. */
const sumsOf = Effect.fnUntraced(function* ({ newer, older }: Nights, span: Span) {
  const changes = yield* sumChanges(newer, span)
  const isComparable = older !== undefined && older.plan.full === newer.plan.full
  return { ...changes, otherClaims: isComparable ? otherClaimsOf(openOf(older), openOf(newer), changes) : null }
})

const documentOf = Effect.fnUntraced(function* (
  nights: Nights,
  span: Span,
  showing: Showing,
  most: number
): Effect.fn.Return<Document, StoreError, Store> {
  const { largest, totals } = yield* largestChanges(span, most)
  const waste = wasteLine(nights)
  return [
    heading(titleOf(nights)),
    ...(waste === undefined ? [] : [text(waste)]),
    ...(span.runIds.length > 1 ? [text(`${count(span.runIds.length)} runs together.`)] : []),
    tableOf(totalsSheet(totals)),
    // What each claims is more than what counts, and what counts is what every other answer says.
    text(`In the sums: ${changesLine(yield* sumsOf(nights, span))}`),
    ...[...largest].flatMap(([type, changes]) => {
      const rest = totals[type].findings - changes.length
      return [
        heading(titles[type]),
        tableOf(changeSheet(changes, showing)),
        ...(rest > 0 ? [text(`and ${count(rest)} more: --format json or csv has all, --limit shows more`, "dim")] : [])
      ]
    })
  ]
})

/** Tells two nights apart: what was opened, changed, confirmed, resolved and reopened after the older one. */
export const compare = Effect.fn("cli.compare")(function* (
  input: PlaceInput & {
    readonly a: string | undefined
    readonly b: string | undefined
    readonly limit: number
    readonly format: Format
  }
) {
  if (input.limit < 1 || input.limit > 1000)
    return yield* usageProblem(`--limit ${input.limit} is not possible: give a whole number from 1 to 1,000.`)
  yield* withStore(
    input,
    Effect.gen(function* () {
      const nights = yield* nightsOf(input.a, input.b)
      const { newer, older } = nights
      const span = yield* spanBetween(older, newer)
      const showing = yield* showingOf
      const changes = Stream.mapEffect(allChanges(span), withFinding, { concurrency: 16 })
      const runFacts = (run: Run | undefined) =>
        run === undefined ? null : { id: run.id, status: run.status, startedAt: run.startedAt }
      yield* show<StoreError, Store>(input.format, {
        document: documentOf(nights, span, showing, input.limit),
        sheet: changeStream(changes, showing),
        json: jsonFields<StoreError, Store>({
          from: runFacts(older),
          to: runFacts(newer),
          runs: span.runIds,
          totals: changeTotals(span),
          inSums: Effect.map(sumsOf(nights, span), inSums),
          changes
        })
      })
    })
  )
})
