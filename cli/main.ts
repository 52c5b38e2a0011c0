#!/usr/bin/env node
/** The entry of the command line: hands the process to `app.ts` and ends it with its exit code. */
import { enableCompileCache } from "node:module"
import { hostname, uptime } from "node:os"

// Compiled code is kept in the system's folder for temporary files: it halves the time that loading takes.
enableCompileCache?.()

const [{ run }, { makeScreen }, Effect, Fiber] = await Promise.all([
  import("./app.ts"),
  import("./Screen.ts"),
  import("effect/Effect"),
  import("effect/Fiber")
])

const isAlive = (pid: number): boolean => {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

// Whoever reads the results may have seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0)
  throw error
})
// Nobody listening is no reason to stop working.
process.stderr.on("error", () => undefined)

const fiber = Effect.runFork(
  run(process.argv.slice(2), makeScreen(process.stdout, process.stderr, process.env), {
    host: hostname(),
    pid: process.pid,
    isAlive,
    uptimeMillis: Effect.sync(() => uptime() * 1000),
    nodeVersion: process.versions.node,
    folder: process.cwd(),
    command: import.meta.url.endsWith(".ts") ? "npm run --silent nightaudit --" : "nightaudit"
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
  // What was written to a pipe is only gone when it is drained, and a socket must not keep the process.
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)))
})
