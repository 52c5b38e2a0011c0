/// <reference path="../.sst/platform/config.d.ts" />
/**
 * Looks at what somebody starts within minutes: a rule in each account and region sends CloudTrail's events to a bus of their own, a
 * queue gathers them, and a function starts the machine once for each account and region. Nothing of it is there by default.
 */
import type { Config } from "../core/config/Config.ts"
import { eventPattern } from "../workflows/microScan/writeEvents.ts"
import { forwardTemplate } from "./forwardTemplate.ts"
import { functionOptions, identity, type Surroundings } from "./functions.ts"
import { queueActions, readingRuns, rememberingStarts } from "./permissions.ts"
import { takesFromRules } from "./queues.ts"
import type { Scanning } from "./scanning.ts"
import type { StageSettings } from "./stages.ts"
import type { Storage } from "./storage.ts"

/**
 * Where events of all accounts arrive. It is not the bus that Night Audit speaks on, where whoever may put an event can ask for a
 * scan. Undefined where micro-scans are off.
 */
export const startsBus = ({ accounts, deploy }: Config) => {
  if (deploy.microScans.regions.length === 0) return undefined
  const { account, partition } = identity()
  const bus = new sst.aws.Bus("Starts")
  const rule = new aws.cloudwatch.EventRule("Starts", {
    description: "Calls that start what costs money",
    eventBusName: bus.name,
    eventPattern: JSON.stringify(eventPattern)
  })
  // Within the account the sending role's own policy is enough.
  if (accounts !== "self") {
    const others =
      "organization" in accounts ? undefined : accounts.map((id) => $interpolate`arn:${partition}:iam::${id}:root`)
    new aws.cloudwatch.EventBusPolicy("Starts", {
      eventBusName: bus.name,
      policy: $jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "AccountsThatAreAudited",
            Effect: "Allow",
            Principal: others === undefined ? "*" : { AWS: others },
            Action: "events:PutEvents",
            Resource: bus.arn,
            Condition: {
              StringEquals: {
                ...(others === undefined
                  ? {
                      "aws:PrincipalOrgID": aws.organizations.getOrganizationOutput({ returnOrganizationOnly: true }).id
                    }
                  : {}),
                "events:detail-type": eventPattern["detail-type"],
                // From a rule, and not by a call of PutEvents.
                "events:eventBusInvocation": "true"
              },
              "ForAllValues:StringEquals": { "events:source": eventPattern.source },
              // For all values is also for none.
              Null: { "events:source": "false" }
            }
          }
        ]
      })
    })
  }
  return { bus, rule, account }
}

export type StartsBus = ReturnType<typeof startsBus>

export const microScans = (
  config: Config,
  settings: StageSettings,
  starts: StartsBus,
  { table }: Storage,
  { deadLetters, machine }: Scanning,
  surroundings: Surroundings
) => {
  if (starts === undefined) return
  const { account, bus, rule } = starts
  const { gatherSeconds, regions } = config.deploy.microScans
  const queue = new sst.aws.Queue("StartsQueue", {
    dlq: { queue: deadLetters.arn, retry: 5 },
    // Longer than gathering and six times the function's time, as Lambda wants it.
    visibilityTimeout: "20 minutes",
    transform: { queue: { sqsManagedSseEnabled: true, messageRetentionSeconds: 86_400 } }
  })
  takesFromRules("StartsQueue", queue, rule.arn)
  new aws.cloudwatch.EventTarget("Starts", {
    eventBusName: bus.name,
    rule: rule.name,
    arn: queue.arn,
    retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 },
    deadLetterConfig: { arn: deadLetters.arn }
  })
  const starter = new sst.aws.Function("MicroScan", {
    ...functionOptions(settings, surroundings),
    description: "Night Audit, starts micro-scans",
    handler: "functions/microScan.handler",
    memory: "512 MB",
    timeout: "3 minutes",
    environment: {
      NIGHTAUDIT_MACHINE: machine.arn,
      NIGHTAUDIT_ACCOUNT: account,
      NIGHTAUDIT_TABLE: table.name
    },
    permissions: [
      { actions: ["states:StartExecution"], resources: [machine.arn] },
      { actions: queueActions, resources: [queue.arn] },
      { ...readingRuns, resources: [table.arn] },
      { ...rememberingStarts, resources: [table.arn] }
    ]
  })
  new aws.lambda.EventSourceMapping("StartsQueue", {
    functionName: starter.arn,
    eventSourceArn: queue.arn,
    batchSize: 1_000,
    maximumBatchingWindowInSeconds: gatherSeconds,
    // What could not be started comes again, and nothing else of the batch.
    functionResponseTypes: ["ReportBatchItemFailures"],
    // The fewest there can be: each gathers by itself.
    scalingConfig: { maximumConcurrency: 2 }
  })

  const template = {
    capabilities: ["CAPABILITY_IAM"],
    parameters: { BusArn: bus.arn },
    templateBody: JSON.stringify(forwardTemplate)
  }
  for (const region of regions) {
    new aws.cloudformation.Stack(`StartsFrom-${region}`, {
      ...template,
      name: `${$app.name}-${$app.stage}-starts`,
      region
    })
  }
  if (config.deploy.organizationalUnits.length === 0) return
  const stackSet = new aws.cloudformation.StackSet("Starts", {
    ...template,
    name: `${$app.name}-${$app.stage}-starts`,
    description: "Tells Night Audit what is started in this account",
    permissionModel: "SERVICE_MANAGED",
    autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
    operationPreferences: { failureTolerancePercentage: 20, maxConcurrentPercentage: 50 }
  })
  for (const region of regions) {
    new aws.cloudformation.StackSetInstance(`Starts-${region}`, {
      stackSetName: stackSet.name,
      stackSetInstanceRegion: region,
      deploymentTargets: { organizationalUnitIds: [...config.deploy.organizationalUnits] }
    })
  }
}
