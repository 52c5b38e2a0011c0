import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import type { Dashboard, DashboardContent } from "../../../datasets/aws/dashboards.ts"
import { dashboards } from "../../../datasets/aws/dashboards.ts"
import { type Answers, awsFailure, readDataset, valueOf } from "../harness.ts"

const entry = (name: string) => ({ DashboardName: name, DashboardArn: `arn:${name}`, Size: 12 })

const bodyOf = (...widgets: ReadonlyArray<object>) => ({ DashboardBody: JSON.stringify({ widgets }) })

const answers = (body: object): Answers => ({
  "cloudwatch:ListDashboards": () => ({ DashboardEntries: [entry("shop")] }),
  "cloudwatch:GetDashboard": () => body
})

const contentOf = Effect.fnUntraced(function* (...widgets: ReadonlyArray<object>) {
  const { read } = yield* readDataset(dashboards, answers(bodyOf(...widgets)), "global")
  const [dashboard] = valueOf(read) as ReadonlyArray<Dashboard>
  return (dashboard?.content.known ? dashboard.content.value : undefined) as DashboardContent
})

const graph = (properties: object) => ({ type: "metric", properties })

describe("dashboards.dashboards", () => {
  it.effect("asks for the list, page by page, and for each dashboard once", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(
        dashboards,
        {
          "cloudwatch:ListDashboards": ({ NextToken }) =>
            NextToken === undefined
              ? { DashboardEntries: [entry("a"), entry("b")], NextToken: "1" }
              : { DashboardEntries: [entry("c")] },
          "cloudwatch:GetDashboard": () => bodyOf({ type: "text", properties: { markdown: "# Hello" } })
        },
        "global"
      )
      assert.deepStrictEqual(calls, { "cloudwatch:ListDashboards": 2, "cloudwatch:GetDashboard": 3 })
      assert.deepStrictEqual(valueOf(read)[0], {
        arn: "arn:a",
        name: "a",
        lastModifiedAt: undefined,
        sizeBytes: 12,
        content: known({ widgets: 1, series: [], alarmArns: [], logGroups: [], unresolved: 0 })
      })
    })
  )

  it.effect("writes out the shorthand of graphs", () =>
    Effect.gen(function* () {
      const { series, unresolved } = yield* contentOf(
        graph({
          region: "eu-west-1",
          metrics: [
            ["AWS/EC2", "CPUUtilization", "InstanceId", "i-1"],
            ["...", "i-2", { region: "us-east-1", accountId: "222222222222" }],
            [".", "NetworkIn", ".", "."],
            ["AWS/ECS", "CPUUtilization", "ClusterName", "shop", "ServiceName", "cart", { stat: "Maximum" }],
            ["...", "search"],
            ["AWS/Lambda", "ConcurrentExecutions"]
          ]
        })
      )
      assert.deepStrictEqual(
        series.map(({ account, dimensions, metric, namespace, region }) => [
          namespace,
          metric,
          Object.values(dimensions).join("/"),
          region,
          account
        ]),
        [
          ["AWS/EC2", "CPUUtilization", "i-1", "eu-west-1", undefined],
          ["AWS/EC2", "CPUUtilization", "i-2", "us-east-1", "222222222222"],
          ["AWS/EC2", "NetworkIn", "i-2", "eu-west-1", undefined],
          ["AWS/ECS", "CPUUtilization", "shop/cart", "eu-west-1", undefined],
          ["AWS/ECS", "CPUUtilization", "shop/search", "eu-west-1", undefined],
          ["AWS/Lambda", "ConcurrentExecutions", "", "eu-west-1", undefined]
        ]
      )
      assert.strictEqual(unresolved, 0)
    })
  )

  it.effect("counts what nobody can say the meaning of", () =>
    Effect.gen(function* () {
      const { series, unresolved } = yield* contentOf(
        graph({
          metrics: [
            ["AWS/SQS", "Sent", "QueueName", "a", { id: "m1" }],
            [{ expression: "m1 / 2" }],
            [{ expression: "SEARCH('{AWS/EC2,InstanceId}', 'Average')" }],
            [{ expression: 'SELECT AVG(CPUUtilization) FROM "AWS/EC2"' }],
            ["AWS/SQS", "Sent", "QueueName"]
          ]
        }),
        { type: "explorer", properties: {} },
        { type: "log", properties: { query: "fields @message" } }
      )
      assert.deepStrictEqual([series.length, unresolved], [1, 5])
      assert.isUndefined(series[0]?.region)
    })
  )

  it.effect("reads alarms, annotations and the log groups of queries", () =>
    Effect.gen(function* () {
      const content = yield* contentOf(
        { type: "alarm", properties: { alarms: ["arn:a", "arn:b"] } },
        graph({ metrics: [], annotations: { alarms: ["arn:a"] } }),
        { type: "log", properties: { region: "eu-west-1", query: "SOURCE '/a' | SOURCE '/b' | fields @message" } }
      )
      assert.deepStrictEqual(content, {
        widgets: 3,
        series: [],
        alarmArns: ["arn:a", "arn:b"],
        logGroups: [
          { name: "/a", region: "eu-west-1" },
          { name: "/b", region: "eu-west-1" }
        ],
        unresolved: 0
      })
    })
  )

  it.effect("does not know what is refused or no JSON, forgets what is gone, and knows the neighbours", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(
        dashboards,
        {
          "cloudwatch:ListDashboards": () => ({ DashboardEntries: ["a", "b", "c", "d", "e"].map(entry) }),
          "cloudwatch:GetDashboard": ({ DashboardName }) => {
            if (DashboardName === "a") throw awsFailure("AccessDenied", "no", 403)
            if (DashboardName === "b") return {}
            if (DashboardName === "c") return { DashboardBody: "{" }
            if (DashboardName === "d") throw awsFailure("ResourceNotFound", "gone", 404)
            return bodyOf()
          }
        },
        "global"
      )
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.deepStrictEqual(
        read.value.map(({ content, name }: Dashboard) => [name, content.known]),
        [
          ["a", false],
          ["b", false],
          ["c", false],
          ["e", true]
        ]
      )
      assert.strictEqual(read.gaps.length, 3)
    })
  )

  for (const [field, entries] of [
    ["DashboardEntries", undefined],
    ["DashboardEntries[].DashboardArn", [{ DashboardName: "a" }]],
    ["DashboardEntries[].DashboardName", [{ DashboardArn: "arn:a" }]]
  ] as const) {
    it.effect(`is malformed without ${field}`, () =>
      Effect.gen(function* () {
        const { read } = yield* readDataset(
          dashboards,
          { "cloudwatch:ListDashboards": () => ({ DashboardEntries: entries }) },
          "global"
        )
        assert.include(read.ok ? "" : read.error.summary, `${field} is missing`)
      })
    )
  }
})
