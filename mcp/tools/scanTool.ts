/** The tool of a scan, under the scan's name: its findings and reports, scanned anew where they are too old. */
import * as Effect from "effect/Effect"
import type { CatalogueEntry, CatalogueSetting } from "../../core/catalogue/Catalogue.ts"
import { settingSchema } from "../../core/config/settings.ts"
import type { SettingValue } from "../../core/run/Outcome.ts"
import { Store } from "../../core/store/Store.ts"
import { accountNames } from "../../query/accountNames.ts"
import { search } from "../../query/search.ts"
import { type FindingField, findingFields } from "../answer/findings.ts"
import { reportLines, reportsContent } from "../answer/reports.ts"
import { freshened } from "../freshened.ts"
import { argument, type Argument, unpublished, type Wire } from "./argument.ts"
import { checkAccounts, filtersSaid, placeFilters } from "./filters.ts"
import { findingRows, findingsCursor, totalsOf } from "./findingsPage.ts"
import { common, type Tool } from "./Tool.ts"

const wireOf = ({ type, values }: CatalogueSetting): Wire => {
  switch (type) {
    case "list":
      return { type: "array", items: { type: "string" } }
    case "map":
      return { type: "object" }
    case "string":
      return values === undefined ? { type: "string" } : { enum: values }
    default:
      return { type }
  }
}

const settingArgument = (setting: CatalogueSetting): Argument<SettingValue> =>
  argument.of(() => settingSchema(setting), wireOf(setting))

const rowFields: ReadonlyArray<FindingField> = [
  "id",
  "monthlyUsd",
  "resource",
  "name",
  "account",
  "region",
  "severity",
  "confirmed",
  "counted",
  "reasons",
  "owner"
]

/** Every client sends all tools to its model, so no more settings than these are published; the others are taken all the same. */
const publishedSettings = 3

export const scanTool = (entry: CatalogueEntry): Tool => {
  const { name, scope } = entry
  // A setting of that name narrows what the scan asks AWS for; here it is a filter of what is shown, as in every tool.
  const settings = entry.settings.filter((setting) => !(setting.name in placeFilters))
  return {
    name,
    title: entry.title,
    description: `${entry.title} (${entry.words})`,
    arguments: {
      accounts: placeFilters.accounts,
      regions: scope === "regional" ? placeFilters.regions : unpublished(placeFilters.regions),
      ...Object.fromEntries(
        settings.map((setting, place) => {
          const own = settingArgument(setting)
          return [setting.name, place < publishedSettings ? own : unpublished(own)]
        })
      ),
      ...common,
      fields: unpublished(argument.words(findingFields)),
      sort: unpublished(argument.word(["saving", "severity"]))
    },
    reaches: "live",
    answer: Effect.fnUntraced(function* (given: Readonly<Record<string, any>>, call) {
      const { accounts, cursor, fields = rowFields, limit = 25, regions, sort } = given
      const { caller, fence } = call
      yield* checkAccounts(accounts, caller.accounts)
      const asked: Record<string, SettingValue> = {}
      for (const { name } of settings) if (given[name] !== undefined) asked[name] = given[name]
      const {
        note,
        results,
        source,
        standing: state
      } = yield* freshened(
        {
          scan: name,
          accounts,
          regions,
          settings: asked,
          // A page belongs to the list that it goes on with.
          freshnessHours: cursor === undefined ? given.freshness : Number.POSITIVE_INFINITY
        },
        call
      )
      return yield* Effect.gen(function* () {
        const query = { accounts, regions, scans: [name], statuses: ["open"] as const }
        const filters = filtersSaid({ ...query, ...asked })
        const after = yield* findingsCursor.decode(cursor, filters)
        const page = entry.kind === "report" ? undefined : yield* search({ ...query, limit, sort, cursor: after })
        const store = yield* Store
        const reports =
          entry.kind === "finding"
            ? []
            : (yield* store.reports(name)).filter(({ account }) => accounts?.includes(account) ?? true)
        const said = page === undefined ? undefined : totalsOf(page.matched, fence)
        // What is there was seen, even where no scope was judged completely.
        const nothingRead = state.asOf === null && reports.length === 0 && (page?.findings.length ?? 0) === 0
        return {
          standing: state,
          source,
          filters,
          content: {
            scan: name,
            count: nothingRead ? null : (said?.findings ?? reports.length),
            ...(nothingRead ? {} : said?.content),
            ...reportsContent(reports, fence)
          },
          lines: [
            `${entry.title}.${said === undefined || nothingRead ? "" : ` ${said.line}`}`,
            ...(note === undefined ? [] : [note]),
            ...reportLines(reports, fence, caller.tools)
          ],
          ...(page === undefined
            ? {}
            : {
                rows: findingRows(page, {
                  fields,
                  showing: { fence, accountNames: yield* accountNames() },
                  matching: said?.findings ?? null,
                  filters,
                  after,
                  sort
                })
              }),
          ...(nothingRead ? { isError: true } : {})
        }
      }).pipe(results === undefined ? (answer) => answer : Effect.provideService(Store, results))
    })
  }
}
