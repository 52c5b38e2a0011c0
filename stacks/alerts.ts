/// <reference path="../.sst/platform/config.d.ts" />
/** What tells people and other systems: the topic, the bus with its archive, and the way from one to the other. */
import type { Config } from "../core/config/Config.ts"
import { identity } from "./functions.ts"

/** What of the bus is worth a message; everything is on the bus and in its archive. */
const alarming = ["nightaudit.run.failed", "nightaudit.threshold.breached", "nightaudit.threshold.over"]

export const alerts = ({ deploy }: Config) => {
  const { account, partition } = identity()
  // The key that AWS manages for SNS lets neither alarms nor the bus publish. Source: SNS developer guide, "Key management".
  const key = new aws.kms.Key("AlertsKey", {
    description: "Messages of Night Audit on their way",
    enableKeyRotation: true,
    deletionWindowInDays: 30,
    policy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: $interpolate`arn:${partition}:iam::${account}:root` },
          Action: "kms:*",
          Resource: "*"
        },
        {
          Effect: "Allow",
          Principal: { Service: ["cloudwatch.amazonaws.com", "events.amazonaws.com"] },
          Action: ["kms:Decrypt", "kms:GenerateDataKey"],
          Resource: "*",
          Condition: { StringEquals: { "aws:SourceAccount": account } }
        }
      ]
    })
  })
  const topic = new sst.aws.SnsTopic("Alerts", { transform: { topic: { kmsMasterKeyId: key.arn } } })
  for (const [protocol, endpoints] of [
    ["email", deploy.alerts.emails],
    ["https", deploy.alerts.https]
  ] as const) {
    for (const [index, endpoint] of endpoints.entries()) {
      new aws.sns.TopicSubscription(`Alerts${protocol === "email" ? "Mail" : "Webhook"}${index + 1}`, {
        topic: topic.arn,
        protocol,
        endpoint
      })
    }
  }
  const bus = new sst.aws.Bus("Events")
  new aws.cloudwatch.EventArchive("Events", {
    description: "What happened to findings and runs",
    eventSourceArn: bus.arn,
    retentionDays: 90
  })
  const rule = new aws.cloudwatch.EventRule("Alarming", {
    description: "Events that people are told of",
    eventBusName: bus.name,
    eventPattern: JSON.stringify({ "detail-type": alarming })
  })
  new aws.cloudwatch.EventTarget("Alarming", { eventBusName: bus.name, rule: rule.name, arn: topic.arn })
  new aws.sns.TopicPolicy("Alerts", {
    arn: topic.arn,
    policy: $jsonStringify({
      Version: "2012-10-17",
      Statement: ["events.amazonaws.com", "cloudwatch.amazonaws.com"].map((Service) => ({
        Effect: "Allow",
        Principal: { Service },
        Action: "sns:Publish",
        Resource: topic.arn,
        Condition: { StringEquals: { "aws:SourceAccount": account } }
      }))
    })
  })
  return { topic, bus, key }
}

export type Alerts = ReturnType<typeof alerts>
