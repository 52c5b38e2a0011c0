/** Limiters per account, region and what AWS counts together, so that parallel scans stay below what AWS allows. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { type Operation, operationKey } from "./operation.ts"

/** Calls that a full bucket allows at once, and calls a second that refill it. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** Operations of one bucket share its rate. */
export interface Limit {
  /** `ec2:DescribeVolumes`, or `route53` where AWS counts the whole service. Each account and region has its own. */
  readonly bucket: string
  readonly rate: Rate
}

const limit = (bucket: string, burst: number, perSecond: number): Limit => ({ bucket, rate: { burst, perSecond } })

// A share of what AWS grants, because the account's own workloads draw on the same buckets.
// Sources: shared/facts/aws-limits.md 1 (CloudWatch), 2 (EC2, ELB), 3 (Cost Explorer); CloudWatch Logs API reference
// (DescribeLogStreams 25 a second; for queries it tells none: a careful few); Lambda quotas (GetPolicy 15 a second, all other reads of the control plane 15 together);
// Route 53 quotas (5 a second in all); CloudTrail quotas (LookupEvents 2 a second); API Gateway quotas (10 a second in all).
const limits: Readonly<Record<string, Limit>> = {
  elasticloadbalancing: limit("elasticloadbalancing", 20, 8),
  "cloudwatch:GetMetricData": limit("cloudwatch:GetMetricData", 25, 25),
  "cloudwatch:GetMetricStatistics": limit("cloudwatch:GetMetricStatistics", 50, 50),
  "cloudwatch:ListMetrics": limit("cloudwatch:ListMetrics", 15, 15),
  "cloudwatch:DescribeAlarms": limit("cloudwatch:DescribeAlarms", 5, 5),
  "logs:DescribeLogStreams": limit("logs:DescribeLogStreams", 15, 15),
  "logs:DescribeLogGroups": limit("logs:DescribeLogGroups", 8, 8),
  "logs:StartQuery": limit("logs:StartQuery", 3, 3),
  "logs:GetQueryResults": limit("logs:GetQueryResults", 4, 4),
  "lambda:GetPolicy": limit("lambda:GetPolicy", 12, 12),
  lambda: limit("lambda", 12, 12),
  apigateway: limit("apigateway", 15, 7),
  ce: limit("ce", 5, 3),
  "cloudtrail:LookupEvents": limit("cloudtrail:LookupEvents", 2, 1.5),
  route53: limit("route53", 5, 4),
  s3: limit("s3", 100, 50)
}

/** EC2 counts each describe action on its own, and a list that bounds neither page nor selection twice as hard. */
const ec2Limit = (operation: Operation): Limit =>
  "items" in operation && operation.paging?.size === undefined
    ? limit(operationKey(operation), 25, 7.5)
    : limit(operationKey(operation), 50, 15)

const limitOf = (operation: Operation): Limit =>
  limits[operationKey(operation)] ??
  limits[operation.service] ??
  // Where AWS publishes nothing, a careful ten a second for the whole service.
  (operation.service === "ec2" ? ec2Limit(operation) : limit(operation.service, 10, 10))

/** The bucket that an operation draws on, and its rate. */
export const RateOf = Context.Reference<(operation: Operation) => Limit>("nightaudit/core/aws/RateOf", {
  defaultValue: () => limitOf
})

/** For answers that come from this process, such as the sample estate. */
export const unlimited = (): Limit => limit("", Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)

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
