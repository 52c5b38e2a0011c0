/** `npm run test:aws`: installs moto into `.venv`, starts it, and runs `test/aws` against it. Arguments go to vitest. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { failAs, installVenv, withoutAws } from "./venv.ts"

const root = join(import.meta.dirname, "..")

/** How long moto may take until it answers. Its first start compiles thousands of Python files. */
const startMillis = 60_000

const fail = failAs("test:aws")
const programs = installVenv({
  label: "test:aws",
  what: "moto",
  folder: ".venv",
  requirements: "test/aws/requirements.txt"
})

/** Starts the emulator on a free port of its own choice, and waits until it answers. It ends with its standard input. */
const start = async (): Promise<{ readonly server: ChildProcess; readonly endpoint: string }> => {
  const deadline = Date.now() + startMillis
  const server = spawn(join(programs, "python"), [join(root, "test/aws/server.py")], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  const listening = await Promise.race([
    once(server.stdout, "data") as Promise<[Buffer]>,
    once(server, "exit").then(() => undefined),
    setTimeout(startMillis, undefined, { ref: false })
  ])
  if (listening === undefined) return fail("moto did not start; its own message, if any, is above.")
  const endpoint = `http://127.0.0.1:${listening[0].toString().trim()}`
  for (;;) {
    const answer = await fetch(`${endpoint}/moto-api/data.json`).catch(() => undefined)
    if (answer?.ok === true) return { server, endpoint }
    if (Date.now() > deadline) fail(`moto did not answer at ${endpoint} within a minute.`)
    await setTimeout(50)
  }
}

const { endpoint, server } = await start()
process.on("exit", () => server.kill())
// The terminal sends Ctrl-C to vitest as well, whose exit code ends this script.
process.on("SIGINT", () => undefined)

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs")
const tests = spawn(
  process.execPath,
  [vitest, "run", "--config", "test/aws/vitest.config.ts", ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...withoutAws(),
      // Never a real account: these are the only credentials that the tests and the commands they start can find.
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing",
      AWS_SESSION_TOKEN: "testing",
      AWS_REGION: "us-east-1"
    }
  }
)
process.on("SIGTERM", () => tests.kill())
const [code, signal] = (await once(tests, "exit")) as [number | null, string | null]
process.exit(code ?? (signal === "SIGINT" ? 130 : 1))
