/** The help of a command, in lines that fit the terminal. */
import type { HelpDoc } from "effect/cli/HelpDoc"
import * as Option from "effect/Option"
import { type Block, commands, type Document, entries as entriesOf, heading, text } from "./document.ts"

type Entry = readonly [name: string, description: string]

const entries = (title: string, all: ReadonlyArray<Entry>): ReadonlyArray<Block> =>
  all.length === 0 ? [] : [heading(title), entriesOf(all)]

const flagEntry = ({ aliases, description, name, type }: HelpDoc["flags"][number]): Entry => [
  [
    ...aliases.map((alias) => (alias.startsWith("-") ? alias : `-${alias}`)),
    `--${name}${type === "boolean" ? "" : ` ${type}`}`
  ].join(", "),
  Option.getOrElse(description, () => "")
]

/** What the help of a command says. */
export const helpDocument = (doc: HelpDoc): Document => [
  ...(doc.description === "" ? [] : [text(doc.description)]),
  heading("Usage"),
  commands(doc.usage),
  ...entries(
    "Arguments",
    (doc.args ?? []).map(({ description, name, required }) => [
      required ? `<${name}>` : `[${name}]`,
      Option.getOrElse(description, () => "")
    ])
  ),
  ...(doc.subcommands ?? []).flatMap(({ commands: all, group }) =>
    entries(
      group ?? "Commands",
      all.map(({ description, name, shortDescription }) => [name, shortDescription ?? description])
    )
  ),
  ...entries("Flags", doc.flags.map(flagEntry)),
  ...entries("For every command", (doc.globalFlags ?? []).map(flagEntry)),
  ...entries(
    "Examples",
    (doc.examples ?? []).map(({ command, description = "" }) => [command, description])
  )
]
