/** GitHub Flavored Markdown, in which text from AWS stays text. */
import { type AnySheet, cellText, type Column, type Row } from "./table.ts"
import { escapeMarkdown } from "../../core/text.ts"

const rowOf = (cells: ReadonlyArray<string>) => `| ${cells.join(" | ")} |`

const onPage = ({ columns }: Pick<AnySheet, "columns">) => columns.filter(({ only }) => only !== "file")

/** The lines above the rows of a table. */
export const markdownHeader = (sheet: Pick<AnySheet, "columns">): ReadonlyArray<string> => [
  rowOf(onPage(sheet).map(({ title }) => escapeMarkdown(title))),
  rowOf(onPage(sheet).map(({ kind }) => (kind === "usd" || kind === "percent" || kind === "count" ? "---:" : "---")))
]

/** Writes rows of a table. */
export const markdownRow = (sheet: { readonly columns: ReadonlyArray<Column> }): ((row: Row) => string) => {
  const columns = onPage(sheet)
  return (row) => rowOf(columns.map(({ key, kind }) => escapeMarkdown(cellText(kind, row[key]))))
}
