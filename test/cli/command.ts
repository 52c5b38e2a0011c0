/** Runs the real command line as a process of its own, in a folder and an environment of its own. */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"

export const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder that is gone when the scope closes. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "nightaudit-cli-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** No credentials and no configuration of whoever runs the tests, and no machine to ask for them. */
const environmentOf = (folder: string) => ({
  PATH: process.env["PATH"],
  HOME: folder,
  AWS_EC2_METADATA_DISABLED: "true"
})

/** Starts the command; `onError` is called with what it wrote to stderr so far. */
export const nightaudit = (
  folder: string,
  args: ReadonlyArray<string>,
  options: {
    readonly env?: Readonly<Record<string, string>>
    readonly onError?: (text: string, kill: (signal: NodeJS.Signals) => void) => void
  } = {}
) =>
  Effect.callback<Ended>((resume) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: folder,
      env: { ...environmentOf(folder), ...options.env },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
      options.onError?.(stderr, (signal) => child.kill(signal))
    })
    child.on("close", (code) => resume(Effect.succeed({ code, stdout, stderr })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** The lines of a text without the last line's end. */
export const linesOf = (text: string): ReadonlyArray<string> => text.replace(/\n$/, "").split("\n")
