import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Credentials } from "../../../core/aws/Credentials.ts"
import { HttpHandler } from "../../../core/aws/HttpHandler.ts"
import { operationKey } from "../../../core/aws/operation.ts"
import { keys, withEnvironment } from "./environment.ts"
import { given, identity, isAssumeRole, refusal, serveSts, type StsAnswer } from "./sts.ts"

/** Runs against an STS on loopback that answers by the action of the request, and keeps the requests. */
const withSts = <A, E>(
  answer: (form: URLSearchParams) => StsAnswer,
  use: (credentials: Credentials["Service"], requests: ReadonlyArray<URLSearchParams>) => Effect.Effect<A, E>
) =>
  Effect.gen(function* () {
    const { endpoint, requests } = yield* serveSts(answer)
    return yield* withEnvironment(
      { AWS_ENDPOINT_URL: endpoint, ...keys },
      Effect.flatMap(Credentials, (credentials) => use(credentials, requests)).pipe(
        Effect.provide(Credentials.layer({ homeRegion: "eu-west-1" }).pipe(Layer.provide(HttpHandler.layer())))
      )
    )
  }).pipe(Effect.scoped)

const assumedIn = (requests: ReadonlyArray<URLSearchParams>) => requests.filter(isAssumeRole)

describe("Credentials", () => {
  it.effect("assumes the role of an account once, with the external id and the session policy", () =>
    withSts(
      (form) => ({ body: isAssumeRole(form) ? given() : identity }),
      Effect.fnUntraced(function* (credentials, requests) {
        const role = { roleName: "nightaudit/scanner", externalId: "e-1", actions: ["ec2:DescribeVolumes"] as const }
        const enter = credentials.session("222222222222", role)
        const [session] = yield* Effect.all([enter, enter], { concurrency: 2 })
        const [assumed, ...others] = assumedIn(requests)
        assert.deepStrictEqual(others, [])
        assert.strictEqual(assumed?.get("RoleArn"), "arn:aws:iam::222222222222:role/nightaudit/scanner")
        assert.strictEqual(assumed?.get("ExternalId"), "e-1")
        assert.deepStrictEqual(JSON.parse(assumed?.get("Policy") ?? "").Statement[0].Action, ["ec2:DescribeVolumes"])
        assert.strictEqual(session.account, "222222222222")
        assert.notInclude(session.key, "e-1")
        assert.strictEqual((yield* Effect.promise(() => session.provider())).accessKeyId, "ASIA1")
      })
    )
  )

  it.effect("makes a session of its own for each account, role and policy, and keeps the earlier ones", () =>
    withSts(
      (form) => ({
        body: isAssumeRole(form)
          ? given(`ASIA${form.get("RoleArn")?.slice(13, 15)}${form.get("Policy")?.length}`)
          : identity
      }),
      Effect.fnUntraced(function* (credentials, requests) {
        const enter = (account: string, ...actions: ReadonlyArray<`ec2:${string}`>) =>
          credentials.session(account, { roleName: "scanner", actions })
        const sessions = yield* Effect.all([
          enter("222222222222", "ec2:DescribeVolumes"),
          enter("222222222222", "ec2:DescribeVolumes", "ec2:DescribeRegions"),
          enter("333333333333", "ec2:DescribeVolumes"),
          enter("222222222222", "ec2:DescribeVolumes")
        ])
        assert.strictEqual(new Set(sessions.map(({ key }) => key)).size, 3)
        assert.strictEqual(sessions[0].key, sessions[3].key)
        assert.strictEqual(assumedIn(requests).length, 3)
        const used = yield* Effect.promise(() => Promise.all(sessions.map(({ provider }) => provider())))
        assert.strictEqual(new Set(used.map(({ accessKeyId }) => accessKeyId)).size, 3)
      })
    )
  )

  it.effect("uses its own credentials in its own account", () =>
    withSts(
      () => ({ body: identity }),
      Effect.fnUntraced(function* (credentials, requests) {
        const session = yield* credentials.session("111111111111", { roleName: "scanner" })
        assert.deepStrictEqual(
          requests.map((form) => form.get("Action")),
          ["GetCallerIdentity"]
        )
        assert.deepStrictEqual((yield* credentials.takeRequests).map(operationKey), ["sts:GetCallerIdentity"])
        assert.deepStrictEqual(yield* credentials.takeRequests, [])
        assert.strictEqual((yield* Effect.promise(() => session.provider())).accessKeyId, "AKIATEST")
      })
    )
  )

  it.effect("enters with the role in the partition of the caller, whatever the home region is", () =>
    withSts(
      (form) => ({ body: isAssumeRole(form) ? given() : identity.replace("arn:aws:", "arn:aws-us-gov:") }),
      Effect.fnUntraced(function* (credentials, requests) {
        yield* credentials.session("222222222222", { roleName: "scanner" })
        assert.strictEqual(assumedIn(requests)[0]?.get("RoleArn"), "arn:aws-us-gov:iam::222222222222:role/scanner")
      })
    )
  )

  it.effect(
    "asks again five minutes before a session expires, and counts each request, the SDK's repeats included",
    () => {
      let asked = 0
      const soon = new Date(Date.now() + 290_000).toISOString()
      return withSts(
        (form) => {
          if (!isAssumeRole(form)) return { body: identity }
          asked += 1
          return asked === 1
            ? { status: 500, body: refusal("InternalFailure", "try again") }
            : { body: given("ASIA1", asked === 2 ? soon : "2099-01-01T00:00:00Z") }
        },
        Effect.fnUntraced(function* (credentials, requests) {
          const enter = credentials.session("222222222222", { roleName: "scanner" })
          yield* enter
          yield* enter
          yield* enter
          assert.strictEqual(assumedIn(requests).length, 3)
          assert.deepStrictEqual((yield* credentials.takeRequests).map(operationKey), [
            "sts:GetCallerIdentity",
            "sts:AssumeRole",
            "sts:AssumeRole",
            "sts:AssumeRole"
          ])
        })
      )
    }
  )

  it.effect("asks again after a failure, for the identity as well", () => {
    let isDown = true
    return withSts(
      () => (isDown ? { status: 403, body: refusal("AccessDenied", "not now") } : { body: identity }),
      Effect.fnUntraced(function* (credentials) {
        yield* Effect.flip(credentials.caller)
        isDown = false
        assert.strictEqual((yield* credentials.caller).account, "111111111111")
      })
    )
  })

  describe("a session policy that STS finds too large when packed", () => {
    const actions = Array.from({ length: 40 }, (_, index) => `ec2:DescribeThing${index}` as const)
    const tooLarge = refusal("PackedPolicyTooLarge", "Packed size exceeds the limit")

    it.effect("is joined further, and stays so when the session is renewed", () =>
      withSts(
        (form) => {
          if (!isAssumeRole(form)) return { body: identity }
          return (form.get("Policy") ?? "").length > 500
            ? { status: 400, body: tooLarge }
            : { body: given("ASIA1", "2020-01-01T00:00:00Z") }
        },
        Effect.fnUntraced(function* (credentials, requests) {
          const enter = credentials.session("222222222222", { roleName: "scanner", actions })
          yield* enter
          const tried = assumedIn(requests).map((form) => form.get("Policy") ?? "")
          assert.isAbove(tried[0]?.length ?? 0, 500)
          assert.deepStrictEqual(JSON.parse(tried.at(-1) ?? "").Statement[0].Action, ["ec2:Describe*"])
          yield* enter
          assert.strictEqual(assumedIn(requests).length, tried.length + 1)
        })
      )
    )

    it.effect("is never left out: the account is not entered, and it says what to do", () =>
      withSts(
        (form) => (isAssumeRole(form) ? { status: 400, body: tooLarge } : { body: identity }),
        Effect.fnUntraced(function* (credentials, requests) {
          const error = yield* Effect.flip(credentials.session("222222222222", { roleName: "scanner", actions }))
          assert.match(error.message, /^sts:AssumeRole in 222222222222\/eu-west-1: .*run fewer scans at once/)
          assert.isAtMost(assumedIn(requests).length, 3)
          for (const form of assumedIn(requests)) assert.isNotNull(form.get("Policy"))
        })
      )
    )
  })

  it.effect("says which role could not be assumed by whom, and never a secret", () =>
    withSts(
      (form) =>
        isAssumeRole(form)
          ? {
              status: 403,
              body: refusal(
                "AccessDenied",
                "User: arn:aws:iam::111111111111:user/me is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:role/scanner"
              )
            }
          : { body: identity },
      Effect.fnUntraced(function* (credentials) {
        const error = yield* Effect.flip(
          credentials.session("222222222222", { roleName: "scanner", externalId: "e-1" })
        )
        assert.strictEqual(
          error.message,
          "sts:AssumeRole in 222222222222/eu-west-1: arn:aws:iam::111111111111:user/me may not assume the role scanner: it must be there, its trust policy must name the caller and the external id if it asks for one, and the caller's own policy must allow it"
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
