/** What goes wrong outside of the command: each is one clear line, the right exit code, and nothing lost that was there. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { hostname } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ScanResult } from "../../cli/ScanResult.ts"
import { layerSqlite } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { noDatapoints, serve, xml } from "../core/aws/loopback.ts"
import { aFinding, anOutcome, aRun, aScopeRecord, aTransition } from "../core/store/fixtures.ts"
import { type Ended, linesOf, nightaudit, temporaryFolder } from "./command.ts"

const keys = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "eu-west-1" }

const account = "111111111111"

/** One line, no stack, the exit code. */
const refused = ({ code, stderr, stdout }: Ended, expected: number, message: RegExp) => {
  assert.strictEqual(stdout, "")
  assert.strictEqual(linesOf(stderr).length, 1, stderr)
  assert.match(stderr, message)
  assert.notMatch(stderr, /\n\s+at /)
  assert.strictEqual(code, expected)
}

type Answer = (response: ServerResponse, form: URLSearchParams, request: IncomingMessage, body: string) => void

const html: Answer = (response) => {
  response.writeHead(200, { "content-type": "text/html" })
  response.end("<!doctype html><html><body><h1>Sign in to the guest network</h1></body></html>")
}

const error =
  (code: string, message: string, status = 403): Answer =>
  (response) =>
    xml(
      response,
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
      status
    )

const volume = (id: string) =>
  `<item><volumeId>${id}</volumeId><size>100</size><status>available</status><createTime>2026-01-01T00:00:00.000Z</createTime>` +
  `<volumeType>gp3</volumeType><iops>3000</iops><throughput>125</throughput><encrypted>true</encrypted>` +
  `<availabilityZone>eu-west-1a</availabilityZone><attachmentSet/><tagSet/></item>`

const volumes = (ids: ReadonlyArray<string>, next?: string) =>
  `<DescribeVolumesResponse><volumeSet>${ids.map(volume).join("")}</volumeSet>${next === undefined ? "" : `<nextToken>${next}</nextToken>`}</DescribeVolumesResponse>`

const standard: Readonly<Record<string, Answer>> = {
  GetCallerIdentity: (response) =>
    xml(
      response,
      `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::${account}:user/test</Arn><UserId>U</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
    ),
  AssumeRole: (response, form) =>
    xml(
      response,
      `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA${form.get("RoleArn")?.slice(13, 25)}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
    ),
  DescribeRegions: (response) =>
    xml(
      response,
      "<DescribeRegionsResponse><regionInfo><item><regionName>eu-west-1</regionName></item></regionInfo></DescribeRegionsResponse>"
    ),
  DescribeVolumes: (response) => xml(response, volumes(["vol-1", "vol-2"])),
  GetMetricData: (response, _form, _request, body) => noDatapoints(response, body),
  DescribeInstances: (response) =>
    xml(response, "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>"),
  DescribeSnapshots: (response) =>
    xml(response, "<DescribeSnapshotsResponse><snapshotSet/></DescribeSnapshotsResponse>")
}

/** An AWS with two unattached volumes in one region, some of whose answers are others. Yields what makes the command ask it. */
const aws = (answers: Readonly<Record<string, Answer>> = {}) =>
  Effect.map(
    serve((body, request, response) => {
      const form = new URLSearchParams(body)
      const action = form.get("Action") ?? String(request.headers["x-amz-target"] ?? "").split(".")[1] ?? ""
      const answer = answers[action] ?? answers["*"] ?? standard[action]
      if (answer === undefined)
        xml(
          response,
          `<Response><Errors><Error><Code>NotHere</Code><Message>${action}</Message></Error></Errors></Response>`,
          400
        )
      else answer(response, form, request, body)
    }),
    (url) => ({ ...keys, AWS_ENDPOINT_URL: url })
  )

const scanVolumes = ["scan", "--scans", "find_unused_volumes", "--format", "json"]

const resultOf = ({ stdout }: Ended): ScanResult => JSON.parse(stdout)

const openIds = (result: ScanResult) =>
  result.findings
    .filter(({ status }) => status === "open")
    .map(({ resource }) => resource.id)
    .sort()

describe("usage", () => {
  const cases: ReadonlyArray<readonly [name: string, args: ReadonlyArray<string>, message: RegExp]> = [
    ["account", ["--accounts", "1234"], /^--accounts: "1234": expected an account id of twelve digits/],
    ["region", ["--regions", "eu-wset-1"], /^--regions: there is no region "eu-wset-1"\. Did you mean eu-west-1\?\n$/],
    [
      "scan",
      ["--scans", "find_unused_volume"],
      /^--scans: there is no scan "find_unused_volume"\. Did you mean find_unused_volumes\?\n$/
    ],
    [
      "category",
      ["--categories", "clenup"],
      /^--categories: there is no category "clenup"\. Did you mean cleanup\?\n$/
    ],
    [
      "setting",
      ["--settings", "find_unused_volumes.idelDays=3"],
      /^--settings find_unused_volumes: there is no setting "idelDays"\. Did you mean idleDays\?\n$/
    ],
    [
      "value of a setting",
      ["--settings", "find_unused_volumes.idleDays=many"],
      /^--settings find_unused_volumes\.idleDays: expected a whole number from 1 to 200 \(days\)\n$/
    ],
    ["configuration file", ["--config", "nowhere.json"], /nowhere\.json: there is no such file\n$/],
    ["account of the sample", ["--sample", "--accounts", "999999999999"], /^There is no account "999999999999"\./],
    [
      "region of the sample",
      ["--sample", "--regions", "us-east-2"],
      /^There is no region "us-east-2"\. Did you mean us-east-1\?\n$/
    ]
  ]
  for (const [name, args, message] of cases) {
    it.effect(`unknown ${name}`, () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        refused(yield* nightaudit(folder, ["scan", ...args], { env: keys }), 2, message)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("unknown format, flag and command", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const format = yield* nightaudit(folder, ["scan", "--format", "jsn"])
      assert.strictEqual(format.code, 2)
      assert.strictEqual(format.stdout, "")
      assert.strictEqual(
        linesOf(format.stderr)[0],
        'Invalid value for flag --format: "jsn". Expected: table, json, csv or markdown. Did you mean json?'
      )
      const flag = yield* nightaudit(folder, ["scan", "--acounts", "1"])
      assert.deepStrictEqual(
        [flag.code, linesOf(flag.stderr)[0]],
        [2, "There is no flag --acounts. Did you mean --accounts?"]
      )
      const command = yield* nightaudit(folder, ["finding"])
      assert.deepStrictEqual([command.code, linesOf(command.stderr)[0]], [2, "Missing required argument: finding"])
      const none = yield* nightaudit(folder, ["scn"])
      assert.deepStrictEqual([none.code, linesOf(none.stderr)[0]], [2, 'There is no command "scn". Did you mean scan?'])
    }).pipe(Effect.scoped)
  )

  it.effect("a configuration with several mistakes names all of them, with their paths", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "nightaudit.config.jsonc")
      writeFileSync(
        file,
        `{ // three mistakes
          "accounts": ["12"], "regions": { "include": ["eu-west-11"] },
          "settings": { "find_unused_volumes": { "idleDays": 0 } }, }`
      )
      const { code, stderr, stdout } = yield* nightaudit(folder, ["scan"])
      assert.strictEqual(code, 2)
      assert.strictEqual(stdout, "")
      assert.deepStrictEqual(
        linesOf(stderr)
          .map((line) => line.replace(`${file}: `, "").split(":")[0])
          .sort(),
        ["accounts[0]", "regions.include[0]", "settings.find_unused_volumes.idleDays"]
      )
    }).pipe(Effect.scoped)
  )
})

describe("credentials", () => {
  it.effect("none", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      refused(
        yield* nightaudit(folder, ["scan"]),
        3,
        /^There are no usable AWS credentials\. Log in with `aws sso login`/
      )
    }).pipe(Effect.scoped)
  )

  it.effect("a profile that does not exist", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      refused(
        yield* nightaudit(folder, ["scan"], { env: { AWS_PROFILE: "nobody" } }),
        3,
        /^There are no usable AWS credentials: .*\[nobody\].* There is no AWS profile "nobody"\./
      )
    }).pipe(Effect.scoped)
  )

  it.effect("expired ones", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const env = yield* aws({
        GetCallerIdentity: error("ExpiredToken", "The security token included in the request is expired")
      })
      refused(yield* nightaudit(folder, scanVolumes, { env }), 3, /^The AWS credentials have expired\. Log in with/)
    }).pipe(Effect.scoped)
  )

  it.effect("ones that may not list the organisation", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const env = yield* aws({
        ListAccounts: (response) => {
          response.writeHead(400, { "content-type": "application/x-amz-json-1.1" })
          response.end(
            '{"__type":"AccessDeniedException","Message":"You don\'t have permissions to access this resource."}'
          )
        }
      })
      refused(
        yield* nightaudit(folder, [...scanVolumes, "--accounts", "organization"], { env }),
        4,
        /^organizations:ListAccounts.*denied.*see `nightaudit policy --scanner`\.\n$/
      )
    }).pipe(Effect.scoped)
  )

  it.effect("a role that cannot be assumed is a gap, and the other account is scanned", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const env = yield* aws({
        AssumeRole: (response, form, request, body) =>
          (form.get("RoleArn")?.includes("222222222222")
            ? error("AccessDenied", "not authorized to perform: sts:AssumeRole")
            : standard["AssumeRole"])?.(response, form, request, body)
      })
      const one = yield* nightaudit(folder, [...scanVolumes, "--accounts", "222222222222,333333333333"], { env })
      assert.strictEqual(one.code, 0, one.stderr)
      const result = resultOf(one)
      assert.deepStrictEqual(openIds(result), ["vol-1", "vol-2"])
      assert.deepStrictEqual(
        result.coverage.gaps.map(({ accounts, reason }) => [reason.code, ...accounts]),
        [["account_not_entered", "222222222222"]]
      )
      const none = yield* nightaudit(folder, [...scanVolumes, "--accounts", "222222222222"], { env })
      assert.strictEqual(none.code, 4)
      assert.strictEqual(resultOf(none).coverage.unavailable, 1)
      assert.match(none.stderr, /^Nothing was scanned: .*sts:AssumeRole/m)
    }).pipe(Effect.scoped)
  )
})

describe("endpoint", () => {
  it.effect("refuses connections", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const env = { ...keys, AWS_ENDPOINT_URL: "http://127.0.0.1:1" }
      refused(
        yield* nightaudit(folder, scanVolumes, { env }),
        2,
        /^sts:GetCallerIdentity.*not reachable \(ECONNREFUSED\)\. Check the network, HTTPS_PROXY and AWS_ENDPOINT_URL\.\n$/
      )
    }).pipe(Effect.scoped)
  )

  it.effect("answers HTML to everything", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const env = yield* aws({ "*": html })
      refused(
        yield* nightaudit(folder, scanVolumes, { env }),
        2,
        /^sts:GetCallerIdentity.*not an AWS answer.*Check the network, HTTPS_PROXY and AWS_ENDPOINT_URL\.\n$/
      )
    }).pipe(Effect.scoped)
  )

  it.effect("answers HTML to one list, or stops in the middle of a page: a gap, and what was found before stays", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const complete = yield* nightaudit(folder, scanVolumes, { env: yield* aws() })
      assert.strictEqual(complete.code, 0, complete.stderr)
      assert.deepStrictEqual(openIds(resultOf(complete)), ["vol-1", "vol-2"])

      const page = yield* nightaudit(folder, scanVolumes, { env: yield* aws({ DescribeVolumes: html }) })
      assert.strictEqual(page.code, 0)
      assert.deepStrictEqual(
        resultOf(page).outcomes.map(({ reason, status }) => [status, reason?.code]),
        [["unavailable", "malformed_answer"]]
      )
      assert.deepStrictEqual(openIds(resultOf(page)), ["vol-1", "vol-2"])

      const cut = yield* nightaudit(folder, [...scanVolumes, "--strict"], {
        env: yield* aws({
          DescribeVolumes: (response, form) =>
            form.get("NextToken") === null
              ? xml(response, volumes(["vol-1"], "2"))
              : xml(response, volumes(["vol-2"]).slice(0, -60))
        })
      })
      assert.strictEqual(cut.code, 5)
      assert.deepStrictEqual(
        resultOf(cut).outcomes.map(({ reason, status }) => [status, reason?.code]),
        [["partial", "malformed_answer"]]
      )
      assert.deepStrictEqual(openIds(resultOf(cut)), ["vol-1", "vol-2"])

      const gone = yield* nightaudit(folder, scanVolumes, {
        env: yield* aws({ DescribeVolumes: (response) => xml(response, volumes(["vol-1"])) })
      })
      assert.deepStrictEqual(openIds(resultOf(gone)), ["vol-1"])
      assert.deepStrictEqual(
        resultOf(gone)
          .findings.filter(({ status }) => status === "resolved")
          .map(({ resolved, resource }) => [resource.id, resolved?.reason]),
        [["vol-2", "resource_deleted"]]
      )
    }).pipe(Effect.scoped)
  )
})

describe("store", () => {
  const fileIn = (folder: string) => {
    mkdirSync(join(folder, ".nightaudit"))
    return join(folder, ".nightaudit/audit.db")
  }

  it.effect("is not a database", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = fileIn(folder)
      writeFileSync(file, "Dear diary, today I found a volume.\n".repeat(100))
      for (const command of [["scan"], ["findings"], ["runs"], ["coverage"]]) {
        refused(yield* nightaudit(folder, command, { env: keys }), 2, /^The store .*audit\.db is not a database\./)
      }
      assert.match(readFileSync(file, "utf8"), /^Dear diary/)
    }).pipe(Effect.scoped)
  )

  it.live("is from a newer version", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = fileIn(folder)
      yield* Effect.provide(
        Effect.flatMap(Store, (store) => store.putRun(aRun())),
        layerSqlite(file)
      )
      const db = new DatabaseSync(file)
      db.exec("PRAGMA user_version = 99; PRAGMA journal_mode = DELETE")
      db.close()
      const before = readFileSync(file)
      refused(
        yield* nightaudit(folder, ["scan"], { env: keys }),
        2,
        /^The store .* was written by a newer version of nightaudit/
      )
      assert.isTrue(before.equals(readFileSync(file)))
    }).pipe(Effect.scoped)
  )

  it.live("is locked", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = fileIn(folder)
      const store = layerSqlite(file)
      yield* Effect.provide(
        Effect.flatMap(Store, (store) => store.writeTransitions([aTransition(aFinding())])),
        store
      )
      const db = new DatabaseSync(file)
      db.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE")
      refused(yield* nightaudit(folder, ["findings"]), 2, /^The store .* is locked by another process/)
      db.exec("ROLLBACK")
      db.close()
      assert.strictEqual((yield* nightaudit(folder, ["findings", "--format", "json"])).code, 0)
    }).pipe(Effect.scoped)
  )

  it.live("is being written by another scan", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const running = aRun({ process: { host: hostname(), pid: process.pid }, startedAt: new Date().toISOString() })
      yield* Effect.provide(
        Effect.flatMap(Store, (store) => store.putRun(running)),
        layerSqlite(fileIn(folder))
      )
      refused(
        yield* nightaudit(folder, scanVolumes, { env: yield* aws() }),
        2,
        new RegExp(`^Another scan \\(pid ${process.pid}, run ${running.id}\\) is running on this store\\.`)
      )
    }).pipe(Effect.scoped)
  )

  it.live("has a run whose process is gone: it is left as it is, and a new one starts", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = fileIn(folder)
      yield* Effect.gen(function* () {
        const store = yield* Store
        yield* store.putRun(
          aRun({ process: { host: hostname(), pid: 2 ** 22 + 1 }, startedAt: new Date().toISOString() })
        )
        yield* store.putScope(aScopeRecord({ outcomes: [anOutcome()] }))
      }).pipe(Effect.provide(layerSqlite(file)))
      const { code, stderr } = yield* nightaudit(folder, scanVolumes, { env: yield* aws() })
      assert.strictEqual(code, 0, stderr)
      assert.match(stderr, new RegExp(`^Run ${aRun().id} was cut off and is left as it is; starting anew\\.`))
      const runs = JSON.parse((yield* nightaudit(folder, ["runs", "--format", "json"])).stdout).runs
      assert.deepStrictEqual(
        runs.map(({ status }: { status: string }) => status),
        ["complete", "interrupted"]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("cannot be made where it should be", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      writeFileSync(join(folder, "file"), "")
      refused(
        yield* nightaudit(folder, ["scan", "--store", "file/audit.db"], { env: keys }),
        2,
        /^The store .*file\/audit\.db/
      )
      chmodSync(join(folder, "file"), 0o644)
    }).pipe(Effect.scoped)
  )
})
