/**
 * `npm run test:mcp`: installs the public conformance suites and the inspector into `.tools`, and runs `test/mcp-conformance`,
 * which sets them on our servers. Arguments go to vitest.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { runVitest } from "./runVitest.ts"

const root = join(import.meta.dirname, "..")
const tools = join(root, ".tools")
const wanted = readFileSync(join(root, "test/mcp-conformance/tools.json"), "utf8")
const marker = join(tools, "installed.json")

/** Makes `.tools` hold what is wanted; does nothing when it already does. They stay out of what `npm ci` installs. */
const install = () => {
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return
  console.error("test:mcp: installing the conformance suites and the inspector into .tools, once")
  mkdirSync(tools, { recursive: true })
  writeFileSync(join(tools, "package.json"), wanted)
  const args = ["install", "--prefix", tools, "--no-audit", "--no-fund", "--loglevel", "error"]
  const { error, status, stderr } = spawnSync("npm", args, { encoding: "utf8", shell: process.platform === "win32" })
  if (status !== 0) {
    console.error(`test:mcp: npm could not install them: ${error?.message ?? stderr.trim()}`)
    process.exit(1)
  }
  writeFileSync(marker, wanted)
}

install()
await runVitest("test/mcp-conformance/vitest.config.ts")
