/** Runs an audit with everything a person sees of it, and says what its result means for the exit code. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import type { Run } from "../../core/run/Run.ts"
import { noCoverage, noTotals, moneyOf } from "../../core/run/totals.ts"
import { everyRegion } from "../../core/Scope.ts"
import { Store, type StoreError } from "../../core/store/Store.ts"
import { runNightly } from "../../workflows/engine.ts"
import { Progress } from "../../workflows/Progress.ts"
import { coverageLine, isFull } from "../output/coverage.ts"
import { plural, usd } from "../../core/format.ts"
import { showProgress } from "../output/progress.ts"
import { exitCode, Problem, problemOf } from "../Problem.ts"
import { Screen } from "../Screen.ts"
import { type Start, withResume } from "./resume.ts"
import { runOf, sawNothing } from "./runResult.ts"

/** A run, and what went wrong as people and the bus were told of it; undefined where nothing did. */
export interface Audited {
  readonly run: Run
  readonly untold: Problem | undefined
}

/** The run of that id where it is complete: what failed after that is telling, and takes nothing of the result away. */
const completeRun = Effect.fnUntraced(function* (runId: string | undefined) {
  const store = yield* Store
  const run = runId === undefined ? undefined : yield* store.run(runId)
  return run?.status === "complete" ? run : undefined
})

const untold = ({ id }: Run, cause: Cause.Cause<unknown>): Problem => {
  const error = Cause.squash(cause)
  const why = problemOf(error)?.lines ?? [
    `${error instanceof Error ? error.message : String(error)}. This is a bug in nightaudit; please report it`
  ]
  return new Problem({
    exitCode: exitCode.untold,
    lines: [
      `The audit is complete, and it is not known whether people were told of it: ${why.join(" ").replace(/\.$/, "")}. The next run of this store tells the alarms, the digest and the events of run ${id}, and some perhaps again.`
    ]
  })
}

/** Runs the audit, or goes on with one that was cut off, unless a `fresh` one is asked for. */
export const audit = Effect.fn("cli.audit")(function* (request: AuditRequest, start: Start) {
  const screen = yield* Screen
  const resumed = yield* withResume(request, start)
  const told = yield* Progress
  const progress = showProgress(screen, () => performance.now())
  let planned: string | undefined
  return yield* runNightly(resumed).pipe(
    Effect.provideService(Progress, (event) => {
      if (event._tag === "Planned") planned = event.runId
      told(event)
      progress.onEvent(event)
    }),
    Effect.ensuring(Effect.sync(progress.end)),
    Effect.onInterrupt(() =>
      Effect.flatMap(
        Effect.orElseSucceed(completeRun(planned), () => undefined),
        (run) =>
          screen.note(
            run === undefined
              ? "Interrupted. What was scanned is kept: the same command goes on where this one stopped, within 6 hours."
              : `Interrupted. Run ${run.id} is complete and kept, and the next run of this store tells what it has not told.`
          )
      )
    ),
    Effect.flatMap(runOf),
    Effect.map((run): Audited => ({ run, untold: undefined })),
    Effect.catchCauseIf(
      (cause) => !Cause.hasInterruptsOnly(cause),
      (cause) =>
        Effect.flatMap(completeRun(planned), (run) =>
          run === undefined ? Effect.failCause(cause) : Effect.succeed<Audited>({ run, untold: untold(run, cause) })
        )
    )
  )
})

const isDenied = (code: string): boolean => code === "account_not_entered" || code.startsWith("denied_by_")

const nothing = "Nothing was scanned"

/** Says so when there was nothing to scan, or not a single account could be entered: then the result tells nothing. */
const nothingScanned = Effect.fnUntraced(function* (
  run: Run
): Effect.fn.Return<Problem | undefined, StoreError, Store> {
  const { expected, gaps, notApplicable } = run.summary?.coverage ?? noCoverage
  if (expected === notApplicable) {
    return new Problem({
      exitCode: exitCode.usage,
      lines: [
        run.plan.accounts.length === 0
          ? `${nothing}: there is no active account among those that were asked for. Check "accounts" in the configuration.`
          : `${nothing}: no scan that was asked for applies to the accounts and regions that were asked for.`
      ]
    })
  }
  if (!(yield* sawNothing(run))) return undefined
  const reasons = gaps.filter(({ regions }) => regions.includes(everyRegion)).map(({ reason }) => reason)
  const code = reasons.some(({ code }) => code === "no_credentials")
    ? exitCode.credentials
    : reasons.some(({ code }) => isDenied(code))
      ? exitCode.accessDenied
      : exitCode.usage
  const [first] = reasons
  const why =
    first === undefined ? "no account could be entered" : [...(first.operations ?? []), first.message].join(": ")
  return new Problem({ exitCode: code, lines: [`${nothing}: ${why}.`] })
})

/** What a result is measured by. */
export interface Measure {
  /** USD a month that confirmed waste may come to. */
  readonly failAbove: number | undefined
  /** USD a month that confirmed and unconfirmed waste together may come to. */
  readonly failAboveUnconfirmed: number | undefined
  readonly strict: boolean
}

export interface VerdictOnRun {
  /** What should be known about the measure, whatever the exit code. */
  readonly notes: ReadonlyArray<string>
  /** Why the command must not end with 0, the result having been printed; undefined when it may. */
  readonly problem: Problem | undefined
}

/** What of the waste a measure does not see, and how it would. `folder` is where the store is kept. */
const blindSpots = (
  run: Run,
  { failAbove, failAboveUnconfirmed, strict }: Measure,
  isFirst: boolean,
  folder: string
) => {
  if (failAbove === undefined && failAboveUnconfirmed === undefined) return []
  const { coverage, totals } = run.summary ?? { coverage: noCoverage, totals: noTotals }
  const { findings, monthlyUsd } = totals.unconfirmed
  const hidesUnconfirmed = failAboveUnconfirmed === undefined && findings > 0
  return [
    ...(hidesUnconfirmed
      ? [
          `--fail-above counted confirmed waste only, and not ${plural(findings, "unconfirmed finding")} of ${usd(monthlyUsd)} a month. --fail-above-unconfirmed <usd> counts both.`
        ]
      : []),
    ...(hidesUnconfirmed && isFirst
      ? [
          `This was the first night of this store, and only later nights confirm what AWS does not date: in CI, keep ${folder} from run to run, for example in a cache.`
        ]
      : []),
    ...(!strict && !isFull(coverage)
      ? [`What could not be seen counts for nothing here: ${coverageLine(coverage)}. --strict fails on that.`]
      : [])
  ]
}

export const verdictOf = Effect.fnUntraced(function* (
  run: Run,
  measure: Measure,
  folder: string
): Effect.fn.Return<VerdictOnRun, StoreError, Store> {
  const { failAbove, failAboveUnconfirmed, strict } = measure
  const problem = yield* nothingScanned(run)
  if (problem !== undefined) return { notes: [], problem }
  const store = yield* Store
  const isFirst = (yield* store.runs(2)).items.length < 2
  const { confirmed, unconfirmed } = run.summary?.totals ?? noTotals
  const both = moneyOf({ confirmed, unconfirmed })
  const lines: Array<string> = []
  if (failAbove !== undefined && confirmed.monthlyUsd > failAbove) {
    lines.push(
      `Confirmed waste is ${usd(confirmed.monthlyUsd)} a month in ${plural(confirmed.findings, "finding")}, above the ${usd(failAbove)} of --fail-above.`
    )
  }
  if (failAboveUnconfirmed !== undefined && both > failAboveUnconfirmed) {
    lines.push(
      `Confirmed and unconfirmed waste is ${usd(both)} a month in ${plural(confirmed.findings + unconfirmed.findings, "finding")}, above the ${usd(failAboveUnconfirmed)} of --fail-above-unconfirmed.`
    )
  }
  const tooMuch = lines.length > 0
  const coverage = run.summary?.coverage ?? noCoverage
  if (strict && !isFull(coverage)) {
    lines.push(`Coverage is incomplete, and --strict asks for all of it: ${coverageLine(coverage)}.`)
  }
  return {
    notes: blindSpots(run, measure, isFirst, folder),
    problem:
      lines.length === 0
        ? undefined
        : new Problem({ exitCode: tooMuch ? exitCode.findings : exitCode.incomplete, lines })
  }
})
