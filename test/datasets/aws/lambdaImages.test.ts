import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as lambda from "../../../datasets/aws/lambda.ts"
import { daysAgo, readProbe } from "../harness.ts"

const fn = (name: string) => ({ arn: `arn:fn:${name}`, lastModifiedAt: daysAgo(9) }) as lambda.LambdaFunction

describe("lambda.imageOf", () => {
  it.effect("asks one by one for the image by its tag and by its digest", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(lambda.imageOf, [fn("a"), fn("b")], {
        "lambda:GetFunction": ({ FunctionName }) => ({
          Code: {
            ImageUri: "shop:live",
            ...(FunctionName === "arn:fn:a" ? { ResolvedImageUri: "shop@sha256:1" } : {})
          }
        })
      })
      assert.deepStrictEqual(calls, { "lambda:GetFunction": 2 })
      assert.deepStrictEqual(readings, [known(["shop:live", "shop@sha256:1"]), known(["shop:live"])])
    })
  )

  it.effect("is not known where the answer has no image", () =>
    Effect.gen(function* () {
      for (const answer of [{}, { Code: {} }]) {
        const { readings } = yield* readProbe(lambda.imageOf, [fn("a")], { "lambda:GetFunction": () => answer })
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})
