import * as Effect from "effect/Effect"
import { Catalogue, type CatalogueEntry, type CatalogueSetting } from "../../core/catalogue/Catalogue.ts"
import { plural, valueText } from "../../core/format.ts"
import { argument, echoOf } from "./argument.ts"
import { offsetCursor } from "./boundCursor.ts"
import { categoryFilter, filtersSaid, findingFilters, scansOf } from "./filters.ts"
import { noScanLine, scansAbout } from "./scanWords.ts"
import { defineTool } from "./Tool.ts"

/** `idleDays=30 days` */
const settingText = ({ default: value, name, unit }: CatalogueSetting): string =>
  `${name}=${valueText(value)}${unit === "" ? "" : ` ${unit}`}`

const fields = {
  scan: ({ name }) => name,
  title: ({ title }) => title,
  category: ({ category }) => category,
  reasons: ({ reasons }) => reasons.map(({ text }) => text),
  settings: ({ settings }) => settings.map(settingText),
  kind: ({ kind }) => kind,
  scope: ({ scope }) => scope,
  needs: ({ actions }) => actions,
  why: ({ why }) => why,
  fix: ({ fix }) => fix,
  docs: ({ docs }) => docs
} satisfies Record<string, (entry: CatalogueEntry) => unknown>

const fieldNames = Object.keys(fields) as ReadonlyArray<keyof typeof fields>

const usualFields: ReadonlyArray<keyof typeof fields> = [
  "scan",
  "title",
  "category",
  "reasons",
  "settings",
  "kind",
  "scope",
  "needs"
]

export default defineTool({
  name: "list_scans",
  title: "Scans: which exist",
  description:
    "Which checks exist: what each scan looks for, its thresholds and settings, permissions. Do you check this service?",
  arguments: {
    categories: categoryFilter,
    scans: findingFilters.scans,
    service: argument.text("A service or word"),
    fields: argument.words(fieldNames)
  },
  answer: Effect.fnUntraced(function* (
    { categories, cursor, fields: asked, limit = 100, scans, service },
    { caller, fence }
  ) {
    const { all } = yield* Catalogue
    const names = yield* scansOf({ categories, scans })
    const chosen = all.filter(({ name }) => names?.includes(name) ?? true)
    const about = service === undefined ? undefined : scansAbout(service, chosen)
    const found = about?.found ?? chosen
    const filters = filtersSaid({ categories, scans, service })
    const from = yield* offsetCursor.decode(cursor, filters)
    const shownFields = asked === undefined ? usualFields : [...new Set(["scan" as const, ...asked])]
    const page = found.slice(from, from + limit)
    return {
      standing: null,
      filters,
      content: {
        count: found.length,
        ...(about === undefined || found.length > 0
          ? {}
          : { nearestScans: about.nearest.map(({ name, title }) => ({ name, title })) })
      },
      lines: [
        service !== undefined && about !== undefined && found.length === 0
          ? noScanLine(service, about, echoOf(fence))
          : `${plural(found.length, "scan")}. ${found.every(({ name }) => caller.tools.has(name)) ? "Each is a tool under its name. " : caller.tools.has("search_findings") ? "search_findings with scans and a name has what one found. " : ""}What no scan looks at is not known.`
      ],
      rows: {
        key: "scans",
        fields: shownFields,
        items: page.map((entry) => Object.fromEntries(shownFields.map((field) => [field, fields[field](entry)]))),
        matching: found.length,
        cursorAfter: offsetCursor.after(from, found.length, filters)
      }
    }
  })
})
