import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as kms from "../../../datasets/aws/kms.ts"
import { awsFailure, readProbe } from "../harness.ts"

describe("kms.keyState", () => {
  it.effect("asks in the region of each key: one call for each, and a key that is gone is deleted", () =>
    Effect.gen(function* () {
      const keys = ["a", "gone", "refused", "silent"].map((key) => ({ key, region: "ap-south-1" }))
      const { calls, readings, sent } = yield* readProbe(
        kms.keyState,
        [...keys, { key: "a", region: "eu-west-1" }],
        {
          "kms:DescribeKey": ({ KeyId }, { region }) => {
            if (KeyId === "gone") throw awsFailure("NotFoundException")
            if (KeyId === "refused") throw awsFailure("AccessDeniedException", "no", 403)
            if (KeyId === "silent") return { KeyMetadata: {} }
            return { KeyMetadata: { KeyState: region === "eu-west-1" ? "Enabled" : "PendingDeletion" } }
          }
        },
        "us-east-1"
      )
      assert.deepStrictEqual(calls, { "kms:DescribeKey": 5 })
      assert.deepStrictEqual(readings[0], known("pendingdeletion"))
      assert.deepStrictEqual(readings[1], known("deleted"))
      assert.deepStrictEqual([readings[2]?.known, readings[3]?.known], [false, false])
      assert.deepStrictEqual(readings[4], known("enabled"))
      assert.strictEqual(sent[0]?.destination.region, "ap-south-1")
    })
  )

  it("does not remember it", () => {
    assert.isUndefined(kms.keyState.identity)
  })
})
