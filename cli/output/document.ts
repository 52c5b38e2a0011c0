/** What a command tells: headings, text, facts and tables, written for a terminal or as Markdown. */
import * as Stream from "effect/Stream"
import { escapeMarkdown, oneLine } from "../../core/text.ts"
import { markdownHeader, markdownRow } from "./markdown.ts"
import type { Paint, Style } from "./paint.ts"
import { type AnySheet, type Row, rowsOf, type Sheet, table } from "./table.ts"
import { displayWidth, padEnd, wrap } from "../../core/width.ts"

export type Block<E = never, R = never> =
  | { readonly _tag: "Heading"; readonly text: string }
  | { readonly _tag: "Text"; readonly text: string; readonly style: Style | undefined }
  /** An address of ours, which is a link where there are links. */
  | { readonly _tag: "Link"; readonly address: string }
  | { readonly _tag: "Facts"; readonly facts: ReadonlyArray<readonly [name: string, value: string]> }
  /** Names that may be long, each with what it is: beside it, or beneath where the name takes the place. */
  | { readonly _tag: "Entries"; readonly entries: ReadonlyArray<readonly [name: string, description: string]> }
  | { readonly _tag: "List"; readonly items: ReadonlyArray<string> }
  | { readonly _tag: "Table"; readonly sheet: AnySheet<E, R> }
  /** Commands, to be copied as they are. */
  | { readonly _tag: "Commands"; readonly commands: ReadonlyArray<string> }

export type Document<E = never, R = never> = ReadonlyArray<Block<E, R>>

export const heading = (text: string): Block => ({ _tag: "Heading", text })

export const text = (text: string, style?: Style): Block => ({ _tag: "Text", text, style })

export const link = (address: string): Block => ({ _tag: "Link", address })

export const facts = (facts: ReadonlyArray<readonly [name: string, value: string]>): Block => ({ _tag: "Facts", facts })

export const entries = (entries: ReadonlyArray<readonly [name: string, description: string]>): Block => ({
  _tag: "Entries",
  entries
})

export const list = (items: ReadonlyArray<string>): Block => ({ _tag: "List", items })

export const tableOf = <E = never, R = never>(sheet: AnySheet<E, R>): Block<E, R> => ({ _tag: "Table", sheet })

export const commands = (...commands: ReadonlyArray<string>): Block => ({ _tag: "Commands", commands })

const indent = "  "

const hanging = (first: string, rest: string, content: string, width: number): ReadonlyArray<string> =>
  wrap(oneLine(content), Math.max(20, width - displayWidth(first))).map(
    (line, index) => (index === 0 ? first : rest) + line
  )

/** A command in as many lines as it needs, each but the last ended as a shell wants it. An argument is never broken. */
const commandLines = (command: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of oneLine(command).split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`
    if (line === "" || displayWidth(longer) + 2 <= width) line = longer
    else {
      lines.push(`${line} \\`)
      line = `${indent}${word}`
    }
  }
  return [...lines, line]
}

/** A longer name has its description beneath. */
const widestName = 24

const terminalBlock = (
  block: Exclude<Block, { readonly _tag: "Table" }>,
  width: number,
  paint: Paint
): ReadonlyArray<string> => {
  switch (block._tag) {
    case "Heading":
      return wrap(oneLine(block.text), width).map((line) => paint("bold", line))
    case "Text":
      return wrap(oneLine(block.text), width).map((line) =>
        block.style === undefined ? line : paint(block.style, line)
      )
    case "Link":
      // An address that is broken into two lines can neither be followed nor copied.
      return [oneLine(block.address)]
    case "Facts": {
      const names = block.facts.map(([name]) => oneLine(name))
      const longest = Math.min(Math.max(...names.map(displayWidth), 0), Math.floor(width / 3))
      return block.facts.flatMap(([, value], index) => {
        const name = names[index] as string
        return hanging(`${indent}${padEnd(name, longest)}  `, " ".repeat(longest + 4), value, width)
      })
    }
    case "Entries": {
      const longest = Math.max(...block.entries.map(([name]) => displayWidth(oneLine(name))), 0)
      const beside = Math.min(longest, widestName, Math.floor(width / 2))
      const rest = " ".repeat(indent.length + beside + 2)
      return block.entries.flatMap(([name, description]) => {
        if (displayWidth(name) <= beside) {
          return hanging(padEnd(`${indent}${oneLine(name)}`, rest.length), rest, description, width)
        }
        const own = width - indent.length
        const lines = name.startsWith("-") ? wrap(oneLine(name), own) : commandLines(name, own)
        const beneath = description === "" ? [] : hanging(rest, rest, description, width)
        return [...lines.map((line) => `${indent}${line}`), ...beneath]
      })
    }
    case "List":
      return block.items.flatMap((item) => hanging(`${indent}- `, `${indent}  `, item, width))
    case "Commands":
      return block.commands
        .flatMap((command) => commandLines(command, width - indent.length))
        .map((line) => `${indent}${paint("cyan", line)}`)
  }
}

const markdownBlock = (block: Exclude<Block, { readonly _tag: "Table" }>): ReadonlyArray<string> => {
  switch (block._tag) {
    case "Heading":
      return [`## ${escapeMarkdown(block.text)}`]
    case "Text":
      return [escapeMarkdown(block.text)]
    case "Link":
      return [`<${oneLine(block.address)}>`]
    case "Entries":
      return block.entries.map(
        ([name, description]) =>
          `- **${escapeMarkdown(name)}**${description === "" ? "" : `: ${escapeMarkdown(description)}`}`
      )
    case "Facts":
      return block.facts.map(([name, value]) => `- **${escapeMarkdown(name)}**: ${escapeMarkdown(value)}`)
    case "List":
      return block.items.map((item) => `- ${escapeMarkdown(item)}`)
    case "Commands":
      return ["```sh", ...block.commands.map(oneLine), "```"]
  }
}

/** Rows of a streamed table that are laid out together on a terminal. */
const rowsAtOnce = 200

const linesOf = (lines: ReadonlyArray<string>): Stream.Stream<string> => Stream.fromArray(lines)

const isStreamed = <E, R>(sheet: AnySheet<E, R>): boolean => Stream.isStream(sheet.rows)

const terminalTable = <E, R>(sheet: AnySheet<E, R>, width: number, paint: Paint): Stream.Stream<string, E, R> => {
  if (isStreamed(sheet)) {
    return Stream.flatMap(Stream.grouped(rowsOf(sheet), rowsAtOnce), (rows) =>
      linesOf(table({ columns: sheet.columns, rows }, { width, paint, indent }))
    )
  }
  const { columns, rows } = sheet as Sheet
  return linesOf(rows.length === 0 ? [`${indent}none`] : table({ columns, rows }, { width, paint, indent }))
}

const markdownTable = <E, R>(sheet: AnySheet<E, R>): Stream.Stream<string, E, R> =>
  !isStreamed(sheet) && (sheet.rows as ReadonlyArray<Row>).length === 0
    ? Stream.succeed("none")
    : Stream.concat(linesOf(markdownHeader(sheet)), Stream.map(rowsOf(sheet), markdownRow(sheet)))

/** Lines for a terminal. A heading begins after an empty line. */
export const terminalLines = <E = never, R = never>(
  document: Document<E, R>,
  width: number,
  paint: Paint
): Stream.Stream<string, E, R> =>
  Stream.flatMap(Stream.fromArray(document.map((block, index) => [block, index] as const)), ([block, index]) =>
    block._tag === "Table"
      ? terminalTable(block.sheet, width, paint)
      : linesOf([...(block._tag === "Heading" && index > 0 ? [""] : []), ...terminalBlock(block, width, paint)])
  )

/** The lines of a Markdown document. */
export const markdownLines = <E = never, R = never>(document: Document<E, R>): Stream.Stream<string, E, R> =>
  Stream.flatMap(Stream.fromArray(document.map((block, index) => [block, index] as const)), ([block, index]) =>
    Stream.concat(
      linesOf(index > 0 ? [""] : []),
      block._tag === "Table" ? markdownTable(block.sheet) : linesOf(markdownBlock(block))
    )
  )
