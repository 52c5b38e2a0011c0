/** Which tools a caller is offered: all of them, those of some categories, or the few that people need first. */
import * as Data from "effect/Data"
import { hint } from "../core/config/suggest.ts"
import { definitions } from "./definitions.ts"

/** Every toolset, with the tools of it. The general tools are in each, because what a scan found is asked for with them. */
const byName: ReadonlyMap<string, ReadonlyArray<string>> = (() => {
  const core = definitions.filter(({ toolset }) => toolset === "core").map(({ tool }) => tool.name)
  const categories = [...new Set(definitions.map(({ toolset }) => toolset))].filter((toolset) => toolset !== "core")
  return new Map([
    ["all", definitions.map(({ tool }) => tool.name)],
    ["core", core],
    ...categories.map(
      (category) =>
        [
          category,
          [...core, ...definitions.filter(({ toolset }) => toolset === category).map(({ tool }) => tool.name)]
        ] as const
    )
  ])
})()

export const toolsetNames: ReadonlyArray<string> = [...byName.keys()]

/** A toolset that does not exist, or that the operator does not offer. The message lists those that can be had. */
export class UnknownToolset extends Data.TaggedError("UnknownToolset")<{ readonly message: string }> {}

/** The tools that change findings in our store. They are offered where the operator says so, and nowhere else. */
export const writingTools: ReadonlySet<string> = new Set(
  definitions.flatMap(({ tool, writes }) => (writes === true ? [tool.name] : []))
)

const toolsOf = (names: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(names.flatMap((name) => byName.get(name) ?? []))

/** The names that are separated by commas in a path, a header or an option. */
export const toolsetsIn = (text: string | undefined): ReadonlyArray<string> =>
  (text ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "")

/**
 * The tools of the toolsets that are asked for, all that may be had where none is. `bound` is what the operator offers: a caller
 * can narrow it and never widen it, and only with `writes` it has the tools that write. Throws UnknownToolset.
 */
export const toolNames = (
  asked: ReadonlyArray<string>,
  bound: ReadonlyArray<string>,
  { writes }: { readonly writes: boolean } = { writes: false }
): ReadonlySet<string> => {
  for (const name of bound) {
    if (!byName.has(name)) {
      throw new UnknownToolset({
        message: `There is no toolset ${JSON.stringify(name)}.${hint(name, toolsetNames)} There are: ${toolsetNames.join(", ")}.`
      })
    }
  }
  const offered = toolsOf(bound)
  const valid = toolsetNames.filter((name) => name === "all" || [...toolsOf([name])].every((tool) => offered.has(tool)))
  for (const name of asked) {
    if (!valid.includes(name)) {
      throw new UnknownToolset({
        message: `There is no toolset ${JSON.stringify(name)} here. There are: ${valid.join(", ")}.`
      })
    }
  }
  const chosen = asked.length === 0 ? offered : new Set([...toolsOf(asked)].filter((tool) => offered.has(tool)))
  return writes ? chosen : new Set([...chosen].filter((tool) => !writingTools.has(tool)))
}
