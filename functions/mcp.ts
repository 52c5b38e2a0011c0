/** The MCP server as a Lambda function, behind an AgentCore Gateway, a function URL or an API Gateway. */
import { preloadSchemas } from "@modelcontextprotocol/server"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { cloudServices } from "../mcp/cloudServices.ts"
import { makeHandler, readLambdaConfig } from "../mcp/lambda/handler.ts"
import { logLayer } from "./log.ts"
import { writeMetrics } from "./metrics.ts"

// This and the rest happens while Lambda starts the process, when it has a whole core.
preloadSchemas()

/** Lambda counts a call as a success whenever there is an answer; these count the answers that say that the server is broken. */
const measure = (failed: boolean) => writeMetrics("mcp", { Invocations: 1, Errors: failed ? 1 : 0 })

const program = Effect.gen(function* () {
  const config = yield* readLambdaConfig
  // Between two events nothing goes on here.
  const services = yield* cloudServices(config.mcp, { handsOver: true })
  const layer = Layer.merge(services, logLayer)
  return yield* Effect.promise(() => ManagedRuntime.make(layer).runPromise(makeHandler(config, measure)))
})

export const handler = await Effect.runPromise(program)
