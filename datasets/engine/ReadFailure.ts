import type { AwsError } from "../../core/aws/AwsError.ts"

/** A bug in the code that reads a dataset. */
export class DatasetCrashed {
  readonly _tag = "DatasetCrashed"
  readonly summary: string
  constructor(dataset: string, cause: unknown) {
    this.summary = `reading ${dataset} crashed: ${cause instanceof Error ? cause.message : String(cause)}`
  }
}

/** Why something was not read: the call that AWS refused, in its place, or our own bug. Whoever rests on it hands it on as it is. */
export type ReadFailure = AwsError | DatasetCrashed
