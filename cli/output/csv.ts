/** Comma-separated values after RFC 4180, safe to open in a spreadsheet. */
import type { Cell, Sheet } from "./table.ts"
import { withoutControls } from "./width.ts"

// What a spreadsheet takes for a formula, also in full width. Leading spaces do not stop all of them.
const formula = /^\s*[=+\-@\t\r\n＝＋－＠]/

const field = (cell: Cell | undefined): string => {
  if (cell === null || cell === undefined) return ""
  if (typeof cell !== "string") return String(cell)
  const clean = withoutControls(cell)
  const text = formula.test(clean) ? `'${clean}` : clean
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A header of the columns' keys and one record per row. Numbers are plain numbers; what is unknown is empty. */
export const csv = ({ columns, rows }: Sheet): string => {
  const keys = columns.filter(({ only }) => only !== "screen").map(({ key }) => key)
  return [keys.map(field), ...rows.map((row) => keys.map((key) => field(row[key])))]
    .map((fields) => `${fields.join(",")}\r\n`)
    .join("")
}
