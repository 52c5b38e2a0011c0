import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs"
import { DescribeVolumesCommand, EC2Client } from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { AwsTarget, list, RetrySchedule } from "../../../core/aws/Aws.ts"
import { CallLedger } from "../../../core/aws/CallLedger.ts"
import { Credentials } from "../../../core/aws/Credentials.ts"
import { HttpHandler } from "../../../core/aws/HttpHandler.ts"
import { listOperation } from "../../../core/aws/operation.ts"
import { Transport } from "../../../core/aws/Transport.ts"
import { account, awsLayer } from "../../datasets/harness.ts"
import { serve, xml } from "./loopback.ts"

const describeVolumes = listOperation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes", "Volumes", {
  paging: { size: ["MaxResults", 500], input: "NextToken", output: "NextToken" }
})

const staticCredentials = Layer.mock(Credentials, {
  provider: () => Promise.resolve({ accessKeyId: "AKIATEST", secretAccessKey: "secret" })
})

const describeLogGroups = listOperation(
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  "logs:DescribeLogGroups",
  "logGroups"
)

/** Sends over HTTP through the SDK, each call twice at most. */
const through =
  (endpoint: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.provide(
        awsLayer(Transport.layerSdk.pipe(Layer.provide([staticCredentials, Layer.orDie(HttpHandler.layer())])))
      ),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({ AWS_ENDPOINT_URL: endpoint })),
      Effect.provideService(AwsTarget, { account, region: "eu-west-1", partition: "aws" }),
      Effect.provideServiceEffect(CallLedger, CallLedger.make()),
      Effect.provideService(RetrySchedule, Schedule.recurs(1))
    )

const volumesFrom = (endpoint: string) =>
  list(describeVolumes, {}, (volumes) => volumes.map(({ VolumeId }) => VolumeId)).pipe(Effect.result, through(endpoint))

const page = (id: string, next = "") =>
  `<DescribeVolumesResponse><volumeSet><item><volumeId>${id}</volumeId></item></volumeSet>${next === "" ? "" : `<nextToken>${next}</nextToken>`}</DescribeVolumesResponse>`

describe("Transport.layerSdk", () => {
  it.effect("copies no answer for a log", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve((_body, _request, response) => xml(response, page("vol-1")))
      const logged: Array<unknown> = []
      const ignore = () => undefined
      class LoggingClient extends EC2Client {
        constructor(config: object) {
          const info = (entry: unknown) => void logged.push(entry)
          super({ ...config, logger: { trace: ignore, debug: ignore, info, warn: ignore, error: ignore } })
        }
      }
      yield* list(
        listOperation(LoggingClient, DescribeVolumesCommand, "ec2:DescribeVolumes", "Volumes"),
        {},
        () => []
      ).pipe(through(endpoint))
      assert.deepStrictEqual(logged, [])
    }).pipe(Effect.scoped)
  )

  it.effect("asks the endpoint of AWS_ENDPOINT_URL, page by page, in the target's region", () =>
    Effect.gen(function* () {
      const scopes: Array<string | undefined> = []
      const endpoint = yield* serve((body, request, response) => {
        scopes.push(/Credential=\S+/.exec(request.headers.authorization ?? "")?.[0].split("/")[2])
        xml(response, body.includes("NextToken=t") ? page("vol-2") : page("vol-1", "t"))
      })
      const result = yield* volumesFrom(endpoint)
      assert.deepStrictEqual(result._tag === "Success" && result.success, { items: ["vol-1", "vol-2"], gaps: [] })
      assert.deepStrictEqual(scopes, ["eu-west-1", "eu-west-1"])
    }).pipe(Effect.scoped)
  )

  it.effect("calls an endpoint that refuses connections unavailable", () =>
    Effect.gen(function* () {
      // Port 9 (discard) is not served on loopback.
      const result = yield* volumesFrom("http://127.0.0.1:9")
      assert.strictEqual(
        result._tag === "Failure" && result.failure.message,
        "ec2:DescribeVolumes in 111111111111/eu-west-1: not reachable (ECONNREFUSED)"
      )
    })
  )

  it.effect("calls an endpoint that answers HTML malformed", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve((_body, _request, response) => {
        response.writeHead(200, { "content-type": "text/html" })
        // Well-formed, so that it would pass for an answer without volumes.
        response.end("<html><head><title>Sign in</title></head><body>Please log in</body></html>")
      })
      const result = yield* volumesFrom(endpoint)
      assert.strictEqual(
        result._tag === "Failure" && result.failure.message,
        "ec2:DescribeVolumes in 111111111111/eu-west-1: answered something that is not an AWS answer (the endpoint answered an HTML page)"
      )
    }).pipe(Effect.scoped)
  )

  it.effect("reads JSON that is labelled HTML, as moto labels its own", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve((_body, _request, response) => {
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" })
        response.end(JSON.stringify({ logGroups: [{ logGroupName: "<html>" }] }))
      })
      const groups = yield* list(describeLogGroups, {}, (groups) => groups).pipe(through(endpoint))
      assert.deepStrictEqual(groups, { items: [{ logGroupName: "<html>" }], gaps: [] })
    }).pipe(Effect.scoped)
  )

  it.effect("keeps the pages before one that stops in the middle", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve((body, _request, response) => {
        if (!body.includes("NextToken=t")) return xml(response, page("vol-1", "t"))
        const whole = page("vol-2")
        response.writeHead(200, { "content-type": "text/xml", "content-length": whole.length })
        response.write(whole.slice(0, 40), () => response.destroy())
      })
      const result = yield* volumesFrom(endpoint)
      assert.strictEqual(result._tag, "Success")
      if (result._tag === "Failure") return
      assert.deepStrictEqual(result.success.items, ["vol-1"])
      assert.include(["Unavailable", "Malformed"], result.success.gaps[0]?.reason._tag)
    }).pipe(Effect.scoped)
  )

  it.effect("calls a body that ends too early, with a length that agrees, malformed", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve((_body, _request, response) => xml(response, page("vol-1").slice(0, 60)))
      const result = yield* volumesFrom(endpoint)
      assert.strictEqual(result._tag === "Failure" && result.failure.reason._tag, "Malformed")
    }).pipe(Effect.scoped)
  )
})
