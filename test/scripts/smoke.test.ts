import { spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { functionAsker, type ToolAnswer } from "../../scripts/askFunction.ts"
import { load, loadTest } from "../../scripts/loadTest.ts"
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

  it.effect("names a function that fails, whatever it was asked", () =>
    Effect.gen(function* () {
      const problems = yield* Effect.promise(() => smoke(() => Promise.reject(new Error("mcp:8 failed"))))
      assert.deepStrictEqual(
        problems,
        ["list_scans", "summarize_savings", "no_such_tool"].map((tool) => `${tool}: mcp:8 failed`)
      )
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
      assert.deepStrictEqual(result, { failed: 2, firstFailure: "summarize_savings: no", p50Millis: 1, p99Millis: 900 })
      const wide = yield* Effect.promise(() => load(async () => text(""), { calls: 7, concurrency: 20, now: () => 0 }))
      assert.deepStrictEqual(wide, { failed: 0, p50Millis: 0, p99Millis: 0 })
    })
  )
})

describe("loadTest", () => {
  const tested = (ask: (tool: string) => Promise<ToolAnswer>, millisEach = 1) => {
    let now = 0
    const calls = { calls: 8, concurrency: 2, p99: 100, now: () => (now += millisEach) }
    return Effect.promise(() => loadTest(ask, calls))
  }

  it.effect("passes where every call is answered in time", () =>
    Effect.gen(function* () {
      const { passed, said } = yield* tested(async () => text("well"))
      assert.isTrue(passed)
      assert.match(said[0] ?? "", /^8 calls, 0 failed, /)
      const slow = yield* tested(async () => text("well"), 101)
      assert.isFalse(slow.passed)
      assert.strictEqual(slow.said.at(-1), "99 % should be answered within 100 ms.")
    })
  )

  it.effect("fails where answers say that something is wrong, and says what", () =>
    Effect.gen(function* () {
      const broken = text("The store could not be read: AccessDenied", { isError: true })
      const { passed, said } = yield* tested(async () => broken)
      assert.isFalse(passed)
      assert.match(said[0] ?? "", /^8 calls, 8 failed/)
      assert.strictEqual(said[1], "The first that failed: summarize_savings: The store could not be read: AccessDenied")
    })
  )

  it.effect("fails on a store without a night, and says so", () =>
    Effect.gen(function* () {
      let asked = 0
      const { passed, said } = yield* tested(async () => {
        asked += 1
        return text("There are no totals yet: an audit writes them.", { isError: true })
      })
      assert.deepStrictEqual([passed, asked, said.length], [false, 1, 1])
      assert.match(said[0] ?? "", /^No night has run on this stage/)
    })
  )
})

describe("the scripts of the pipeline", () => {
  const run = (script: string, ...args: ReadonlyArray<string>) => {
    const { status, stderr } = spawnSync(process.execPath, [`scripts/${script}.ts`, ...args], {
      cwd: new URL("../..", import.meta.url).pathname,
      encoding: "utf8"
    })
    return [status, stderr.trim()]
  }

  it.each([
    ["loadTest", ["--function", "mcp:live", "--calls", "5OO"], /^--calls: expected a whole number .* not "5OO"$/],
    ["loadTest", ["--function", "mcp:live", "--concurrency", "0"], /^--concurrency: expected a whole number/],
    ["loadTest", ["--function", "mcp:live", "--p99", ""], /^--p99: expected a number/],
    ["loadTest", ["--calls", "5"], /^--function names/],
    ["loadTest", ["--fuction", "mcp"], /^Unknown option '--fuction'$/],
    ["smoke", ["mcp:live"], /^Unexpected argument 'mcp:live'/],
    ["shiftAlias", ["--function", "mcp", "--alarm", ""], /--alarm at least one alarm/],
    ["shiftAlias", ["--function", "mcp", "--alarm", "a", "--minutes", "NaN"], /^--minutes: expected a number/],
    ["shiftAlias", ["--function", "mcp", "--alarm", "a", "--share", "100"], /^--share: expected a number/],
    ["shiftAlias", ["--function", "mcp", "--to", "live"], /^--to: expected the number of a version/]
  ])("%s %j is refused in a line", (script, args, line) => {
    const [status, said] = run(script, ...args)
    assert.strictEqual(status, 2)
    assert.match(String(said), line)
    assert.notInclude(String(said), "\n")
  })
})

describe("functionAsker", () => {
  it.effect("calls the alias as a gateway does, and fails where the function does", () =>
    Effect.gen(function* () {
      const seen: Array<{ readonly url: string; readonly custom: Record<string, unknown>; readonly body: unknown }> = []
      const endpoint = yield* serve((body, request, response) => {
        const context = Buffer.from(String(request.headers["x-amz-client-context"]), "base64").toString()
        seen.push({ url: request.url ?? "", custom: JSON.parse(context).custom, body: JSON.parse(body) })
        response.setHeader("x-amz-executed-version", "8")
        if (seen.length === 2) response.setHeader("x-amz-function-error", "Unhandled")
        response.end(seen.length === 3 ? "null" : JSON.stringify(text("three")))
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
      const versions: Array<string> = []
      const ask = functionAsker("mcp:live", (version) => versions.push(version))
      const answer = yield* Effect.promise(() => ask("list_scans", { limit: 1 }))
      assert.strictEqual(answer.content[0]?.text, "three")
      assert.match(seen[0]?.url ?? "", /^\/2015-03-31\/functions\/mcp(:|%3A)live\/invocations/)
      assert.strictEqual(seen[0]?.custom["bedrockAgentCoreToolName"], "nightaudit___list_scans")
      assert.deepStrictEqual(seen[0]?.body, { limit: 1 })
      const failed = yield* Effect.promise(() => ask("list_scans").catch((error: Error) => error.message))
      assert.include(failed, "mcp:live failed")
      const nothing = yield* Effect.promise(() => ask("list_scans").catch((error: Error) => error.message))
      assert.strictEqual(nothing, "mcp:live answers list_scans with no tool's result: null")
      assert.deepStrictEqual(versions, ["8", "8", "8"])
    }).pipe(Effect.scoped)
  )
})
