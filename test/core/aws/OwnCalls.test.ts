/** What functions call in their own name, over the wire: the same request as the SDK's client makes, and its failures alike. */
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb"
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda"
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { OwnCalls, worthAnother } from "../../../core/aws/OwnCalls.ts"
import { invokeFunction } from "../../../core/aws/invokeFunction.ts"
import { startExecution } from "../../../core/aws/startExecution.ts"
import { getItem, putItem } from "../../../core/store/dynamo/dynamoOperations.ts"
import { serve } from "./loopback.ts"

const keys = { AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token" }
const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "secret", sessionToken: "token" }
const region = "eu-west-1"

interface Received {
  readonly body: string
  readonly headers: Readonly<Record<string, string | Array<string> | undefined>>
  readonly url: string | undefined
}

/** A server that answers everything alike and keeps what came. */
const answering = Effect.fnUntraced(function* (status: number, body: string, headers: Record<string, string> = {}) {
  const received: Array<Received> = []
  const endpoint = yield* serve((text, request, response) => {
    received.push({ body: text, headers: request.headers, url: request.url })
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0", ...headers }).end(body)
  })
  return { endpoint, received }
})

const callsIn = (environment: Readonly<Record<string, string>>) =>
  OwnCalls.make().pipe(
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromUnknown({ AWS_REGION: region, ...environment })
    )
  )

/** What is signed, without the time and the signature. */
const said = ({ body, headers, url }: Received) => ({
  url,
  body: body === "" ? "" : JSON.parse(body),
  type: headers["content-type"],
  target: headers["x-amz-target"],
  token: headers["x-amz-security-token"],
  scope: String(headers["authorization"])
    .replace(/\/\d{8}\//, "/DAY/")
    .replace(/SignedHeaders.*/, "")
})

const Key = { pk: { S: "a" }, sk: { S: "b" } }

describe("the calls of functions", () => {
  it.effect("are those that the SDK's clients make", () =>
    Effect.gen(function* () {
      const { endpoint, received } = yield* answering(200, '{"executionArn":"arn","startDate":1.5}')
      const { call } = yield* callsIn({ ...keys, AWS_ENDPOINT_URL: endpoint })
      const options = { endpoint, region, credentials }
      const arn = "arn:aws:lambda:eu-west-1:111122223333:function:scan"
      yield* call(getItem, { TableName: "t", Key, ConsistentRead: true })
      yield* Effect.promise(() =>
        new DynamoDBClient(options).send(new GetItemCommand({ TableName: "t", Key, ConsistentRead: true }))
      )
      yield* call(startExecution, { stateMachineArn: "m", input: "{}" })
      yield* Effect.promise(() =>
        new SFNClient(options).send(new StartExecutionCommand({ stateMachineArn: "m", input: "{}" }))
      )
      yield* call(invokeFunction, { functionName: arn, payload: '{"a":1}' })
      yield* Effect.promise(() =>
        new LambdaClient(options).send(new InvokeCommand({ FunctionName: arn, Payload: '{"a":1}' }))
      )
      assert.lengthOf(received, 6)
      for (const [place, one] of received.entries()) {
        if (place % 2 === 1) continue
        const [own, sdk] = [said(one), said(received[place + 1] ?? one)]
        // Lambda takes any type of content.
        assert.deepStrictEqual({ ...own, type: "" }, { ...sdk, type: "" })
      }
      assert.match(
        String(received[0]?.headers["authorization"]),
        /SignedHeaders=.*host.*x-amz-security-token.*Signature=[0-9a-f]{64}$/
      )
    })
  )

  it.effect("carry bytes in base64 both ways", () =>
    Effect.gen(function* () {
      const { endpoint, received } = yield* answering(200, '{"Item":{"record":{"B":"aGk="},"B":{"S":"aGk="}}}')
      const { call } = yield* callsIn({
        ...keys,
        AWS_ENDPOINT_URL_DYNAMODB: endpoint,
        AWS_ENDPOINT_URL: "http://127.0.0.1:1"
      })
      const { Item } = yield* call(getItem, { TableName: "t", Key })
      assert.deepStrictEqual(Item, { record: { B: Buffer.from("hi") }, B: { S: "aGk=" } })
      yield* call(putItem, { TableName: "t", Item: { record: { B: new Uint8Array(Buffer.from("xhi").subarray(1)) } } })
      assert.deepStrictEqual(JSON.parse(received[1]?.body ?? "").Item, { record: { B: "aGk=" } })
    })
  )

  it.effect("fail by the name that the service gives", () =>
    Effect.gen(function* () {
      const failing = Effect.fnUntraced(function* (status: number, body: string, headers?: Record<string, string>) {
        const { endpoint } = yield* answering(status, body, headers)
        const { call } = yield* callsIn({ ...keys, AWS_ENDPOINT_URL: endpoint })
        const { _tag, code, message } = yield* Effect.flip(call(getItem, { TableName: "t", Key }))
        return [_tag, code, message]
      })
      assert.deepStrictEqual(
        yield* failing(
          400,
          '{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no table"}'
        ),
        ["Rejected", "ResourceNotFoundException", "no table"]
      )
      assert.deepStrictEqual(
        yield* failing(403, '{"Message":"not allowed"}', {
          "x-amzn-errortype": "AccessDeniedException:http://internal/"
        }),
        ["AccessDenied", "AccessDeniedException", "not allowed"]
      )
      assert.deepStrictEqual(yield* failing(400, '{"__type":"x#ThrottlingException","message":"slow"}'), [
        "Throttled",
        "ThrottlingException",
        "slow"
      ])
      assert.deepStrictEqual(yield* failing(500, '{"__type":"x#InternalServerError","message":"oh"}'), [
        "Unavailable",
        "InternalServerError",
        "oh"
      ])
      assert.deepStrictEqual(yield* failing(503, "<html>"), ["Unavailable", "HTTP 503", "HTTP 503 without JSON"])
      assert.deepStrictEqual((yield* failing(200, "<html>")).slice(0, 1), ["Malformed"])
    })
  )

  it.effect("say that there are no keys", () =>
    Effect.gen(function* () {
      const { endpoint, received } = yield* answering(200, "{}")
      const { call } = yield* callsIn({ AWS_ENDPOINT_URL: endpoint })
      const { _tag } = yield* Effect.flip(call(getItem, { TableName: "t", Key }))
      assert.deepStrictEqual([_tag, received.length], ["NoCredentials", 0])
    })
  )

  it.effect("tell what a function answered, and that it failed", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* answering(200, '{"errorType":"StoreBusy"}', { "X-Amz-Function-Error": "Unhandled" })
      const { call } = yield* callsIn({ ...keys, AWS_ENDPOINT_URL: endpoint })
      assert.deepStrictEqual(yield* call(invokeFunction, { functionName: "scan", payload: "{}" }), {
        functionError: "Unhandled",
        payload: '{"errorType":"StoreBusy"}'
      })
    })
  )

  it.effect("take nothing but an object for an answer, and no field of null for one", () =>
    Effect.gen(function* () {
      for (const body of ["null", "[]", '"hi"', ""]) {
        const { endpoint } = yield* answering(200, body)
        const { call } = yield* callsIn({ ...keys, AWS_ENDPOINT_URL: endpoint })
        assert.strictEqual((yield* Effect.flip(call(getItem, { TableName: "t", Key })))._tag, "Malformed", body)
      }
      const { endpoint } = yield* answering(200, '{"Item":null}')
      const { call } = yield* callsIn({ ...keys, AWS_ENDPOINT_URL: endpoint })
      assert.deepStrictEqual(yield* call(getItem, { TableName: "t", Key }), {})
    })
  )

  it.effect("end where the body of an answer does not come", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve((_, __, response) => {
        response.writeHead(200).write('{"Item":')
      })
      const { call } = yield* callsIn({ ...keys, AWS_ENDPOINT_URL: endpoint })
      const reason = yield* Effect.flip(call({ ...getItem, patienceMillis: 50 }, { TableName: "t", Key }))
      assert.deepStrictEqual([reason._tag, reason.code], ["Unavailable", "Deadline"])
      const left = worthAnother()
      assert.deepStrictEqual([left(reason), left(reason)], [true, false])
    })
  )

  it.effect("need a region", () =>
    Effect.gen(function* () {
      const { call } = yield* callsIn({ ...keys, AWS_REGION: "" })
      const { code, message } = yield* Effect.flip(call(getItem, { TableName: "t", Key }))
      assert.deepStrictEqual([code, message], ["NoRegion", "AWS_REGION is not set"])
    })
  )

  it.effect("are under way by the hundred", () =>
    Effect.gen(function* () {
      const waiting: Array<() => void> = []
      const endpoint = yield* serve((_, __, response) => {
        waiting.push(() => response.end("{}"))
        if (waiting.length === 120) for (const answer of waiting) answer()
      })
      const { call } = yield* callsIn({ ...keys, AWS_ENDPOINT_URL: endpoint })
      const answers = yield* Effect.forEach(Array.from({ length: 120 }), () => call(getItem, { TableName: "t", Key }), {
        concurrency: "unbounded"
      })
      assert.lengthOf(answers, 120)
    })
  )
})
