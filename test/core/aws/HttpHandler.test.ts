/** The way out: through a proxy, trusting a company's certificate, for every call there is. */
import { DescribeVolumesCommand, EC2Client } from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createHash } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { createServer as createProxy } from "node:http"
import { createServer as createTlsServer } from "node:https"
import { type AddressInfo, connect } from "node:net"
import { join } from "node:path"
import { AwsTarget, RetrySchedule, send } from "../../../core/aws/Aws.ts"
import { CallLedger } from "../../../core/aws/CallLedger.ts"
import { Credentials } from "../../../core/aws/Credentials.ts"
import { HttpHandler, knowsProxies } from "../../../core/aws/HttpHandler.ts"
import { noProxyForNode } from "../../../core/aws/noProxy.ts"
import { operation } from "../../../core/aws/operation.ts"
import { Transport } from "../../../core/aws/Transport.ts"
import * as Schedule from "effect/Schedule"
import { account, awsLayer } from "../../datasets/harness.ts"
import { certificate, key } from "./certificate.ts"
import { configured, folder, keys, withEnvironment } from "./environment.ts"
import { given, identity, isAssumeRole } from "./sts.ts"

const describeVolumes = operation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes")

const volumes =
  "<DescribeVolumesResponse><volumeSet><item><volumeId>vol-1</volumeId></item></volumeSet></DescribeVolumesResponse>"

const listening = (server: ReturnType<typeof createProxy> | ReturnType<typeof createTlsServer>) =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as AddressInfo).port)))
    }),
    () =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )

/** A proxy behind which every name is one server, over TLS and over HTTP, and what it was asked for. */
const world = Effect.gen(function* () {
  const asked: Array<string> = []
  const passwords: Array<string | undefined> = []
  const answer = (body: string, path: string): string => {
    if (path.startsWith("/federation/credentials"))
      return JSON.stringify({
        roleCredentials: {
          accessKeyId: "ASIASSO",
          secretAccessKey: "s",
          sessionToken: "t",
          expiration: 4_070_908_800_000
        }
      })
    if (path === "/token") return JSON.stringify({ accessToken: "new", expiresIn: 3600 })
    const form = new URLSearchParams(body)
    return isAssumeRole(form) ? given() : form.get("Action") === "GetCallerIdentity" ? identity : volumes
  }
  const handle: Parameters<typeof createProxy>[1] = (request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk) => chunks.push(chunk))
    request.on("end", () => {
      const url = request.url ?? ""
      if (url.startsWith("http:")) asked.push(url.replace(/\/$/, ""))
      response.end(answer(Buffer.concat(chunks).toString(), url.split("?")[0] ?? ""))
    })
  }
  const aws = yield* listening(createTlsServer({ key, cert: certificate }, handle))
  const proxy = createProxy(handle)
  proxy.on("connect", (request, socket, head) => {
    asked.push(request.url ?? "")
    passwords.push(request.headers["proxy-authorization"])
    const tunnel = connect(aws, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n")
      tunnel.write(head)
      tunnel.pipe(socket)
      socket.pipe(tunnel)
    })
    // Either side may be gone first.
    tunnel.on("error", () => socket.destroy())
    socket.on("error", () => tunnel.destroy())
  })
  const proxyUrl = `127.0.0.1:${yield* listening(proxy)}`
  const path = yield* folder
  const bundle = join(path, "company.pem")
  writeFileSync(bundle, certificate)
  return { asked, passwords, proxyUrl, bundle, path }
})

type Variables = Readonly<Record<string, string>>

const handlerOf = (variables: Variables, caBundle?: string) =>
  HttpHandler.layer({ caBundle }).pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(variables))))

/** Asks EC2 in eu-west-1 for a volume. */
const volumeThrough = (variables: Variables, caBundle?: string) =>
  send(describeVolumes, {}).pipe(
    Effect.map(({ Volumes }) => Volumes?.[0]?.VolumeId),
    Effect.mapError(({ message }) => message),
    Effect.provide(
      awsLayer(
        Transport.layerSdk.pipe(
          Layer.provide([
            Layer.mock(Credentials, {
              provider: () => Promise.resolve({ accessKeyId: "AKIATEST", secretAccessKey: "secret" })
            }),
            Layer.orDie(handlerOf(variables, caBundle))
          ])
        )
      )
    ),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(variables)),
    Effect.provideService(AwsTarget, { account, region: "eu-west-1", partition: "aws" }),
    Effect.provideServiceEffect(CallLedger, CallLedger.make()),
    Effect.provideService(RetrySchedule, Schedule.recurs(0))
  )

/** Asks who the caller is and enters another account, with what an environment gives. */
const enterThrough = (environment: Variables, variables: Variables, profile?: string) =>
  withEnvironment(
    environment,
    Effect.flatMap(Credentials, (credentials) => credentials.session("222222222222", { roleName: "scanner" })).pipe(
      Effect.provide(
        Credentials.layer({ homeRegion: "eu-west-1", profile }).pipe(Layer.provide(Layer.orDie(handlerOf(variables))))
      )
    )
  )

describe("HttpHandler", () => {
  for (const name of ["HTTPS_PROXY", "https_proxy"]) {
    it.effect(`sends calls through the proxy of ${name}, and trusts AWS_CA_BUNDLE`, () =>
      Effect.gen(function* () {
        const { asked, bundle, proxyUrl } = yield* world
        const volume = yield* volumeThrough({ [name]: `http://${proxyUrl}`, AWS_CA_BUNDLE: bundle })
        assert.strictEqual(volume, "vol-1")
        assert.deepStrictEqual(asked, ["ec2.eu-west-1.amazonaws.com:443"])
      }).pipe(Effect.scoped)
    )
  }

  it.effect("takes a proxy without a scheme, shows it its password, and trusts the profile's bundle", () =>
    Effect.gen(function* () {
      const { bundle, passwords, proxyUrl } = yield* world
      assert.strictEqual(yield* volumeThrough({ HTTPS_PROXY: `me:pass@${proxyUrl}` }, bundle), "vol-1")
      assert.deepStrictEqual(passwords, [`Basic ${Buffer.from("me:pass").toString("base64")}`])
    }).pipe(Effect.scoped)
  )

  it.effect("trusts no certificate of a proxy unasked, and says what to set", () =>
    Effect.gen(function* () {
      const { proxyUrl } = yield* world
      assert.match(
        yield* Effect.flip(volumeThrough({ HTTPS_PROXY: proxyUrl })),
        /^ec2:DescribeVolumes in 111111111111\/eu-west-1: not reachable: its certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\).*AWS_CA_BUNDLE/
      )
    }).pipe(Effect.scoped)
  )

  it.effect("says that the proxy refused, and what the proxy said", () =>
    Effect.gen(function* () {
      const proxy = createProxy()
      proxy.on("connect", (_request, socket) =>
        socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nConnection: close\r\n\r\n")
      )
      const port = yield* listening(proxy)
      assert.match(yield* Effect.flip(volumeThrough({ HTTPS_PROXY: `127.0.0.1:${port}` })), /not reachable: .*407/)
    }).pipe(Effect.scoped)
  )

  it.effect("sends plain HTTP through HTTP_PROXY, and what NO_PROXY names past it", () =>
    Effect.gen(function* () {
      const { asked, proxyUrl } = yield* world
      const direct = yield* world
      const emulator = `http://${direct.proxyUrl}`
      assert.strictEqual(yield* volumeThrough({ HTTP_PROXY: proxyUrl, AWS_ENDPOINT_URL: emulator }), "vol-1")
      assert.deepStrictEqual(asked, [emulator])
      const past = { HTTP_PROXY: proxyUrl, NO_PROXY: "localhost,127.0.0.1", AWS_ENDPOINT_URL: emulator }
      assert.strictEqual(yield* volumeThrough(past), "vol-1")
      assert.deepStrictEqual(asked, [emulator])
    }).pipe(Effect.scoped)
  )

  it.effect("is how STS is asked", () =>
    Effect.gen(function* () {
      const { asked, bundle, proxyUrl } = yield* world
      yield* enterThrough(keys, { HTTPS_PROXY: proxyUrl, AWS_CA_BUNDLE: bundle })
      assert.deepStrictEqual([...new Set(asked)], ["sts.eu-west-1.amazonaws.com:443"])
    }).pipe(Effect.scoped)
  )

  it.effect("is how the credential chain assumes the role of a profile", () =>
    Effect.gen(function* () {
      const { asked, bundle, path, proxyUrl } = yield* world
      const config = [
        "[profile base]",
        "aws_access_key_id = AKIABASE",
        "aws_secret_access_key = s",
        "[profile work]",
        "role_arn = arn:aws:iam::111111111111:role/work",
        "source_profile = base",
        "region = eu-north-1"
      ]
      const environment = configured(path, config.join("\n"))
      yield* enterThrough(environment, { HTTPS_PROXY: proxyUrl, AWS_CA_BUNDLE: bundle }, "work")
      assert.deepStrictEqual([...new Set(asked)].sort(), [
        "sts.eu-north-1.amazonaws.com:443",
        "sts.eu-west-1.amazonaws.com:443"
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("is how an SSO session is renewed and used, in the session's own region", () =>
    Effect.gen(function* () {
      const { asked, bundle, path, proxyUrl } = yield* world
      // The SDK renews a session of one name once in 30 s, and test files share its memory: no other has this name.
      const session = "proxied"
      const config = [
        `[sso-session ${session}]`,
        "sso_start_url = https://company.awsapps.com/start",
        "sso_region = eu-north-1",
        "[profile sso]",
        `sso_session = ${session}`,
        "sso_account_id = 111111111111",
        "sso_role_name = audit"
      ]
      const environment = configured(path, config.join("\n"))
      const cache = join(path, ".aws", "sso", "cache")
      mkdirSync(cache, { recursive: true })
      writeFileSync(
        join(cache, `${createHash("sha1").update(session).digest("hex")}.json`),
        JSON.stringify({
          accessToken: "old",
          expiresAt: new Date(Date.now() - 60_000).toISOString(),
          clientId: "c",
          clientSecret: "s",
          refreshToken: "r"
        })
      )
      yield* enterThrough(environment, { HTTPS_PROXY: proxyUrl, AWS_CA_BUNDLE: bundle }, "sso")
      assert.deepStrictEqual(
        [...new Set(asked)],
        [
          "oidc.eu-north-1.amazonaws.com:443",
          "portal.sso.eu-north-1.amazonaws.com:443",
          "sts.eu-west-1.amazonaws.com:443"
        ]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("names the variable that says something that cannot be used, and never the password in it", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const empty = join(path, "empty.pem")
      writeFileSync(empty, "")
      const cases: ReadonlyArray<readonly [Variables, string | undefined, string, RegExp]> = [
        [{ HTTPS_PROXY: "socks5://me:pass@p:1" }, undefined, "HTTPS_PROXY", /is not the URL of an HTTP proxy/],
        [{ http_proxy: "http://" }, undefined, "http_proxy", /is not the URL of an HTTP proxy/],
        [
          { AWS_CA_BUNDLE: join(path, "nowhere.pem") },
          undefined,
          "AWS_CA_BUNDLE",
          /nowhere\.pem: there is no such file/
        ],
        [{ AWS_CA_BUNDLE: empty }, undefined, "AWS_CA_BUNDLE", /empty\.pem holds no certificate in PEM/],
        [{}, path, "ca_bundle of the AWS profile", /is a directory, not a file/],
        [{ AWS_CA_BUNDLE: "/dev/zero" }, undefined, "AWS_CA_BUNDLE", /is a device, not a file/]
      ]
      for (const [variables, caBundle, file, message] of cases) {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(handlerOf(variables, caBundle))))
        assert.strictEqual(error.file, file)
        assert.match(error.problems[0]?.message ?? "", message)
        assert.notInclude(error.problems[0]?.message ?? "", "pass@")
      }
    }).pipe(Effect.scoped)
  )

  it("takes NO_PROXY as curl and the AWS CLI do", () => {
    const cases: ReadonlyArray<readonly [given: string, node: string]> = [
      ["amazonaws.com", "amazonaws.com,.amazonaws.com"],
      ["localhost:4566 internal, .svc", "localhost:4566,.localhost:4566,internal,.internal,.svc"],
      ["*", "*"],
      ["*.example.com", "*.example.com"],
      ["127.0.0.1,10.0.0.1:80", "127.0.0.1,10.0.0.1:80"],
      ["10.1.2.3/8,192.168.7.0/24", "10.0.0.0-10.255.255.255,192.168.7.0-192.168.7.255"],
      ["10.0.0.0-10.0.0.9", "10.0.0.0-10.0.0.9"],
      ["0.0.0.0/0", "0.0.0.0-255.255.255.255"],
      ["10.0.0.0/33,::1", "10.0.0.0/33,::1"]
    ]
    for (const [given, node] of cases) assert.strictEqual(noProxyForNode(given), node, given)
  })

  it.effect("goes past the proxy to a network of NO_PROXY", () =>
    Effect.gen(function* () {
      const { asked, proxyUrl } = yield* world
      const direct = yield* world
      const variables = { HTTP_PROXY: proxyUrl, AWS_ENDPOINT_URL: `http://${direct.proxyUrl}` }
      assert.strictEqual(yield* volumeThrough({ ...variables, NO_PROXY: "10.0.0.0/8,127.0.0.0/8" }), "vol-1")
      assert.deepStrictEqual(asked, [])
    }).pipe(Effect.scoped)
  )

  it("knows which versions of Node.js go through proxies", () => {
    const versions = ["20.20.2", "22.20.0", "22.21.0", "23.11.1", "24.4.1", "24.5.0", "24.21.0", "26.0.0"]
    assert.deepStrictEqual(
      versions.filter((version) => knowsProxies(version)),
      ["22.21.0", "24.5.0", "24.21.0", "26.0.0"]
    )
  })

  it.effect("refuses a proxy that this Node.js would not use", () =>
    Effect.gen(function* () {
      const { value } = Object.getOwnPropertyDescriptor(process.versions, "node") ?? {}
      const as = (version: string) =>
        Effect.sync(() => Object.defineProperty(process.versions, "node", { value: version }))
      yield* as("22.19.0")
      const error = yield* Effect.flip(Effect.scoped(Layer.build(handlerOf({ HTTPS_PROXY: "http://p:1" })))).pipe(
        Effect.ensuring(as(value))
      )
      assert.strictEqual(error.file, "HTTPS_PROXY")
      assert.match(error.problems[0]?.message ?? "", /^Node\.js 22\.19\.0 knows no proxies: install 22\.21/)
    })
  )
})
