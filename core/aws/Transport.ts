import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Readable } from "node:stream"
import { buffer } from "node:stream/consumers"
import { clockOffsetOf, withClock } from "./clock.ts"
import { Credentials, ownKey, type Session } from "./Credentials.ts"
import { CallDeadline, inTime } from "./deadline.ts"
import { HttpHandler } from "./HttpHandler.ts"
import type { Operation } from "./operation.ts"
import { quiet } from "./quiet.ts"

/** Where a call goes: the account that is asked, the endpoint's region, and what signs it. */
export interface Destination {
  readonly account: string
  readonly region: string
  /** Absent for the process's own credentials. */
  readonly session?: Session | undefined
}

/**
 * What answers calls: AWS, the sample estate, or a test. Everything that makes a call careful (limits, retries, counting,
 * typed errors) is in `Aws` above it, so it holds for all of them.
 */
export class Transport extends Context.Service<
  Transport,
  {
    /** Sends one request and answers as the SDK would; rejects with an SDK error. */
    readonly send: (
      operation: Operation,
      input: object,
      destination: Destination,
      signal: AbortSignal
    ) => Promise<unknown>
  }
>()("nightaudit/core/aws/Transport") {
  /** The AWS SDK, signing with the destination's session. Honours `AWS_ENDPOINT_URL`. */
  static readonly layerSdk = Layer.effect(
    Transport,
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const requestHandler = yield* HttpHandler
      const deadline = yield* CallDeadline
      const endpoint = Option.getOrUndefined(yield* Config.option(Config.String("AWS_ENDPOINT_URL")).pipe(Effect.orDie))
      const clients = new Map<string, InstanceType<Operation["client"]>>()
      const clientIds = new Map<Operation["client"], number>()
      // What one client learns of this machine's clock holds for all that are made after it.
      let systemClockOffset = 0

      const clientFor = ({ client: Client }: Operation, { account, region, session }: Destination) => {
        if (session !== undefined && session.account !== account)
          throw new Error(`the session of ${session.account} cannot sign a call to ${account}`)
        const id = clientIds.get(Client) ?? clientIds.size
        clientIds.set(Client, id)
        // The session is part of the key: a client keeps the credentials that it was made with.
        const key = `${id}/${region}/${session?.key ?? ownKey}`
        const existing = clients.get(key)
        if (existing !== undefined) return existing
        const client = new Client({
          region,
          // The one retry policy is in `Aws`, where it is visible.
          maxAttempts: 1,
          credentials: session?.provider ?? credentials.provider,
          requestHandler,
          systemClockOffset,
          ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true })
        })
        quiet(client)
        client.middlewareStack.add(refuseHtml, { step: "deserialize", priority: "low" })
        clients.set(key, client)
        // Clients share the sockets, so the oldest can go without being destroyed.
        if (clients.size > maxClients) clients.delete(clients.keys().next().value as string)
        return client
      }

      return Transport.of({
        send: (operation, input, destination, signal) =>
          inTime(
            deadline,
            async (abortSignal) => {
              const client = clientFor(operation, destination)
              try {
                return await client.send(new operation.Command(input), { abortSignal })
              } catch (cause) {
                systemClockOffset = clockOffsetOf(client)
                throw withClock(cause, client)
              }
            },
            signal
          )
      })
    })
  )
}

const maxClients = 200

// A proxy's sign-in page may be well-formed XML; the SDK would read it as an answer with nothing in it. The label alone
// says too little: emulators send JSON under it.
const refuseHtml = (next: (args: unknown) => Promise<{ readonly response: unknown }>) => async (args: unknown) => {
  const result = await next(args)
  const response = (result.response ?? {}) as {
    readonly headers?: Readonly<Record<string, string>>
    readonly statusCode?: number
    body?: Readable
  }
  const { body, headers = {}, statusCode = 0 } = response
  if (body === undefined || statusCode >= 300 || headers["content-type"]?.startsWith("text/html") !== true)
    return result
  const bytes = await buffer(body)
  if (/^\s*</.test(bytes.toString("utf8", 0, 100))) throw new SyntaxError("the endpoint answered an HTML page")
  response.body = Readable.from([bytes])
  return result
}
