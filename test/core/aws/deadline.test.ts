/** Endpoints and credential sources that hold a caller: each ends at the deadline, and is asked twice at most. */
import { DescribeVolumesCommand, EC2Client } from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { IncomingMessage, ServerResponse } from "node:http"
import { type AwsServices, AwsTarget, list, RetrySchedule, send } from "../../../core/aws/Aws.ts"
import type { AwsError } from "../../../core/aws/AwsError.ts"
import { CallLedger } from "../../../core/aws/CallLedger.ts"
import { Credentials } from "../../../core/aws/Credentials.ts"
import { CallDeadline } from "../../../core/aws/deadline.ts"
import { HttpHandler } from "../../../core/aws/HttpHandler.ts"
import { listOperation, operation } from "../../../core/aws/operation.ts"
import { Transport } from "../../../core/aws/Transport.ts"
import { account, awsLayer } from "../../datasets/harness.ts"
import { configured, folder, keys, withEnvironment } from "./environment.ts"
import { serve, xml } from "./loopback.ts"
import { identity, isAssumeRole } from "./sts.ts"

const describeVolumes = operation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes")

const deadline = Duration.millis(100)

const working = () => Promise.resolve({ accessKeyId: "AKIATEST", secretAccessKey: "secret" })

/** Runs calls to an endpoint, and answers what became of them and how many were made. */
const calling = <A, E>(
  endpoint: string,
  call: Effect.Effect<A, E, AwsServices>,
  provider: Credentials["Service"]["provider"] = working
) =>
  Effect.gen(function* () {
    const ledger = yield* CallLedger.make()
    const transport = Transport.layerSdk.pipe(
      Layer.provide([Layer.mock(Credentials, { provider }), Layer.orDie(HttpHandler.layer())])
    )
    const result = yield* call.pipe(
      Effect.provide(awsLayer(transport)),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({ AWS_ENDPOINT_URL: endpoint })),
      Effect.provideService(AwsTarget, { account, region: "eu-west-1", partition: "aws" }),
      Effect.provideService(CallLedger, ledger),
      Effect.provideService(CallDeadline, deadline),
      Effect.provideService(RetrySchedule, Schedule.recurs(5))
    )
    return { result, calls: ledger.counts()[0]?.calls }
  })

/** Makes a call that fails, and answers the error and the calls that were made. */
const failing = (endpoint: string, provider: Credentials["Service"]["provider"] = working) =>
  Effect.map(calling(endpoint, Effect.flip(send(describeVolumes, {})), provider), ({ calls, result }) => ({
    error: result,
    calls
  }))

const missed = (error: AwsError, where: string) => {
  assert.deepInclude(error.reason, { _tag: "Unavailable", code: "Deadline" })
  assert.strictEqual(error.message, `${where}: not reachable: no whole answer within 100ms`)
}

describe("a call's deadline", () => {
  const holding: ReadonlyArray<readonly [string, (request: IncomingMessage, response: ServerResponse) => void]> = [
    ["accepts and says nothing", () => undefined],
    [
      "sends headers and no body",
      (_request, response) => {
        response.writeHead(200, { "content-type": "text/xml" })
        response.flushHeaders()
      }
    ],
    [
      "drips its body",
      (_request, response) => {
        response.writeHead(200, { "content-type": "text/xml" })
        const timer = setInterval(() => response.write(" "), 10)
        response.on("close", () => clearInterval(timer))
      }
    ]
  ]
  for (const [name, handle] of holding) {
    it.effect(`ends a call to an endpoint that ${name}, and closes the connection`, () =>
      Effect.gen(function* () {
        const closed: Array<Promise<void>> = []
        const endpoint = yield* serve((_body, request, response) => {
          closed.push(new Promise((resolve) => response.on("close", resolve)))
          handle(request, response)
        })
        const { calls, error } = yield* failing(endpoint)
        missed(error, "ec2:DescribeVolumes in 111111111111/eu-west-1")
        assert.strictEqual(calls, 2)
        yield* Effect.promise(() => Promise.all(closed))
      }).pipe(Effect.scoped)
    )
  }

  it.effect("ends a page that stalls, and keeps the pages before it with a gap", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve((body, _request, response) => {
        if (new URLSearchParams(body).has("NextToken")) return
        xml(
          response,
          "<R><volumeSet><item><volumeId>vol-1</volumeId></item></volumeSet><nextToken>more</nextToken></R>"
        )
      })
      const pages = listOperation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes", "Volumes", {
        paging: { input: "NextToken", output: "NextToken" }
      })
      const { calls, result } = yield* calling(
        endpoint,
        list(pages, {}, (volumes) => volumes.map(({ VolumeId }) => VolumeId))
      )
      assert.deepStrictEqual(result.items, ["vol-1"])
      assert.deepStrictEqual([result.gaps.length, calls], [1, 3])
      missed(result.gaps[0] as AwsError, `ec2:DescribeVolumes in ${account}/eu-west-1`)
    }).pipe(Effect.scoped)
  )

  it.effect("ends a call whose credentials never come", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve((_body, _request, response) => xml(response, "<DescribeVolumesResponse/>"))
      const { calls, error } = yield* failing(endpoint, () => new Promise(() => undefined))
      missed(error, "ec2:DescribeVolumes in 111111111111/eu-west-1")
      assert.strictEqual(calls, 2)
    }).pipe(Effect.scoped)
  )
})

describe("the deadline of credentials", () => {
  /** What `Credentials` says in an environment. */
  const saying = <A, E>(
    environment: Readonly<Record<string, string>>,
    use: (credentials: Credentials["Service"]) => Effect.Effect<A, E>,
    profile?: string
  ) =>
    withEnvironment(
      environment,
      Effect.flatMap(Credentials, use).pipe(
        Effect.provide(
          Credentials.layer({ homeRegion: "eu-west-1", profile }).pipe(Layer.provide(HttpHandler.layer()))
        ),
        Effect.provideService(CallDeadline, deadline)
      )
    )

  it.effect("ends a question to an STS that accepts and says nothing", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve(() => undefined)
      const error = yield* saying({ AWS_ENDPOINT_URL: endpoint, ...keys }, ({ caller }) => Effect.flip(caller))
      missed(error, "sts:GetCallerIdentity in -/eu-west-1")
    }).pipe(Effect.scoped)
  )

  it.effect("ends the assuming of a role, and the next one asks anew", () =>
    Effect.gen(function* () {
      let asked = 0
      const endpoint = yield* serve((body, _request, response) => {
        if (isAssumeRole(new URLSearchParams(body))) asked += 1
        else xml(response, identity)
      })
      yield* saying(
        { AWS_ENDPOINT_URL: endpoint, ...keys },
        Effect.fnUntraced(function* (credentials) {
          const enter = Effect.flip(credentials.session("222222222222", { roleName: "scanner" }))
          missed(yield* enter, "sts:AssumeRole in 222222222222/eu-west-1")
          yield* enter
          assert.strictEqual(asked, 2)
        })
      )
    }).pipe(Effect.scoped)
  )

  it.effect("ends a wait for the metadata of a container", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve(() => undefined)
      const error = yield* saying({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}/role` }, ({ caller }) =>
        Effect.flip(caller)
      )
      assert.deepInclude(error.reason, { _tag: "Unavailable", code: "Deadline" })
    }).pipe(Effect.scoped)
  )

  it.effect("ends a wait for a credential_process", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const error = yield* saying(
        configured(path, "[profile slow]\ncredential_process = sleep 2\n"),
        ({ caller }) => Effect.flip(caller),
        "slow"
      )
      assert.deepInclude(error.reason, { _tag: "Unavailable", code: "Deadline" })
    }).pipe(Effect.scoped)
  )
})
