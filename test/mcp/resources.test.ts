import { ResourceNotFoundError } from "@modelcontextprotocol/server"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { catalogue } from "../../audit/catalogue.ts"
import type { Caller } from "../../mcp/Caller.ts"
import { readResource, resources, resourceTemplates } from "../../mcp/resources.ts"
import { ask, anybody, askedAtMillis, nights, servicesOf } from "./harness.ts"

const staging = "777788889999"
const production = "444455556666"

const read = (uri: string, caller: Partial<Caller> = {}) =>
  TestClock.setTime(askedAtMillis).pipe(
    Effect.andThen(readResource(uri, { ...anybody, ...caller })),
    Effect.map(({ contents }) => {
      assert.strictEqual(contents.length, 1)
      assert.strictEqual(contents[0]?.uri, uri)
      return contents[0] as { readonly mimeType: string; readonly text: string }
    }),
    Effect.provide(Layer.merge(servicesOf(), TestClock.layer()))
  )

const notFound = Effect.fnUntraced(function* (uri: string, caller: Partial<Caller> = {}) {
  const error = yield* Effect.flip(read(uri, caller))
  assert.instanceOf(error, ResourceNotFoundError, uri)
  assert.strictEqual(error.code, -32602)
  return error
})

const asOf = /^As of 2026-11-21 02:00 UTC \(5 h ago\), stored; \d+ of \d+ outcomes? complete\.$/m

describe("resources", () => {
  it.effect("has every scan in the catalogue, as JSON", () =>
    Effect.gen(function* () {
      const { mimeType, text } = yield* read("nightaudit://catalogue")
      assert.strictEqual(mimeType, "application/json")
      const { scans } = JSON.parse(text)
      assert.deepStrictEqual(
        scans.map(({ name }: { readonly name: string }) => name),
        catalogue.map(({ name }) => name)
      )
      assert.deepInclude(scans[0], { category: "application", kind: "finding", scope: "regional" })
    })
  )

  it.effect("documents every scan with its fix, reasons, settings and permissions", () =>
    Effect.forEach(
      catalogue,
      Effect.fnUntraced(function* ({ actions, docs, fix, name, reasons, settings, title }) {
        const { mimeType, text } = yield* read(`nightaudit://scans/${name}`)
        assert.strictEqual(mimeType, "text/markdown")
        for (const said of [`# ${title}`, fix, docs, ...actions, ...reasons.map((one) => one.name)]) {
          assert.include(text, said)
        }
        for (const { name: setting } of settings) assert.include(text, setting)
      }),
      { discard: true }
    )
  )

  it.effect("names a scan's own tool only to who has it", () =>
    Effect.gen(function* () {
      const own = yield* read("nightaudit://scans/find_unused_volumes")
      assert.include(own.text, "What it found last: find_unused_volumes.")
      const searching = yield* read("nightaudit://scans/find_unused_volumes", { tools: new Set(["search_findings"]) })
      assert.include(searching.text, 'What it found last: search_findings with scans "find_unused_volumes".')
      const without = yield* read("nightaudit://scans/find_unused_volumes", { tools: new Set() })
      assert.notInclude(without.text, "What it found last")
    })
  )

  it.effect("says a finding as the tool does", () =>
    Effect.gen(function* () {
      const said = yield* ask("get_finding", { id: "vol-08a38757c66540793" })
      const id: string = said.structured.finding.id
      const { text } = yield* read(`nightaudit://findings/${id}`)
      assert.strictEqual(text, said.text)
      assert.match(text, asOf)
      assert.include(text, "$683.60 a month")
    })
  )

  it.effect("lists the newest runs, and what each came to", () =>
    Effect.gen(function* () {
      const { first, second } = yield* nights
      const { text } = yield* read("nightaudit://runs")
      assert.match(text, asOf)
      const rows = text.split("\n").filter((line) => line.startsWith("| 2026"))
      assert.strictEqual(rows.length, 2)
      assert.match(
        rows[0] ?? "",
        new RegExp(`^\\| ${second} \\| complete \\| .* \\| 148 \\| 16026.03 \\| 594 \\| 748 `)
      )
      assert.include(rows[1] ?? "", first)
    })
  )

  it.effect("says a run and what was not seen as the tools do", () =>
    Effect.gen(function* () {
      const { first, second } = yield* nights
      for (const id of [first, second]) {
        assert.strictEqual((yield* read(`nightaudit://runs/${id}`)).text, (yield* ask("get_run", { id })).text)
      }
      const { text } = yield* read("nightaudit://coverage")
      assert.strictEqual(text, (yield* ask("get_coverage")).text)
      assert.match(text, asOf)
      assert.include(text, "denied_by_scp")
      yield* notFound("nightaudit://runs/20200101T000000Z-000000")
    })
  )

  it.effect("has the newest report of a scan, with its age", () =>
    Effect.gen(function* () {
      const { text } = yield* read("nightaudit://reports/get_cost_by_service")
      assert.match(text, asOf)
      assert.include(text, "Spend by service from 2026-10-01")
      assert.include(text, "$9,777.40")
    })
  )

  it.effect("does not know what does not exist", () =>
    Effect.forEach(
      [
        "nightaudit://nothing",
        "nightaudit://catalogue/more",
        "nightaudit://scans/find_nothing",
        "nightaudit://scans/",
        "nightaudit://scans/find_unused_volumes/more",
        "nightaudit://findings/ffffffffffffffffffff",
        "nightaudit://findings/..%2f..%2fetc",
        "nightaudit://reports/find_unused_volumes",
        "nightaudit://reports/toString",
        "NIGHTAUDIT://catalogue",
        "file:///etc/passwd",
        `nightaudit://findings/${"f".repeat(100_000)}`,
        ""
      ],
      (uri) => notFound(uri),
      { discard: true }
    )
  )

  it.effect("says back no more of an address than is short", () =>
    Effect.gen(function* () {
      const error = yield* notFound(`nightaudit://findings/${"f".repeat(100_000)}`)
      assert.isAtMost(JSON.stringify([error.message, error.data]).length, 1000)
    })
  )

  it.effect("has nothing of another's account", () =>
    Effect.gen(function* () {
      const { structured } = yield* ask("find_unused_volumes", { accounts: [production] })
      const id: string = structured.findings[0].id
      yield* read(`nightaudit://findings/${id}`, { accounts: [production] })
      yield* notFound(`nightaudit://findings/${id}`, { accounts: [staging] })
      yield* notFound("nightaudit://reports/get_cost_by_service", { accounts: [staging] })
      const { text } = yield* read("nightaudit://runs", { accounts: [staging] })
      assert.notInclude(text, "16026.03")
      assert.notInclude(text, production)
      assert.notInclude(text, "123456789012")
    })
  )

  it("are listed and named by templates", () => {
    assert.deepStrictEqual(
      resources.map(({ uri }) => uri),
      ["nightaudit://catalogue", "nightaudit://coverage", "nightaudit://runs"]
    )
    assert.deepStrictEqual(
      resourceTemplates.map(({ uriTemplate }) => uriTemplate),
      [
        "nightaudit://scans/{scan}",
        "nightaudit://findings/{id}",
        "nightaudit://runs/{id}",
        "nightaudit://reports/{scan}"
      ]
    )
  })

  it.effect("are within the budget of an answer", () =>
    Effect.forEach(
      [...resources.map(({ uri }) => uri), "nightaudit://reports/get_daily_cost_trend"],
      (uri) =>
        Effect.map(read(uri), ({ text }) => {
          assert.isAtMost(Buffer.byteLength(text), 24_000, uri)
        }),
      { discard: true }
    )
  )
})
