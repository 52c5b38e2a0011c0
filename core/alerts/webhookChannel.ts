/** Chats as channels. The address of a webhook is a secret: it is in no log, error, message or configuration. */
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { RetrySchedule } from "../aws/retry.ts"
import type { Webhook } from "../config/alerts.ts"
import { type Channel, NotDelivered } from "./Notifier.ts"
import { slackPayload, teamsPayload } from "./webhooks.ts"

const timeoutMillis = 10_000

/** What a chat asks to be left alone for is waited for this long; what asks for more is told by the next run. */
const longestRestMillis = 60_000

/** Statuses that are about the message: a 401, 403, 404 or 410 is about the address, and mended by a person. */
const ofMessage: ReadonlyArray<number> = [400, 413, 415, 422]

/** Slack's words for the same. Source: Slack, "Sending messages using incoming webhooks", errors. */
const wordsOfMessage: ReadonlyArray<string> = [
  "invalid_payload",
  "invalid_blocks",
  "invalid_blocks_format",
  "no_text",
  "user_not_found"
]

/** What answers for somebody who did not: the message may have been taken. */
const ofGateway: ReadonlyArray<number> = [502, 504]

/** Codes of connections that were never made: nothing was sent. */
const notConnected: ReadonlyArray<string> = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT"
]

/**
 * How often a message is sent again at once. What may have been taken is sent once more and no oftener: a chat knows no message that comes
 * twice, and shows both.
 */
type Again = "while it fails" | "once" | "never"

/** Why a message was not taken, or is not known to be. */
class Refused extends Error {
  readonly again: Again
  /** It is the message that is refused, and the next may be taken. */
  readonly isOfMessage: boolean
  /** As the header says it. */
  readonly retryAfter: string | null
  constructor(message: string, again: Again, isOfMessage = false, retryAfter: string | null = null) {
    super(message)
    this.again = again
    this.isOfMessage = isOfMessage
    this.retryAfter = retryAfter
  }
}

/** As much of an answer as says whether a message was taken. */
const mostRead = 4096

/** Where the reading of an answer ended: at its end, before it, or where it broke off. */
interface Read {
  readonly text: string
  readonly ended: "whole" | "too long" | "broke off"
}

/** How an answer begins: its status is there before its text, and the text may never end. */
const beginningOf = async (response: Response): Promise<Read> => {
  const decoder = new TextDecoder()
  let text = ""
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      if (text.length > mostRead) return { text: text.trim(), ended: "too long" }
    }
    return { text: text.trim(), ended: "whole" }
  } catch {
    return { text: text.trim(), ended: "broke off" }
  }
}

/**
 * What chats answer to a message that they took: Slack `ok`, a connector of Teams a number, a workflow of Teams nothing. Those that speak
 * Slack's language answer the first or say so in JSON. Source: Slack as above; MicrosoftDocs/msteams-docs#9064.
 */
const isTaken = (text: string): boolean =>
  /^(?:ok|\d*)$/i.test(text) || /^\{\s*"(?:ok|success)"\s*:\s*true\b/.test(text)

/** Whether what broke off may have been on the way to that. A page that somebody else answers begins with something else. */
const mayBeTaken = (text: string): boolean => /^(?:ok?$|\d*$|\{)/i.test(text)

/** Undefined where the message was taken. */
const refusalOf = (answered: number, { ended, text }: Read, retryAfter: string | null): Refused | undefined => {
  // A connector of Teams answers 200 whatever became of the message. Source: MicrosoftDocs/msteams-docs#1810.
  const within = answered === 200 ? /\bHTTP error (\d{3})\b/.exec(text)?.[1] : undefined
  const status = Number(within ?? answered)
  // A word of Slack's helps whoever reads the log. No other text is shown: who answers may repeat the address.
  const word = /^[a-z]+(?:_[a-z]+)+$/.test(text) && text.length <= 60 ? text : undefined
  const said = `it answered ${answered}${within === undefined ? "" : `, and ${within} in its text`}${word === undefined ? "" : ` (${word})`}`
  if (status < 200 || status > 299) {
    const again = ofGateway.includes(status) ? "once" : status === 429 || status >= 500 ? "while it fails" : "never"
    return new Refused(said, again, ofMessage.includes(status), retryAfter)
  }
  // Another status of success has no text to say more with.
  if (status !== 200 || isTaken(text)) return undefined
  // A text that broke off comes after a status of success. One that is too long was told, and is what no chat answers.
  if (ended === "broke off" && mayBeTaken(text)) return undefined
  return word === undefined
    ? new Refused(`${said} with a text that no chat answers to what it took`, "never")
    : new Refused(said, "never", wordsOfMessage.includes(word))
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
      const refused = refusalOf(response.status, await beginningOf(response), response.headers.get("retry-after"))
      if (refused !== undefined) throw refused
    },
    catch: (cause) => {
      if (cause instanceof Refused) return cause
      const { code, name } = ((cause as { readonly cause?: unknown })?.cause ?? cause ?? {}) as {
        readonly code?: unknown
        readonly name?: string
      }
      const why = typeof code === "string" ? code : (name ?? "unknown error")
      if (notConnected.includes(why)) return new Refused(`it was not reached (${why})`, "while it fails")
      // What is no address, or one that fetch does not call, is the same in a minute.
      return why === "ERR_INVALID_URL" || (typeof code !== "string" && why !== "TimeoutError")
        ? new Refused(`it was not reached (${why})`, "never")
        : new Refused(`it did not answer and may have taken the message (${why})`, "once")
    }
  })

/** What a header asks to wait for, in seconds or until an instant; 0 where it asks for nothing. Source: RFC 9110, 10.2.3. */
const restMillis = (retryAfter: string | null, now: number): number => {
  if (retryAfter === null) return 0
  const millis = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now
  return Number.isFinite(millis) ? Math.max(0, millis) : 0
}

/** Sends again what may be taken then, and not before a chat wants to hear of it. */
const insistently = (sent: Effect.Effect<void, Refused>): Effect.Effect<void, Refused> =>
  Effect.gen(function* () {
    const schedule = yield* RetrySchedule
    let unsure = 0
    const rested = Effect.catch(sent, (refused) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const rest = restMillis(refused.retryAfter, now)
        return rest <= longestRestMillis
          ? Effect.fail({ refused, rest })
          : Effect.fail({
              refused: new Refused(`${refused.message} and asks for a rest of ${Math.ceil(rest / 1000)} s`, "never"),
              rest: 0
            })
      })
    )
    const patient = Schedule.modifyDelay(schedule as Schedule.Schedule<unknown, { readonly rest: number }>, (step) =>
      Effect.succeed(Duration.max(step.duration, Duration.millis(step.input.rest)))
    )
    return yield* rested.pipe(
      Effect.retry({
        schedule: patient,
        while: ({ refused }) => refused.again === "while it fails" || (refused.again === "once" && (unsure += 1) === 1)
      }),
      Effect.mapError(({ refused }) => refused)
    )
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
      yield* insistently(post(url, kind === "slack" ? slackPayload(message) : teamsPayload(message))).pipe(
        Effect.mapError(({ isOfMessage, message }) => fail(message, isOfMessage))
      )
    })
  }
}
