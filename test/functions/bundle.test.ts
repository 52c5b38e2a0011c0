import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { spawn } from "node:child_process"
import { assert, afterAll, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layerDynamo } from "../../core/store/dynamo/dynamo.ts"
import {
  bytesOf,
  clientsIn,
  filesIn,
  type FunctionBundle,
  functionBundle,
  writeBundle
} from "../../scripts/functions.ts"
import { bundling } from "../../stacks/bundling.ts"
import { keepOpening } from "../../query/reportLink.ts"
import { dynamoTable, tableName } from "../core/store/dynamoLayer.ts"
import { fillEstate, httpEvent, myFinding, request, requestOfCall, theirFinding } from "./estate.ts"
import { contextOf } from "./gateway.ts"

const folder = mkdtempSync(join(tmpdir(), "nightaudit-functions-"))
let file: string
let mcp: FunctionBundle

beforeAll(async () => {
  mcp = await functionBundle("mcp")
  file = writeBundle(mcp, "mcp", folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What is in no function that only answers from the store. */
const foreign =
  /^(scans\/[\w-]+\/|datasets\/|sample\/|workflows\/(steps\/|engine)|cli\/|test\/|audit\/(index|ScanRegistry|judge|auditScope)\.ts)/

/** Imports a module in a new process and gives what its handler answers to each event. */
const ask = (
  environment: Readonly<Record<string, string>>,
  asked: ReadonlyArray<readonly [event: unknown, context: unknown]>,
  module = file
): Promise<{ readonly answers: ReadonlyArray<any>; readonly stderr: string; readonly code: number | null }> =>
  new Promise((resolve, reject) => {
    const runner = `
      import { writeFileSync } from "node:fs"
      const { handler } = await import(${JSON.stringify(pathToFileURL(module).href)})
      const answers = []
      for (const [event, context] of ${JSON.stringify(asked)}) answers.push(await handler(event, context))
      writeFileSync(3, JSON.stringify(answers))
      process.exit()`
    const child = spawn(process.execPath, ["--input-type=module", "-e", runner], {
      env: { PATH: process.env["PATH"] ?? "", AWS_REGION: "eu-west-1", ...environment },
      stdio: ["ignore", "ignore", "pipe", "pipe"]
    })
    const [, , errors, results] = child.stdio as any
    let said = ""
    let stderr = ""
    results.on("data", (chunk: Buffer) => (said += chunk))
    errors.on("data", (chunk: Buffer) => (stderr += chunk))
    child.on("error", reject)
    child.on("close", (code) => resolve({ answers: said === "" ? [] : JSON.parse(said), stderr, code }))
  })

describe("the bundle of the assistant's function", () => {
  it("has no scan, nothing that reads AWS for one, and no client of the SDK", () => {
    const files = filesIn(mcp)
    assert.include(files, "mcp/server.ts")
    assert.deepStrictEqual(
      files.filter((file) => foreign.test(file)),
      []
    )
    assert.deepStrictEqual(clientsIn(mcp), [])
  })

  // Unzipped, with all that is loaded on demand. Each scan adds 2 kB of words.
  it("is below 1,000 kB with its names kept, and has one validator of JSON Schema, the smaller", () => {
    assert.isTrue(bundling.esbuild.keepNames)
    assert.isBelow(bytesOf(mcp), 1_000_000)
    const validators = filesIn(mcp).filter((file) => /(ajv|cfWorker)Provider/.test(file))
    assert.strictEqual(validators.length, 1)
    assert.match(validators[0] ?? "", /cfWorkerProvider/)
  })

  it("answers a gateway and HTTP from the table", async () => {
    const program = Effect.gen(function* () {
      const calls = yield* dynamoTable
      yield* fillEstate.pipe(Effect.provide(layerDynamo({ tableName, calls })))
      const environment = {
        NIGHTAUDIT_TABLE: tableName,
        NIGHTAUDIT_MACHINE: "arn:aws:states:eu-west-1:111122223333:stateMachine:nightly",
        ...Object.fromEntries(
          ["SCAN", "SETTLE", "SUM", "RECORDFAILURE"].map((step) => [`NIGHTAUDIT_STEP_${step}`, step.toLowerCase()])
        ),
        NIGHTAUDIT_MCP: JSON.stringify({ freshnessHours: 1e6 }),
        AWS_ENDPOINT_URL: calls.endpoint,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test"
      }
      return yield* Effect.promise(() =>
        ask(environment, [
          [{}, contextOf("nightaudit___search_findings")],
          [{}, contextOf("nightaudit___find_unused_volumes")],
          [httpEvent(request("tools/list")), {}],
          [httpEvent(requestOfCall("search_findings")), {}],
          [httpEvent({ path: "/health" }), {}]
        ])
      )
    })
    const { answers, code, stderr } = await Effect.runPromise(Effect.scoped(program))
    assert.strictEqual(code, 0, stderr)
    const [search, scan, list, call, health] = answers
    const ids = [myFinding.id, theirFinding.id].sort()
    const idsIn = ({ structuredContent: { findings } }: any) =>
      findings.map(({ id }: { readonly id: string }) => id).sort()
    assert.deepStrictEqual(idsIn(search), ids)
    assert.deepStrictEqual(idsIn(scan), ids)
    const { tools } = JSON.parse(list.body).result
    assert.isTrue(tools.some(({ name }: { readonly name: string }) => name === "find_unused_volumes"))
    assert.deepStrictEqual(idsIn(JSON.parse(call.body).result), ids)
    assert.strictEqual(health.statusCode, 200)
  })

  it("says in a line what it was not told", async () => {
    const { code, stderr } = await ask({}, [])
    assert.strictEqual(code, 1)
    assert.include(stderr, "NIGHTAUDIT_TABLE: is not set: it is the name of the store's DynamoDB table")
  })
})

describe("the bundle of the function that opens reports", () => {
  it("sends whoever has a link on to the object, and says nothing to anybody else", async () => {
    const module = writeBundle(await functionBundle("openReport"), "openReport", join(folder, "open"))
    const token = "AbCdEfGhIjKlMnOpQrStUvWxYz012-_9"
    const program = Effect.gen(function* () {
      const calls = yield* dynamoTable
      const until = new Date(Date.now() + 3_600_000)
      yield* keepOpening(token, "reports/one.html", until).pipe(Effect.provide(layerDynamo({ tableName, calls })))
      const environment = {
        NIGHTAUDIT_TABLE: tableName,
        NIGHTAUDIT_REPORTS: "reports-bucket",
        AWS_ENDPOINT_URL_DYNAMODB: calls.endpoint,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test"
      }
      const event = (rawPath: unknown, method = "GET") =>
        [{ rawPath, requestContext: { http: { method } } }, {}] as const
      return yield* Effect.promise(() =>
        ask(
          environment,
          [
            event(`/${token}`),
            event(`/${token.replace("A", "B")}`),
            event(undefined),
            event(`/${token}`, "HEAD"),
            event(`/${token}`, "POST"),
            [{}, {}]
          ],
          module
        )
      )
    })
    const { answers, code, stderr } = await Effect.runPromise(Effect.scoped(program))
    assert.strictEqual(code, 0, stderr)
    assert.deepStrictEqual(
      answers.map(({ statusCode }) => statusCode),
      [302, 404, 404, 200, 405, 405]
    )
    const [{ headers }] = answers
    assert.match(
      headers.location,
      /^https:\/\/reports-bucket\.s3\.eu-west-1\.amazonaws\.com\/reports\/one\.html\?.*X-Amz-Signature=/
    )
    assert.deepStrictEqual([headers["cache-control"], headers["referrer-policy"]], ["no-store", "no-referrer"])
    for (const { body, headers } of answers.slice(1)) {
      assert.notMatch(body, /bucket|reports\//)
      assert.notProperty(headers, "location")
    }
  })
})

describe("the other functions' bundles", () => {
  it("are only what they need: the interceptor has no package", async () => {
    const interceptor = await functionBundle("interceptor")
    assert.deepStrictEqual(filesIn(interceptor).toSorted(), [
      "functions/interceptor.ts",
      "mcp/lambda/accountsHeader.ts"
    ])
    assert.isBelow(bytesOf(interceptor), 3000)
  })

  it("are those of the steps, which know nothing of the assistant", async () => {
    for (const step of ["settle", "plan"]) {
      const files = filesIn(await functionBundle(step))
      assert.include(files, `workflows/steps/${step}.ts`)
      assert.deepStrictEqual(
        files.filter((file) => file.startsWith("mcp/")),
        [],
        step
      )
    }
  })
})
