/** The tools that are no scans, in the order in which people need them. */
import compare_runs from "./compare_runs.ts"
import explain_savings from "./explain_savings.ts"
import get_coverage from "./get_coverage.ts"
import get_finding from "./get_finding.ts"
import get_report from "./get_report.ts"
import get_run from "./get_run.ts"
import list_scans from "./list_scans.ts"
import reopen_finding from "./reopen_finding.ts"
import search_findings from "./search_findings.ts"
import snooze_finding from "./snooze_finding.ts"
import start_scan from "./start_scan.ts"
import summarize_savings from "./summarize_savings.ts"
import suppress_finding from "./suppress_finding.ts"
import type { Tool } from "./Tool.ts"

export const generalTools: ReadonlyArray<Tool> = [
  summarize_savings,
  search_findings,
  explain_savings,
  get_finding,
  compare_runs,
  get_coverage,
  list_scans,
  start_scan,
  get_run,
  get_report,
  snooze_finding,
  suppress_finding,
  reopen_finding
]
