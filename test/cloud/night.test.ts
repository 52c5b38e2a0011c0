/** The planned whole on an emulator: what is created, what starts the machine, and what a night leaves behind. */
import { assert, beforeAll, describe, it } from "vitest"
import { plannedStage } from "../stacks/planned.ts"
import { configuration, deploy } from "./deploy.ts"
import { contents, ended, inProcess, onTable, started } from "./nights.ts"

const plan = plannedStage("production", configuration)
let deployed: Awaited<ReturnType<typeof deploy>>
beforeAll(async () => {
  deployed = await deploy(plan.all)
})

describe("a night over the sample estate", () => {
  it("that an event on the planned bus starts leaves the store as the in-process engine does", async () => {
    const arn = await started(plan, { trigger: "schedule" })
    const { cause, output, startDate, status } = await ended(arn)
    assert.strictEqual(status, "SUCCEEDED", cause)
    assert.match(JSON.parse(output ?? "{}").runId, /^20261120T02/)
    const cloud = await onTable(plan, contents)
    const local = await inProcess([{ asked: { trigger: "schedule" }, startedAt: cloud.runs[0]?.startedAt ?? "" }], contents)
    assert.isDefined(startDate)
    assert.isAbove(local.findings.length, 300)
    assert.deepStrictEqual(cloud, local)
  })
})
