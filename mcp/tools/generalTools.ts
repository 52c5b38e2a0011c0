/** The tools that are no scans, in the order in which people need them. */
import search_findings from "./search_findings.ts"
import type { Tool } from "./Tool.ts"

export const generalTools: ReadonlyArray<Tool> = [search_findings]
