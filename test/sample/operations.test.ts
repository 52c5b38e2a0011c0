import { assert, describe, it } from "@effect/vitest"
import { operationKey } from "../../core/aws/operation.ts"
import { planningOperations } from "../../datasets/aws/organizations.ts"
import { describeRegions } from "../../datasets/aws/regions.ts"
import { services } from "../../sample/services/index.ts"
import { scans as index } from "../../audit/index.ts"
import { wholeCatalogue as catalogue } from "../../audit/reads.ts"

const declared = new Set([
  ...catalogue.flatMap(({ operations }) => operations.map(({ operation }) => operation)),
  ...[...planningOperations, describeRegions].map(operationKey)
])

const keys = services.flatMap(({ answers }) => Object.keys(answers))

// Without the client that tells one of two operations of the same name apart.
const answered = new Set(keys.map((key) => key.replace(/^\w+ /, "")))

describe("the sample estate's answers", () => {
  it("cover every operation that a dataset or a probe of any scan declares", () => {
    assert.strictEqual(catalogue.length, Object.keys(index).length)
    assert.deepStrictEqual([...declared].filter((operation) => !answered.has(operation)).sort(), [])
  })

  it("are given by one service each", () => {
    assert.deepStrictEqual(
      keys.filter((key, index) => keys.indexOf(key) !== index),
      []
    )
  })

  it("cover nothing that nobody asks", () => {
    const unasked = [...answered].filter((operation) => !declared.has(operation))
    assert.deepStrictEqual(unasked.sort(), [])
  })
})
