import { assert, describe, it } from "@effect/vitest"
import { sessionPolicy } from "../../../core/aws/sessionPolicy.ts"

const actionsOf = (policy: string): ReadonlyArray<string> => JSON.parse(policy).Statement[0].Action

describe("sessionPolicy", () => {
  it("allows exactly the actions, each once", () => {
    assert.deepStrictEqual(
      actionsOf(sessionPolicy(["ec2:DescribeVolumes", "ec2:DescribeVolumes", "s3:GetBucketTagging"])),
      ["ec2:DescribeVolumes", "s3:GetBucketTagging"]
    )
  })

  it("joins by verb what STS would not take, the largest group first", () => {
    const many = Array.from({ length: 80 }, (_, index) => `ec2:DescribeSomethingQuiteLong${index}` as const)
    const policy = sessionPolicy([...many, "s3:GetBucketTagging", "ec2:GetFlow"])
    assert.isAtMost(policy.length, 2048)
    assert.deepStrictEqual(actionsOf(policy), ["ec2:Describe*", "ec2:GetFlow", "s3:GetBucketTagging"])
  })
})
