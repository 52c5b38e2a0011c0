import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeGateway } from "../../../cli/dev/gateway.ts"
import { interceptorOf } from "../../../functions/interceptor.ts"

const tokenOf = (payload: object): string =>
  `Bearer e30.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.c2ln`

/** A gateway with the product's interceptor before a target that keeps what it is called with. */
const gateway = (
  intercept: (event: unknown) => Promise<unknown> = interceptorOf({ NIGHTAUDIT_ACCOUNTS_CLAIM: "accounts" })
) => {
  const calls: Array<{ readonly event: unknown; readonly custom: Record<string, unknown> }> = []
  const { fetch } = makeGateway({
    tools: [{ name: "find_unused_volumes" }],
    allowedHeaders: ["x-nightaudit-accounts"],
    intercept,
    invoke: async (event, context: any) => {
      calls.push({ event, custom: context.clientContext.custom })
      return { content: [{ type: "text", text: "three volumes" }] }
    }
  })
  const post = (method: string, params: object, headers: Record<string, string> = {}) =>
    Effect.promise(async () => {
      const response = await fetch(
        new Request("http://127.0.0.1:8000/gateway", {
          method: "POST",
          headers: {
            host: "127.0.0.1:8000",
            "content-type": "application/json",
            accept: "application/json, text/event-stream",
            ...headers
          },
          body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })
        })
      )
      const text = await response.text()
      return { status: response.status, message: JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? text) }
    })
  return { calls, fetch, post }
}

const call = { name: "nightaudit___find_unused_volumes", arguments: { limit: 3 } }

describe("the gateway's simulator", () => {
  it.effect("lists the tools under the target's name", () =>
    Effect.gen(function* () {
      const { message } = yield* gateway().post("tools/list", {})
      assert.deepStrictEqual(
        message.result.tools.map(({ name }: { readonly name: string }) => name),
        ["nightaudit___find_unused_volumes"]
      )
    })
  )

  it.effect("makes the bare event, with the tool's name and the interceptor's header in the context", () =>
    Effect.gen(function* () {
      const { calls, post } = gateway()
      const { message } = yield* post("tools/call", call, {
        authorization: tokenOf({ accounts: ["111111111111"] }),
        // A client's own word for it does not come through, and neither does any other header.
        "X-NightAudit-Accounts": "*",
        "x-other": "1"
      })
      assert.strictEqual(message.result.content[0].text, "three volumes")
      assert.deepStrictEqual(calls[0]?.event, { limit: 3 })
      assert.strictEqual(calls[0]?.custom["bedrockAgentCoreToolName"], "nightaudit___find_unused_volumes")
      assert.deepStrictEqual(calls[0]?.custom["bedrockAgentCorePropagatedHeaders"], {
        "x-nightaudit-accounts": "111111111111"
      })
    })
  )

  it.effect("passes an empty header on where the token names nothing", () =>
    Effect.gen(function* () {
      const { calls, post } = gateway()
      yield* post("tools/call", call, { "x-nightaudit-accounts": "*" })
      assert.deepStrictEqual(calls[0]?.custom["bedrockAgentCorePropagatedHeaders"], { "x-nightaudit-accounts": "" })
    })
  )

  it.effect("refuses what is no single message, before the interceptor sees it", () =>
    Effect.gen(function* () {
      let seen = 0
      const { calls, fetch } = gateway(async (event) => {
        seen += 1
        return interceptorOf({})(event)
      })
      const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params: call }
      const post = (body: string) =>
        Effect.promise(async () => {
          const request = new Request("http://127.0.0.1:8000/gateway", { method: "POST", body })
          const response = await fetch(request)
          const { error } = (await response.json()) as {
            readonly error: { readonly code: number; readonly message: string }
          }
          return [response.status, error.code, error.message]
        })
      for (const batch of ["[]", JSON.stringify([message, message])]) {
        assert.deepStrictEqual(yield* post(batch), [
          400,
          -32600,
          "Invalid Request: expected one JSON-RPC message, and no batch"
        ])
      }
      for (const other of ["null", "1", '"x"', "true"]) {
        assert.deepStrictEqual(yield* post(other), [400, -32600, "Invalid Request: expected one JSON-RPC message"])
      }
      assert.deepStrictEqual([seen, calls], [0, []])
    })
  )

  it.effect("calls nothing where the interceptor gives no answer of its form, or fails", () =>
    Effect.gen(function* () {
      for (const intercept of [async () => ({}), () => Promise.reject(new Error("boom"))]) {
        const { calls, post } = gateway(intercept)
        const { status } = yield* post("tools/call", call)
        assert.strictEqual(status, 500)
        assert.deepStrictEqual(calls, [])
      }
    })
  )
})
