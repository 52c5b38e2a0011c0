/**
 * What EventBridge, the queue and the function do with an event of CloudTrail: `POST /events` takes one event or a list as a rule
 * on the bus sees it, and starts a micro-scan for each account and region. Whoever reaches loopback may do so, as with a night.
 */
import { DEFAULT_MAX_REQUEST_BODY_SIZE, readRequestBody } from "@modelcontextprotocol/server"
import * as Effect from "effect/Effect"
import { catalogue } from "../../audit/catalogue.ts"
import type { Config } from "../../core/config/Config.ts"
import type { Run } from "../../core/run/Run.ts"
import type { Store } from "../../core/store/Store.ts"
import { microScans, rememberStarts } from "../../workflows/microScan/microScans.ts"
import { Steps } from "../../workflows/Steps.ts"

const answer = (status: number, body: object): Response => Response.json(body, { status })

/** Starts what the events ask for, and answers the ids of the runs. */
const start = Effect.fnUntraced(function* (events: ReadonlyArray<unknown>, config: Config, process: Run["process"]) {
  const steps = yield* Steps
  // The account of one's own credentials is whichever an event is of: entering another fails, and says so.
  const { left, scans } = yield* microScans(events, config, undefined, catalogue)
  const runs = yield* Effect.forEach(scans, (scan) =>
    Effect.tap(steps.startMachine({ ...scan.request, process }), () => rememberStarts(scan))
  )
  return answer(202, { runs, leftOut: left.map(({ why }) => why) })
})

/** Answers `POST /events`; it never rejects. */
export const makeStarts = (
  config: Config,
  process: Run["process"],
  run: (program: Effect.Effect<Response, never, Steps | Store>) => Promise<Response>
): ((request: Request) => Promise<Response>) => {
  const refused = (error: unknown) =>
    answer(500, { error: error instanceof Error ? error.message : "the micro-scan could not be started" })
  return async (request) => {
    if (request.method !== "POST") return answer(405, { error: "only POST" })
    const read = await readRequestBody(request, DEFAULT_MAX_REQUEST_BODY_SIZE)
    if (read.tooLarge) return answer(413, { error: `at most ${DEFAULT_MAX_REQUEST_BODY_SIZE} bytes` })
    let body: unknown
    try {
      body = JSON.parse(read.text)
    } catch {
      return answer(400, { error: "expected an event of EventBridge, or a list of them, as JSON" })
    }
    return run(
      start(Array.isArray(body) ? body : [body], config, process).pipe(
        Effect.catch((error) => Effect.succeed(refused(error)))
      )
    )
  }
}
