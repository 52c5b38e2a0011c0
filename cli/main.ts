#!/usr/bin/env node
/** The entry of the command line: hands the process to `app.ts` and ends it with its exit code. */
import { fstatSync, write as writeTo } from "node:fs"
import * as nodeModule from "node:module"
import { isatty } from "node:tty"

const stop = (line: string): never => {
  process.stderr.write(`${line}\n`)
  process.exit(2)
}

// Below this there is no SQLite in Node, and what is loaded next would end in a stack.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
if (major < 22 || (major === 22 && minor < 13))
  stop(`nightaudit needs Node.js 22.21 or newer, and this is ${process.versions.node}: install a newer one.`)

const folder = (() => {
  try {
    return process.cwd()
  } catch {
    return stop("The current folder does not exist any more: change to one that does.")
  }
})()

// That Node calls its SQLite experimental is nothing that a person could do anything about.
process.removeAllListeners("warning")
process.on("warning", ({ message, name }) => {
  if (name !== "ExperimentalWarning") process.stderr.write(`${name}: ${message}\n`)
})

// Compiled code is kept in the system's folder for temporary files: it halves the time that loading takes.
nodeModule.enableCompileCache?.()

const [{ run }, { makeScreen }, { ownProcess, processState }, Effect, Fiber] = await Promise.all([
  import("./app.ts"),
  import("./Screen.ts"),
  import("./processState.ts"),
  import("effect/Effect"),
  import("effect/Fiber")
])

type Taken = (error?: NodeJS.ErrnoException | null) => void

/** Writes all of it: Node's own stream for files forgets what a full disk did not take. */
const writeFile = (bytes: Uint8Array, taken: Taken = () => undefined): void => {
  writeTo(1, bytes, (error, written) => {
    if (error?.code === "EAGAIN") setTimeout(() => writeFile(bytes, taken), 5)
    else if (error !== null) taken(error)
    else if (written < bytes.length) writeFile(bytes.subarray(written), taken)
    else taken()
  })
}

const isFile = (() => {
  if (isatty(1)) return false
  try {
    const stats = fstatSync(1)
    return stats.isFile() || stats.isCharacterDevice() || stats.isBlockDevice()
  } catch {
    return false
  }
})()

const stdout = isFile ? { write: (text: string, taken?: Taken) => writeFile(Buffer.from(text), taken) } : process.stdout
// Each write says for itself what became of it.
if (!isFile) process.stdout.on("error", () => undefined)
// Nobody listening is no reason to stop working.
process.stderr.on("error", () => undefined)

const args = process.argv.slice(2)
// Asked for by what scans or reads runs alone: on some systems it takes a process of its own to tell.
let known: ReturnType<typeof ownProcess> | undefined
const own = () => (known ??= ownProcess())
const fiber = Effect.runFork(
  run(args, makeScreen(stdout, process.stderr, process.env), {
    get process() {
      return own()
    },
    stateOf: (other) => processState(own(), other),
    nodeVersion: process.versions.node,
    folder,
    command: import.meta.url.endsWith(".ts") ? "npm run --silent nightaudit --" : "nightaudit",
    args
  })
)

let asked = false
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait.
    if (asked) process.exit(130)
    asked = true
    Effect.runFork(Fiber.interrupt(fiber))
  })
}

fiber.addObserver((exit) => {
  const code = exit._tag === "Success" ? exit.value : 130
  // What was written to stderr is only gone when it is drained, and a socket must not keep the process.
  process.stderr.write("", () => process.exit(code))
})
