/** Colours, with restraint: for what is bad, what is good, and what can be skipped. */

export type Style = "bold" | "dim" | "red" | "yellow" | "green" | "cyan"

export type Paint = (style: Style, text: string) => string

const codes: Record<Style, readonly [on: number, off: number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  cyan: [36, 39]
}

export const colours: Paint = (style, text) =>
  text === "" ? "" : `\u001b[${codes[style][0]}m${text}\u001b[${codes[style][1]}m`

/** For files, pipes and whoever sets `NO_COLOR`. */
export const plain: Paint = (_style, text) => text
