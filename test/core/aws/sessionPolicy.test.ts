import { assert, describe, it } from "@effect/vitest"
import { sessionPolicies } from "../../../core/aws/sessionPolicy.ts"
import type { IamAction } from "../../../core/aws/operation.ts"

const actionsOf = (policy: string | undefined): ReadonlyArray<string> => JSON.parse(policy ?? "").Statement[0].Action

/** Whether a pattern of a policy covers an action. */
const covers = (pattern: string, action: string): boolean =>
  pattern.endsWith("*") ? action.startsWith(pattern.slice(0, -1)) : pattern === action

describe("sessionPolicies", () => {
  it("allow exactly the actions first, each once", () => {
    assert.deepStrictEqual(
      actionsOf(sessionPolicies(["ec2:DescribeVolumes", "ec2:DescribeVolumes", "s3:GetBucketTagging"])[0]),
      ["ec2:DescribeVolumes", "s3:GetBucketTagging"]
    )
  })

  it("join by verb what STS would not take, the largest group first", () => {
    const many = Array.from({ length: 80 }, (_, index) => `ec2:DescribeSomethingQuiteLong${index}` as const)
    const [narrowest, ...shorter] = sessionPolicies([...many, "s3:GetBucketTagging", "ec2:GetFlow"])
    assert.isAtMost(narrowest?.length ?? 0, 2048)
    assert.deepStrictEqual(actionsOf(narrowest), ["ec2:Describe*", "ec2:GetFlow", "s3:GetBucketTagging"])
    assert.deepStrictEqual(actionsOf(shorter.at(-1)), ["ec2:Describe*", "ec2:Get*", "s3:Get*"])
  })

  it("end although an action has no verb", () => {
    const many = Array.from({ length: 100 }, (_, index) => `apigateway:GET${"X".repeat(20)}${index}` as const)
    assert.deepStrictEqual(sessionPolicies(["apigateway:GET", ...many]), [])
    assert.deepStrictEqual(actionsOf(sessionPolicies(["apigateway:GET"]).at(-1)), ["apigateway:GET"])
  })

  it("always end, fit, allow every action and name no other service", () => {
    const services = ["ec2", "s3", "apigateway", "elasticloadbalancing", "lambda", "logs"]
    const verbs = ["Describe", "List", "Get", "BatchGet"]
    const odd = ["GET", "Get*", "Describe", "listThings", "Describe*"]
    let seed = 1
    const below = (limit: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % limit
    }
    const action = (): IamAction => {
      const name =
        below(5) === 0 ? odd[below(odd.length)] : `${verbs[below(verbs.length)]}${"Thing".repeat(below(9))}${below(9)}`
      return `${services[below(services.length)]}:${name}`
    }
    for (let round = 0; round < 100; round += 1) {
      const actions = Array.from({ length: 1 + below(120) }, action)
      const policies = sessionPolicies(actions)
      assert.isNotEmpty(policies)
      let length = Number.POSITIVE_INFINITY
      for (const policy of policies) {
        assert.isAtMost(policy.length, 2048)
        assert.isBelow(policy.length, length)
        length = policy.length
        const patterns = actionsOf(policy)
        for (const one of actions) {
          assert.isTrue(
            patterns.some((pattern) => covers(pattern, one)),
            one
          )
        }
        for (const pattern of patterns) assert.notMatch(pattern, /:\*/)
      }
    }
  })
})
