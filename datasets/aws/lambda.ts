/** What is read from Lambda. */
import {
  type FunctionConfiguration,
  GetPolicyCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  ListProvisionedConcurrencyConfigsCommand
} from "@aws-sdk/client-lambda"
import * as Effect from "effect/Effect"
import { AwsTarget, complete, list, required, send } from "../../core/aws/Aws.ts"
import { operation } from "../../core/aws/operation.ts"
import { distributions } from "./cloudfront.ts"
import { dataset, listOf, probe } from "../engine/Dataset.ts"
import { metricsOf, type SeriesSpec } from "../metrics/metrics.ts"
import { noneWhen } from "../engine/noneWhen.ts"

const paging = (items: number) => ({ size: ["MaxItems", items], input: "Marker", output: "NextMarker" }) as const

/** Lambda never lists more than 50 functions at a time. Source: shared/facts/aws-limits.md 2. */
const listFunctions = operation(LambdaClient, ListFunctionsCommand, "lambda:ListFunctions", { paging: paging(50) })

const listEventSourceMappings = operation(
  LambdaClient,
  ListEventSourceMappingsCommand,
  "lambda:ListEventSourceMappings",
  { paging: paging(100) }
)

const listProvisionedConcurrencyConfigs = operation(
  LambdaClient,
  ListProvisionedConcurrencyConfigsCommand,
  "lambda:ListProvisionedConcurrencyConfigs",
  { paging: paging(50) }
)

const getPolicy = operation(LambdaClient, GetPolicyCommand, "lambda:GetPolicy")

export interface LambdaFunction {
  /** Without a version or an alias. */
  readonly arn: string
  readonly name: string
  readonly description: string
  /** Undefined for container images, which bring their own. */
  readonly runtime: string | undefined
  /** `Zip` or `Image`. */
  readonly packageType: string
  readonly memoryMb: number
  readonly timeoutSeconds: number | undefined
  readonly codeSizeBytes: number
  readonly ephemeralStorageMb: number
  /** `x86_64` or `arm64`. */
  readonly architecture: string
  /** Of code or configuration. Lambda tells no creation time; the function is at least this old. */
  readonly lastModifiedAt: Date
  readonly roleArn: string
  /** `Active`, `Inactive`, `Pending` or `Failed`; undefined where the list does not say. */
  readonly state: string | undefined
  readonly vpcId: string | undefined
  readonly subnetIds: ReadonlyArray<string>
  readonly securityGroupIds: ReadonlyArray<string>
  readonly layerArns: ReadonlyArray<string>
  /** Whether its published versions keep a snapshot to start from. */
  readonly snapStart: boolean
  /** Of a function that runs on Lambda Managed Instances, which are billed as EC2 instances. */
  readonly capacityProviderArn: string | undefined
  /** The log group that it writes to. */
  readonly logGroup: string
}

/** `2026-11-20T02:00:00.000+0000`: how Lambda writes an instant. */
const instantOf = (text: string | undefined): Date | undefined => {
  const instant = new Date(text ?? "")
  return Number.isNaN(instant.getTime()) ? undefined : instant
}

/** The ARN of a function without the version or alias that may follow its name. */
const unqualified = (arn: string): string => arn.split(":").slice(0, 7).join(":")

const functionOf = (fn: FunctionConfiguration): LambdaFunction => {
  const name = required(fn.FunctionName, "Functions[].FunctionName")
  return {
    arn: unqualified(required(fn.FunctionArn, "Functions[].FunctionArn")),
    name,
    description: fn.Description ?? "",
    runtime: fn.Runtime,
    packageType: fn.PackageType ?? "Zip",
    memoryMb: required(fn.MemorySize, "Functions[].MemorySize"),
    timeoutSeconds: fn.Timeout,
    codeSizeBytes: fn.CodeSize ?? 0,
    ephemeralStorageMb: fn.EphemeralStorage?.Size ?? 512,
    architecture: fn.Architectures?.[0] ?? "x86_64",
    lastModifiedAt: required(instantOf(fn.LastModified), "Functions[].LastModified"),
    roleArn: fn.Role ?? "",
    state: fn.State,
    vpcId: fn.VpcConfig?.VpcId === "" ? undefined : fn.VpcConfig?.VpcId,
    subnetIds: fn.VpcConfig?.SubnetIds ?? [],
    securityGroupIds: fn.VpcConfig?.SecurityGroupIds ?? [],
    layerArns: (fn.Layers ?? []).flatMap(({ Arn }) => Arn ?? []),
    snapStart: fn.SnapStart?.ApplyOn === "PublishedVersions",
    capacityProviderArn: fn.CapacityProviderConfig?.LambdaManagedInstancesCapacityProviderConfig?.CapacityProviderArn,
    logGroup: fn.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`
  }
}

/** All functions, 50 a page. */
export const functions = listOf("lambda.functions", "regional", listFunctions, {}, (page) =>
  (page.Functions ?? []).map(functionOf)
)

/** What polls a queue, stream or topic on behalf of a function. */
export interface EventSourceMapping {
  readonly id: string
  /** Without a version or an alias. */
  readonly functionArn: string
  /** Undefined for a self-managed Kafka cluster. */
  readonly sourceArn: string | undefined
  /** `Enabled`, `Disabled` and the states between. */
  readonly state: string
}

/** All event source mappings, 100 a page. */
export const eventSourceMappings = listOf(
  "lambda.eventSourceMappings",
  "regional",
  listEventSourceMappings,
  {},
  (page) =>
    (page.EventSourceMappings ?? []).flatMap((mapping): ReadonlyArray<EventSourceMapping> =>
      mapping.FunctionArn === undefined
        ? []
        : [
            {
              id: mapping.UUID ?? "",
              functionArn: unqualified(mapping.FunctionArn),
              sourceArn: mapping.EventSourceArn,
              state: mapping.State ?? ""
            }
          ]
    )
)

/**
 * ARNs, without version, of the functions that CloudFront replicates to its edges. They live in us-east-1 and are
 * invoked under another name in other regions, so elsewhere the answer is empty and makes no call.
 */
export const edgeFunctionArns = dataset<ReadonlySet<string>>({
  name: "lambda.edgeFunctionArns",
  scope: "regional",
  operations: distributions.operations,
  read: Effect.fnUntraced(function* () {
    const { region } = yield* AwsTarget
    if (region !== "us-east-1") return { value: new Set<string>(), gaps: [] }
    const { gaps, value } = yield* distributions.read({})
    return { value: new Set(value.flatMap(({ edgeFunctionArns }) => edgeFunctionArns.map(unqualified))), gaps }
  })
})

/** The invocations of a function in all its versions. Nothing is published while there are none. */
export const invocationsOf = ({ name }: LambdaFunction, days: number): SeriesSpec => ({
  namespace: "AWS/Lambda",
  metric: "Invocations",
  dimensions: { FunctionName: name },
  statistic: "Sum",
  days
})

/** The invocations of all functions, of so many days. */
export const invocations = (days: number) =>
  metricsOf(`lambda.invocations(${days}d)`, "regional", { functions }, ({ functions }) =>
    functions.map((fn) => invocationsOf(fn, days))
  )

/** The provisioned concurrency of one version or alias of a function. */
export interface ProvisionedConcurrency {
  readonly qualifier: string
  /** Environments that are kept ready, and billed. */
  readonly allocated: number
}

/** The provisioned concurrency of a function's versions and aliases; empty for most functions. */
export const provisionedConcurrency = probe<LambdaFunction, ReadonlyArray<ProvisionedConcurrency>>({
  name: "lambda.provisionedConcurrency",
  operations: [listProvisionedConcurrencyConfigs],
  cap: 2000,
  batchSize: 1,
  costNote: "Lambda lists provisioned concurrency by function: one call for each function without invocations.",
  key: ({ arn }) => arn,
  read: (functions) =>
    Effect.forEach(functions, ({ name }) =>
      complete(
        list(listProvisionedConcurrencyConfigs, { FunctionName: name }, (page) =>
          (page.ProvisionedConcurrencyConfigs ?? []).map((config) => ({
            qualifier: required(config.FunctionArn, "ProvisionedConcurrencyConfigs[].FunctionArn").split(":")[7] ?? "",
            allocated:
              config.AllocatedProvisionedConcurrentExecutions ?? config.RequestedProvisionedConcurrentExecutions ?? 0
          }))
        )
      )
    )
})

/** One version or alias of a function. */
export interface QualifiedFunction {
  readonly name: string
  readonly qualifier: string
}

export const qualifiedKey = ({ name, qualifier }: QualifiedFunction): string => `${name}:${qualifier}`

/** Services that the policy of a version or alias lets invoke it, such as `sns.amazonaws.com`. */
export const invokers = probe<QualifiedFunction, ReadonlyArray<string>>({
  name: "lambda.invokers",
  operations: [getPolicy],
  cap: 500,
  batchSize: 1,
  costNote: "One call for each version or alias that has provisioned concurrency and no invocations.",
  key: qualifiedKey,
  read: (versions) =>
    Effect.forEach(versions, ({ name, qualifier }) =>
      send(getPolicy, { FunctionName: name, Qualifier: qualifier }).pipe(
        Effect.map(({ Policy = "" }) => [
          ...new Set([...Policy.matchAll(/"([a-z0-9.-]+\.amazonaws\.com)"/g)].flatMap(([, service]) => service ?? []))
        ]),
        // What has no policy lets only its own account invoke it.
        noneWhen("ResourceNotFoundException", [])
      )
    )
})
