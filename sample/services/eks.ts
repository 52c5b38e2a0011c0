import type {
  DescribeClusterCommandInput,
  DescribeClusterCommandOutput,
  DescribeClusterVersionsCommandInput,
  DescribeClusterVersionsCommandOutput,
  DescribeNodegroupCommandInput,
  DescribeNodegroupCommandOutput,
  ListClustersCommandInput,
  ListClustersCommandOutput,
  ListNodegroupsCommandInput,
  ListNodegroupsCommandOutput
} from "@aws-sdk/client-eks"
import type { Named, When } from "../estate.ts"
import { arnOf, hexOf, idOf } from "../ids.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, refusal } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly eksClusters: ReadonlyArray<EksCluster>
  }
}

export interface EksCluster extends Named {
  readonly version: string
  readonly created: When
  /** EKS upgrades it when standard support ends. Default: it stays as it is, for a surcharge. */
  readonly upgradedByEks?: true
  readonly nodeGroups: ReadonlyArray<EksNodeGroup>
}

export interface EksNodeGroup {
  readonly name: string
  /** Default: that of the cluster. */
  readonly version?: string
  /** A launch template, by name. */
  readonly template?: string
}

/** When standard and extended support end. */
const support: Readonly<Record<string, readonly [standard: When, extended: When]>> = {
  "1.36": ["2027-08-02", "2028-08-02"],
  "1.35": ["2027-03-27", "2028-03-27"],
  "1.34": ["2026-12-02", "2027-12-02"],
  "1.33": ["2026-07-29", "2027-07-29"],
  "1.32": ["2026-03-23", "2027-03-23"],
  "1.31": ["2025-11-26", "2026-11-26"],
  "1.30": ["2025-07-23", "2026-07-23"]
}

const find = (here: Here, name: string | undefined): EksCluster => {
  const cluster = here.has.eksClusters.find((own) => own.name === name)
  if (cluster === undefined) throw refusal("ResourceNotFoundException", `No cluster found for name: ${name}.`, 404)
  return cluster
}

export default defineService({
  region: { eksClusters: [] },
  answers: {
    "eks:ListClusters": (here, input: ListClustersCommandInput): Answer<ListClustersCommandOutput> => {
      const names = here.has.eksClusters.map(({ name }) => name)
      const { items, next } = pageOf(names, input.nextToken, input.maxResults, 100)
      return { clusters: items, nextToken: next }
    },

    "eks:DescribeCluster": (here, input: DescribeClusterCommandInput): Answer<DescribeClusterCommandOutput> => {
      const cluster = find(here, input.name)
      return {
        cluster: {
          name: cluster.name,
          arn: arnOf("eks", here, `cluster/${cluster.name}`),
          createdAt: dateOf(cluster.created),
          version: cluster.version,
          platformVersion: "eks.14",
          status: "ACTIVE",
          upgradePolicy: { supportType: cluster.upgradedByEks ? "STANDARD" : "EXTENDED" },
          tags: { ...cluster.tags }
        }
      }
    },

    "eks:DescribeClusterVersions": (
      here,
      input: DescribeClusterVersionsCommandInput
    ): Answer<DescribeClusterVersionsCommandOutput> => {
      const { items, next } = pageOf(Object.entries(support), input.nextToken, input.maxResults, 100)
      return {
        clusterVersions: items.map(([clusterVersion, [standard, extended]]) => ({
          clusterVersion,
          clusterType: "eks",
          endOfStandardSupportDate: dateOf(standard),
          endOfExtendedSupportDate: dateOf(extended),
          versionStatus:
            here.now() <= dateOf(standard).getTime()
              ? "STANDARD_SUPPORT"
              : here.now() <= dateOf(extended).getTime()
                ? "EXTENDED_SUPPORT"
                : "UNSUPPORTED"
        })),
        nextToken: next
      }
    },

    "eks:ListNodegroups": (here, input: ListNodegroupsCommandInput): Answer<ListNodegroupsCommandOutput> => {
      const names = find(here, input.clusterName).nodeGroups.map(({ name }) => name)
      const { items, next } = pageOf(names, input.nextToken, input.maxResults, 100)
      return { nodegroups: items, nextToken: next }
    },

    "eks:DescribeNodegroup": (here, input: DescribeNodegroupCommandInput): Answer<DescribeNodegroupCommandOutput> => {
      const cluster = find(here, input.clusterName)
      const group = cluster.nodeGroups.find(({ name }) => name === input.nodegroupName)
      if (group === undefined) throw refusal("ResourceNotFoundException", "No node group found.", 404)
      const id = hexOf(here, `${cluster.name}/${group.name}`, 8)
      return {
        nodegroup: {
          clusterName: cluster.name,
          nodegroupName: group.name,
          nodegroupArn: arnOf("eks", here, `nodegroup/${cluster.name}/${group.name}/${id}`),
          version: group.version ?? cluster.version,
          status: "ACTIVE",
          ...(group.template === undefined
            ? {}
            : { launchTemplate: { id: idOf("lt", here, group.template), name: group.template, version: "1" } })
        }
      }
    }
  },
  resources: (here) =>
    here.has.eksClusters.map(({ name, tags }) => ({
      type: "eks:cluster",
      arn: arnOf("eks", here, `cluster/${name}`),
      tags
    }))
})
