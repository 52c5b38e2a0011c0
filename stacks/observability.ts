/// <reference path="../.sst/platform/config.d.ts" />
/** What is watched: alarms to the topic, and a dashboard. Metrics come from the functions' own logs (functions/metrics.ts). */
import type { Config } from "../core/config/Config.ts"
import { dimensionsOf, metricNamespace } from "../functions/metrics.ts"
import type { Alerts } from "./alerts.ts"
import { identity } from "./functions.ts"
import type { Opener } from "./opening.ts"
import type { Query } from "./query.ts"
import type { Server } from "./runtime.ts"
import type { Scanning } from "./scanning.ts"
import type { StageSettings } from "./stages.ts"
import { type StepName, stepNames } from "../workflows/nightly.ts"

/** What there is only where the configuration wants it. */
interface Beside {
  readonly opener: Opener
  readonly server: Server
}

/** What a step of this stage measures itself. */
const ownDimensions = (step: string) => dimensionsOf($app.stage, step)

export const observability = (
  { deploy }: Config,
  settings: StageSettings,
  { topic }: Alerts,
  { deadLetters, machine, steps }: Scanning,
  { interceptor, mcp }: Query,
  { opener, server }: Beside
) => {
  const { region } = identity()
  const alarms = settings.hasAlarms
    ? alarmsOf({ deadLetters, deploy, interceptor, machine, mcp, opener, server, steps, topic })
    : []
  const metric = (namespace: string, name: string, ...dimensions: Array<$util.Input<string>>) => [
    namespace,
    name,
    ...dimensions
  ]
  const ownMetric = (name: string, step: string) =>
    metric(metricNamespace, name, ...Object.entries(ownDimensions(step)).flat())
  const widget = (title: string, x: number, y: number, metrics: Array<unknown>, stat = "Sum") => ({
    type: "metric",
    x,
    y,
    width: 12,
    height: 6,
    properties: { title, region, stat, period: 3600, metrics }
  })
  new aws.cloudwatch.Dashboard("Overview", {
    dashboardName: `${$app.name}-${$app.stage}`,
    dashboardBody: $jsonStringify({
      widgets: [
        widget("Nights", 0, 0, [
          metric("AWS/States", "ExecutionsSucceeded", "StateMachineArn", machine.arn),
          metric("AWS/States", "ExecutionsFailed", "StateMachineArn", machine.arn)
        ]),
        widget(
          "Waste, USD a month",
          12,
          0,
          [
            ownMetric("ConfirmedMonthlyUsd", "sum"),
            ownMetric("UnconfirmedMonthlyUsd", "sum"),
            ownMetric("NewMonthlyUsd", "sum")
          ],
          "Maximum"
        ),
        widget("Coverage, %", 0, 6, [ownMetric("CoveragePercent", "sum")], "Minimum"),
        widget("What a night costs, USD", 12, 6, [ownMetric("RunCostUsd", "sum")], "Maximum"),
        widget(
          "Steps: duration p99, ms",
          0,
          12,
          stepNames.map((step) => metric("AWS/Lambda", "Duration", "FunctionName", steps[step].name)),
          "p99"
        ),
        widget(
          "Errors and throttles",
          12,
          12,
          [
            ...stepNames.map((step) => steps[step].name),
            mcp.name,
            interceptor.name,
            ...(opener === undefined ? [] : [opener.name])
          ].flatMap((name) => [
            metric("AWS/Lambda", "Errors", "FunctionName", name),
            metric("AWS/Lambda", "Throttles", "FunctionName", name)
          ])
        ),
        widget("Assistant: answers, and those that say that the server is broken", 0, 18, [
          metric("AWS/Lambda", "Invocations", "FunctionName", mcp.name),
          ownMetric("Errors", "mcp")
        ]),
        widget(
          "Assistant: duration p99, ms",
          12,
          18,
          [metric("AWS/Lambda", "Duration", "FunctionName", mcp.name)],
          "p99"
        ),
        ...(opener === undefined
          ? []
          : [
              widget("Links to reports", 0, 24, [
                metric("AWS/Lambda", "UrlRequestCount", "FunctionName", opener.name),
                metric("AWS/Lambda", "Url4xxCount", "FunctionName", opener.name),
                metric("AWS/Lambda", "Url5xxCount", "FunctionName", opener.name)
              ])
            ]),
        ...(server === undefined
          ? []
          : [
              widget("Always-on server: answers", 12, 24, [
                metric("AWS/ApplicationELB", "RequestCount", "LoadBalancer", server.loadBalancer),
                metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", server.loadBalancer),
                metric("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", server.loadBalancer)
              ])
            ])
      ]
    })
  })
  return { alarms }
}

interface Watched extends Beside {
  readonly deploy: Config["deploy"]
  readonly machine: Scanning["machine"]
  readonly steps: Scanning["steps"]
  readonly deadLetters: Scanning["deadLetters"]
  readonly mcp: Query["mcp"]
  readonly interceptor: Query["interceptor"]
  readonly topic: Alerts["topic"]
}

/** A night's steps that run for each account or scope, and may fail for one; and those that a failure of leaves the night without. */
const ofScopes: ReadonlyArray<StepName> = ["discover", "scan", "settle"]
const ofNight: ReadonlyArray<StepName> = ["recordFailure", "sum", "report", "notify"]

/** Metrics of functions, added up: each is a query of its own. */
const total = (
  metrics: ReadonlyArray<{ readonly metricName: string; readonly name: $util.Input<string> }>,
  period: number
) => [
  { id: "total", expression: "SUM(METRICS())", label: metrics[0]?.metricName ?? "", returnData: true },
  ...metrics.map(({ metricName, name }, index) => ({
    id: `m${index}`,
    metric: { namespace: "AWS/Lambda", metricName, dimensions: { FunctionName: name }, period, stat: "Sum" }
  }))
]

/** More than a threshold of metrics of functions, added up over a period. */
const overTotal = (threshold: number, metrics: Parameters<typeof total>[0], period: number) => ({
  comparisonOperator: "GreaterThanThreshold",
  evaluationPeriods: 1,
  threshold,
  metricQueries: total(metrics, period)
})

const alarmsOf = ({ deadLetters, deploy, interceptor, machine, mcp, opener, server, steps, topic }: Watched) => {
  const hour = 3_600
  const day = 86_400
  const alarm = (name: string, args: Omit<aws.cloudwatch.MetricAlarmArgs, "alarmActions" | "okActions">) =>
    new aws.cloudwatch.MetricAlarm(name, {
      alarmActions: [topic.arn],
      okActions: [topic.arn],
      treatMissingData: "notBreaching",
      ...args
    })
  const live = { FunctionName: mcp.name, Resource: $interpolate`${mcp.name}:live` }
  const mcpErrors = alarm("McpErrors", {
    alarmDescription: "More than one in a hundred calls of the assistant's function failed.",
    comparisonOperator: "GreaterThanThreshold",
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
    threshold: 1,
    metricQueries: [
      { id: "rate", expression: "100 * errors / MAX([calls, 1])", label: "Errors, %", returnData: true },
      {
        id: "errors",
        metric: { namespace: "AWS/Lambda", metricName: "Errors", dimensions: live, period: 60, stat: "Sum" }
      },
      {
        id: "calls",
        metric: { namespace: "AWS/Lambda", metricName: "Invocations", dimensions: live, period: 60, stat: "Sum" }
      }
    ]
  })
  const answers = ownDimensions("mcp")
  const mcpFaults = alarm("McpFaults", {
    alarmDescription: "More than one in a hundred answers to assistants said that the server is broken.",
    comparisonOperator: "GreaterThanThreshold",
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
    threshold: 1,
    metricQueries: [
      { id: "rate", expression: "100 * faults / answers", label: "Faults, %", returnData: true },
      {
        id: "faults",
        metric: { namespace: metricNamespace, metricName: "Errors", dimensions: answers, period: 60, stat: "Sum" }
      },
      {
        id: "answers",
        metric: { namespace: metricNamespace, metricName: "Invocations", dimensions: answers, period: 60, stat: "Sum" }
      }
    ]
  })
  return [
    mcpErrors,
    mcpFaults,
    alarm("RunFailed", {
      alarmDescription: "A nightly audit ended without a result.",
      comparisonOperator: "GreaterThanThreshold",
      evaluationPeriods: 1,
      threshold: 0,
      namespace: "AWS/States",
      metricName: "ExecutionsFailed",
      statistic: "Sum",
      period: 300,
      dimensions: { StateMachineArn: machine.arn }
    }),
    alarm("RunLate", {
      alarmDescription: `No whole audit came to its end for ${deploy.alarms.lateHours} hours.`,
      comparisonOperator: "LessThanThreshold",
      // By the hour and not by the day, so that a night which ends later than the one before is not late for that: with periods of an
      // hour CloudWatch looks back seven days at most. Source: API reference, PutMetricAlarm, Period.
      evaluationPeriods: deploy.alarms.lateHours,
      threshold: 1,
      // Before the first night there is nothing to fill.
      treatMissingData: "breaching",
      metricQueries: [
        // Without it CloudWatch would go further back for a value than the hours that are asked for.
        { id: "ended", expression: "FILL(runs, 0)", label: "Whole audits", returnData: true },
        {
          id: "runs",
          metric: {
            namespace: metricNamespace,
            metricName: "Runs",
            dimensions: ownDimensions("sum"),
            period: hour,
            stat: "Sum"
          }
        }
      ]
    }),
    alarm("CoverageLow", {
      alarmDescription: "A whole audit saw less than it should have.",
      comparisonOperator: "LessThanThreshold",
      evaluationPeriods: 1,
      threshold: deploy.alarms.coveragePercent,
      namespace: metricNamespace,
      metricName: "CoveragePercent",
      statistic: "Minimum",
      period: day,
      dimensions: ownDimensions("sum")
    }),
    alarm("RunCost", {
      alarmDescription: "A night cost more than it should.",
      comparisonOperator: "GreaterThanThreshold",
      evaluationPeriods: 1,
      threshold: deploy.alarms.runCostUsd,
      namespace: metricNamespace,
      metricName: "RunCostUsd",
      statistic: "Maximum",
      period: day,
      dimensions: ownDimensions("sum")
    }),
    alarm("McpSlow", {
      alarmDescription: "One in a hundred answers took longer than five seconds.",
      comparisonOperator: "GreaterThanThreshold",
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      threshold: 5_000,
      namespace: "AWS/Lambda",
      metricName: "Duration",
      extendedStatistic: "p99",
      period: 60,
      dimensions: live
    }),
    alarm("StepErrors", {
      alarmDescription: "The functions of accounts and scopes failed often: look for the run's gaps.",
      ...overTotal(
        20,
        ofScopes.map((step) => ({ metricName: "Errors", name: steps[step].name })),
        hour
      )
    }),
    alarm("NightErrors", {
      alarmDescription:
        "A step that a night has once failed: it may lack its report, its digest or a failure's record.",
      ...overTotal(
        0,
        ofNight.map((step) => ({ metricName: "Errors", name: steps[step].name })),
        300
      )
    }),
    alarm("InterceptorErrors", {
      alarmDescription: "The gateway's interceptor failed or was throttled: calls of assistants are refused.",
      ...overTotal(
        0,
        ["Errors", "Throttles"].map((metricName) => ({ metricName, name: interceptor.name })),
        300
      )
    }),
    ...(opener === undefined
      ? []
      : [
          alarm("ReportLinkErrors", {
            alarmDescription: "Links to reports did not open, or so many called at once that some were turned away.",
            ...overTotal(
              5,
              ["Url5xxCount", "Throttles"].map((metricName) => ({ metricName, name: opener.name })),
              300
            )
          })
        ]),
    ...(server === undefined
      ? []
      : [
          alarm("ServerErrors", {
            alarmDescription: "The always-on server failed, or nobody answered behind its load balancer.",
            comparisonOperator: "GreaterThanThreshold",
            evaluationPeriods: 1,
            threshold: 5,
            metricQueries: [
              { id: "total", expression: "SUM(METRICS())", label: "Answers of 5xx", returnData: true },
              ...["HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"].map((metricName, index) => ({
                id: `m${index}`,
                metric: {
                  namespace: "AWS/ApplicationELB",
                  metricName,
                  dimensions: { LoadBalancer: server.loadBalancer },
                  period: 300,
                  stat: "Sum"
                }
              }))
            ]
          })
        ]),
    alarm("DeadLetters", {
      alarmDescription: "A start of the audit could not be delivered.",
      comparisonOperator: "GreaterThanThreshold",
      evaluationPeriods: 1,
      threshold: 0,
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      statistic: "Maximum",
      period: 300,
      dimensions: { QueueName: deadLetters.nodes.queue.name }
    })
  ]
}
