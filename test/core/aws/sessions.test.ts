/** Who signs what: sessions of one account beside each other, against an STS and an EC2 over HTTP. */
import { DescribeVolumesCommand, EC2Client } from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Aws, AwsTarget, send } from "../../../core/aws/Aws.ts"
import { CallLedger } from "../../../core/aws/CallLedger.ts"
import { type AccountRole, Credentials, type Session } from "../../../core/aws/Credentials.ts"
import { HttpHandler } from "../../../core/aws/HttpHandler.ts"
import { operation } from "../../../core/aws/operation.ts"
import { RateOf, unlimited } from "../../../core/aws/RateLimits.ts"
import { Transport } from "../../../core/aws/Transport.ts"
import { keys, withEnvironment } from "./environment.ts"
import { serve, xml } from "./loopback.ts"
import { given, identity, isAssumeRole } from "./sts.ts"

const describeVolumes = operation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes")

const member = "222222222222"
const volumes: AccountRole = { roleName: "scanner", actions: ["ec2:DescribeVolumes"] }
const everything: AccountRole = { roleName: "scanner", actions: ["ec2:DescribeVolumes", "ec2:DescribeInstances"] }

/** The access key of a session: from the account that it is for and the policy that it was asked for with. */
const keyOf = (form: URLSearchParams): string =>
  `ASIA${form.get("RoleArn")?.slice(13, 25)}P${(form.get("Policy") ?? "").includes("Instances") ? "all" : "volumes"}`

/** Runs with an AWS whose EC2 answers each call with one volume, named after the access key that signed it. */
const signedBy = <A, E>(
  use: (
    credentials: Credentials["Service"],
    /** Calls EC2 and answers which access key signed. */
    ask: (session: Session | undefined, account?: string) => Effect.Effect<string | undefined, unknown>
  ) => Effect.Effect<A, E>
) =>
  Effect.gen(function* () {
    const endpoint = yield* serve((body, request, response) => {
      const form = new URLSearchParams(body)
      if (isAssumeRole(form)) return xml(response, given(keyOf(form)))
      if (form.get("Action") === "GetCallerIdentity") return xml(response, identity)
      const key = /Credential=(\w+)\//.exec(request.headers.authorization ?? "")?.[1]
      xml(
        response,
        `<DescribeVolumesResponse><volumeSet><item><volumeId>${key}</volumeId></item></volumeSet></DescribeVolumesResponse>`
      )
    })
    const ask = (session: Session | undefined, account = member) =>
      send(describeVolumes, {}).pipe(
        Effect.map(({ Volumes }) => Volumes?.[0]?.VolumeId),
        Effect.provideService(AwsTarget, { account, region: "eu-west-1", partition: "aws", session })
      )
    return yield* withEnvironment(
      { AWS_ENDPOINT_URL: endpoint, ...keys },
      Effect.gen(function* () {
        const services = yield* Effect.context<Aws | CallLedger>()
        const credentials = yield* Credentials
        return yield* use(credentials, (session, account) => Effect.provideContext(ask(session, account), services))
      }).pipe(
        Effect.provide(
          Aws.layer.pipe(
            Layer.provideMerge(Transport.layerSdk),
            Layer.provideMerge(Credentials.layer({ homeRegion: "eu-west-1" })),
            Layer.provide(HttpHandler.layer()),
            Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ AWS_ENDPOINT_URL: endpoint })))
          )
        ),
        Effect.provideServiceEffect(CallLedger, CallLedger.make()),
        Effect.provideService(RateOf, unlimited)
      )
    )
  }).pipe(Effect.scoped)

describe("sessions", () => {
  it.effect("never sign with another's keys, although client and account are the same", () =>
    signedBy(
      Effect.fnUntraced(function* (credentials, ask) {
        const first = yield* credentials.session(member, volumes)
        assert.strictEqual(yield* ask(first), "ASIA222222222222Pvolumes")
        const second = yield* credentials.session(member, everything)
        assert.strictEqual(yield* ask(second), "ASIA222222222222Pall")
        assert.strictEqual(yield* ask(first), "ASIA222222222222Pvolumes")
        assert.strictEqual(yield* ask(undefined, "111111111111"), "AKIATEST")
      })
    )
  )

  it.effect("do not mix when they are entered and used at the same time", () =>
    signedBy(
      Effect.fnUntraced(function* (credentials, ask) {
        const wanted = Array.from({ length: 40 }, (_, index) => ({
          account: index % 3 === 0 ? "333333333333" : member,
          role: index % 2 === 0 ? volumes : everything
        }))
        const signed = yield* Effect.forEach(
          wanted,
          ({ account, role }) => Effect.flatMap(credentials.session(account, role), (session) => ask(session, account)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          signed,
          wanted.map(({ account, role }) => `ASIA${account}P${role === volumes ? "volumes" : "all"}`)
        )
      })
    )
  )

  it.effect("sign for no account but their own", () =>
    signedBy(
      Effect.fnUntraced(function* (credentials, ask) {
        const session = yield* credentials.session(member, volumes)
        const error = yield* Effect.flip(ask(session, "333333333333"))
        assert.match(String(error), /the session of 222222222222 cannot sign a call to 333333333333/)
      })
    )
  )
})
