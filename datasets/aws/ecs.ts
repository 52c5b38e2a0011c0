/** What is read from ECS: clusters and services, with their load balancers and networks. */
import {
  DescribeServicesCommand,
  ECSClient,
  ListClustersCommand,
  ListServicesCommand,
  type LoadBalancer,
  type Service as AwsService
} from "@aws-sdk/client-ecs"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { list, required } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { dataset, listOf } from "../engine/Dataset.ts"

const paging = { size: ["maxResults", 100], input: "nextToken", output: "nextToken" } as const

const listClusters = listOperation(ECSClient, ListClustersCommand, "ecs:ListClusters", "clusterArns", { paging })

/** Without a size ECS lists ten services. Source: the ECS model in botocore 1.43.11. */
const listServices = listOperation(ECSClient, ListServicesCommand, "ecs:ListServices", "serviceArns", { paging })

const describeServices = listOperation(ECSClient, DescribeServicesCommand, "ecs:DescribeServices", "services")

/** Services that ECS describes in one call. Source: shared/facts/aws-limits.md 2. */
const servicesPerCall = 10

/** ARNs of all clusters, 100 a page. */
export const clusterArns = listOf(
  "ecs.clusterArns",
  "regional",
  listClusters,
  {},
  (arns): ReadonlyArray<string> => arns
)

export interface EcsService {
  readonly arn: string
  readonly name: string
  readonly clusterArn: string
  /** `ACTIVE`, `DRAINING` or `INACTIVE`. */
  readonly status: string
  readonly desiredCount: number
  readonly runningCount: number
  /** `ECS`, `CODE_DEPLOY` (blue/green through CodeDeploy) or `EXTERNAL`. */
  readonly deploymentController: string
  readonly launchType: string | undefined
  readonly taskDefinition: string
  readonly createdAt: Date | undefined
  /** Of the service and its task sets. */
  readonly targetGroupArns: ReadonlyArray<string>
  /** The other colour of a blue/green pair that ECS switches itself. */
  readonly alternateTargetGroupArns: ReadonlyArray<string>
  readonly classicLoadBalancers: ReadonlyArray<string>
  readonly subnetIds: ReadonlyArray<string>
  readonly securityGroupIds: ReadonlyArray<string>
}

const serviceOf = (service: AwsService): EcsService => {
  // Every task set and deployment may have its own network and load balancers while a service moves between two.
  const taskSets = service.taskSets ?? []
  const balancers: ReadonlyArray<LoadBalancer> = [service, ...taskSets].flatMap(
    ({ loadBalancers }) => loadBalancers ?? []
  )
  const networks = [service, ...taskSets, ...(service.deployments ?? [])].flatMap(
    ({ networkConfiguration }) => networkConfiguration?.awsvpcConfiguration ?? []
  )
  return {
    arn: required(service.serviceArn, "services[].serviceArn"),
    name: required(service.serviceName, "services[].serviceName"),
    clusterArn: required(service.clusterArn, "services[].clusterArn"),
    status: required(service.status, "services[].status").toUpperCase(),
    desiredCount: service.desiredCount ?? 0,
    runningCount: service.runningCount ?? 0,
    deploymentController: service.deploymentController?.type?.toUpperCase() ?? "ECS",
    launchType: service.launchType,
    taskDefinition: service.taskDefinition ?? "",
    createdAt: service.createdAt,
    targetGroupArns: [...new Set(balancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? []))],
    alternateTargetGroupArns: [
      ...new Set(balancers.flatMap(({ advancedConfiguration }) => advancedConfiguration?.alternateTargetGroupArn ?? []))
    ],
    classicLoadBalancers: [...new Set(balancers.flatMap(({ loadBalancerName }) => loadBalancerName ?? []))],
    subnetIds: [...new Set(networks.flatMap(({ subnets }) => subnets ?? []))],
    securityGroupIds: [...new Set(networks.flatMap(({ securityGroups }) => securityGroups ?? []))]
  }
}

/** All services of all clusters. A cluster, or ten services, that cannot be read are a gap. */
export const services = dataset("ecs.services", {
  scope: "regional",
  operations: [listServices, describeServices],
  needs: { clusterArns },
  inventory: ["clusterArns"],
  costNote:
    "ECS lists services by cluster, a hundred a page, and describes ten at a time: a call for each page and each ten.",
  read: ({ clusterArns }) =>
    Effect.gen(function* () {
      const readCluster = Effect.fnUntraced(function* (cluster: string) {
        const listed = yield* list(listServices, { cluster }, (arns) => arns)
        const described = yield* Effect.forEach(
          Arr.chunksOf(listed.items, servicesPerCall),
          (services) => Effect.result(list(describeServices, { cluster, services }, (page) => page.map(serviceOf))),
          { concurrency: 4 }
        )
        return {
          items: described.flatMap((answer) => (Result.isSuccess(answer) ? answer.success.items : [])),
          gaps: [
            ...listed.gaps,
            ...described.flatMap((answer) => (Result.isFailure(answer) ? [answer.failure] : answer.success.gaps))
          ]
        }
      })
      const answers = yield* Effect.forEach(clusterArns, (cluster) => Effect.result(readCluster(cluster)), {
        concurrency: 4
      })
      const value: Array<EcsService> = []
      const gaps: Array<AwsError> = []
      for (const answer of answers) {
        if (Result.isFailure(answer)) gaps.push(answer.failure)
        else {
          value.push(...answer.success.items)
          gaps.push(...answer.success.gaps)
        }
      }
      return { value: value as ReadonlyArray<EcsService>, gaps }
    })
})
