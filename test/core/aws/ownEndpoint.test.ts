/** The addresses of `OwnCalls`, against those that the SDK's own clients would call. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { LambdaClient } from "@aws-sdk/client-lambda"
import { SFNClient } from "@aws-sdk/client-sfn"
import type { NodeHttpHandler } from "@smithy/node-http-handler"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { OwnCalls } from "../../../core/aws/OwnCalls.ts"
import { ownEndpoint } from "../../../core/aws/ownEndpoint.ts"
import { startExecution } from "../../../core/aws/startExecution.ts"

const clients = {
  dynamodb: new DynamoDBClient({ region: "us-east-1" }),
  lambda: new LambdaClient({ region: "us-east-1" }),
  states: new SFNClient({ region: "us-east-1" })
}
const services = ["dynamodb", "lambda", "states"] as const
const regions = [
  "us-east-1",
  "eu-west-1",
  "ap-southeast-4",
  "us-gov-east-1",
  "us-gov-west-1",
  "cn-north-1",
  "cn-northwest-1"
]
const both = [false, true]

/** Where a call goes with these variables, or why it goes nowhere. */
const calledIn = (variables: Readonly<Record<string, string>>, given: object = {}) =>
  Effect.gen(function* () {
    const hosts: Array<string> = []
    const handler = {
      handle: async (request: { readonly hostname: string }) => {
        hosts.push(request.hostname)
        throw Object.assign(new Error("nobody is there"), { name: "Stub" })
      }
    }
    const own = yield* OwnCalls.make({
      handler: handler as unknown as NodeHttpHandler,
      credentials: async () => ({ accessKeyId: "AKIATEST", secretAccessKey: "secret" }),
      ...given
    })
    const { message } = yield* Effect.flip(own.call(startExecution, { stateMachineArn: "m", input: "{}" }))
    return hosts[0] ?? message
  }).pipe(
    Effect.scoped,
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromUnknown({ AWS_REGION: "eu-west-1", ...variables })
    )
  )

describe("the endpoint of an operation", () => {
  it("is the one that the SDK's client has, in every partition and variant", () => {
    for (const service of services) {
      for (const region of regions) {
        for (const fips of both) {
          for (const dualStack of both) {
            const { url } = clients[service].config.endpointProvider({
              Region: region,
              UseFIPS: fips,
              UseDualStack: dualStack
            })
            const own = ownEndpoint(service, region, { fips, dualStack })
            assert.strictEqual(`${own}/`, url.href, `${service} ${region} ${fips} ${dualStack}`)
          }
        }
      }
    }
  })

  it.effect("is chosen by the SDK's variables", () =>
    Effect.gen(function* () {
      const fips = { AWS_USE_FIPS_ENDPOINT: "true" }
      const dualStack = { AWS_USE_DUALSTACK_ENDPOINT: "true" }
      assert.strictEqual(yield* calledIn({}), "states.eu-west-1.amazonaws.com")
      assert.strictEqual(yield* calledIn({ AWS_USE_FIPS_ENDPOINT: "false" }), "states.eu-west-1.amazonaws.com")
      assert.strictEqual(yield* calledIn(fips), "states-fips.eu-west-1.amazonaws.com")
      assert.strictEqual(yield* calledIn(dualStack), "states.eu-west-1.api.aws")
      assert.strictEqual(yield* calledIn({ ...fips, ...dualStack }), "states-fips.eu-west-1.api.aws")
    })
  )

  it.effect("is none where a variable says neither, or says something of an endpoint that is given", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* calledIn({ AWS_USE_FIPS_ENDPOINT: "yes" }),
        'AWS_USE_FIPS_ENDPOINT is "yes": set it to true or false, or leave it out'
      )
      const endpoint = "http://127.0.0.1:1"
      for (const variant of ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"]) {
        const said = `${variant} says nothing of the endpoint ${endpoint}: leave one of the two out`
        assert.strictEqual(yield* calledIn({ [variant]: "true", AWS_ENDPOINT_URL: endpoint }), said)
        assert.strictEqual(yield* calledIn({ [variant]: "true", AWS_ENDPOINT_URL_SFN: endpoint }), said)
        assert.strictEqual(yield* calledIn({ [variant]: "true" }, { endpoint }), said)
      }
    })
  )
})
