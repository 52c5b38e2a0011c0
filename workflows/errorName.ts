import { StoreError } from "../core/store/Store.ts"
import { storeBusy } from "./stepErrors.ts"

/**
 * The name under which Retry and Catch match a step's error: a Lambda function's error type in the cloud. A store that is full,
 * or holds a bad record, is the same in a minute, and only one that is busy is asked again.
 */
export const errorName = (error: unknown): string =>
  error instanceof StoreError && error.isTransient
    ? storeBusy
    : ((error as { readonly _tag?: string } | null | undefined)?._tag ?? "Error")
