/** What a schedule, an event on the bus or a person starts the machine with, made whole by the configuration that was deployed. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AuditRequest } from "../core/config/AuditRequest.ts"
import type { Config, KnownScan } from "../core/config/Config.ts"
import type { ConfigError } from "../core/config/ConfigError.ts"
import { auditRequest } from "../core/config/request.ts"

/** What is left out is as configured. */
const Asked = Schema.Struct({
  trigger: Schema.optionalKey(AuditRequest.fields.trigger),
  anyDate: AuditRequest.fields.anyDate,
  accounts: Schema.optionalKey(Schema.Array(Schema.String)),
  regions: Schema.optionalKey(Schema.Array(Schema.String)),
  categories: Schema.optionalKey(Schema.Array(Schema.String)),
  scans: Schema.optionalKey(Schema.Array(Schema.String))
})

/** A run that is gone on with looks where it was planned to look. */
const Resumed = Schema.Struct({
  trigger: Schema.optionalKey(AuditRequest.fields.trigger),
  resume: Schema.String
})

const isWhole = Schema.is(AuditRequest)
const strict = { onExcessProperty: "error" } as const

const isResumed = (request: unknown): boolean =>
  typeof request === "object" && request !== null && Object.hasOwn(request, "resume")

/** Fails with what is wrong in a request, by its path. */
export const wholeRequest = Effect.fnUntraced(function* <E, R>(
  request: unknown,
  configuration: Effect.Effect<Config, E, R>,
  catalogue: ReadonlyArray<KnownScan>
): Effect.fn.Return<AuditRequest, E | ConfigError | Schema.SchemaError, R> {
  if (isWhole(request)) return yield* Schema.decodeEffect(AuditRequest, strict)(request)
  if (isResumed(request)) {
    const { resume, ...asked } = yield* Schema.decodeUnknownEffect(Resumed, strict)(request)
    return { ...(yield* auditRequest(yield* configuration, asked, catalogue)), resume }
  }
  const { anyDate, ...asked } = yield* Schema.decodeUnknownEffect(Asked, strict)(request)
  const whole = yield* auditRequest(yield* configuration, asked, catalogue)
  return anyDate === undefined ? whole : { ...whole, anyDate }
})
