/** Comma-separated values after RFC 4180, made to be opened in a spreadsheet: filtered, added up, forwarded. */
import * as Stream from "effect/Stream"
import { type AnySheet, type Cell, type Column, rowsOf } from "./table.ts"
import { oneLine } from "../../core/text.ts"

/** Without it a spreadsheet takes UTF-8 for the code page of its machine. */
const byteOrderMark = "\ufeff"

// What a spreadsheet takes for a formula, also in full width. Leading spaces and quotes do not stop all of them. Where decimals
// have a comma, cells end at semicolons, even within what is quoted here.
const formula = /(^|;)(?=[\s"']*[=+\-@＝＋－＠])/g

// Text that a spreadsheet takes for a number or a day and shows as another one: leading zeros, more than 15 digits, `12e34`,
// `3-4`, `1.10`. Days of ISO 8601 are meant as days, and addresses stay what they are.
const mangled = /^(?!\d{4}-\d\d-\d\d$|\d+(?:\.\d+){3}$)(?:0\d+|\d{16,}|\d+(?:\.\d+)?e[+-]?\d+|\d+(?:[./:,-]\d+)+)$/i

/**
 * Who reads a file. A spreadsheet is told that it is UTF-8 and keeps the zeros of what looks like a number; a program joins by ids as
 * they are. Neither is given a formula.
 */
export type Reader = "spreadsheet" | "program"

const field = (cell: Cell | undefined, reader: Reader): string => {
  if (cell === null || cell === undefined) return ""
  if (typeof cell !== "string") return String(cell)
  // Line ends and tabs end cells too, wherever the text is read with other separators.
  const text = oneLine(cell.replace(/[\t\r\n]+/g, " ")).replace(formula, "$1'")
  if (reader === "spreadsheet" && text >= "0" && text < ":" && text.length < 64 && mangled.test(text)) return `'${text}`
  return /[",;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const record = (fields: ReadonlyArray<string>) => `${fields.join(",")}\r\n`

const header = ({ csvTitle, key }: Column): string => csvTitle ?? key

/** A header and one record per row. Numbers are plain numbers; what is unknown is empty. */
export const csv = <E, R>(
  sheet: AnySheet<E, R>,
  { reader }: { readonly reader: Reader } = { reader: "spreadsheet" }
): Stream.Stream<string, E, R> => {
  const columns = sheet.columns.filter(({ only }) => only !== "screen")
  const first = record(columns.map((column) => field(header(column), reader)))
  return Stream.concat(
    Stream.succeed(reader === "spreadsheet" ? byteOrderMark + first : first),
    Stream.map(rowsOf(sheet), (row) => record(columns.map(({ key }) => field(row[key], reader))))
  )
}
