import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Catalogue } from "../../core/catalogue/Catalogue.ts"
import { listed, plural } from "../../core/format.ts"
import { scopeKey } from "../../core/Scope.ts"
import { Store } from "../../core/store/Store.ts"
import { standing } from "../../query/standing.ts"
import { Refusal } from "../answer/Answer.ts"
import { rowsOf } from "../answer/reports.ts"
import { boundCursor } from "./boundCursor.ts"
import { argument, echoOf } from "./argument.ts"
import { checkAccounts, filtersSaid, placeFilters, scanNames } from "./filters.ts"
import { defineTool } from "./Tool.ts"

/** A place in all rows: of which report, and after how many of its rows. */
const place = boundCursor(Schema.Tuple([Schema.Int, Schema.Int]))

export default defineTool({
  name: "get_report",
  title: "Cost report: newest of a scan",
  description:
    "Cost report tables: spend by service or day, trends, commitment use; every row of the newest report of one scan.",
  arguments: { scan: argument.name(() => scanNames), accounts: placeFilters.accounts },
  required: ["scan"],
  answer: Effect.fnUntraced(function* ({ accounts, cursor, fields: asked, limit = 100, scan }, { caller, fence }) {
    yield* checkAccounts(accounts, caller.accounts)
    const { all } = yield* Catalogue
    const reporting = all.filter(({ kind }) => kind !== "finding").map(({ name }) => name)
    const name = reporting.find((one) => one === scan)
    if (name === undefined) {
      return yield* new Refusal({ message: `Give one scan that makes a report: ${reporting.join(", ")}.` })
    }
    const store = yield* Store
    const reports = (yield* store.reports(name))
      .filter(({ account }) => accounts?.includes(account) ?? true)
      .toSorted((a, b) => (scopeKey(a) < scopeKey(b) ? -1 : 1))
    const state = yield* standing({ accounts, scans: [name] })
    const filters = filtersSaid({ scan: name, accounts })
    const [index, from] = (yield* place.decode(cursor, filters)) ?? [0, 0]
    const stored = reports[index]
    if (stored === undefined) {
      return {
        standing: state,
        filters,
        content: { scan: name, count: null },
        lines: ["There is no such report: nothing was read for it, which is not the same as no spend."],
        isError: true
      }
    }
    const { account, asOf, region, report } = stored
    const keys = report.columns.map(({ key }) => key)
    const unknown = (asked ?? []).filter((field) => !keys.includes(field))
    if (unknown.length > 0) {
      return yield* new Refusal({
        message: `fields: there is no ${echoOf(fence)(unknown.join(", "))}. There are: ${keys.join(", ")}.`
      })
    }
    const rows = rowsOf(stored, fence)
    const page = rows.slice(from, from + limit)
    const others = reports.filter((_, at) => at !== index).map(scopeKey)
    const after = (shown: number) =>
      from + shown < rows.length
        ? place.encode([index, from + shown], filters)
        : index + 1 < reports.length
          ? place.encode([index + 1, 0], filters)
          : undefined
    return {
      standing: state,
      filters,
      content: {
        scan: name,
        title: report.title,
        account,
        region,
        reportAsOf: asOf,
        columns: report.columns,
        count: rows.length,
        notes: report.notes.map(fence.text),
        otherReports: others
      },
      lines: [
        `${report.title} (${account}, ${region}), as of ${asOf}: ${plural(rows.length, "row")}.`,
        ...report.notes.map(fence.text),
        ...(others.length === 0 ? [] : [`There are also those of ${listed(others, 5)}: name the account.`])
      ],
      rows: { key: "rows", fields: asked ?? keys, items: page, matching: rows.length, cursorAfter: after }
    }
  })
})
