/** Chats as channels. The address of a webhook is a secret: it is in no log, error, message or configuration. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { RetrySchedule } from "../aws/retry.ts"
import type { Webhook } from "../config/alerts.ts"
import { type Channel, NotDelivered } from "./Notifier.ts"
import { slackPayload, teamsPayload } from "./webhooks.ts"

const timeoutMillis = 10_000

/** Statuses that are about the message: a 401, 403, 404 or 410 is about the address, and mended by a person. */
const ofMessage: ReadonlyArray<number> = [400, 413, 415, 422]

/** Whether the same request may be taken in a moment, and whether it is the message that is refused. */
class Refused extends Error {
  readonly isTransient: boolean
  readonly isOfMessage: boolean
  constructor(message: string, isTransient: boolean, isOfMessage = false) {
    super(message)
    this.isTransient = isTransient
    this.isOfMessage = isOfMessage
  }
}

/** Sends JSON to an address. What fails says a status or a code: fetch's own errors name the host. */
const post = (url: string, payload: object) =>
  Effect.tryPromise({
    try: async (signal) => {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(payload),
        // A redirect would hand the message to whoever the address names.
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMillis)])
      })
      await response.body?.cancel()
      if (!response.ok) {
        const { status } = response
        throw new Refused(`it answered ${status}`, status === 429 || status >= 500, ofMessage.includes(status))
      }
    },
    catch: (cause) => {
      if (cause instanceof Refused) return cause
      const { code, name } = ((cause as { readonly cause?: unknown })?.cause ?? cause ?? {}) as {
        readonly code?: string
        readonly name?: string
      }
      // What is no address is the same in a minute.
      return new Refused(`it was not reached (${code ?? name ?? "unknown error"})`, code !== "ERR_INVALID_URL")
    }
  })

/** The channel of a webhook. Owners' messages do not go to chats. */
export const webhookChannel = ({ kind, urlVariable }: Webhook): Channel => {
  const name = `${kind} (${urlVariable})`
  const fail = (message: string, refused = false) =>
    new NotDelivered({ channel: name, message: `${name}: ${message}`, refused })
  return {
    name,
    takes: ({ attributes }) => attributes.kind !== "digest" || attributes.owner === undefined,
    send: Effect.fn("webhookChannel.send")(function* (message) {
      const found = yield* Effect.orElseSucceed(Config.option(Config.Redacted(urlVariable)), () => Option.none())
      if (Option.isNone(found)) return yield* fail("the environment variable is not set")
      const url = Redacted.value(found.value)
      if (!url.startsWith("https://") && !/^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(url)) {
        return yield* fail("the environment variable holds no address that begins with https://")
      }
      const schedule = yield* RetrySchedule
      yield* post(url, kind === "slack" ? slackPayload(message) : teamsPayload(message)).pipe(
        Effect.retry({ schedule, while: ({ isTransient }) => isTransient }),
        Effect.mapError(({ isOfMessage, message }) => fail(message, isOfMessage))
      )
    })
  }
}
