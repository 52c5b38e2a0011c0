/** An OpenID Connect issuer on loopback: discovery, keys, and tokens of any making. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"

interface Key {
  readonly kid: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export const newKey = (kid: string): Key => ({ kid, ...generateKeyPairSync("ec", { namedCurve: "P-256" }) })

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

/** A token with any header and claims. */
export const signed = (key: Key, claims: object, header: object = {}): string => {
  const input = `${part({ alg: "ES256", typ: "JWT", kid: key.kid, ...header })}.${part(claims)}`
  const signature = sign("sha256", Buffer.from(input), { key: key.privateKey, dsaEncoding: "ieee-p1363" })
  return `${input}.${signature.toString("base64url")}`
}

/** Says that nobody has signed it. */
export const unsigned = (key: Key, claims: object, signature = ""): string =>
  `${part({ alg: "none", kid: key.kid })}.${part(claims)}.${signature}`

/** Signed with the public key, as if that were a secret of both. */
export const confused = (key: Key, claims: object): string => {
  const input = `${part({ alg: "HS256", kid: key.kid })}.${part(claims)}`
  const secret = key.publicKey.export({ type: "spki", format: "pem" })
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`
}

/** The issuer; `keys` may be exchanged, and `isUp` turned off. */
export const makeIssuer = Effect.acquireRelease(
  Effect.promise(async () => {
    const state = {
      keys: [newKey("first")],
      isUp: true,
      discoveries: 0,
      keyReads: 0,
      name: undefined as string | undefined
    }
    const server = createServer(({ url: path }, answer) => {
      if (!state.isUp) return void answer.writeHead(500).end()
      if (path === "/.well-known/openid-configuration") {
        state.discoveries++
        return void answer.end(JSON.stringify({ issuer: state.name ?? url, jwks_uri: `${url}/keys` }))
      }
      state.keyReads++
      const keys = state.keys.map(({ kid, publicKey }) => ({
        ...publicKey.export({ format: "jwk" }),
        kid,
        use: "sig",
        alg: "ES256"
      }))
      return void answer.end(JSON.stringify({ keys }))
    })
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return {
      url,
      state,
      /** Claims of a token that is good for an hour, and others over them. */
      claims: (others: object = {}) => {
        const now = Math.floor(Date.now() / 1000)
        return { iss: url, sub: "alice", aud: "nightaudit", exp: now + 3600, iat: now, ...others }
      },
      close: () => {
        server.close()
        server.closeAllConnections()
      }
    }
  }),
  ({ close }) => Effect.sync(close)
)
