import { spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"

const url = (path: string): string => JSON.stringify(new URL(`../../functions/${path}`, import.meta.url).href)

/** What a process writes whose console does what Lambda's does where the log format is JSON. */
const written = (program: string): ReadonlyArray<any> => {
  const runtime = `
    console.log = (message) => process.stdout.write(JSON.stringify({ level: "INFO", message }) + "\\n")
    const Effect = await import("effect/Effect")
    ${program}`
  const { status, stderr, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", runtime], {
    cwd: new URL("../..", import.meta.url).pathname,
    encoding: "utf8"
  })
  assert.strictEqual(status, 0, stderr)
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
}

describe("a function's log", () => {
  it("has metrics where CloudWatch looks for them", () => {
    const [line] = written(`
      const { writeMetrics } = await import(${url("metrics.ts")})
      process.env.NIGHTAUDIT_STAGE = "staging"
      await Effect.runPromise(writeMetrics("mcp", { Invocations: 1, Errors: 0 }, { atMillis: 1 }))`)
    assert.strictEqual(line._aws.Timestamp, 1)
    assert.deepStrictEqual(line._aws.CloudWatchMetrics[0].Dimensions, [["Stage", "Step"]])
    assert.deepStrictEqual(line._aws.CloudWatchMetrics[0].Metrics, [
      { Name: "Invocations", Unit: "Count" },
      { Name: "Errors", Unit: "Count" }
    ])
    assert.deepStrictEqual([line.Stage, line.Step, line.Invocations, line.Errors], ["staging", "mcp", 1, 0])
  })

  it("has the run's id as a field of a line", () => {
    const [line] = written(`
      const { logLayer } = await import(${url("log.ts")})
      await Effect.runPromise(Effect.logInfo("told").pipe(Effect.annotateLogs({ runId: "r1" }), Effect.provide(logLayer)))`)
    assert.deepStrictEqual([line.message, line.level, line.annotations.runId], ["told", "INFO", "r1"])
    assert.strictEqual(new Date(line.timestamp).toISOString(), line.timestamp)
  })
})
