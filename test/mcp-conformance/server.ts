/** Servers in processes of their own, and the public tools that judge them. */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { PassThrough } from "node:stream"

export const root = join(import.meta.dirname, "../..")

const entryOf = {
  "conformance-0.1": "conformance-0.1/dist/index.js",
  "conformance-0.2": "conformance-0.2/dist/index.js",
  inspector: "@modelcontextprotocol/inspector/clients/launcher/build/index.js"
}
export type PublicTool = keyof typeof entryOf

export interface Ended {
  readonly code: number
  readonly output: string
}

/** Runs a tool that `npm run test:mcp` has installed, and gives what it says and its exit code. */
export const runTool = (tool: PublicTool, args: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, ".tools/node_modules", entryOf[tool]), ...args],
      { cwd: root, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}\n${stderr}` })
    )
  })

export interface Running {
  readonly url: string
  readonly process: ChildProcess
}

/** Starts a server and waits until it says where it listens, on either of its outputs. */
export const start = async (args: ReadonlyArray<string>): Promise<Running> => {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] })
  const lines = new PassThrough()
  child.stdout.pipe(lines, { end: false })
  child.stderr.pipe(lines, { end: false })
  child.on("exit", () => lines.end())
  const said: Array<string> = []
  for await (const line of createInterface(lines)) {
    said.push(line)
    const url = /https?:\/\/\S+?\/mcp(?![\w/])/.exec(line)?.[0]
    if (url !== undefined) {
      lines.resume()
      return { url, process: child }
    }
  }
  throw new Error(`${args.join(" ")} ended before it listened:\n${said.join("\n")}`)
}

export const stop = async ({ process }: Running): Promise<void> => {
  if (process.exitCode !== null) return
  process.kill()
  await once(process, "exit")
}
