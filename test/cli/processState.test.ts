import { spawn } from "node:child_process"
import { once } from "node:events"
import { assert, describe, it } from "@effect/vitest"
import { ownProcess, processState } from "../../cli/processState.ts"

const own = ownProcess()

/** Another process of this machine, told by itself, and its end. */
const another = async () => {
  const module = JSON.stringify(new URL("../../cli/processState.ts", import.meta.url).href)
  const code = `const { ownProcess } = await import(${module}); console.log(JSON.stringify(ownProcess())); setInterval(() => {}, 1e6)`
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] })
  const [line] = await once(child.stdout, "data")
  return {
    told: JSON.parse(String(line)),
    end: async () => {
      child.kill("SIGKILL")
      await once(child, "exit")
    }
  }
}

describe("processState", () => {
  it("knows itself, a process that lives, and one that was killed", async () => {
    const { end, told } = await another()
    try {
      assert.strictEqual(processState(own, own), "own")
      assert.strictEqual(processState(own, told), "alive")
    } finally {
      await end()
    }
    assert.strictEqual(processState(own, told), "gone")
  })

  // Where the system does not say when a process began, its number has to do.
  it.skipIf(own.start === undefined)("takes no process for one that had its number before", async () => {
    const { end, told } = await another()
    try {
      assert.strictEqual(processState(own, { ...told, start: "1" }), "gone")
      assert.strictEqual(processState(own, { ...own, start: "1" }), "gone")
      const { start: _start, ...numberOnly } = told
      assert.strictEqual(processState(own, numberOnly), "alive")
    } finally {
      await end()
    }
  })

  it("knows nothing of another machine, and of another container that has this one's name", () => {
    const here = { ...own, boot: "a", namespace: "pid:[1]" }
    assert.strictEqual(processState(here, { ...here, host: `${own.host}.elsewhere` }), "unknown")
    assert.strictEqual(processState(here, { ...here, namespace: "pid:[2]" }), "unknown")
  })

  it("knows that nothing is left of what ran before the machine was started", () => {
    const here = { ...own, boot: "b", namespace: "pid:[1]" }
    assert.strictEqual(processState(here, { ...here, boot: "a" }), "gone")
    assert.strictEqual(processState(here, { ...here, boot: "a", namespace: "pid:[2]" }), "gone")
  })
})
