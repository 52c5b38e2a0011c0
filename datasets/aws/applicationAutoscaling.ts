/** What is read from Application Auto Scaling: what it scales between which bounds, and by which rules. */
import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand
} from "@aws-sdk/client-application-auto-scaling"
import * as Effect from "effect/Effect"
import { complete, list, required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { family, listOf } from "../engine/Dataset.ts"
import { probe } from "../engine/Probe.ts"

/** Services whose resources it scales. AWS lists those of one service at a time. */
export type ServiceNamespace = "dynamodb" | "ecs" | "lambda"

const paging = (items: number) => ({ size: ["MaxResults", items], input: "NextToken", output: "NextToken" }) as const

/** At most 50 a page. Source: shared/facts/page-sizes.md. */
const describeScalableTargets = listOperation(
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  "application-autoscaling:DescribeScalableTargets",
  "ScalableTargets",
  { paging: paging(50) }
)

/** At most 10 a page, so that a list of all policies takes five times the calls of the targets. Source: shared/facts/page-sizes.md. */
const describeScalingPolicies = listOperation(
  ApplicationAutoScalingClient,
  DescribeScalingPoliciesCommand,
  "application-autoscaling:DescribeScalingPolicies",
  "ScalingPolicies",
  { paging: paging(10) }
)

/** One number of a resource that is scaled, such as the read units of a table. */
export interface ScalableTarget {
  /** `table/orders`, `table/orders/index/by-day`, `service/shop/cart`, `function:orders:live`. */
  readonly resourceId: string
  /** `dynamodb:table:ReadCapacityUnits`, `ecs:service:DesiredCount`, `lambda:function:ProvisionedConcurrency`. */
  readonly dimension: string
  readonly minimum: number
  readonly maximum: number
  /** Whether rules do not scale it in at the moment, or not out. */
  readonly scaleInSuspended: boolean
  readonly scaleOutSuspended: boolean
}

/** What makes a target this one. */
export const targetKey = ({ dimension, resourceId }: Pick<ScalableTarget, "resourceId" | "dimension">): string =>
  `${resourceId} ${dimension}`

/** Everything of a service that is scaled, 50 a page. */
export const scalableTargets = family("applicationAutoscaling.scalableTargets", (name, namespace: ServiceNamespace) =>
  listOf(name, "regional", describeScalableTargets, { ServiceNamespace: namespace }, (targets) =>
    targets.map((target): ScalableTarget => ({
      resourceId: required(target.ResourceId, "ScalableTargets[].ResourceId"),
      dimension: required(target.ScalableDimension, "ScalableTargets[].ScalableDimension"),
      minimum: required(target.MinCapacity, "ScalableTargets[].MinCapacity"),
      maximum: required(target.MaxCapacity, "ScalableTargets[].MaxCapacity"),
      scaleInSuspended: target.SuspendedState?.DynamicScalingInSuspended ?? false,
      scaleOutSuspended: target.SuspendedState?.DynamicScalingOutSuspended ?? false
    }))
  )
)

/** A rule by which a target is scaled. */
export interface ScalingPolicy {
  readonly name: string
  /** `targettrackingscaling`, `stepscaling` or `predictivescaling`. */
  readonly type: string
  readonly dimension: string
  /** What it keeps its metric at: percent of use for tables, the share of use for functions. Undefined for other types. */
  readonly targetValue: number | undefined
  /** Whether it only scales out. */
  readonly scaleInDisabled: boolean
}

/** The rules of one resource in all its dimensions. */
export const scalingPolicies = family("applicationAutoscaling.scalingPolicies", (name, namespace: ServiceNamespace) =>
  probe<Pick<ScalableTarget, "resourceId">, ReadonlyArray<ScalingPolicy>>({
    name,
    operations: [describeScalingPolicies],
    cap: 1000,
    batchSize: 1,
    costNote:
      "The rules of one scaled resource at a time: a list of all has ten a page. One free call for each candidate.",
    key: ({ resourceId }) => resourceId,
    read: (targets) =>
      Effect.forEach(targets, ({ resourceId }) =>
        complete(
          list(describeScalingPolicies, { ServiceNamespace: namespace, ResourceId: resourceId }, (policies) =>
            policies.map((policy): ScalingPolicy => ({
              name: required(policy.PolicyName, "ScalingPolicies[].PolicyName"),
              type: required(policy.PolicyType, "ScalingPolicies[].PolicyType").toLowerCase(),
              dimension: required(policy.ScalableDimension, "ScalingPolicies[].ScalableDimension"),
              targetValue: policy.TargetTrackingScalingPolicyConfiguration?.TargetValue,
              scaleInDisabled: policy.TargetTrackingScalingPolicyConfiguration?.DisableScaleIn ?? false
            }))
          )
        )
      )
  })
)
