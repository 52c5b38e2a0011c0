/** The MCP server as a Lambda function, behind an AgentCore Gateway, a function URL or an API Gateway. */
import { preloadSchemas } from "@modelcontextprotocol/server"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { catalogueLayer } from "../audit/catalogueLayer.ts"
import { makeHandler, readLambdaConfig, requiredVariable } from "../mcp/lambda/handler.ts"
import { lazyStore } from "../mcp/lambda/lazyStore.ts"
import { layerLiveScans } from "../mcp/liveScansOnSteps.ts"
import { McpSettings } from "../mcp/tools/Tool.ts"
import { type LiveStep, liveSteps } from "../workflows/Steps.ts"
import { stepsOfAws } from "./stepsOfAws.ts"

// This and the rest happens while Lambda starts the process, when it has a whole core.
preloadSchemas()

const stepVariable = (step: LiveStep) => `NIGHTAUDIT_STEP_${step.toUpperCase()}`

/** The functions and the machine that scan. */
const scanners = Effect.gen(function* () {
  const stateMachineArn = yield* requiredVariable("NIGHTAUDIT_MACHINE", "the ARN of the state machine of the nightly audit")
  const names = yield* Effect.forEach(liveSteps, (step) =>
    Effect.map(
      requiredVariable(stepVariable(step), `the name of the function of the step ${step}`),
      (name) => [step, name] as const
    )
  )
  return { stateMachineArn, functions: Object.fromEntries(names) as Record<LiveStep, string> }
})

const program = Effect.gen(function* () {
  const config = yield* readLambdaConfig
  const tableName = yield* requiredVariable("NIGHTAUDIT_TABLE", "the name of the store's DynamoDB table")
  const { freshnessHours, liveBudgetSeconds } = config.mcp
  const store = lazyStore(async () => (await import("../core/store/dynamo/dynamo.ts")).layerDynamo({ tableName }))
  const live = layerLiveScans({ handsOver: true }).pipe(
    Layer.provide(stepsOfAws({ ...(yield* scanners), tableName })),
    Layer.provideMerge(Layer.merge(store, catalogueLayer))
  )
  const settings = Layer.succeed(McpSettings, { freshnessHours, liveBudgetSeconds })
  const layer = Layer.mergeAll(live, settings, Logger.layer([Logger.consoleJson]))
  return yield* Effect.promise(() => ManagedRuntime.make(layer).runPromise(makeHandler(config)))
})

export const handler = await Effect.runPromise(program)
