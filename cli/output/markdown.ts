/** Tables in GitHub Flavored Markdown, in which text from AWS stays text. */
import { cellText, type Sheet } from "./table.ts"
import { oneLine } from "./width.ts"

/** Text that is neither markup nor HTML, on one line. */
export const escapeMarkdown = (text: string): string =>
  oneLine(text)
    .replace(/[\\`*|[\]~]/g, "\\$&")
    .replace(/^#/, "\\#")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")

const rowOf = (cells: ReadonlyArray<string>) => `| ${cells.join(" | ")} |`

/** The lines of a table. */
export const markdownTable = ({ columns, rows }: Sheet): ReadonlyArray<string> => {
  const shown = columns.filter(({ only }) => only !== "file")
  return [
    rowOf(shown.map(({ title }) => escapeMarkdown(title))),
    rowOf(shown.map(({ kind }) => (kind === "usd" || kind === "percent" || kind === "count" ? "---:" : "---"))),
    ...rows.map((row) => rowOf(shown.map(({ key, kind }) => escapeMarkdown(cellText(kind, row[key])))))
  ]
}
