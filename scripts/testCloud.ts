/** `npm run test:cloud`: plans the real deployment offline and asserts what it makes. Arguments go to vitest. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const root = join(import.meta.dirname, "..")
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs")
const tests = spawn(
  process.execPath,
  [vitest, "run", "--config", "test/stacks/vitest.config.ts", ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit" }
)
// The terminal sends Ctrl-C to vitest as well, whose exit code ends this script.
process.on("SIGINT", () => undefined)
process.on("SIGTERM", () => tests.kill())
const [code] = await once(tests, "exit")
process.exit(code ?? 1)
