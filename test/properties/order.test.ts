/** AWS lists in whatever order it likes: every list of every answer comes backwards, and nothing of a finding may change. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Transport } from "../../core/aws/Transport.ts"
import { audit } from "../sample/harness.ts"
import { found } from "./found.ts"

/** Where the order of a list means something: the ranks of advice, the points of a series, the values of a group of costs. */
const ordered = new Set(["recommendationOptions", "Timestamps", "Values", "ResultsByTime", "Keys", "Statement"])

const backwards = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(backwards).toReversed()
  if (typeof value !== "object" || value === null || value instanceof Date || value instanceof Uint8Array) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      ordered.has(key) || key === "$metadata" ? inner : backwards(inner)
    ])
  )
}

const reversed = (transport: Transport["Service"]): Transport["Service"] => ({
  send: async (...call) => backwards(await transport.send(...call))
})

describe("lists that come backwards", () => {
  it.effect("change nothing of a finding: amount, reasons, severity, confidence, evidence", () =>
    Effect.gen(function* () {
      const forwards = found((yield* audit()).results)
      const others = found((yield* audit({ through: reversed })).results)
      assert.deepStrictEqual(others, forwards)
    })
  )
})
