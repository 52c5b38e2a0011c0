import type { McpConfig } from "../core/config/Config.ts"
import { generalTools } from "./tools/generalTools.ts"
import { toolNames } from "./toolsets.ts"

const writing: ReadonlySet<string> = new Set(
  generalTools.filter(({ reaches }) => reaches === "write").map(({ name }) => name)
)

/**
 * The tools of the toolsets that a caller asks for, within what the operator offers; those that change findings only where the
 * operator lets them. Throws UnknownToolset.
 */
export const offeredBy =
  ({ toolsets, writes }: Pick<McpConfig, "toolsets" | "writes">) =>
  (asked: ReadonlyArray<string> = []): ReadonlySet<string> => {
    const names = toolNames(asked, toolsets)
    return writes ? names : names.difference(writing)
  }
