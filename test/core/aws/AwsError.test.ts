import { assert, describe, it } from "@effect/vitest"
import { AwsError, reasonOf } from "../../../core/aws/AwsError.ts"
import { awsFailure } from "../../datasets/harness.ts"

describe("reasonOf", () => {
  it.each([
    ["RequestLimitExceeded", 503, "Throttled"],
    ["TooManyRequestsException", 429, "Throttled"],
    ["ThrottlingException", 400, "Throttled"],
    ["InternalError", 500, "Unavailable"],
    ["AccessDeniedException", 400, "AccessDenied"],
    ["UnauthorizedOperation", 403, "AccessDenied"],
    ["OptInRequired", 403, "NotEnabled"],
    ["DataUnavailableException", 400, "NotEnabled"],
    ["AWSOrganizationsNotInUseException", 400, "NotEnabled"],
    ["ExpiredTokenException", 403, "NoCredentials"],
    ["CredentialsProviderError", 0, "NoCredentials"],
    ["InvalidClientTokenId", 403, "NoCredentials"],
    ["ValidationError", 400, "Rejected"]
  ])("classifies %s (%i) as %s", (name, status, tag) => {
    assert.strictEqual(reasonOf(awsFailure(name, name, status))._tag, tag)
  })

  it("tells a service control policy from a missing permission", () => {
    const who =
      "User: arn:aws:sts::111111111111:assumed-role/scanner/x is not authorized to perform: ec2:DescribeVolumes"
    const scp = reasonOf(
      awsFailure("UnauthorizedOperation", `${who} with an explicit deny in a service control policy`, 403)
    )
    const iam = reasonOf(awsFailure("UnauthorizedOperation", `${who} because no identity-based policy allows it`, 403))
    assert.strictEqual(scp._tag === "AccessDenied" && scp.policy, "service-control-policy")
    assert.strictEqual(iam._tag === "AccessDenied" && iam.policy, "iam")
  })

  it("tells expired credentials from missing ones", () => {
    const expired = reasonOf(awsFailure("ExpiredToken"))
    const missing = reasonOf(awsFailure("CredentialsProviderError"))
    assert.strictEqual(expired._tag === "NoCredentials" && expired.expired, true)
    assert.strictEqual(missing._tag === "NoCredentials" && missing.expired, false)
  })

  it("calls a refused connection unavailable, and keeps its code", () => {
    const reason = reasonOf(Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" }))
    assert.deepInclude(reason, { _tag: "Unavailable", code: "ECONNREFUSED" })
  })

  it("calls an unreadable body malformed", () => {
    assert.strictEqual(reasonOf(new SyntaxError("Unexpected token '<'"))._tag, "Malformed")
  })

  it("calls an unreadable body under a server error unavailable, so that it is asked again", () => {
    const page = (httpStatusCode: number) =>
      reasonOf(Object.assign(new SyntaxError("Unexpected token '<'\nmore"), { $metadata: { httpStatusCode } }))
    assert.deepInclude(page(503), { _tag: "Unavailable", code: "HTTP 503", message: "Unexpected token '<'" })
    assert.strictEqual(page(501)._tag, "Malformed")
  })
})

describe("AwsError", () => {
  it("says what failed, where and why in one line", () => {
    const error = new AwsError({
      operation: "ce:GetCostAndUsage",
      account: "111111111111",
      region: "us-east-1",
      reason: reasonOf(awsFailure("DataUnavailableException"))
    })
    assert.strictEqual(
      error.message,
      "ce:GetCostAndUsage in 111111111111/us-east-1: the feature is not enabled in this account"
    )
    assert.strictEqual(error.mostTries, 1)
  })
})
