/** Runs a suite of vitest that needs something of its own, in the place of the script that has made it ready. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const root = join(import.meta.dirname, "..")
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs")

/** Runs the suite of a configuration, from the root of the repository, with the script's own arguments; ends the process with its exit code. */
export const runVitest = async (config: string, env: NodeJS.ProcessEnv = process.env): Promise<never> => {
  const tests = spawn(process.execPath, [vitest, "run", "--config", config, ...process.argv.slice(2)], {
    cwd: root,
    stdio: "inherit",
    env
  })
  // The terminal sends Ctrl-C to vitest as well, whose exit code ends this script.
  process.on("SIGINT", () => undefined)
  process.on("SIGTERM", () => tests.kill())
  const [code, signal] = (await once(tests, "exit")) as [number | null, string | null]
  process.exit(code ?? (signal === "SIGINT" ? 130 : 1))
}
