/** The tools that are no scans, in the order in which people need them. */
import compare_runs from "./compare_runs.ts"
import explain_savings from "./explain_savings.ts"
import get_finding from "./get_finding.ts"
import search_findings from "./search_findings.ts"
import summarize_savings from "./summarize_savings.ts"
import type { Tool } from "./Tool.ts"

export const generalTools: ReadonlyArray<Tool> = [
  summarize_savings,
  search_findings,
  explain_savings,
  get_finding,
  compare_runs
]
