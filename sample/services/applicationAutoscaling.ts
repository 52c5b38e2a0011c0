import type {
  DescribeScalableTargetsCommandInput,
  DescribeScalableTargetsCommandOutput,
  DescribeScalingPoliciesCommandInput,
  DescribeScalingPoliciesCommandOutput,
  MetricType,
  ScalableDimension,
  ServiceNamespace
} from "@aws-sdk/client-application-auto-scaling"
import { arnOf, hexOf } from "../ids.ts"
import { type Answer, dateOf, defineService, pageOf } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly scalableTargets: ReadonlyArray<ScalableTarget>
  }
}

export interface ScalableTarget {
  /** `service/shop/cart`, `table/orders`. */
  readonly name: string
  /** Its first part is the service: `ecs:service:DesiredCount`. */
  readonly dimension: `${"dynamodb" | "ecs" | "lambda"}:${string}:${string}`
  readonly minimum: number
  readonly maximum: number
  /** What target tracking keeps this metric at. */
  readonly tracks?: { readonly metric: MetricType; readonly target: number }
}

export default defineService({
  region: { scalableTargets: [] },
  answers: {
    "application-autoscaling:DescribeScalableTargets": (
      here,
      input: DescribeScalableTargetsCommandInput
    ): Answer<DescribeScalableTargetsCommandOutput> => {
      const targets = here.has.scalableTargets.filter(({ dimension }) =>
        dimension.startsWith(`${input.ServiceNamespace}:`)
      )
      const { items, next } = pageOf(targets, input.NextToken, input.MaxResults, 50)
      return {
        ScalableTargets: items.map(({ dimension, maximum, minimum, name }) => ({
          ServiceNamespace: input.ServiceNamespace as ServiceNamespace,
          ResourceId: name,
          ScalableDimension: dimension as ScalableDimension,
          MinCapacity: minimum,
          MaxCapacity: maximum,
          RoleARN: `arn:aws:iam::${here.account}:role/aws-service-role/application-autoscaling`,
          CreationTime: dateOf("2024-01-15T10:00:00Z")
        })),
        NextToken: next
      }
    },

    "application-autoscaling:DescribeScalingPolicies": (
      here,
      input: DescribeScalingPoliciesCommandInput
    ): Answer<DescribeScalingPoliciesCommandOutput> => {
      const policies = here.has.scalableTargets
        .filter(({ dimension }) => dimension.startsWith(`${input.ServiceNamespace}:`))
        .filter(({ name }) => input.ResourceId === undefined || name === input.ResourceId)
        .flatMap(({ dimension, name, tracks }) =>
          tracks === undefined
            ? []
            : [
                {
                  PolicyARN: arnOf("autoscaling", here, `scalingPolicy:${hexOf(here, `${name}/${dimension}`, 32)}`),
                  PolicyName: `${name}-${tracks.metric}`,
                  ServiceNamespace: input.ServiceNamespace as ServiceNamespace,
                  ResourceId: name,
                  ScalableDimension: dimension as ScalableDimension,
                  PolicyType: "TargetTrackingScaling" as const,
                  TargetTrackingScalingPolicyConfiguration: {
                    TargetValue: tracks.target,
                    PredefinedMetricSpecification: { PredefinedMetricType: tracks.metric }
                  },
                  CreationTime: dateOf("2024-01-15T10:00:00Z")
                }
              ]
        )
      const { items, next } = pageOf(policies, input.NextToken, input.MaxResults, 10)
      return { ScalingPolicies: items, NextToken: next }
    }
  }
})
