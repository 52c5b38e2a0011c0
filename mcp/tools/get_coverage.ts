import * as Effect from "effect/Effect"
import { Catalogue } from "../../core/catalogue/Catalogue.ts"
import type { OutcomeStatus } from "../../core/run/Outcome.ts"
import { coverage } from "../../query/coverage.ts"
import { standing } from "../../query/standing.ts"
import { Refusal } from "../answer/Answer.ts"
import { argument, echoOf } from "./argument.ts"
import { categoryFilter, checkAccounts, filtersSaid, findingFilters, placeFilters, scansOf } from "./filters.ts"
import { runNamed, standingOfRun } from "./get_run.ts"
import { noScanLine, scansAbout } from "./scanWords.ts"
import { defineTool } from "./Tool.ts"

const rowFields = ["scan", "complete", "partial", "unavailable", "notApplicable", "oldest"]

const columnOf: Readonly<Record<OutcomeStatus, "complete" | "partial" | "unavailable" | "notApplicable">> = {
  complete: "complete",
  partial: "partial",
  unavailable: "unavailable",
  not_applicable: "notApplicable"
}

export default defineTool({
  name: "get_coverage",
  title: "Coverage: what was not looked at",
  description:
    "Blind spots: what was not looked at, denied or failed, and why; is a service or region checked at all, how fresh?",
  arguments: {
    ...placeFilters,
    scans: findingFilters.scans,
    categories: categoryFilter,
    service: argument.text(),
    run: argument.text()
  },
  answer: Effect.fnUntraced(function* (given, { caller, fence }) {
    const { accounts, categories, regions, run: runId, scans, service } = given
    if (runId !== undefined) {
      if ([accounts, categories, regions, scans, service].some((one) => one !== undefined)) {
        return yield* new Refusal({
          message:
            "The coverage of a run is of all of it: give run alone, or leave it out to filter what is known by now."
        })
      }
      const run = yield* runNamed(runId)
      return {
        standing: standingOfRun(run, yield* coverage(run)),
        filters: { run: run.id },
        content: {},
        lines: [`Coverage of run ${run.id}.`]
      }
    }
    yield* checkAccounts(accounts, caller.accounts)
    const { all } = yield* Catalogue
    const about = service === undefined ? undefined : scansAbout(service, all)
    if (service !== undefined && about?.found.length === 0) {
      return {
        standing: null,
        filters: filtersSaid({ service }),
        content: {
          looksAt: false,
          count: null,
          nearestScans: about.nearest.map(({ name, title }) => ({ name, title }))
        },
        lines: [noScanLine(service, about, echoOf(fence))]
      }
    }
    const chosen = yield* scansOf({ categories, scans })
    const named = about?.found.map(({ name }) => name)
    const names = named === undefined ? chosen : named.filter((name) => chosen?.includes(name) ?? true)
    if (names?.length === 0) {
      return yield* new Refusal({
        message: "No scan is in all that was asked for: leave scans, categories or service out."
      })
    }
    const state = yield* standing({ accounts, regions, scans: names })
    const rows = new Map<string, Record<string, any>>()
    for (const { outcome, scan } of state.pairs ?? []) {
      const row = rows.get(scan) ?? { scan, complete: 0, partial: 0, unavailable: 0, notApplicable: 0, oldest: null }
      row[columnOf[outcome.status]] += 1
      if (outcome.lastComplete !== null && (row.oldest === null || outcome.lastComplete < row.oldest))
        row.oldest = outcome.lastComplete
      rows.set(scan, row)
    }
    const items = [...rows.values()].sort(
      (a, b) => b.unavailable + b.partial - (a.unavailable + a.partial) || (a.scan < b.scan ? -1 : 1)
    )
    return {
      standing: state,
      filters: filtersSaid({ accounts, regions, categories, scans, service }),
      content: names === undefined ? {} : { looksAt: true, checkedBy: names },
      lines: [
        names === undefined
          ? "All scans. A service without a scan is in none of these figures."
          : `Looked at by ${names.join(", ")}.`
      ],
      ...(state.pairs === null
        ? {}
        : {
            rows: {
              key: "byScan",
              fields: rowFields,
              items,
              matching: items.length,
              cursorAfter: () => undefined
            }
          }),
      closing: ["What was not looked at is not clean."]
    }
  })
})
