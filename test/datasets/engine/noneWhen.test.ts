import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { AwsError, reasonOf } from "../../../core/aws/AwsError.ts"
import { noneWhen } from "../../../datasets/engine/noneWhen.ts"
import { account, awsFailure } from "../harness.ts"

const failing = (code: string, status?: number) =>
  Effect.fail(
    new AwsError({
      operation: "s3:GetBucketTagging",
      account,
      region: "eu-west-1",
      reason: reasonOf(awsFailure(code, code, status), "s3:GetBucketTagging")
    })
  )

describe("noneWhen", () => {
  it.effect("takes the code that says so for nothing, and leaves every other error an error", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* noneWhen("NoSuchTagSet", [])(failing("NoSuchTagSet", 404)), [])
      for (const other of [failing("NoSuchBucket", 404), failing("AccessDenied", 403), failing("Throttling")]) {
        assert.strictEqual((yield* Effect.result(noneWhen("NoSuchTagSet", [])(other)))._tag, "Failure")
      }
      assert.strictEqual(yield* noneWhen("NoSuchTagSet", 0)(Effect.succeed(7)), 7)
    })
  )
})
