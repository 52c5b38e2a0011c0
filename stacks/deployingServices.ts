/** Which services the role that deploys needs, for whoever writes its policy. */
import type { DeployConfig } from "../core/config/deploy.ts"
import { planningActions } from "./permissions.ts"

/**
 * What SST itself keeps in each account and region: two buckets, a repository for images, and parameters that say where these are and how its
 * state is encrypted. Source: SST's documentation, "IAM Credentials".
 */
export const ownServicesOfSst = ["ecr", "s3", "ssm"] as const

const always = [
  ...ownServicesOfSst,
  "bedrock-agentcore",
  "cloudformation",
  "cloudwatch",
  "dynamodb",
  "events",
  "iam",
  "kms",
  "lambda",
  "logs",
  "scheduler",
  "sns",
  "sqs",
  "states"
]

/** A network has a private zone for the names in it, and the endpoints have theirs. */
const networks = ["ec2", "route53", "servicediscovery"]

const fargate = ["application-autoscaling", "ecs", "elasticloadbalancing", "wafv2"]

/**
 * What a deployment and `deploy-check`, which the pipeline runs before it, ask of the organisation: whose it is and, by units or without, which
 * accounts it has; and whether StackSets are trusted, which `deploy-check` may do without.
 */
export const organizationActions = [...planningActions, "organizations:ListAWSServiceAccessForOrganization"].sort()

/** The services in which a deployment makes something, by their prefixes in IAM, in order. */
export const deployingServices = ({ authorization, privateNetwork, runtime }: DeployConfig): ReadonlyArray<string> =>
  [
    ...always,
    ...(authorization === "cognito" ? ["cognito-idp"] : []),
    ...(privateNetwork || runtime === "fargate" ? networks : []),
    ...(runtime === "fargate" ? fargate : [])
  ].sort()
