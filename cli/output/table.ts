/** Tables that fit the terminal. */
import { count, usd } from "./format.ts"
import { type Paint, plain, type Style } from "./paint.ts"
import { displayWidth, oneLine, padEnd, padStart, shorten, wrap } from "./width.ts"

export type Cell = string | number | boolean | null

export type Row = Readonly<Record<string, Cell>>

/** A column of a table. It has the form of a report's column, so that a report is a table. */
export interface Column {
  readonly key: string
  readonly title: string
  /** `usd` cells are numbers in USD, `percent` ones numbers of percent; null cells are unknown. */
  readonly kind: "text" | "usd" | "percent" | "count" | "day" | "flag"
  /** What becomes of text that does not fit. Default: it is shortened. */
  readonly fit?: "whole" | "wrap"
  /** Text is not made narrower than this. Default: 8. */
  readonly least?: number
  /** Left out of a terminal's table that is too narrow, the highest first. Default: never. */
  readonly rank?: number
  /** Only in CSV, where nothing needs to fit, or nowhere but there. Default: everywhere. */
  readonly only?: "file" | "screen"
  readonly style?: (row: Row) => Style | undefined
}

export interface Sheet {
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<Row>
}

/** A cell as a person reads it. */
export const cellText = (kind: Column["kind"], cell: Cell | undefined): string => {
  if (cell === null || cell === undefined) return "–"
  if (typeof cell === "boolean") return cell ? "yes" : "no"
  if (typeof cell === "string") return oneLine(cell)
  return kind === "usd" ? usd(cell) : kind === "percent" ? `${cell.toFixed(1)}%` : count(cell)
}

const isNumeric = ({ kind }: Column) => kind === "usd" || kind === "percent" || kind === "count"

const gap = 2
const narrowest = 8

interface Placed {
  readonly column: Column
  readonly texts: ReadonlyArray<string>
  /** Columns that nothing of it needs more than. */
  readonly natural: number
  width: number
}

const sumOf = (placed: ReadonlyArray<Placed>) =>
  placed.reduce((sum, { width }) => sum + width, 0) + gap * Math.max(0, placed.length - 1)

const leastOf = ({ column, natural }: Placed) =>
  column.kind !== "text" || column.fit === "whole"
    ? natural
    : Math.min(natural, Math.max(column.least ?? narrowest, displayWidth(column.title)))

/** Leaves out columns and narrows others, the widest first, until the table fits. */
const place = (columns: ReadonlyArray<Placed>, width: number): ReadonlyArray<Placed> => {
  let placed = columns
  const least = () => placed.reduce((sum, one) => sum + leastOf(one), 0) + gap * (placed.length - 1)
  while (least() > width) {
    const ranks = placed.flatMap(({ column }) => column.rank ?? [])
    if (ranks.length === 0) break
    const highest = Math.max(...ranks)
    placed = placed.filter(({ column }) => column.rank !== highest)
  }
  for (let excess = sumOf(placed) - width; excess > 0;) {
    const shrinkable = placed.filter((one) => one.width > leastOf(one)).sort((a, b) => b.width - a.width)
    const [widest, next] = shrinkable
    if (widest === undefined) break
    const step = Math.min(excess, widest.width - Math.max(leastOf(widest), next?.width ?? 0) || 1)
    widest.width -= step
    excess -= step
  }
  return placed
}

/** The lines of a table of at most `width` columns. Only a width that its numbers alone exceed cuts lines off. */
export const table = (
  { columns, rows }: Sheet,
  { indent = "", paint = plain, width }: { readonly width: number; readonly paint?: Paint; readonly indent?: string }
): ReadonlyArray<string> => {
  const available = width - indent.length
  const placed = place(
    columns
      .filter(({ only }) => only !== "file")
      .map((column): Placed => {
        const texts = rows.map((row) => cellText(column.kind, row[column.key]))
        const natural = texts.reduce((most, text) => Math.max(most, displayWidth(text)), displayWidth(column.title))
        return { column, texts, natural, width: natural }
      }),
    available
  )
  const cut = sumOf(placed) > available
  const last = placed.length - 1
  const line = (cells: ReadonlyArray<readonly [text: string, style: Style | undefined]>): string => {
    const padded = cells.map(([text, style], index) => {
      const { column, width: own } = placed[index] as Placed
      const full = isNumeric(column) ? padStart(text, own) : index === last ? text : padEnd(text, own)
      return [full, style] as const
    })
    if (cut) return indent + shorten(padded.map(([text]) => text).join(" ".repeat(gap)), available)
    return `${indent}${padded.map(([text, style]) => (style === undefined ? text : paint(style, text))).join(" ".repeat(gap))}`.trimEnd()
  }
  const header = line(placed.map(({ column, width: own }) => [shorten(column.title, own), "bold"]))
  return [
    header,
    ...rows.flatMap((row, index) => {
      const cells = placed.map(({ column, texts, width: own }) => {
        const text = texts[index] as string
        return column.fit === "wrap" ? wrap(text, own) : [shorten(text, own)]
      })
      const height = Math.max(1, ...cells.map(({ length }) => length))
      return Array.from({ length: height }, (_, part) =>
        line(cells.map((lines, at) => [lines[part] ?? "", (placed[at] as Placed).column.style?.(row)]))
      )
    })
  ]
}
