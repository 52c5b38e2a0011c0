/**
 * What it means that CloudWatch has no datapoints for a series. Some services publish nothing while a resource is idle, so
 * absence is a zero; for the others absence proves nothing. Source: shared/scans.md 0.5.
 */

const zeroWhenAbsent: Readonly<Record<string, ReadonlyArray<string> | "all">> = {
  "AWS/Lambda": ["Invocations", "Errors", "Duration", "Throttles"],
  "AWS/ApplicationELB": [
    "RequestCount",
    "ProcessedBytes",
    "NewConnectionCount",
    "HTTP_Redirect_Count",
    "HTTP_Fixed_Response_Count",
    "HTTPCode_Target_5XX_Count",
    "HTTPCode_ELB_5XX_Count",
    "TargetConnectionErrorCount"
  ],
  "AWS/NetworkELB": ["NewFlowCount", "ProcessedBytes"],
  "AWS/GatewayELB": ["NewFlowCount", "ProcessedBytes"],
  "AWS/ELB": ["RequestCount", "EstimatedProcessedBytes"],
  "AWS/DynamoDB": [
    "ConsumedReadCapacityUnits",
    "ConsumedWriteCapacityUnits",
    "ReadThrottleEvents",
    "WriteThrottleEvents",
    "ThrottledRequests",
    "ReadProvisionedThroughputThrottleEvents",
    "WriteProvisionedThroughputThrottleEvents",
    "ReadKeyRangeThroughputThrottleEvents",
    "WriteKeyRangeThroughputThrottleEvents",
    "ReadMaxOnDemandThroughputThrottleEvents",
    "WriteMaxOnDemandThroughputThrottleEvents",
    "ReadAccountLimitThrottleEvents",
    "WriteAccountLimitThrottleEvents"
  ],
  // Only under load, for databases of which it is measured. Source: facts/scans-verified.md B48.
  "AWS/RDS": ["DBLoad", "DBLoadCPU", "DBLoadNonCPU", "DBLoadRelativeToNumVCPUs"],
  "AWS/SQS": "all",
  "AWS/SNS": ["NumberOfMessagesPublished"],
  "AWS/Events": ["Invocations", "MatchedEvents", "FailedInvocations"],
  "AWS/PrivateLinkEndpoints": ["BytesProcessed", "ActiveConnections"],
  "AWS/CloudFront": ["Requests"],
  "AWS/Route53": ["DNSQueries"],
  "AWS/Logs": ["IncomingBytes", "IncomingLogEvents"],
  "AWS/ApiGateway": "all"
}

/** Services whose silence is only likely to be idleness: delivery is best-effort, or publishing must be confirmed. */
const weakEvidence = new Set(["AWS/Events", "AWS/PrivateLinkEndpoints"])

/** `zero` where a service publishes nothing when idle, `unknown` where absence proves nothing. */
export const whenAbsent = (namespace: string, metric: string): "zero" | "unknown" => {
  const metrics = zeroWhenAbsent[namespace]
  return metrics === "all" || metrics?.includes(metric) === true ? "zero" : "unknown"
}

/** How sure an absent series makes us. */
export const confidenceWhenAbsent = (namespace: string): "high" | "medium" =>
  weakEvidence.has(namespace) ? "medium" : "high"
