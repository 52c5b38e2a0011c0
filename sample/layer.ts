/** The sample estate in place of AWS. */
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { RetrySchedule } from "../core/aws/Aws.ts"
import { RateOf, unlimited } from "../core/aws/RateLimits.ts"
import * as SampleCredentials from "./SampleCredentials.ts"
import * as SampleTransport from "./SampleTransport.ts"

/** Answers at once: no limits, and what is throttled is asked again a moment later. */
export const layerSample = Layer.mergeAll(
  SampleTransport.layer,
  SampleCredentials.layer,
  Layer.succeed(RateOf, unlimited),
  Layer.succeed(RetrySchedule, Schedule.spaced("20 millis").pipe(Schedule.upTo({ times: 3 })))
)
