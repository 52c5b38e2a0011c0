import { isThrottlingError, isTransientError } from "@smithy/core/retry"
import type { SdkError } from "@smithy/types"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

const fields = { code: Schema.String, message: Schema.String }

/** The call is not allowed. */
export class AccessDenied extends Schema.TaggedError<AccessDenied>()("AccessDenied", {
  ...fields,
  /** The kind of policy that refused it, where the message of AWS tells; else `iam`, a permission that is missing. */
  policy: Schema.Literals([
    "service-control-policy",
    "resource-control-policy",
    "vpc-endpoint-policy",
    "permissions-boundary",
    "session-policy",
    "resource-policy",
    "trust-policy",
    "identity-deny",
    "iam"
  ])
}) {}

/** AWS asked us to slow down, and still did when the retries were used up. */
export class Throttled extends Schema.TaggedError<Throttled>()("Throttled", fields) {}

/** A 5xx answer, a timeout or a connection that failed, and the retries were used up. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", fields) {}

/** The region is not enabled for the account, or does not take the token that it was shown. */
export class RegionOff extends Schema.TaggedError<RegionOff>()("RegionOff", fields) {}

/** The account has not switched the service or feature on, such as Cost Explorer or Cost Optimization Hub. */
export class NotEnabled extends Schema.TaggedError<NotEnabled>()("NotEnabled", {
  ...fields,
  /** How to switch it on, in a sentence, where the dataset knows. */
  howTo: Schema.optionalKey(Schema.String)
}) {}

/** AWS does not have the service in the region, so that it was not asked. */
export class NotInRegion extends Schema.TaggedError<NotInRegion>()("NotInRegion", fields) {}

/** There are no credentials, or AWS does not accept them any more. */
export class NoCredentials extends Schema.TaggedError<NoCredentials>()("NoCredentials", {
  ...fields,
  expired: Schema.Boolean,
  /** What mends it, in a sentence with the command, where that is known. */
  howTo: Schema.optionalKey(Schema.String)
}) {}

/** AWS refuses requests because this machine's clock is too far from its own. */
export class ClockOff extends Schema.TaggedError<ClockOff>()("ClockOff", fields) {}

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
  ClockOff,
  Malformed,
  OverBudget,
  Rejected
])
export type AwsErrorReason = typeof AwsErrorReason.Type

/** Each kind of denial with what would allow the call. */
const denials: Record<AccessDenied["policy"], string> = {
  iam: "denied by IAM: a permission is missing",
  "identity-deny": "denied by a Deny statement in a policy of the caller: no permission helps while it is there",
  "service-control-policy": "denied by a service control policy: only the organisation's administrators can allow it",
  "resource-control-policy":
    "denied by a resource control policy of the organisation: only its administrators can let this identity in",
  "vpc-endpoint-policy":
    "denied by the policy of the VPC endpoint that the call went through: allow the action there, or call from elsewhere",
  "permissions-boundary": "denied by the permissions boundary of the role: the action must be allowed there too",
  "session-policy":
    "denied by the policy of the session: start again, and if it was not nightaudit that made the session, allow the action there",
  "resource-policy": "denied by the resource's own policy: whoever owns the resource can let the role in there",
  "trust-policy":
    "denied by the trust policy of the role: it must name who assumes it, and the external id if it asks for one"
}

// Without the account, so that the same denial in many accounts reads the same.
const whoAndWhat = /User: (\S+) is not authorized to perform: sts:AssumeRole on resource: \S+?:role\/(\S+)/

const explainDenial = ({ message, policy }: AccessDenied, operation: string): string => {
  const [, who, what] = whoAndWhat.exec(message) ?? []
  // AWS tells in the same words that a role is not there.
  return operation === "sts:AssumeRole" && what !== undefined && (policy === "iam" || policy === "trust-policy")
    ? `${who} may not assume the role ${what}: it must be there, its trust policy must name the caller and the external id if it asks for one, and the caller's own policy must allow it`
    : denials[policy]
}

const explain = (reason: AwsErrorReason, operation: string): string => {
  switch (reason._tag) {
    case "AccessDenied":
      return explainDenial(reason, operation)
    case "Throttled":
      return "throttled until the retries were used up"
    case "Unavailable":
      return untrusted.has(reason.code)
        ? `not reachable: its certificate is not trusted (${reason.code}). Behind a proxy that reads along, name the company's CA bundle in AWS_CA_BUNDLE`
        : reason.code === "Deadline" || reason.code === proxyRefused
          ? `not reachable: ${reason.message}`
          : `not reachable (${reason.code})`
    case "RegionOff":
      return tokenRefused.test(reason.message)
        ? "the region does not take the credentials: it is not enabled for the account, or it takes no token of the global STS endpoint"
        : "the region is not enabled"
    case "NotInRegion":
      return "AWS does not have the service in this region"
    case "NotEnabled":
      return `the feature is not enabled in this account${reason.howTo === undefined ? "" : `. ${reason.howTo}`}`
    case "NoCredentials": {
      const what = reason.expired ? "the credentials have expired" : "there are no usable credentials"
      return reason.message === "" || reason.message === reason.code ? what : `${what} (${reason.message})`
    }
    case "Malformed":
      return `answered something that is not an AWS answer (${reason.message})`
    case "ClockOff":
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
    return `${this.operation} in ${this.account}/${this.region}: ${explain(this.reason, this.operation)}`
  }

  /** What failed and why, for those who know where. */
  get summary() {
    return `${this.operation}: ${explain(this.reason, this.operation)}`
  }
}

/** How often a call that failed so is worth making in all. */
export const mostTriesOf = (reason: AwsErrorReason): number => {
  switch (reason._tag) {
    case "Throttled":
      return Number.POSITIVE_INFINITY
    case "Unavailable":
      return triesOf[reason.code] ?? Number.POSITIVE_INFINITY
    // The SDK has corrected its clock for the next try.
    case "ClockOff":
      return 2
    default:
      return 1
  }
}

/** Whether another try is worth it. Made anew for each call, because it counts the tries. */
export const triesLeft = (): ((failure: AwsError | AwsErrorReason) => boolean) => {
  let made = 0
  return (failure) => (made += 1) < mostTriesOf(failure instanceof AwsError ? failure.reason : failure)
}

/** Node's code for a proxy that opens no tunnel, for example because it wants a password. */
const proxyRefused = "ERR_PROXY_TUNNEL"

/** Node's codes for a certificate that no authority that is trusted vouches for. */
const untrusted = new Set([
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
])

// What is not there now is seldom there within a minute, and each missed deadline has taken a minute already.
const triesOf: Readonly<Record<string, number>> = {
  Deadline: 2,
  ENOTFOUND: 2,
  [proxyRefused]: 1,
  ...Object.fromEntries([...untrusted].map((code) => [code, 1]))
}

const deniedCodes = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "AuthorizationError",
  "ForbiddenException",
  "NotAuthorizedException",
  "UnauthorizedOperation"
])

// Source: IAM user guide, "Troubleshoot access denied error messages", which lists the wordings.
const policyWords: ReadonlyArray<readonly [RegExp, AccessDenied["policy"]]> = [
  [/service control polic/i, "service-control-policy"],
  [/resource control polic/i, "resource-control-policy"],
  [/VPC endpoint polic/i, "vpc-endpoint-policy"],
  [/permissions boundary/i, "permissions-boundary"],
  [/session polic/i, "session-policy"],
  [/resource-based polic/i, "resource-policy"],
  [/trust polic/i, "trust-policy"],
  [/explicit deny in an identity-based polic/i, "identity-deny"]
]

const expiredCodes = new Set(["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"])

const credentialCodes = new Set([
  "CredentialsProviderError",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "AuthFailure",
  "SignatureDoesNotMatch",
  "InvalidSignatureException",
  "InvalidAccessKeyId",
  "MissingAuthenticationToken",
  "TokenProviderError"
])

/** How services say that they cannot make anything of a token. STS says it of keys that are wrong. */
const tokenRefused =
  /not able to validate the provided access credentials|security token included in the request is invalid/i

/** Codes under which services refuse a request for its time; some of them for other reasons as well. */
const skewCodes = new Set([
  "AccessDeniedException",
  "AuthFailure",
  "InvalidSignatureException",
  "RequestExpired",
  "RequestInTheFuture",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch"
])

/** AWS takes requests that are up to five minutes off; the SDK corrects its clock from four minutes on. */
const skewMillis = 240_000

const clockMessage = (offsetMillis: number): string => {
  const minutes = Math.round(Math.abs(offsetMillis) / 60_000)
  const by =
    minutes === 0
      ? "more than five minutes away from that of AWS"
      : `${minutes} minutes ${offsetMillis > 0 ? "behind" : "ahead of"} that of AWS`
  return `this machine's clock is ${by}: set it, for example from a time server, and try again`
}

/** Whether a request was refused because of this machine's clock, which `clockOffsetMillis` tells from expired credentials. */
const isClockOff = (cause: Error, code: string, offsetMillis: number): boolean =>
  ((cause as Partial<SdkError>).$metadata?.clockSkewCorrected === true && skewCodes.has(code)) ||
  code === "RequestTimeTooSkewed" ||
  code === "RequestInTheFuture" ||
  (code === "RequestExpired" && Math.abs(offsetMillis) >= skewMillis) ||
  /signature (expired|not yet current)/i.test(cause.message)

const notEnabledCodes = new Set([
  "OptInRequired",
  "OptInRequiredException",
  "SubscriptionRequiredException",
  "DataUnavailableException",
  "AWSOrganizationsNotInUseException",
  "NotSignedUp"
])

/** What is said of an answer in which a field is of another type: text where there should be a list. */
export const wrongTypeMessage = "a field is of another type than AWS documents"

/** Whether something was thrown because a value is not of the type that its reader took it for. */
export const isWrongType = (cause: unknown): boolean =>
  cause instanceof TypeError &&
  /is not (a function|iterable)|cannot read properties of|cannot convert|cannot use 'in' operator/i.test(cause.message)

/** Whether the SDK failed to read the body it was given, rather than AWS refusing the call. */
const isUnreadableAnswer = (cause: Error) =>
  cause.name === "SyntaxError" ||
  Predicate.hasProperty(cause, "$responseBodyText") ||
  /Deserialization error|Unexpected token|not valid JSON|char '.*' is not expected|Unclosed|Invalid XML|body.*(cut|incomplete)/i.test(
    cause.message
  )

const unreachableCodes = new Set([
  "Deadline",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EPIPE",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  proxyRefused,
  ...untrusted
])

/**
 * Says why an AWS SDK v3 call failed. What is worth a retry is the SDK's own classification. `operation` is what was called
 * with credentials that STS had accepted, if it was: then a token that is refused says something about the region.
 */
export const reasonOf = (cause: unknown, operation = ""): AwsErrorReason => {
  if (!Predicate.isError(cause)) return new Rejected({ code: "UnknownError", message: String(cause) })
  // A session that could not be renewed: it was not this call that was denied.
  if (cause instanceof AwsError) {
    return cause.reason._tag === "AccessDenied"
      ? new NoCredentials({ code: cause.reason.code, message: cause.message, expired: false })
      : cause.reason
  }
  // Socket errors carry their code in `code`, service errors in `name`.
  const code = Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : cause.name
  const details = { code, message: cause.message }
  if (isThrottlingError(cause as SdkError)) return new Throttled(details)
  const offset = Predicate.hasProperty(cause, "clockOffsetMillis") ? Number(cause.clockOffsetMillis) : 0
  if (isClockOff(cause, code, offset)) return new ClockOff({ code, message: clockMessage(offset) })
  if (expiredCodes.has(code) || /token.*(is|has) expired|session has expired/i.test(cause.message)) {
    return new NoCredentials({ ...details, expired: true })
  }
  if (credentialCodes.has(code)) {
    const refusesToken =
      tokenRefused.test(cause.message) &&
      (code === "AuthFailure" || (operation !== "" && !operation.startsWith("sts:")))
    return refusesToken || /not enabled.*region/i.test(cause.message)
      ? new RegionOff(details)
      : new NoCredentials({ ...details, expired: false })
  }
  if (code === "RegionDisabledException" || /region.*(is )?(disabled|not enabled)/i.test(cause.message))
    return new RegionOff(details)
  if (deniedCodes.has(code)) {
    const [, policy = "iam" as const] = policyWords.find(([words]) => words.test(cause.message)) ?? []
    return new AccessDenied({ ...details, policy })
  }
  if (notEnabledCodes.has(code)) return new NotEnabled(details)
  if (unreachableCodes.has(code)) return new Unavailable(details)
  if (isUnreadableAnswer(cause)) {
    const message = isWrongType(cause) ? wrongTypeMessage : (cause.message.split("\n", 1)[0] ?? "")
    const status = (cause as Partial<SdkError>).$metadata?.httpStatusCode ?? 0
    // A gateway in front of the service says with a page of its own that the service is not there.
    return isTransientError(cause as SdkError)
      ? new Unavailable({ code: `HTTP ${status}`, message })
      : new Malformed({ code, message })
  }
  if (isTransientError(cause as SdkError)) return new Unavailable(details)
  return new Rejected(details)
}
