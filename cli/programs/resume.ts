/** Whether a scan goes on with a run that was cut off, and what it leaves behind so that the next one can. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import { isBeside, type Run } from "../../core/run/Run.ts"
import { Store, type StoreError } from "../../core/store/Store.ts"
import { checkDate, type WrongDate } from "../../workflows/runDate.ts"
import { Machine } from "../Machine.ts"
import { type Problem, usageProblem } from "../Problem.ts"
import { Screen } from "../Screen.ts"
import { millisPerHour } from "../../core/time.ts"

/** Older runs are started anew: what they read is a day's work behind. */
const resumeHours = 6
/** So many runs an assistant may have started since the one before. */
const runsLookedAt = 100

/**
 * Whether a run's process was one of this machine and is gone. Of a run without one, such as a micro-scan or one in the cloud, and of
 * another machine's, nothing is known.
 */
export const isCutOff = (run: Run, machine: Machine["Service"]): boolean =>
  run.status === "running" && isGone(run.process, machine)

/** Whether a process is known to be gone, so that it gives back no lease. */
export const isGone = (process: Run["process"], { stateOf }: Machine["Service"]): boolean =>
  process !== null && stateOf(process) === "gone"

// A run keeps its plan, in which the accounts are resolved. What was asked for is kept beside it, with the process that asked.
const requestKey = "cli/request"

interface KeptRequest {
  readonly process: AuditRequest["process"]
  readonly request: string
}

const wordsOf = ({ process: _process, resume: _resume, ...request }: AuditRequest): string => JSON.stringify(request)

/** How a scan is started. */
export interface Start {
  /** Do not go on with a run that was cut off. */
  readonly fresh: boolean
  /** Start also when the clock does not fit the newest run. */
  readonly anyDate: boolean
}

/**
 * The request to start the machine with: the one given, or the same one going on with the run that was cut off while doing
 * just that. Fails when another scan is running on the store. A run that is not resumed is marked as interrupted.
 */
export const withResume = Effect.fn("cli.withResume")(function* (
  request: AuditRequest,
  { anyDate, fresh }: Start
): Effect.fn.Return<AuditRequest, Problem | StoreError | WrongDate, Store | Screen | Machine> {
  const store = yield* Store
  const machine = yield* Machine
  const screen = yield* Screen
  const now = yield* Clock.currentTimeMillis
  const { items } = yield* store.runs(runsLookedAt)
  // Before anything is written; Plan asks once more.
  if (!anyDate) yield* checkDate(new Date(now).toISOString(), items[0])
  const newest = items.find((run) => !isBeside(run))
  const dated: AuditRequest = anyDate ? { ...request, anyDate } : request
  let resumed = dated
  if (newest?.status === "running") {
    const age = now - Date.parse(newest.startedAt)
    if (newest.process !== null && machine.stateOf(newest.process) === "alive") {
      return yield* usageProblem(
        `Another scan (pid ${newest.process.pid}, run ${newest.id}) is running on this store. Wait until it is done, or stop it.`
      )
    }
    const kept: KeptRequest | undefined = yield* store.cached(requestKey)
    const same =
      kept !== undefined &&
      kept.request === wordsOf(request) &&
      JSON.stringify(kept.process) === JSON.stringify(newest.process)
    if (!fresh && same && age < resumeHours * millisPerHour) resumed = { ...dated, resume: newest.id }
    else {
      yield* store.putRun({ ...newest, status: "interrupted" })
      yield* screen.note(`Run ${newest.id} was cut off and is left as it is; starting anew.`)
    }
  }
  const kept: KeptRequest = { process: request.process, request: wordsOf(request) }
  yield* store.cache(requestKey, kept, new Date(now + resumeHours * millisPerHour))
  return resumed
})
