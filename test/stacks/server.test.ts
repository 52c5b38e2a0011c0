/** The always-on server as a process with exactly the environment that is planned for it, over the emulator's table. */
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { mkdtempSync, readdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { afterEach, assert, beforeAll, describe, it } from "vitest"
import { tableDefinition } from "../../core/store/dynamo/dynamoTable.ts"
import { buildCommandLine } from "../../scripts/build.ts"
import { type Planned, plannedStage } from "./planned.ts"

const root = new URL("../..", import.meta.url).pathname
const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/nightaudit:1"
const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
const issuer = { url: "https://login.example.com/tenant", clientIds: ["app"] }
const key = "a-key-of-a-robot"
const apiKeys = [{ name: "robot", sha256: createHash("sha256").update(key).digest("hex") }]

const emulator = Object.fromEntries(
  ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map((name) => [name, process.env[name] ?? ""])
)
const built = mkdtempSync(join(tmpdir(), "nightaudit-server-"))
const ended: Array<() => void> = []

/** What the image starts, by its Dockerfile. */
const command: ReadonlyArray<string> = JSON.parse(
  /^CMD (\[.*\])$/m.exec(readFileSync(join(root, "Dockerfile"), "utf8"))?.[1] ?? "[]"
)

const runtimeOf = (plan: Planned) => plan.inputs("AgentcoreAgentRuntime", "Runtime")

const taskEnvironment = (plan: Planned): Record<string, string> => {
  const [{ environment }] = JSON.parse(plan.inputs("TaskDefinition", "McpServerTask")["containerDefinitions"])
  return Object.fromEntries(environment.map(({ name, value }: any) => [name, value]))
}

/** Starts the bundle as planned, on a free port. What it runs in gives it credentials and, on Fargate, its region. */
const start = async (args: ReadonlyArray<string>, environment: Readonly<Record<string, string>>) => {
  const port = args.indexOf("--port") + 1
  const child = spawn(process.execPath, [join(built, "nightaudit.js"), ...args.with(port, "0")], {
    cwd: tmpdir(),
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...environment, ...emulator }
  })
  ended.push(() => child.kill())
  let said = ""
  const serving = new Promise<string>((resolve) => {
    child.stderr.on("data", (chunk: Buffer) => {
      said += String(chunk)
      const bound = /:(\d+)\/mcp/.exec(said)?.[1]
      if (bound !== undefined) resolve(bound)
    })
  })
  const bound = await Promise.race([serving, once(child, "exit").then(() => undefined)])
  if (bound === undefined) throw new Error(`the server did not start: ${said}`)
  return `http://127.0.0.1:${bound}`
}

const ask = async (address: string, headers: Readonly<Record<string, string>> = {}) => {
  const response = await fetch(`${address}/mcp`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "summarize_savings", arguments: {} }
    })
  })
  return { status: response.status, text: await response.text() }
}

beforeAll(async () => {
  await buildCommandLine(built)
  assert.include(readdirSync(built), "nightaudit.js")
  await new DynamoDBClient({})
    .send(
      new CreateTableCommand({
        ...(tableDefinition as any),
        TableName: plannedStage("production").inputs("Table", "StoreTable")["name"]
      })
    )
    .catch((error: Error) => assert.strictEqual(error.name, "ResourceInUseException"))
})
afterEach(() => ended.splice(0).forEach((end) => end()))

/** An empty store says so; an error of the server would be something else. */
const answered = /No audit has run|no totals yet/i

describe("the always-on server", () => {
  it("on AgentCore answers whom IAM lets in, from its image and from its zip", async () => {
    const container = runtimeOf(plannedStage("production", { deploy: { runtime: "agentcore", image } }))
    const zip = runtimeOf(plannedStage("production", { deploy: { runtime: "agentcore-zip" } }))
    const [script, ...entry] = zip["agentRuntimeArtifact"].codeConfiguration.entryPoints
    assert.strictEqual(script, "nightaudit.js")
    for (const [args, runtime] of [
      [command, container],
      [entry, zip]
    ] as const) {
      const address = await start(args, runtime["environmentVariables"])
      assert.strictEqual((await fetch(`${address}/ping`)).status, 200)
      const { status, text } = await ask(address)
      assert.strictEqual(status, 200, text)
      assert.match(text, answered)
    }
  })

  it("on AgentCore with an issuer wants its tokens", async () => {
    const plan = plannedStage("production", { mcp: { issuer }, deploy: { runtime: "agentcore", image } })
    const address = await start(command, runtimeOf(plan)["environmentVariables"])
    assert.strictEqual((await fetch(`${address}/ping`)).status, 200)
    assert.strictEqual((await ask(address)).status, 401)
  })

  it("on Fargate is found well by the load balancer, and answers who has a key", async () => {
    const plan = plannedStage("production", {
      mcp: { apiKeys },
      deploy: { runtime: "fargate", image, certificateArn }
    })
    const address = await start(command, { ...taskEnvironment(plan), AWS_REGION: "us-east-1" })
    assert.strictEqual((await fetch(`${address}/ping`)).status, 200)
    assert.strictEqual((await ask(address)).status, 401)
    const { status, text } = await ask(address, { authorization: `Bearer ${key}` })
    assert.strictEqual(status, 200, text)
    assert.match(text, answered, text)
  })
})
