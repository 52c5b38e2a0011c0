/// <reference path="../.sst/platform/config.d.ts" />
/**
 * What tells people and other systems: the topics, and the bus with its archive. No rule leads from the bus to a topic: the notify
 * function tells people of thresholds and of runs that failed in a text that they can read, and a rule would tell them twice.
 */
import { attributeText } from "../core/alerts/Message.ts"
import type { Config } from "../core/config/Config.ts"
import { identity } from "./functions.ts"

export const alerts = ({ alerts: told, deploy, ownerTagKeys }: Config) => {
  const { account, partition } = identity()
  // The key that AWS manages for SNS lets no alarm publish. Source: SNS developer guide, "Key management".
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
          Principal: { Service: ["cloudwatch.amazonaws.com"] },
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
  // Owners have a topic of their own, so that whoever reads the organisation's digest does not get everybody's.
  const owners =
    ownerTagKeys === undefined || !told.digest.owners
      ? undefined
      : new sst.aws.SnsTopic("Owners", { transform: { topic: { kmsMasterKeyId: key.arn } } })
  if (owners !== undefined) {
    for (const [at, [owner, emails]] of Object.entries(deploy.alerts.owners).entries()) {
      for (const [index, endpoint] of emails.entries()) {
        new aws.sns.TopicSubscription(`Owner${at + 1}Mail${index + 1}`, {
          topic: owners.arn,
          protocol: "email",
          endpoint,
          filterPolicy: JSON.stringify({ owner: [attributeText(owner)] })
        })
      }
    }
  }
  const bus = new sst.aws.Bus("Events")
  new aws.cloudwatch.EventArchive("Events", {
    description: "What happened to findings and runs",
    eventSourceArn: bus.arn,
    retentionDays: 90
  })
  new aws.sns.TopicPolicy("Alerts", {
    arn: topic.arn,
    policy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: topic.arn,
          Condition: { StringEquals: { "aws:SourceAccount": account } }
        }
      ]
    })
  })
  return { topic, owners, bus, key }
}

export type Alerts = ReturnType<typeof alerts>
