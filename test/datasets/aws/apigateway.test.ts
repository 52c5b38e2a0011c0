import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as apigateway from "../../../datasets/aws/apigateway.ts"
import { awsFailure, daysAgo, noSeries, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const many = <A>(length: number, item: (index: number) => A) => Array.from({ length }, (_, index) => item(index))

const restStage = (stageName: string, more: object = {}) => ({
  stageName,
  createdDate: daysAgo(100),
  lastUpdatedDate: daysAgo(50),
  cacheClusterEnabled: false,
  ...more
})

const httpStage = { StageName: "$default", CreatedDate: daysAgo(100), LastUpdatedDate: daysAgo(50) }

/** A REST and an HTTP API with a stage each. */
const answers = {
  "apigateway:GetRestApis": (): object => ({
    items: [{ id: "r1", name: "shop", tags: { team: "web" }, endpointConfiguration: { types: ["EDGE"] } }]
  }),
  "apigateway:GetApis": (): object => ({
    Items: [
      { ApiId: "h1", Name: "reviews", ProtocolType: "HTTP", Tags: { team: "data" } },
      { ApiId: "w1", Name: "chat", ProtocolType: "WEBSOCKET" }
    ]
  }),
  "apigateway:GetStages": ({ restApiId }: any): object =>
    restApiId === undefined
      ? { Items: [httpStage] }
      : { item: [restStage("prod", { cacheClusterEnabled: true, cacheClusterSize: "0.5", tags: { tier: "1" } })] }
}

describe("apigateway.restApis and httpApis", () => {
  it.effect("read 500 a page, and leave out websockets", () =>
    Effect.gen(function* () {
      const rest = yield* readDataset(apigateway.restApis, {
        "apigateway:GetRestApis": paged(
          many(501, (index) => ({ id: `r${index}`, name: "shop" })),
          "items",
          { size: "limit", input: "position", output: "position" }
        )
      })
      assert.deepStrictEqual(rest.calls, { "apigateway:GetRestApis": 2 })
      assert.strictEqual(valueOf(rest.read).length, 501)
      const http = yield* readDataset(apigateway.httpApis, answers)
      assert.deepStrictEqual(
        valueOf(http.read).map(({ id }: apigateway.Api) => id),
        ["h1"]
      )
    })
  )

  it.effect("are none where API Gateway says so, and malformed where it says nothing", () =>
    Effect.gen(function* () {
      const lists = [
        [apigateway.restApis, "apigateway:GetRestApis", "items", [{ id: "r1" }]],
        [apigateway.httpApis, "apigateway:GetApis", "Items", [{ ApiId: "h1" }]]
      ] as const
      for (const [dataset, operation, field, broken] of lists) {
        const ask = (answer: object) => readDataset(dataset, { [operation]: () => answer })
        assert.deepStrictEqual(valueOf((yield* ask({ $metadata: { requestId: "1" } })).read), [])
        for (const answer of [{}, { [field]: broken }]) assert.isFalse((yield* ask(answer)).read.ok)
      }
    })
  )
})

describe("apigateway.stages", () => {
  it.effect("cost a call for each API, and have the tags of both", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(apigateway.stages, answers)
      assert.deepStrictEqual(calls, { "apigateway:GetRestApis": 1, "apigateway:GetApis": 1, "apigateway:GetStages": 2 })
      assert.deepStrictEqual(valueOf(read), [
        {
          arn: "arn:aws:apigateway:eu-west-1::/restapis/r1/stages/prod",
          api: { id: "r1", name: "shop", kind: "REST" },
          name: "prod",
          createdAt: daysAgo(100),
          updatedAt: daysAgo(50),
          cacheSize: "0.5",
          sharesSeries: false,
          restOnly: ["cache"],
          tags: { team: "web", tier: "1" }
        },
        {
          arn: "arn:aws:apigateway:eu-west-1::/apis/h1/stages/$default",
          api: { id: "h1", name: "reviews", kind: "HTTP" },
          name: "$default",
          createdAt: daysAgo(100),
          updatedAt: daysAgo(50),
          cacheSize: undefined,
          sharesSeries: false,
          restOnly: [],
          tags: { team: "data" }
        }
      ])
    })
  )

  it.effect("share their series with those of another API of the name, which may be one that is not told", () =>
    Effect.gen(function* () {
      const shared = (other: () => object) =>
        Effect.map(
          readDataset(apigateway.stages, {
            ...answers,
            "apigateway:GetRestApis": () => ({
              items: [
                { id: "r1", name: "shop" },
                { id: "r2", name: "shop" }
              ]
            }),
            "apigateway:GetApis": () => ({ Items: [] }),
            "apigateway:GetStages": ({ restApiId }) => (restApiId === "r1" ? { item: [restStage("prod")] } : other())
          }),
          ({ read }) => ({
            gaps: read.ok ? read.gaps.length : -1,
            shared: read.ok ? read.value[0].sharesSeries : undefined
          })
        )
      assert.deepStrictEqual(yield* shared(() => ({ item: [restStage("prod")] })), { gaps: 0, shared: true })
      assert.deepStrictEqual(yield* shared(() => ({ item: [restStage("test")] })), { gaps: 0, shared: false })
      const denied = yield* shared(() => {
        throw awsFailure("AccessDeniedException", "no", 403)
      })
      assert.deepStrictEqual(denied, { gaps: 1, shared: true })
    })
  )

  it.effect("have a gap for an API whose stages are malformed, and the stages of the others", () =>
    Effect.gen(function* () {
      const broken = [
        {},
        { item: [{ stageName: "prod" }] },
        { item: [restStage("prod", { cacheClusterEnabled: true })] }
      ]
      for (const answer of broken) {
        const { read } = yield* readDataset(apigateway.stages, {
          ...answers,
          "apigateway:GetStages": ({ restApiId }) => (restApiId === undefined ? { Items: [httpStage] } : answer)
        })
        assert.isTrue(read.ok)
        assert.deepStrictEqual(read.ok && [read.value.length, read.gaps.length, read.inherited.length], [1, 1, 0])
      }
    })
  )
})

describe("what REST APIs use that HTTP APIs lack", () => {
  const restOnly = (api: object, stage: object = {}) =>
    Effect.map(
      readDataset(apigateway.stages, {
        "apigateway:GetRestApis": () => ({ items: [{ id: "r1", name: "shop", ...api }] }),
        "apigateway:GetApis": () => ({ Items: [] }),
        "apigateway:GetStages": () => ({ item: [restStage("prod", stage)] })
      }),
      ({ read }) => valueOf(read)[0].restOnly
    )
  const regional = { endpointConfiguration: { types: ["REGIONAL"] } }

  it.effect("is told by the API and its stage", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* restOnly(regional), [])
      assert.deepStrictEqual(yield* restOnly({ endpointConfiguration: { types: ["PRIVATE"] }, policy: "{}" }), [
        "private endpoint",
        "resource policy"
      ])
      for (const api of [{}, { endpointConfiguration: {} }, { endpointConfiguration: { types: [] } }]) {
        assert.isUndefined(yield* restOnly(api))
      }
      const features = {
        canarySettings: { percentTraffic: 10 },
        clientCertificateId: "c1",
        webAclArn: "arn:aws:wafv2",
        tracingEnabled: true
      }
      assert.deepStrictEqual(yield* restOnly(regional, features), [
        "canary",
        "client certificate",
        "firewall",
        "tracing"
      ])
      assert.deepStrictEqual(yield* restOnly(regional, { webAclArn: "", clientCertificateId: "" }), [])
    })
  )

  const stage = { api: { id: "r1", name: "shop", kind: "REST" }, createdAt: daysAgo(9) } as apigateway.Stage
  const features = (resources: ReadonlyArray<object>) =>
    readProbe(apigateway.methodFeatures, [stage], {
      "apigateway:GetResources": (input) => {
        assert.deepInclude(input, { restApiId: "r1", embed: ["methods"] })
        return paged(resources, "items", { size: "limit", input: "position", output: "position" })(input)
      }
    })
  const proxy = { methodIntegration: { type: "AWS_PROXY" } }

  it.effect("is told by each method, 500 paths a call", () =>
    Effect.gen(function* () {
      const plain = [
        { id: "root" },
        { resourceMethods: { GET: proxy, OPTIONS: { methodIntegration: { type: "MOCK" } } } },
        { resourceMethods: { ANY: { methodIntegration: { type: "HTTP_PROXY" } } } }
      ]
      const many = yield* features([...plain, ...Array.from({ length: 498 }, (_, id) => ({ id: String(id) }))])
      assert.deepStrictEqual([many.calls, many.readings], [{ "apigateway:GetResources": 2 }, [known([])]])
      const of = (method: object) =>
        Effect.map(features([...plain, { resourceMethods: { POST: method } }]), ({ readings }) => readings[0])
      assert.deepStrictEqual(yield* of({ ...proxy, apiKeyRequired: true }), known(["API key"]))
      assert.deepStrictEqual(yield* of({ ...proxy, requestValidatorId: "v1" }), known(["validation"]))
      assert.deepStrictEqual(yield* of({ methodIntegration: { type: "AWS" } }), known(["mapping"]))
      assert.deepStrictEqual(yield* of({ methodIntegration: { type: "MOCK" } }), known(["mapping"]))
      assert.isFalse((yield* of({ httpMethod: "POST" }))?.known)
    })
  )

  it.effect("is told by usage plans for the whole API", () =>
    Effect.gen(function* () {
      const planned = (answer: object) =>
        Effect.map(
          readProbe(apigateway.plannedApis, [undefined], { "apigateway:GetUsagePlans": () => answer }),
          ({ readings }) => readings[0]
        )
      const items = [{ apiStages: [{ apiId: "r1", stage: "prod" }] }, {}]
      assert.deepStrictEqual(yield* planned({ items }), known(new Set(["r1"])))
      assert.deepStrictEqual(yield* planned({ $metadata: { requestId: "1" } }), known(new Set()))
      assert.isFalse((yield* planned({}))?.known)
    })
  )
})

describe("the metrics of stages", () => {
  const asked = (queries: ReadonlyArray<any>) =>
    queries.map(({ MetricStat: { Metric, Stat } }) =>
      [Metric.MetricName, Stat, ...Metric.Dimensions.map(({ Name, Value }: any) => `${Name}=${Value}`)].join(" ")
    )

  it.effect("go by the name of REST APIs and by the id of HTTP APIs", () =>
    Effect.gen(function* () {
      const { calls, sent } = yield* readDataset(apigateway.requests(7), {
        ...answers,
        "cloudwatch:GetMetricData": noSeries
      })
      assert.strictEqual(calls["cloudwatch:GetMetricData"], 1)
      assert.deepStrictEqual(asked(sent.at(-1)?.input.MetricDataQueries), [
        "Count Sum ApiName=shop Stage=prod",
        "Count Sum ApiId=h1 Stage=$default"
      ])
      const stage = (kind: "REST" | "HTTP") =>
        ({ arn: kind, name: "prod", api: { id: "1", name: "shop", kind } }) as apigateway.Stage
      const more = yield* readProbe(
        apigateway.stageMetrics(["5XXError", "4XXError", "Latency"], 7),
        [stage("REST"), stage("HTTP")],
        { "cloudwatch:GetMetricData": noSeries }
      )
      // What has the whole window for a period is asked for apart.
      assert.deepStrictEqual(
        more.sent.map(({ input }) => asked(input.MetricDataQueries)),
        [
          [
            "5XXError Sum ApiName=shop Stage=prod",
            "4XXError Sum ApiName=shop Stage=prod",
            "5xx Sum ApiId=1 Stage=prod",
            "4xx Sum ApiId=1 Stage=prod"
          ],
          ["Latency p95 ApiName=shop Stage=prod", "Latency p95 ApiId=1 Stage=prod"]
        ]
      )
    })
  )
})
