/**
 * Who asks over HTTP: the owner of a token of the configured issuer, a machine with an API key, whom AWS has let in, or, on
 * loopback alone, anybody. Knows nothing of a server: the same for Node and for Lambda.
 */
import { createHash, timingSafeEqual } from "node:crypto"
import {
  type AuthInfo,
  bearerAuthChallengeResponse,
  getOAuthProtectedResourceMetadataUrl,
  OAuthError,
  OAuthErrorCode,
  verifyBearerToken
} from "@modelcontextprotocol/server"
import { JwtVerifier } from "aws-jwt-verify"
import { FetchError, JwtExpiredError, JwtInvalidAudienceError, JwtInvalidIssuerError } from "aws-jwt-verify/error"
import { SimpleJwksCache } from "aws-jwt-verify/jwk"
import type { JwtPayload } from "aws-jwt-verify/jwt-model"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { ConfigError } from "../../core/config/ConfigError.ts"
import type { IssuerConfig, McpConfig } from "../../core/config/mcp.ts"
import { AccountId } from "../../core/Scope.ts"
import type { Caller } from "../Caller.ts"
import { claimValues } from "../lambda/accountsHeader.ts"
import { toolNames, toolsetsIn, UnknownToolset } from "../toolsets.ts"
import { refusal } from "./refusal.ts"

/** What an entry knows of a request before it reads its body. */
export interface Asking {
  readonly headers: Headers
  readonly url: URL
  /** Whom AWS says it has let in, where it checks in front of us. */
  readonly awsPrincipal?: string | undefined
}

/** Who asks, without what is asked for. */
type Principal = Pick<Caller, "accounts" | "name">

/** Says who asks, or gives the answer that refuses. It never rejects. */
type Authenticate = (asking: Asking) => Promise<Principal | Response>

/** Says who asks and for which tools, or gives the answer that refuses. */
export type CallerOf = (asking: Asking) => Promise<Caller | Response>

/** How long an issuer's keys are trusted before they are read again: a key that it has withdrawn is good for no longer. */
const keysMillis = 3_600_000

/** How long an issuer that did not answer is left alone. */
const retryMillis = 10_000

/** How long an issuer may take to answer. */
const issuerMillis = 5_000

/** Larger than any discovery document or set of keys. */
const maxDocumentBytes = 1_048_576

const loopbackNames = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/

/** Whether only this machine reaches what listens there. */
export const isLoopback = (host: string): boolean => loopbackNames.test(host)

const isSecure = (url: URL): boolean =>
  url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))

const withoutSlash = (url: string): string => url.replace(/\/$/, "")

/** The issuer's documents could not be read; no token is right or wrong for that. */
class IssuerUnreachable extends Error {}

const read = async (uri: string): Promise<ArrayBuffer> => {
  // A document that is elsewhere is not the issuer's word.
  const response = await fetch(uri, { redirect: "error", signal: AbortSignal.timeout(issuerMillis) })
  if (!response.ok || response.body === null) throw new IssuerUnreachable()
  const chunks: Array<Uint8Array> = []
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += chunk.length
    if (bytes > maxDocumentBytes) throw new IssuerUnreachable()
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks)).buffer
}

interface Verifier {
  readonly verify: (token: string) => Promise<JwtPayload>
}

/** Reads the issuer's discovery document and its keys. */
const discover = async (issuer: IssuerConfig): Promise<Verifier> => {
  const document: unknown = JSON.parse(
    new TextDecoder().decode(await read(`${withoutSlash(issuer.url)}/.well-known/openid-configuration`))
  )
  const { issuer: name, jwks_uri: jwksUri } = (document ?? {}) as Record<string, unknown>
  // Some issuers name themselves with a slash at the end that nobody writes.
  if (typeof name !== "string" || withoutSlash(name) !== withoutSlash(issuer.url)) throw new IssuerUnreachable()
  if (typeof jwksUri !== "string" || !URL.canParse(jwksUri) || !isSecure(new URL(jwksUri)))
    throw new IssuerUnreachable()
  const verifier = JwtVerifier.create(
    { issuer: name, audience: issuer.audience === undefined ? null : [...issuer.audience], jwksUri },
    // Its own fetcher takes only https.
    { jwksCache: new SimpleJwksCache({ fetcher: { fetch: read } }) }
  )
  await verifier.hydrate()
  return verifier
}

/** The issuer's verifier, kept for an hour, and for as long as the issuer does not answer. */
const verifierOf = (issuer: IssuerConfig, now: () => number) => {
  let known: { readonly verifier: Verifier; readonly at: number } | undefined
  let pending: Promise<Verifier> | undefined
  let failedAt = Number.NEGATIVE_INFINITY
  const renew = async (): Promise<Verifier> => {
    try {
      const verifier = await discover(issuer)
      known = { verifier, at: now() }
      return verifier
    } catch {
      failedAt = now()
      if (known === undefined) throw new IssuerUnreachable()
      return known.verifier
    } finally {
      pending = undefined
    }
  }
  return async (): Promise<Verifier> => {
    if (known !== undefined && now() - known.at < keysMillis) return known.verifier
    if (pending === undefined && now() - failedAt < retryMillis) {
      if (known === undefined) throw new IssuerUnreachable()
      return known.verifier
    }
    return (pending ??= renew())
  }
}

const invalid = (message: string): OAuthError => new OAuthError(OAuthErrorCode.InvalidToken, message)

/** Why a token is refused, without a word of what is in it. */
const whyRefused = (error: unknown): Error => {
  if (error instanceof IssuerUnreachable || error instanceof FetchError) return new IssuerUnreachable()
  if (error instanceof JwtExpiredError) return invalid("The token has expired")
  if (error instanceof JwtInvalidAudienceError) return invalid("The token was not made for this server")
  if (error instanceof JwtInvalidIssuerError) return invalid("The token is of another issuer")
  return invalid("The token is not valid")
}

const isAccountId = Schema.is(AccountId)

/** The accounts that a token's claim names; null for all, undefined where it names none that can be read. */
const accountsOf = (
  payload: JwtPayload,
  { accountsClaim, allAccountsValue = "*" }: IssuerConfig
): ReadonlyArray<string> | null | undefined => {
  if (accountsClaim === undefined) return null
  const values = Object.hasOwn(payload, accountsClaim) ? claimValues(payload[accountsClaim]) : []
  if (values.includes(allAccountsValue)) return null
  return values.length > 0 && values.every(isAccountId) ? [...new Set(values)].sort() : undefined
}

const noAccounts = () =>
  refusal(403, -32000, "The token names no account whose results may be shown; ask whoever issues the tokens")

const keyOf = (text: string): Buffer => createHash("sha256").update(text).digest()

/** Lets in whom the issuer or a key vouches for. */
const bearerOf = ({ apiKeys, issuer }: Pick<McpConfig, "apiKeys" | "issuer">, now: () => number): Authenticate => {
  const keys = apiKeys.map((key) => ({ ...key, hash: Buffer.from(key.sha256, "hex") }))
  const verifier = issuer === undefined ? undefined : verifierOf(issuer, now)

  const withKey = (token: string): Principal | undefined => {
    const hash = keyOf(token)
    // Every key is compared, so that the time tells nothing of which one it was.
    const [key] = keys.filter((key) => timingSafeEqual(key.hash, hash))
    return key === undefined ? undefined : { name: `API key ${key.name}`, accounts: key.accounts?.toSorted() ?? null }
  }

  const verifyAccessToken = async (token: string): Promise<AuthInfo> => {
    const info = { token: "", clientId: "" }
    const principal = withKey(token)
    // A key has no scopes and does not expire: whoever configured it has decided.
    if (principal !== undefined)
      return { ...info, scopes: [...(issuer?.scopes ?? [])], expiresAt: Infinity, extra: { principal } }
    if (issuer === undefined || verifier === undefined) throw invalid("The key is not known")
    const payload = await verifier()
      .then((known) => known.verify(token))
      .catch((error: unknown) => {
        throw whyRefused(error)
      })
    const clients = [payload["client_id"], payload["azp"]].filter(Predicate.isString)
    if (issuer.clientIds !== undefined && !clients.some((client) => issuer.clientIds?.includes(client)))
      throw invalid("The token was made for another client")
    const scopes = [...claimValues(payload.scope), ...claimValues(payload["scp"])].filter(Predicate.isString)
    const accounts = accountsOf(payload, issuer)
    const name = payload.sub ?? clients[0] ?? "a token without a name"
    return {
      ...info,
      scopes,
      ...(payload.exp === undefined ? {} : { expiresAt: payload.exp }),
      extra: { principal: accounts === undefined ? undefined : { name, accounts } }
    }
  }

  return async ({ headers, url }) => {
    const options = {
      verifier: { verifyAccessToken },
      requiredScopes: [...(issuer?.scopes ?? [])],
      ...(issuer === undefined ? {} : { resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resourceOf(url)) })
    }
    try {
      const { extra } = await verifyBearerToken(headers.get("authorization"), options)
      return (extra?.["principal"] as Principal | undefined) ?? noAccounts()
    } catch (error) {
      if (!(error instanceof IssuerUnreachable)) return bearerAuthChallengeResponse(error, options)
      return refusal(503, -32000, "The issuer's keys could not be read, so no token can be checked; try again", {
        "retry-after": String(retryMillis / 1000)
      })
    }
  }
}

/** The URL that this server is known by: encrypted wherever more than this machine reaches it. */
export const resourceOf = (url: URL): URL =>
  new URL(`${isLoopback(url.hostname) ? "http" : "https"}://${url.host}${url.pathname}`)

const mistake = (message: string) => new ConfigError({ file: null, problems: [{ path: "", message }] })

/** The header that names toolsets, separated by commas, where the path names none. */
const toolsetsHeader = "x-nightaudit-toolsets"

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The toolsets that a request asks for: by its path, or else its header. */
const toolsetsOf = ({ headers, url }: Asking): ReadonlyArray<string> => {
  const inPath = /^\/mcp\/(.+?)\/?$/.exec(url.pathname)?.[1]
  return toolsetsIn(inPath === undefined ? (headers.get(toolsetsHeader) ?? "") : decoded(inPath))
}

/**
 * How callers are told apart at an address, and the tools that they ask for within what the operator offers. Fails with a
 * line for the operator where a toolset does not exist, and where anybody could ask: beyond loopback something must be
 * configured, or AWS must check in front of us.
 */
export const makeCallerOf = Effect.fn("makeCallerOf")(function* (options: {
  readonly mcp: Pick<McpConfig, "apiKeys" | "issuer" | "toolsets"> & Partial<Pick<McpConfig, "writes">>
  /** Where the server listens. */
  readonly host: string
  /** AWS has checked the caller's IAM identity before a request comes here. */
  readonly trustAws: boolean
}): Effect.fn.Return<CallerOf, ConfigError> {
  const { host, mcp, trustAws } = options
  const writes = mcp.writes === true
  const clock = yield* Effect.clockWith(Effect.succeed)
  const offered = yield* Effect.try({
    try: () => toolNames([], mcp.toolsets, { writes }),
    catch: (error) => mistake(`mcp.toolsets: ${(error as UnknownToolset).message}`)
  })

  const authenticate = (): Authenticate | undefined => {
    if (mcp.issuer !== undefined || mcp.apiKeys.length > 0) return bearerOf(mcp, () => clock.currentTimeMillisUnsafe())
    if (trustAws) return async ({ awsPrincipal }) => ({ name: awsPrincipal ?? "AWS IAM", accounts: null })
    return isLoopback(host) ? async () => ({ name: "local", accounts: null }) : undefined
  }
  const whoAsks = authenticate()
  if (whoAsks === undefined) {
    return yield* mistake(
      `anybody who reaches ${host} could ask: configure mcp.issuer or mcp.apiKeys, or listen on 127.0.0.1`
    )
  }

  return async (asking) => {
    const principal = await whoAsks(asking)
    if (principal instanceof Response) return principal
    try {
      const asked = toolsetsOf(asking)
      return { ...principal, tools: asked.length === 0 ? offered : toolNames(asked, mcp.toolsets, { writes }) }
    } catch (error) {
      if (error instanceof UnknownToolset) return refusal(400, -32602, error.message)
      throw error
    }
  }
})
