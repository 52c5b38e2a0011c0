import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { functionAsker, type ToolAnswer } from "../../scripts/askFunction.ts"
import { load } from "../../scripts/loadTest.ts"
import { smoke } from "../../scripts/smoke.ts"
import { serve } from "../core/aws/loopback.ts"

const text = (said: string, more: object = {}): ToolAnswer => ({ content: [{ text: said }], ...more })

const well: Readonly<Record<string, ToolAnswer>> = {
  list_scans: text("24 scans"),
  summarize_savings: text("$1", { structuredContent: { totals: { findings: 1 } } }),
  no_such_tool: text("There is no tool", { isError: true })
}

const problemsOf = (answers: Readonly<Record<string, ToolAnswer>>) =>
  Effect.promise(() => smoke(async (tool) => ({ ...well, ...answers })[tool] ?? text("?")))

describe("smoke", () => {
  it.effect("is content with answers, and with totals that are not there yet", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problemsOf({}), [])
      const none = text("There are no totals yet: an audit of all that is configured writes them.", { isError: true })
      assert.deepStrictEqual(yield* problemsOf({ summarize_savings: none }), [])
    })
  )

  it.effect("names what is wrong", () =>
    Effect.gen(function* () {
      const broken = text("The store could not be read", { isError: true })
      assert.deepStrictEqual(
        yield* problemsOf({ list_scans: broken, summarize_savings: broken, no_such_tool: text("!") }),
        [
          "list_scans: The store could not be read",
          "summarize_savings: The store could not be read",
          "a tool that there is not was answered"
        ]
      )
      assert.deepStrictEqual(yield* problemsOf({ summarize_savings: text("0") }), [
        "summarize_savings answers without totals"
      ])
    })
  )
})

describe("load", () => {
  it.effect("makes so many calls, so many at a time, and tells how long they took", () =>
    Effect.gen(function* () {
      let [now, asked, open, most] = [0, 0, 0, 0]
      const result = yield* Effect.promise(() =>
        load(
          async () => {
            asked += 1
            const number = asked
            most = Math.max(most, (open += 1))
            await Promise.resolve()
            open -= 1
            now += number === 100 ? 900 : 1
            if (number % 50 === 0) throw new Error("no")
            return text("")
          },
          { calls: 100, concurrency: 1, now: () => now }
        )
      )
      assert.deepStrictEqual([asked, most], [100, 1])
      assert.deepStrictEqual(result, { failed: 2, p50Millis: 1, p99Millis: 900 })
      const wide = yield* Effect.promise(() => load(async () => text(""), { calls: 7, concurrency: 20, now: () => 0 }))
      assert.deepStrictEqual(wide, { failed: 0, p50Millis: 0, p99Millis: 0 })
    })
  )
})

describe("functionAsker", () => {
  it.effect("calls the alias as a gateway does, and fails where the function does", () =>
    Effect.gen(function* () {
      const seen: Array<{ readonly url: string; readonly custom: Record<string, unknown>; readonly body: unknown }> = []
      const endpoint = yield* serve((body, request, response) => {
        const context = Buffer.from(String(request.headers["x-amz-client-context"]), "base64").toString()
        seen.push({ url: request.url ?? "", custom: JSON.parse(context).custom, body: JSON.parse(body) })
        if (seen.length > 1) response.setHeader("x-amz-function-error", "Unhandled")
        response.end(JSON.stringify(text("three")))
      })
      const saved = { ...process.env }
      Object.assign(process.env, {
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: "AKIATEST",
        AWS_SECRET_ACCESS_KEY: "secret",
        AWS_REGION: "eu-west-1"
      })
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name]
          Object.assign(process.env, saved)
        })
      )
      const ask = functionAsker("mcp:live")
      const answer = yield* Effect.promise(() => ask("list_scans", { limit: 1 }))
      assert.strictEqual(answer.content[0]?.text, "three")
      assert.match(seen[0]?.url ?? "", /^\/2015-03-31\/functions\/mcp(:|%3A)live\/invocations/)
      assert.strictEqual(seen[0]?.custom["bedrockAgentCoreToolName"], "nightaudit___list_scans")
      assert.deepStrictEqual(seen[0]?.body, { limit: 1 })
      const failed = yield* Effect.promise(() => ask("list_scans").catch((error: Error) => error.message))
      assert.include(failed, "mcp:live failed")
    }).pipe(Effect.scoped)
  )
})
