/** To which EKS cluster nodes and their groups belong, as their tags say it. */
import { arn as arnOf } from "../../core/aws/arn.ts"
import type { Parents } from "../engine/ResourceKind.ts"
import type { Tags } from "./tags.ts"

const ownedByCluster = "kubernetes.io/cluster/"

/**
 * Nodes of managed groups and of Karpenter carry the first tag, and the Auto Scaling groups of managed groups the second; others at
 * least the third, which shared resources have with `shared`.
 */
export const eksClusterIn = (tags: Tags): string | undefined =>
  tags["aws:eks:cluster-name"] ??
  tags["eks:cluster-name"] ??
  Object.entries(tags)
    .find(([key, value]) => key.startsWith(ownedByCluster) && value === "owned")?.[0]
    .slice(ownedByCluster.length)

/** The cluster that tags name, in the account and region of what carries them. */
export const eksClusterArn = (arn: string, tags: Tags): string | undefined => {
  const name = eksClusterIn(tags)
  const [, , , region = "", account = ""] = arn.split(":")
  return name === undefined ? undefined : arnOf("eks", region, account, `cluster/${name}`)
}

/** What is a part of at most one EKS cluster. */
export const partsOfClusters = <Item>(clusterOf: (item: Item) => string | undefined): Parents<Item> => ({
  tags: { tagging: ["eks:cluster"] },
  of: (item) => {
    const cluster = clusterOf(item)
    return cluster === undefined ? [] : [cluster]
  }
})
