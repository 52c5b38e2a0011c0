/** `npm run test:aws`: installs moto into `.venv`, starts it, and runs `test/aws` against it. Arguments go to vitest. */
import { type ChildProcess, spawn, spawnSync, type SpawnSyncReturns } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { setTimeout } from "node:timers/promises"

const root = join(import.meta.dirname, "..")
const requirements = join(root, "test/aws/requirements.txt")
const environment = join(root, ".venv")
const python = join(environment, process.platform === "win32" ? "Scripts/python.exe" : "bin/python")
const marker = join(environment, "nightaudit-requirements.sha256")

/** How long moto may take until it answers. Its first start compiles thousands of Python files. */
const startMillis = 60_000

const fail = (message: string): never => {
  console.error(`test:aws: ${message}`)
  process.exit(1)
}

const lastLine = ({ error, stderr, stdout }: SpawnSyncReturns<string>): string =>
  error?.message ?? `${stdout}\n${stderr}`.trim().split("\n").at(-1) ?? ""

const run = (command: string, args: ReadonlyArray<string>) => spawnSync(command, args, { encoding: "utf8" })

/** Makes `.venv` hold what the requirements name; does nothing when it already does. */
const install = () => {
  const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex")
  const works = existsSync(python) && run(python, ["-c", ""]).status === 0
  if (works && existsSync(marker) && readFileSync(marker, "utf8") === wanted) return

  if (!works) {
    const version = run("python3", ["-c", "import sys; print(sys.version_info >= (3, 10))"])
    if (version.error !== undefined) {
      fail("Python 3 is needed for moto, and there is no python3 (on Debian: apt-get install python3 python3-venv).")
    }
    if (version.stdout.trim() !== "True") fail("python3 is too old for moto: it needs Python 3.10 or newer.")
    const made = run("python3", ["-m", "venv", "--clear", environment])
    if (made.status !== 0) {
      fail(`python3 could not make ${environment} (on Debian: apt-get install python3-venv): ${lastLine(made)}`)
    }
  }
  console.error("test:aws: installing moto into .venv, once")
  const installed = run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements])
  if (installed.status !== 0) fail(`pip could not install test/aws/requirements.txt: ${lastLine(installed)}`)
  writeFileSync(marker, wanted)
}

/** Starts the emulator on a free port of its own choice, and waits until it answers. It ends with its standard input. */
const start = async (): Promise<{ readonly server: ChildProcess; readonly endpoint: string }> => {
  const deadline = Date.now() + startMillis
  const server = spawn(python, [join(root, "test/aws/server.py")], { stdio: ["pipe", "pipe", "inherit"] })
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

install()
const { endpoint, server } = await start()
process.on("exit", () => server.kill())
// The terminal sends Ctrl-C to vitest as well, whose exit code ends this script.
process.on("SIGINT", () => undefined)

const surroundings = Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"))
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs")
const tests = spawn(
  process.execPath,
  [vitest, "run", "--config", "test/aws/vitest.config.ts", ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...Object.fromEntries(surroundings),
      // Never a real account: these are the only credentials that the tests and the commands they start can find.
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing",
      AWS_SESSION_TOKEN: "testing",
      AWS_REGION: "us-east-1",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_EC2_METADATA_DISABLED: "true"
    }
  }
)
process.on("SIGTERM", () => tests.kill())
const [code, signal] = (await once(tests, "exit")) as [number | null, string | null]
process.exit(code ?? (signal === "SIGINT" ? 130 : 1))
