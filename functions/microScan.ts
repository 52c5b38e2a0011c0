/**
 * Starts the machine for what AWS says was started: one execution for each account and region of a batch of the queue. What could not be
 * started is given back to the queue, message by message, and comes again; what is no event of a table's call is dropped, and counted.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { catalogue } from "../audit/catalogue.ts"
import { OwnCalls, worthAnother } from "../core/aws/OwnCalls.ts"
import { RetrySchedule } from "../core/aws/retry.ts"
import { startExecution } from "../core/aws/startExecution.ts"
import { type MicroScan, microScans, rememberStarts } from "../workflows/microScan/microScans.ts"
import { configuration } from "./configuration.ts"
import { handlerOf } from "./handler.ts"
import { storeLayer } from "./storeLayer.ts"

/** What Lambda hands over of a queue. Source: Lambda developer guide, "Using Lambda with Amazon SQS". */
const Batch = Schema.Struct({
  Records: Schema.Array(Schema.Struct({ messageId: Schema.String, body: Schema.String }))
})

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether it is started, by this call or one before: an execution's name is taken for 90 days. */
const start = Effect.fnUntraced(function* (stateMachineArn: string, { name, request }: MicroScan) {
  const schedule = yield* RetrySchedule
  const { call } = yield* OwnCalls
  return yield* call(startExecution, { stateMachineArn, name, input: JSON.stringify(request) }).pipe(
    Effect.retry({ schedule, while: worthAnother() }),
    Effect.as(true),
    Effect.catch((reason) =>
      reason.code === "ExecutionAlreadyExists"
        ? Effect.succeed(true)
        : Effect.as(
            Effect.logError(`${name} was not started, and comes again: ${reason.code} ${reason.message}`),
            false
          )
    )
  )
})

const startAll = Effect.fn("microScan")(function* (input: unknown) {
  const { Records } = yield* Schema.decodeUnknownEffect(Batch)(input)
  const stateMachineArn = yield* Config.String("NIGHTAUDIT_MACHINE")
  const account = yield* Config.String("NIGHTAUDIT_ACCOUNT")
  const region = yield* Config.String("AWS_REGION")
  const config = yield* configuration
  const events = Records.map(({ body }) => parsed(body))
  const { left, scans } = yield* microScans(events, config, { account, region }, catalogue)
  for (const { why } of left) yield* Effect.logInfo(`left out: ${why}`)
  const failed = new Set<number>()
  let started = 0
  for (const scan of scans) {
    if (yield* start(stateMachineArn, scan)) {
      started += 1
      yield* rememberStarts(scan).pipe(
        Effect.catchTag("StoreError", ({ message }) =>
          Effect.logWarning(`${scan.name} is started, and its events start another one if they come again: ${message}`)
        )
      )
    } else for (const place of scan.events) failed.add(place)
  }
  return {
    batchItemFailures: [...failed].map((place) => ({ itemIdentifier: Records[place]?.messageId ?? "" })),
    events: events.length,
    left: left.length,
    started
  }
})

export const handler = handlerOf(
  "microScan",
  startAll,
  Layer.merge(storeLayer, OwnCalls.layer),
  ({ events, left, started }) => Effect.succeed({ Events: events, EventsLeftOut: left, MicroScans: started })
)
