/** What is read from API Gateway: REST APIs of its first generation, HTTP APIs of its second. */
import {
  APIGatewayClient,
  GetResourcesCommand,
  GetRestApisCommand,
  GetStagesCommand as GetRestStagesCommand,
  GetUsagePlansCommand,
  type Method
} from "@aws-sdk/client-api-gateway"
import {
  ApiGatewayV2Client,
  GetApisCommand,
  GetStagesCommand as GetHttpStagesCommand
} from "@aws-sdk/client-apigatewayv2"
import * as Effect from "effect/Effect"
import { type AwsServices, AwsTarget, complete, list, required } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { emptyWithout, type ListField, listOperation } from "../../core/aws/operation.ts"
import { dataset, derived, family, listOf } from "../engine/Dataset.ts"
import { onceProbe, probe, seriesProbe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { metricsOf } from "../metrics/metricsOf.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"
import type { Tags } from "./tags.ts"

/** A list that may be left out where it is empty; that no page follows and the id of the request prove that it is. */
const orEmpty = <Item>(name: string, token: string): ListField<any, Item> => ({
  name,
  of: (output) => output[name],
  emptyWhen: emptyWithout(token)
})

interface RestApi {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly tags?: Tags | undefined
  readonly policy?: string | undefined
  readonly endpointConfiguration?: { readonly types?: ReadonlyArray<string> | undefined } | undefined
}

/** 500 a page; without a size it would be 25. Source: shared/facts/page-sizes.md. */
const getRestApis = listOperation(
  APIGatewayClient,
  GetRestApisCommand,
  "apigateway:GET",
  orEmpty<RestApi>("items", "position"),
  { paging: { size: ["limit", 500], input: "position", output: "position" } }
)

/** Has no pages. */
const getRestStages = listOperation(
  APIGatewayClient,
  GetRestStagesCommand,
  "apigateway:GET",
  orEmpty<RestStage>("item", "position")
)

interface RestStage {
  readonly stageName?: string | undefined
  readonly createdDate?: Date | undefined
  readonly lastUpdatedDate?: Date | undefined
  readonly cacheClusterEnabled?: boolean | undefined
  readonly cacheClusterSize?: string | undefined
  readonly canarySettings?: object | undefined
  readonly clientCertificateId?: string | undefined
  readonly tracingEnabled?: boolean | undefined
  readonly webAclArn?: string | undefined
  readonly tags?: Tags | undefined
}

/** Source: shared/facts/page-sizes.md, where the largest page is a guess. */
const paging = { size: ["MaxResults", 500], input: "NextToken", output: "NextToken" } as const

const getHttpApis = listOperation(
  ApiGatewayV2Client,
  GetApisCommand,
  "apigateway:GET",
  orEmpty<{
    readonly ApiId?: string | undefined
    readonly Name?: string | undefined
    readonly ProtocolType?: string | undefined
    readonly Tags?: Tags | undefined
  }>("Items", "NextToken"),
  { paging }
)

const getHttpStages = listOperation(
  ApiGatewayV2Client,
  GetHttpStagesCommand,
  "apigateway:GET",
  orEmpty<{
    readonly StageName?: string | undefined
    readonly CreatedDate?: Date | undefined
    readonly LastUpdatedDate?: Date | undefined
    readonly Tags?: Tags | undefined
  }>("Items", "NextToken"),
  { paging }
)

export interface Api {
  readonly id: string
  readonly name: string
  readonly kind: "REST" | "HTTP"
  /** What it uses that HTTP APIs lack, whatever its stages and methods use; undefined where AWS does not tell its endpoint. */
  readonly restOnly: ReadonlyArray<string> | undefined
  readonly tags: Tags
}

/** What is used, in a fixed order. */
const used = (features: Readonly<Record<string, boolean>>): ReadonlyArray<string> =>
  Object.keys(features).filter((feature) => features[feature] === true)

// Source: API Gateway developer guide, "Choose between REST APIs and HTTP APIs".
const restOnlyOf = ({ endpointConfiguration, policy }: RestApi) => {
  const types = endpointConfiguration?.types
  return types === undefined || types.length === 0
    ? undefined
    : used({
        "private endpoint": types.some((type) => !["REGIONAL", "EDGE"].includes(type.toUpperCase())),
        "resource policy": (policy ?? "") !== ""
      })
}

/** All REST APIs, 500 a page. */
export const restApis = listOf("apigateway.restApis", "regional", getRestApis, {}, (apis) =>
  apis.map((api): Api => ({
    id: required(api.id, "items[].id"),
    name: required(api.name, "items[].name"),
    kind: "REST",
    restOnly: restOnlyOf(api),
    tags: api.tags ?? {}
  }))
)

/** All APIs of the second generation: those for HTTP, and those for websockets. */
export const newerApis = listOf("apigateway.newerApis", "regional", getHttpApis, {}, (apis) =>
  apis.map(({ ApiId, Name, ProtocolType, Tags }) => ({
    id: required(ApiId, "Items[].ApiId"),
    name: Name ?? "",
    protocol: required(ProtocolType, "Items[].ProtocolType").toLowerCase(),
    tags: Tags ?? {}
  }))
)

/** All HTTP APIs. APIs for websockets have no requests and answers. */
export const httpApis = derived<ReadonlyArray<Api>, { readonly newerApis: typeof newerApis }>("apigateway.httpApis", {
  scope: "regional",
  needs: { newerApis },
  inventory: ["newerApis"],
  derive: ({ newerApis }) =>
    newerApis
      .filter(({ protocol }) => protocol === "http")
      .map(({ id, name, tags }) => ({ id, name, kind: "HTTP", restOnly: [], tags }))
})

/** One stage of an API, which is what answers requests and what has a cache. */
export interface Stage {
  readonly arn: string
  readonly api: Omit<Api, "tags" | "restOnly">
  readonly name: string
  readonly createdAt: Date
  /** Deployments and changes of its settings alike. */
  readonly updatedAt: Date | undefined
  /** Size of its cache as AWS writes it, such as `0.5`; undefined where it has none. */
  readonly cacheSize: string | undefined
  /** Whether another API has its name and a stage of this name: CloudWatch counts those of REST APIs together. */
  readonly sharesSeries: boolean
  /** What it and its API use that HTTP APIs lack, whatever the methods use; undefined where AWS does not tell all of it. */
  readonly restOnly: ReadonlyArray<string> | undefined
  readonly tags: Tags
}

type ReadStage = Omit<Stage, "arn" | "api" | "sharesSeries">

const stagesOf = ({ id, kind, restOnly, tags }: Api): Effect.Effect<ReadonlyArray<ReadStage>, AwsError, AwsServices> =>
  kind === "REST"
    ? complete(
        list(getRestStages, { restApiId: id }, (stages) =>
          stages.map((stage) => ({
            name: required(stage.stageName, "item[].stageName"),
            createdAt: required(stage.createdDate, "item[].createdDate"),
            updatedAt: stage.lastUpdatedDate,
            cacheSize:
              stage.cacheClusterEnabled === true
                ? required(stage.cacheClusterSize, "item[].cacheClusterSize")
                : undefined,
            restOnly: restOnly && [
              ...restOnly,
              ...used({
                cache: stage.cacheClusterEnabled === true,
                canary: stage.canarySettings !== undefined,
                "client certificate": (stage.clientCertificateId ?? "") !== "",
                firewall: (stage.webAclArn ?? "") !== "",
                tracing: stage.tracingEnabled === true
              })
            ],
            tags: { ...tags, ...stage.tags }
          }))
        )
      )
    : complete(
        list(getHttpStages, { ApiId: id }, (stages) =>
          stages.map((stage) => ({
            name: required(stage.StageName, "Items[].StageName"),
            createdAt: required(stage.CreatedDate, "Items[].CreatedDate"),
            updatedAt: stage.LastUpdatedDate,
            cacheSize: undefined,
            restOnly,
            tags: { ...tags, ...stage.Tags }
          }))
        )
      )

const apis = { restApis, httpApis }

/** The stages of all APIs. */
export const stages = dataset<ReadonlyArray<Stage>, typeof apis>("apigateway.stages", {
  scope: "regional",
  operations: [getRestStages, getHttpStages],
  needs: apis,
  inventory: ["restApis", "httpApis"],
  costNote: "API Gateway lists the stages of one API at a time: one free call for each API.",
  kind: resourceKind<Stage>({
    type: ({ api }) => (api.kind === "REST" ? "apigateway:stage" : "apigatewayv2:stage"),
    service: billedBy.apigateway,
    id: ({ api, name }) => `${api.id}/${name}`,
    name: ({ api, name }) => `${api.name}/${name}`
  }),
  read: Effect.fnUntraced(function* ({ httpApis, restApis }) {
    const { partition, region } = yield* AwsTarget
    const gaps: Array<AwsError> = []
    const read = yield* Effect.forEach(
      [...restApis, ...httpApis],
      (api) =>
        Effect.match(stagesOf(api), {
          onSuccess: (stages) => ({ api, stages }),
          onFailure: (error) => {
            gaps.push(error)
            return { api, stages: undefined }
          }
        }),
      { concurrency: 4 }
    )
    const sameName = Map.groupBy(
      read.filter(({ api }) => api.kind === "REST"),
      ({ api }) => api.name
    )
    const value = read.flatMap(({ api, stages = [] }) =>
      stages.map((stage): Stage => ({
        ...stage,
        arn: `arn:${partition}:apigateway:${region}::/${api.kind === "REST" ? "restapis" : "apis"}/${api.id}/stages/${stage.name}`,
        api: { id: api.id, name: api.name, kind: api.kind },
        // One whose stages are not told may have it.
        sharesSeries:
          api.kind === "REST" &&
          (sameName.get(api.name) ?? []).some(
            (other) => other.api.id !== api.id && other.stages?.every(({ name }) => name !== stage.name) !== true
          )
      }))
    )
    return { value, gaps }
  })
})

const getResources = listOperation(
  APIGatewayClient,
  GetResourcesCommand,
  "apigateway:GET",
  orEmpty<{ readonly resourceMethods?: Readonly<Record<string, Method>> | undefined }>("items", "position"),
  // Source: API Gateway API reference, GetResources: 500 at most, 25 without a size.
  { paging: { size: ["limit", 500], input: "position", output: "position" } }
)

const getUsagePlans = listOperation(
  APIGatewayClient,
  GetUsagePlansCommand,
  "apigateway:GET",
  orEmpty<{ readonly apiStages?: ReadonlyArray<{ readonly apiId?: string | undefined }> | undefined }>(
    "items",
    "position"
  ),
  { paging: { size: ["limit", 500], input: "position", output: "position" } }
)

/** Ids of the REST APIs that a usage plan is for. */
export const plannedApis = onceProbe({
  name: "apigateway.plannedApis",
  operations: [getUsagePlans],
  costNote: "One free call lists the usage plans, where REST APIs are compared with HTTP APIs.",
  read: () =>
    Effect.map(
      complete(
        list(getUsagePlans, {}, (plans) =>
          plans.flatMap(({ apiStages = [] }) =>
            apiStages.map(({ apiId }) => required(apiId, "items[].apiStages[].apiId"))
          )
        )
      ),
      (ids): ReadonlySet<string> => new Set(ids)
    )
})

/** What a method uses that those of HTTP APIs lack. One that answers a preflight itself is only CORS, which HTTP APIs have. */
const restOnlyOfMethod = (verb: string, method: Method): ReadonlyArray<string> => {
  const type = required(
    method.methodIntegration?.type,
    "items[].resourceMethods.*.methodIntegration.type"
  ).toUpperCase()
  const isPreflight = verb.toUpperCase() === "OPTIONS" && type === "MOCK"
  return used({
    "API key": method.apiKeyRequired === true,
    mapping: !isPreflight && !type.endsWith("_PROXY"),
    validation: (method.requestValidatorId ?? "") !== ""
  })
}

/**
 * What the methods of a REST API use that HTTP APIs lack: `API key`, `validation`, or `mapping` where the gateway does more than hand the
 * request on. It is the API as it is designed now, which may not be deployed yet.
 */
export const methodFeatures = probe<Stage, ReadonlyArray<string>>({
  name: "apigateway.methodFeatures",
  operations: [getResources],
  cap: 100,
  batchSize: 1,
  costNote:
    "API Gateway tells the methods of one API at a time: a free call for every 500 paths of each that might be an HTTP API, remembered until it is deployed again.",
  key: ({ api }) => api.id,
  // A deployment changes its stage.
  identity: ({ api, createdAt, updatedAt }) => `${api.id} ${(updatedAt ?? createdAt).toISOString()}`,
  read: (stages) =>
    Effect.forEach(stages, ({ api }) =>
      Effect.map(
        complete(
          list(getResources, { restApiId: api.id, embed: ["methods"] }, (resources) =>
            resources.flatMap(({ resourceMethods = {} }) =>
              Object.entries(resourceMethods).flatMap(([verb, method]) => restOnlyOfMethod(verb, method))
            )
          )
        ),
        (features) => [...new Set(features)].sort()
      )
    )
})

/** What API Gateway counts of a stage, in the words of REST APIs; HTTP APIs write the errors differently. */
export type StageMetric =
  | "Count"
  | "4XXError"
  | "5XXError"
  | "Latency"
  | "IntegrationLatency"
  | "CacheHitCount"
  | "CacheMissCount"

const percentiles: ReadonlySet<StageMetric> = new Set(["Latency", "IntegrationLatency"])

/** One metric of a stage: a sum by the day, or of times the 95th percentile in milliseconds, of all requests of the window. */
export const stageSeries = (
  { api, name }: Pick<Stage, "api" | "name">,
  metric: StageMetric,
  days: number
): SeriesSpec => ({
  namespace: "AWS/ApiGateway",
  metric: api.kind === "HTTP" ? metric.replace("XXError", "xx") : metric,
  dimensions: api.kind === "HTTP" ? { ApiId: api.id, Stage: name } : { ApiName: api.name, Stage: name },
  ...(percentiles.has(metric) ? { statistic: "p95", period: "window" } : { statistic: "Sum" }),
  days
})

const anyRest = { api: { id: "", name: "", kind: "REST" as const }, name: "" }
const anyHttp = { api: { id: "", name: "", kind: "HTTP" as const }, name: "" }

/** The requests to all stages, of so many days: one series each. */
export const requests = family("apigateway.requests", (name, days: number) =>
  metricsOf(name, {
    scope: "regional",
    needs: { stages },
    metrics: [stageSeries(anyRest, "Count", days)],
    series: ({ stages }) => stages.map((stage) => stageSeries(stage, "Count", days))
  })
)

/** Some of these metrics of single stages, of so many days. */
export const stageMetrics = family(
  "apigateway.stageMetrics",
  (name, metrics: ReadonlyArray<StageMetric>, days: number) =>
    seriesProbe<Stage>({
      name,
      costNote: `${metrics.join(", ")}: a paid metric each, for each stage that may be reported.`,
      metrics: [anyRest, anyHttp].flatMap((any) => metrics.map((metric) => stageSeries(any, metric, days))),
      key: ({ arn }) => arn,
      series: (stage) => metrics.map((metric) => stageSeries(stage, metric, days))
    })
)
