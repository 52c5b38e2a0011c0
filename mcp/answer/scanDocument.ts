/** A scan's documentation in Markdown, for who wants to know what its findings mean before acting on them. */
import type { CatalogueEntry, CatalogueSetting } from "../../core/catalogue/Catalogue.ts"
import { valueText } from "../../core/format.ts"
import { tableLines } from "./Answer.ts"

const runsOnce = { regional: "account and region", global: "account", payer: "organisation" }

const boundsOf = ({ maximum, minimum, values }: CatalogueSetting): string =>
  values?.join(", ") ?? (minimum === undefined ? "" : `${minimum} to ${maximum}`)

/** How its findings are asked for with these tools; nothing where there is none for it. */
export const howToAsk = ({ kind, name }: Pick<CatalogueEntry, "kind" | "name">, tools: ReadonlySet<string>): string =>
  tools.has(name)
    ? name
    : kind !== "finding" && tools.has("get_report")
      ? `get_report with scan "${name}"`
      : tools.has("search_findings")
        ? `search_findings with scans "${name}"`
        : ""

export const scanDocument = (entry: CatalogueEntry, tools: ReadonlySet<string>): ReadonlyArray<string> => {
  const { actions, category, costNotes, docs, fix, kind, reasons, scope, settings, title, why, words } = entry
  const ask = howToAsk(entry, tools)
  return [
    `# ${title}`,
    "",
    `Scan \`${entry.name}\`, category ${category}; also called: ${words}.`,
    "",
    why,
    "",
    `**What to do.** ${fix}`,
    "",
    `AWS documentation: ${docs}`,
    "",
    `It runs once per ${runsOnce[scope]} and makes ${kind === "report" ? "a report" : kind === "finding" ? "findings" : "a report and findings"}.`,
    ...(reasons.length === 0
      ? []
      : [
          "",
          "## Reasons",
          "",
          ...tableLines(
            ["Reason", "Means"],
            reasons.map(({ name, text }) => ({ Reason: name, Means: text }))
          )
        ]),
    ...(settings.length === 0
      ? []
      : [
          "",
          "## Settings",
          "",
          "Other values than the configured ones mean a live scan.",
          "",
          ...tableLines(
            ["Setting", "Default", "Unit", "Bounds", "What it is"],
            settings.map((setting) => ({
              Setting: setting.name,
              Default: valueText(setting.default),
              Unit: setting.unit,
              Bounds: boundsOf(setting),
              "What it is": setting.description
            }))
          )
        ]),
    "",
    "## Permissions",
    "",
    `It needs ${actions.join(", ")}.`,
    ...[...new Set(costNotes)].map((note) => `- ${note}`),
    ...(ask === "" ? [] : ["", `What it found last: ${ask}.`])
  ]
}
