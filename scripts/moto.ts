/** moto, the AWS that suites scan. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { failAs, installVenv } from "./venv.ts"

const root = join(import.meta.dirname, "..")

/** How long moto may take until it answers. Its first start compiles thousands of Python files. */
const startMillis = 60_000

/**
 * Installs moto into `.venv`, starts it on a free port of its own choice, and waits until it answers. It ends with its standard
 * input. Messages begin with the label.
 */
export const startMoto = async (
  label: string
): Promise<{ readonly server: ChildProcess; readonly endpoint: string }> => {
  const fail = failAs(label)
  const programs = installVenv({ label, what: "moto", folder: ".venv", requirements: "test/aws/requirements.txt" })
  const deadline = Date.now() + startMillis
  const server = spawn(join(programs, "python"), [join(root, "test/aws/server.py")], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  const listening = await Promise.race([
    once(server.stdout, "data") as Promise<[Buffer]>,
    once(server, "exit").then(() => undefined),
    setTimeout(startMillis, undefined, { ref: false })
  ])
  if (listening === undefined) return fail("moto did not start; its own message, if any, is above.")
  const endpoint = `http://127.0.0.1:${listening[0].toString().trim()}`
  for (;;) {
    const answer = await fetch(`${endpoint}/moto-api/data.json`).catch(() => undefined)
    if (answer?.ok === true) return { server, endpoint }
    if (Date.now() > deadline) fail(`moto did not answer at ${endpoint} within a minute.`)
    await setTimeout(50)
  }
}
