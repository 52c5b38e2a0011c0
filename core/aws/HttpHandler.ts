import { NodeHttpHandler } from "@smithy/node-http-handler"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { versions } from "node:process"
import { ConfigError } from "../config/ConfigError.ts"
import { bytesOf } from "../file.ts"
import { variable } from "../variable.ts"
import { noProxyForNode } from "./noProxy.ts"

/** A variable of the environment under the first of its names that is set. */
const firstOf = Effect.fnUntraced(function* (...names: ReadonlyArray<string>) {
  for (const name of names) {
    const value = yield* variable(name)
    if (value !== undefined) return { name, value }
  }
  return undefined
})

const mistake = (file: string, message: string) => new ConfigError({ file, problems: [{ path: "", message }] })

/** The proxy that one of the variables names. The message repeats nothing of it: it may hold a password. */
const proxy = Effect.fnUntraced(function* (...names: ReadonlyArray<string>) {
  const set = yield* firstOf(...names)
  if (set === undefined) return undefined
  if (!knowsProxies(versions.node))
    return yield* mistake(set.name, `Node.js ${versions.node} knows no proxies: install 22.21, 24.5 or a newer one`)
  // Like curl, without a scheme it is HTTP.
  const url = URL.parse(set.value.includes("://") ? set.value : `http://${set.value}`)
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== ""
    ? url.href
    : yield* mistake(set.name, "is not the URL of an HTTP proxy, such as http://proxy.example.com:8080")
})

/** Whether the agents of this version of Node.js go through proxies: since 22.21, and in 24 since 24.5. */
export const knowsProxies = (nodeVersion: string): boolean => {
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number)
  return major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21)
}

const readBundle = Effect.fnUntraced(function* (name: string, file: string) {
  const bytes = yield* bytesOf(file).pipe(Effect.mapError((why) => mistake(name, `${file}: ${why}`)))
  const text = new TextDecoder().decode(bytes)
  return text.includes("-----BEGIN CERTIFICATE-----")
    ? text
    : yield* mistake(name, `${file} holds no certificate in PEM`)
})

/**
 * The one way out for every call, the credential chain's own included: one pool of sockets, through the proxy of
 * `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, trusting what `AWS_CA_BUNDLE` or else the profile's `ca_bundle` holds, as the
 * AWS CLI does. Instance and container metadata are asked directly by the SDK.
 */
export class HttpHandler extends Context.Service<HttpHandler, NodeHttpHandler>()("nightaudit/core/aws/HttpHandler") {
  /** Fails where a variable says something that cannot be used. `caBundle` is the profile's. */
  static readonly layer = (options: { readonly caBundle?: string | undefined } = {}) =>
    Layer.effect(
      HttpHandler,
      Effect.gen(function* () {
        // Lower case wins, as with curl.
        const httpProxy = yield* proxy("http_proxy", "HTTP_PROXY")
        const httpsProxy = yield* proxy("https_proxy", "HTTPS_PROXY")
        const noProxy = (yield* firstOf("no_proxy", "NO_PROXY"))?.value
        const variableBundle = yield* firstOf("AWS_CA_BUNDLE")
        const ca =
          variableBundle !== undefined
            ? yield* readBundle(variableBundle.name, variableBundle.value)
            : options.caBundle !== undefined
              ? yield* readBundle("ca_bundle of the AWS profile", options.caBundle)
              : undefined
        const agent = {
          keepAlive: true,
          maxSockets: 100,
          proxyEnv: {
            ...(httpProxy === undefined ? {} : { HTTP_PROXY: httpProxy }),
            ...(httpsProxy === undefined ? {} : { HTTPS_PROXY: httpsProxy }),
            ...(noProxy === undefined ? {} : { NO_PROXY: noProxyForNode(noProxy) })
          }
        }
        // A run has thousands of clients and few of them are busy.
        const handler = new NodeHttpHandler({
          connectionTimeout: 5_000,
          requestTimeout: 60_000,
          throwOnRequestTimeout: true,
          httpAgent: agent,
          httpsAgent: { ...agent, ...(ca === undefined ? {} : { ca }) }
        })
        yield* Effect.addFinalizer(() => Effect.sync(() => handler.destroy()))
        return handler
      })
    )
}
