import { assert, describe, it } from "@effect/vitest"
import { type AccessDenied, AwsError, mostTriesOf, reasonOf } from "../../../core/aws/AwsError.ts"
import { outcomeReason } from "../../../core/run/Outcome.ts"
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

  const who = "User: arn:aws:sts::111111111111:assumed-role/scanner/x is not authorized to perform: ec2:DescribeVolumes"
  // The wordings of the IAM user guide, "Troubleshoot access denied error messages".
  const denials: ReadonlyArray<readonly [ending: string, policy: AccessDenied["policy"], code: string, cure: RegExp]> =
    [
      [
        "because no identity-based policy allows the ec2:DescribeVolumes action",
        "iam",
        "denied_by_iam",
        /a permission is missing$/
      ],
      ["with an explicit deny in an identity-based policy", "identity-deny", "denied_by_iam", /Deny statement/],
      [
        "with an explicit deny in a service control policy",
        "service-control-policy",
        "denied_by_scp",
        /service control policy: only/
      ],
      [
        "because no service control policy allows the action",
        "service-control-policy",
        "denied_by_scp",
        /service control policy: only/
      ],
      [
        "with an explicit deny in a resource control policy",
        "resource-control-policy",
        "denied_by_rcp",
        /resource control policy/
      ],
      [
        "because no resource-based policy allows the action",
        "resource-policy",
        "denied_by_resource_policy",
        /resource's own policy/
      ],
      [
        "because no permissions boundary allows the action",
        "permissions-boundary",
        "denied_by_boundary",
        /permissions boundary of the role/
      ],
      [
        "with an explicit deny in a permissions boundary",
        "permissions-boundary",
        "denied_by_boundary",
        /permissions boundary of the role/
      ],
      [
        "because no session policy allows the action",
        "session-policy",
        "denied_by_session_policy",
        /policy of the session/
      ],
      [
        "because no VPC endpoint policy allows the action",
        "vpc-endpoint-policy",
        "denied_by_endpoint_policy",
        /VPC endpoint/
      ],
      [
        "with an explicit deny in a VPC endpoint policy",
        "vpc-endpoint-policy",
        "denied_by_endpoint_policy",
        /VPC endpoint/
      ],
      [
        "because no role trust policy allows the sts:AssumeRole action",
        "trust-policy",
        "denied_by_iam",
        /trust policy of the role/
      ]
    ]
  it.each(denials)("knows what denied a call: %s", (ending, policy, code, cure) => {
    const reason = reasonOf(awsFailure("UnauthorizedOperation", `${who} ${ending}`, 403))
    assert.deepInclude(reason, { _tag: "AccessDenied", policy })
    const error = new AwsError({ operation: "ec2:DescribeVolumes", account: "1", region: "eu-west-1", reason })
    assert.match(error.summary, cure)
    assert.strictEqual(outcomeReason(error).code, code)
  })

  it("has a sentence of its own for each kind of policy", () => {
    const sentences = new Map(
      denials.map(([ending, policy]) => {
        const reason = reasonOf(awsFailure("AccessDenied", `${who} ${ending}`, 403))
        return [policy, new AwsError({ operation: "o", account: "1", region: "r", reason }).message]
      })
    )
    assert.strictEqual(new Set(sentences.values()).size, sentences.size)
  })

  it("takes a token that a region refuses, after STS took it, for the region's refusal", () => {
    const ofEc2 = awsFailure("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    const invalid = awsFailure("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
    const json = awsFailure(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
      400
    )
    for (const [cause, operation] of [
      [ofEc2, "ec2:DescribeVolumes"],
      [invalid, "rds:DescribeDBInstances"],
      [json, "logs:DescribeLogGroups"]
    ] as const) {
      const reason = reasonOf(cause, operation)
      assert.strictEqual(reason._tag, "RegionOff")
      assert.match(
        new AwsError({ operation, account: "1", region: "ap-east-2", reason }).message,
        /the region does not take the credentials: it is not enabled for the account, or/
      )
    }
    assert.strictEqual(reasonOf(invalid, "sts:GetCallerIdentity")._tag, "NoCredentials")
    assert.strictEqual(reasonOf(awsFailure("SignatureDoesNotMatch"), "ec2:DescribeVolumes")._tag, "NoCredentials")
  })

  it("does not call a call denied whose session could not be renewed", () => {
    const renewal = new AwsError({
      operation: "sts:AssumeRole",
      account: "222222222222",
      region: "eu-west-1",
      reason: reasonOf(awsFailure("AccessDenied", "not any more"))
    })
    const reason = reasonOf(renewal, "ec2:DescribeVolumes")
    assert.strictEqual(reason._tag, "NoCredentials")
    assert.match(reason.message, /^sts:AssumeRole in 222222222222/)
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
    assert.strictEqual(mostTriesOf(error.reason), 1)
  })
})
