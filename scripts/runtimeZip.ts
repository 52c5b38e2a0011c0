/**
 * `node scripts/runtimeZip.ts <folder>`: the command line as a ZIP file for the AgentCore Runtime, named after what is in it. Prints its
 * path. The deployment runs it where `deploy.runtime` is `agentcore-zip`.
 */
import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buildCommandLine } from "./build.ts"
import { zip } from "./zip.ts"

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error("Name the folder that the file is to be in.")
  process.exit(2)
}
const built = mkdtempSync(join(tmpdir(), "nightaudit-runtime-"))
try {
  await buildCommandLine(built)
  const names = readdirSync(built).sort()
  const file = zip(Object.fromEntries(names.map((name) => [name, readFileSync(join(built, name))])))
  const path = join(folder, `nightaudit-${createHash("sha256").update(file).digest("hex").slice(0, 12)}.zip`)
  mkdirSync(folder, { recursive: true })
  // Whoever else makes it at the same time makes the same, and nobody sees half of it.
  writeFileSync(`${path}.${process.pid}`, file)
  renameSync(`${path}.${process.pid}`, path)
  console.log(path)
} finally {
  rmSync(built, { recursive: true, force: true })
}
