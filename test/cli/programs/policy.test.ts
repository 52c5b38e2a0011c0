import { assert, describe, it } from "@effect/vitest"
import { rolePolicy, scannerPolicy, trustPolicy } from "../../../cli/programs/policy.ts"

describe("policies", () => {
  const describe = (name: string) => ({ operation: `ec2:${name}`, action: `ec2:${name}`, pageSize: null })

  it("allow the role nothing but what the scans read", () => {
    assert.deepStrictEqual(rolePolicy([{ operations: [describe("DescribeVolumes")], onBehalf: [] }]), {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "NightAuditReads",
          Effect: "Allow",
          Action: ["ec2:DescribeRegions", "ec2:DescribeVolumes"],
          Resource: "*"
        }
      ]
    })
  })

  it("allow to a service alone what only the service needs, and once what both need", () => {
    const service = "ec2-images.amazonaws.com"
    const [direct, onBehalf] = rolePolicy([
      {
        operations: [describe("DescribeImageReferences"), describe("DescribeInstances")],
        onBehalf: [{ service, actions: ["ec2:DescribeInstances", "ssm:GetParameters"] }]
      }
    ]).Statement
    assert.notInclude(direct?.Action ?? [], "ssm:GetParameters")
    assert.deepStrictEqual(onBehalf?.Action, ["ssm:GetParameters"])
    assert.deepStrictEqual(onBehalf?.Condition, { "ForAnyValue:StringEquals": { "aws:CalledVia": [service] } })
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
