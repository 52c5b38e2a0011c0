/** Which series CloudWatch knows, for metrics whose dimensions nothing else tells. */
import { CloudWatchClient, ListMetricsCommand } from "@aws-sdk/client-cloudwatch"
import type * as Effect from "effect/Effect"
import { type AwsServices, list, type Listed, required } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { listOperation } from "../../core/aws/operation.ts"

/** Always 500 a page: there is no size to ask for. Source: shared/facts/aws-limits.md 1. */
export const listMetrics = listOperation(CloudWatchClient, ListMetricsCommand, "cloudwatch:ListMetrics", "Metrics", {
  paging: { input: "NextToken", output: "NextToken" }
})

export interface PublishedSeries {
  readonly metric: string
  readonly dimensions: Readonly<Record<string, string>>
}

/** Series of a namespace, or of one metric in it, with a datapoint in the last two weeks. That one is missing does not prove that nothing happened. */
export const publishedSeries = (
  namespace: string,
  metric?: string
): Effect.Effect<Listed<PublishedSeries>, AwsError, AwsServices> =>
  list(listMetrics, { Namespace: namespace, ...(metric === undefined ? {} : { MetricName: metric }) }, (metrics) =>
    metrics.map(({ Dimensions, MetricName }) => ({
      metric: required(MetricName, "Metrics[].MetricName"),
      // A metric may have none.
      dimensions: Object.fromEntries(
        (Dimensions ?? []).map(({ Name, Value }) => [
          required(Name, "Metrics[].Dimensions[].Name"),
          required(Value, "Metrics[].Dimensions[].Value")
        ])
      )
    }))
  )
