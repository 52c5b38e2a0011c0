/** Resources, prompts and completion as the SDK's own client meets them. */
import { Client } from "@modelcontextprotocol/client"
import { InMemoryTransport } from "@modelcontextprotocol/server"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { McpServices } from "../../mcp/server.ts"
import { serverMaker } from "../../mcp/server.ts"
import { anybody, servicesOf } from "./harness.ts"

const connected = Effect.gen(function* () {
  const context = yield* Effect.context<McpServices>()
  const [here, there] = InMemoryTransport.createLinkedPair()
  const server = serverMaker(context)(anybody)
  const client = new Client({ name: "test", version: "1" })
  yield* Effect.promise(() => server.connect(there))
  yield* Effect.promise(() => client.connect(here))
  return client
})

describe("a client", () => {
  it.effect("lists, reads, gets a prompt and completes", () =>
    Effect.gen(function* () {
      const client = yield* connected
      const [resources, templates, prompts] = yield* Effect.promise(() =>
        Promise.all([client.listResources(), client.listResourceTemplates(), client.listPrompts()])
      )
      assert.strictEqual(resources.resources.length, 3)
      assert.strictEqual(templates.resourceTemplates.length, 4)
      assert.strictEqual(prompts.prompts.length, 4)
      const read = yield* Effect.promise(() => client.readResource({ uri: "nightaudit://scans/find_unused_volumes" }))
      assert.include(JSON.stringify(read.contents), "Unattached and parked EBS volumes")
      const prompt = yield* Effect.promise(() => client.getPrompt({ name: "tag_compliance_review", arguments: {} }))
      assert.strictEqual(prompt.messages[0]?.role, "user")
      const { completion } = yield* Effect.promise(() =>
        client.complete({
          ref: { type: "ref/resource", uri: "nightaudit://scans/{scan}" },
          argument: { name: "scan", value: "find_unused_nat" }
        })
      )
      assert.deepStrictEqual(completion.values, ["find_unused_nat_gateways"])
      yield* Effect.promise(() => client.close())
    }).pipe(Effect.provide(servicesOf()))
  )

  it.effect("is told what is not there by the protocol's own error", () =>
    Effect.gen(function* () {
      const client = yield* connected
      const error: any = yield* Effect.promise(() =>
        client.readResource({ uri: "nightaudit://findings/ffffffffffffffffffff" }).then(
          () => undefined,
          (failure: unknown) => failure
        )
      )
      assert.include([-32602, -32002], error?.code)
      assert.include(JSON.stringify(error?.data), "nightaudit://findings/ffffffffffffffffffff")
      const refused: any = yield* Effect.promise(() =>
        client.getPrompt({ name: "cleanup_plan", arguments: { account: "everything" } }).then(
          () => undefined,
          (failure: unknown) => failure
        )
      )
      assert.strictEqual(refused?.code, -32602)
      assert.include(refused?.message, "account: expected one 12-digit account id")
      yield* Effect.promise(() => client.close())
    }).pipe(Effect.provide(servicesOf()))
  )
})
