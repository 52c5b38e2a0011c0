/** What this process knows of those that run, or ran, other runs. */
import * as Context from "effect/Context"
import type { RunProcess } from "./RunProcess.ts"

/** Whether the process of a run is known to be gone. By default nothing is known: a function of the cloud has no process to look for. */
export const ProcessGone = Context.Reference<(process: RunProcess | null) => boolean>("nightaudit/core/ProcessGone", {
  defaultValue: () => () => false
})
