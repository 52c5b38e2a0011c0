import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { IssuerConfig } from "../../core/config/mcp.ts"
import { makeCallerOf } from "../../mcp/http/authenticate.ts"
import { type Answer, type Ask, call, entry, initialize, nobody, who } from "./entry.ts"
import { confused, makeIssuer, newKey, signed, unsigned } from "./issuer.ts"

const bearing = (token: string, asked: Ask = call("whoami")): Ask => ({
  ...asked,
  headers: { ...asked.headers, authorization: `Bearer ${token}` }
})

const challengeOf = ({ headers }: Answer): string => String(headers["www-authenticate"])

/** An entry that takes the tokens of an issuer. */
const withIssuer = Effect.fnUntraced(function* (config: Partial<IssuerConfig> = {}) {
  const issuer = yield* makeIssuer
  const served = yield* entry({ mcp: { ...nobody, issuer: { url: issuer.url, audience: ["nightaudit"], ...config } } })
  const [key] = issuer.state.keys
  assert.isDefined(key)
  return { ...served, issuer, key: key!, token: (claims: object = {}) => signed(key!, issuer.claims(claims)) }
})

describe("tokens", () => {
  it.effect("lets in the owner of a good one, who sees everything where no claim is configured", () =>
    Effect.gen(function* () {
      const { send, token } = yield* withIssuer()
      const answer = yield* send(bearing(token()))
      assert.strictEqual(answer.status, 200)
      assert.deepInclude(who(answer), { name: "alice", accounts: null })
      const session = yield* send(bearing(token(), { body: initialize }))
      assert.strictEqual(session.status, 200)
    })
  )

  it.effect("refuses all others with where to get one, and without a word of what is in it", () =>
    Effect.gen(function* () {
      const { issuer, key, logged, port, send, token } = yield* withIssuer({ clientIds: ["desk"] })
      const now = Math.floor(Date.now() / 1000)
      const claims = issuer.claims({ client_id: "desk" })
      const [head, , signature] = signed(key, claims).split(".")
      const others = Buffer.from(JSON.stringify({ ...claims, sub: "mallory" })).toString("base64url")
      const refused: Record<string, [string, string]> = {
        "signed by another key of the same name": [signed(newKey(key.kid), claims), "is not valid"],
        "signed by a key that the issuer has not": [signed(newKey("other"), claims), "is not valid"],
        "changed afterwards": [`${head}.${others}.${signature}`, "is not valid"],
        expired: [signed(key, { ...claims, exp: now - 1 }), "has expired"],
        "good for ever": [signed(key, { ...claims, exp: undefined }), "no expiration"],
        "not good yet": [signed(key, { ...claims, nbf: now + 600 }), "is not valid"],
        "for another audience": [signed(key, { ...claims, aud: ["mail", "files"] }), "not made for this server"],
        "for no audience": [signed(key, { ...claims, aud: undefined }), "not made for this server"],
        "for another client": [signed(key, { ...claims, client_id: "phone" }), "another client"],
        "of another issuer": [signed(key, { ...claims, iss: "https://evil.example.com" }), "another issuer"],
        "signed by nobody": [unsigned(key, claims), "is not valid"],
        "signed by nobody, with something in its place": [unsigned(key, claims, "AAAA"), "is not valid"],
        "signed with the public key as a secret": [confused(key, claims), "is not valid"],
        "without the name of a key": [signed(key, claims, { kid: undefined }), "is not valid"],
        "no token": ["mallory", "is not valid"]
      }
      for (const [what, [sent, why]] of Object.entries(refused)) {
        for (const asked of [call("whoami"), { body: initialize }]) {
          const answer = yield* send(bearing(sent, asked))
          assert.strictEqual(answer.status, 401, what)
          assert.include(
            challengeOf(answer),
            `resource_metadata="http://127.0.0.1:${port}/.well-known/oauth-protected-resource/mcp"`,
            what
          )
          assert.strictEqual(answer.message.error, "invalid_token")
          assert.include(answer.message.error_description, why, what)
          const told = answer.text + JSON.stringify(answer.headers)
          for (const secret of [sent, "mallory", "alice", "phone", "evil", "files"])
            assert.notInclude(told, secret, what)
        }
      }
      for (const authorization of ["", "Basic YTpi", "Bearer", `Token ${token()}`]) {
        const answer = yield* send({ ...call("whoami"), headers: { ...call("whoami").headers, authorization } })
        assert.strictEqual(answer.status, 401, authorization)
      }
      assert.strictEqual((yield* send(call("whoami"))).status, 401)
      assert.strictEqual((yield* send({ path: "/mcp" })).status, 401)
      assert.strictEqual((yield* send({ method: "DELETE", headers: { "mcp-session-id": "x" } })).status, 401)
      assert.strictEqual((yield* send(bearing(token({ client_id: "desk" })))).status, 200)
      assert.strictEqual((yield* send(bearing(token({ azp: "desk" })))).status, 200)
      assert.deepStrictEqual(logged, [])
    })
  )

  it.effect("asks for every scope, whichever way the issuer writes them", () =>
    Effect.gen(function* () {
      const { send, token } = yield* withIssuer({ scopes: ["nightaudit/read", "nightaudit/ask"] })
      for (const claims of [{}, { scope: "nightaudit/read" }, { scp: ["nightaudit/read", "nightaudit/asking"] }]) {
        const answer = yield* send(bearing(token(claims)))
        assert.strictEqual(answer.status, 403)
        assert.include(challengeOf(answer), 'error="insufficient_scope"')
        assert.include(challengeOf(answer), 'scope="nightaudit/read nightaudit/ask"')
      }
      for (const claims of [
        { scope: "openid nightaudit/ask nightaudit/read" },
        { scp: ["nightaudit/read", "nightaudit/ask"] },
        { scp: "nightaudit/read nightaudit/ask" }
      ])
        assert.strictEqual((yield* send(bearing(token(claims)))).status, 200)
    })
  )

  it.effect("shows the accounts that the claim names, and none where it names none", () =>
    Effect.gen(function* () {
      const { send, token } = yield* withIssuer({ accountsClaim: "nightaudit:accounts" })
      const as = (value: unknown) => send(bearing(token({ "nightaudit:accounts": value })))
      const both = ["111111111111", "222222222222"]
      for (const value of [
        ["222222222222", "111111111111"],
        "222222222222,111111111111",
        " 111111111111  222222222222 "
      ])
        assert.deepStrictEqual(who(yield* as(value)).accounts, both)
      for (const value of ["*", ["111111111111", "*"]]) assert.isNull(who(yield* as(value)).accounts)
      const refused = [
        undefined,
        null,
        "",
        [],
        ["1111"],
        "111111111111,all",
        111111111111,
        [111111111111],
        { a: "*" },
        true
      ]
      for (const value of refused) {
        const answer = yield* as(value)
        assert.strictEqual(answer.status, 403, JSON.stringify(value))
        assert.include(answer.message.error.message, "names no account")
      }
      // What every object has is no claim.
      const { send: sendOther, token: other } = yield* withIssuer({ accountsClaim: "constructor" })
      assert.strictEqual((yield* sendOther(bearing(other()))).status, 403)
    })
  )

  it.effect("takes another word for every account", () =>
    Effect.gen(function* () {
      const { send, token } = yield* withIssuer({ accountsClaim: "acc", allAccountsValue: "every" })
      assert.isNull(who(yield* send(bearing(token({ acc: "every" })))).accounts)
      assert.strictEqual((yield* send(bearing(token({ acc: "*" })))).status, 403)
    })
  )

  it.effect("reads the issuer's keys once, however many ask and whatever they send", () =>
    Effect.gen(function* () {
      const { issuer, send, token } = yield* withIssuer()
      yield* Effect.forEach(Array.from({ length: 20 }), () => send(bearing(token())), { concurrency: 20 })
      assert.deepInclude(issuer.state, { discoveries: 1, keyReads: 1 })
      for (let i = 0; i < 20; i++) yield* send(bearing(signed(newKey(`unknown-${i}`), issuer.claims())))
      assert.deepInclude(issuer.state, { discoveries: 1, keyReads: 2 })
      assert.strictEqual((yield* send(bearing(token()))).status, 200)
    })
  )

  it.effect("trusts a key that was withdrawn for an hour at most", () =>
    Effect.gen(function* () {
      const { issuer, send, token } = yield* withIssuer()
      assert.strictEqual((yield* send(bearing(token()))).status, 200)
      const next = newKey("next")
      issuer.state.keys = [next]
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual((yield* send(bearing(token()))).status, 200)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* send(bearing(token()))).status, 401)
      assert.strictEqual((yield* send(bearing(signed(next, issuer.claims())))).status, 200)
    })
  )

  it.effect("calls no token wrong while the issuer does not answer, and asks it again after ten seconds", () =>
    Effect.gen(function* () {
      const { issuer, logged, send, token } = yield* withIssuer()
      issuer.state.isUp = false
      const answer = yield* send(bearing(token()))
      assert.strictEqual(answer.status, 503)
      assert.strictEqual(answer.headers["retry-after"], "10")
      assert.include(answer.message.error.message, "keys could not be read")
      issuer.state.isUp = true
      assert.strictEqual((yield* send(bearing(token()))).status, 503)
      assert.strictEqual(issuer.state.discoveries, 0)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* send(bearing(token()))).status, 200)
      // Known keys outlive an hour in which the issuer is away.
      issuer.state.isUp = false
      yield* TestClock.adjust("2 hours")
      assert.strictEqual((yield* send(bearing(token()))).status, 200)
      assert.deepStrictEqual(logged, [])
    })
  )

  it.effect("believes no discovery document of another issuer", () =>
    Effect.gen(function* () {
      const { issuer, send, token } = yield* withIssuer()
      issuer.state.name = "https://evil.example.com"
      assert.strictEqual((yield* send(bearing(token()))).status, 503)
      yield* TestClock.adjust("10 seconds")
      issuer.state.name = `${issuer.url}/`
      assert.strictEqual((yield* send(bearing(token({ iss: `${issuer.url}/` })))).status, 200)
    })
  )
})

describe("API keys", () => {
  const hashed = (key: string) => createHash("sha256").update(key).digest("hex")
  const apiKeys = [
    { name: "report", sha256: hashed("of-the-report"), accounts: ["222222222222", "111111111111"] },
    { name: "all", sha256: hashed("of-all") }
  ]

  it.effect("lets in who has one, and shows its accounts", () =>
    Effect.gen(function* () {
      const { send } = yield* entry({ mcp: { ...nobody, apiKeys } })
      const report = yield* send(bearing("of-the-report"))
      assert.deepInclude(who(report), { name: "API key report", accounts: ["111111111111", "222222222222"] })
      assert.deepInclude(who(yield* send(bearing("of-all"))), { name: "API key all", accounts: null })
      for (const asked of [call("whoami"), bearing("of-nobody"), bearing(hashed("of-all")), bearing("of-all2")]) {
        const answer = yield* send(asked)
        assert.strictEqual(answer.status, 401)
        assert.notInclude(challengeOf(answer), "resource_metadata")
        assert.notInclude(answer.text, "of-")
      }
      assert.strictEqual((yield* send({ path: "/.well-known/oauth-protected-resource" })).status, 404)
    })
  )

  it.effect("stands beside an issuer, whose scopes and claims are not asked of it", () =>
    Effect.gen(function* () {
      const issuer = yield* makeIssuer
      const config = { url: issuer.url, audience: ["nightaudit"], scopes: ["read"], accountsClaim: "accounts" }
      const { send } = yield* entry({ mcp: { ...nobody, apiKeys, issuer: config } })
      assert.strictEqual(who(yield* send(bearing("of-all"))).name, "API key all")
      assert.strictEqual(issuer.state.discoveries, 0)
      assert.strictEqual((yield* send(bearing("of-nobody"))).status, 401)
    })
  )
})

describe("makeCallerOf", () => {
  const asking = { headers: new Headers(), url: new URL("http://127.0.0.1/mcp") }

  it.effect("lets anybody ask on loopback alone, unless AWS checks in front", () =>
    Effect.gen(function* () {
      for (const host of ["127.0.0.1", "localhost", "::1"]) {
        const callerOf = yield* makeCallerOf({ mcp: nobody, host, trustAws: false })
        assert.deepInclude(yield* Effect.promise(() => callerOf(asking)), { name: "local", accounts: null })
      }
      for (const host of ["0.0.0.0", "::", "192.168.1.4", "localhost.example.com", "127.0.0.1.example.com"]) {
        const error = yield* Effect.flip(makeCallerOf({ mcp: nobody, host, trustAws: false }))
        assert.strictEqual(
          error.message,
          `anybody who reaches ${host} could ask: configure mcp.issuer or mcp.apiKeys, or listen on 127.0.0.1`
        )
      }
      const behindAws = yield* makeCallerOf({ mcp: nobody, host: "0.0.0.0", trustAws: true })
      const awsPrincipal = "arn:aws:iam::111111111111:user/alice"
      assert.deepInclude(yield* Effect.promise(() => behindAws({ ...asking, awsPrincipal })), { name: awsPrincipal })
      assert.deepInclude(yield* Effect.promise(() => behindAws(asking)), { name: "AWS IAM" })
    })
  )

  it.effect("still wants the key that is configured where AWS checks too", () =>
    Effect.gen(function* () {
      const mcp = { ...nobody, apiKeys: [{ name: "a", sha256: "00".repeat(32) }] }
      const callerOf = yield* makeCallerOf({ mcp, host: "0.0.0.0", trustAws: true })
      const refused = yield* Effect.promise(() => callerOf({ ...asking, awsPrincipal: "alice" }))
      assert.strictEqual((refused as Response).status, 401)
    })
  )

  it.effect("knows no toolset that does not exist", () =>
    Effect.gen(function* () {
      const mcp = { ...nobody, toolsets: ["core", "cleanups"] }
      const error = yield* Effect.flip(makeCallerOf({ mcp, host: "127.0.0.1", trustAws: false }))
      assert.match(error.message, /^mcp\.toolsets: There is no toolset "cleanups"\. Did you mean cleanup\?/)
    })
  )
})

describe("toolsets", () => {
  it.effect("are taken from the path or else the header, and never beyond what the operator offers", () =>
    Effect.gen(function* () {
      const { send } = yield* entry({ mcp: { ...nobody, toolsets: ["core", "cleanup"] } })
      const asked = (path: string, header?: string) =>
        send({
          ...call("whoami"),
          path,
          headers: { ...call("whoami").headers, ...(header === undefined ? {} : { "x-nightaudit-toolsets": header }) }
        })
      const everything = who(yield* asked("/mcp")).tools
      const core = who(yield* asked("/mcp/core")).tools
      const cleanup = who(yield* asked("/mcp/cleanup")).tools
      assert.isAbove(core, 0)
      assert.isAbove(cleanup, core)
      assert.strictEqual(everything, cleanup)
      assert.strictEqual(who(yield* asked("/mcp", " core ")).tools, core)
      assert.strictEqual(who(yield* asked("/mcp/core%2Ccleanup/")).tools, cleanup)
      assert.strictEqual(who(yield* asked("/mcp/core", "cleanup")).tools, core)
      assert.strictEqual(who(yield* asked("/mcp/all")).tools, everything)
      for (const answer of [
        yield* asked("/mcp/network"),
        yield* asked("/mcp", "core,network"),
        yield* asked("/mcp/core,network")
      ]) {
        assert.strictEqual(answer.status, 400)
        assert.strictEqual(answer.message.error.code, -32602)
        assert.match(
          answer.message.error.message,
          /There is no toolset "network" here\. There are: all, core, cleanup\./
        )
      }
      for (const path of ["/mcp/%", "/mcp/__proto__", "/mcp/core/../network", "/mcp/%00"])
        assert.include([400, 404], (yield* asked(path)).status, path)
    })
  )
})
