/** One limiter per account, region and service, so that parallel scans stay below what AWS allows together. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** Calls that a full bucket allows at once, and calls a second that refill it. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

// A share of what AWS grants, because the account's own workloads draw on the same buckets.
// Source: shared/facts/aws-limits.md 1-3; unpublished limits are kept at a careful 10 a second.
const rates: Record<string, Rate> = {
  ec2: { burst: 50, perSecond: 15 },
  elasticloadbalancing: { burst: 20, perSecond: 8 },
  cloudwatch: { burst: 25, perSecond: 25 },
  logs: { burst: 10, perSecond: 8 },
  ce: { burst: 5, perSecond: 3 },
  s3: { burst: 100, perSecond: 50 },
  route53: { burst: 5, perSecond: 4 },
  cloudtrail: { burst: 2, perSecond: 2 },
  lambda: { burst: 15, perSecond: 12 }
}

const careful: Rate = { burst: 10, perSecond: 10 }

/** The rate for a service, by its IAM prefix. */
export const RateOf = Context.Reference<(service: string) => Rate>("nightaudit/core/aws/RateOf", {
  defaultValue: () => (service) => rates[service] ?? careful
})

/** For answers that come from this process, such as the sample estate. */
export const unlimited = (): Rate => ({ burst: Number.POSITIVE_INFINITY, perSecond: Number.POSITIVE_INFINITY })

/** A limiter: waits until a call under the key may be sent. Buckets live as long as the limiter. */
export const makeLimiter = Effect.sync(() => {
  /** Per key, the time in milliseconds at which its bucket will be full again. */
  const fullAt = new Map<string, number>()
  return (key: string, rate: Rate): Effect.Effect<void> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (!Number.isFinite(rate.perSecond)) return Effect.void
      const millisPerCall = 1000 / rate.perSecond
      const after = Math.max(fullAt.get(key) ?? now, now) + millisPerCall
      fullAt.set(key, after)
      const wait = after - now - rate.burst * millisPerCall
      return wait > 0 ? Effect.sleep(wait) : Effect.void
    })
})
