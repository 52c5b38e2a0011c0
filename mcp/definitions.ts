/** Every tool as a client sees it, with the toolset that it is in: the general tools, and those of the scans from the catalogue. */
import { catalogue } from "../audit/catalogue.ts"
import { definitionOf, type ListedTool } from "./tools/definition.ts"
import { generalTools } from "./tools/generalTools.ts"
import { scanTool } from "./tools/scanTool.ts"

export const definitions: ReadonlyArray<ListedTool> = [
  ...generalTools.map((tool): ListedTool => ({
    toolset: "core",
    ...(tool.reaches === "write" ? { writes: true } : {}),
    ...(tool.view === undefined ? {} : { view: tool.view }),
    tool: definitionOf(tool, { titled: true })
  })),
  ...catalogue.map((entry): ListedTool => ({
    toolset: entry.category,
    tool: definitionOf(scanTool(entry), { titled: false })
  }))
]
