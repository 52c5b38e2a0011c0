/** The MCP server as a Lambda function, behind an AgentCore Gateway, a function URL or an API Gateway. */
import { preloadSchemas } from "@modelcontextprotocol/server"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { catalogueLayer } from "../audit/catalogueLayer.ts"
import type { McpConfig } from "../core/config/Config.ts"
import { Refusal } from "../mcp/answer/Answer.ts"
import { makeHandler, readLambdaConfig, requiredVariable } from "../mcp/lambda/handler.ts"
import { lazyStore } from "../mcp/lambda/lazyStore.ts"
import { LiveScans } from "../mcp/LiveScans.ts"
import { McpSettings } from "../mcp/tools/Tool.ts"

// This and the rest happens while Lambda starts the process, when it has a whole core.
preloadSchemas()

const noLiveScans = Layer.succeed(LiveScans, {
  start: () => Effect.fail(new Refusal({ message: "This server cannot scan. What is stored is of the nightly run." }))
})

const layerOf = (tableName: string, { freshnessHours, liveBudgetSeconds }: McpConfig) =>
  Layer.mergeAll(
    lazyStore(async () => (await import("../core/store/dynamo/dynamo.ts")).layerDynamo({ tableName })),
    catalogueLayer,
    noLiveScans,
    Layer.succeed(McpSettings, { freshnessHours, liveBudgetSeconds }),
    Logger.layer([Logger.consoleJson])
  )

const program = Effect.gen(function* () {
  const config = yield* readLambdaConfig
  const tableName = yield* requiredVariable("NIGHTAUDIT_TABLE", "the name of the store's DynamoDB table")
  return yield* Effect.promise(() =>
    ManagedRuntime.make(layerOf(tableName, config.mcp)).runPromise(makeHandler(config))
  )
})

export const handler = await Effect.runPromise(program)
