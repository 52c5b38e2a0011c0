/**
 * Every tool as a client sees it, in a file of its own in wire/ that is reviewed like code: `vitest run -u test/mcp/wire.test.ts`
 * writes them anew.
 */
import { readdirSync } from "node:fs"
import { assert, describe, expect, it } from "@effect/vitest"
import { Client, InMemoryTransport } from "@modelcontextprotocol/client"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { serverMaker } from "../../mcp/server.ts"
import { anybody, servicesOf } from "./harness.ts"

describe("tools/list", () => {
  it.effect("is what was reviewed, tool by tool", () =>
    Effect.gen(function* () {
      const services = yield* Layer.build(servicesOf())
      const server = serverMaker(services as Context.Context<any>)(anybody)
      const client = new Client({ name: "test", version: "1" })
      const [ours, theirs] = InMemoryTransport.createLinkedPair()
      yield* Effect.promise(() => Promise.all([server.connect(theirs), client.connect(ours)]))
      const { tools } = yield* Effect.promise(() => client.listTools())
      yield* Effect.promise(() => client.close())
      assert.strictEqual(tools.length, anybody.tools.size)
      for (const tool of tools) {
        yield* Effect.promise(() =>
          expect(`${JSON.stringify(tool, null, 2)}\n`).toMatchFileSnapshot(`wire/${tool.name}.json`)
        )
      }
      const names = tools.map(({ name }) => `${name}.json`)
      assert.deepStrictEqual(
        readdirSync(new URL("wire/", import.meta.url)).filter((file) => !names.includes(file)),
        []
      )
    })
  )
})
