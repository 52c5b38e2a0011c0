/** What starts a night. */
import { jsonOperation } from "./OwnCalls.ts"

interface Execution {
  readonly stateMachineArn: string
  /** Taken for 90 days; AWS makes one up where none is given. */
  readonly name?: string
  /** In JSON. */
  readonly input: string
}

/** Source: Step Functions API reference, "StartExecution". `startDate` is in seconds. */
export const startExecution = jsonOperation<Execution, { readonly executionArn?: string; readonly startDate?: number }>(
  "states",
  "StartExecution"
)
