/** What is read from EKS: clusters, the support of their versions, and their node groups. */
import {
  DescribeClusterCommand,
  DescribeClusterVersionsCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListClustersCommand,
  ListNodegroupsCommand
} from "@aws-sdk/client-eks"
import * as Effect from "effect/Effect"
import { complete, list, required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { dataset, listOf, readOf } from "../engine/Dataset.ts"
import { probe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { several } from "../engine/several.ts"
import type { Tags } from "./tags.ts"

/** At most 100 a page. Source: shared/facts/page-sizes.md. */
const paging = { size: ["maxResults", 100], input: "nextToken", output: "nextToken" } as const

const listClusters = listOperation(EKSClient, ListClustersCommand, "eks:ListClusters", "clusters", { paging })
const describeCluster = operation(EKSClient, DescribeClusterCommand, "eks:DescribeCluster")
const describeClusterVersions = listOperation(
  EKSClient,
  DescribeClusterVersionsCommand,
  "eks:DescribeClusterVersions",
  "clusterVersions",
  { paging, neverEmpty: true }
)
const listNodegroups = listOperation(EKSClient, ListNodegroupsCommand, "eks:ListNodegroups", "nodegroups", { paging })
const describeNodegroup = operation(EKSClient, DescribeNodegroupCommand, "eks:DescribeNodegroup")

/** Names of all clusters that EKS runs, 100 a page; connected clusters would have to be asked for. */
export const clusterNames = listOf(
  "eks.clusterNames",
  "regional",
  listClusters,
  {},
  (names): ReadonlyArray<string> => names
)

export interface Cluster {
  readonly arn: string
  readonly name: string
  /** `active`, `creating`, `deleting`, `failed`, `updating` or `pending`. */
  readonly status: string
  /** `1.34`. */
  readonly version: string
  readonly platformVersion: string | undefined
  readonly createdAt: Date | undefined
  /**
   * `extended`, which is the default, keeps a version for a surcharge when its standard support has ended; `standard` lets EKS upgrade the
   * cluster then.
   */
  readonly supportType: string
  /** `standard`, or how much control plane is paid for on top. */
  readonly tier: string
  /** Its control plane runs on an Outpost, whose versions have dates of their own. */
  readonly onOutpost: boolean
  /** It runs elsewhere, and EKS only shows it. */
  readonly connected: boolean
  readonly tags: Tags
}

/** All clusters. One that cannot be described is a gap. */
export const clusters = dataset<ReadonlyArray<Cluster>, { readonly clusterNames: typeof clusterNames }>(
  "eks.clusters",
  {
    kind: resourceKind<Cluster>({
      type: "eks:cluster",
      service: billedBy.eks,
      id: ({ name }) => name,
      name: ({ name }) => name
    }),
    scope: "regional",
    operations: [describeCluster],
    needs: { clusterNames },
    inventory: ["clusterNames"],
    costNote: "EKS describes one cluster at a time: a free call for each.",
    read: ({ clusterNames }) =>
      Effect.map(
        several(
          clusterNames.map((name) =>
            Effect.map(
              send(describeCluster, { name }, ({ cluster }): Cluster => {
                const described = required(cluster, "cluster")
                const { connectorConfig, controlPlaneScalingConfig, outpostConfig, upgradePolicy } = described
                const connected = connectorConfig !== undefined
                return {
                  arn: required(described.arn, "cluster.arn"),
                  name: required(described.name, "cluster.name"),
                  status: required(described.status, "cluster.status").toLowerCase(),
                  // A connected cluster may not have told it yet.
                  version: connected ? (described.version ?? "") : required(described.version, "cluster.version"),
                  platformVersion: described.platformVersion,
                  createdAt: described.createdAt,
                  supportType: upgradePolicy?.supportType?.toLowerCase() ?? "extended",
                  tier: controlPlaneScalingConfig?.tier?.toLowerCase() ?? "standard",
                  onOutpost: outpostConfig !== undefined,
                  connected,
                  tags: described.tags ?? {}
                }
              }),
              (cluster) => ({ items: [cluster], gaps: [] })
            )
          )
        ),
        readOf
      )
  }
)

export interface ClusterVersion {
  readonly version: string
  /** `standard_support`, `extended_support` or `unsupported`. */
  readonly status: string
  readonly standardEnd: Date | undefined
  readonly extendedEnd: Date | undefined
}

/** Every version that EKS ever had with its support, 100 a page; those of clusters on Outposts are left out. */
export const versions = listOf(
  "eks.versions",
  "regional",
  describeClusterVersions,
  { includeAll: true },
  (versions): ReadonlyArray<ClusterVersion> =>
    versions
      .filter(({ clusterType = "eks" }) => clusterType.toLowerCase() === "eks")
      .map(({ clusterVersion, endOfExtendedSupportDate, endOfStandardSupportDate, versionStatus }) => ({
        version: required(clusterVersion, "clusterVersions[].clusterVersion"),
        status: required(versionStatus, "clusterVersions[].versionStatus").toLowerCase(),
        standardEnd: endOfStandardSupportDate,
        extendedEnd: endOfExtendedSupportDate
      }))
)

export interface NodeGroup {
  readonly name: string
  /** Of its nodes: `1.33`. */
  readonly version: string
  /** Of their image: `1.33.5-20251016`, or the id of an image of the owner's; undefined where EKS does not tell. */
  readonly releaseVersion: string | undefined
  /** The template that its owner gave it; EKS launches from a copy of its own. */
  readonly launchTemplateId: string | undefined
  readonly launchTemplateName: string | undefined
}

/** The managed node groups of a cluster. */
export const nodeGroups = probe<string, ReadonlyArray<NodeGroup>>({
  name: "eks.nodeGroups",
  operations: [listNodegroups, describeNodegroup],
  cap: 500,
  batchSize: 1,
  costNote:
    "EKS describes node groups one by one: a free call for each cluster in question, and for each of its groups.",
  key: (clusterName) => clusterName,
  read: (clusterNames) =>
    Effect.forEach(clusterNames, (clusterName) =>
      Effect.flatMap(complete(list(listNodegroups, { clusterName }, (names) => names)), (names) =>
        Effect.forEach(
          names,
          (nodegroupName) =>
            send(describeNodegroup, { clusterName, nodegroupName }, ({ nodegroup }): NodeGroup => {
              const { launchTemplate, releaseVersion, version } = required(nodegroup, "nodegroup")
              return {
                name: nodegroupName,
                version: required(version, "nodegroup.version"),
                releaseVersion,
                launchTemplateId: launchTemplate?.id,
                launchTemplateName: launchTemplate?.name
              }
            }),
          { concurrency: 4 }
        )
      )
    )
})
