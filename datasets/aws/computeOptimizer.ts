/** What Compute Optimizer recommends, in accounts that have opted in to it. */
import {
  ComputeOptimizerClient,
  GetEC2InstanceRecommendationsCommand,
  GetLambdaFunctionRecommendationsCommand,
  type InstanceRecommendation as AwsRecommendation,
  type LambdaFunctionRecommendation as AwsFunctionRecommendation
} from "@aws-sdk/client-compute-optimizer"
import * as Effect from "effect/Effect"
import { type AwsServices, list, type Listed, required } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { dataset, derived, type Read, whole } from "../engine/Dataset.ts"
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

/** What Compute Optimizer has told. */
interface Told<A> {
  readonly items: ReadonlyArray<A>
  /** Whether the account has opted in. What has not, or not any more, is told nothing, which is no failure. */
  readonly optedIn: boolean
}

const nothing: Told<never> = { items: [], optedIn: true }

const toldOf = <A>(
  listed: Effect.Effect<Listed<A>, AwsError, AwsServices>
): Effect.Effect<Read<Told<A>>, AwsError, AwsServices> =>
  listed.pipe(
    Effect.map(({ gaps, items }): Read<Told<A>> => ({ value: { items, optedIn: true }, gaps })),
    Effect.catchIf(
      ({ reason }) => reason._tag === "NotEnabled",
      () => Effect.succeed(whole({ ...nothing, optedIn: false }))
    )
  )

/** Why what rests on Compute Optimizer stays as it was. */
export const silence =
  "the account has not opted in to Compute Optimizer, or has opted out: what it recommended before is neither confirmed nor withdrawn"

const toldOfInstances = dataset<Told<InstanceRecommendation>, { readonly instances: typeof instances }>(
  "computeOptimizer.toldOfInstances",
  {
    scope: "regional",
    shape: "value",
    needs: { instances },
    operations: [getInstanceRecommendations],
    read: ({ instances }) =>
      instances.every(({ state }) => state !== "running")
        ? Effect.succeed(whole(nothing))
        : toldOf(list(getInstanceRecommendations, {}, (listed) => listed.map(recommendationOf)))
  }
)

/** Recommendations for the account's instances. None where the account has not opted in, which is no failure. */
export const ofInstances = derived<ReadonlyArray<InstanceRecommendation>, { readonly told: typeof toldOfInstances }>(
  "computeOptimizer.ofInstances",
  {
    scope: "regional",
    needs: { told: toldOfInstances },
    inventory: ["told"],
    derive: ({ told }) => told.items
  }
)

/** Whether the account has opted in, as its instances were asked for. */
export const speaksOfInstances = derived<boolean, { readonly told: typeof toldOfInstances }>(
  "computeOptimizer.speaksOfInstances",
  { scope: "regional", shape: "value", needs: { told: toldOfInstances }, derive: ({ told }) => told.optedIn }
)

/** For those who do not want to ask Compute Optimizer. */
export const notAsked = derived<ReadonlyArray<InstanceRecommendation>, {}>("computeOptimizer.notAsked", {
  scope: "regional",
  derive: () => []
})

/** For the same: what it has told before is not wanted either. */
export const notWanted = derived<boolean, {}>("computeOptimizer.notWanted", {
  scope: "regional",
  shape: "value",
  derive: () => true
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
  /** What the amount is at: net of all discounts, or list prices, which is what there is where no discounts are told. */
  readonly price: "list" | "net"
}

const functionRecommendationOf = (recommendation: AwsFunctionRecommendation): FunctionRecommendation => {
  const best = (recommendation.memorySizeRecommendationOptions ?? []).find(({ rank }) => rank === 1)
  const net = best?.savingsOpportunityAfterDiscounts?.estimatedMonthlySavings
  const amount = net ?? best?.savingsOpportunity?.estimatedMonthlySavings
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
    monthlyUsd: amount?.currency?.toUpperCase() === "USD" ? amount.value : undefined,
    price: net === undefined ? "list" : "net"
  }
}

const toldOfFunctions = dataset<Told<FunctionRecommendation>, { readonly functions: typeof functions }>(
  "computeOptimizer.toldOfFunctions",
  {
    scope: "regional",
    shape: "value",
    needs: { functions },
    operations: [getFunctionRecommendations],
    read: ({ functions }) =>
      functions.length === 0
        ? Effect.succeed(whole(nothing))
        : toldOf(list(getFunctionRecommendations, {}, (listed) => listed.map(functionRecommendationOf)))
  }
)

/** Recommendations for the account's functions. None where the account has not opted in, which is no failure. */
export const ofFunctions = derived<ReadonlyArray<FunctionRecommendation>, { readonly told: typeof toldOfFunctions }>(
  "computeOptimizer.ofFunctions",
  {
    scope: "regional",
    needs: { told: toldOfFunctions },
    inventory: ["told"],
    derive: ({ told }) => told.items
  }
)

/** Whether the account has opted in, as its functions were asked for. */
export const speaksOfFunctions = derived<boolean, { readonly told: typeof toldOfFunctions }>(
  "computeOptimizer.speaksOfFunctions",
  { scope: "regional", shape: "value", needs: { told: toldOfFunctions }, derive: ({ told }) => told.optedIn }
)
