/** Text measured as a terminal or a mail in columns shows it: East Asian characters and emoji take two columns, marks take none. */

// Made when it is needed: it takes longer than everything else that a start loads of this folder.
let segmenter: Intl.Segmenter | undefined
const graphemes = (line: string) => {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" })
  return segmenter.segment(line)
}

const ascii = /^[\u0020-\u007e]*$/
const invisible = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]*$/u
const emoji = /\p{Emoji_Presentation}|\ufe0f/u

// Ranges of East Asian Width W and F. Source: Unicode Standard Annex 11, the blocks that are wide as a whole.
const wideRanges = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x20000, 0x3fffd]
] as const

const isWide = (codePoint: number): boolean =>
  codePoint >= 0x1100 && wideRanges.some(([from, to]) => codePoint >= from && codePoint <= to)

const graphemeWidth = (grapheme: string): number =>
  invisible.test(grapheme) ? 0 : emoji.test(grapheme) || isWide(grapheme.codePointAt(0) ?? 0) ? 2 : 1

/** Columns that a line takes. It must have no control characters. */
export const displayWidth = (line: string): number => {
  if (ascii.test(line)) return line.length
  let width = 0
  for (const { segment } of graphemes(line)) width += graphemeWidth(segment)
  return width
}

/** As much of the beginning of a line as fits, and the rest. */
export const splitAt = (line: string, width: number): readonly [head: string, rest: string] => {
  if (ascii.test(line)) return [line.slice(0, width), line.slice(width)]
  let taken = 0
  for (const { index, segment } of graphemes(line)) {
    taken += graphemeWidth(segment)
    if (taken > width) return [line.slice(0, index), line.slice(index)]
  }
  return [line, ""]
}

/** The line, or its beginning and an ellipsis where it is wider. */
export const shorten = (line: string, width: number): string =>
  displayWidth(line) <= width ? line : width < 1 ? "" : `${splitAt(line, width - 1)[0].trimEnd()}…`

export const padEnd = (line: string, width: number): string =>
  line + " ".repeat(Math.max(0, width - displayWidth(line)))

export const padStart = (line: string, width: number): string =>
  " ".repeat(Math.max(0, width - displayWidth(line))) + line

/** Lines of at most `width` columns, broken at spaces, or within a word that is wider than a line. */
export const wrap = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`
    if (displayWidth(longer) <= width) {
      line = longer
      continue
    }
    if (line !== "") lines.push(line)
    line = word
    while (displayWidth(line) > width) {
      const [head, rest] = splitAt(line, width)
      // A character that is wider than the line is kept: nothing else would end the loop.
      lines.push(head === "" ? line : head)
      line = head === "" ? "" : rest
    }
  }
  if (line !== "" || lines.length === 0) lines.push(line)
  return lines
}
