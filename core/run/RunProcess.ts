/** Which process runs a run, where that is a single one. */
import * as Schema from "effect/Schema"

/** A process on a machine. What the system does not tell is absent. */
export const RunProcess = Schema.Struct({
  host: Schema.String,
  pid: Schema.Int,
  /** When it began, in the system's own words. */
  start: Schema.optionalKey(Schema.String),
  /** Linux's name for the time since the machine was started. */
  boot: Schema.optionalKey(Schema.String),
  /** Linux's name for the space that its number is of: a container has one of its own. */
  namespace: Schema.optionalKey(Schema.String)
})
export type RunProcess = typeof RunProcess.Type
