/** Nights that go wrong on an emulator, each over a part of the sample estate. */
import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionConfigurationCommand
} from "@aws-sdk/client-lambda"
import { GetExecutionHistoryCommand, StopExecutionCommand } from "@aws-sdk/client-sfn"
import * as Effect from "effect/Effect"
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, beforeEach, describe, it } from "vitest"
import type { Overrides } from "../../core/config/request.ts"
import { Store } from "../../core/store/Store.ts"
import { plannedStage } from "../stacks/planned.ts"
import { deploy, lambda, sfn } from "./deploy.ts"
import {
  contents,
  ended,
  inProcess,
  onSample,
  onTable,
  requestOf,
  sampleAhead,
  setClocks,
  started,
  until
} from "./nights.ts"
import type { Trouble } from "./sampleLayers.ts"

const plan = plannedStage("production", onSample.configuration)
beforeEach(async () => {
  setClocks({ executions: sampleAhead, scheduler: sampleAhead })
  await deploy(plan.all, onSample)
})

const account = "444455556666"
const asked: Overrides = {
  accounts: [account],
  regions: ["eu-west-1", "us-east-1"],
  categories: ["cleanup"]
}

const functionName = (step: string): string => plan.inputs("Function", `Step${step}Function`)["name"]

/** Lets calls of the scan function go wrong. Answers what tells how often they did. `timeout` in seconds. */
const troubleScan = async (trouble: Trouble, timeout: number) => {
  const file = join(mkdtempSync(join(tmpdir(), "nightaudit-cloud-")), "trouble")
  writeFileSync(file, `${JSON.stringify(trouble)}\n`)
  const FunctionName = functionName("Scan")
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName,
      Timeout: timeout,
      Environment: { Variables: { ...Environment?.Variables, SAMPLE_TROUBLE: file } }
    })
  )
  return {
    times: () => readFileSync(file, "utf8").trim().split("\n").length - 1,
    end: () => writeFileSync(file, `${JSON.stringify({ ...trouble, times: 0 })}\n`)
  }
}

/** The store of the same audit, undisturbed, in this process. */
const undisturbed = (startedAt: string | undefined) => inProcess([{ asked, startedAt: startedAt ?? "" }], contents)

const newestRun = Effect.flatMap(Store, (store) => store.runs(1)).pipe(Effect.map(({ items: [run] }) => run?.id ?? ""))

describe("a night", () => {
  it("goes on after a scan whose time was up, and ends with the same store", async () => {
    const trouble = await troubleScan({ what: "hang", region: "eu-west-1", times: 2 }, 10)
    const { cause, status } = await ended(await started(plan, asked))
    assert.strictEqual(status, "SUCCEEDED", cause)
    assert.strictEqual(trouble.times(), 2)
    const cloud = await onTable(plan, contents)
    assert.isAbove(cloud.findings.length, 5)
    assert.deepStrictEqual(cloud, await undisturbed(cloud.runs[0]?.startedAt))
  })

  it("repeats a step that is throttled", async () => {
    const FunctionName = functionName("Plan")
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }))
    const execution = await started(plan, asked)
    const failures = async () => {
      const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn: execution }))
      const errors = events.flatMap(({ taskFailedEventDetails }) => taskFailedEventDetails?.error ?? [])
      return errors.length > 0 ? errors : undefined
    }
    assert.include(await until("a throttled call", failures, 60), "Lambda.TooManyRequestsException")
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
    const { cause, status } = await ended(execution)
    assert.strictEqual(status, "SUCCEEDED", cause)
    const cloud = await onTable(plan, contents)
    assert.deepStrictEqual(cloud, await undisturbed(cloud.runs[0]?.startedAt))
  })

  it("in which a function dies names the gap, and the next night closes it", async () => {
    const trouble = await troubleScan({ what: "exit", region: "eu-west-1", times: 1 }, 60)
    const { cause, status } = await ended(await started(plan, asked))
    assert.strictEqual(status, "SUCCEEDED", cause)
    assert.strictEqual(trouble.times(), 1)
    const first = await onTable(plan, contents)
    const gap = first.runs[0]?.summary?.coverage.gaps.find(({ reason }) => reason.code === "step_failed")
    assert.deepStrictEqual([gap?.accounts, gap?.regions], [[account], ["eu-west-1"]])
    assert.isAbove(gap?.outcomes ?? 0, 0)

    assert.strictEqual((await ended(await started(plan, asked))).status, "SUCCEEDED")
    const second = await onTable(plan, contents)
    const { findings } = await undisturbed(second.runs[0]?.startedAt)
    assert.deepStrictEqual(second.runs[0]?.summary?.coverage.gaps, [])
    assert.deepStrictEqual(
      second.findings.map(({ id, savings, status }) => [id, savings?.monthlyUsd, status]),
      findings.map(({ id, savings, status }) => [id, savings?.monthlyUsd, status])
    )
  })

  it("whose machine dies in the middle is taken up again, and ends with the same store", async () => {
    const trouble = await troubleScan({ what: "hang", region: "eu-west-1", times: 100 }, 10)
    const executionArn = await started(plan, asked)
    await until("the hanging scan", async () => (trouble.times() > 0 ? true : undefined), 120)
    await sfn.send(new StopExecutionCommand({ executionArn }))
    assert.strictEqual((await ended(executionArn)).status, "ABORTED")
    const [stopped] = (await onTable(plan, contents)).runs
    assert.deepStrictEqual([stopped?.status, stopped?.summary], ["running", null])

    trouble.end()
    const runId = await onTable(plan, newestRun)
    const request = await Effect.runPromise(requestOf(asked))
    const { cause, status } = await ended(await started(plan, { ...request, resume: runId }))
    assert.strictEqual(status, "SUCCEEDED", cause)
    const cloud = await onTable(plan, contents)
    assert.strictEqual(cloud.runs.length, 1)
    assert.deepStrictEqual(cloud, await undisturbed(cloud.runs[0]?.startedAt))
  })
})
