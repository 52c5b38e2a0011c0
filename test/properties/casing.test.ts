/**
 * AWS writes its enumerations as it likes, and not always as its own model does: every value of one comes in the other case, and
 * nothing may change but the spelling of what is shown.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import type { Transport } from "../../core/aws/Transport.ts"
import { audit } from "../sample/harness.ts"
import { found } from "./found.ts"

/** The values of every enumeration of every client that is installed, by the SDK's own lists. */
const enumerations: ReadonlySet<string> = new Set(
  (
    await Promise.all(
      Object.keys(
        JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).devDependencies as object
      )
        .filter((name) => name.startsWith("@aws-sdk/client-"))
        .map((name) => import(name) as Promise<Readonly<Record<string, unknown>>>)
    )
  )
    .flatMap((client) => Object.values(client))
    .flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []))
    .filter((value) => typeof value === "string")
)

/** What is an enumeration to the model and an identifier to everybody: of an instance type, a region, a metric, a policy. */
const identifiers = new Set([
  "AttributeName",
  "BucketRegion",
  "CostCategoryNames",
  "Description",
  "GatewayId",
  "GroupName",
  "Id",
  "InstanceType",
  "Key",
  "Keys",
  "Label",
  "Region",
  "RegionName",
  "ReportingTagKeys",
  "Service",
  "TableNames",
  "TagKey",
  "TargetOriginId",
  "Value",
  "VPCRegion",
  "VersionId",
  "region"
])

/** What `Name` says where it is an enumeration: the states of instances. */
const states = new Set(["running", "stopped"])

/** The values that came in the other case, with their fields, to see that there were any. */
const swapped = new Set<string>()

const otherCase = (value: string): string => (value === value.toLowerCase() ? value.toUpperCase() : value.toLowerCase())

const cased = (value: unknown, field = ""): unknown => {
  if (typeof value === "string") {
    if (!enumerations.has(value) || identifiers.has(field) || (field === "Name" && !states.has(value))) return value
    swapped.add(`${field}: ${value}`)
    return otherCase(value)
  }
  if (Array.isArray(value)) return value.map((inner) => cased(inner, field))
  if (typeof value !== "object" || value === null || value instanceof Date || value instanceof Uint8Array) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === "$metadata" ? inner : cased(inner, key)])
  )
}

const inOtherCase = (transport: Transport["Service"]): Transport["Service"] => ({
  send: async (...call) => cased(await transport.send(...call))
})

describe("enumerations in the other case", () => {
  it.effect("change nothing of a finding", () =>
    Effect.gen(function* () {
      const forwards = found((yield* audit()).results)
      const others = found((yield* audit({ through: inOtherCase })).results)
      assert.isAbove(swapped.size, 100)
      const seen = (results: unknown) => JSON.parse(JSON.stringify(results).toLowerCase())
      assert.deepStrictEqual(seen(others), seen(forwards))
    })
  )
})
