import { assert, describe, it } from "@effect/vitest"
import { operationKey } from "../../core/aws/operation.ts"
import { planningOperations } from "../../datasets/aws/organizations.ts"
import { describeRegions } from "../../datasets/aws/regions.ts"
import { answers } from "../../sample/answers/index.ts"
import { scans as index } from "../../audit/index.ts"
import catalogue from "../../audit/catalogue.json" with { type: "json" }

const declared = new Set([
  ...catalogue.flatMap(({ operations }) => operations.map(({ operation }) => operation)),
  ...[...planningOperations, describeRegions].map(operationKey)
])

// Both generations of load balancers have an operation of this name.
const answered = new Set(Object.keys(answers).map((key) => key.replace(/^classic /, "")))

describe("the sample estate's answers", () => {
  it("cover every operation that a dataset or a probe of any scan declares", () => {
    assert.strictEqual(catalogue.length, Object.keys(index).length)
    assert.deepStrictEqual([...declared].filter((operation) => !answered.has(operation)).sort(), [])
  })

  it("cover nothing that nobody asks", () => {
    assert.deepStrictEqual([...answered].filter((operation) => !declared.has(operation)).sort(), [])
  })
})
