/** What the tests of several scans take an ECS service, a task and a cluster for. */
import type { EcsCluster, EcsService, EcsTask } from "../../datasets/aws/ecs.ts"
import type { TaskRule } from "../../datasets/aws/eventbridge.ts"
import type { TaskSchedule } from "../../datasets/aws/scheduler.ts"
import { daysAgo } from "../datasets/harness.ts"

const arnOf = (resource: string) => `arn:aws:ecs:eu-west-1:111111111111:${resource}`

export const clusterArn = arnOf("cluster/shop")

export const definitionArn = (revision: number, family = "cart") => arnOf(`task-definition/${family}:${revision}`)

/** A service on Fargate with four tasks. */
export const service = (more: Partial<EcsService> = {}): EcsService => ({
  arn: arnOf(`service/shop/${more.name ?? "cart"}`),
  name: "cart",
  clusterArn,
  status: "ACTIVE",
  desiredCount: 4,
  runningCount: 4,
  pendingCount: 0,
  deploymentController: "ECS",
  schedulingStrategy: "replica",
  launchType: "fargate",
  capacityProviders: [],
  platformVersion: "latest",
  platformFamily: "linux",
  taskDefinition: definitionArn(7),
  taskDefinitions: [definitionArn(7)],
  failedTasks: 0,
  createdAt: daysAgo(400),
  targetGroupArns: [],
  alternateTargetGroupArns: [],
  classicLoadBalancers: [],
  subnetIds: [],
  securityGroupIds: [],
  deploymentAlarms: [],
  tags: {},
  ...more
})

/** A cluster with nothing in it. */
export const cluster = (more: Partial<EcsCluster> = {}): EcsCluster => ({
  arn: clusterArn,
  name: "shop",
  status: "active",
  runningTasks: 0,
  pendingTasks: 0,
  activeServices: 0,
  containerInstances: 0,
  tags: {},
  ...more
})

/** A task of the service. */
export const task = (more: Partial<EcsTask> = {}): EcsTask => ({
  arn: arnOf(`task/shop/${more.platformVersion ?? ""}${more.capacityProvider ?? ""}`),
  clusterArn,
  serviceName: "cart",
  taskDefinition: definitionArn(7),
  capacityProvider: undefined,
  platformVersion: "1.4.0",
  platformFamily: "linux",
  images: [],
  imageDigests: [],
  ...more
})

/** A rule that starts tasks in the cluster. */
export const taskRule = (more: Partial<TaskRule> = {}): TaskRule => ({
  arn: "arn:aws:events:eu-west-1:111111111111:rule/nightly",
  name: "nightly",
  bus: { name: "default", createdAt: undefined },
  description: "",
  state: "enabled",
  pattern: undefined,
  schedule: "rate(1 day)",
  managedBy: undefined,
  clusterArns: [clusterArn],
  ...more
})

/** A schedule that does. */
export const taskSchedule = (more: Partial<TaskSchedule> = {}): TaskSchedule => ({
  arn: "arn:aws:scheduler:eu-west-1:111111111111:schedule/default/report",
  name: "report",
  group: "default",
  enabled: true,
  cluster: clusterArn,
  taskDefinition: definitionArn(3),
  platformVersion: undefined,
  securityGroupIds: [],
  ...more
})
