/** A machine whose clock is off, against an AWS on loopback that knows the time. */
import { DescribeVolumesCommand, EC2Client } from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { IncomingMessage, ServerResponse } from "node:http"
import { awsProblem } from "../../../cli/Problem.ts"
import { AwsTarget, RetrySchedule, send } from "../../../core/aws/Aws.ts"
import { CallLedger } from "../../../core/aws/CallLedger.ts"
import { Credentials } from "../../../core/aws/Credentials.ts"
import { HttpHandler } from "../../../core/aws/HttpHandler.ts"
import { operation } from "../../../core/aws/operation.ts"
import { Transport } from "../../../core/aws/Transport.ts"
import { account, awsLayer } from "../../datasets/harness.ts"
import { keys, withEnvironment } from "./environment.ts"
import { serve, xml } from "./loopback.ts"
import { identity, refusal } from "./sts.ts"

const minutes = 60_000

const signedAt = (request: IncomingMessage): number => {
  const stamp = String(request.headers["x-amz-date"])
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"))
}

/** Serves an AWS whose time is this much after the machine's; `stubborn` refuses whatever the time is. */
const serveTime = (
  aheadMillis: number,
  code: string,
  message: string,
  answer: string,
  { saysTime = true, stubborn = false } = {}
) => {
  const refused: Array<boolean> = []
  const handle = (_body: string, request: IncomingMessage, response: ServerResponse) => {
    const now = Date.now() + aheadMillis
    response.sendDate = false
    if (saysTime) response.setHeader("date", new Date(now).toUTCString())
    const isOff = stubborn || Math.abs(signedAt(request) - now) > 5 * minutes
    refused.push(isOff)
    if (isOff) xml(response, refusal(code, message), 403)
    else xml(response, answer)
  }
  return Effect.map(serve(handle), (endpoint) => ({ endpoint, refused }))
}

const describeVolumes = operation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes")
const signatureExpired = "Signature expired: 20261120T010000Z is now earlier than 20261120T010500Z"

/** Calls EC2 twice, the second time in another region and so with another client. */
const callTwice = (endpoint: string) => {
  const call = (region: string) =>
    Effect.provideService(send(describeVolumes, {}), AwsTarget, { account, region, partition: "aws" })
  return Effect.all([call("eu-west-1"), call("eu-north-1")]).pipe(
    Effect.provide(
      awsLayer(
        Transport.layerSdk.pipe(
          Layer.provide([
            Layer.mock(Credentials, {
              provider: () => Promise.resolve({ accessKeyId: "AKIATEST", secretAccessKey: "secret" })
            }),
            Layer.orDie(HttpHandler.layer())
          ])
        )
      )
    ),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({ AWS_ENDPOINT_URL: endpoint })),
    Effect.provideServiceEffect(CallLedger, CallLedger.make()),
    Effect.provideService(RetrySchedule, Schedule.recurs(5))
  )
}

describe("a clock that is off", () => {
  for (const [code, message] of [
    ["SignatureDoesNotMatch", signatureExpired],
    ["RequestExpired", "Request has expired."],
    ["AuthFailure", "AWS was not able to validate the provided access credentials"],
    ["RequestTimeTooSkewed", "The difference between the request time and the current time is too large."]
  ] as const) {
    for (const ahead of [12, -12]) {
      it.effect(`is corrected once for all (${code}, ${ahead} minutes)`, () =>
        Effect.gen(function* () {
          const { endpoint, refused } = yield* serveTime(ahead * minutes, code, message, "<DescribeVolumesResponse/>")
          yield* callTwice(endpoint)
          assert.deepStrictEqual(refused, [true, false, false])
        }).pipe(Effect.scoped)
      )
    }
  }

  it.effect("is named with its minutes where the correction does not help, after two tries", () =>
    Effect.gen(function* () {
      const { endpoint, refused } = yield* serveTime(12 * minutes, "RequestExpired", "Request has expired.", "", {
        stubborn: true
      })
      const error = yield* Effect.flip(callTwice(endpoint))
      assert.strictEqual(refused.length, 2)
      assert.match(error.message, /: this machine's clock is 12 minutes behind that of AWS: set it/)
      const { exitCode, lines } = awsProblem(error)
      assert.strictEqual(exitCode, 3)
      assert.match(lines[0] ?? "", /^This machine's clock is 12 minutes behind that of AWS: set it/)
    }).pipe(Effect.scoped)
  )

  it.effect("is not blamed for credentials that have expired", () =>
    Effect.gen(function* () {
      const { endpoint, refused } = yield* serveTime(0, "RequestExpired", "Request has expired.", "", {
        stubborn: true
      })
      const error = yield* Effect.flip(callTwice(endpoint))
      assert.deepInclude(error.reason, { _tag: "NoCredentials", expired: true })
      assert.strictEqual(refused.length, 1)
    }).pipe(Effect.scoped)
  )

  /** Asks STS who the caller is. */
  const callerOf = (endpoint: string) =>
    withEnvironment(
      { AWS_ENDPOINT_URL: endpoint, ...keys },
      Effect.flatMap(Credentials, ({ caller }) => caller).pipe(
        Effect.provide(
          Credentials.layer({ homeRegion: "eu-west-1" }).pipe(Layer.provide(Layer.orDie(HttpHandler.layer())))
        )
      )
    )

  it.effect("does not keep STS from telling who the caller is", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* serveTime(12 * minutes, "SignatureDoesNotMatch", signatureExpired, identity)
      assert.strictEqual((yield* callerOf(endpoint)).account, "111111111111")
    }).pipe(Effect.scoped)
  )

  it.effect("is named when STS keeps refusing, also where it does not say its time", () =>
    Effect.gen(function* () {
      for (const [saysTime, expected] of [
        [true, /clock is 12 minutes ahead of that of AWS/],
        [false, /clock is more than five minutes away from that of AWS/]
      ] as const) {
        const { endpoint } = yield* serveTime(-12 * minutes, "SignatureDoesNotMatch", signatureExpired, "", {
          saysTime,
          stubborn: true
        })
        assert.match((yield* Effect.flip(callerOf(endpoint))).message, expected)
      }
    }).pipe(Effect.scoped)
  )
})
