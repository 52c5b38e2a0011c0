import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { catalogue } from "../audit/catalogue.ts"
import { AuditRequest } from "../core/config/AuditRequest.ts"
import { auditRequest } from "../core/config/request.ts"
import { plan, PlanInput } from "../workflows/steps/plan.ts"
import { configuration } from "./configuration.ts"
import { handlerOf } from "./handler.ts"
import { awsLayer } from "./layers.ts"
import { storeLayer } from "./storeLayer.ts"

/** What a schedule, an event on the bus or a person asks for. What is left out is as configured. */
const Asked = Schema.Struct({
  trigger: Schema.optionalKey(AuditRequest.fields.trigger),
  accounts: Schema.optionalKey(Schema.Array(Schema.String)),
  regions: Schema.optionalKey(Schema.Array(Schema.String)),
  categories: Schema.optionalKey(Schema.Array(Schema.String)),
  scans: Schema.optionalKey(Schema.Array(Schema.String))
})

const Input = Schema.Struct({ ...PlanInput.fields, request: Schema.Union([AuditRequest, Asked]) })

const isWhole = Schema.is(AuditRequest)

/** Makes a whole request of what is asked for, and plans it. */
const planAsked = Effect.fn("planAsked")(function* (event: unknown) {
  const { request, ...input } = yield* Schema.decodeUnknownEffect(Input, { onExcessProperty: "error" })(event)
  const whole = isWhole(request) ? request : yield* auditRequest(yield* configuration, request, catalogue)
  return yield* plan({ ...input, request: whole })
})

export const handler = handlerOf("plan", planAsked, Layer.merge(awsLayer, storeLayer))
