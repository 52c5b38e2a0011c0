/** The sample organisation as it would be in GovCloud and in China: other ARNs, services that are missing, prices that nobody knows. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Transport } from "../../core/aws/Transport.ts"
import { audit, type Audited } from "../sample/harness.ts"

const home = "eu-central-1"

/** Every text of an answer, as the partition would write it. */
const rewritten = (value: unknown, change: (text: string) => string): unknown => {
  if (typeof value === "string") return change(value)
  if (Array.isArray(value)) return value.map((item) => rewritten(item, change))
  if (value === null || typeof value !== "object" || value instanceof Date || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rewritten(inner, change)]))
}

/** The estate's home region under the name of a region of the partition. */
const movedTo =
  (region: string, partition: string) =>
  (sample: Transport["Service"]): Transport["Service"] => ({
    send: async (operation, input, destination, signal) => {
      const back = (text: string) => text.replaceAll(region, home).replaceAll(`arn:${partition}:`, "arn:aws:")
      const answer = await sample.send(
        operation,
        rewritten(input, back) as object,
        { ...destination, region: destination.region === region ? home : destination.region },
        signal
      )
      const forth = (text: string) => text.replaceAll(home, region).replaceAll("arn:aws:", `arn:${partition}:`)
      return rewritten(answer, forth)
    }
  })

const scope = (region: string) => `shop-production/${region}`

const flaggedIn = (results: ReadonlyArray<Audited>) =>
  new Map(
    results.map(({ drafts, name }) => [
      name,
      new Map(drafts.map((draft) => [draft.resource.name === "" ? draft.resource.id : draft.resource.name, draft]))
    ])
  )

describe("a night in another partition", () => {
  for (const [region, partition] of [
    ["us-gov-west-1", "aws-us-gov"],
    ["cn-north-1", "aws-cn"]
  ] as const) {
    it.effect(
      `finds in ${region} what it finds elsewhere, by its own ARNs, and has no price of another region`,
      () =>
        Effect.gen(function* () {
          const { results: usual } = yield* audit({ where: (name) => name === scope(home) })
          const { results } = yield* audit({
            through: movedTo(region, partition),
            where: (name) => name === scope(home),
            place: { region, partition }
          })
          const crashed = results.flatMap(({ name, reason }) => (reason?.code === "scan_crashed" ? [name] : []))
          assert.deepStrictEqual(crashed, [])
          const before = flaggedIn(usual)
          const wrong: Array<string> = []
          let found = 0
          for (const [name, drafts] of flaggedIn(results)) {
            for (const [
              resource,
              {
                resource: { arn },
                savings
              }
            ] of drafts) {
              found += 1
              const what = `${name} ${resource}`
              // Without a price nothing tells that it would save too little.
              if (before.get(name)?.has(resource.replaceAll(region, home)) !== true && savings?.basis !== "none")
                wrong.push(`${what}: only here`)
              if (!arn.startsWith(`arn:${partition}:`)) wrong.push(`${what}: ${arn}`)
              for (const { label, price } of savings?.terms ?? []) {
                if (price.region !== region) wrong.push(`${what}: ${label} at the price of ${price.region}`)
                if (price.usd === null && price.source === "") wrong.push(`${what}: ${label} does not say why`)
              }
              // Nobody here knows prices of China.
              if (partition === "aws-cn" && savings?.source === "price-list" && savings.basis !== "none")
                wrong.push(`${what}: $${savings.monthlyUsd} ${savings.basis}`)
            }
          }
          assert.deepStrictEqual(wrong, [])
          assert.isAbove(found, 50)
          for (const { name, reason, status } of results) {
            if (status === "not_applicable") assert.strictEqual(reason?.code, "not_in_region", name)
          }
        }),
      60_000
    )
  }
})
