/** The alias of the MCP function against a stub of Lambda and CloudWatch. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { cloudOf, shift, stopShift } from "../../scripts/shiftAlias.ts"
import { serve } from "../core/aws/loopback.ts"

interface Alias {
  version: string
  revision: number
  weights: Readonly<Record<string, number>>
}

interface Stub {
  readonly alarms?: ReadonlyArray<string>
  readonly newest?: number
  /** The share of another version that a shift has left. */
  readonly left?: Readonly<Record<string, number>>
  /** What a version answers, when asked by its number or through the alias. */
  readonly answers?: (version: string, qualifier: string) => object | undefined
  /** Which version a call through the alias reaches while it is shared. Default: every tenth the new one. */
  readonly reached?: (call: number) => string
  /** Hears of each move of the alias. */
  readonly onRoute?: (move: string, alias: Alias, stop: AbortController) => void
}

const well = (tool: string): object =>
  tool === "no_such_tool"
    ? { content: [{ text: "There is no tool" }], isError: true }
    : { content: [{ text: "well" }], structuredContent: { totals: {} } }

const broken = { content: [{ text: "The store could not be read: AccessDenied" }], isError: true }

/** `states` says what the alarm is at each look. After the last of them it stays. */
const shifted = (
  states: ReadonlyArray<string>,
  {
    alarms = ["errors"],
    answers,
    left = {},
    newest = 8,
    onRoute,
    reached = (call) => (call % 10 === 0 ? "8" : "7")
  }: Stub = {},
  work: "shift" | "stop" = "shift"
) =>
  Effect.gen(function* () {
    const alias: Alias = { version: "7", revision: 1, weights: left }
    // @effect-diagnostics-next-line abortControllerInEffect:off
    const stop = new AbortController()
    const history: Array<string> = []
    /** The qualifiers that were asked, in order, each once in a row. */
    const asked: Array<string> = []
    let [looks, calls] = [0, 0]
    const endpoint = yield* serve((body, request, response) => {
      const json = (value: object, status = 200) => {
        response.writeHead(status, {
          "content-type": request.url?.startsWith("/2015") === true ? "application/json" : "application/x-amz-json-1.0"
        })
        response.end(JSON.stringify(value))
      }
      const url = decodeURIComponent(request.url ?? "")
      const [, qualifier] = /functions\/mcp:(\w+)\/invocations/.exec(url) ?? []
      if (qualifier !== undefined) {
        if (asked.at(-1) !== qualifier) asked.push(qualifier)
        const isShared = Object.keys(alias.weights).length > 0
        const version = qualifier !== "live" ? qualifier : isShared ? reached((calls += 1)) : alias.version
        const context = Buffer.from(String(request.headers["x-amz-client-context"]), "base64").toString()
        const tool = JSON.parse(context).custom.bedrockAgentCoreToolName.split("___")[1]
        response.setHeader("x-amz-executed-version", version)
        return json(answers?.(version, qualifier) ?? well(tool))
      }
      if (url.includes("/versions")) {
        // Two pages, and the version that is no number.
        const isSecond = url.includes("Marker=more")
        return json(
          isSecond
            ? { Versions: [{ Version: String(newest) }] }
            : { Versions: [{ Version: "$LATEST" }, { Version: "7" }], NextMarker: "more" }
        )
      }
      const shown = () => ({
        Name: "live",
        FunctionVersion: alias.version,
        RevisionId: String(alias.revision),
        RoutingConfig: { AdditionalVersionWeights: alias.weights }
      })
      if (url.includes("/aliases/live")) {
        if (request.method === "GET") return json(shown())
        const wanted = JSON.parse(body)
        if (wanted.RevisionId !== String(alias.revision)) return json({ Type: "User" }, 412)
        alias.version = wanted.FunctionVersion
        alias.weights = wanted.RoutingConfig.AdditionalVersionWeights
        alias.revision += 1
        const move = `${alias.version} ${JSON.stringify(alias.weights)}`
        history.push(move)
        const answer = shown()
        onRoute?.(move, alias, stop)
        return json(answer)
      }
      const state = states[Math.min(looks++, states.length - 1)]
      if (state === "broken") return json({ __type: "AccessDeniedException", message: "no" }, 400)
      return json({ MetricAlarms: [{ AlarmName: "errors", StateValue: state }] })
    })
    const saved = { ...process.env }
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: "AKIATEST",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_REGION: "eu-west-1",
      AWS_MAX_ATTEMPTS: "1"
    })
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name]
        Object.assign(process.env, saved)
      })
    )
    const said: Array<string> = []
    const say = (line: string) => void said.push(line)
    let waited = 0
    const wait = async (millis: number) => {
      stop.signal.throwIfAborted()
      waited += millis
    }
    const cloud = cloudOf("mcp", "live", alarms)
    const working: Promise<boolean | void> =
      work === "stop"
        ? stopShift(cloud, say)
        : shift(cloud, { alarms, share: 0.1, minutes: 2, wait, say, stop: stop.signal })
    const moved = yield* Effect.promise(() => working.catch((error: Error) => error.name))
    return { moved, said, history, waited, asked }
  }).pipe(Effect.scoped)

describe("shiftAlias", () => {
  it.effect("gives the newest version a tenth of the calls, and all of them when the alarm stays silent", () =>
    Effect.gen(function* () {
      const { asked, history, moved, said, waited } = yield* shifted(["OK"])
      assert.strictEqual(moved, true)
      // The version itself before a caller reaches it, then as callers do.
      assert.deepStrictEqual(asked, ["8", "live"])
      assert.deepStrictEqual(history, ['7 {"8":0.1}', "8 {}"])
      assert.strictEqual(waited, 120_000)
      assert.strictEqual(said.at(-1), "All calls go to version 8. Back: --to 7")
    })
  )

  it.effect("takes the calls back when the alarm goes off, and waits no longer", () =>
    Effect.gen(function* () {
      const { history, moved, said, waited } = yield* shifted(["OK", "INSUFFICIENT_DATA", "ALARM"])
      assert.strictEqual(moved, false)
      assert.deepStrictEqual(history, ['7 {"8":0.1}', "7 {}"])
      assert.strictEqual(waited, 60_000)
      assert.strictEqual(said.at(-1), "Back to version 7: errors went off.")
    })
  )

  it.effect("takes the calls back when the alarm cannot be seen any more", () =>
    Effect.gen(function* () {
      const { history, moved } = yield* shifted(["OK", "broken"])
      assert.strictEqual(moved, "AccessDeniedException")
      assert.deepStrictEqual(history, ['7 {"8":0.1}', "7 {}"])
    })
  )

  it.effect("moves nothing while an alarm is on, or where there is none of that name", () =>
    Effect.gen(function* () {
      const on = yield* shifted(["ALARM"])
      assert.deepStrictEqual([on.moved, on.history], [false, []])
      const none = yield* shifted(["OK"], { alarms: ["errors", "eror"] })
      assert.deepStrictEqual([none.moved, none.history], [false, []])
      assert.strictEqual(none.said.at(-1), "Nothing was moved: there is no alarm eror.")
    })
  )

  it.effect("has nothing to do where the alias is at the newest version", () =>
    Effect.gen(function* () {
      const { history, moved } = yield* shifted(["OK"], { newest: 7 })
      assert.deepStrictEqual([moved, history], [true, []])
      const unwell = yield* shifted(["OK"], { newest: 7, answers: () => broken })
      assert.deepStrictEqual([unwell.moved, unwell.history], [false, []])
      assert.include(unwell.said, "list_scans: The store could not be read: AccessDenied")
    })
  )

  it.effect("moves nothing to a version that does not answer as it should", () =>
    Effect.gen(function* () {
      const { asked, history, moved, said } = yield* shifted(["OK"], { answers: () => broken })
      assert.deepStrictEqual([moved, history, asked], [false, [], ["8"]])
      assert.strictEqual(
        said.at(-1),
        "Nothing was moved: version 8 does not answer as it should: list_scans: The store could not be read: AccessDenied"
      )
    })
  )

  it.effect("takes the calls back when one that it makes itself is answered wrong, whatever the alarms say", () =>
    Effect.gen(function* () {
      const { history, moved, said, waited } = yield* shifted(["OK"], {
        answers: (version, qualifier) => (version === "8" && qualifier === "live" ? broken : undefined)
      })
      assert.strictEqual(moved, false)
      assert.deepStrictEqual(history, ['7 {"8":0.1}', "7 {}"])
      assert.strictEqual(waited, 30_000)
      assert.strictEqual(
        said.at(-1),
        "Back to version 7: version 8 answered list_scans: The store could not be read: AccessDenied."
      )
    })
  )

  it.effect("promotes nothing that nobody has called, and nothing that no alarm has seen", () =>
    Effect.gen(function* () {
      const uncalled = yield* shifted(["OK"], { reached: () => "7" })
      assert.strictEqual(uncalled.moved, false)
      assert.deepStrictEqual(uncalled.history, ['7 {"8":0.1}', "7 {}"])
      assert.strictEqual(
        uncalled.said.at(-1),
        "Back to version 7: version 8 has answered 0 of 80 calls, too few to know it."
      )
      const unseen = yield* shifted(["INSUFFICIENT_DATA"])
      assert.strictEqual(unseen.moved, false)
      assert.deepStrictEqual(unseen.history, ['7 {"8":0.1}', "7 {}"])
      assert.strictEqual(unseen.said.at(-1), "Back to version 7: errors had no data to judge by.")
    })
  )

  it.effect("goes back when the new version does not bear all calls", () =>
    Effect.gen(function* () {
      let isPromoted = false
      const { history, moved, said } = yield* shifted(["OK"], {
        onRoute: (move) => void (isPromoted ||= move === "8 {}"),
        answers: () => (isPromoted ? broken : undefined)
      })
      assert.strictEqual(moved, false)
      assert.deepStrictEqual(history, ['7 {"8":0.1}', "8 {}", "7 {}"])
      assert.match(
        said.at(-1) ?? "",
        /^Back to version 7: with all calls it does not answer as it should: list_scans: /
      )
    })
  )

  it.effect("goes back when it is stopped, with a share of the calls moved or with all of them", () =>
    Effect.gen(function* () {
      const early = yield* shifted(["OK"], { onRoute: (_, __, stop) => stop.abort() })
      assert.strictEqual(early.moved, false)
      assert.deepStrictEqual(early.history, ['7 {"8":0.1}', "7 {}"])
      assert.strictEqual(early.said.at(-1), "Back to version 7: the shift was stopped.")
      const late = yield* shifted(["OK"], { onRoute: (move, _, stop) => void (move === "8 {}" && stop.abort()) })
      assert.strictEqual(late.moved, false)
      assert.deepStrictEqual(late.history, ['7 {"8":0.1}', "8 {}", "7 {}"])
    })
  )

  it.effect("leaves the calls where somebody else has moved them meanwhile", () =>
    Effect.gen(function* () {
      const { history, moved, said } = yield* shifted(["OK"], {
        onRoute: (_, alias) => void Object.assign(alias, { version: "6", weights: {}, revision: 9 })
      })
      assert.strictEqual(moved, false)
      assert.deepStrictEqual(history, ['7 {"8":0.1}'])
      assert.match(said.at(-1) ?? "", /^Version 6 has the calls, where somebody else has moved them/)
    })
  )

  it.effect("ends a shift that was cut off: when it is told to, and before it begins another", () =>
    Effect.gen(function* () {
      const told = yield* shifted(["OK"], { left: { "8": 0.1 } }, "stop")
      assert.deepStrictEqual(told.history, ["7 {}"])
      assert.deepStrictEqual(told.said, ["Back to version 7: the shift was cut off."])
      const none = yield* shifted(["OK"], {}, "stop")
      assert.deepStrictEqual(none.history, [])
      assert.deepStrictEqual(none.said, ["No shift is under way: version 7 has all calls."])
      const again = yield* shifted(["OK"], { left: { "8": 0.1 }, newest: 9, answers: () => broken })
      assert.deepStrictEqual([again.moved, again.history], [false, ["7 {}"]])
    })
  )
})
