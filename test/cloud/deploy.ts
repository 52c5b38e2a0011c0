/** Creates in the emulator what is planned. Everything comes from the plan; only code and the sample's time are added to it. */
import { CloudWatchClient, PutDashboardCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch"
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutRetentionPolicyCommand,
  ResourceAlreadyExistsException
} from "@aws-sdk/client-cloudwatch-logs"
import {
  CreateTableCommand,
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand
} from "@aws-sdk/client-dynamodb"
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  EventBridgeClient,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand
} from "@aws-sdk/client-eventbridge"
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  LambdaClient
} from "@aws-sdk/client-lambda"
import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client
} from "@aws-sdk/client-s3"
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler"
import { CreateStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn"
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs"
import type { PlannedResource } from "../../scripts/plan.ts"
import { bundle, hasEntry } from "./bundle.ts"
import { query } from "./query.ts"
import { zip } from "../../scripts/zip.ts"

export const dynamo = new DynamoDBClient({})
export const events = new EventBridgeClient({})
export const lambda = new LambdaClient({})
export const scheduler = new SchedulerClient({})
export const sfn = new SFNClient({})
export const sqs = new SQSClient({})
const cloudwatch = new CloudWatchClient({})
const logs = new CloudWatchLogsClient({})
const s3 = new S3Client({ forcePathStyle: true })

const text = (document: unknown): string => (typeof document === "string" ? document : JSON.stringify(document))

/** The same with the names that AWS has for them: `hashKey` is Pulumi's, `HashKey` AWS's. */
const asAws = (value: unknown): any =>
  Array.isArray(value)
    ? value.map(asAws)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value).map(([name, own]) => [`${name[0]?.toUpperCase()}${name.slice(1)}`, asAws(own)])
        )
      : value

const keysOf = ({ hashKey, rangeKey }: { readonly hashKey: string; readonly rangeKey: string }) => [
  { AttributeName: hashKey, KeyType: "HASH" as const },
  { AttributeName: rangeKey, KeyType: "RANGE" as const }
]

/** How a plan is made to run in the emulator. */
export interface Deployment {
  /** The file that was planned with, which the stacks copy beside each function's code. */
  readonly configuration: object
  /** Whether the functions scan the sample estate in the place of AWS. */
  readonly onSample: boolean
  /** What functions need to know besides what is planned for them. */
  readonly environment: Readonly<Record<string, string>>
}

type Inputs = PlannedResource["inputs"]

/** The file of `functions/` that a planned handler is in. */
const entryOf = (inputs: Inputs): string => inputs["handler"].split(".")[0]

/** Subscribes to a topic; `filterPolicy` is JSON. */
export const subscribe = (topic: string, protocol: string, endpoint: string, filterPolicy?: string) =>
  query("sns", "Subscribe", {
    TopicArn: topic,
    Protocol: protocol,
    Endpoint: endpoint,
    ...(filterPolicy === undefined
      ? {}
      : { "Attributes.entry.1.key": "FilterPolicy", "Attributes.entry.1.value": filterPolicy })
  })

/** What creates a resource, in the order in which one needs another. */
const creators: Readonly<Record<string, (inputs: Inputs, name: string, deployment: Deployment) => Promise<unknown>>> = {
  Role: async (inputs, name) => {
    const RoleName = inputs["name"] ?? name
    const AssumeRolePolicyDocument = text(inputs["assumeRolePolicy"])
    await query("iam", "CreateRole", { RoleName, Path: inputs["path"] ?? "/", AssumeRolePolicyDocument })
    for (const { name: PolicyName, policy } of inputs["inlinePolicies"] ?? []) {
      if (policy !== undefined) {
        await query("iam", "PutRolePolicy", { RoleName, PolicyName, PolicyDocument: text(policy) })
      }
    }
    for (const PolicyArn of inputs["managedPolicyArns"] ?? []) {
      await query("iam", "AttachRolePolicy", { RoleName, PolicyArn })
    }
  },
  LogGroup: async ({ name: logGroupName, retentionInDays }) => {
    // A function of the deployment before this one may still write its last line, and the emulator makes the group for it.
    await logs.send(new CreateLogGroupCommand({ logGroupName })).catch((error: unknown) => {
      if (!(error instanceof ResourceAlreadyExistsException)) throw error
    })
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }))
  },
  Table: async (inputs) => {
    const TableName = inputs["name"]
    await dynamo.send(
      new CreateTableCommand({
        TableName,
        BillingMode: inputs["billingMode"],
        DeletionProtectionEnabled: inputs["deletionProtectionEnabled"],
        AttributeDefinitions: inputs["attributes"].map(({ name, type }: any) => ({
          AttributeName: name,
          AttributeType: type
        })),
        KeySchema: keysOf(inputs as any),
        GlobalSecondaryIndexes: inputs["globalSecondaryIndexes"].map((index: any) => ({
          IndexName: index.name,
          KeySchema: keysOf(index),
          Projection: {
            ProjectionType: index.projectionType,
            ...(index.nonKeyAttributes === undefined ? {} : { NonKeyAttributes: index.nonKeyAttributes })
          }
        }))
      })
    )
    await dynamo.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: asAws(inputs["ttl"]) }))
    await dynamo.send(
      new UpdateContinuousBackupsCommand({
        TableName,
        PointInTimeRecoverySpecification: {
          PointInTimeRecoveryEnabled: inputs["pointInTimeRecovery"].enabled
        }
      })
    )
  },
  Queue: ({ messageRetentionSeconds, name, redrivePolicy, visibilityTimeoutSeconds }) =>
    sqs.send(
      new CreateQueueCommand({
        QueueName: name,
        Attributes: {
          MessageRetentionPeriod: String(messageRetentionSeconds),
          VisibilityTimeout: String(visibilityTimeoutSeconds),
          ...(redrivePolicy === undefined ? {} : { RedrivePolicy: text(redrivePolicy) })
        }
      })
    ),
  QueuePolicy: ({ policy, queueUrl }) =>
    sqs.send(
      new SetQueueAttributesCommand({
        // The emulator's queues have the path of AWS's.
        QueueUrl: new URL(new URL(queueUrl).pathname, process.env["AWS_ENDPOINT_URL"]).toString(),
        Attributes: { Policy: text(policy) }
      })
    ),
  Topic: ({ kmsMasterKeyId, name }) =>
    query("sns", "CreateTopic", {
      Name: name,
      "Attributes.entry.1.key": "KmsMasterKeyId",
      "Attributes.entry.1.value": kmsMasterKeyId
    }),
  TopicPolicy: ({ arn, policy }) =>
    query("sns", "SetTopicAttributes", { TopicArn: arn, AttributeName: "Policy", AttributeValue: text(policy) }),
  TopicSubscription: ({ endpoint, filterPolicy, protocol, topic }) =>
    subscribe(topic, protocol, endpoint, filterPolicy),
  EventBus: ({ name }) => events.send(new CreateEventBusCommand({ Name: name })),
  EventBusPolicy: ({ eventBusName, policy }) =>
    events.send(new PutPermissionCommand({ EventBusName: eventBusName, Policy: text(policy) })),
  EventArchive: ({ eventSourceArn, retentionDays }, name) =>
    events.send(
      new CreateArchiveCommand({ ArchiveName: name, EventSourceArn: eventSourceArn, RetentionDays: retentionDays })
    ),
  Function: async (inputs, _, { configuration, environment, onSample }) =>
    lambda.send(
      new CreateFunctionCommand({
        FunctionName: inputs["name"],
        Runtime: inputs["runtime"],
        Handler: inputs["handler"],
        Role: inputs["role"],
        Timeout: inputs["timeout"],
        MemorySize: inputs["memorySize"],
        Architectures: inputs["architectures"],
        Publish: inputs["publish"],
        LoggingConfig: asAws(inputs["loggingConfig"]),
        TracingConfig: asAws(inputs["tracingConfig"]),
        Code: {
          ZipFile: zip({
            ...Object.fromEntries((await bundle(entryOf(inputs), { onSample })).files),
            "nightaudit.config.json": Buffer.from(JSON.stringify(configuration))
          })
        },
        Environment: {
          Variables: {
            ...inputs["environment"]?.variables,
            ...environment
          }
        }
      })
    ),
  Alias: ({ functionName, functionVersion, name }) =>
    lambda.send(new CreateAliasCommand({ FunctionName: functionName, FunctionVersion: functionVersion, Name: name })),
  FunctionUrl: ({ authorizationType, functionName, invokeMode, qualifier }) =>
    lambda.send(
      new CreateFunctionUrlConfigCommand({
        FunctionName: functionName,
        Qualifier: qualifier,
        AuthType: authorizationType,
        InvokeMode: invokeMode
      })
    ),
  Permission: (inputs, name) =>
    lambda.send(
      new AddPermissionCommand({
        FunctionName: inputs["function"],
        StatementId: name,
        Action: inputs["action"],
        Principal: inputs["principal"],
        ...(inputs["functionUrlAuthType"] === undefined ? {} : { FunctionUrlAuthType: inputs["functionUrlAuthType"] }),
        ...(inputs["invokedViaFunctionUrl"] === undefined
          ? {}
          : { InvokedViaFunctionUrl: inputs["invokedViaFunctionUrl"] })
      })
    ),
  StateMachine: (inputs) =>
    sfn.send(
      new CreateStateMachineCommand({
        name: inputs["name"],
        type: inputs["type"],
        roleArn: inputs["roleArn"],
        definition: inputs["definition"],
        tracingConfiguration: inputs["tracingConfiguration"]
      })
    ),
  Schedule: (inputs, name) =>
    scheduler.send(
      new CreateScheduleCommand({
        Name: inputs["name"] ?? name,
        ScheduleExpression: inputs["scheduleExpression"],
        ScheduleExpressionTimezone: inputs["scheduleExpressionTimezone"],
        FlexibleTimeWindow: asAws(inputs["flexibleTimeWindow"]),
        State: inputs["state"],
        Target: asAws(inputs["target"])
      })
    ),
  EventSourceMapping: (inputs) =>
    lambda.send(
      new CreateEventSourceMappingCommand({
        FunctionName: inputs["functionName"],
        EventSourceArn: inputs["eventSourceArn"],
        BatchSize: inputs["batchSize"],
        MaximumBatchingWindowInSeconds: inputs["maximumBatchingWindowInSeconds"],
        FunctionResponseTypes: inputs["functionResponseTypes"],
        ScalingConfig: asAws(inputs["scalingConfig"])
      })
    ),
  EventRule: ({ eventBusName, eventPattern }, name) =>
    events.send(new PutRuleCommand({ Name: name, EventBusName: eventBusName, EventPattern: eventPattern })),
  EventTarget: ({ eventBusName, rule, ...target }, name) =>
    events.send(
      new PutTargetsCommand({ EventBusName: eventBusName, Rule: rule, Targets: [{ Id: name, ...asAws(target) }] })
    ),
  MetricAlarm: ({ dimensions = {}, ...inputs }, name) =>
    cloudwatch.send(
      new PutMetricAlarmCommand({
        ...asAws(inputs),
        AlarmName: inputs["name"] ?? name,
        ...(inputs["extendedStatistic"] === undefined ? {} : { ExtendedStatistic: inputs["extendedStatistic"] }),
        OKActions: inputs["okActions"],
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value: String(Value) }))
      })
    ),
  Dashboard: ({ dashboardBody, dashboardName }) =>
    cloudwatch.send(new PutDashboardCommand({ DashboardName: dashboardName, DashboardBody: dashboardBody })),
  Bucket: ({ bucket }) => s3.send(new CreateBucketCommand({ Bucket: bucket })),
  BucketVersioning: ({ bucket, versioningConfiguration }) =>
    s3.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: asAws(versioningConfiguration) })
    ),
  BucketPublicAccessBlock: ({ bucket, ...block }) =>
    s3.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration: asAws(block) })),
  BucketServerSideEncryptionConfiguration: ({ bucket, rules }) =>
    s3.send(
      new PutBucketEncryptionCommand({
        Bucket: bucket,
        ServerSideEncryptionConfiguration: {
          Rules: rules.map(({ applyServerSideEncryptionByDefault, bucketKeyEnabled }: any) => ({
            ApplyServerSideEncryptionByDefault: { SSEAlgorithm: applyServerSideEncryptionByDefault.sseAlgorithm },
            BucketKeyEnabled: bucketKeyEnabled
          }))
        }
      })
    ),
  BucketLifecycleConfiguration: ({ bucket, rules }) =>
    s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: bucket,
        LifecycleConfiguration: { Rules: rules.map(({ id, ...rule }: any) => ({ ID: id, ...asAws(rule) })) }
      })
    ),
  BucketPolicy: ({ bucket, policy }) => s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: text(policy) })),
  BucketObjectv2: ({ bucket, content, contentType, key }) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content, ContentType: contentType })),
  Stack: (inputs) => createStack(inputs)
}

/** Creates a stack, in the account of another key where one is given. */
export const createStack = ({ name, parameters, templateBody }: Inputs, account?: string) =>
  query(
    "cloudformation",
    "CreateStack",
    {
      StackName: name,
      TemplateBody: templateBody,
      "Capabilities.member.1": "CAPABILITY_NAMED_IAM",
      ...Object.fromEntries(
        Object.entries(parameters).flatMap(([key, value], index) => [
          [`Parameters.member.${index + 1}.ParameterKey`, key],
          [`Parameters.member.${index + 1}.ParameterValue`, String(value)]
        ])
      )
    },
    account
  )

const kindOf = ({ type }: PlannedResource): string => type.split(":").at(-1) ?? ""

/** Empties the emulator and creates a plan. Answers the kinds that it created, with how many of each, and those that nothing creates. */
export const deploy = async (
  plan: ReadonlyArray<PlannedResource>,
  deployment: Deployment
): Promise<{ readonly created: Readonly<Record<string, number>>; readonly left: ReadonlyArray<string> }> => {
  const emptied = await fetch(`${process.env["AWS_ENDPOINT_URL"]}/_ministack/reset`, { method: "POST" })
  if (!emptied.ok) throw new Error(`ministack was not emptied: ${emptied.status}`)
  const created: Record<string, number> = {}
  const isHandled = ({ inputs }: PlannedResource) => hasEntry(entryOf(inputs))
  const missing = plan
    .filter((resource) => kindOf(resource) === "Function" && !isHandled(resource))
    .map(({ inputs }) => inputs["name"])
  for (const [kind, create] of Object.entries(creators)) {
    for (const resource of plan) {
      if (kindOf(resource) !== kind) continue
      const { functionName = resource.inputs["name"] } = resource.inputs
      // Archives of code are SST's way to the functions, which have theirs above.
      const isCode = kind === "BucketObjectv2" && resource.inputs["source"] !== undefined
      if (isCode || missing.includes(functionName)) continue
      try {
        await create(resource.inputs, resource.name, deployment)
      } catch (error) {
        throw new Error(`${resource.type} ${resource.name} was not created: ${String(error)}`, { cause: error })
      }
      created[kind] = (created[kind] ?? 0) + 1
    }
  }
  return { created, left: [...new Set(plan.map(kindOf))].filter((kind) => creators[kind] === undefined).sort() }
}
