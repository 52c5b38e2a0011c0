/** The planned whole on an emulator: what is created, what starts the machine, and what a night leaves behind. */
import { existsSync } from "node:fs"
import { assert, beforeAll, describe, it } from "vitest"
import { sampleNight } from "../../sample/estate.ts"
import { estate } from "../../sample/organization.ts"
import { stepNames } from "../../workflows/nightly.ts"
import { plannedStage } from "../stacks/planned.ts"
import { clientOf } from "./assistant.ts"
import { deploy } from "./deploy.ts"
import {
  contents,
  ended,
  executions,
  inProcess,
  invoke,
  onSample,
  onTable,
  onUrl,
  sampleAhead,
  setClocks,
  started,
  until
} from "./nights.ts"
import { query } from "./query.ts"
import { usd } from "../../core/format.ts"
import { reportLink } from "../../query/reportLink.ts"

const plan = plannedStage("production", onSample.configuration)
const setScheduler = (scheduler: number) => setClocks({ executions: sampleAhead, scheduler })

let deployed: Awaited<ReturnType<typeof deploy>>
beforeAll(async () => {
  setScheduler(sampleAhead)
  deployed = await deploy(plan.all, onSample)
})

/** What the emulator lacks, or what AWS names so that the plan's names would not be its. It is checked in test/stacks and `check:cloud`. */
const notCreated = {
  AgentcoreGateway: "the emulator has runtimes and memories of AgentCore, and no gateway",
  AgentcoreGatewayTarget: "the emulator has runtimes and memories of AgentCore, and no gateway",
  Key: "AWS makes up the id of a key, and the plan's topic names another",
  ResourceServer: "AWS makes up the id of the user pool that it is in",
  StackSet:
    "the emulator has no organisation whose members would get the stack; the same template is created as a stack",
  UserPool: "AWS makes up its id, which the plan's gateway names",
  UserPoolClient: "AWS makes up the id of the user pool that it is in",
  UserPoolDomain: "AWS makes up the id of the user pool that it is in"
}

describe("the planned production stage", () => {
  it("is created from its plan, but for what the emulator lacks", () => {
    console.table(Object.entries(notCreated).map(([type, why]) => ({ type, why })))
    console.table(deployed.created)
    assert.deepStrictEqual(deployed.left, Object.keys(notCreated))
    for (const [kind, number] of Object.entries(deployed.created)) {
      // What is there only with a function waits for its handler, and code needs no bucket here.
      if (["Function", "Alias", "FunctionUrl", "BucketObjectv2"].includes(kind)) continue
      assert.strictEqual(number, plan.of(kind).length, kind)
    }
    const handlers = plan.of("Function").map(({ inputs }) => inputs["handler"].replace(".handler", ""))
    assert.includeMembers(handlers, [...stepNames])
    assert.strictEqual(
      deployed.created["Function"],
      handlers.filter((name) => existsSync(`functions/${name}.ts`)).length
    )
  })
})

describe("a night over the sample estate", () => {
  let night: string

  it("is started by the planned schedule, at two o'clock and not before", async () => {
    const nextNight = sampleNight.getTime() + 86_400_000
    assert.deepStrictEqual(await executions(plan), [])
    const ahead = nextNight - 4000 - Date.now()
    setScheduler(ahead)
    night = await until("the start of the night", async () => (await executions(plan))[0])
    assert.isAtLeast(Date.now() + ahead, nextNight)
  })

  it("is not disturbed by a second start, which says which run is running", async () => {
    await until("the run", () => onTable(plan, contents).then(({ runs }) => (runs.length > 0 ? true : undefined)))
    const { output, status } = await ended(await started(plan, { trigger: "schedule" }))
    const { alreadyRunning, why } = JSON.parse(output ?? "{}")
    assert.deepStrictEqual([status, alreadyRunning], ["SUCCEEDED", true])
    assert.match(String(why), /Another audit \(run 20261120T02/)
  })

  it("ends with the same store as in the in-process engine, with the account that cannot be entered named", async () => {
    const { cause, input, output, status } = await ended(night)
    assert.strictEqual(status, "SUCCEEDED", cause)
    assert.deepStrictEqual(JSON.parse(input ?? ""), { trigger: "schedule" })
    assert.match(JSON.parse(output ?? "{}").runId, /^20261120T02/)

    const cloud = await onTable(plan, contents)
    const [run] = cloud.runs
    const local = await inProcess([{ asked: { trigger: "schedule" }, startedAt: run?.startedAt ?? "" }], contents)
    assert.isAbove(local.findings.length, 200)
    assert.strictEqual(run?.status, "complete")
    assert.deepStrictEqual(cloud, local)

    const locked = estate.accounts.filter((account) => account.locked === true).map(({ id }) => id)
    const gap = run?.summary?.coverage.gaps.find(({ reason }) => reason.code === "account_not_entered")
    assert.deepStrictEqual(gap?.accounts, locked)
  })

  it("that a step repeats changes nothing: a duplicate event of a function finds its work done", async () => {
    const before = await onTable(plan, contents)
    const { output } = await ended(night)
    const { runId } = JSON.parse(output ?? "")
    const account = estate.payer
    for (const [step, event] of [
      ["discover", { runId, account }],
      ["scan", { runId, account, region: "us-east-1" }],
      ["settle", { runId, account }],
      ["sum", { runId }],
      ["notify", { runId }]
    ] as const) {
      const { answer, error } = await invoke(plan, step, event)
      assert.isUndefined(error, `${step}: ${JSON.stringify(answer)}`)
    }
    assert.deepStrictEqual(await onTable(plan, contents), before)
  })

  it("leaves its page in the bucket, and whoever has the digest's link is sent there", async () => {
    const { runId } = JSON.parse((await ended(night)).output ?? "")
    const { runs } = await onTable(plan, contents)
    const link = await onTable(plan, reportLink())
    assert.strictEqual(link?.runId, runId)
    const token = new URL(link?.url ?? "").pathname
    const open = (path: string, method = "GET") =>
      onUrl(plan.inputs("FunctionUrl", "OpenReportUrl")["functionName"], path, method)

    const sent = await open(token)
    assert.strictEqual(sent.status, 302)
    const page = await fetch(sent.headers.get("location") ?? "")
    assert.strictEqual(page.status, 200)
    const html = await page.text()
    assert.match(html, /^<!doctype html>/)
    assert.include(html, `${usd(runs[0]?.summary?.totals.confirmed.monthlyUsd ?? 0)} a month`)

    assert.strictEqual((await open(token, "HEAD")).status, 200)
    assert.strictEqual((await open(`/${"a".repeat(32)}`)).status, 404)
    const unsigned = new URL(sent.headers.get("location") ?? "")
    unsigned.search = ""
    assert.strictEqual((await fetch(unsigned)).status, 403)
  })

  describe("an assistant", () => {
    const account = "444455556666"
    const region = "eu-central-1"

    it("asks the function as a client of MCP, and hears what the night left", async () => {
      const { runs } = await onTable(plan, contents)
      const totals = runs[0]?.summary?.totals
      const client = await clientOf(plan)
      // All but the three that write, which the configuration does not allow.
      assert.strictEqual((await client.listTools()).tools.length, 86)
      const { isError, structuredContent: told } = await client.callTool({ name: "summarize_savings", arguments: {} })
      await client.close()
      assert.notStrictEqual(isError, true)
      assert.strictEqual((told as any).totals.confirmed.findings, totals?.confirmed.findings)
      assert.closeTo((told as any).totals.confirmed.monthlyUsd, totals?.confirmed.monthlyUsd ?? 0, 0.005)
      assert.isAbove((told as any).totals.unconfirmed.monthlyUsd, 0)
    })

    it("has a scope scanned anew by the planned steps, which find the same again", async () => {
      const before = (await onTable(plan, contents)).findings.filter(
        (finding) =>
          finding.scan === "find_unused_volumes" &&
          finding.account === account &&
          finding.region === region &&
          finding.status === "open"
      )
      const client = await clientOf(plan)
      const { structuredContent: told } = await client.callTool({
        name: "find_unused_volumes",
        arguments: { accounts: [account], regions: [region], freshness: 0, limit: 100 }
      })
      await client.close()
      const { asOf, coverage, findings, source } = told as any
      assert.strictEqual(source, "live")
      assert.deepStrictEqual([coverage.expected, coverage.complete], [1, 1])
      assert.isAbove(Date.parse(asOf), Date.parse((await onTable(plan, contents)).runs.at(-1)?.startedAt ?? ""))
      assert.isAbove(before.length, 1)
      assert.sameMembers(
        findings.map(({ id }: any) => id),
        before.map(({ id }) => id)
      )
    })
  })

  it("may do what the planned role allows and no more", async () => {
    const { output } = await ended(night)
    const { runId } = JSON.parse(output ?? "")
    const { name: RoleName } = plan.inputs("Role", "StepNotifyRole")
    await query("iam", "DeleteRolePolicy", { RoleName, PolicyName: "inline" })
    const { answer } = await invoke(plan, "notify", { runId })
    assert.match(answer.errorMessage, /may not be used with these credentials .*dynamodb:GetItem/)
  })
})
