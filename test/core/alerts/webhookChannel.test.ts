import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { failureMessage } from "../../../core/alerts/alarm.ts"
import { webhookChannel } from "../../../core/alerts/webhookChannel.ts"
import { RetrySchedule } from "../../../core/aws/retry.ts"

const message = failureMessage({ id: "run", startedAt: "2026-11-20T02:00:00.000Z" }, "out of memory", undefined)
const secret = "T0/B0/xyzzy"

/** A chat that answers statuses one after the other, the last one for ever. */
const chat = (...statuses: ReadonlyArray<number>) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly bodies: Array<any>; readonly close: () => void }>((resume) => {
      const bodies: Array<any> = []
      const server = createServer((request, response) => {
        let text = ""
        request.on("data", (chunk) => (text += chunk))
        request.on("end", () => {
          const status = statuses[Math.min(bodies.push(JSON.parse(text)), statuses.length) - 1] ?? 200
          response.writeHead(status, status === 302 ? { location: "http://127.0.0.1:9/" } : {}).end()
        })
      }).listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}/${secret}`, bodies, close: () => void server.close() }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

const sendTo = (url: string | undefined, kind: "slack" | "teams" = "slack") =>
  webhookChannel({ kind, urlVariable: "CHAT_URL" })
    .send(message)
    .pipe(
      Effect.provideService(RetrySchedule, Schedule.recurs(2)),
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

  const failures: ReadonlyArray<readonly [string, (url: string) => string | undefined, number, string, tries: number]> =
    [
      ["refuses", (url) => url, 404, "it answered 404", 1],
      ["goes on failing", (url) => url, 500, "it answered 500", 3],
      ["leads elsewhere", (url) => url, 302, "it answered 302", 1],
      ["is not there", () => `http://127.0.0.1:9/${secret}`, 200, "it was not reached", 0],
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
