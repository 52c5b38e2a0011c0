import { assert, describe, it } from "@effect/vitest"
import { serviceExists } from "../../../core/aws/serviceRegions.ts"
import table from "../../../core/aws/serviceRegions.json" with { type: "json" }

describe("serviceExists", () => {
  it.each([
    ["ec2", "eu-west-1", true],
    ["ec2", "us-gov-west-1", true],
    ["compute-optimizer", "eu-west-1", true],
    ["compute-optimizer", "mx-central-1", false],
    ["cost-optimization-hub", "us-east-1", true],
    ["cost-optimization-hub", "eu-west-1", false],
    ["pricing", "ap-south-1", true],
    ["pricing", "eu-west-1", false],
    // Global services answer wherever they are asked from, in the partitions that have them.
    ["ce", "us-east-1", true],
    ["cloudfront", "cn-northwest-1", true],
    ["ce", "us-gov-west-1", false],
    ["sts", "ap-east-2", true],
    ["s3", "ca-west-1", true],
    // What the table does not know is tried.
    ["ec2", "eu-nowhere-1", undefined],
    ["brandnew", "eu-west-1", undefined]
  ])("%s in %s: %s", (service, region, expected) => {
    assert.strictEqual(serviceExists(service, region), expected)
  })

  it("says where the table comes from and of when it is", () => {
    assert.match(table.source, /^botocore \d+\.\d+\.\d+, /)
    assert.match(table.asOf, /^\d{4}-\d\d-\d\d$/)
  })
})
