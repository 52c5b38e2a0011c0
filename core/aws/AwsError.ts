import { isThrottlingError, isTransientError } from "@smithy/core/retry"
import type { SdkError } from "@smithy/types"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

const fields = { code: Schema.String, message: Schema.String }

/** The call is not allowed. `policy` says which kind of policy refused it, where the message of AWS tells. */
export class AccessDenied extends Schema.TaggedError<AccessDenied>()("AccessDenied", {
  ...fields,
  policy: Schema.Literals(["service-control-policy", "resource-policy", "iam"])
}) {}

/** AWS asked us to slow down, and still did when the retries were used up. */
export class Throttled extends Schema.TaggedError<Throttled>()("Throttled", fields) {}

/** A 5xx answer, a timeout or a connection that failed, and the retries were used up. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", fields) {}

/** The region is not enabled for the account. */
export class RegionOff extends Schema.TaggedError<RegionOff>()("RegionOff", fields) {}

/** The service does not exist in the region, so it was not called. */
export class NotInRegion extends Schema.TaggedError<NotInRegion>()("NotInRegion", fields) {}

/** The account has not switched the service or feature on, such as Cost Explorer or Cost Optimization Hub. */
export class NotEnabled extends Schema.TaggedError<NotEnabled>()("NotEnabled", {
  ...fields,
  /** How to switch it on, in a sentence, where the dataset knows. */
  howTo: Schema.optionalKey(Schema.String)
}) {}

/** There are no credentials, or AWS does not accept them any more. */
export class NoCredentials extends Schema.TaggedError<NoCredentials>()("NoCredentials", {
  ...fields,
  expired: Schema.Boolean
}) {}

/** The answer is not what the service's model promises: HTML, a cut-off body, a missing identifier. */
export class Malformed extends Schema.TaggedError<Malformed>()("Malformed", fields) {}

/** The call was not made, because the run would have cost more than its configured cap. */
export class OverBudget extends Schema.TaggedError<OverBudget>()("OverBudget", fields) {}

/** Anything else, such as an invalid parameter. */
export class Rejected extends Schema.TaggedError<Rejected>()("Rejected", fields) {}

export const AwsErrorReason = Schema.Union([
  AccessDenied,
  Throttled,
  Unavailable,
  RegionOff,
  NotInRegion,
  NotEnabled,
  NoCredentials,
  Malformed,
  OverBudget,
  Rejected
])
export type AwsErrorReason = typeof AwsErrorReason.Type

const explain = (reason: AwsErrorReason): string => {
  switch (reason._tag) {
    case "AccessDenied":
      return reason.policy === "iam"
        ? "denied by IAM: a permission is missing"
        : reason.policy === "resource-policy"
          ? "denied by the resource's own policy"
          : "denied by a service control policy"
    case "Throttled":
      return "throttled until the retries were used up"
    case "Unavailable":
      return `not reachable (${reason.code})`
    case "RegionOff":
      return "the region is not enabled"
    case "NotInRegion":
      return reason.message
    case "NotEnabled":
      return `the feature is not enabled in this account${reason.howTo === undefined ? "" : `. ${reason.howTo}`}`
    case "NoCredentials":
      return reason.expired ? "the credentials have expired" : "there are no usable credentials"
    case "Malformed":
      return `answered something that is not an AWS answer (${reason.message})`
    case "OverBudget":
      return reason.message
    case "Rejected":
      return `rejected (${reason.code}: ${reason.message})`
  }
}

/** A failed AWS call: which one (`ec2:DescribeVolumes`), where, and why. */
export class AwsError extends Schema.TaggedError<AwsError>()("AwsError", {
  operation: Schema.String,
  account: Schema.String,
  region: Schema.String,
  reason: AwsErrorReason
}) {
  override get message() {
    return `${this.operation} in ${this.account}/${this.region}: ${explain(this.reason)}`
  }

  /** What failed and why, for those who know where. */
  get summary() {
    return `${this.operation}: ${explain(this.reason)}`
  }

  get isRetryable() {
    return this.reason._tag === "Throttled" || this.reason._tag === "Unavailable"
  }
}

const deniedCodes = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "AuthorizationError",
  "ForbiddenException",
  "NotAuthorizedException",
  "UnauthorizedOperation"
])

const expiredCodes = new Set(["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"])

const credentialCodes = new Set([
  "CredentialsProviderError",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "AuthFailure",
  "SignatureDoesNotMatch",
  "InvalidAccessKeyId",
  "MissingAuthenticationToken",
  "TokenProviderError"
])

const notEnabledCodes = new Set([
  "OptInRequired",
  "OptInRequiredException",
  "SubscriptionRequiredException",
  "DataUnavailableException",
  "AWSOrganizationsNotInUseException",
  "NotSignedUp"
])

/** Whether the SDK failed to read the body it was given, rather than AWS refusing the call. */
const isUnreadableAnswer = (cause: Error) =>
  cause.name === "SyntaxError" ||
  Predicate.hasProperty(cause, "$responseBodyText") ||
  /Deserialization error|Unexpected token|not valid JSON|char '.*' is not expected|Unclosed|Invalid XML|body.*(cut|incomplete)/i.test(
    cause.message
  )

const socketCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EPIPE",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH"
])

/** Says why an AWS SDK v3 call failed. What is worth a retry is the SDK's own classification. */
export const reasonOf = (cause: unknown): AwsErrorReason => {
  if (!Predicate.isError(cause)) return new Rejected({ code: "UnknownError", message: String(cause) })
  // Socket errors carry their code in `code`, service errors in `name`.
  const code = Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : cause.name
  const details = { code, message: cause.message }
  if (isThrottlingError(cause as SdkError)) return new Throttled(details)
  if (expiredCodes.has(code) || /token.*(is|has) expired|session has expired/i.test(cause.message)) {
    return new NoCredentials({ ...details, expired: true })
  }
  if (credentialCodes.has(code)) {
    // EC2 answers AuthFailure and STS InvalidClientTokenId for a valid key in a region that the account has not enabled.
    return /not (enabled|able to validate).*region/i.test(cause.message)
      ? new RegionOff(details)
      : new NoCredentials({ ...details, expired: false })
  }
  if (code === "RegionDisabledException" || /region.*(is )?(disabled|not enabled)/i.test(cause.message))
    return new RegionOff(details)
  if (deniedCodes.has(code)) {
    return new AccessDenied({
      ...details,
      policy: /service control policy/i.test(cause.message)
        ? "service-control-policy"
        : /resource-based policy/i.test(cause.message)
          ? "resource-policy"
          : "iam"
    })
  }
  if (notEnabledCodes.has(code)) return new NotEnabled(details)
  if (isUnreadableAnswer(cause)) {
    const message = cause.message.split("\n", 1)[0] ?? ""
    const status = (cause as Partial<SdkError>).$metadata?.httpStatusCode ?? 0
    // A gateway in front of the service says with a page of its own that the service is not there.
    return isTransientError(cause as SdkError)
      ? new Unavailable({ code: `HTTP ${status}`, message })
      : new Malformed({ code, message })
  }
  if (socketCodes.has(code) || isTransientError(cause as SdkError)) return new Unavailable(details)
  return new Rejected(details)
}
