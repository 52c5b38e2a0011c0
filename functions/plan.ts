import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { catalogue } from "../audit/catalogue.ts"
import { plan, PlanInput } from "../workflows/steps/plan.ts"
import { configuration } from "./configuration.ts"
import { handlerOf } from "./handler.ts"
import { awsLayer } from "./layers.ts"
import { storeLayer } from "./storeLayer.ts"
import { wholeRequest } from "./wholeRequest.ts"

const Input = Schema.Struct({ ...PlanInput.fields, request: Schema.Unknown })

/** Makes a whole request of what is asked for, and plans it. */
const planAsked = Effect.fn("planAsked")(function* (event: unknown) {
  const { request, ...input } = yield* Schema.decodeUnknownEffect(Input, { onExcessProperty: "error" })(event)
  return yield* plan({ ...input, request: yield* wholeRequest(request, configuration, catalogue) })
})

export const handler = handlerOf("plan", planAsked, Layer.merge(awsLayer, storeLayer))
