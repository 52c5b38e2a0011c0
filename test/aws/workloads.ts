/** Databases, caches, containers, fleets, alarms and rules of the seed: waste and risks, each beside a healthy neighbour. */
import { AutoScalingClient, CreateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling"
import { PutDashboardCommand, PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch"
import {
  CreateImageCommand,
  CreateLaunchTemplateCommand,
  EnableEbsEncryptionByDefaultCommand
} from "@aws-sdk/client-ec2"
import { CreateRepositoryCommand, ECRClient, PutImageCommand, PutLifecyclePolicyCommand } from "@aws-sdk/client-ecr"
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand
} from "@aws-sdk/client-ecs"
import { CreateClusterCommand as CreateEksClusterCommand, EKSClient } from "@aws-sdk/client-eks"
import { CreateCacheClusterCommand, ElastiCacheClient } from "@aws-sdk/client-elasticache"
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge"
import { CreateDBInstanceCommand, RDSClient } from "@aws-sdk/client-rds"
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns"
import { type Clients, has, instanceIn, published, tagged, vpcIn } from "./clients.ts"

/** Points of every one of the last days, oldest last. */
const daily = async (
  clients: Clients,
  days: number,
  namespace: string,
  dimensions: Readonly<Record<string, string>>,
  values: Readonly<Record<string, number>>
) => {
  for (let day = 1; day <= days; day++) await published(clients, namespace, dimensions, values, day)
}

/** A MySQL of an old major version that nobody uses and nobody encrypted, one that is short of CPU, and one that is neither. */
export const databases = async (clients: Clients) => {
  const rds = new RDSClient(clients.config)
  const databaseIn = (name: string, engine: string, version: string, encrypted: boolean) =>
    rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: name,
        Engine: engine,
        EngineVersion: version,
        DBInstanceClass: "db.m6g.large",
        AllocatedStorage: 100,
        StorageType: "gp3",
        StorageEncrypted: encrypted,
        MasterUsername: "admin1",
        MasterUserPassword: "not-a-secret",
        Tags: [{ Key: "Name", Value: name }]
      })
    )
  await databaseIn("orders-old", "mysql", "5.7.44", false)
  await databaseIn("reports-busy", "postgres", "17.6", true)
  await databaseIn("catalogue", "postgres", "17.6", true)
}

export const databasesLately = async (clients: Clients) => {
  const memory = { FreeableMemory: 3 * 2 ** 30, FreeStorageSpace: 60 * 2 ** 30 }
  const used = { ...memory, ReadIOPS: 50, WriteIOPS: 50 }
  const names = { "orders-old": 1, "reports-busy": 96, catalogue: 55 }
  for (const [name, CPUUtilization] of Object.entries(names)) {
    const DatabaseConnections = name === "orders-old" ? 0 : 20
    const values = { ...used, CPUUtilization, DatabaseConnections }
    await daily(clients, 32, "AWS/RDS", { DBInstanceIdentifier: name }, values)
  }
}

/** A Redis of an old version and a Valkey. */
export const caches = async (clients: Clients) => {
  const elasticache = new ElastiCacheClient(clients.config)
  for (const [name, engine, version] of [
    ["sessions-old", "redis", "5.0.6"],
    ["carts", "valkey", "8.1"]
  ] as const) {
    await elasticache.send(
      new CreateCacheClusterCommand({
        CacheClusterId: name,
        Engine: engine,
        EngineVersion: version,
        CacheNodeType: "cache.t4g.small",
        NumCacheNodes: 1,
        Tags: [{ Key: "Name", Value: name }]
      })
    )
  }
}

/** Clusters, services, task definitions, images and Kubernetes. */
export const containers = async (clients: Clients, roleArn: string, subnets: ReadonlyArray<string>) => {
  const ecs = new ECSClient(clients.config)
  const define = async (family: string) => {
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: "2048",
        memory: "8192",
        containerDefinitions: [{ name: "main", image: `registry.example/${family}:1`, essential: true }]
      })
    )
    return has(taskDefinition?.taskDefinitionArn)
  }
  await ecs.send(new CreateClusterCommand({ clusterName: "left-empty" }))
  await ecs.send(new CreateClusterCommand({ clusterName: "apps" }))
  const definition = await define("api")
  // Two more than are kept, and the newest is in use nowhere.
  for (let revision = 1; revision <= 7; revision++) await define("worker")
  const serviceIn = async (name: string, tasks: number, platformVersion: string) => {
    await ecs.send(
      new CreateServiceCommand({
        cluster: "apps",
        serviceName: name,
        taskDefinition: definition,
        launchType: "FARGATE",
        platformVersion,
        desiredCount: tasks,
        networkConfiguration: { awsvpcConfiguration: { subnets: [...subnets], securityGroups: [] } }
      })
    )
  }
  await serviceIn("api", 0, "1.4.0")
  // moto starts nothing when a service is made, and all that it wants when it is changed.
  await ecs.send(new UpdateServiceCommand({ cluster: "apps", service: "api", desiredCount: 2 }))
  await serviceIn("does-not-start", 2, "1.4.0")
  await serviceIn("parked", 0, "1.3.0")

  const ecr = new ECRClient(clients.config)
  const push = (repositoryName: string, tag: string) =>
    ecr.send(
      new PutImageCommand({
        repositoryName,
        imageTag: tag,
        imageManifest: JSON.stringify({
          schemaVersion: 2,
          mediaType: "application/vnd.docker.distribution.manifest.v2+json",
          config: { mediaType: "application/vnd.docker.container.image.v1+json", size: 7023, digest: `sha256:${tag}` },
          layers: [
            { mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip", size: 2 ** 30, digest: `sha256:l${tag}` }
          ]
        })
      })
    )
  for (const name of ["abandoned", "current"]) await ecr.send(new CreateRepositoryCommand({ repositoryName: name }))
  for (let image = 1; image <= 12; image++) await push("abandoned", `build-${image}`)
  await push("current", "build-1")
  await ecr.send(
    new PutLifecyclePolicyCommand({
      repositoryName: "current",
      lifecyclePolicyText: JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 10 },
            action: { type: "expire" }
          }
        ]
      })
    })
  )

  const eks = new EKSClient(clients.config)
  for (const [name, version] of [
    ["kubernetes-old", "1.32"],
    ["kubernetes", "1.35"]
  ] as const) {
    await eks.send(
      new CreateEksClusterCommand({ name, version, roleArn, resourcesVpcConfig: { subnetIds: [...subnets] } })
    )
  }
}

export const containersLately = (clients: Clients) =>
  daily(
    clients,
    30,
    "AWS/ECS",
    { ClusterName: "apps", ServiceName: "api" },
    { CPUUtilization: 6, MemoryUtilization: 5 }
  )

/** An instance of an old generation, a fleet that launches an old image, and one that launches a new one. */
export const fleets = async (clients: Clients) => {
  const { ec2 } = clients
  const { subnets } = await vpcIn(clients, "fleets")
  const old = await instanceIn(clients, "of-old-generation", subnets[0], undefined, { type: "m4.large" })
  await ec2.send(new EnableEbsEncryptionByDefaultCommand({}))
  return { old, subnets }
}

/** A fleet whose template launches an image of a machine, made now. */
export const fleetIn = async (clients: Clients, name: string, machine: string, subnet: string) => {
  const { ec2 } = clients
  const { ImageId } = await ec2.send(
    new CreateImageCommand({ InstanceId: machine, Name: name, ...tagged("image", name) })
  )
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: name,
      LaunchTemplateData: { ImageId: has(ImageId), InstanceType: "t3.micro" }
    })
  )
  await new AutoScalingClient(clients.config).send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      LaunchTemplate: { LaunchTemplateName: name, Version: "$Latest" },
      MinSize: 0,
      MaxSize: 2,
      DesiredCapacity: 1,
      VPCZoneIdentifier: subnet
    })
  )
}

/** Alarms and rules: some that do nothing, and some that do. */
export const watching = async (clients: Clients) => {
  const { cloudwatch, region } = clients
  const alarmIn = (name: string, actions: ReadonlyArray<string>, database = "catalogue") =>
    cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: name,
        Namespace: "AWS/RDS",
        MetricName: "CPUUtilization",
        Dimensions: [{ Name: "DBInstanceIdentifier", Value: database }],
        Statistic: "Sum",
        Period: 300,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: "GreaterThanThreshold",
        AlarmActions: [...actions]
      })
    )
  const pager = [`arn:aws:sns:${region}:123456789012:pager`]
  await alarmIn("wakes-somebody", pager)
  await alarmIn("on-a-dashboard", [])
  await alarmIn("tells-nobody", [])
  await alarmIn("without-data", pager)
  await alarmIn("of-what-was-deleted", pager, "deleted-long-ago")
  await cloudwatch.send(
    new SetAlarmStateCommand({ AlarmName: "without-data", StateValue: "INSUFFICIENT_DATA", StateReason: "no data" })
  )

  const events = new EventBridgeClient(clients.config)
  const ruleIn = async (
    name: string,
    when: { readonly ScheduleExpression: string } | { readonly EventPattern: string },
    { state = "ENABLED", targets = 1 }: { readonly state?: "ENABLED" | "DISABLED"; readonly targets?: number } = {}
  ) => {
    await events.send(new PutRuleCommand({ Name: name, State: state, ...when }))
    if (targets > 0) {
      const Arn = `arn:aws:sqs:${region}:123456789012:jobs`
      await events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: "queue", Arn }] }))
    }
  }
  const hourly = { ScheduleExpression: "rate(1 hour)" }
  await ruleIn("fires", hourly)
  await ruleIn("never-fires", hourly)
  await ruleIn("always-fails", hourly)
  await ruleIn("switched-off", hourly, { state: "DISABLED" })
  await ruleIn("has-no-target", { EventPattern: JSON.stringify({ source: ["shop"] }) }, { targets: 0 })
}

export const watchingLately = async (clients: Clients, account: string) => {
  const { cloudwatch, region } = clients
  await cloudwatch.send(
    new PutDashboardCommand({
      DashboardName: "shop",
      DashboardBody: JSON.stringify({
        widgets: [
          {
            type: "alarm",
            properties: { alarms: [`arn:aws:cloudwatch:${region}:${account}:alarm:on-a-dashboard`] }
          },
          {
            type: "metric",
            properties: { region, metrics: [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "deleted-long-ago"]] }
          }
        ]
      })
    })
  )
  await published(clients, "AWS/Events", { RuleName: "fires" }, { Invocations: 24 })
  await published(clients, "AWS/Events", { RuleName: "always-fails" }, { Invocations: 24, FailedInvocations: 24 })
}

/** A topic that nobody listens to and nobody speaks to, one that speaks to nobody, and one that is in use. */
export const topics = async (clients: Clients) => {
  const sns = new SNSClient(clients.config)
  const topicIn = async (name: string, isHeard: boolean) => {
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name }))
    if (!isHeard) return
    const Endpoint = `arn:aws:sqs:${clients.region}:123456789012:jobs`
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }))
  }
  await topicIn("topic-idle", false)
  await topicIn("topic-unheard", false)
  await topicIn("topic-busy", true)
}

export const topicsLately = async (clients: Clients) => {
  for (const TopicName of ["topic-unheard", "topic-busy"]) {
    await published(clients, "AWS/SNS", { TopicName }, { NumberOfMessagesPublished: 40 })
  }
}
