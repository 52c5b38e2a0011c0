/**
 * `npm run test:exports`: installs the public validators of FOCUS and OCSF into `.venv-exports`, and runs `test/exports`, which holds the
 * exports of the sample against them. Arguments go to vitest.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { installVenv } from "./venv.ts"

const root = join(import.meta.dirname, "..")

const programs = installVenv({
  label: "test:exports",
  what: "focus-validator and ocsf-json-schema",
  folder: ".venv-exports",
  requirements: "test/exports/requirements.txt",
  minor: 12,
  isWhole: true
})

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs")
const tests = spawn(
  process.execPath,
  [vitest, "run", "--config", "test/exports/vitest.config.ts", ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit", env: { ...process.env, VALIDATORS: programs } }
)
// The terminal sends Ctrl-C to vitest as well, whose exit code ends this script.
process.on("SIGINT", () => undefined)
process.on("SIGTERM", () => tests.kill())
const [code, signal] = (await once(tests, "exit")) as [number | null, string | null]
process.exit(code ?? (signal === "SIGINT" ? 130 : 1))
