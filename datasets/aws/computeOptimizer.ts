/** What Compute Optimizer recommends, in accounts that have opted in to it. */
import {
  ComputeOptimizerClient,
  GetEC2InstanceRecommendationsCommand,
  GetLambdaFunctionRecommendationsCommand,
  type InstanceRecommendation as AwsRecommendation,
  type LambdaFunctionRecommendation as AwsFunctionRecommendation
} from "@aws-sdk/client-compute-optimizer"
import * as Effect from "effect/Effect"
import { list, type Listed, required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { dataset, derived, readOf } from "../engine/Dataset.ts"
import { instances } from "./ec2.ts"
import { functions } from "./lambda.ts"

const getInstanceRecommendations = listOperation(
  ComputeOptimizerClient,
  GetEC2InstanceRecommendationsCommand,
  "compute-optimizer:GetEC2InstanceRecommendations",
  "instanceRecommendations",
  { paging: { size: ["maxResults", 1000], input: "nextToken", output: "nextToken" } }
)

export interface InstanceRecommendation {
  readonly arn: string
  /** The type that it was made for. */
  readonly currentType: string
  /** `overprovisioned`, `underprovisioned`, `optimized` or `notoptimized`. */
  readonly finding: string
  /** The best of its options; undefined where it has none. */
  readonly target: string | undefined
  /** Whether it knows how much memory is used, which it does only where an agent tells. */
  readonly knowsMemory: boolean
  /** How the target differs from the current platform, such as `Architecture`. */
  readonly platformDifferences: ReadonlyArray<string>
}

const recommendationOf = (recommendation: AwsRecommendation): InstanceRecommendation => {
  const options = required(recommendation.recommendationOptions, "instanceRecommendations[].recommendationOptions")
  const best = options.find(({ rank }) => rank === 1)
  return {
    arn: required(recommendation.instanceArn, "instanceRecommendations[].instanceArn"),
    currentType: required(recommendation.currentInstanceType, "instanceRecommendations[].currentInstanceType"),
    finding: required(recommendation.finding, "instanceRecommendations[].finding").toLowerCase(),
    target: best?.instanceType,
    knowsMemory: (recommendation.utilizationMetrics ?? []).some(({ name }) => name?.toLowerCase() === "memory"),
    platformDifferences: best?.platformDifferences ?? []
  }
}

const none: Listed<InstanceRecommendation> = { items: [], gaps: [] }

/** Recommendations for the account's instances. None where the account has not opted in, which is no failure. */
export const ofInstances = dataset<ReadonlyArray<InstanceRecommendation>, { readonly instances: typeof instances }>(
  "computeOptimizer.ofInstances",
  {
    scope: "regional",
    needs: { instances },
    operations: [getInstanceRecommendations],
    read: Effect.fnUntraced(function* ({ instances }) {
      if (instances.every(({ state }) => state !== "running")) return readOf(none)
      const listed = list(getInstanceRecommendations, {}, (listed) => listed.map(recommendationOf))
      return readOf(
        yield* Effect.catchIf(
          listed,
          ({ reason }) => reason._tag === "NotEnabled",
          () => Effect.succeed(none)
        )
      )
    })
  }
)

/** For those who do not want to ask Compute Optimizer. */
export const notAsked = derived<ReadonlyArray<InstanceRecommendation>, {}>("computeOptimizer.notAsked", {
  scope: "regional",
  derive: () => []
})

const getFunctionRecommendations = listOperation(
  ComputeOptimizerClient,
  GetLambdaFunctionRecommendationsCommand,
  "compute-optimizer:GetLambdaFunctionRecommendations",
  "lambdaFunctionRecommendations",
  { paging: { size: ["maxResults", 1000], input: "nextToken", output: "nextToken" } }
)

/** What it recommends for the memory of functions with up to 1,792 MB and 50 invocations in two weeks. */
export interface FunctionRecommendation {
  /** Without a version. */
  readonly arn: string
  /** `$LATEST`, or a published version. */
  readonly version: string
  readonly currentMb: number
  /** `optimized`, `notoptimized` or `unavailable`. */
  readonly finding: string
  /** Such as `memoryoverprovisioned`. */
  readonly reasons: ReadonlyArray<string>
  /** The best of its options; undefined where it has none. */
  readonly targetMb: number | undefined
  /** What the best option saves in a month, after discounts where it tells; undefined without an amount in USD. */
  readonly monthlyUsd: number | undefined
}

const functionRecommendationOf = (recommendation: AwsFunctionRecommendation): FunctionRecommendation => {
  const best = (recommendation.memorySizeRecommendationOptions ?? []).find(({ rank }) => rank === 1)
  const amount =
    best?.savingsOpportunityAfterDiscounts?.estimatedMonthlySavings ?? best?.savingsOpportunity?.estimatedMonthlySavings
  return {
    arn: required(recommendation.functionArn, "lambdaFunctionRecommendations[].functionArn")
      .split(":")
      .slice(0, 7)
      .join(":"),
    version: recommendation.functionVersion ?? "$LATEST",
    currentMb: required(recommendation.currentMemorySize, "lambdaFunctionRecommendations[].currentMemorySize"),
    finding: required(recommendation.finding, "lambdaFunctionRecommendations[].finding").toLowerCase(),
    reasons: (recommendation.findingReasonCodes ?? []).map((reason) => reason.toLowerCase()),
    targetMb: best?.memorySize,
    monthlyUsd: amount?.currency?.toUpperCase() === "USD" ? amount.value : undefined
  }
}

/** Recommendations for the account's functions. None where the account has not opted in, which is no failure. */
export const ofFunctions = dataset<ReadonlyArray<FunctionRecommendation>, { readonly functions: typeof functions }>(
  "computeOptimizer.ofFunctions",
  {
    scope: "regional",
    needs: { functions },
    operations: [getFunctionRecommendations],
    read: Effect.fnUntraced(function* ({ functions }) {
      const nothing: Listed<FunctionRecommendation> = { items: [], gaps: [] }
      if (functions.length === 0) return readOf(nothing)
      const listed = list(getFunctionRecommendations, {}, (listed) => listed.map(functionRecommendationOf))
      return readOf(
        yield* Effect.catchIf(
          listed,
          ({ reason }) => reason._tag === "NotEnabled",
          () => Effect.succeed(nothing)
        )
      )
    })
  }
)
