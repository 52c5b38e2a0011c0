import { assert, describe, it } from "@effect/vitest"
import { dataset, derived, family, whole, withNeeds } from "../../../datasets/engine/Dataset.ts"
import * as Effect from "effect/Effect"

const plain = (name: string) =>
  dataset<ReadonlyArray<string>>(name, { scope: "regional", operations: [], read: () => Effect.succeed(whole([])) })

describe("family", () => {
  const traffic = family("test.traffic", (name, days: number, of: { readonly name: string }) =>
    derived(name, { scope: "regional", needs: { of: plain(of.name) }, derive: () => [days] })
  )

  it("names a dataset after the family and its parameters, and makes it once", () => {
    const one = traffic(90, plain("test.volumes"))
    assert.strictEqual(one.name, "test.traffic(90, test.volumes)")
    assert.strictEqual(traffic(90, plain("test.volumes")), one)
    assert.notStrictEqual(traffic(30, plain("test.volumes")), one)
    assert.notStrictEqual(traffic(90, plain("test.instances")).name, one.name)
  })
})

describe("withNeeds", () => {
  it("lists what a dataset is built from before it, each once", () => {
    const a = plain("test.a")
    const b = derived("test.b", { scope: "regional", needs: { a }, derive: ({ a }) => a })
    const c = derived("test.c", { scope: "regional", needs: { b }, evidence: { a }, derive: ({ b }) => b })
    assert.deepStrictEqual(
      withNeeds([c, b]).map(({ name }) => name),
      ["test.a", "test.b", "test.c"]
    )
  })

  it("refuses two different datasets of one name, wherever they stand", () => {
    const inner = derived("test.outer", { scope: "regional", needs: { a: plain("test.a") }, derive: ({ a }) => a })
    assert.throws(
      () => withNeeds([plain("test.a"), plain("test.a")]),
      "two datasets are named test.a: rename one of them"
    )
    assert.throws(() => withNeeds([inner, plain("test.a")]), "two datasets are named test.a")
    assert.doesNotThrow(() => withNeeds([inner, inner]))
  })
})
