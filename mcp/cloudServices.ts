/** What the server works with in the cloud, from the environment that the deployment sets: the table, and what scans. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { catalogueLayer } from "../audit/catalogueLayer.ts"
import type { OwnCalls } from "../core/aws/OwnCalls.ts"
import type { ConfigError } from "../core/config/ConfigError.ts"
import type { McpConfig } from "../core/config/mcp.ts"
import { type LiveStep, liveSteps } from "../workflows/Steps.ts"
import { requiredVariable } from "./environment.ts"
import { lazyStore } from "./lambda/lazyStore.ts"
import { layerLiveScans } from "./liveScansOnSteps.ts"
import type { McpServices } from "./server.ts"
import { stepsOfAws } from "./stepsOfAws.ts"
import { McpSettings } from "./tools/Tool.ts"

/** Names the table; where it is set, the server is one of the cloud. */
export const tableVariable = "NIGHTAUDIT_TABLE"

const stepVariable = (step: LiveStep) => `NIGHTAUDIT_STEP_${step.toUpperCase()}`

/** `handsOver`: whether the process stands still between two calls. Without calls it makes them with the keys of its environment. Fails with a line where a variable is not set. */
export const cloudServices = Effect.fnUntraced(function* (
  { freshnessHours, liveBudgetSeconds }: Pick<McpConfig, "freshnessHours" | "liveBudgetSeconds">,
  { calls, handsOver }: { readonly handsOver: boolean; readonly calls?: OwnCalls["Service"] }
): Effect.fn.Return<Layer.Layer<McpServices>, ConfigError> {
  const tableName = yield* requiredVariable(tableVariable, "the name of the store's DynamoDB table")
  const stateMachineArn = yield* requiredVariable(
    "NIGHTAUDIT_MACHINE",
    "the ARN of the state machine of the nightly audit"
  )
  const names = yield* Effect.forEach(liveSteps, (step) =>
    Effect.map(
      requiredVariable(stepVariable(step), `the name of the function of the step ${step}`),
      (name) => [step, name] as const
    )
  )
  const functions = Object.fromEntries(names) as Record<LiveStep, string>
  const store = lazyStore(async () =>
    (await import("../core/store/dynamo/dynamo.ts")).layerDynamo({ tableName, calls })
  )
  const live = layerLiveScans({ handsOver }).pipe(
    Layer.provide(stepsOfAws({ functions, stateMachineArn, tableName, calls })),
    Layer.provideMerge(Layer.merge(store, catalogueLayer))
  )
  return Layer.merge(live, Layer.succeed(McpSettings, { freshnessHours, liveBudgetSeconds }))
})
