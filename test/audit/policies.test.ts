import { assert, describe, it } from "@effect/vitest"
import { rolePolicies, scannerPolicy, trustPolicy } from "../../audit/policies.ts"

describe("policies", () => {
  const describe = (name: string) => ({ operation: `ec2:${name}`, action: `ec2:${name}`, pageSize: null })

  it("allow the role nothing but what the scans read", () => {
    assert.deepStrictEqual(rolePolicies([{ operations: [describe("DescribeVolumes")], onBehalf: [] }]), [
      {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "NightAuditReads",
            Effect: "Allow",
            Action: ["ec2:DescribeRegions", "ec2:DescribeVolumes"],
            Resource: "*"
          }
        ]
      }
    ])
  })

  it("allow to a service alone what only the service needs, and once what both need", () => {
    const service = "ec2-images.amazonaws.com"
    const [policy] = rolePolicies([
      {
        operations: [describe("DescribeImageReferences"), describe("DescribeInstances")],
        onBehalf: [{ service, actions: ["ec2:DescribeInstances", "ssm:GetParameters"] }]
      }
    ])
    const [direct, onBehalf] = policy?.Statement ?? []
    assert.notInclude(direct?.Action ?? [], "ssm:GetParameters")
    assert.deepStrictEqual(onBehalf?.Action, ["ssm:GetParameters"])
    assert.deepStrictEqual(onBehalf?.Condition, { "ForAnyValue:StringEquals": { "aws:CalledVia": [service] } })
  })

  it("are as many as IAM needs, each short enough, with every action once and none besides", () => {
    for (const count of [0, 1, 90, 100, 130, 400, 1000]) {
      const operations = Array.from({ length: count }, (_, index) =>
        describe(`Describe${"Quite".repeat(index % 7)}LongThings${index}`)
      )
      const service = "ec2-images.amazonaws.com"
      const actions = Array.from({ length: count }, (_, index) => `ssm:GetSomething${index}`)
      const policies = rolePolicies([{ operations, onBehalf: count === 0 ? [] : [{ service, actions }] }])
      const allowed = policies.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action))
      assert.deepStrictEqual(
        allowed.toSorted(),
        ["ec2:DescribeRegions", ...operations.map(({ action }) => action), ...actions].toSorted()
      )
      for (const policy of policies) {
        assert.isAtMost(JSON.stringify(policy, null, 2).length, 6144)
        for (const { Action, Condition } of policy.Statement) {
          assert.isNotEmpty(Action)
          // What is allowed to a service alone stays so in every document.
          for (const action of Action) assert.strictEqual(Condition !== undefined, action.startsWith("ssm:"))
        }
      }
      const characters = policies.reduce((sum, policy) => sum + JSON.stringify(policy, null, 2).length, 0)
      assert.isAtMost(policies.length, Math.ceil(characters / 6000) + 1)
    }
  })

  it("let one account assume the role, with the external id where there is one", () => {
    const [withId] = trustPolicy("aws", "111111111111", "night").Statement
    assert.deepStrictEqual(withId?.Principal, { AWS: "arn:aws:iam::111111111111:root" })
    assert.deepStrictEqual(withId?.Condition, { StringEquals: { "sts:ExternalId": "night" } })
    const [without] = trustPolicy("aws-us-gov", "111111111111", undefined).Statement
    assert.deepStrictEqual(without?.Principal, { AWS: "arn:aws-us-gov:iam::111111111111:root" })
    assert.notProperty(without, "Condition")
  })

  it("let the scanner enter with that role only, and plan", () => {
    const [enter, plan] = scannerPolicy("aws", "nightaudit/scanner", true).Statement
    assert.strictEqual(enter?.Resource, "arn:aws:iam::*:role/nightaudit/scanner")
    assert.include(plan?.Action ?? [], "organizations:ListAccounts")
    assert.include(plan?.Action ?? [], "pricing:GetProducts")
    assert.notInclude(scannerPolicy("aws", "x", false).Statement[1]?.Action ?? [], "pricing:GetProducts")
  })
})
