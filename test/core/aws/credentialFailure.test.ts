/** Each way in which a profile gives no credentials is told apart, with what the SDK said and what mends it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createHash } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { awsProblem } from "../../../cli/Problem.ts"
import type { AwsError } from "../../../core/aws/AwsError.ts"
import { Credentials } from "../../../core/aws/Credentials.ts"
import { HttpHandler } from "../../../core/aws/HttpHandler.ts"
import { configured, folder, withEnvironment } from "./environment.ts"
import { isAssumeRole, refusal, serveSts } from "./sts.ts"

/** An SSO token as `aws sso login` leaves it; a session is named, an older profile by its start URL. */
const token = (path: string, name: string, content: object) => {
  const cache = join(path, ".aws", "sso", "cache")
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, `${createHash("sha1").update(name).digest("hex")}.json`), JSON.stringify(content))
}

const expiredToken = { accessToken: "old", expiresAt: "2020-01-01T00:00:00Z" }

const startUrl = "https://company.awsapps.com/start"

const config = `
[default]
region = eu-west-1
[profile misspelt-session]
sso_session = compony
sso_account_id = 111111111111
sso_role_name = audit
[sso-session company]
sso_start_url = ${startUrl}
sso_region = eu-north-1
[profile session]
sso_session = company
sso_account_id = 111111111111
sso_role_name = audit
[profile legacy]
sso_start_url = ${startUrl}
sso_region = eu-north-1
sso_account_id = 111111111111
sso_role_name = audit
[profile through-sso]
role_arn = arn:aws:iam::222222222222:role/work
source_profile = legacy
[profile keys]
aws_access_key_id = AKIABASE
aws_secret_access_key = s
[profile mfa]
role_arn = arn:aws:iam::111111111111:role/work
source_profile = keys
mfa_serial = arn:aws:iam::111111111111:mfa/me
[profile process]
credential_process = sh -c 'echo "vault is sealed" >&2; exit 1' --password hunter2
[profile lost]
role_arn = arn:aws:iam::111111111111:role/work
source_profile = bass
[profile work]
role_arn = arn:aws:iam::222222222222:role/work
source_profile = keys
[profile bare]
region = eu-west-1
`

/** Why the caller is not known with a profile, and the line that a person is given. */
const failing = (profile: string | undefined, text = config, endpoint = "http://127.0.0.1:9") =>
  Effect.gen(function* () {
    const path = yield* folder
    token(path, startUrl, expiredToken)
    // It can be renewed, but nobody answers.
    token(path, "company", { ...expiredToken, clientId: "c", clientSecret: "s", refreshToken: "r" })
    const error: AwsError = yield* withEnvironment(
      { ...configured(path, text), AWS_ENDPOINT_URL: endpoint },
      Effect.flatMap(Credentials, ({ caller }) => Effect.flip(caller)).pipe(
        Effect.provide(
          Credentials.layer({ homeRegion: "eu-west-1", profile }).pipe(Layer.provide(Layer.orDie(HttpHandler.layer())))
        )
      )
    )
    const { exitCode, lines } = awsProblem(error)
    return { error, exitCode, line: lines.join("\n") }
  }).pipe(Effect.scoped)

describe("a profile that gives no credentials", () => {
  const cases: ReadonlyArray<readonly [what: string, profile: string, line: RegExp]> = [
    [
      "an SSO session whose token is expired",
      "session",
      /^The AWS credentials have expired: Token is expired\. .*\. Run `aws sso login --profile session`\.$/
    ],
    [
      "an older SSO profile whose session has expired",
      "legacy",
      /^The AWS credentials have expired: The SSO session associated with this profile has expired\..* Run `aws sso login --profile legacy`\.$/
    ],
    [
      "a role behind an SSO profile",
      "through-sso",
      /^The AWS credentials have expired: .* Run `aws sso login --profile legacy`\.$/
    ],
    [
      "a misspelt profile",
      "legacyy",
      /^There are no usable AWS credentials: Could not resolve credentials using profile: \[legacyy\].*\. There is no AWS profile "legacyy"\. Did you mean legacy\? `aws configure list-profiles` lists them/
    ],
    [
      "a profile that wants an MFA code",
      "mfa",
      /^There are no usable AWS credentials: Profile mfa requires multi-factor authentication.* Profile mfa asks for an MFA code.*aws configure export-credentials --profile mfa --format env/
    ],
    [
      "a failing credential_process",
      "process",
      /^There are no usable AWS credentials: credential_process failed: vault is sealed\. Run the credential_process of profile process yourself; `aws configure get credential_process --profile process` prints it\.$/
    ],
    [
      "a missing source profile",
      "lost",
      /^There are no usable AWS credentials: .*\[bass\].* Profile lost takes its credentials from source_profile = bass, which is not there: .*`aws configure --profile bass`\.$/
    ],
    [
      "an SSO session that is not there",
      "misspelt-session",
      /^There are no usable AWS credentials: the profile is not complete\. Profile misspelt-session uses sso_session = compony, which is not there\. Did you mean company\? .*`aws configure sso --profile misspelt-session`\.$/
    ],
    ["a profile without credentials", "bare", /`aws configure --profile bare` gives it keys\.$/]
  ]
  for (const [what, profile, expected] of cases) {
    it.effect(`names ${what}`, () =>
      Effect.gen(function* () {
        const { error, exitCode, line } = yield* failing(profile)
        assert.match(line, expected)
        assert.strictEqual(line.split("\n").length, 1)
        assert.strictEqual(exitCode, 3)
        assert.strictEqual(error.reason._tag, "NoCredentials")
        assert.notInclude(JSON.stringify(error), "hunter2")
      })
    )
  }

  it.effect("says a different line for each of them", () =>
    Effect.gen(function* () {
      const profiles = ["session", "legacy", "legacyy", "mfa", "process", "lost", "bare"]
      const lines = yield* Effect.forEach(profiles, (profile) => Effect.map(failing(profile), ({ line }) => line))
      assert.strictEqual(new Set(lines).size, profiles.length)
    })
  )

  it.effect("is told about `default` where no profile is named and it was meant to give credentials", () =>
    Effect.gen(function* () {
      const { line } = yield* failing(
        undefined,
        "[default]\nrole_arn = arn:aws:iam::111111111111:role/a\nsource_profile = bass\n"
      )
      assert.match(line, /Profile default takes its credentials from source_profile = bass/)
    })
  )

  it.effect("is not blamed where there is none", () =>
    Effect.gen(function* () {
      const { line } = yield* failing(undefined)
      assert.match(line, /^There are no usable AWS credentials\. Log in with `aws sso login`, name a profile/)
    })
  )

  it.effect("tells a role that may not be assumed as sts:AssumeRole, with who and what", () =>
    Effect.gen(function* () {
      const sts = yield* serveSts((form) => ({
        status: 403,
        body: isAssumeRole(form)
          ? refusal(
              "AccessDenied",
              "User: arn:aws:iam::111111111111:user/me is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:role/work"
            )
          : refusal("AccessDenied", "not asked")
      }))
      const { error, exitCode, line } = yield* failing("work", config, sts.endpoint)
      assert.strictEqual(error.operation, "sts:AssumeRole")
      assert.match(
        line,
        /^sts:AssumeRole in 222222222222\/eu-west-1: arn:aws:iam::111111111111:user\/me may not assume the role work: /
      )
      assert.notInclude(line, "GetCallerIdentity")
      assert.strictEqual(exitCode, 4)
    }).pipe(Effect.scoped)
  )
})
