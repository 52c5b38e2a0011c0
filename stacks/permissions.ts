/** What each function may do: no more than what its bundle calls, which a test derives and compares. */
import { keys } from "../core/store/dynamo/dynamoTable.ts"
import policies from "../audit/policies.json" with { type: "json" }
import { startKeys } from "../workflows/microScan/startKeys.ts"
import type { StepName } from "../workflows/nightly.ts"

/** What the store calls. */
export const tableActions = [
  "dynamodb:BatchGetItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:DeleteItem",
  "dynamodb:GetItem",
  "dynamodb:PutItem",
  "dynamodb:Query",
  "dynamodb:UpdateItem"
]

/** What SNS does with the topic's key in the name of whoever publishes. Source: SNS developer guide, "Key management". */
export const keyActions = ["kms:Decrypt", "kms:GenerateDataKey"]

/** The objects of the bucket that are reports; what else is in it is the gateway's. */
export const reportObjects = "reports/*"

/** What writes reports does with the bucket. */
export const reportActions = ["s3:PutObject"]

/** What opens a report, called by anybody who has a link: it looks the link up, and signs for that one object. */
export const openingActions = { table: ["dynamodb:GetItem"], reports: ["s3:GetObject"] }

/** What looks for the newest night's plan: the runs of the table, and nothing else that is in it. */
export const readingRuns = {
  actions: ["dynamodb:Query"],
  conditions: [
    { test: "ForAllValues:StringEquals", variable: "dynamodb:LeadingKeys", values: [keys.run("").pk] },
    { test: "Null", variable: "dynamodb:LeadingKeys", values: ["false"] }
  ]
}

/** What looks up whether an event was looked at, and keeps that it was. */
export const rememberingStarts = {
  actions: ["dynamodb:BatchWriteItem", "dynamodb:GetItem"],
  conditions: [
    { test: "ForAllValues:StringLike", variable: "dynamodb:LeadingKeys", values: [`${keys.cache(startKeys).pk}*`] },
    { test: "Null", variable: "dynamodb:LeadingKeys", values: ["false"] }
  ]
}

/** What Lambda does with a queue in the name of the function that it feeds. Source: Lambda developer guide, "Using Lambda with Amazon SQS". */
export const queueActions = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]

/** What Lambda does in the name of a function that is traced. Source: Lambda developer guide, "Visualize Lambda function invocations using AWS X-Ray". */
export const tracingActions = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]

/** The steps that enter accounts. */
export const entering: ReadonlyArray<StepName> = ["discover", "scan"]

/** What planning asks of the organisation. AWS offers none of it by resource. */
export const planningActions = policies.planning

export const priceListAction = policies.priceList

const vended =
  'Deliveries of vended logs have no resources. Source: Step Functions developer guide, "Logging using CloudWatch Logs".'

/** Wildcards that are accepted, with the reason. Whatever else is a wildcard fails a test. */
export const acceptedWildcards: Readonly<Record<string, string>> = {
  "organizations:*": "AWS Organizations has no resources for lists of accounts.",
  "sts:AssumeRole":
    "The account is the wildcard: the role has one name in all of them, and each trusts only these functions.",
  "pricing:GetProducts": "The Price List has no resources.",
  "xray:*": "X-Ray has no resources for segments.",
  "ecr:GetAuthorizationToken": "A token is for the registry as a whole; which images it pulls is said by repository.",
  "logs:*LogDelivery": vended,
  "logs:ListLogDeliveries": vended,
  "logs:DescribeLogGroups": vended,
  "logs:DescribeResourcePolicies": vended,
  "logs:PutResourcePolicy": vended
}
