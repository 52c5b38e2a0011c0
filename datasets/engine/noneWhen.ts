import * as Effect from "effect/Effect"
import type { AwsError } from "../../core/aws/AwsError.ts"

/** Yields `none` where AWS says with an error code such as `NoSuchTagSet` that there is nothing. Other errors stay errors. */
export const noneWhen =
  <N>(code: string, none: N) =>
  <A, R>(call: Effect.Effect<A, AwsError, R>): Effect.Effect<A | N, AwsError, R> =>
    Effect.catchIf(
      call,
      ({ reason }) => reason._tag === "Rejected" && reason.code === code,
      () => Effect.succeed(none)
    )

/** Yields `none` where the region does not have the service: then nothing in it uses it. */
export const noneWhereAbsent =
  <N>(none: N) =>
  <A, R>(call: Effect.Effect<A, AwsError, R>): Effect.Effect<A | N, AwsError, R> =>
    Effect.catchIf(
      call,
      ({ reason }) => reason._tag === "NotInRegion",
      () => Effect.succeed(none)
    )
