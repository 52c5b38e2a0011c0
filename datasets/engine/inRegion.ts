import * as Effect from "effect/Effect"
import { AwsTarget } from "../../core/aws/Aws.ts"

/** Runs calls about something at the endpoint of its own region, where that is not the scope's. */
export const inRegion = <A, E, R>(region: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | AwsTarget> =>
  Effect.flatMap(AwsTarget, (target) => Effect.provideService(effect, AwsTarget, { ...target, region }))
