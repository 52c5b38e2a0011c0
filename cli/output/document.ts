/** What a command tells: headings, text, facts and tables, written for a terminal or as Markdown. */
import { escapeMarkdown, markdownTable } from "./markdown.ts"
import type { Paint, Style } from "./paint.ts"
import { type Sheet, table } from "./table.ts"
import { displayWidth, oneLine, padEnd, wrap } from "./width.ts"

export type Block =
  | { readonly _tag: "Heading"; readonly text: string }
  | { readonly _tag: "Text"; readonly text: string; readonly style: Style | undefined }
  | { readonly _tag: "Facts"; readonly facts: ReadonlyArray<readonly [name: string, value: string]> }
  | { readonly _tag: "List"; readonly items: ReadonlyArray<string> }
  | { readonly _tag: "Table"; readonly sheet: Sheet }
  /** Commands, to be copied as they are. */
  | { readonly _tag: "Commands"; readonly commands: ReadonlyArray<string> }

export type Document = ReadonlyArray<Block>

export const heading = (text: string): Block => ({ _tag: "Heading", text })

export const text = (text: string, style?: Style): Block => ({ _tag: "Text", text, style })

export const facts = (facts: ReadonlyArray<readonly [name: string, value: string]>): Block => ({ _tag: "Facts", facts })

export const list = (items: ReadonlyArray<string>): Block => ({ _tag: "List", items })

export const tableOf = (sheet: Sheet): Block => ({ _tag: "Table", sheet })

export const commands = (...commands: ReadonlyArray<string>): Block => ({ _tag: "Commands", commands })

const indent = "  "

const hanging = (first: string, rest: string, content: string, width: number): ReadonlyArray<string> =>
  wrap(oneLine(content), Math.max(20, width - displayWidth(first))).map(
    (line, index) => (index === 0 ? first : rest) + line
  )

const terminalBlock = (block: Block, width: number, paint: Paint): ReadonlyArray<string> => {
  switch (block._tag) {
    case "Heading":
      return wrap(oneLine(block.text), width).map((line) => paint("bold", line))
    case "Text":
      // An address that is broken into two lines can neither be followed nor copied.
      return (block.text.includes(" ") ? wrap(oneLine(block.text), width) : [oneLine(block.text)]).map((line) =>
        block.style === undefined ? line : paint(block.style, line)
      )
    case "Facts": {
      const names = block.facts.map(([name]) => oneLine(name))
      const longest = Math.min(Math.max(...names.map(displayWidth), 0), Math.floor(width / 3))
      return block.facts.flatMap(([, value], index) => {
        const name = names[index] as string
        return hanging(`${indent}${padEnd(name, longest)}  `, " ".repeat(longest + 4), value, width)
      })
    }
    case "List":
      return block.items.flatMap((item) => hanging(`${indent}- `, `${indent}  `, item, width))
    case "Table":
      return block.sheet.rows.length === 0 ? [`${indent}none`] : table(block.sheet, { width, paint, indent })
    case "Commands":
      return block.commands.map((command) => `${indent}${paint("cyan", oneLine(command))}`)
  }
}

const markdownBlock = (block: Block): ReadonlyArray<string> => {
  switch (block._tag) {
    case "Heading":
      return [`## ${escapeMarkdown(block.text)}`]
    case "Text":
      return [escapeMarkdown(block.text)]
    case "Facts":
      return block.facts.map(([name, value]) => `- **${escapeMarkdown(name)}**: ${escapeMarkdown(value)}`)
    case "List":
      return block.items.map((item) => `- ${escapeMarkdown(item)}`)
    case "Table":
      return block.sheet.rows.length === 0 ? ["none"] : markdownTable(block.sheet)
    case "Commands":
      return ["```sh", ...block.commands.map(oneLine), "```"]
  }
}

/** Lines for a terminal. A heading begins after an empty line. */
export const terminalLines = (document: Document, width: number, paint: Paint): ReadonlyArray<string> =>
  document.flatMap((block, index) => [
    ...(block._tag === "Heading" && index > 0 ? [""] : []),
    ...terminalBlock(block, width, paint)
  ])

/** The lines of a Markdown document. */
export const markdownLines = (document: Document): ReadonlyArray<string> =>
  document.flatMap((block, index) => [...(index > 0 ? [""] : []), ...markdownBlock(block)])
