/** What starts steps and nights: a function that is waited for, and an execution of the machine. */
import { jsonOperation, type OwnOperation } from "./OwnCalls.ts"

/** What a function answered, in JSON. */
export interface Invoked {
  /** `Unhandled` where the function failed: then the payload says how. */
  readonly functionError: string | undefined
  readonly payload: string
}

/** Source: Lambda API reference, "Invoke". A function runs for at most 15 minutes. */
export const invokeFunction: OwnOperation<{ readonly functionName: string; readonly payload: string }, Invoked> = {
  service: "lambda",
  name: "Invoke",
  patienceMillis: 16 * 60_000,
  sent: ({ functionName, payload }) => ({
    path: `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`,
    headers: { "content-type": "application/json" },
    body: payload
  }),
  answered: ({ body, headers }) => ({ functionError: headers["x-amz-function-error"], payload: body.toString() })
}

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
