import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { catalogue } from "../../audit/catalogue.ts"
import { decodeConfig } from "../../core/config/Config.ts"
import { wholeRequest } from "../../functions/wholeRequest.ts"
import { WrongDate } from "../../workflows/runDate.ts"

const configured = decodeConfig({ regions: { include: ["eu-west-1"] } }, catalogue)
const made = (request: unknown) => Effect.result(wholeRequest(request, configured, catalogue))

/** The whole request, or what is said of a request that is none. */
const wholeOf = (request: unknown) =>
  Effect.map(made(request), (result) => (Result.isSuccess(result) ? result.success : result.failure.message))

describe("what the machine is started with", () => {
  it.effect("is as configured where nothing is said", () =>
    Effect.gen(function* () {
      const whole = yield* wholeOf({})
      assert.deepInclude(whole, { trigger: "manual", accounts: "self", regions: ["eu-west-1"], full: true })
      assert.notProperty(whole, "anyDate")
      assert.notProperty(whole, "resume")
      assert.deepStrictEqual(yield* wholeOf(whole), whole)
    })
  )

  it.effect("may be dated otherwise, by the input that the refusal names", () =>
    Effect.gen(function* () {
      const refusal = new WrongDate({
        startedAt: "2026-11-20T02:00:00.000Z",
        newest: { id: "r", startedAt: "2026-07-20T02:00:00.000Z" }
      })
      const [named = ""] = /\{.*\}/.exec(refusal.message) ?? []
      const whole = yield* wholeOf(JSON.parse(named))
      assert.deepInclude(whole, { trigger: "manual", accounts: "self", anyDate: true, full: true })
    })
  )

  it.effect("may go on with a run, and with nothing besides", () =>
    Effect.gen(function* () {
      const resume = "20261120T020000Z-51ec43"
      assert.deepInclude(yield* wholeOf({ resume }), { trigger: "manual", resume, accounts: "self" })
      assert.match(String(yield* wholeOf({ resume, regions: ["eu-west-1"] })), /\["regions"\]/)
    })
  )

  it.effect("is refused with the path of what is wrong, and of nothing else", () =>
    Effect.gen(function* () {
      for (const [request, path] of [
        [{ anyDate: "yes" }, "anyDate"],
        [{ acounts: ["111111111111"] }, "acounts"],
        [{ resume: 7 }, "resume"],
        [{ scans: ["find_nothing"] }, "scans"]
      ] as const) {
        const said = String(yield* wholeOf(request))
        assert.include(said, path)
        assert.notInclude(said, "Missing key")
      }
    })
  )
})
