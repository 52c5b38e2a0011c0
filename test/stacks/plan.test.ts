/** What the deployment makes, sentence by sentence, from the plan of the real configuration. */
import { spawnSync } from "node:child_process"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { assert, describe, expect, it } from "vitest"
import * as Effect from "effect/Effect"
import { catalogue } from "../../audit/catalogue.ts"
import { decodeConfig } from "../../core/config/Config.ts"
import { deployingServices, ownServicesOfSst } from "../../stacks/deployingServices.ts"
import { maxStageLength } from "../../stacks/stages.ts"
import { nightly, stepNames } from "../../workflows/nightly.ts"
import { tableDefinition, ttlAttribute } from "../../core/store/dynamo/dynamoTable.ts"
import gatewayTools from "../../mcp/gatewayTools.json" with { type: "json" }
import policies from "../../audit/policies.json" with { type: "json" }
import { acceptedWildcards, keyActions, queueActions, tableActions, tracingActions } from "../../stacks/permissions.ts"
import { eventPattern } from "../../workflows/microScan/writeEvents.ts"
import { deployments } from "../../scripts/deployments.ts"
import { alarmMetrics } from "../../scripts/monthlyCost.ts"
import { openingSeconds } from "../../functions/openingSeconds.ts"
import { listed, type Planned, plannedStage } from "./planned.ts"

const pascal = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`

const production = () => plannedStage("production")

/** Every deployment that is checked, by its name: with each option at least once. */
const everyDeployment = (): ReadonlyArray<readonly [name: string, plan: Planned]> =>
  Object.entries(deployments).map(([name, { config, stage }]) => [name, plannedStage(stage, config)])

const deployment = (name: string): Planned => {
  const found = Object.entries(deployments).find(([title]) => title.includes(name))
  if (found === undefined) throw new Error(`no deployment ${name}`)
  return plannedStage(found[1].stage, found[1].config)
}

/** What an alarm looks at: its metric, or those of its queries. */
const watchedBy = (alarm: Readonly<Record<string, any>>): ReadonlyArray<Readonly<Record<string, any>>> =>
  alarm["metricQueries"]?.flatMap(({ metric }: any) => metric ?? []) ?? [alarm]

/** Micro-scans of the deployment's own account. */
const ownAlone = () => plannedStage("ann", { deploy: { microScans: { regions: ["us-east-1"] } } })

describe("storage", () => {
  it("has the table as the store defines it", () => {
    const table = production().inputs("Table", "StoreTable")
    assert.strictEqual(table["billingMode"], "PAY_PER_REQUEST")
    assert.deepStrictEqual(
      table["attributes"],
      tableDefinition.AttributeDefinitions.map(({ AttributeName, AttributeType }) => ({
        name: AttributeName,
        type: AttributeType
      }))
    )
    assert.deepStrictEqual([table["hashKey"], table["rangeKey"]], ["pk", "sk"])
    assert.deepStrictEqual(
      table["globalSecondaryIndexes"].map((index: any) => ({
        IndexName: index.name,
        KeySchema: [
          { AttributeName: index.hashKey, KeyType: "HASH" },
          { AttributeName: index.rangeKey, KeyType: "RANGE" }
        ],
        Projection: {
          ProjectionType: index.projectionType,
          ...(index.nonKeyAttributes === undefined ? {} : { NonKeyAttributes: index.nonKeyAttributes })
        }
      })),
      tableDefinition.GlobalSecondaryIndexes
    )
    assert.deepStrictEqual(table["ttl"], { attributeName: ttlAttribute, enabled: true })
    assert.deepStrictEqual(table["pointInTimeRecovery"], { enabled: true })
  })

  it("protects the table in production alone", () => {
    const isProtected = (stage: string) =>
      plannedStage(stage).inputs("Table", "StoreTable")["deletionProtectionEnabled"] === true
    assert.deepStrictEqual(
      [isProtected("production"), isProtected("staging"), isProtected("ann")],
      [true, false, false]
    )
  })

  it("has a private, encrypted, versioned bucket that expires reports and keeps the gateway's tools", () => {
    const plan = production()
    assert.deepStrictEqual(plan.of("BucketCorsConfiguration").concat(plan.of("BucketCorsConfigurationV2")), [])
    const { blockPublicAcls, blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets } = plan.inputs(
      "BucketPublicAccessBlock",
      "ReportsPublicAccessBlock"
    )
    assert.deepStrictEqual(
      [blockPublicAcls, blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets],
      [true, true, true, true]
    )
    assert.strictEqual(
      plan.inputs("BucketVersioning", "ReportsVersioning")["versioningConfiguration"].status,
      "Enabled"
    )
    const { rules } = plan.inputs("BucketLifecycleConfiguration", "ReportsLifecycle")
    const expiring = rules.filter((rule: any) => rule.expiration !== undefined)
    assert.deepStrictEqual(
      expiring.map((rule: any) => [rule.filter.prefix, rule.expiration.days]),
      [["reports/", 400]]
    )
    assert.isTrue(rules.some((rule: any) => rule.abortIncompleteMultipartUpload?.daysAfterInitiation === 7))
    const [statement] = JSON.parse(plan.inputs("BucketPolicy", "ReportsPolicy")["policy"]).Statement
    assert.deepStrictEqual(
      [statement.Effect, statement.Condition],
      ["Deny", { Bool: { "aws:SecureTransport": "false" } }]
    )
  })
})

describe("scanning", () => {
  it("has one function per step on ARM64 and Node 24, with a time and a memory of its own", () => {
    for (const step of stepNames) {
      const { architectures, handler, memorySize, runtime, timeout, tracingConfig } = production().inputs(
        "Function",
        `Step${pascal(step)}Function`
      )
      assert.deepStrictEqual(
        [architectures, handler, runtime, tracingConfig],
        [["arm64"], `${step}.handler`, "nodejs24.x", { mode: "Active" }]
      )
      assert.isAtLeast(memorySize, 512)
      assert.isAtMost(timeout, 900)
    }
    assert.strictEqual(production().inputs("Function", "StepScanFunction")["timeout"], 900)
  })

  it("has the machine of workflows/ with every function in its place, logged and traced", () => {
    const plan = production()
    const machine = plan.inputs("StateMachine", "Nightly")
    const arnOf = (step: string) =>
      `arn:aws:lambda:us-east-1:123456789012:function:${plan.inputs("Function", `Step${pascal(step)}Function`)["name"]}`
    const expected = stepNames.reduce(
      (json, step) => json.replaceAll(`\${${step}}`, arnOf(step)),
      JSON.stringify(nightly)
    )
    assert.deepStrictEqual(JSON.parse(machine["definition"]), JSON.parse(expected))
    assert.strictEqual(machine["type"], "STANDARD")
    assert.deepStrictEqual(machine["tracingConfiguration"], { enabled: true })
    assert.deepStrictEqual(
      [machine["loggingConfiguration"].level, machine["loggingConfiguration"].includeExecutionData],
      ["ERROR", false]
    )
    assert.strictEqual(
      nightly.States.Accounts.ItemProcessor.ProcessorConfig.Mode,
      "DISTRIBUTED",
      "the accounts are a Distributed Map"
    )
  })

  it("starts it on the configured schedule and time zone, with retries and a dead-letter queue", () => {
    const plan = plannedStage("production", {
      deploy: { schedule: { expression: "cron(30 3 ? * MON-FRI *)", timeZone: "Europe/Berlin" } }
    })
    const schedule = plan.inputs("Schedule", "Nightly")
    assert.deepStrictEqual(
      [schedule["scheduleExpression"], schedule["scheduleExpressionTimezone"], schedule["state"]],
      ["cron(30 3 ? * MON-FRI *)", "Europe/Berlin", "ENABLED"]
    )
    const { arn, deadLetterConfig, input, retryPolicy } = schedule["target"]
    assert.match(arn, /:stateMachine:nightaudit-production-nightly$/)
    assert.match(deadLetterConfig.arn, /DeadLettersQueue/)
    assert.deepStrictEqual(JSON.parse(input), { trigger: "schedule" })
    assert.strictEqual(retryPolicy.maximumRetryAttempts, 3)
  })

  it("starts it by an event on the bus", () => {
    const plan = production()
    const rule = plan.inputs("EventRule", "ScanRequested")
    assert.deepStrictEqual(JSON.parse(rule["eventPattern"]), { "detail-type": ["nightaudit.scan.requested"] })
    const target = plan.inputs("EventTarget", "ScanRequested")
    assert.match(target["arn"], /:stateMachine:nightaudit-production-nightly$/)
    assert.strictEqual(target["inputPath"], "$.detail")
    assert.match(target["deadLetterConfig"].arn, /DeadLettersQueue/)
  })
})

describe("micro-scans", () => {
  const regions = ["eu-west-1", "us-east-1"]
  const on = () =>
    plannedStage("production", {
      accounts: { organization: true },
      deploy: { organizationalUnits: ["r-ab12"], microScans: { regions, gatherSeconds: 60 } }
    })
  const onListed = () =>
    plannedStage("production", {
      accounts: ["222222222222", "333333333333"],
      deploy: { microScans: { regions: ["us-east-1"] } }
    })
  const busArn = () => `arn:aws:events:us-east-1:123456789012:event-bus/${on().inputs("EventBus", "StartsBus")["name"]}`

  it("are off by default: no bus, queue, function or rule of theirs is there", () => {
    for (const { name } of production().all) assert.notMatch(name, /^(Starts|MicroScan)/)
  })

  it("listen on a bus of their own, which the organisation's rules may send CloudTrail's events to, and nobody else anything", () => {
    const [statement, ...more] = JSON.parse(on().inputs("EventBusPolicy", "Starts")["policy"]).Statement
    assert.deepStrictEqual(more, [])
    assert.deepStrictEqual(
      [statement.Principal, statement.Action, statement.Resource],
      ["*", "events:PutEvents", busArn()]
    )
    assert.deepStrictEqual(statement.Condition, {
      StringEquals: {
        "aws:PrincipalOrgID": "o-exampleorg1",
        "events:detail-type": ["AWS API Call via CloudTrail"],
        "events:eventBusInvocation": "true"
      },
      "ForAllValues:StringEquals": { "events:source": eventPattern.source },
      Null: { "events:source": "false" }
    })
  })

  it("let in the listed accounts alone, and with one account nobody", () => {
    const [listedOnly] = JSON.parse(onListed().inputs("EventBusPolicy", "Starts")["policy"]).Statement
    assert.deepStrictEqual(listedOnly.Principal, {
      AWS: ["arn:aws:iam::222222222222:root", "arn:aws:iam::333333333333:root"]
    })
    assert.deepStrictEqual(ownAlone().of("EventBusPolicy"), [])
  })

  it("gather what the rule lets through in an encrypted queue, which that rule alone may write to", () => {
    const plan = on()
    assert.deepStrictEqual(JSON.parse(plan.inputs("EventRule", "Starts")["eventPattern"]), eventPattern)
    const queue = plan.inputs("Queue", "StartsQueueQueue")
    assert.strictEqual(queue["sqsManagedSseEnabled"], true)
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(queue["redrivePolicy"])
    assert.match(deadLetterTargetArn, /DeadLettersQueue/)
    assert.strictEqual(maxReceiveCount, 5)
    const [statement, ...more] = JSON.parse(plan.inputs("QueuePolicy", "StartsQueue")["policy"]).Statement
    assert.deepStrictEqual(more, [])
    assert.deepStrictEqual(
      [statement.Action, statement.Principal, statement.Condition],
      [
        "sqs:SendMessage",
        { Service: "events.amazonaws.com" },
        {
          ArnEquals: { "aws:SourceArn": `${busArn().replace("event-bus", "rule")}/Starts` }
        }
      ]
    )
    const target = plan.inputs("EventTarget", "Starts")
    assert.match(target["arn"], /StartsQueueQueue/)
    assert.match(target["deadLetterConfig"].arn, /DeadLettersQueue/)
    const [dead] = JSON.parse(plan.inputs("QueuePolicy", "DeadLetters")["policy"]).Statement
    assert.strictEqual(dead.Condition.ArnEquals["aws:SourceArn"].length, 2)
  })

  it("start the machine by a function that gets gathered events, two batches at a time at most, and repeats single ones", () => {
    const mapping = on().inputs("EventSourceMapping", "StartsQueue")
    assert.match(mapping["functionName"], /MicroScanFunction/)
    assert.deepStrictEqual(
      [
        mapping["maximumBatchingWindowInSeconds"],
        mapping["scalingConfig"],
        mapping["functionResponseTypes"],
        mapping["batchSize"]
      ],
      [60, { maximumConcurrency: 2 }, ["ReportBatchItemFailures"], 1000]
    )
    const { environment, handler, timeout } = on().inputs("Function", "MicroScanFunction")
    assert.strictEqual(handler, "microScan.handler")
    assert.match(environment.variables.NIGHTAUDIT_MACHINE, /:stateMachine:nightaudit-production-nightly$/)
    assert.strictEqual(environment.variables.NIGHTAUDIT_ACCOUNT, "123456789012")
    // Lambda takes a queue whose messages stay hidden for six times the function's time.
    const { visibilityTimeoutSeconds } = on().inputs("Queue", "StartsQueueQueue")
    assert.isAtLeast(visibilityTimeoutSeconds, 6 * timeout)
  })

  it("may start the machine, read their queue and the runs of the table, keep what they have started, and have no way into accounts", () => {
    const statements = on().statements("MicroScanRole")
    assert.sameMembers(
      statements.flatMap(({ Action }) => [...listed(Action)]),
      [
        "states:StartExecution",
        ...queueActions,
        "dynamodb:Query",
        "dynamodb:BatchWriteItem",
        "dynamodb:GetItem",
        ...tracingActions
      ]
    )
    for (const { Action, Resource } of statements) {
      if (listed(Action).every((action) => tracingActions.includes(action))) continue
      for (const one of listed(Resource)) assert.match(one, /nightly$|StartsQueue|StoreTable-\w+$/)
    }
    const [query] = statements.filter(({ Action }) => listed(Action).includes("dynamodb:Query"))
    assert.deepStrictEqual(query?.["Condition"], {
      "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": "RUNS" },
      Null: { "dynamodb:LeadingKeys": "false" }
    })
    const [remembering] = statements.filter(({ Action }) => listed(Action).includes("dynamodb:GetItem"))
    assert.deepStrictEqual(remembering?.["Condition"], {
      "ForAllValues:StringLike": { "dynamodb:LeadingKeys": "CACHE#started/*" },
      Null: { "dynamodb:LeadingKeys": "false" }
    })
  })

  it("have the rule in each region of the account and of the members, which may put events on that one bus", () => {
    const plan = on()
    assert.sameMembers(
      plan.of("Stack").flatMap(({ inputs, name }) => (name.startsWith("StartsFrom") ? [inputs["region"]] : [])),
      ["eu-west-1", "us-east-1"]
    )
    assert.sameMembers(
      plan
        .of("StackSetInstance")
        .flatMap(({ inputs, name }) => (name.startsWith("Starts") ? [inputs["stackSetInstanceRegion"]] : [])),
      ["eu-west-1", "us-east-1"]
    )
    const stackSet = plan.inputs("StackSet", "Starts")
    assert.strictEqual(stackSet["parameters"].BusArn, busArn())
    assert.strictEqual(plan.inputs("Stack", "StartsFrom-eu-west-1")["templateBody"], stackSet["templateBody"])
    const { Forwarder, Started } = JSON.parse(stackSet["templateBody"]).Resources
    assert.deepStrictEqual(Started.Properties.EventPattern, eventPattern)
    assert.deepStrictEqual(Started.Properties.Targets, [
      { Id: "home", Arn: { Ref: "BusArn" }, RoleArn: { "Fn::GetAtt": ["Forwarder", "Arn"] } }
    ])
    const [{ PolicyDocument }, ...more] = Forwarder.Properties.Policies
    assert.deepStrictEqual(more, [])
    assert.deepStrictEqual(PolicyDocument.Statement, [
      { Effect: "Allow", Action: "events:PutEvents", Resource: { Ref: "BusArn" } }
    ])
    assert.deepStrictEqual(
      onListed()
        .of("StackSet")
        .map(({ name }) => name),
      ["Members"]
    )
  })
})

describe("query", () => {
  it("has the function with an alias, and a function URL that AWS IAM guards", () => {
    const plan = production()
    const { publish, reservedConcurrentExecutions } = plan.inputs("Function", "McpFunction")
    assert.strictEqual(publish, true)
    assert.isUndefined(reservedConcurrentExecutions)
    assert.strictEqual(plan.inputs("Alias", "Live")["name"], "live")
    const url = plan.inputs("FunctionUrl", "McpUrl")
    assert.strictEqual(url["authorizationType"], "AWS_IAM")
    assert.isUndefined(url["cors"])
    // Past the alias it would answer with code that no canary and no alarm has seen.
    assert.strictEqual(url["qualifier"], "live")
  })

  it("has the gateway with semantic search, all protocol versions and the interceptor", () => {
    const gateway = production().inputs("AgentcoreGateway", "Gateway")
    const { searchType, supportedVersions } = gateway["protocolConfiguration"].mcp
    assert.strictEqual(searchType, "SEMANTIC")
    assert.deepStrictEqual(supportedVersions, ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"])
    const [interceptor] = gateway["interceptorConfigurations"]
    assert.match(interceptor.interceptor.lambda.arn, /InterceptorFunction/)
    assert.deepStrictEqual(
      [interceptor.interceptionPoints, interceptor.inputConfiguration],
      [["REQUEST"], { passRequestHeaders: true }]
    )
    // Set, it tells callers what went wrong inside.
    assert.isUndefined(gateway["exceptionLevel"])
  })

  it("gives the gateway its tools by a file, its target by the alias, and one header", () => {
    const plan = production()
    assert.deepStrictEqual(JSON.parse(plan.inputs("BucketObjectv2", "GatewayTools")["content"]), gatewayTools)
    const target = plan.inputs("AgentcoreGatewayTarget", "GatewayTarget")
    assert.match(target["targetConfiguration"].mcp.lambda.lambdaArn, /:live$/)
    assert.match(target["targetConfiguration"].mcp.lambda.toolSchema.s3.uri, /^s3:\/\/.*\/gateway\/tools\.json$/)
    assert.deepStrictEqual(target["metadataConfiguration"], { allowedRequestHeaders: ["x-nightaudit-accounts"] })
  })

  const issuer = { url: "https://login.example.com/tenant", clientIds: ["app"], scopes: ["nightaudit/read"] }

  it("lets callers in by Cognito, by any issuer, or by IAM", () => {
    const of = (plan: Planned) => plan.inputs("AgentcoreGateway", "Gateway")
    const cognito = of(production())
    assert.strictEqual(cognito["authorizerType"], "CUSTOM_JWT")
    assert.deepStrictEqual(
      [
        cognito["authorizerConfiguration"].customJwtAuthorizer.allowedScopes,
        cognito["authorizerConfiguration"].customJwtAuthorizer.allowedAudiences
      ],
      [["nightaudit/read"], undefined]
    )
    const oidc = plannedStage("production", { deploy: { authorization: "oidc" }, mcp: { issuer } })
    assert.deepStrictEqual(of(oidc)["authorizerConfiguration"].customJwtAuthorizer, {
      discoveryUrl: "https://login.example.com/tenant/.well-known/openid-configuration",
      allowedClients: ["app"],
      allowedScopes: ["nightaudit/read"]
    })
    assert.deepStrictEqual(oidc.of("UserPool"), [])
    const iam = plannedStage("production", { deploy: { authorization: "iam" } })
    assert.deepStrictEqual([of(iam)["authorizerType"], of(iam)["authorizerConfiguration"]], ["AWS_IAM", undefined])
  })
})

describe("least privilege", () => {
  const roles = (plan: Planned) => plan.of("Role").map(({ name }) => name)

  it("lets every function write the traces that it is planned with", () => {
    for (const [title, plan] of everyDeployment()) {
      const functions = plan.of("Function").filter(({ type }) => type.startsWith("aws:lambda"))
      assert.isAbove(functions.length, stepNames.length)
      for (const { inputs, name } of functions) {
        assert.deepStrictEqual(inputs["tracingConfig"], { mode: "Active" }, `${title}: ${name}`)
        const actions = plan.statements(name.replace(/Function$/, "Role")).flatMap(({ Action }) => listed(Action))
        assert.includeMembers([...actions], tracingActions, `${title}: ${name}`)
      }
    }
  })

  it("lets no role be assumed by an account", () => {
    for (const [stage, plan] of [...everyDeployment(), ["ann with micro-scans", ownAlone()] as const]) {
      for (const { inputs, name } of plan.of("Role")) {
        const { Statement } =
          typeof inputs["assumeRolePolicy"] === "string"
            ? JSON.parse(inputs["assumeRolePolicy"])
            : inputs["assumeRolePolicy"]
        for (const { Principal } of Statement) {
          assert.deepStrictEqual(Object.keys(Principal), ["Service"], `${stage}: ${name}`)
        }
      }
    }
  })

  it("lets only discover and scan enter accounts, by the reader's name", () => {
    const plan = plannedStage("production", { role: { name: "audit/reader", externalId: "secret-word" } })
    const entering = roles(plan).filter((role) =>
      plan.statements(role).some(({ Action }) => listed(Action).includes("sts:AssumeRole"))
    )
    assert.deepStrictEqual(entering.sort(), ["StepDiscoverRole", "StepScanRole"])
    const statement = plan.statements("StepScanRole").find(({ Action }) => listed(Action).includes("sts:AssumeRole"))
    assert.deepStrictEqual(statement, {
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Resource: "arn:aws:iam::*:role/audit/reader",
      Condition: { StringEquals: { "sts:ExternalId": "secret-word" } }
    })
  })

  it("gives each step the table, and planning the organisation", () => {
    for (const step of stepNames) {
      const statements = production().statements(`Step${pascal(step)}Role`)
      const actions = statements.flatMap(({ Action }) => listed(Action))
      const extra =
        step === "plan"
          ? policies.planning
          : step === "discover" || step === "scan"
            ? ["sts:AssumeRole"]
            : step === "notify"
              ? ["sns:Publish", "events:PutEvents", ...keyActions]
              : step === "report"
                ? ["s3:PutObject"]
                : []
      assert.sameMembers([...actions], [...tableActions, ...tracingActions, ...extra], step)
    }
  })

  it("gives the MCP function the table and what starts live scans, and nothing in other accounts", () => {
    const actions = production()
      .statements("McpRole")
      .flatMap(({ Action }) => listed(Action))
    assert.sameMembers(
      [...actions],
      [...tableActions, ...tracingActions, "lambda:InvokeFunction", "states:StartExecution"]
    )
  })

  it("writes reports under one prefix, and opens them by a function that may sign for these alone", () => {
    const plan = production()
    const [put] = plan.statements("StepReportRole").filter(({ Action }) => listed(Action).includes("s3:PutObject"))
    assert.match(listed(put?.Resource ?? "").join(), /^arn:aws:s3:::[\w-]+\/reports\/\*$/)
    const opener = plan.statements("OpenReportRole")
    assert.deepStrictEqual(
      opener.map(({ Action }) => listed(Action)),
      [["dynamodb:GetItem"], ["s3:GetObject"], tracingActions]
    )
    assert.deepStrictEqual(listed(opener[1]?.Resource ?? ""), listed(put?.Resource ?? ""))
    assert.strictEqual(plan.inputs("FunctionUrl", "OpenReportUrl")["authorizationType"], "NONE")
    const { variables } = plan.inputs("Function", "StepReportFunction")["environment"]
    assert.match(variables.NIGHTAUDIT_OPENER, /^https:/)
    const closed = plannedStage("production", { deploy: { reportLink: false } })
    assert.deepStrictEqual(
      closed.of("Function").filter(({ name }) => name.startsWith("OpenReport")),
      []
    )
    assert.notProperty(closed.inputs("Function", "StepReportFunction")["environment"].variables, "NIGHTAUDIT_OPENER")
  })

  it("has no wildcard but those that are listed with a reason, whatever is deployed", () => {
    const pattern = (accepted: string) =>
      new RegExp(`^${accepted.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`)
    const accepted = Object.keys(acceptedWildcards).map(pattern)
    const used = new Set<string>()
    for (const [title, plan] of everyDeployment()) {
      for (const role of roles(plan)) {
        for (const { Action, Resource } of plan.statements(role)) {
          for (const action of listed(Action)) assert.isFalse(action.endsWith("*"), `${title}: ${role}: ${action}`)
          const isWild = listed(Resource).some((resource) => resource === "*" || /:\*:role\//.test(resource))
          if (!isWild) continue
          for (const action of listed(Action)) {
            const [reason] = accepted.flatMap((one) => (one.test(action) ? [one.source] : []))
            assert.isDefined(reason, `${title}: ${role} may ${action} on everything, and no reason is given`)
            used.add(reason ?? "")
          }
        }
      }
    }
    assert.sameMembers(
      [...used],
      accepted.map(({ source }) => source),
      "a reason for what is not there any more is none"
    )
  })

  it("opens no shell in the tasks of the always-on server", () => {
    const plan = deployment("behind a load balancer")
    assert.strictEqual(plan.inputs("Service", "McpServerService")["enableExecuteCommand"], false)
    const actions = plan.statements("McpServerTaskRole").flatMap(({ Action }) => listed(Action))
    assert.sameMembers([...actions], [...tableActions, "lambda:InvokeFunction", "states:StartExecution"])
  })

  it("puts nothing into the default group of a network, which lets nobody in or out", () => {
    let groups = 0
    for (const [title, plan] of everyDeployment()) {
      for (const { inputs } of plan.of("DefaultSecurityGroup")) {
        groups += 1
        assert.deepStrictEqual([inputs["ingress"], inputs["egress"]], [[], []], title)
      }
      for (const { inputs, name } of [...plan.of("Function"), ...plan.of("Service")]) {
        const used = [
          ...(inputs["vpcConfig"]?.securityGroupIds ?? []),
          ...(inputs["networkConfiguration"]?.securityGroups ?? [])
        ]
        for (const group of used) assert.match(group, /^(Functions|Tasks)-id$/, `${title}: ${name}`)
      }
    }
    assert.strictEqual(groups, 2)
    const { egress, ingress } = deployment("behind a load balancer").inputs("SecurityGroup", "Tasks")
    assert.deepStrictEqual(
      [...ingress, ...egress].map(({ fromPort, toPort }) => [fromPort, toPort]),
      [
        [8000, 8000],
        [443, 443]
      ]
    )
  })

  it("ends a call for a report after it has answered, and lets ten be called at once", () => {
    const { reservedConcurrentExecutions, timeout } = production().inputs("Function", "OpenReportFunction")
    assert.strictEqual(reservedConcurrentExecutions, 10)
    assert.isAbove(timeout, openingSeconds)
  })
})

describe("stages", () => {
  it("keep logs for 7, 30 and 90 days", () => {
    const days = (stage: string) =>
      new Set(
        plannedStage(stage)
          .of("LogGroup")
          .map(({ inputs }) => inputs["retentionInDays"])
      )
    assert.deepStrictEqual([...days("ann")], [7])
    assert.deepStrictEqual([...days("staging")], [30])
    assert.deepStrictEqual([...days("production")], [90])
  })

  it("have alarms in staging and production, each to the topic", () => {
    assert.deepStrictEqual(plannedStage("ann").of("MetricAlarm"), [])
    const names = production()
      .of("MetricAlarm")
      .map(({ name }) => name)
    assert.sameMembers(names, [
      "CoverageLow",
      "DeadLetters",
      "InterceptorErrors",
      "McpErrors",
      "McpFaults",
      "McpSlow",
      "NightErrors",
      "ReportLinkErrors",
      "RunCost",
      "RunFailed",
      "RunLate",
      "StepErrors"
    ])
    for (const { inputs } of production().of("MetricAlarm")) {
      assert.deepStrictEqual([inputs["alarmActions"].length, inputs["okActions"].length], [1, 1])
      assert.match(inputs["alarmActions"][0], /AlertsTopic/)
    }
  })

  it("see an assistant that answers every call, and only that the server is broken", () => {
    const { metricQueries, threshold, treatMissingData } = production().inputs("MetricAlarm", "McpFaults")
    const metrics = metricQueries.flatMap(({ id, metric }: any) =>
      metric === undefined ? [] : [[id, metric.namespace, metric.metricName, metric.dimensions]]
    )
    // As functions/mcp.ts writes them: both with each answer, so that neither is missing where the other is there.
    assert.deepStrictEqual(metrics, [
      ["faults", "NightAudit", "Errors", { Stage: "production", Step: "mcp" }],
      ["answers", "NightAudit", "Invocations", { Stage: "production", Step: "mcp" }]
    ])
    assert.deepStrictEqual([threshold, treatMissingData], [1, "notBreaching"])
  })

  it("tell stages in one account and region apart", () => {
    const staging = plannedStage("staging")
    for (const { inputs, name } of staging.of("Function")) {
      assert.strictEqual(inputs["environment"].variables.NIGHTAUDIT_STAGE, "staging", name)
    }
    assert.include(
      staging.inputs("Dashboard", "Overview")["dashboardBody"],
      '"RunCostUsd","Stage","staging","Step","sum"'
    )
    const own = production()
      .of("MetricAlarm")
      .flatMap(({ inputs }) => watchedBy(inputs))
      .filter(({ namespace }) => namespace === "NightAudit")
    assert.deepStrictEqual([...new Set(own.map(({ dimensions }) => dimensions.Stage))], ["production"])
  })

  it("look at as many metrics as the guide's costs count", () => {
    const watched = production()
      .of("MetricAlarm")
      .flatMap(({ inputs }) => watchedBy(inputs))
    assert.strictEqual(watched.length, alarmMetrics)
  })

  it("have a late night found by the hour: none that ends later than the one before is late for that", () => {
    const late = production().inputs("MetricAlarm", "RunLate")
    const [runs, ...more] = watchedBy(late)
    assert.deepStrictEqual(more, [])
    assert.deepStrictEqual(
      [runs?.["metricName"], runs?.["period"], late["evaluationPeriods"], late["treatMissingData"]],
      ["Runs", 3600, 36, "breaching"]
    )
    assert.strictEqual(late["metricQueries"][0].expression, "FILL(runs, 0)")
    const weekly = plannedStage("production", { deploy: { alarms: { lateHours: 80 } } })
    assert.strictEqual(weekly.inputs("MetricAlarm", "RunLate")["evaluationPeriods"], 80)
    for (const { inputs, name } of production().of("MetricAlarm")) {
      const seconds = inputs["evaluationPeriods"] * Math.max(...watchedBy(inputs).map(({ period }) => period))
      assert.isAtMost(seconds, watchedBy(inputs).every(({ period }) => period >= 3600) ? 7 * 86_400 : 86_400, name)
    }
  })

  it("watch every function: by an alarm, or by that of what it fails", () => {
    // The machine fails with plan, and a message that the function gives back five times lies in the dead-letter queue.
    const watchedOtherwise = ["StepPlanFunction", "MicroScanFunction"]
    for (const title of ["as it comes", "the container on AgentCore"]) {
      const plan = deployment(title)
      const watched = new Set(
        plan.of("MetricAlarm").flatMap(({ inputs }) => watchedBy(inputs).map((one) => one["dimensions"]?.FunctionName))
      )
      const shown = plan.inputs("Dashboard", "Overview")["dashboardBody"]
      for (const { inputs, name } of plan.of("Function").filter(({ type }) => type.startsWith("aws:lambda"))) {
        assert.isTrue(watched.has(inputs["name"]) || watchedOtherwise.includes(name), `${name} is in no alarm`)
        if (name !== "MicroScanFunction") assert.include(shown, inputs["name"], `${name} is not on the dashboard`)
      }
    }
    const server = deployment("behind a load balancer").inputs("MetricAlarm", "ServerErrors")
    assert.sameMembers(
      watchedBy(server).map(({ metricName }) => metricName),
      ["HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"]
    )
  })
})

describe("alerts and members", () => {
  it("subscribe addresses and endpoints, and archive the bus", () => {
    const plan = plannedStage("production", {
      deploy: { alerts: { emails: ["finops@example.com"], https: ["https://example.com/hook"] } }
    })
    assert.deepStrictEqual(
      plan.of("TopicSubscription").map(({ inputs }) => [inputs["protocol"], inputs["endpoint"]]),
      [
        ["email", "finops@example.com"],
        ["https", "https://example.com/hook"]
      ]
    )
    assert.isAbove(plan.inputs("EventArchive", "Events")["retentionDays"], 0)
    const { Statement } = JSON.parse(plan.inputs("Key", "AlertsKey")["policy"])
    assert.deepStrictEqual(Statement[1].Principal.Service, ["cloudwatch.amazonaws.com"])
  })

  it("give each owner a subscription to the owners' topic that filters by the owner, and the others none", () => {
    const plan = plannedStage("production", {
      ownerTagKeys: ["team"],
      deploy: { alerts: { emails: ["finops@example.com"], owners: { "the  payments": ["payments@example.com"] } } }
    })
    assert.deepStrictEqual(
      plan.of("TopicSubscription").map(({ inputs }) => [inputs["endpoint"], inputs["filterPolicy"]]),
      [
        ["finops@example.com", undefined],
        // As the attribute of a message has it.
        ["payments@example.com", JSON.stringify({ owner: ["the payments"] })]
      ]
    )
    const publishes = plan.statements("StepNotifyRole").filter(({ Action }) => listed(Action).includes("sns:Publish"))
    assert.strictEqual(publishes.flatMap(({ Resource }) => listed(Resource)).length, 2)
    assert.match(
      plan.inputs("Function", "StepNotifyFunction")["environment"].variables.NIGHTAUDIT_OWNERS_TOPIC,
      /Owners/
    )
  })

  it("give members the generated role, which lets in the two functions and nobody else", () => {
    const plan = plannedStage("production", {
      role: { name: "audit/reader", externalId: "secret-word" },
      deploy: { organizationalUnits: ["r-ab12"] }
    })
    const stackSet = plan.inputs("StackSet", "Members")
    assert.strictEqual(stackSet["permissionModel"], "SERVICE_MANAGED")
    assert.deepStrictEqual(
      stackSet["parameters"].ScannerRoleArns.split(","),
      ["discover", "scan"].map((step) => `arn:aws:iam::123456789012:role/nightaudit-production-${step}`)
    )
    const { Resources } = JSON.parse(stackSet["templateBody"])
    const reader = Resources.Reader.Properties
    assert.deepStrictEqual([reader.Path, reader.RoleName], ["/audit/", "reader"])
    const [trust] = reader.AssumeRolePolicyDocument.Statement
    assert.deepStrictEqual(
      [trust.Principal, trust.Condition],
      [{ AWS: { Ref: "ScannerRoleArns" } }, { StringEquals: { "sts:ExternalId": { Ref: "ExternalId" } } }]
    )
    assert.deepStrictEqual(
      Object.values<any>(Resources).flatMap(({ Properties, Type }) =>
        Type === "AWS::IAM::ManagedPolicy" ? [Properties.PolicyDocument] : []
      ),
      policies.reader
    )
    assert.deepStrictEqual(plan.inputs("StackSetInstance", "Members")["deploymentTargets"], {
      organizationalUnitIds: ["r-ab12"]
    })
    assert.strictEqual(plan.inputs("Stack", "OwnReader")["templateBody"], stackSet["templateBody"])
  })

  it("has a reader of its own for each stage, so that all of them fit into one organisation", () => {
    const readerOf = (stage: string) => {
      const plan = plannedStage(stage)
      const { Path, RoleName } = JSON.parse(plan.inputs("Stack", "OwnReader")["templateBody"]).Resources.Reader
        .Properties
      const name = `${Path}${RoleName}`.slice(1)
      for (const step of ["Discover", "Scan"]) {
        const { variables } = plan.inputs("Function", `Step${step}Function`)["environment"]
        assert.strictEqual(variables.NIGHTAUDIT_ROLE, name, "what is entered is what is made")
        const enters = plan
          .statements(`Step${step}Role`)
          .filter(({ Action }) => listed(Action).includes("sts:AssumeRole"))
          .flatMap(({ Resource }) => listed(Resource))
        assert.deepStrictEqual(enters, [`arn:aws:iam::*:role/${name}`], "and what may be entered")
      }
      return name
    }
    assert.deepStrictEqual(["production", "staging", "ann"].map(readerOf), [
      "nightaudit/scanner",
      "nightaudit/scanner-staging",
      "nightaudit/scanner-ann"
    ])
  })

  it("names nothing in AWS as another stage does", () => {
    // These are named within something that is the stage's own: the gateway, the user pool, the function.
    const within = /:(AgentcoreGatewayTarget|ResourceServer|Alias)$/
    const named = (stage: string) =>
      plannedStage(stage)
        .all.filter(({ type }) => !within.test(type))
        .flatMap(({ inputs, type }) =>
          ["name", "dashboardName", "domain"].flatMap((key) =>
            typeof inputs[key] === "string" ? [`${type} ${inputs[key]}`] : []
          )
        )
    const production = new Set(named("production"))
    assert.deepStrictEqual(
      named("staging").filter((name) => production.has(name)),
      []
    )
  })
})

describe("the configuration", () => {
  it("type-checks against SST's components, but for a line of their own", () => {
    const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc")
    const root = new URL("../..", import.meta.url).pathname
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", "stacks"], { cwd: root, encoding: "utf8" })
    assert.deepStrictEqual(
      stdout
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith(".sst/platform/src/components/aws/function.ts")),
      []
    )
  })
})

describe("the plan", () => {
  it("is the same at every run", () => {
    const again = plannedStage("production", {})
    assert.deepStrictEqual(
      again.all.filter(({ name }) => !name.endsWith("Code") && !/^(Step|Mcp).*Function$/.test(name)),
      production().all.filter(({ name }) => !name.endsWith("Code") && !/^(Step|Mcp).*Function$/.test(name))
    )
  })

  // A change of the deployment shows here, for whoever reviews it. What is in a bundle is no part of it.
  it("is what was reviewed", async () => {
    const reviewed = production().all.map(({ inputs, name, type }) => {
      const { s3Key: _, source: __, templateBody: ___, definition: ____, content: _____, ...rest } = inputs
      return { type, name, inputs: name.endsWith("Code") ? {} : rest }
    })
    await expect(`${JSON.stringify(reviewed, null, 2)}\n`).toMatchFileSnapshot("production.json")
  })

  it("has none of the addresses of chats, which are secrets, and needs none", () => {
    const { variables } = deployment("IAM").inputs("Function", "StepNotifyFunction")["environment"]
    assert.strictEqual(variables["SLACK_URL"], "https://webhook.invalid/SLACK_URL")
  })

  it("stops at a mistake in the configuration, with its path, before anything is planned", () => {
    assert.throws(
      () => plannedStage("production", { deploy: { schedule: { expression: "every night" } } }),
      /deploy\.schedule\.expression: expected an expression of EventBridge Scheduler/
    )
    const issuer = { url: "https://login.example.com/tenant", clientIds: ["app"], accountsClaim: "accounts" }
    assert.throws(
      () => plannedStage("production", { mcp: { issuer }, deploy: { authorization: "iam" } }),
      /deploy\.authorization: callers that come in by iam have no claim accounts/
    )
  })
})

/** The prefixes in IAM of what makes the planned types, by how a type begins after `aws:`. */
const prefixes: Readonly<Record<string, ReadonlyArray<string>>> = {
  "appautoscaling/": ["application-autoscaling"],
  "bedrock/agentcore": ["bedrock-agentcore"],
  "cloudformation/stack": ["cloudformation"],
  "cloudwatch/dashboard": ["cloudwatch"],
  "cloudwatch/event": ["events"],
  "cloudwatch/logGroup": ["logs"],
  "cloudwatch/metricAlarm": ["cloudwatch"],
  "cognito/": ["cognito-idp"],
  "dynamodb/": ["dynamodb"],
  "ec2/": ["ec2"],
  // With private names it is associated with a zone. Source: service authorization reference, "Actions defined by Amazon EC2".
  "ec2/vpcEndpoint": ["ec2", "route53"],
  "ecr/": ["ecr"],
  "ecs/": ["ecs"],
  "iam/": ["iam"],
  "kms/": ["kms"],
  "lambda/": ["lambda"],
  "lb/": ["elasticloadbalancing"],
  "s3/": ["s3"],
  "scheduler/": ["scheduler"],
  // It makes the zone with the caller's permissions. Source: Cloud Map developer guide, "AWS Cloud Map API permissions".
  "servicediscovery/": ["servicediscovery", "route53"],
  "sfn/": ["states"],
  "sns/": ["sns"],
  "sqs/": ["sqs"],
  "wafv2/": ["wafv2"]
}

/** What the services take of a name. Sources: API references of the operations that create these. */
const nameRules: Readonly<Record<string, RegExp>> = {
  "bedrock/agentcoreAgentRuntime agentRuntimeName": /^[a-zA-Z][a-zA-Z0-9_]{0,47}$/,
  "bedrock/agentcoreGateway name": /^([0-9a-zA-Z]-?){1,100}$/,
  "appautoscaling/policy name": /^[\x20-\x7e]{1,256}$/,
  "cloudformation/stack name": /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/,
  "cloudformation/stackSet name": /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/,
  "cloudwatch/dashboard dashboardName": /^[-\w]{1,255}$/,
  "cloudwatch/eventBus name": /^[/.\-\w]{1,256}$/,
  "cloudwatch/logGroup name": /^[.\-\w/#]{1,512}$/,
  "cognito/userPool name": /^[\w\s+=,.@-]{1,128}$/,
  "cognito/userPoolDomain domain": /^(?!.*(aws|amazon|cognito))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  "dynamodb/table name": /^[\w.-]{3,255}$/,
  "ecr/repository name": /^(?=.{2,256}$)[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/,
  "ecs/cluster name": /^[\w-]{1,255}$/,
  "ecs/taskDefinition family": /^[\w-]{1,255}$/,
  "iam/role name": /^[\w+=,.@-]{1,64}$/,
  "lambda/function name": /^[\w-]{1,64}$/,
  "lb/loadBalancer name": /^(?!internal-|-)[a-zA-Z0-9-]{1,31}[a-zA-Z0-9]$/,
  "s3/bucket bucket": /^(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  "servicediscovery/service name": /^(?=.{1,127}$)[\w-]{1,63}(\.[\w-]{1,63})*$/,
  "sfn/stateMachine name": /^[\w-]{1,80}$/,
  "sns/topic name": /^[\w-]{1,256}$/,
  "sqs/queue name": /^[\w-]{1,80}$/
}

describe("what a deployment is told", () => {
  it("names the services that make what is planned", () => {
    for (const [name, plan] of everyDeployment()) {
      const needed = plan.all.flatMap(({ type }) => {
        const [longest] = Object.keys(prefixes)
          .filter((start) => type.startsWith(`aws:${start}`))
          .sort((a, b) => b.length - a.length)
        assert.isDefined(longest, `${type}: which service makes it?`)
        return prefixes[longest ?? ""] ?? []
      })
      const { config } = Object.entries(deployments).find(([title]) => title === name)?.[1] ?? { config: {} }
      const { deploy } = Effect.runSync(decodeConfig(config, catalogue, null))
      assert.deepStrictEqual(deployingServices(deploy), [...new Set([...needed, ...ownServicesOfSst])].sort(), name)
    }
  })

  it("may call a stage what every service takes, and nothing longer", () => {
    const stage = "a".repeat(maxStageLength)
    const all = Object.values(deployments).flatMap(({ config }) => plannedStage(stage, config).all)
    const called = all.flatMap(({ inputs, type }) =>
      Object.entries(inputs).flatMap(([input, value]) =>
        typeof value === "string" ? [{ input: `${type.split(":")[1]} ${input}`, value }] : []
      )
    )
    const ruled = called.filter(({ input }) => Object.hasOwn(nameRules, input))
    assert.sameMembers([...new Set(ruled.map(({ input }) => input))], Object.keys(nameRules))
    for (const { input, value } of ruled) assert.match(value, nameRules[input] as RegExp, input)
    // What else has the stage in it speaks of one of these, but for the reader's name, which the configuration holds to its length. The
    // rest is named by Pulumi, within its limit.
    const names = [...new Set(ruled.map(({ value }) => value))]
    const unruled = called.filter(
      ({ input, value }) =>
        value.includes(stage) && !input.endsWith(" templateBody") && !names.some((name) => value.includes(name))
    )
    assert.deepStrictEqual(unruled, [])
    assert.isTrue(names.some((name) => name.startsWith("nightaudit_") && name.length === 48))
  })
})

describe("options", () => {
  it("put what answers questions into private subnets with endpoints, and leave scanning outside", () => {
    const plan = plannedStage("production", { deploy: { privateNetwork: true } })
    assert.sameMembers(
      plan.of("VpcEndpoint").map(({ inputs }) => `${inputs["vpcEndpointType"]} ${inputs["serviceName"]}`),
      [
        ...["lambda", "logs", "states", "sts", "xray"].map((name) => `Interface com.amazonaws.us-east-1.${name}`),
        "Gateway com.amazonaws.us-east-1.dynamodb"
      ]
    )
    assert.isAbove(plan.inputs("Function", "McpFunction")["vpcConfig"].subnetIds.length, 1)
    assert.isUndefined(plan.inputs("Function", "StepScanFunction")["vpcConfig"])
    assert.deepStrictEqual(plan.of("NatGateway"), [])
    assert.deepStrictEqual(production().of("Vpc"), [])
  })

  it("run the container on AgentCore Runtime, or the zip on Node 22", () => {
    const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/nightaudit:1"
    const container = deployment("the container on AgentCore").inputs("AgentcoreAgentRuntime", "Runtime")
    assert.deepStrictEqual(container["agentRuntimeArtifact"], { containerConfiguration: { containerUri: image } })
    assert.deepStrictEqual(container["protocolConfiguration"], { serverProtocol: "MCP" })
    const plan = deployment("the zip on AgentCore")
    const { code, entryPoints, runtime } = plan.inputs("AgentcoreAgentRuntime", "Runtime")["agentRuntimeArtifact"]
      .codeConfiguration
    assert.strictEqual(runtime, "NODE_22")
    assert.include(entryPoints, "--no-sessions")
    // What is named is what is put there.
    const object = plan.inputs("BucketObjectv2", "RuntimeCode")
    assert.deepStrictEqual(
      [code.s3.bucket, code.s3.prefix],
      [plan.inputs("Bucket", "ReportsBucket")["bucket"], object["key"]]
    )
    assert.match(object["key"], /^runtime\/nightaudit-[0-9a-f]{12}\.zip$/)
  })

  it("let the runtime pull the configured image, and no other repository", () => {
    const pulls = (image: string) =>
      plannedStage("production", { deploy: { runtime: "agentcore", image } })
        .statements("RuntimeRole")
        .filter(({ Action }) => listed(Action).includes("ecr:BatchGetImage"))
        .flatMap(({ Resource }) => listed(Resource))
    assert.deepStrictEqual(pulls("210987654321.dkr.ecr.eu-west-1.amazonaws.com/team/night:1"), [
      "arn:aws:ecr:eu-west-1:210987654321:repository/team/night"
    ])
  })

  it("run two to four tasks on Fargate behind HTTPS, with a firewall and a rate limit", () => {
    const plan = deployment("behind a load balancer")
    const [scaling] = plan.of("Target").filter(({ type }) => type.includes("appautoscaling"))
    assert.deepStrictEqual([scaling?.inputs["minCapacity"], scaling?.inputs["maxCapacity"]], [2, 4])
    assert.deepStrictEqual(
      plan.of("Listener").map(({ inputs }) => [inputs["protocol"], inputs["port"], inputs["certificateArn"]]),
      [["HTTPS", 443, "arn:aws:acm:us-east-1:123456789012:certificate/1"]]
    )
    assert.strictEqual(plan.of("Listener")[0]?.inputs["sslPolicy"], "ELBSecurityPolicy-TLS13-1-2-2021-06")
    const { assignPublicIp, subnets } = plan.inputs("Service", "McpServerService")["networkConfiguration"]
    assert.strictEqual(assignPublicIp, false)
    assert.isTrue(
      subnets.every((subnet: string) => subnet.includes("PrivateSubnet")),
      subnets.join(", ")
    )
    const { egress, ingress } = plan.inputs("SecurityGroup", "McpServerLoadBalancerSecurityGroup")
    assert.deepStrictEqual(
      [...ingress, ...egress].map(({ fromPort, toPort }) => [fromPort, toPort]),
      [
        [443, 443],
        [8000, 8000]
      ]
    )
    const [container] = JSON.parse(plan.inputs("TaskDefinition", "McpServerTask")["containerDefinitions"])
    assert.strictEqual(container.readonlyRootFilesystem, true)
    assert.deepStrictEqual(plan.statements("McpServerExecutionRole"), [])
    const [group] = plan.of("TargetGroup")
    assert.strictEqual(group?.inputs["healthCheck"].path, "/ping")
    const [rate] = plan.inputs("WebAcl", "Firewall")["rules"]
    assert.strictEqual(rate.statement.rateBasedStatement.limit, 2000)
    assert.strictEqual(plan.of("WebAclAssociation").length, 1)
    assert.strictEqual(plan.of("WebAclLoggingConfiguration").length, 1)
    assert.strictEqual(plan.inputs("Repository", "Image")["imageTagMutability"], "IMMUTABLE")
    assert.strictEqual(plan.of("LifecyclePolicy").length, 1)
  })
})
