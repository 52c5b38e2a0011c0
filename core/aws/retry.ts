/** The one retry policy. A file of its own, so that what calls AWS without entering accounts does not bring along what enters them. */
import * as Context from "effect/Context"
import * as Schedule from "effect/Schedule"

/** Full-jitter exponential backoff, at most 10 seconds apart, for one minute. */
const backoff = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("10 seconds")]).pipe(
  Schedule.jittered,
  Schedule.upTo({ duration: "1 minute" })
)

/** Whether what AWS failed with may be gone at the next try. */
export const isTransient = ({ _tag }: { readonly _tag: string }): boolean =>
  _tag === "Throttled" || _tag === "Unavailable"

/** Overrides how failed calls are repeated, for example with a short schedule where an emulator is never throttled. */
export const RetrySchedule = Context.Reference<Schedule.Schedule<unknown, unknown>>(
  "nightaudit/core/aws/RetrySchedule",
  {
    defaultValue: () => backoff
  }
)
