import * as Context from "effect/Context"

/** The region whose endpoints are asked about accounts themselves, such as for their list of regions. */
export const HomeRegion = Context.Reference<string>("nightaudit/core/config/HomeRegion", {
  defaultValue: () => "us-east-1"
})
