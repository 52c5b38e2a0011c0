/**
 * What the organisation of the seed was charged: $100 a day, but for one day that cost six times as much. Extended support is not on it,
 * so that of what is old the list price is claimed, as an upper bound.
 */
import type { Charge } from "./seed.ts"

const dayOf = (instant: number) => new Date(instant).toISOString().slice(0, 10)

/** The UTC day so many days ago. */
export const dayBefore = (days: number) => dayOf(Date.now() - days * 86_400_000)

/** The day of the rise. */
export const dearDay = dayBefore(5)

export const bill: ReadonlyArray<Charge> = Array.from({ length: 150 }, (_, index) => dayBefore(index + 1)).flatMap(
  (day) => [
    { day, service: "Amazon EC2", recordType: "Usage", usd: day === dearDay ? 600 : 100 },
    // Once a month.
    ...(day.endsWith("-10") ? [{ day, service: "Amazon EC2", recordType: "Credit", usd: -200 }] : []),
    ...(day.endsWith("-10") ? [{ day, service: "Amazon S3", recordType: "Usage", usd: 40.5 }] : [])
  ]
)
