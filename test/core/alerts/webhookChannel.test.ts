import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { failureMessage } from "../../../core/alerts/alarm.ts"
import { webhookChannel } from "../../../core/alerts/webhookChannel.ts"
import { RetrySchedule } from "../../../core/aws/retry.ts"

const message = failureMessage({ id: "run", startedAt: "2026-11-20T02:00:00.000Z" }, "out of memory", undefined)
const secret = "T0/B0/xyzzy"

interface Answer {
  readonly status: number
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A chat that answers one after the other, the last one for ever, or cuts off when it has the message. */
const chat = (...answers: ReadonlyArray<number | Answer | "cut">) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly bodies: Array<any>; readonly close: () => void }>((resume) => {
      const bodies: Array<any> = []
      const server = createServer((request, response) => {
        let text = ""
        request.on("data", (chunk) => (text += chunk))
        request.on("end", () => {
          const answer = answers[Math.min(bodies.push(JSON.parse(text)), answers.length) - 1] ?? 200
          if (answer === "cut") return request.socket.destroy()
          const { headers = {}, status, text: body = "" } = typeof answer === "number" ? { status: answer } : answer
          response.writeHead(status, status === 302 ? { location: "http://127.0.0.1:9/" } : headers)
          // What says that more is to come than there is breaks off.
          if (headers["content-length"] === undefined) response.end(body)
          else response.write(body, () => request.socket.destroy())
        })
      }).listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}/${secret}`, bodies, close: () => void server.close() }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

/** An address at which nobody listens any more. */
const nobody = Effect.map(Effect.scoped(chat(200)), ({ url }) => url)

const sendTo = (
  url: string | undefined,
  kind: "slack" | "teams" = "slack",
  schedule: Schedule.Schedule<unknown> = Schedule.recurs(2)
) =>
  webhookChannel({ kind, urlVariable: "CHAT_URL" })
    .send(message)
    .pipe(
      Effect.provideService(RetrySchedule, schedule),
      Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(url === undefined ? {} : { CHAT_URL: url })))
    )

describe("a webhook", () => {
  it.live("is sent what its chat reads", () =>
    Effect.gen(function* () {
      const { bodies, url } = yield* chat(200)
      yield* sendTo(url)
      yield* sendTo(url, "teams")
      assert.strictEqual(bodies[0].text, "Night Audit FAILED 2026-11-20: out of memory")
      assert.strictEqual(bodies[1].attachments[0].contentType, "application/vnd.microsoft.card.adaptive")
    })
  )

  it.live("that is busy is asked again", () =>
    Effect.gen(function* () {
      const { bodies, url } = yield* chat(429, 503, 200)
      yield* sendTo(url)
      assert.strictEqual(bodies.length, 3)
    })
  )

  it.live("says whether it is the message that is refused", () =>
    Effect.gen(function* () {
      for (const [status, refused] of [
        [400, true],
        [413, true],
        [403, false],
        [404, false],
        [503, false]
      ] as const) {
        const { url } = yield* chat(status)
        assert.strictEqual((yield* Effect.flip(sendTo(url))).refused, refused, String(status))
      }
    })
  )

  it.live("is waited for where nobody listens, and says so", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(sendTo(yield* nobody))
      assert.strictEqual(message, "slack (CHAT_URL): it was not reached (ECONNREFUSED)")
    })
  )

  it.live("took what it says that it took, in the words of each chat", () =>
    Effect.gen(function* () {
      const broken = { "content-length": "999" }
      for (const answer of [
        { status: 200, text: "ok" },
        { status: 200, text: "1" },
        { status: 200, text: '{"success":true}' },
        // A number of a connector's, and half of an answer: its status was there first, and the message would come twice.
        { status: 200, text: "1669\n" },
        { status: 200, text: "o", headers: broken },
        { status: 200, text: '{"o', headers: broken },
        { status: 200, text: `{"ok":true,"message":"${"x".repeat(5000)}"}` },
        { status: 202, text: "Accepted" },
        { status: 204 }
      ]) {
        const { bodies, url } = yield* chat(answer)
        yield* sendTo(url)
        assert.strictEqual(bodies.length, 1, answer.text)
      }
    })
  )

  const teams = (status: number) =>
    `Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error ${status} with ContextId tcid=0,server=x`
  const unlike = "with a text that no chat answers to what it took"
  const untaken: ReadonlyArray<readonly [answer: Answer, says: string, refused: boolean, posts: number]> = [
    [{ status: 200, text: "invalid_payload" }, "it answered 200 (invalid_payload)", true, 1],
    [{ status: 200, text: "channel_is_archived" }, "it answered 200 (channel_is_archived)", false, 1],
    [{ status: 403, text: "action_prohibited" }, "it answered 403 (action_prohibited)", false, 1],
    [{ status: 200, text: teams(413) }, "it answered 200, and 413 in its text", true, 1],
    [{ status: 200, text: teams(429) }, "it answered 200, and 429 in its text", false, 3],
    [{ status: 200, text: teams(504) }, "it answered 200, and 504 in its text", false, 2],
    [{ status: 200, text: "<!doctype html>Sign in to go on" }, `it answered 200 ${unlike}`, false, 1],
    // The page of a proxy that is longer than what is read, and one that breaks off.
    [{ status: 200, text: `<html>${"Sign in ".repeat(625)}</html>` }, `it answered 200 ${unlike}`, false, 1],
    [{ status: 200, text: "<html>Sign", headers: { "content-length": "999" } }, `it answered 200 ${unlike}`, false, 1],
    [{ status: 200, text: '{"ok":false}' }, `it answered 200 ${unlike}`, false, 1],
    [{ status: 200, text: `no hook at /${secret}` }, `it answered 200 ${unlike}`, false, 1],
    [{ status: 502 }, "it answered 502", false, 2],
    [{ status: 429, headers: { "retry-after": "61" } }, "it answered 429 and asks for a rest of 61 s", false, 1]
  ]
  for (const [answer, says, refused, posts] of untaken) {
    it.live(`did not take it where ${says}, ${answer.text?.slice(0, 12) ?? "and nothing else"}`, () =>
      Effect.gen(function* () {
        const { bodies, url } = yield* chat(answer)
        const error = yield* Effect.flip(sendTo(url))
        assert.strictEqual(error.message, `slack (CHAT_URL): ${says}`)
        assert.deepStrictEqual([error.refused, bodies.length], [refused, posts])
      })
    )
  }

  it.live("that cuts off once is sent it again, and no oftener whatever it fails with in between", () =>
    Effect.gen(function* () {
      const once = yield* chat("cut", { status: 200, text: "ok" })
      yield* sendTo(once.url)
      assert.strictEqual(once.bodies.length, 2)
      const between = yield* chat("cut", 503, "cut", 200)
      assert.include((yield* Effect.flip(sendTo(between.url))).message, "it did not answer and may have taken")
      assert.strictEqual(between.bodies.length, 3)
    })
  )

  it.live("is left alone for as long as it asks", () =>
    Effect.gen(function* () {
      const { bodies, url } = yield* chat(
        { status: 429, headers: { "retry-after": "7" } },
        { status: 503, headers: { "retry-after": new Date(30_000).toUTCString() } },
        { status: 429, headers: { "retry-after": "soon" } },
        200
      )
      // A clock that stands at 10 s, and on which a wait is over at once.
      const waits: Array<number> = []
      const clock: Clock.Clock = Object.assign(Object.create(yield* Clock.Clock), {
        currentTimeMillisUnsafe: () => 10_000,
        currentTimeMillis: Effect.succeed(10_000),
        sleep: (duration: Duration.Duration) => Effect.sync(() => void waits.push(Duration.toMillis(duration)))
      })
      yield* sendTo(url, "slack", Schedule.upTo(Schedule.spaced("200 millis"), { times: 3 })).pipe(
        Effect.provideService(Clock.Clock, clock)
      )
      assert.deepStrictEqual([waits, bodies.length], [[7000, 20_000, 200], 4])
    })
  )

  const failures: ReadonlyArray<
    readonly [string, (url: string) => string | undefined, number | "cut", string, tries: number]
  > = [
    ["refuses", (url) => url, 404, "it answered 404", 1],
    ["goes on failing", (url) => url, 500, "it answered 500", 3],
    ["leads elsewhere", (url) => url, 302, "it answered 302", 1],
    ["is at no port that is called", () => `http://127.0.0.1:9/${secret}`, 200, "it was not reached", 0],
    ["is at no address", () => `https://:${secret}`, 200, "it was not reached (ERR_INVALID_URL)", 0],
    ["cuts off", (url) => url, "cut", "it did not answer and may have taken the message (UND_ERR_SOCKET)", 2],
    ["has no address", () => undefined, 200, "the environment variable is not set", 0],
    [
      "has none that is safe",
      () => `ftp://${secret}`,
      200,
      "the environment variable holds no address that begins with https://",
      0
    ]
  ]
  for (const [name, of, status, expected, tries] of failures) {
    it.live(`that ${name} fails in a line that names the variable, and no part of the address`, () =>
      Effect.gen(function* () {
        const { bodies, url } = yield* chat(status)
        const error = yield* Effect.flip(sendTo(of(url)))
        assert.include(error.message, `slack (CHAT_URL): ${expected}`)
        const everything = `${error.message} ${String(error.stack)} ${JSON.stringify(error)}`
        for (const part of ["xyzzy", "127.0.0.1"]) assert.notInclude(everything, part)
        assert.strictEqual(bodies.length, tries)
      })
    )
  }
})
