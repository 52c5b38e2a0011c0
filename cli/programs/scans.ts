import * as Effect from "effect/Effect"
import type { CatalogueSetting } from "../../core/catalogue/Catalogue.ts"
import { wholeCatalogue, type WholeEntry } from "../../audit/reads.ts"
import { categories } from "../catalogue.ts"
import { type Document, facts, heading, link, list, tableOf, text } from "../output/document.ts"
import { plural } from "../../core/format.ts"
import type { Format } from "../output/formats.ts"
import { jsonValue } from "../output/json.ts"
import { show } from "../output/show.ts"
import type { Sheet } from "../output/table.ts"
import { type Problem, unknownName, usageProblem } from "../Problem.ts"
import type { Screen } from "../Screen.ts"

const runsOnce = { regional: "account and region", global: "account", payer: "organisation" } as const

const scanSheet = (entries: ReadonlyArray<WholeEntry>): Sheet => ({
  columns: [
    { key: "name", title: "Scan", kind: "text", fit: "whole" },
    { key: "category", title: "Category", kind: "text", only: "file" },
    { key: "title", title: "Looks for", kind: "text", fit: "wrap", least: 20 },
    { key: "scope", title: "Once per", kind: "text", fit: "whole", rank: 2 },
    { key: "kind", title: "Makes", kind: "text", fit: "whole", rank: 3 },
    { key: "actions", title: "Actions", kind: "text", only: "file" },
    { key: "paid", title: "Paid calls", kind: "flag", rank: 4 }
  ],
  rows: entries.map(({ actions, category, kind, name, operations, scope, title }) => ({
    name,
    category,
    title,
    scope: runsOnce[scope],
    kind: kind.replace("+", " and "),
    actions: actions.join(" "),
    paid: operations.some(({ paid }) => paid !== undefined)
  }))
})

const bounds = ({ maximum, minimum }: CatalogueSetting): string =>
  minimum === undefined ? "" : `${minimum} to ${maximum}`

const settingText = (value: CatalogueSetting["default"]): string =>
  typeof value === "string" ? value : JSON.stringify(value)

const scanDocument = (entry: WholeEntry): Document => [
  heading(`${entry.name} (${entry.category})`),
  text(`${entry.title}. ${entry.why}`),
  facts([
    ["Runs", `once per ${runsOnce[entry.scope]}`],
    ["Makes", entry.kind === "finding" ? "findings" : entry.kind === "report" ? "a report" : "a report and findings"],
    ["Reads", entry.datasets.map(({ name }) => name).join(", ")]
  ]),
  heading("What to do about a finding"),
  text(entry.fix),
  link(entry.docs),
  ...(entry.reasons.length === 0
    ? []
    : [heading("Reasons"), facts(entry.reasons.map(({ name, text }) => [name, text] as const))]),
  heading("Settings"),
  tableOf({
    columns: [
      { key: "name", title: "Setting", kind: "text", fit: "whole" },
      { key: "default", title: "Default", kind: "text", fit: "wrap" },
      { key: "unit", title: "Unit", kind: "text" },
      { key: "bounds", title: "Bounds", kind: "text", rank: 1 },
      { key: "description", title: "What it is", kind: "text", fit: "wrap", least: 20 }
    ],
    rows: entry.settings.map((setting) => ({
      name: setting.name,
      default: settingText(setting.default),
      unit: setting.unit,
      bounds: bounds(setting),
      description: setting.description
    }))
  }),
  heading("Calls"),
  tableOf({
    columns: [
      { key: "operation", title: "Operation", kind: "text", fit: "whole" },
      { key: "action", title: "IAM action", kind: "text", fit: "whole", rank: 1 },
      { key: "pageSize", title: "Page", kind: "count" },
      { key: "price", title: "Price", kind: "text", fit: "wrap", least: 12 }
    ],
    rows: entry.operations.map(({ action, operation, pageSize, paid }) => ({
      operation,
      action,
      pageSize,
      price: paid === undefined ? "free" : `$${paid.usdPerUnit} per ${paid.unit}`
    }))
  }),
  ...(entry.costNotes.length === 0 ? [] : [list(entry.costNotes)])
]

/** Lists the catalogue, or tells all about one scan. */
export const scans = Effect.fn("cli.scans")(function* (input: {
  readonly name: string | undefined
  readonly categories: ReadonlyArray<string>
  readonly format: Format
}): Effect.fn.Return<void, Problem, Screen> {
  const { categories: wanted, format, name } = input
  const problems = [
    ...wanted
      .filter((category) => !categories.includes(category))
      .map((category) => unknownName("category", category, categories)),
    ...(name === undefined || wholeCatalogue.some((entry) => entry.name === name)
      ? []
      : [
          unknownName(
            "scan",
            name,
            wholeCatalogue.map((entry) => entry.name)
          )
        ])
  ]
  if (problems.length > 0) return yield* usageProblem(...problems)
  const entries = wholeCatalogue.filter(
    (entry) => (name === undefined || entry.name === name) && (wanted.length === 0 || wanted.includes(entry.category))
  )
  const [only] = entries
  yield* show(format, {
    document:
      name !== undefined && only !== undefined
        ? scanDocument(only)
        : [
            ...categories
              .filter((category) => entries.some((entry) => entry.category === category))
              .flatMap((category) => [
                heading(category),
                tableOf(scanSheet(entries.filter((entry) => entry.category === category)))
              ]),
            text(`${plural(entries.length, "scan")}. \`nightaudit scans <name>\` tells all about one.`, "dim")
          ],
    sheet: scanSheet(entries),
    json: jsonValue(name === undefined ? entries : only)
  })
})
