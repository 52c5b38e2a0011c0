/** GitHub Flavored Markdown, in which text from AWS stays text. */
import { type AnySheet, cellText, type Column, type Row } from "./table.ts"
import { oneLine } from "./width.ts"

/**
 * Text on one line that is neither markup nor HTML nor a link. Within a word an underscore is no emphasis and stays as it is, so that the
 * names of scans can be searched for.
 */
export const escapeMarkdown = (text: string): string =>
  oneLine(text)
    .replace(/[\\`*|[\]~]/g, "\\$&")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    .replace(/^(\s*)(#|\+(?=\s)|-(?=[\s-]))/, "$1\\$2")
    .replace(/^(\s*\d+)(?=[.)]\s)/, "$1\\")
    // What looks like an address becomes a link by itself.
    .replace(/(https?|ftp|mailto|xmpp):/gi, "$1\\:")
    .replace(/www\./gi, "www\\.")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")

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
