/** Whether a scan goes on with a run that was cut off, and what it leaves behind so that the next one can. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import type { Run } from "../../core/run/Run.ts"
import { Store, type StoreError } from "../../core/store/Store.ts"
import { Machine } from "../Machine.ts"
import { type Problem, usageProblem } from "../Problem.ts"
import { instant } from "../../core/format.ts"
import { Screen } from "../Screen.ts"

/** Older runs are started anew: what they read is a day's work behind. */
const resumeHours = 6
const millisPerHour = 3_600_000

const millisPerDay = 24 * millisPerHour

/** A night so long after the one before is taken for a clock that is wrong: what it purges and confirms does not come back. */
const longestPauseDays = 90

/** So many runs an assistant may have started since the one before. */
const runsLookedAt = 100

/** Clocks of machines that share a store may differ by so much. */
const clockLeewayMillis = 10 * 60_000

/** Says so when the newest run is dated after this machine's clock, or so long before it that the clock may be wrong. */
const checkClock = ({ id, startedAt }: Run, now: number): Problem | undefined => {
  const then = Date.parse(startedAt)
  const says = `This machine's clock says ${instant(new Date(now).toISOString())}, and the newest run of the store, ${id}, was at ${instant(startedAt)}`
  if (then > now + clockLeewayMillis) {
    return usageProblem(
      `${says}: a run that is dated before it is taken for an older one. Set the clock; if that run was dated wrongly, --any-date scans all the same.`
    )
  }
  return now - then > longestPauseDays * millisPerDay
    ? usageProblem(
        `${says}: a run so long after it confirms what nobody looked at and ends what has expired. If the clock is right, --any-date scans.`
      )
    : undefined
}

/** Whether the process of a run is still there, as far as this machine can tell. */
export const isStillRunning = (run: Run, machine: Machine["Service"]): boolean =>
  run.process !== null && run.process.host === machine.host && machine.isAlive(run.process.pid)

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
): Effect.fn.Return<AuditRequest, Problem | StoreError, Store | Screen | Machine> {
  const store = yield* Store
  const machine = yield* Machine
  const screen = yield* Screen
  const now = yield* Clock.currentTimeMillis
  const { items } = yield* store.runs(runsLookedAt)
  const wrongClock = items[0] === undefined || anyDate ? undefined : checkClock(items[0], now)
  if (wrongClock !== undefined) return yield* wrongClock
  // What an assistant asked for goes on beside a scan.
  const newest = items.find(({ trigger }) => trigger !== "query")
  let resumed = request
  if (newest?.status === "running") {
    const age = now - Date.parse(newest.startedAt)
    // A process id from before the machine was started is another process's now.
    if (isStillRunning(newest, machine) && age < (yield* machine.uptimeMillis)) {
      return yield* usageProblem(
        `Another scan (pid ${newest.process?.pid}, run ${newest.id}) is running on this store. Wait until it is done, or stop it.`
      )
    }
    const kept: KeptRequest | undefined = yield* store.cached(requestKey)
    const same =
      kept !== undefined &&
      kept.request === wordsOf(request) &&
      JSON.stringify(kept.process) === JSON.stringify(newest.process)
    if (!fresh && same && age < resumeHours * millisPerHour) resumed = { ...request, resume: newest.id }
    else {
      yield* store.putRun({ ...newest, status: "interrupted" })
      yield* screen.note(`Run ${newest.id} was cut off and is left as it is; starting anew.`)
    }
  }
  const kept: KeptRequest = { process: request.process, request: wordsOf(request) }
  yield* store.cache(requestKey, kept, new Date(now + resumeHours * millisPerHour))
  return resumed
})
