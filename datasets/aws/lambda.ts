/** What is read from Lambda. */
import {
  type FunctionConfiguration,
  GetFunctionCommand,
  GetPolicyCommand,
  LambdaClient,
  ListAliasesCommand,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  ListFunctionUrlConfigsCommand,
  ListProvisionedConcurrencyConfigsCommand,
  ListVersionsByFunctionCommand
} from "@aws-sdk/client-lambda"
import * as Effect from "effect/Effect"
import { AwsTarget, complete, list, required, requiredDate, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { spelledAs } from "../../core/enumeration.ts"
import type { Reading } from "../../core/Reading.ts"
import { dataset, family, listOf, whole } from "../engine/Dataset.ts"
import type { MapEvidence } from "../engine/Evidence.ts"
import { noneWhen } from "../engine/noneWhen.ts"
import { probe, seriesProbe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { metricsOf, questionsOf } from "../metrics/metricsOf.ts"
import type { Past } from "../metrics/Past.ts"
import { getMetricData, maxQueriesPerCall, SeriesReader } from "../metrics/SeriesReader.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"
import { distributions } from "./cloudfront.ts"

const paging = (items: number) => ({ size: ["MaxItems", items], input: "Marker", output: "NextMarker" }) as const

/** Lambda never lists more than 50 functions at a time. Source: shared/facts/aws-limits.md 2. */
const listFunctions = listOperation(LambdaClient, ListFunctionsCommand, "lambda:ListFunctions", "Functions", {
  paging: paging(50)
})

const listEventSourceMappings = listOperation(
  LambdaClient,
  ListEventSourceMappingsCommand,
  "lambda:ListEventSourceMappings",
  "EventSourceMappings",
  { paging: paging(100) }
)

const listProvisionedConcurrencyConfigs = listOperation(
  LambdaClient,
  ListProvisionedConcurrencyConfigsCommand,
  "lambda:ListProvisionedConcurrencyConfigs",
  "ProvisionedConcurrencyConfigs",
  { paging: paging(50) }
)

const getFunction = operation(LambdaClient, GetFunctionCommand, "lambda:GetFunction")
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
  /** Whether it may wait and go on later, so that one invocation is several runs. */
  readonly durable?: boolean
  /** The log group that it writes to. */
  readonly logGroup: string
  /** Whether Lambda's own reports of each call are among its logs. */
  readonly logsReports: boolean
  /** The queue or topic that gets the events which it could not handle. */
  readonly deadLetterArn: string | undefined
}

const unpublished = "$LATEST"

/** The ARN of a function without the version or alias that may follow its name. */
const unqualified = (arn: string): string => arn.split(":").slice(0, 7).join(":")

/** Levels of system logs at which Lambda writes reports. Source: Lambda guide, log levels of system logs (platform.report is INFO). */
const reportLevels: ReadonlySet<string> = new Set(["debug", "info"])

const packageType = spelledAs(["Image", "Zip"])

const functionOf = (fn: FunctionConfiguration): LambdaFunction => {
  const name = required(fn.FunctionName, "Functions[].FunctionName")
  return {
    arn: unqualified(required(fn.FunctionArn, "Functions[].FunctionArn")),
    name,
    description: fn.Description ?? "",
    runtime: fn.Runtime?.toLowerCase(),
    packageType: packageType(fn.PackageType ?? "Zip"),
    memoryMb: required(fn.MemorySize, "Functions[].MemorySize"),
    timeoutSeconds: fn.Timeout,
    codeSizeBytes: fn.CodeSize ?? 0,
    ephemeralStorageMb: fn.EphemeralStorage?.Size ?? 512,
    architecture: (fn.Architectures?.[0] ?? "x86_64").toLowerCase(),
    lastModifiedAt: requiredDate(fn.LastModified, "Functions[].LastModified"),
    roleArn: fn.Role ?? "",
    state: fn.State,
    vpcId: fn.VpcConfig?.VpcId === "" ? undefined : fn.VpcConfig?.VpcId,
    subnetIds: fn.VpcConfig?.SubnetIds ?? [],
    securityGroupIds: fn.VpcConfig?.SecurityGroupIds ?? [],
    layerArns: (fn.Layers ?? []).flatMap(({ Arn }) => Arn ?? []),
    snapStart: fn.SnapStart?.ApplyOn?.toLowerCase() === "publishedversions",
    capacityProviderArn: fn.CapacityProviderConfig?.LambdaManagedInstancesCapacityProviderConfig?.CapacityProviderArn,
    durable: fn.DurableConfig !== undefined,
    logGroup: fn.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`,
    logsReports: reportLevels.has(fn.LoggingConfig?.SystemLogLevel?.toLowerCase() ?? "info"),
    deadLetterArn: fn.DeadLetterConfig?.TargetArn
  }
}

/** The names of the image that a function was made from: by its tag and by its digest. For functions from an archive there is none. */
export const imageOf = probe<LambdaFunction, ReadonlyArray<string>>({
  name: "lambda.imageOf",
  operations: [getFunction],
  cap: 1000,
  batchSize: 1,
  costNote:
    "Lambda tells the image of one function at a time: a free call for each that has one, remembered for a week.",
  key: ({ arn }) => arn,
  identity: ({ arn, lastModifiedAt }) => `${arn} ${lastModifiedAt.toISOString()}`,
  isFixed: true,
  read: (functions) =>
    Effect.forEach(functions, ({ arn }) =>
      send(getFunction, { FunctionName: arn }, ({ Code }) => {
        const { ImageUri, ResolvedImageUri } = required(Code, "Code")
        return [required(ImageUri, "Code.ImageUri"), ...(ResolvedImageUri === undefined ? [] : [ResolvedImageUri])]
      })
    )
})

/** All functions, 50 a page. */
export const functions = listOf(
  "lambda.functions",
  "regional",
  listFunctions,
  {},
  (functions) => functions.map(functionOf),
  {
    kind: resourceKind<LambdaFunction>({
      type: "lambda:function",
      service: billedBy.lambda,
      tags: { tagging: ["lambda:function"] },
      id: ({ name }) => name,
      name: ({ name }) => name
    })
  }
)

/**
 * By the ARN without version, whether a function has a published version: only a version or an alias of one can be provisioned, and of
 * that Lambda tells function by function. A function that is not in it was not listed.
 */
export const published = dataset<ReadonlyMap<string, boolean>>("lambda.published", {
  scope: "regional",
  shape: "map",
  operations: [listFunctions],
  costNote: "Lambda lists the versions of all functions: a free call for every fifty of them.",
  read: () =>
    Effect.map(
      complete(
        list(listFunctions, { FunctionVersion: "ALL" }, (versions) =>
          versions.map(
            ({ FunctionArn, Version }) =>
              [
                unqualified(required(FunctionArn, "Functions[].FunctionArn")),
                required(Version, "Functions[].Version") !== unpublished
              ] as const
          )
        )
      ),
      (versions) => {
        const published = new Map<string, boolean>()
        for (const [arn, isPublished] of versions) published.set(arn, isPublished || published.get(arn) === true)
        return whole(published)
      }
    )
})

/** Whether a function is known to have no published version, and so nothing that could be provisioned. */
export const isUnpublished = (published: MapEvidence<string, boolean>, { arn }: LambdaFunction): boolean =>
  published.found.get(arn) === false

/** What polls a queue, stream or topic on behalf of a function. */
export interface EventSourceMapping {
  readonly id: string
  /** Without a version or an alias. */
  readonly functionArn: string
  /** Undefined for a self-managed Kafka cluster. */
  readonly sourceArn: string | undefined
  /** `enabled`, `disabled` and the states between. */
  readonly state: string
  /** The queue, topic or bucket that gets the records which could not be handled. */
  readonly failureDestinationArn: string | undefined
}

const ended: ReadonlySet<string> = new Set(["disabled", "disabling", "deleting"])

/** Whether the source may invoke the function as soon as there is something in it. */
export const mayInvoke = ({ state }: EventSourceMapping): boolean => !ended.has(state)

/** All event source mappings, 100 a page. */
export const eventSourceMappings = listOf(
  "lambda.eventSourceMappings",
  "regional",
  listEventSourceMappings,
  {},
  (mappings) =>
    mappings.map((mapping): EventSourceMapping => ({
      id: mapping.UUID ?? "",
      functionArn: unqualified(required(mapping.FunctionArn, "EventSourceMappings[].FunctionArn")),
      sourceArn: mapping.EventSourceArn,
      state: required(mapping.State, "EventSourceMappings[].State").toLowerCase(),
      failureDestinationArn: mapping.DestinationConfig?.OnFailure?.Destination
    }))
)

/** Where functions live that CloudFront replicates to its edges, which invoke them under another name in other regions. */
const edgeHome = "us-east-1"

/** ARNs, without version, of the functions that CloudFront replicates to its edges; none in regions other than their home. */
export const edgeFunctionArns = dataset<ReadonlySet<string>, {}, { distributions: typeof distributions }>(
  "lambda.edgeFunctionArns",
  {
    scope: "regional",
    shape: "set",
    operations: [],
    // What CloudFront does not tell is a gap in its home region, and nothing to anybody elsewhere.
    evidence: { distributions },
    read: Effect.fnUntraced(function* (_, { distributions: { failures, found } }) {
      const { region } = yield* AwsTarget
      if (region !== edgeHome) return whole(new Set<string>())
      return {
        value: new Set(found.flatMap(({ edgeFunctionArns }) => edgeFunctionArns.map(unqualified))),
        gaps: failures
      }
    })
  }
)

/** The invocations of a function in all its versions. Nothing is published while there are none. */
export const invocationsOf = ({ name }: LambdaFunction, days: number): SeriesSpec => ({
  namespace: "AWS/Lambda",
  metric: "Invocations",
  dimensions: { FunctionName: name },
  statistic: "Sum",
  days
})

/** The invocations of all functions, of so many days. */
export const invocations = family("lambda.invocations", (name, days: number) =>
  metricsOf(name, {
    scope: "regional",
    needs: { functions },
    metrics: [invocationsOf({ name: "" } as LambdaFunction, days)],
    series: ({ functions }) => functions.map((fn) => invocationsOf(fn, days))
  })
)

/** The invocations of a function that ended in an error, of its code or its runtime. */
export const errorsOf = (fn: LambdaFunction, days: number): SeriesSpec => ({
  ...invocationsOf(fn, days),
  metric: "Errors"
})

/** From which share of its calls on a function is failing, and how many calls one has of which nothing else is asked. */
export interface FailureLimits {
  readonly percent: number
  readonly calls: number
}

/**
 * The errors of all functions that are called, of so many days. Of one that is called often they are not asked for where those that
 * an earlier night counted are so few that it would not be failing if every call since had failed: no more calls fail than are made.
 */
export const errors = family("lambda.errors", (name, days: number, limits: FailureLimits) =>
  questionsOf(name, {
    scope: "regional",
    needs: { functions },
    evidence: { invocations: invocations(days) },
    metrics: [errorsOf({ name: "" } as LambdaFunction, days)],
    questions: ({ functions }, { invocations }) =>
      functions.flatMap((fn) => {
        const points = invocations.points(invocationsOf(fn, days))
        const callsFrom = (start: number) =>
          (points.known ? points.value : []).reduce(
            (sum, { at, value }) => (at.getTime() >= start ? sum + value : sum),
            0
          )
        const calls = callsFrom(0)
        if (points.known && calls === 0) return []
        return [
          {
            key: fn.name,
            identity: "",
            series: [errorsOf(fn, days)],
            settledBy: (past: Past) =>
              points.known &&
              calls >= limits.calls &&
              (100 * (past.total + callsFrom(past.until.getTime()))) / calls < limits.percent
          }
        ]
      })
  })
)

/** The errors of single functions, however many there may be. */
export const errorsOfSome = family("lambda.errorsOfSome", (name, days: number) =>
  seriesProbe<LambdaFunction>({
    name,
    costNote: "One paid metric for each function that works and has idle provisioned concurrency or too much memory.",
    metrics: [errorsOf({ name: "" } as LambdaFunction, days)],
    key: ({ name }) => name,
    series: (fn) => [errorsOf(fn, days)]
  })
)

/** The milliseconds that all invocations of a function took, which Lambda bills with its memory. */
const durationOf = (fn: LambdaFunction, days: number): SeriesSpec => ({
  ...invocationsOf(fn, days),
  metric: "Duration"
})

/** The milliseconds that the invocations of single functions took in so many days. What a function costs is worth a metric once a week. */
export const durations = family("lambda.durations", (name, days: number) =>
  probe<LambdaFunction, Reading<number>>({
    name,
    operations: [getMetricData],
    cap: 100_000,
    batchSize: maxQueriesPerCall,
    costNote:
      "One paid metric a week for each function on x86_64 whose calls could cost enough if each ran into its timeout.",
    key: ({ name }) => name,
    identity: ({ lastModifiedAt, memoryMb }) => `${lastModifiedAt.toISOString()} ${memoryMb}`,
    lasts: ({ known }) => known,
    // A series that was told is not asked for twice in a night, so that the search for the one that was not costs nothing.
    halves: () => true,
    read: (functions) =>
      Effect.gen(function* () {
        const reader = yield* SeriesReader
        const { gaps, series } = yield* reader.read(functions.map((fn) => durationOf(fn, days)))
        if (gaps[0] !== undefined) return yield* gaps[0]
        return functions.map((fn) => series.total(durationOf(fn, days)))
      })
  })
)

/** The longest that an invocation may take, in seconds. Source: Lambda quotas, "Function timeout". */
export const maxTimeoutSeconds = 900

/** Runtimes that never were on arm64: those of Amazon Linux 1. Source: Lambda guide, "Lambda runtimes", of 2021. */
const x86Runtimes =
  /^(nodejs|nodejs(4\.3|4\.3-edge|6\.10|8\.10|10\.x)|python(2\.7|3\.6|3\.7)|ruby2\.5|java8|go1\.x|dotnetcore(1\.0|2\.0|2\.1)|provided)$/

/**
 * Whether nothing in a function's configuration keeps it from arm64. A layer is built for an architecture, which the list does not tell;
 * of SnapStart it is not known for every runtime. What its code needs only a test tells.
 */
export const mayRunOnArm = ({
  architecture,
  capacityProviderArn,
  layerArns,
  packageType,
  runtime,
  snapStart
}: LambdaFunction): boolean =>
  architecture === "x86_64" &&
  packageType === "Zip" &&
  runtime !== undefined &&
  !x86Runtimes.test(runtime) &&
  layerArns.length === 0 &&
  !snapStart &&
  capacityProviderArn === undefined

/** The invocations of single functions, for those who have candidates only. */
export const invocationsOfSome = family("lambda.invocationsOfSome", (name, days: number) =>
  seriesProbe<LambdaFunction>({
    name,
    costNote: "One paid metric for each candidate.",
    metrics: [invocationsOf({ name: "" } as LambdaFunction, days)],
    key: ({ name }) => name,
    series: (fn) => [invocationsOf(fn, days)]
  })
)

const listFunctionUrlConfigs = listOperation(
  LambdaClient,
  ListFunctionUrlConfigsCommand,
  "lambda:ListFunctionUrlConfigs",
  "FunctionUrlConfigs",
  { paging: paging(50) }
)

/** A URL that invokes a function, or one of its aliases, without a service in between. */
export interface FunctionUrl {
  readonly url: string
  /** `aws_iam`, or `none` for everybody who knows the URL. */
  readonly auth: string
}

/** The URLs of a function; none for most. */
export const functionUrls = probe<LambdaFunction, ReadonlyArray<FunctionUrl>>({
  name: "lambda.functionUrls",
  operations: [listFunctionUrlConfigs],
  cap: 1000,
  batchSize: 1,
  costNote: "Lambda lists URLs by function: one free call for each candidate.",
  key: ({ arn }) => arn,
  read: (functions) =>
    Effect.forEach(functions, ({ name }) =>
      complete(
        list(listFunctionUrlConfigs, { FunctionName: name }, (configs) =>
          configs.map((config) => ({
            url: required(config.FunctionUrl, "FunctionUrlConfigs[].FunctionUrl"),
            auth: required(config.AuthType, "FunctionUrlConfigs[].AuthType").toLowerCase()
          }))
        )
      )
    )
})

export const listAliases = listOperation(LambdaClient, ListAliasesCommand, "lambda:ListAliases", "Aliases", {
  paging: paging(50)
})

export const listVersions = listOperation(
  LambdaClient,
  ListVersionsByFunctionCommand,
  "lambda:ListVersionsByFunction",
  "Versions",
  { paging: paging(50), neverEmpty: true }
)

/** Whether a function has these aliases and versions. One that is gone has none. */
export const hasQualifiers = Effect.fnUntraced(function* (name: string, wanted: ReadonlyArray<string>) {
  const none = noneWhen("ResourceNotFoundException", [])
  const isVersion = (qualifier: string) => /^\d+$/.test(qualifier)
  const aliases = wanted.every(isVersion)
    ? []
    : yield* none(
        complete(
          list(listAliases, { FunctionName: name }, (aliases) =>
            aliases.map(({ Name }) => required(Name, "Aliases[].Name"))
          )
        )
      )
  const versions = wanted.some(isVersion)
    ? yield* none(
        complete(
          list(listVersions, { FunctionName: name }, (versions) =>
            versions.map(({ Version }) => required(Version, "Versions[].Version"))
          )
        )
      )
    : []
  const all = new Set<string>([...aliases, ...versions])
  return new Map(wanted.map((qualifier) => [qualifier, all.has(qualifier)]))
})

/** A published version that an alias leads to, and that callers of the alias run. */
export interface AliasedVersion {
  readonly version: string
  /** Its aliases, sorted. */
  readonly aliases: ReadonlyArray<string>
  /** Undefined for a container image. */
  readonly runtime: string | undefined
}

/** The published versions behind the aliases of a function; none where nothing but the newest code has an alias. */
export const aliasedVersions = probe<LambdaFunction, ReadonlyArray<AliasedVersion>>({
  name: "lambda.aliasedVersions",
  operations: [listAliases, listVersions],
  cap: 2000,
  batchSize: 1,
  costNote:
    "Lambda lists aliases and versions by function: a free call for each function, and one for each 50 versions of those that have aliases.",
  key: ({ arn }) => arn,
  read: (functions) =>
    Effect.forEach(
      functions,
      Effect.fnUntraced(function* ({ name }: LambdaFunction) {
        const leads = yield* complete(
          list(listAliases, { FunctionName: name }, (aliases) =>
            aliases.flatMap((alias) => {
              const own = required(alias.Name, "Aliases[].Name")
              const versions = [
                required(alias.FunctionVersion, "Aliases[].FunctionVersion"),
                ...Object.keys(alias.RoutingConfig?.AdditionalVersionWeights ?? {})
              ]
              return versions.map((version) => ({ alias: own, version }))
            })
          )
        )
        const aliasesOf = Map.groupBy(
          leads.filter(({ version }) => version !== unpublished),
          ({ version }) => version
        )
        if (aliasesOf.size === 0) return []
        const versions = yield* complete(
          list(listVersions, { FunctionName: name }, (versions) =>
            versions.map((version): AliasedVersion => {
              const own = required(version.Version, "Versions[].Version")
              return {
                version: own,
                aliases: (aliasesOf.get(own) ?? []).map(({ alias }) => alias).sort(),
                runtime: version.Runtime?.toLowerCase()
              }
            })
          )
        )
        return versions.filter(({ aliases }) => aliases.length > 0)
      })
    )
})

/** The provisioned concurrency of one version or alias of a function. */
export interface ProvisionedConcurrency {
  readonly qualifier: string
  /** Environments that are kept ready, and billed. */
  readonly allocated: number
  /** When it was set; undefined where Lambda does not tell. */
  readonly changedAt?: Date
}

/**
 * The provisioned concurrency of a function's versions and aliases. No list answers for all, and its metrics are published while
 * requests come, which is never for an idle function. It can be changed without a trace in the function, so it is not remembered.
 */
export const provisionedConcurrency = probe<LambdaFunction, ReadonlyArray<ProvisionedConcurrency>>({
  name: "lambda.provisionedConcurrency",
  operations: [listProvisionedConcurrencyConfigs],
  cap: 2000,
  batchSize: 1,
  costNote:
    "Lambda lists provisioned concurrency by function: one free call for each function with a published version that is judged by it.",
  key: ({ arn }) => arn,
  read: (functions) =>
    Effect.forEach(functions, ({ name }) =>
      complete(
        list(listProvisionedConcurrencyConfigs, { FunctionName: name }, (configs) =>
          configs.map((config) => ({
            qualifier: required(config.FunctionArn, "ProvisionedConcurrencyConfigs[].FunctionArn").split(":")[7] ?? "",
            // While it is being allocated only the request is told.
            allocated: required(
              config.AllocatedProvisionedConcurrentExecutions ?? config.RequestedProvisionedConcurrentExecutions,
              "ProvisionedConcurrencyConfigs[].AllocatedProvisionedConcurrentExecutions"
            ),
            ...(config.LastModified === undefined
              ? {}
              : {
                  changedAt: requiredDate(config.LastModified, "ProvisionedConcurrencyConfigs[].LastModified")
                })
          }))
        )
      )
    )
})

/** The versions and aliases of a function that have provisioned concurrency. */
export interface ProvisionedFunction {
  readonly name: string
  readonly qualifiers: ReadonlyArray<string>
}

const ofQualifier = (
  name: string,
  qualifier: string,
  metric: string,
  statistic: "Sum" | "Maximum",
  days: number
): SeriesSpec => ({
  namespace: "AWS/Lambda",
  metric,
  // The use of provisioned concurrency is published for versions and aliases alone.
  dimensions: { FunctionName: name, Resource: `${name}:${qualifier}` },
  statistic,
  days
})

/** The invocations of one version or alias. */
export const invocationsOfQualifier = (name: string, qualifier: string, days: number): SeriesSpec =>
  ofQualifier(name, qualifier, "Invocations", "Sum", days)

/** The largest share of its provisioned concurrency that a version or alias used, from 0 to 1. */
export const provisionedPeak = (name: string, qualifier: string, days: number): SeriesSpec =>
  ofQualifier(name, qualifier, "ProvisionedConcurrencyUtilization", "Maximum", days)

/** How single functions use their provisioned concurrency. */
export const provisionedUse = family("lambda.provisionedUse", (name, days: number) =>
  seriesProbe<ProvisionedFunction>({
    name,
    costNote: "Two paid metrics for each version and alias that has provisioned concurrency.",
    metrics: [invocationsOfQualifier("", "", days), provisionedPeak("", "", days)],
    key: ({ name }) => name,
    series: ({ name, qualifiers }) =>
      qualifiers.flatMap((qualifier) => [
        invocationsOfQualifier(name, qualifier, days),
        provisionedPeak(name, qualifier, days)
      ])
  })
)

/** A function, or one version or alias of it: each has a policy of its own. */
export interface QualifiedFunction {
  readonly name: string
  /** Undefined for the function itself. */
  readonly qualifier: string | undefined
  /** Of the function. */
  readonly lastModifiedAt: Date
}

/** Services that the policy of a function, version or alias lets invoke it, such as `sns.amazonaws.com`. */
export const invokers = probe<QualifiedFunction, ReadonlyArray<string>>({
  name: "lambda.invokers",
  operations: [getPolicy],
  cap: 500,
  batchSize: 1,
  costNote:
    "Lambda tells one policy at a time: a call for each function without invocations that has provisioned concurrency, and for each version or alias that has it.",
  key: ({ name, qualifier }) => (qualifier === undefined ? name : `${name}:${qualifier}`),
  identity: ({ lastModifiedAt }) => lastModifiedAt.toISOString(),
  read: (versions) =>
    Effect.forEach(versions, ({ name, qualifier }) =>
      send(
        getPolicy,
        { FunctionName: name, ...(qualifier === undefined ? {} : { Qualifier: qualifier }) },
        ({ Policy }) => [
          ...new Set(
            [...required(Policy, "Policy").matchAll(/"([a-z0-9.-]+\.amazonaws\.com)"/g)].flatMap(
              ([, service]) => service ?? []
            )
          )
        ]
      ).pipe(
        // What has no policy lets only its own account invoke it.
        noneWhen("ResourceNotFoundException", [])
      )
    )
})
