/** Why the credential chain gave nothing: what the SDK said, and what mends it. */
import { hint } from "../config/suggest.ts"
import { AwsError, type AwsErrorReason, isWrongType, NoCredentials, reasonOf } from "./AwsError.ts"
import { type AwsProfiles, readProfiles, readSsoSessions } from "./awsProfile.ts"

/** The profile that a profile takes its credentials from in the end, and the first in between that is not there. */
const sourceOf = (profiles: AwsProfiles, name: string): { readonly source: string; readonly missing?: string } => {
  const visited = new Set<string>()
  let source = name
  while (true) {
    visited.add(source)
    const next = profiles[source]?.["source_profile"]
    if (next === undefined || visited.has(next)) return { source }
    if (profiles[next] === undefined) return { source, missing: next }
    source = next
  }
}

/** What mends a profile that gives no credentials, in sentences with the command. */
const cureOf = (profiles: AwsProfiles, ssoSessions: ReadonlyArray<string>, name: string, said: string): string => {
  if (profiles[name] === undefined) {
    return `There is no AWS profile ${JSON.stringify(name)}.${hint(name, Object.keys(profiles))} \`aws configure list-profiles\` lists them; name one in AWS_PROFILE or in the configuration.`
  }
  const { missing, source } = sourceOf(profiles, name)
  if (missing !== undefined) {
    return `Profile ${source} takes its credentials from source_profile = ${missing}, which is not there: correct it in the AWS configuration file, or make it with \`aws configure --profile ${missing}\`.`
  }
  if (said.includes("multi-factor")) {
    return `Profile ${name} asks for an MFA code, which nobody enters here: run \`eval "$(aws configure export-credentials --profile ${name} --format env)"\` and unset AWS_PROFILE, or use a profile without mfa_serial.`
  }
  const data = profiles[source] ?? {}
  const session = data["sso_session"]
  if (session !== undefined && !ssoSessions.includes(session)) {
    return `Profile ${source} uses sso_session = ${session}, which is not there.${hint(session, ssoSessions)} Correct it in the AWS configuration file, or make it with \`aws configure sso --profile ${source}\`.`
  }
  if (Object.keys(data).some((key) => key.startsWith("sso_"))) {
    return /Forbidden|No access/.test(said)
      ? `The user of the SSO session may not use the account or role of profile ${source}: correct its sso_account_id and sso_role_name.`
      : `Run \`aws sso login --profile ${source}\`.`
  }
  if (data["login_session"] !== undefined) return `Run \`aws login --profile ${source}\`.`
  if (data["credential_process"] !== undefined) {
    return `Run the credential_process of profile ${source} yourself; \`aws configure get credential_process --profile ${source}\` prints it.`
  }
  return `Look at profile ${source}: \`aws configure list --profile ${source}\` shows what it has, \`aws configure --profile ${source}\` gives it keys.`
}

/** One line of what was said, without the command line of a credential_process: it may hold a secret. */
const oneLine = (message: string): string => {
  const [first = "", second] = message.split("\n").filter((line) => line.trim() !== "")
  const said = first.startsWith("Command failed: ")
    ? `credential_process failed${second === undefined ? "" : `: ${second}`}`
    : first
  const short = said.trim().replace(/\.$/, "")
  return short.length > 300 ? `${short.slice(0, 300)}…` : short
}

const hasCredentials = (profile: AwsProfiles[string] | undefined): boolean =>
  Object.keys(profile ?? {}).some((key) =>
    /^(sso_|aws_access_key_id|role_arn|source_profile|credential_|web_identity|login_)/.test(key)
  )

/** The profile that the chain rests on: the one that is named, or a `default` that was meant to give credentials. */
export const profileInUse = async (named: string | undefined): Promise<string | undefined> =>
  named ?? (hasCredentials((await readProfiles())["default"]) ? "default" : undefined)

const denied = /is not authorized to perform: ((?:sts|sso):\w+) on resource: (?:arn:[^:]+:[^:]*:[^:]*:(\d{12}):)?/

/** The failure of the chain with a profile, if it rests on one. `region` is the one that STS is asked in. */
export const credentialFailure = async (
  cause: unknown,
  profile: string | undefined,
  region: string
): Promise<AwsError> => {
  const reason = reasonOf(cause)
  const [, operation = "sts:GetCallerIdentity", account = "-"] = denied.exec(reason.message) ?? []
  const because = async (): Promise<AwsErrorReason> => {
    if (profile === undefined || (reason._tag !== "NoCredentials" && reason._tag !== "Rejected")) return reason
    // What the SDK trips over in an incomplete profile says nothing to a person.
    const message = isWrongType(cause) ? "the profile is not complete" : oneLine(reason.message)
    return new NoCredentials({
      code: reason.code,
      message,
      expired: /expired/i.test(message),
      howTo: cureOf(await readProfiles(), await readSsoSessions(), profile, message)
    })
  }
  return new AwsError({ operation, account, region, reason: await because() })
}
