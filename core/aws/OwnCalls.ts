/**
 * The few operations that functions call in their own name: of the table, and of what starts scans. They are signed and sent with the
 * SDK's own parts and without its clients: a client brings along a whole service's schemas, their protocol and the chain of
 * credentials, 385 kB for DynamoDB, which every function would load at its cold start.
 */
import { buffer } from "node:stream/consumers"
import { env } from "node:process"
import { Sha256 } from "@smithy/core/checksum"
import { HttpRequest } from "@smithy/core/protocols"
import { NodeHttpHandler } from "@smithy/node-http-handler"
import { SignatureV4 } from "@smithy/signature-v4"
import type { AwsCredentialIdentityProvider } from "@smithy/types"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { variable } from "../variable.ts"
import { type AwsErrorReason, reasonOf, triesLeft } from "./AwsError.ts"
import { inTime } from "./deadline.ts"
import { ownEndpoint, type Service } from "./ownEndpoint.ts"

/** The service's identifier in the names of variables. */
const identifiers: Record<Service, string> = { dynamodb: "DYNAMODB", lambda: "LAMBDA", states: "SFN" }

/** What an operation sends with POST. */
interface Sent {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What came back. Headers are in lower case. */
interface Answered {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface OwnOperation<Input, Output> {
  readonly service: Service
  /** `GetItem`: the service and this are the IAM action, but for Lambda's Invoke. */
  readonly name: string
  /** For so long, in milliseconds, the whole of an answer may be waited for. */
  readonly patienceMillis: number
  readonly sent: (input: Input) => Sent
  readonly answered: (answer: Answered) => Output
}

/** The protocols of services whose operations are all sent to one address, and their version. */
const targets = { dynamodb: "DynamoDB_20120810", states: "AWSStepFunctions" }

/** An operation in AWS JSON 1.0. `outgoing` and `incoming` change what JSON has no words for. */
export const jsonOperation = <Input, Output>(
  service: keyof typeof targets,
  name: string,
  outgoing: (input: Input) => unknown = (input) => input,
  incoming: (output: any) => Output = (output) => output
): OwnOperation<Input, Output> => ({
  service,
  name,
  // Two tries of that, and a caller who waits for a minute still hears why there was no answer.
  patienceMillis: 15_000,
  sent: (input) => ({
    path: "/",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `${targets[service]}.${name}` },
    body: JSON.stringify(outgoing(input))
  }),
  answered: ({ body }) => {
    const output: unknown = JSON.parse(body.toString())
    if (typeof output !== "object" || output === null || Array.isArray(output)) {
      throw new SyntaxError("the answer is no object")
    }
    return incoming(Object.fromEntries(Object.entries(output).filter(([, value]) => value !== null)))
  }
})

/**
 * Whether a call that failed is worth another try. So is one whose answer something on the way cut off or made up. Made anew for each
 * call, because it counts the tries.
 */
export const worthAnother = (): ((reason: AwsErrorReason) => boolean) => {
  const left = triesLeft()
  return (reason) => reason._tag === "Malformed" || left(reason)
}

/** For calls that somebody waits for: at most seven tries, some seconds apart in all. */
const shortly = Schedule.exponential("100 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 6 }))

/** A call that is repeated while that may help whoever waits for it. */
export const repeatedShortly = <A>(call: Effect.Effect<A, AwsErrorReason>): Effect.Effect<A, AwsErrorReason> =>
  Effect.suspend(() => Effect.retry(call, { schedule: shortly, while: worthAnother() }))

/** Why the service refused, in the shape in which the SDK throws it, so that both are classified alike. */
const refusal = (status: number, headers: Readonly<Record<string, string>>, body: Buffer): Error => {
  const $metadata = { httpStatusCode: status, requestId: headers["x-amzn-requestid"] }
  const parsed = Effect.runSync(Effect.option(Effect.try(() => JSON.parse(body.toString()) as Record<string, unknown>)))
  if (Option.isNone(parsed)) {
    return Object.assign(new SyntaxError(`HTTP ${status} without JSON`), { $metadata })
  }
  const { __type, code, message, Message = message } = parsed.value ?? {}
  // `com.amazonaws.dynamodb.v20120810#ThrottlingException`, or `ThrottlingException:http://…`.
  const said = String(headers["x-amzn-errortype"] ?? __type ?? code ?? `HTTP ${status}`)
  const name = said.replace(/:.*$/s, "").replace(/^.*#/s, "")
  return Object.assign(new Error(String(Message ?? name)), { name, $metadata })
}

const noCredentials = () =>
  Promise.reject(
    Object.assign(new Error("there are no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"), {
      name: "CredentialsProviderError"
    })
  )

/** The keys in the environment, which Lambda gives a function for the life of its process. */
const environmentCredentials = Effect.gen(function* () {
  const accessKeyId = yield* variable("AWS_ACCESS_KEY_ID")
  const secretAccessKey = yield* variable("AWS_SECRET_ACCESS_KEY")
  const sessionToken = yield* variable("AWS_SESSION_TOKEN")
  if (accessKeyId === undefined || secretAccessKey === undefined) return noCredentials
  const identity = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
  return () => Promise.resolve(identity)
})

/** Whoever serves many callers has many calls under way, and one that waits for a socket would be taken for one that finds no connection. */
const agent = { keepAlive: true, maxSockets: 1000 }

const misconfigured = (name: string, message: string) =>
  Effect.fail(reasonOf(Object.assign(new Error(message), { name })))

/** The one of two words that a variable has, as the SDK takes them; false where it is not set. */
const flag = (name: string): Effect.Effect<boolean, AwsErrorReason> =>
  Effect.flatMap(variable(name), (value = "false") =>
    value === "true" || value === "false"
      ? Effect.succeed(value === "true")
      : misconfigured("NoVariant", `${name} is ${JSON.stringify(value)}: set it to true or false, or leave it out`)
  )

interface Surroundings {
  readonly credentials?: AwsCredentialIdentityProvider | undefined
  /** The way out, where it is not the direct one. */
  readonly handler?: NodeHttpHandler
  readonly region?: string
  readonly endpoint?: string
}

/** Calls with the credentials of the process. */
export class OwnCalls extends Context.Service<
  OwnCalls,
  {
    /** Makes the call once. */
    readonly call: <Input, Output>(
      operation: OwnOperation<Input, Output>,
      input: Input
    ) => Effect.Effect<Output, AwsErrorReason>
  }
>()("nightaudit/core/aws/OwnCalls") {
  /**
   * Calls in the region of `AWS_REGION`, at `AWS_ENDPOINT_URL` or a service's own (`AWS_ENDPOINT_URL_DYNAMODB`), with the keys of the
   * environment, each unless it is given. `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT` choose among a service's addresses, and
   * go with none that is given, as in the SDK. What the environment has wrong fails each call. The sockets are closed with the scope.
   */
  static readonly make: (surroundings?: Surroundings) => Effect.Effect<OwnCalls["Service"], never, Scope.Scope> =
    Effect.fnUntraced(function* (surroundings: Surroundings = {}) {
      const handler =
        surroundings.handler ??
        (yield* Effect.acquireRelease(
          Effect.sync(
            () =>
              new NodeHttpHandler({
                connectionTimeout: 5_000,
                throwOnRequestTimeout: true,
                httpAgent: agent,
                httpsAgent: agent
              })
          ),
          (own) => Effect.sync(() => own.destroy())
        ))
      const region = surroundings.region ?? (yield* variable("AWS_REGION")) ?? ""
      const credentials = surroundings.credentials ?? (yield* environmentCredentials)

      const placeOf = Effect.fnUntraced(function* (service: Service) {
        if (region === "") return yield* misconfigured("NoRegion", "AWS_REGION is not set")
        const variant = {
          fips: yield* flag("AWS_USE_FIPS_ENDPOINT"),
          dualStack: yield* flag("AWS_USE_DUALSTACK_ENDPOINT")
        }
        const given =
          surroundings.endpoint ??
          (yield* variable(`AWS_ENDPOINT_URL_${identifiers[service]}`)) ??
          (yield* variable("AWS_ENDPOINT_URL"))
        if (given !== undefined && (variant.fips || variant.dualStack)) {
          const named = variant.fips ? "AWS_USE_FIPS_ENDPOINT" : "AWS_USE_DUALSTACK_ENDPOINT"
          return yield* misconfigured(
            "NoVariant",
            `${named} says nothing of the endpoint ${given}: leave one of the two out`
          )
        }
        const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 })
        return { endpoint: given ?? ownEndpoint(service, region, variant), signer }
      })
      const places = {
        dynamodb: yield* Effect.result(placeOf("dynamodb")),
        lambda: yield* Effect.result(placeOf("lambda")),
        states: yield* Effect.result(placeOf("states"))
      }

      const answerOf = async (
        { endpoint, signer }: { readonly endpoint: string; readonly signer: SignatureV4 },
        { body, headers, path }: Sent,
        requestTimeout: number,
        abortSignal: AbortSignal
      ): Promise<Answered> => {
        // Another one for each event: what is called joins its trace. Source: Lambda developer guide, "Working with Lambda environment variables".
        const trace = env["_X_AMZN_TRACE_ID"]
        const url = new URL(endpoint)
        const request = new HttpRequest({
          method: "POST",
          protocol: url.protocol,
          hostname: url.hostname,
          ...(url.port === "" ? {} : { port: Number(url.port) }),
          path: `${url.pathname.replace(/\/$/, "")}${path}`,
          headers: {
            ...headers,
            host: url.host,
            "user-agent": "nightaudit",
            ...(trace === undefined ? {} : { "x-amzn-trace-id": trace })
          },
          body
        })
        const signed = (await signer.sign(request)) as HttpRequest
        const { response } = await handler.handle(signed, { abortSignal, requestTimeout })
        // Its own signal ends with the headers.
        abortSignal.addEventListener("abort", () => response.body.destroy(), { once: true })
        const read = await buffer(response.body)
        if (response.statusCode >= 300) throw refusal(response.statusCode, response.headers, read)
        return { headers: response.headers, body: read }
      }

      return {
        call: (operation, input) =>
          Effect.flatMap(Effect.fromResult(places[operation.service]), (place) =>
            Effect.tryPromise({
              try: (outer) =>
                inTime(
                  Duration.millis(operation.patienceMillis),
                  (signal) => answerOf(place, operation.sent(input), operation.patienceMillis, signal),
                  outer
                ).then(operation.answered),
              catch: (cause) => reasonOf(cause)
            })
          )
      }
    })

  static readonly layer: Layer.Layer<OwnCalls> = Layer.effect(
    OwnCalls,
    Effect.suspend(() => OwnCalls.make())
  )
}
