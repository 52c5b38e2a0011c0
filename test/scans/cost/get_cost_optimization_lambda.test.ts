import { assert, describe, it } from "@effect/vitest"
import scan from "../../../scans/cost/get_cost_optimization_lambda.ts"
import { advise, itIsAboutTheHub, recommendation } from "./hub.ts"

const arn = "arn:aws:lambda:eu-central-1:222222222222:function:resize"

const memory = recommendation({
  resourceType: "LambdaFunction",
  resourceId: "resize",
  resourceArn: arn,
  currentSummary: "1024 MB",
  recommendedSummary: "512 MB"
})

describe("get_cost_optimization_lambda", () => {
  itIsAboutTheHub(scan, memory)

  it("is about the function, whichever version the hub measured, and shows its memory now and then", () => {
    for (const version of ["", ":$LATEST", ":7", ":live"]) {
      const [flag] = advise(scan, [{ ...memory, resourceArn: `${arn}${version}` }]).flags
      assert.strictEqual(flag?.resource.arn, arn)
      assert.deepInclude(flag?.evidence, { current: "1024 MB", recommended: "512 MB" })
      assert.strictEqual(flag?.resource.service, "AWS Lambda")
    }
  })
})
