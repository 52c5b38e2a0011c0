/** What runs a step in its function and waits for it. */
import type { OwnOperation } from "./OwnCalls.ts"

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
