import type {
  DescribeScalableTargetsCommandInput,
  DescribeScalableTargetsCommandOutput,
  ScalableDimension,
  ServiceNamespace
} from "@aws-sdk/client-application-auto-scaling"
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
    }
  }
})
