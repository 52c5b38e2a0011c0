/**
 * `npm run test:cloud`: plans the real deployment offline and asserts what it makes; then creates what is planned on ministack,
 * an AWS emulator that is installed into `.venv-cloud`, and runs nights there, over the sample estate and over moto. Arguments go to
 * vitest.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { startMoto } from "./moto.ts"
import { runVitest } from "./runVitest.ts"
import { failAs, installVenv, withoutAws } from "./venv.ts"

const root = join(import.meta.dirname, "..")
const fail = failAs("test:cloud")

// Functions of one deployment go on in the emulator while the next is made, so each file of nights has an emulator of its own.
const parts = [
  ["test/stacks", "test/cloud/actions"],
  ["test/cloud/night"],
  ["test/cloud/alerts"],
  ["test/cloud/failures"],
  ["test/cloud/moto"]
]
if (process.argv.length === 2) {
  const codes = parts.map(
    (part) => spawnSync(process.execPath, [import.meta.filename, ...part], { stdio: "inherit" }).status
  )
  process.exit(codes.every((code) => code === 0) ? 0 : 1)
}

/** How long ministack may take until it answers. Its first start compiles hundreds of Python files. */
const startMillis = 120_000

const programs = installVenv({
  label: "test:cloud",
  what: "ministack",
  folder: ".venv-cloud/emulator",
  requirements: "test/cloud/requirements.txt"
})

const folder = mkdtempSync(join(tmpdir(), "nightaudit-cloud-"))
const surroundings = {
  ...withoutAws(),
  // Functions run on the `node` that comes first.
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
  AWS_REGION: "us-east-1",
  // An access key of twelve digits is the account, and this is the one that the plan is made for.
  AWS_ACCESS_KEY_ID: "123456789012",
  AWS_SECRET_ACCESS_KEY: "test",
  // When the sample's first night began, by this machine's clock.
  SAMPLE_BEGAN: String(Date.now()),
  EMULATOR_CLOCKS: join(folder, "clocks.json"),
  EMULATOR_MAIL: join(folder, "mail.jsonl")
}

writeFileSync(surroundings.EMULATOR_CLOCKS, JSON.stringify({ executions: 0, scheduler: 0 }))

/** Starts the emulator on a free port of its own choice, and waits until it answers. It ends with its standard input. */
const start = async (): Promise<{ readonly server: ChildProcess; readonly endpoint: string }> => {
  const deadline = Date.now() + startMillis
  const server = spawn(join(programs, "python"), [join(root, "test/cloud/server.py")], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...surroundings, LOG_LEVEL: process.env["LOG_LEVEL"] ?? "CRITICAL" }
  })
  const listening = await Promise.race([
    once(server.stdout, "data") as Promise<[Buffer]>,
    once(server, "exit").then(() => undefined),
    setTimeout(startMillis, undefined, { ref: false })
  ])
  if (listening === undefined) return fail("ministack did not start; its own message, if any, is above.")
  // Whatever else it prints is read, or it would wait for a reader.
  server.stdout.resume()
  const endpoint = `http://127.0.0.1:${listening[0].toString().split("\n")[0]?.trim()}`
  for (;;) {
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined)
    if (answer?.ok === true) return { server, endpoint }
    if (Date.now() > deadline) fail(`ministack did not answer at ${endpoint} within two minutes.`)
    await setTimeout(50)
  }
}

const { endpoint, server } = await start()
const moto = await startMoto("test:cloud")
process.on("exit", () => {
  server.kill()
  moto.server.kill()
})

await runVitest("test/stacks/vitest.config.ts", {
  ...surroundings,
  AWS_ENDPOINT_URL: endpoint,
  MOTO_ENDPOINT: moto.endpoint
})
