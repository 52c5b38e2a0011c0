import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Credentials } from "../../../core/aws/Credentials.ts"
import { operationKey } from "../../../core/aws/operation.ts"
import { serve, xml } from "./loopback.ts"

const identity = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111</Account><Arn>arn:aws:iam::111111111111:user/me</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`

const session = (expires: string) =>
  `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`

const refusal = (code: string, message: string) =>
  `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`

const variables = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const

/** The environment as the SDK reads it, put back afterwards. */
const withEnvironment = <A, E, R>(
  values: Readonly<Record<(typeof variables)[number], string>>,
  effect: Effect.Effect<A, E, R>
) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const before = variables.map((name) => [name, process.env[name]] as const)
      for (const name of variables) process.env[name] = values[name]
      return before
    }),
    () => effect,
    (before) =>
      Effect.sync(() => {
        for (const [name, value] of before) {
          if (value === undefined) delete process.env[name]
          else process.env[name] = value
        }
      })
  )

/** Runs against an STS on loopback that answers by the action of the request, and keeps the requests. */
const withSts = <A, E>(
  answer: (form: URLSearchParams) => { readonly status?: number; readonly body: string },
  use: (credentials: Credentials["Service"], requests: ReadonlyArray<URLSearchParams>) => Effect.Effect<A, E>
) =>
  Effect.gen(function* () {
    const requests: Array<URLSearchParams> = []
    const endpoint = yield* serve((body, _request, response) => {
      const form = new URLSearchParams(body)
      requests.push(form)
      const { body: reply, status = 200 } = answer(form)
      xml(response, reply, status)
    })
    return yield* withEnvironment(
      { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "secret" },
      Effect.flatMap(Credentials, (credentials) => use(credentials, requests)).pipe(
        Effect.provide(Credentials.layer({ homeRegion: "eu-west-1" }))
      )
    )
  }).pipe(Effect.scoped)

describe("Credentials", () => {
  it.effect("assumes the role of an account once, with the external id and the session policy", () =>
    withSts(
      (form) => ({ body: form.get("Action") === "AssumeRole" ? session("2099-01-01T00:00:00Z") : identity }),
      Effect.fnUntraced(function* (credentials, requests) {
        yield* credentials.enterWith({ roleName: "nightaudit/scanner", externalId: "e-1", sessionPolicy: "{}" })
        yield* Effect.all([credentials.enter("222222222222"), credentials.enter("222222222222")], { concurrency: 2 })
        const assumed = requests.filter((form) => form.get("Action") === "AssumeRole")
        assert.strictEqual(assumed.length, 1)
        assert.strictEqual(assumed[0]?.get("RoleArn"), "arn:aws:iam::222222222222:role/nightaudit/scanner")
        assert.strictEqual(assumed[0]?.get("ExternalId"), "e-1")
        assert.strictEqual(assumed[0]?.get("Policy"), "{}")
        const used = yield* Effect.promise(() => credentials.provider("222222222222")())
        assert.strictEqual(used.accessKeyId, "ASIA1")
      })
    )
  )

  it.effect("uses its own credentials in its own account", () =>
    withSts(
      () => ({ body: identity }),
      Effect.fnUntraced(function* (credentials, requests) {
        yield* credentials.enterWith({ roleName: "scanner" })
        yield* credentials.enter("111111111111")
        assert.deepStrictEqual(
          requests.map((form) => form.get("Action")),
          ["GetCallerIdentity"]
        )
        assert.deepStrictEqual((yield* credentials.takeRequests).map(operationKey), ["sts:GetCallerIdentity"])
        assert.deepStrictEqual(yield* credentials.takeRequests, [])
        const used = yield* Effect.promise(() => credentials.provider("111111111111")())
        assert.strictEqual(used.accessKeyId, "AKIATEST")
      })
    )
  )

  it.effect("asks again before a session expires", () =>
    withSts(
      (form) => ({ body: form.get("Action") === "AssumeRole" ? session("2020-01-01T00:00:00Z") : identity }),
      Effect.fnUntraced(function* (credentials, requests) {
        yield* credentials.enterWith({ roleName: "scanner" })
        yield* credentials.enter("222222222222")
        yield* credentials.enter("222222222222")
        assert.strictEqual(requests.filter((form) => form.get("Action") === "AssumeRole").length, 2)
      })
    )
  )

  it.effect("says which role could not be assumed, and never a secret", () =>
    withSts(
      (form) =>
        form.get("Action") === "AssumeRole"
          ? { status: 403, body: refusal("AccessDenied", "User is not authorized to perform: sts:AssumeRole") }
          : { body: identity },
      Effect.fnUntraced(function* (credentials) {
        yield* credentials.enterWith({ roleName: "scanner", externalId: "e-1" })
        const error = yield* Effect.flip(credentials.enter("222222222222"))
        assert.strictEqual(
          error.message,
          "sts:AssumeRole in 222222222222/eu-west-1: denied by IAM: a permission is missing"
        )
        assert.notInclude(JSON.stringify(error), "secret")
      })
    )
  )

  it.effect("tells expired credentials from missing ones", () =>
    withSts(
      () => ({ status: 403, body: refusal("ExpiredToken", "The security token included in the request is expired") }),
      Effect.fnUntraced(function* (credentials) {
        const error = yield* Effect.flip(credentials.caller)
        assert.deepInclude(error.reason, { _tag: "NoCredentials", expired: true })
      })
    )
  )
})
