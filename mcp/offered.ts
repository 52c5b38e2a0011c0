import type { McpConfig } from "../core/config/Config.ts"
import { generalTools } from "./tools/generalTools.ts"

const writing: ReadonlySet<string> = new Set(
  generalTools.filter(({ reaches }) => reaches === "write").map(({ name }) => name)
)

/** Of these tools, those that the operator lets a caller have: the ones that change findings only where writes are on. */
export const offered = (tools: ReadonlySet<string>, { writes }: Pick<McpConfig, "writes">): ReadonlySet<string> =>
  writes ? tools : tools.difference(writing)
