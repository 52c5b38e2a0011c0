/** Messages through SNS and events on an EventBridge bus, with the process's own credentials. */
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge"
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns"
import * as Effect from "effect/Effect"
import { isTransient, RetrySchedule } from "../aws/retry.ts"
import { reasonOf } from "../aws/AwsError.ts"
import { quiet } from "../aws/quiet.ts"
import { type BusEvent, callsOf, eventSource } from "./events.ts"
import { type Message, snsMessage } from "./Message.ts"
import { type Channel, NotDelivered } from "./Notifier.ts"

/** Calls to the bus at the same time: its quota in the smaller regions is 400 a second. */
const callsAtOnce = 4

const describe = ({ code, message }: { readonly code: string; readonly message: string }): string =>
  message === "" ? code : `${code}, ${message}`

/** Whether it is the message that SNS refuses. Source: SNS API reference, "Publish", errors. */
const isOfMessage = ({ code, message }: { readonly code: string; readonly message: string }): boolean =>
  /^(InvalidParameter|ParameterValueInvalid|Validation)/.test(code) && !/Arn/.test(message)

/** Refusals of an entry that are the same for ever. Source: EventBridge API reference, "PutEventsResultEntry". */
const refusedForGood: ReadonlyArray<string> = ["InvalidArgument", "MalformedDetail"]

/** A topic as a channel. */
export const snsChannel = (
  name: string,
  TopicArn: string,
  takes: (message: Message) => boolean,
  // The one retry policy is the product's.
  client: SNSClient = quiet(new SNSClient({ maxAttempts: 1 }))
): Channel => ({
  name,
  takes,
  send: Effect.fn("snsChannel.send")(function* (message) {
    const schedule = yield* RetrySchedule
    yield* Effect.tryPromise({
      try: (abortSignal) => client.send(new PublishCommand({ TopicArn, ...snsMessage(message) }), { abortSignal }),
      catch: (cause) => reasonOf(cause)
    }).pipe(
      Effect.retry({ schedule, while: isTransient }),
      Effect.mapError(
        (reason) =>
          new NotDelivered({
            channel: name,
            message: `${name}: ${describe(reason)}`,
            refused: reason._tag === "Rejected" && isOfMessage(reason)
          })
      )
    )
  })
})

/** Entries that the bus refused though it took the call. */
interface Refused {
  readonly _tag: "Refused"
  readonly code: string
  readonly message: string
  readonly events: ReadonlyArray<BusEvent>
}

/** Puts events on a bus. Of a call that was taken in part only what was refused is sent again. */
export const eventBus = (
  EventBusName: string,
  client: EventBridgeClient = quiet(new EventBridgeClient({ maxAttempts: 1 }))
) => {
  const put = (events: ReadonlyArray<BusEvent>) =>
    Effect.tryPromise({
      try: (abortSignal) =>
        client.send(
          new PutEventsCommand({
            Entries: events.map(({ detail, type }) => ({
              EventBusName,
              Source: eventSource,
              DetailType: type,
              Time: new Date(detail.at),
              Detail: JSON.stringify(detail)
            }))
          }),
          { abortSignal }
        ),
      catch: (cause) => reasonOf(cause)
    }).pipe(
      Effect.flatMap(
        Effect.fnUntraced(function* ({ Entries = [] }) {
          // Answers stand in the order of the entries; one that is missing was not taken.
          const refused: Array<BusEvent> = []
          for (const [index, event] of events.entries()) {
            const { ErrorCode = "", ErrorMessage = "", EventId } = Entries[index] ?? {}
            if (EventId !== undefined) continue
            if (!refusedForGood.includes(ErrorCode)) refused.push(event)
            // The same event would keep all that come after it from the bus.
            else {
              const why = describe({ code: ErrorCode, message: ErrorMessage })
              yield* Effect.logWarning(`the bus refuses ${event.type} ${event.detail.id} for good: ${why}`)
            }
          }
          if (refused.length === 0) return
          const first = Entries.find(({ ErrorCode = "" }) => ErrorCode !== "" && !refusedForGood.includes(ErrorCode))
          return yield* Effect.fail<Refused>({
            _tag: "Refused",
            code: first?.ErrorCode ?? "NoAnswer",
            message: first?.ErrorMessage ?? `${refused.length} of ${events.length} entries`,
            events: refused
          })
        })
      )
    )

  const putAll = Effect.fnUntraced(function* (events: ReadonlyArray<BusEvent>) {
    const schedule = yield* RetrySchedule
    let left = events
    yield* Effect.suspend(() => put(left)).pipe(
      Effect.tapError((error) =>
        Effect.sync(() => {
          if (error._tag === "Refused") left = error.events
        })
      ),
      Effect.retry({ schedule, while: (error) => error._tag === "Refused" || isTransient(error) }),
      Effect.mapError((error) => new NotDelivered({ channel: "bus", message: `bus: ${describe(error)}` }))
    )
  })

  return (events: ReadonlyArray<BusEvent>): Effect.Effect<void, NotDelivered> =>
    Effect.forEach(callsOf(events), putAll, { concurrency: callsAtOnce, discard: true })
}
