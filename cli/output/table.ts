/** Tables that fit the terminal. */
import * as Stream from "effect/Stream"
import { count, usd } from "../../core/format.ts"
import { type Paint, plain, type Style } from "./paint.ts"
import { oneLine } from "../../core/text.ts"
import { displayWidth, padEnd, padStart, shorten, wrap } from "../../core/width.ts"

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
  /**
   * The higher, the sooner it gives way on a terminal that is too narrow: text to the line beneath where there is one, and
   * everything else altogether.
   */
  readonly rank?: number
  /** Stands in a line beneath the row where a terminal is too narrow for all columns. */
  readonly beneath?: boolean
  /** Where rows have a line beneath, a longer text stands there, and only its own row gives way to it. */
  readonly spill?: number
  /** Left out on a screen where no row has it. */
  readonly sparse?: boolean
  /** Only in CSV, where nothing needs to fit, or nowhere but there. Default: everywhere. */
  readonly only?: "file" | "screen"
  /** The header in CSV, where it is not the key: one word, which scripts name. */
  readonly csvTitle?: string
  readonly style?: (row: Row) => Style | undefined
}

export interface Sheet {
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<Row>
}

/** A table whose rows are written as they are read. */
export interface StreamedSheet<E, R> {
  readonly columns: ReadonlyArray<Column>
  readonly rows: Stream.Stream<Row, E, R>
}

export type AnySheet<E = never, R = never> = Sheet | StreamedSheet<E, R>

export const rowsOf = <E, R>({ rows }: AnySheet<E, R>): Stream.Stream<Row, E, R> =>
  Stream.isStream(rows) ? (rows as Stream.Stream<Row, E, R>) : Stream.fromIterable(rows)

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
/** Stands for a text that is beneath. */
const spillMark = "↓"
/** What stands beneath a row is moved in by so much. */
const beneathIndent = "    "

interface Placed {
  readonly column: Column
  readonly texts: ReadonlyArray<string>
  /** Columns that nothing of it needs more than. */
  readonly natural: number
  width: number
}

const gapsOf = (placed: ReadonlyArray<Placed>) => gap * Math.max(0, placed.length - 1)

const sumOf = (placed: ReadonlyArray<Placed>) => placed.reduce((sum, { width }) => sum + width, 0) + gapsOf(placed)

const leastOf = ({ column, natural }: Placed) =>
  column.kind !== "text" || column.fit === "whole"
    ? natural
    : Math.min(natural, Math.max(column.least ?? narrowest, displayWidth(column.title)))

const leastSumOf = (placed: ReadonlyArray<Placed>) =>
  placed.reduce((sum, one) => sum + leastOf(one), 0) + gapsOf(placed)

/** Narrows columns, the widest first, until the table fits, if it can. */
const narrow = (placed: ReadonlyArray<Placed>, width: number): void => {
  for (let excess = sumOf(placed) - width; excess > 0;) {
    const shrinkable = placed.filter((one) => one.width > leastOf(one)).sort((a, b) => b.width - a.width)
    const [widest, next] = shrinkable
    if (widest === undefined) return
    const step = Math.min(excess, widest.width - Math.max(leastOf(widest), next?.width ?? 0) || 1)
    widest.width -= step
    excess -= step
  }
}

/** The column as narrow as it is without the texts that stand beneath. */
const spilling = (one: Placed): Placed => {
  const { column, natural, texts } = one
  const most = column.spill
  if (most === undefined || natural <= most) return one
  const rest = texts.map(displayWidth).filter((width) => width <= most)
  const width = Math.max(displayWidth(column.title), ...rest)
  return { ...one, natural: width, width }
}

interface Layout {
  /** Columns side by side. */
  readonly upper: ReadonlyArray<Placed>
  /** What stands beneath each row, one after the other, as whole as it is. */
  readonly lower: ReadonlyArray<Placed>
}

const without = (placed: ReadonlyArray<Placed>, gone: (one: Placed) => boolean) => placed.filter((one) => !gone(one))

/**
 * Where columns go. What has a place beneath goes there when a row is too long; then the columns of the highest rank give way,
 * and at last those behind the first that fit. No identifier is ever cut.
 */
const layoutOf = (columns: ReadonlyArray<Placed>, width: number): Layout => {
  const fits = (placed: ReadonlyArray<Placed>) => leastSumOf(placed) <= width
  let upper = columns
  if (fits(upper)) return { upper, lower: [] }
  const hasLower = columns.some(({ column }) => column.beneath === true)
  if (hasLower) upper = without(upper, ({ column }) => column.beneath === true).map(spilling)
  const gone = new Set<Column>()
  while (!fits(upper)) {
    const ranks = upper.flatMap(({ column }) => column.rank ?? [])
    if (ranks.length === 0) break
    const highest = Math.max(...ranks)
    for (const { column } of upper) {
      // A number without its title beside it says nothing.
      if (column.rank === highest && (!hasLower || column.kind !== "text")) gone.add(column)
    }
    upper = without(upper, ({ column }) => column.rank === highest)
  }
  while (!fits(upper) && upper.length > 0) upper = upper.slice(0, -1)
  const placed = new Set([...gone, ...upper.map(({ column }) => column)])
  return { upper, lower: columns.filter(({ column }) => !placed.has(column)) }
}

/** Texts one after the other, each whole, in as many lines as they need. */
const flow = (texts: ReadonlyArray<string>, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const text of texts) {
    const longer = line === "" ? text : `${line}${" ".repeat(gap)}${text}`
    if (displayWidth(longer) <= width) {
      line = longer
      continue
    }
    if (line !== "") lines.push(line)
    const parts = wrap(text, width)
    lines.push(...parts.slice(0, -1))
    line = parts.at(-1) ?? ""
  }
  return line === "" ? lines : [...lines, line]
}

/** The lines of a table of at most `width` columns. */
export const table = (
  { columns, rows }: Sheet,
  { indent = "", paint = plain, width }: { readonly width: number; readonly paint?: Paint; readonly indent?: string }
): ReadonlyArray<string> => {
  const available = Math.max(1, width - indent.length)
  const { lower, upper } = layoutOf(
    columns
      .filter(
        ({ key, only, sparse }) => only !== "file" && !(sparse === true && rows.every((row) => row[key] === null))
      )
      .map((column): Placed => {
        const texts = rows.map((row) => cellText(column.kind, row[column.key]))
        const natural = texts.reduce((most, text) => Math.max(most, displayWidth(text)), displayWidth(column.title))
        return { column, texts, natural, width: natural }
      }),
    available
  )
  narrow(upper, available)
  const last = upper.length - 1
  const line = (cells: ReadonlyArray<readonly [text: string, style: Style | undefined]>): string => {
    const padded = cells.map(([text, style], index) => {
      const { column, width: own } = upper[index] as Placed
      const full = isNumeric(column) ? padStart(text, own) : index === last ? text : padEnd(text, own)
      return style === undefined ? full : paint(style, full)
    })
    return `${indent}${padded.join(" ".repeat(gap))}`.trimEnd()
  }
  const beneath = (texts: ReadonlyArray<string>): ReadonlyArray<string> => {
    const shift = upper.length === 0 ? "" : beneathIndent
    const lines = flow(
      texts.filter((text) => text !== "" && text !== "–"),
      Math.max(1, available - shift.length)
    )
    return lines.map((text) => `${indent}${shift}${paint("dim", text)}`)
  }
  const header = [
    ...(upper.length === 0 ? [] : [line(upper.map(({ column, width: own }) => [shorten(column.title, own), "bold"]))]),
    ...beneath(lower.map(({ column }) => column.title))
  ]
  return [
    ...header,
    ...rows.flatMap((row, index) => {
      const spilled: Array<string> = []
      const cells = upper.map(({ column, texts, width: own }) => {
        const text = texts[index] as string
        if (column.spill !== undefined && displayWidth(text) > own) {
          spilled.push(text)
          return [spillMark]
        }
        return column.fit === "wrap" ? wrap(text, own) : [shorten(text, own)]
      })
      const height = upper.length === 0 ? 0 : Math.max(1, ...cells.map(({ length }) => length))
      return [
        ...Array.from({ length: height }, (_, part) =>
          line(cells.map((lines, at) => [lines[part] ?? "", (upper[at] as Placed).column.style?.(row)]))
        ),
        ...beneath([...spilled, ...lower.map(({ texts }) => texts[index] as string)])
      ]
    })
  ]
}
