/** Both generations of API Gateway. */
import type {
  GetResourcesCommandInput,
  GetResourcesCommandOutput,
  GetRestApisCommandInput,
  GetRestApisCommandOutput,
  GetStagesCommandInput as GetRestStagesCommandInput,
  GetStagesCommandOutput as GetRestStagesCommandOutput,
  GetUsagePlansCommandOutput
} from "@aws-sdk/client-api-gateway"
import type {
  GetApisCommandInput,
  GetApisCommandOutput,
  GetStagesCommandInput as GetHttpStagesCommandInput,
  GetStagesCommandOutput as GetHttpStagesCommandOutput
} from "@aws-sdk/client-apigatewayv2"
import type { Activity, Load, Named, When } from "../estate.ts"
import { hexOf, type Place } from "../ids.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, refusal, type Series } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly apis: ReadonlyArray<Api>
  }
}

export interface Api extends Named {
  readonly kind: "REST" | "HTTP"
  /** What AWS calls it, where two have one name. */
  readonly called?: string
  /** Whether callers of a REST API have keys, and a plan for them. */
  readonly keyed?: true
  readonly stages: ReadonlyArray<Stage>
}

export interface Stage {
  readonly name: string
  readonly created: When
  readonly updated: When
  readonly requests: Activity
  /** Answers with a 5xx code. Default: none. */
  readonly errors?: Activity
  /** Milliseconds until the answer, and those of what stands behind the gateway. */
  readonly milliseconds: Load
  readonly behind?: Load
  /** GB of its cache, as AWS writes it. */
  readonly cache?: { readonly gb: string; readonly hits: Activity; readonly misses: Activity }
}

const apiId = (place: Place, { name }: Api) => hexOf(place, `api/${name}`, 10)

const nameOf = ({ called, name }: Api): string => called ?? name

const find = (here: Here, id: string | undefined): Api => {
  const api = here.has.apis.find((one) => apiId(here, one) === id)
  if (api === undefined) throw refusal("NotFoundException", "Invalid API identifier specified", 404)
  return api
}

const seriesOf = (here: Here, api: Api): ReadonlyArray<Series> =>
  api.stages.map(({ behind, cache, created, errors = 0, milliseconds, name, requests }) => ({
    namespace: "AWS/ApiGateway",
    dimensions: api.kind === "REST" ? { ApiName: nameOf(api), Stage: name } : { ApiId: apiId(here, api), Stage: name },
    since: created,
    sums: {
      Count: requests,
      ...(api.kind === "REST" ? { "5XXError": errors, "4XXError": 0 } : { "5xx": errors, "4xx": 0 }),
      ...(cache === undefined ? {} : { CacheHitCount: cache.hits, CacheMissCount: cache.misses })
    },
    levels: { Latency: milliseconds, IntegrationLatency: behind ?? milliseconds }
  }))

export default defineService({
  region: { apis: [] },
  answers: {
    "apigateway:GetRestApis": (here, input: GetRestApisCommandInput): Answer<GetRestApisCommandOutput> => {
      const own = here.has.apis.filter(({ kind }) => kind === "REST")
      const { items, next } = pageOf(own, input.position, input.limit, 500)
      return {
        items: items.map((api) => ({
          id: apiId(here, api),
          name: nameOf(api),
          endpointConfiguration: { types: ["REGIONAL"] },
          tags: { ...api.tags }
        })),
        position: next
      }
    },

    "apigateway:GetResources": (here, input: GetResourcesCommandInput): Answer<GetResourcesCommandOutput> => {
      const { keyed } = find(here, input.restApiId)
      const methodIntegration = { type: "AWS_PROXY" as const, httpMethod: "POST" }
      return {
        items: [
          { id: "root", path: "/" },
          {
            id: "proxy",
            path: "/{proxy+}",
            resourceMethods: { ANY: { httpMethod: "ANY", apiKeyRequired: keyed === true, methodIntegration } }
          }
        ]
      }
    },

    "apigateway:GetUsagePlans": (here): Answer<GetUsagePlansCommandOutput> => ({
      items: here.has.apis
        .filter(({ keyed }) => keyed)
        .map((api) => ({
          id: hexOf(here, `plan/${api.name}`, 6),
          name: api.name,
          apiStages: api.stages.map(({ name }) => ({ apiId: apiId(here, api), stage: name }))
        }))
    }),

    "APIGatewayClient apigateway:GetStages": (
      here,
      input: GetRestStagesCommandInput
    ): Answer<GetRestStagesCommandOutput> => ({
      item: find(here, input.restApiId).stages.map(({ cache, created, name, updated }) => ({
        stageName: name,
        createdDate: dateOf(created),
        lastUpdatedDate: dateOf(updated),
        ...(cache === undefined
          ? { cacheClusterEnabled: false, cacheClusterStatus: "NOT_AVAILABLE" as const }
          : {
              cacheClusterEnabled: true,
              cacheClusterSize: cache.gb as "0.5",
              cacheClusterStatus: "AVAILABLE" as const
            })
      }))
    }),

    "apigateway:GetApis": (here, input: GetApisCommandInput): Answer<GetApisCommandOutput> => {
      const own = here.has.apis.filter(({ kind }) => kind === "HTTP")
      const { items, next } = pageOf(own, input.NextToken, Number(input.MaxResults), 500)
      return {
        Items: items.map((api) => ({
          ApiId: apiId(here, api),
          Name: nameOf(api),
          ProtocolType: "HTTP",
          RouteSelectionExpression: "$request.method $request.path",
          Tags: { ...api.tags }
        })),
        NextToken: next
      }
    },

    "ApiGatewayV2Client apigateway:GetStages": (
      here,
      input: GetHttpStagesCommandInput
    ): Answer<GetHttpStagesCommandOutput> => ({
      Items: find(here, input.ApiId).stages.map(({ created, name, updated }) => ({
        StageName: name,
        CreatedDate: dateOf(created),
        LastUpdatedDate: dateOf(updated)
      }))
    })
  },
  series: (here) => here.has.apis.flatMap((api) => seriesOf(here, api))
})
