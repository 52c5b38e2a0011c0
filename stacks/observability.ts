/// <reference path="../.sst/platform/config.d.ts" />
/** What is watched: alarms to the topic, and a dashboard. Metrics come from the functions' own logs (functions/metrics.ts). */
import type { Config } from "../core/config/Config.ts"
import { metricNamespace } from "../functions/metrics.ts"
import type { Alerts } from "./alerts.ts"
import { identity } from "./functions.ts"
import type { Query } from "./query.ts"
import type { Scanning } from "./scanning.ts"
import type { StageSettings } from "./stages.ts"
import { stepNames } from "../workflows/nightly.ts"

export const observability = (
  { deploy }: Config,
  settings: StageSettings,
  { topic }: Alerts,
  { deadLetters, machine, steps }: Scanning,
  { mcp }: Query
) => {
  const { region } = identity()
  const alarms = settings.hasAlarms ? alarmsOf({ deadLetters, deploy, machine, mcp, steps, topic }) : []
  const metric = (namespace: string, name: string, ...dimensions: Array<$util.Input<string>>) => [
    namespace,
    name,
    ...dimensions
  ]
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
            metric(metricNamespace, "ConfirmedMonthlyUsd", "Step", "sum"),
            metric(metricNamespace, "UnconfirmedMonthlyUsd", "Step", "sum"),
            metric(metricNamespace, "NewMonthlyUsd", "Step", "sum")
          ],
          "Maximum"
        ),
        widget("Coverage, %", 0, 6, [metric(metricNamespace, "CoveragePercent", "Step", "sum")], "Minimum"),
        widget("What a night costs, USD", 12, 6, [metric(metricNamespace, "RunCostUsd", "Step", "sum")], "Maximum"),
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
          [...stepNames.map((step) => steps[step].name), mcp.name].flatMap((name) => [
            metric("AWS/Lambda", "Errors", "FunctionName", name),
            metric("AWS/Lambda", "Throttles", "FunctionName", name)
          ])
        ),
        widget("Assistant: answers, and those that say that the server is broken", 0, 18, [
          metric("AWS/Lambda", "Invocations", "FunctionName", mcp.name),
          metric(metricNamespace, "Errors", "Step", "mcp")
        ]),
        widget(
          "Assistant: duration p99, ms",
          12,
          18,
          [metric("AWS/Lambda", "Duration", "FunctionName", mcp.name)],
          "p99"
        )
      ]
    })
  })
  return { alarms }
}

interface Watched {
  readonly deploy: Config["deploy"]
  readonly machine: Scanning["machine"]
  readonly steps: Scanning["steps"]
  readonly deadLetters: Scanning["deadLetters"]
  readonly mcp: Query["mcp"]
  readonly topic: Alerts["topic"]
}

const alarmsOf = ({ deadLetters, deploy, machine, mcp, steps, topic }: Watched) => {
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
  const answers = { Step: "mcp" }
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
      alarmDescription: "No whole audit came to its end for more than a day.",
      comparisonOperator: "LessThanThreshold",
      evaluationPeriods: 1,
      threshold: 1,
      // Nothing at all is what it looks for.
      treatMissingData: "breaching",
      namespace: metricNamespace,
      metricName: "Runs",
      statistic: "Sum",
      period: day,
      dimensions: { Step: "sum" }
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
      dimensions: { Step: "sum" }
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
      dimensions: { Step: "sum" }
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
      alarmDescription: "The scan function failed often: look for the run's gaps.",
      comparisonOperator: "GreaterThanThreshold",
      evaluationPeriods: 1,
      threshold: 20,
      namespace: "AWS/Lambda",
      metricName: "Errors",
      statistic: "Sum",
      period: 3_600,
      dimensions: { FunctionName: steps.scan.name }
    }),
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
