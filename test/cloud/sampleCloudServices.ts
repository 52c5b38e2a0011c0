/** What the server works with in the cloud, at the sample's time. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as deployed from "../../mcp/cloudServices.ts"
import { sampleTime } from "./sampleTime.ts"

export const cloudServices = (...given: Parameters<typeof deployed.cloudServices>) =>
  Effect.map(deployed.cloudServices(...given), (services) => Layer.provideMerge(services, sampleTime))
