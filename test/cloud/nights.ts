/** Nights in the emulator, and the same in this process to compare them with. */
import { PutEventsCommand } from "@aws-sdk/client-eventbridge"
import { GetFunctionUrlConfigCommand, InvokeCommand } from "@aws-sdk/client-lambda"
import { DescribeExecutionCommand, type DescribeExecutionOutput, ListExecutionsCommand } from "@aws-sdk/client-sfn"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { catalogueLayer } from "../../audit/catalogueLayer.ts"
import { ScanRegistry } from "../../audit/ScanRegistry.ts"
import { catalogue } from "../../audit/catalogue.ts"
import { Notifier } from "../../core/alerts/Notifier.ts"
import { Aws } from "../../core/aws/Aws.ts"
import { readConfig } from "../../core/config/readConfig.ts"
import { auditRequest, type Overrides } from "../../core/config/request.ts"
import { HomeRegion } from "../../core/config/HomeRegion.ts"
import { Prices } from "../../core/pricing/Prices.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { layerDynamo } from "../../core/store/dynamo/dynamo.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { sampleNight } from "../../sample/estate.ts"
import { layerSample } from "../../sample/layer.ts"
import { estate } from "../../sample/organization.ts"
import { sampleClock } from "../../sample/sampleClock.ts"
import { runNightly } from "../../workflows/engine.ts"
import type { Planned } from "../stacks/planned.ts"
import { type Deployment, events, lambda, sfn } from "./deploy.ts"

const began = Number(process.env["SAMPLE_BEGAN"])
const endpoint = process.env["AWS_ENDPOINT_URL"] ?? ""

/** The clocks of the emulator, in milliseconds ahead of this machine's. */
export const setClocks = (clocks: { readonly executions: number; readonly scheduler: number }): void =>
  writeFileSync(process.env["EMULATOR_CLOCKS"] ?? "", JSON.stringify(clocks))

/** How far the sample's time is ahead of this machine's, in milliseconds. */
export const sampleAhead = sampleNight.getTime() - began

/** The whole sample organisation. */
export const onSample: Deployment = {
  configuration: { accounts: { organization: true } },
  onSample: true,
  environment: { AWS_ENDPOINT_URL: endpoint, SAMPLE_BEGAN: String(began) }
}

/** Puts what somebody asks for on the planned bus. */
export const ask = async (plan: Planned, detail: object): Promise<void> => {
  const { FailedEntryCount } = await events.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: plan.inputs("EventBus", "EventsBus")["name"],
          Source: "test",
          DetailType: "nightaudit.scan.requested",
          Detail: JSON.stringify(detail)
        }
      ]
    })
  )
  if (FailedEntryCount !== 0) throw new Error("the bus did not take the event")
}

/** What is asked for as the machine takes it, by the sample's configuration or another one. */
export const requestOf = (asked: Overrides, configuration: object = onSample.configuration) =>
  Effect.suspend(() => {
    const folder = mkdtempSync(join(tmpdir(), "nightaudit-cloud-"))
    writeFileSync(join(folder, "nightaudit.config.json"), JSON.stringify(configuration))
    return readConfig({ catalogue, folder, path: undefined })
  }).pipe(Effect.flatMap(({ config }) => auditRequest(config, asked, catalogue)))

/** A clock that stands at an instant now, and goes on from there: that of a night where its execution started. */
export const clockOf = (startedAt: string) => sampleClock(Date.now() - (Date.parse(startedAt) - sampleNight.getTime()))

const machineOf = (plan: Planned) => {
  const { arn } = plan.inputs("EventTarget", "ScanRequested")
  return String(arn)
}

/** Executions of the planned machine, the newest first. */
export const executions = async (plan: Planned) => {
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: machineOf(plan) }))
  return (
    executions
      .map(({ executionArn = "" }) => executionArn)
      // The children of the Distributed Map have the map's name in theirs.
      .filter((arn) => !arn.includes("/"))
  )
}

/** Asks again and again until there is an answer: an emulator tells nobody when something has happened. */
export const until = async <A>(what: string, answer: () => Promise<A | undefined>, seconds = 400): Promise<A> => {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const found = await answer()
    if (found !== undefined) return found
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${seconds} s`)
    await setTimeout(200)
  }
}

/** Waits for the end of an execution. */
export const ended = (executionArn: string): Promise<DescribeExecutionOutput> =>
  until(`the end of ${executionArn}`, async () => {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }))
    return execution.status === "RUNNING" ? undefined : execution
  })

/** Asks for a scan on the bus and waits for the execution that it starts. */
export const started = async (plan: Planned, detail: object): Promise<string> => {
  const before = await executions(plan)
  await ask(plan, detail)
  return until("an execution", async () => (await executions(plan)).find((arn) => !before.includes(arn)))
}

/** Invokes a step's function as the machine does. */
export const invoke = async (plan: Planned, step: string, event: object) => {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: plan.inputs("Function", `Step${step[0]?.toUpperCase()}${step.slice(1)}Function`)["name"],
      Payload: JSON.stringify(event)
    })
  )
  return { error: FunctionError, answer: JSON.parse(new TextDecoder().decode(Payload)) }
}

/** Calls a function's URL as anybody may, following no redirect. The emulator has URLs by their path, not by their host. */
export const onUrl = async (FunctionName: string, path: string, method: string): Promise<Response> => {
  const { FunctionUrl = "" } = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }))
  const [id] = new URL(FunctionUrl).hostname.split(".")
  return fetch(`${endpoint}/_aws/lambda-url/${id}${path}`, { method, redirect: "manual" })
}

/** Runs a program on the planned table, at the sample's time. */
export const onTable = <A, E>(plan: Planned, program: Effect.Effect<A, E, Store>): Promise<A> =>
  program.pipe(
    Effect.provide(
      Layer.provideMerge(layerDynamo({ tableName: plan.inputs("Table", "StoreTable")["name"] }), sampleClock(began))
    ),
    Effect.scoped,
    Effect.runPromise
  )

/** Runs the same audits in this process, one after the other, each as of its instant, and then a program on their store. */
export const inProcess = <A, E>(
  nights: ReadonlyArray<{ readonly asked: Overrides; readonly startedAt: string }>,
  program: Effect.Effect<A, E, Store>
): Promise<A> => {
  const world = Layer.mergeAll(ScanRegistry.layer, Notifier.layerNone, Prices.layerSnapshot).pipe(
    Layer.provideMerge(
      Aws.layer.pipe(
        Layer.provideMerge(layerSample),
        Layer.provideMerge(Layer.mergeAll(Layer.succeed(HomeRegion, "us-east-1"), catalogueLayer))
      )
    )
  )
  return Effect.gen(function* () {
    for (const { asked, startedAt } of nights) {
      const request = yield* requestOf(asked)
      yield* Effect.suspend(() => Effect.provide(runNightly(request), Layer.provideMerge(world, clockOf(startedAt))))
    }
    return yield* Effect.suspend(() => Effect.provide(program, clockOf(nights.at(-1)?.startedAt ?? "")))
  }).pipe(Effect.provide(layerMemory), Effect.scoped, Effect.runPromise)
}

const bySortedId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1)

/** The numbers of calls differ where one process knows what several ask for; what was found does not. */
const withoutCalls = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name, own) =>
      ["calls", "durationMillis", "cost", "finishedAt"].includes(name) ? null : own
    )
  )

/** All that a store holds after its nights, with the runs named by their order, to compare two stores. */
export const contentsOf = Effect.fnUntraced(function* (accounts: ReadonlyArray<string>) {
  const store = yield* Store
  const { items: runs } = yield* store.runs(100)
  const findings: Array<Finding> = []
  let cursor: string | undefined
  do {
    const page = yield* store.findings({ limit: 1000, cursor })
    findings.push(...page.items)
    cursor = page.cursor
  } while (cursor !== undefined)
  findings.sort(bySortedId)
  const records = yield* Effect.forEach(runs, ({ id }) =>
    Effect.forEach(accounts, (account) => store.scopeRecords(id, account))
  )
  const outcomes = yield* Effect.forEach(accounts, (account) =>
    Effect.flatMap(store.regionsOf(account), (regions) =>
      Effect.forEach(["*", ...regions], (region) => store.latestOutcomes({ account, region }))
    )
  )
  const all = {
    runs,
    findings,
    histories: yield* Effect.forEach(findings, ({ id }) => store.history(id)),
    records: records.map((accounts) =>
      accounts.map((records) =>
        records.map((record) => ({
          ...record,
          outcomes: record.outcomes.toSorted((a, b) => (a.scan < b.scan ? -1 : 1))
        }))
      )
    ),
    outcomes,
    rollups: yield* store.rollups(undefined, { cells: true }),
    organisation: yield* store.rollups(["all"]),
    trend: yield* Effect.forEach([...accounts, "all"], (account) => store.trend(account, "2026-01-01"))
  }
  let json = JSON.stringify(withoutCalls(all))
  for (const [index, { id }] of runs.toReversed().entries()) json = json.replaceAll(id, `run ${index + 1}`)
  return JSON.parse(json) as typeof all
})

/** The same of the sample's accounts. */
export const contents = contentsOf(estate.accounts.map(({ id }) => id))
