/// <reference path="../.sst/platform/config.d.ts" />
/** The nightly audit: a function for each step, the state machine, and what starts it. */
import { env } from "node:process"
import { addressesVariable, addressOf } from "../core/alerts/webhookAddresses.ts"
import type { Config } from "../core/config/Config.ts"
import { readerRoleName } from "../core/config/deployment.ts"
import { nightly, type StepName, stepNames } from "../workflows/nightly.ts"
import type { Alerts } from "./alerts.ts"
import { functionOptions, identity, type Surroundings, trustOf } from "./functions.ts"
import type { StartsBus } from "./microScans.ts"
import type { Opener } from "./opening.ts"
import {
  entering,
  keyActions,
  planningActions,
  priceListAction,
  reportActions,
  reportObjects,
  tableActions
} from "./permissions.ts"
import { takesFromRules } from "./queues.ts"
import type { StageSettings } from "./stages.ts"
import type { Storage } from "./storage.ts"

interface Size {
  readonly memory: `${number} MB`
  readonly timeout: `${number} minutes`
}

/** The scan function has 15 minutes, of which it uses thirteen; what it holds is measured by `npm run bench scale`, and what a report of 100,000 findings holds by `npm run bench report`. */
const sizes: Readonly<Record<StepName, Size>> = {
  plan: { memory: "512 MB", timeout: "5 minutes" },
  discover: { memory: "512 MB", timeout: "5 minutes" },
  scan: { memory: "512 MB", timeout: "15 minutes" },
  recordFailure: { memory: "512 MB", timeout: "5 minutes" },
  settle: { memory: "512 MB", timeout: "15 minutes" },
  sum: { memory: "512 MB", timeout: "15 minutes" },
  report: { memory: "2048 MB", timeout: "15 minutes" },
  notify: { memory: "512 MB", timeout: "15 minutes" }
}

/** The secrets of the chats, from the environment of whoever deploys. One that is missing stops the deployment. */
const webhookAddresses = ({ alerts }: Config): Record<string, string> =>
  Object.fromEntries(
    alerts.webhooks.map(({ urlVariable }, index) => {
      const address = addressOf(urlVariable, env)
      if (address === undefined) {
        throw new Error(
          `alerts.webhooks[${index}].urlVariable: set ${urlVariable}, or its line in ${addressesVariable}, to deploy, or leave the webhook out`
        )
      }
      return [urlVariable, address]
    })
  )

const pascal = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`

export const scanning = (
  config: Config,
  settings: StageSettings,
  { opener, reports, table }: Storage & { readonly opener: Opener },
  { bus, key, owners, topic }: Alerts,
  starts: StartsBus,
  surroundings: Surroundings
) => {
  const { account, partition, region } = identity()
  const environment = {
    NIGHTAUDIT_TABLE: table.name,
    NIGHTAUDIT_ROLE: readerRoleName(config, $app.stage),
    ...(config.role.externalId === undefined ? {} : { NIGHTAUDIT_EXTERNAL_ID: config.role.externalId })
  }
  const told = {
    NIGHTAUDIT_TOPIC: topic.arn,
    NIGHTAUDIT_BUS: bus.name,
    ...(owners === undefined ? {} : { NIGHTAUDIT_OWNERS_TOPIC: owners.arn }),
    ...webhookAddresses(config)
  }
  const shelf = {
    NIGHTAUDIT_REPORTS: reports.name,
    ...(opener === undefined ? {} : { NIGHTAUDIT_OPENER: opener.url })
  }
  const readerRole = $interpolate`arn:${partition}:iam::*:role/${readerRoleName(config, $app.stage)}`

  const permissionsOf = (name: StepName) => [
    { actions: tableActions, resources: [table.arn, $interpolate`${table.arn}/index/*`] },
    ...(name === "notify"
      ? [
          { actions: ["sns:Publish"], resources: [topic.arn, ...(owners === undefined ? [] : [owners.arn])] },
          { actions: ["events:PutEvents"], resources: [bus.arn] },
          { actions: keyActions, resources: [key.arn] }
        ]
      : []),
    ...(name === "report"
      ? [{ actions: reportActions, resources: [$interpolate`${reports.arn}/${reportObjects}`] }]
      : []),
    ...(name === "plan" ? [{ actions: planningActions, resources: ["*"] }] : []),
    ...(entering.includes(name)
      ? [
          {
            actions: ["sts:AssumeRole"],
            resources: [readerRole],
            ...(config.role.externalId === undefined
              ? {}
              : {
                  conditions: [{ test: "StringEquals", variable: "sts:ExternalId", values: [config.role.externalId] }]
                })
          }
        ]
      : []),
    ...(name === "scan" && config.prices === "price-list" ? [{ actions: [priceListAction], resources: ["*"] }] : [])
  ]

  const functionOf = (name: StepName) =>
    new sst.aws.Function(`Step${pascal(name)}`, {
      ...functionOptions(settings, surroundings),
      description: `Night Audit, ${name}`,
      handler: `functions/${name}.handler`,
      ...sizes[name],
      environment: { ...environment, ...(name === "notify" ? told : name === "report" ? shelf : {}) },
      permissions: permissionsOf(name),
      transform: { role: { name: roleNameOf(name) } }
    })
  const steps = Object.fromEntries(stepNames.map((name) => [name, functionOf(name)])) as Record<
    StepName,
    sst.aws.Function
  >

  const logs = new aws.cloudwatch.LogGroup("NightlyLogs", {
    name: `/aws/vendedlogs/states/${$app.name}-${$app.stage}-nightly`,
    retentionInDays: settings.logDays
  })
  // A Distributed Map starts children of its own machine, so its name has to be known to its role beforehand.
  const machineName = `${$app.name}-${$app.stage}-nightly`
  const machineArn = $interpolate`arn:${partition}:states:${region}:${account}:stateMachine:${machineName}`
  const executionArn = $interpolate`arn:${partition}:states:${region}:${account}:execution:${machineName}`
  const machineRole = new aws.iam.Role("NightlyRole", {
    assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "states.amazonaws.com" }),
    inlinePolicies: [
      {
        name: "night",
        policy: $jsonStringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: stepNames.map((name) => steps[name].arn) },
            { Effect: "Allow", Action: ["states:StartExecution"], Resource: [machineArn] },
            {
              Effect: "Allow",
              Action: ["states:DescribeExecution", "states:StopExecution"],
              Resource: [$interpolate`${executionArn}/*`, $interpolate`${executionArn}:*`]
            },
            {
              Effect: "Allow",
              Action: [
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments"
              ],
              Resource: ["*"]
            }
          ]
        })
      }
    ]
  })
  const definition = $resolve(Object.fromEntries(stepNames.map((name) => [name, steps[name].arn]))).apply((arns) =>
    stepNames.reduce((json, name) => json.replaceAll(`\${${name}}`, String(arns[name])), JSON.stringify(nightly))
  )
  const machine = new aws.sfn.StateMachine("Nightly", {
    name: machineName,
    type: "STANDARD",
    roleArn: machineRole.arn,
    definition,
    loggingConfiguration: { level: "ERROR", includeExecutionData: false, logDestination: $interpolate`${logs.arn}:*` },
    tracingConfiguration: { enabled: true }
  })

  const deadLetters = new sst.aws.Queue("DeadLetters", {
    transform: { queue: { messageRetentionSeconds: 14 * 86_400, sqsManagedSseEnabled: true } }
  })
  const startsMachine = (extra: ReadonlyArray<object> = []) =>
    $jsonStringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: ["states:StartExecution"], Resource: [machine.arn] }, ...extra]
    })
  const scheduleRole = new aws.iam.Role("ScheduleRole", {
    assumeRolePolicy: trustOf("scheduler.amazonaws.com", account),
    inlinePolicies: [
      {
        name: "start",
        policy: startsMachine([{ Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [deadLetters.arn] }])
      }
    ]
  })
  const { expression, timeZone } = config.deploy.schedule
  const schedule = new aws.scheduler.Schedule("Nightly", {
    description: "Starts the nightly audit",
    scheduleExpression: expression,
    scheduleExpressionTimezone: timeZone,
    flexibleTimeWindow: { mode: "FLEXIBLE", maximumWindowInMinutes: 15 },
    // While a developer's machine runs the functions, nobody is there at night.
    state: $dev ? "DISABLED" : "ENABLED",
    target: {
      arn: machine.arn,
      roleArn: scheduleRole.arn,
      input: JSON.stringify({ trigger: "schedule" }),
      retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 },
      deadLetterConfig: { arn: deadLetters.arn }
    }
  })

  const requested = new aws.cloudwatch.EventRule("ScanRequested", {
    description: "A scan that somebody asks for; the detail says what of the configuration to scan",
    eventBusName: bus.name,
    eventPattern: JSON.stringify({ "detail-type": ["nightaudit.scan.requested"] })
  })
  const requestRole = new aws.iam.Role("ScanRequestRole", {
    assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "events.amazonaws.com" }),
    inlinePolicies: [{ name: "start", policy: startsMachine() }]
  })
  new aws.cloudwatch.EventTarget("ScanRequested", {
    eventBusName: bus.name,
    rule: requested.name,
    arn: machine.arn,
    roleArn: requestRole.arn,
    inputPath: "$.detail",
    retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 },
    deadLetterConfig: { arn: deadLetters.arn }
  })
  takesFromRules("DeadLetters", deadLetters, starts === undefined ? requested.arn : [requested.arn, starts.rule.arn])

  return { steps, machine, schedule, deadLetters, executionArn }
}

/** The names of the roles that member accounts let in, and of the others beside them. */
export const roleNameOf = (step: StepName): string => `${$app.name}-${$app.stage}-${step}`

export type Scanning = ReturnType<typeof scanning>
