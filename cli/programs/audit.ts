/** Runs an audit with everything a person sees of it, and says what its result means for the exit code. */
import * as Effect from "effect/Effect"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import { everyRegion } from "../../core/Scope.ts"
import { runNightly } from "../../workflows/engine.ts"
import { Progress } from "../../workflows/Progress.ts"
import { coverageLine, isFull } from "../output/coverage.ts"
import { plural, usd } from "../output/format.ts"
import { showProgress } from "../output/progress.ts"
import { exitCode, Problem } from "../Problem.ts"
import type { ScanResult } from "../ScanResult.ts"
import { Screen } from "../Screen.ts"
import { resultOf } from "./resultOf.ts"
import { withResume } from "./resume.ts"

/** Runs the audit, or goes on with one that was cut off, unless a `fresh` one is asked for. */
export const audit = Effect.fn("cli.audit")(function* (request: AuditRequest, fresh: boolean) {
  const screen = yield* Screen
  const resumed = yield* withResume(request, fresh)
  const progress = showProgress(screen, () => performance.now())
  const runId = yield* runNightly(resumed).pipe(
    Effect.provideService(Progress, progress.onEvent),
    Effect.ensuring(Effect.sync(progress.end)),
    Effect.onInterrupt(() =>
      screen.note(
        "Interrupted. What was scanned is kept: the same command goes on where this one stopped, within 6 hours."
      )
    )
  )
  return yield* resultOf(runId)
})

const isDenied = (code: string): boolean => code === "account_not_entered" || code.startsWith("denied_by_")

/** Says so when not a single account could be entered: then the result tells nothing. */
const nothingEntered = ({ outcomes }: ScanResult): Problem | undefined => {
  if (outcomes.length === 0 || outcomes.some(({ region }) => region !== everyRegion)) return undefined
  const reasons = outcomes.flatMap(({ reason }) => reason ?? [])
  const code = reasons.some(({ code }) => code === "no_credentials")
    ? exitCode.credentials
    : reasons.some(({ code }) => isDenied(code))
      ? exitCode.accessDenied
      : exitCode.usage
  return new Problem({
    exitCode: code,
    lines: [`Nothing was scanned: ${reasons[0]?.message ?? "no account could be entered"}.`]
  })
}

/** Why the command must not end with 0, the result having been printed; undefined when it may. */
export const verdictOf = (
  result: ScanResult,
  { failAbove, strict }: { readonly failAbove: number | undefined; readonly strict: boolean }
): Problem | undefined => {
  const entered = nothingEntered(result)
  if (entered !== undefined) return entered
  const { confirmed } = result.summary.totals
  const lines: Array<string> = []
  const tooMuch = failAbove !== undefined && confirmed.monthlyUsd > failAbove
  if (tooMuch) {
    lines.push(
      `Confirmed waste is ${usd(confirmed.monthlyUsd)} a month in ${plural(confirmed.findings, "finding")}, above the ${usd(failAbove)} of --fail-above.`
    )
  }
  const incomplete = strict && !isFull(result.coverage)
  if (incomplete)
    lines.push(`Coverage is incomplete, and --strict asks for all of it: ${coverageLine(result.coverage)}.`)
  if (lines.length === 0) return undefined
  return new Problem({ exitCode: tooMuch ? exitCode.findings : exitCode.incomplete, lines })
}
