/** The alias of the MCP function against a stub of Lambda and CloudWatch. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { cloudOf, shift } from "../../scripts/shiftAlias.ts"
import { serve } from "../core/aws/loopback.ts"

interface Alias {
  version: string
  revision: number
  weights: Readonly<Record<string, number>>
}

/** `states` says what the alarm is at each look. After the last of them it stays. */
const shifted = (
  states: ReadonlyArray<string>,
  { alarms = ["errors"], newest = 8 }: { readonly alarms?: ReadonlyArray<string>; readonly newest?: number } = {}
) =>
  Effect.gen(function* () {
    const alias: Alias = { version: "7", revision: 1, weights: {} }
    const history: Array<string> = []
    let looks = 0
    const endpoint = yield* serve((body, request, response) => {
      const json = (value: object, status = 200) => {
        response.writeHead(status, {
          "content-type": request.url?.startsWith("/2015") === true ? "application/json" : "application/x-amz-json-1.0"
        })
        response.end(JSON.stringify(value))
      }
      if (request.url?.includes("/versions") === true) {
        // Two pages, and the version that is no number.
        const isSecond = request.url.includes("Marker=more")
        return json(
          isSecond
            ? { Versions: [{ Version: String(newest) }] }
            : { Versions: [{ Version: "$LATEST" }, { Version: "7" }], NextMarker: "more" }
        )
      }
      const shown = () => ({ Name: "live", FunctionVersion: alias.version, RevisionId: String(alias.revision) })
      if (request.url?.includes("/aliases/live") === true) {
        if (request.method === "GET") return json(shown())
        const asked = JSON.parse(body)
        if (asked.RevisionId !== String(alias.revision)) return json({ Type: "User" }, 412)
        alias.version = asked.FunctionVersion
        alias.weights = asked.RoutingConfig.AdditionalVersionWeights
        alias.revision += 1
        history.push(`${alias.version} ${JSON.stringify(alias.weights)}`)
        return json(shown())
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
    let waited = 0
    const moved = yield* Effect.promise(() =>
      shift(cloudOf("mcp", "live", alarms), {
        alarms,
        share: 0.1,
        minutes: 2,
        wait: async (millis) => void (waited += millis),
        say: (line) => void said.push(line)
      }).catch((error: Error) => error.name)
    )
    return { moved, said, history, waited }
  }).pipe(Effect.scoped)

describe("shiftAlias", () => {
  it.effect("gives the newest version a tenth of the calls, and all of them when the alarm stays silent", () =>
    Effect.gen(function* () {
      const { history, moved, said, waited } = yield* shifted(["OK"])
      assert.strictEqual(moved, true)
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
    })
  )
})
