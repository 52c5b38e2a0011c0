/** What the scripts that write a first version of a file share. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs"

export const root = new URL("../", import.meta.url)

/** Ends with one line and the exit code for wrong usage. */
export const fail = (message: string): never => {
  console.error(message)
  process.exit(2)
}

/** Writes files by their path from the root. Fails when one of them is there already, before it writes any. */
export const writeNew = (files: Readonly<Record<string, string>>): void => {
  for (const path of Object.keys(files)) if (existsSync(new URL(path, root))) fail(`${path} exists already`)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(new URL(".", new URL(path, root)), { recursive: true })
    writeFileSync(new URL(path, root), content)
  }
}
