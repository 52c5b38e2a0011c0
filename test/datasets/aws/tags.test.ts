import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { requiredByPolicy } from "../../../datasets/aws/tags.ts"
import { paged, readDataset, valueOf } from "../harness.ts"

describe("tags.requiredByPolicy", () => {
  it.effect("reads 201 types in two pages of 200, at the endpoint of the account's global services", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 201 }, (_, index) => ({
        ResourceType: `EC2:type-${index}`,
        CloudFormationResourceTypes: [],
        ReportingTagKeys: ["Owner"]
      }))
      const { calls, read, sent } = yield* readDataset(requiredByPolicy, {
        "tag:ListRequiredTags": paged(items, "RequiredTags", { size: "MaxResults" })
      })
      assert.deepStrictEqual(calls, { "tag:ListRequiredTags": 2 })
      assert.strictEqual(sent[0]?.destination.region, "us-east-1")
      assert.strictEqual(valueOf(read).length, 201)
      assert.deepStrictEqual(valueOf(read)[200], { type: "ec2:type-200", keys: ["Owner"] })
    })
  )

  for (const [field, answer] of [
    ["RequiredTags", {}],
    ["RequiredTags[].ResourceType", { RequiredTags: [{ ReportingTagKeys: [] }] }],
    ["RequiredTags[].ReportingTagKeys", { RequiredTags: [{ ResourceType: "ec2:volume" }] }]
  ] as const) {
    it.effect(`calls an answer without ${field} malformed`, () =>
      Effect.gen(function* () {
        const { read } = yield* readDataset(requiredByPolicy, { "tag:ListRequiredTags": () => answer })
        assert.include(read.ok ? "" : read.error.summary, `(${field} is missing)`)
      })
    )
  }
})
