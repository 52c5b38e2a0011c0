import { noSavings } from "../../core/finding/savings.ts"
import { optional } from "../../datasets/engine/Dataset.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as ecs from "../../datasets/aws/ecs.ts"
import * as elasticache from "../../datasets/aws/elasticache.ts"
import * as lambda from "../../datasets/aws/lambda.ts"
import * as launchTemplates from "../../datasets/aws/launchTemplates.ts"
import * as rds from "../../datasets/aws/rds.ts"
import * as securityGroups from "../../datasets/aws/securityGroups.ts"
import { type DataOf, defineScan, flag, type JudgeContext, Setting, type SettingsOf, unknown } from "../Scan.ts"

type SecurityGroup = securityGroups.SecurityGroup

const settings = {
  minObservations: Setting.count(2, "Complete nights on which a group must be seen unused before it is confirmed", {
    minimum: 1
  }),
  includeReferenced: Setting.flag(false, "Also report groups that only the rules of other groups name")
}

const reads = {
  groups: securityGroups.groups,
  interfaces: ec2.networkInterfaces,
  functions: lambda.functions,
  launchSpecs: launchTemplates.launchSpecs,
  services: ecs.services,
  databases: rds.instances,
  databaseClusters: rds.clusters,
  caches: elasticache.cacheClusters,
  associations: optional(securityGroups.vpcAssociations)
}

type Data = DataOf<typeof reads>
type Context = JudgeContext<SettingsOf<typeof settings>>

/** How services name or tag the groups that they create, and delete again with what they were created for. */
const creators: ReadonlyArray<readonly [service: string, name: RegExp, tagKey: RegExp]> = [
  ["Amazon EKS", /^eks-cluster-sg-/, /^aws:eks:|^kubernetes\.io\/cluster\//],
  ["AWS Load Balancer Controller", /^k8s-/, /^elbv2\.k8s\.aws\//],
  ["Amazon EMR", /^ElasticMapReduce-/, /^aws:elasticmapreduce:/],
  ["AWS Directory Service", /^d-[0-9a-f]{10}_/, /^$/],
  ["AWS Elastic Beanstalk", /^awseb-/, /^elasticbeanstalk:/],
  ["AWS CloudFormation", /^$/, /^aws:cloudformation:/]
]

const managedBy = ({ name, tags }: SecurityGroup): string | null =>
  creators.find(([, names, keys]) => names.test(name) || Object.keys(tags).some((key) => keys.test(key)))?.[0] ?? null

const rulesOf = ({ inbound, outbound }: SecurityGroup) => [...inbound, ...outbound]

/** As the console counts: one rule for each address range, prefix list and group. */
const countRules = (rules: SecurityGroup["inbound"]): number =>
  rules.reduce(
    (sum, { cidrs, groupIds, prefixListIds }) => sum + cidrs.length + groupIds.length + prefixListIds.length,
    0
  )

const isOpenToWorld = ({ inbound }: SecurityGroup): boolean =>
  inbound.some(({ cidrs }) => cidrs.includes("0.0.0.0/0") || cidrs.includes("::/0"))

/** The groups that no interface and no configuration uses, with the other groups whose rules name them. */
const judgeUse = (data: Data, { scope, settings }: Context) => {
  const consumers = [
    ...data.interfaces,
    ...data.functions,
    ...data.services,
    ...data.databases,
    ...data.databaseClusters,
    ...data.caches
  ]
  const used = new Set([
    ...consumers.flatMap(({ securityGroupIds }) => securityGroupIds),
    // Launch templates for a default VPC may name groups by their name.
    ...data.launchSpecs.flatMap(({ securityGroups }) => securityGroups)
  ])
  const referencedBy = new Map<string, Set<string>>()
  for (const group of data.groups) {
    for (const id of rulesOf(group).flatMap(({ groupIds }) => groupIds)) {
      if (id === group.id) continue
      referencedBy.set(id, (referencedBy.get(id) ?? new Set()).add(group.id))
    }
  }
  return data.groups
    .filter(
      ({ id, name, ownerId }) => name !== "default" && ownerId === scope.account && !used.has(id) && !used.has(name)
    )
    .map((group) => ({ group, namedBy: [...(referencedBy.get(group.id) ?? [])].sort() }))
    .filter(({ namedBy }) => settings.includeReferenced || namedBy.length === 0)
}

export default defineScan({
  title: "Security groups attached to nothing",
  why: "A group is free, but it counts against the quota, hides those that matter and may be open when reused.",
  fix: "Delete it; AWS refuses while it is attached. Look into Glue, Batch, CodeBuild and SageMaker first.",
  docs: "https://docs.aws.amazon.com/vpc/latest/userguide/deleting-security-groups.html",
  scope: "regional",
  settings,
  reads,
  subjects: ["groups"],
  probes: { references: securityGroups.remoteReferences, stale: securityGroups.staleRules },
  candidates: (data, context) => {
    const groups = judgeUse(data, context).map(({ group }) => group)
    return { references: groups, stale: [...new Set(groups.flatMap(({ vpcId }) => vpcId ?? []))] }
  },
  reasons: {
    unattached:
      "No network interface has the group, and no function, service, database, cache or launch template names it.",
    referenced_only: "Nothing has the group; only the rules of other groups name it, and they must change first."
  },

  judge: function* ({ references, stale, ...data }, context) {
    for (const { group, namedBy } of judgeUse(data, context)) {
      const remote = references.get(group.id)
      if (!remote.known) {
        yield unknown(group.id, remote.reason)
        continue
      }
      const isReferenced = namedBy.length > 0 || remote.value.length > 0
      if (isReferenced && !context.settings.includeReferenced) continue
      const associations = data.associations?.filter(({ groupId }) => groupId === group.id)
      const foreign = associations?.find(({ vpcOwnerId }) => vpcOwnerId !== context.scope.account)
      if (foreign !== undefined) {
        yield unknown(group.id, `usable in ${foreign.vpcId} of account ${foreign.vpcOwnerId}, which is not visible`)
        continue
      }
      const staleRules = stale.get(group.vpcId ?? "")
      const open = isOpenToWorld(group)
      yield flag({
        resource: { type: "ec2:security-group", id: group.id, arn: group.arn, name: group.name, tags: group.tags },
        reason: isReferenced ? "referenced_only" : "unattached",
        savings: noSavings("delete", "Security groups are free."),
        severity: open ? "low" : "info",
        // The services that `fix` names keep groups in configurations that are not read.
        confidence: "medium",
        evidence: {
          description: group.description,
          vpc: group.vpcId ?? null,
          inboundRules: countRules(group.inbound),
          outboundRules: countRules(group.outbound),
          openToWorld: open,
          names: [...new Set(rulesOf(group).flatMap(({ groupIds }) => groupIds))].filter((id) => id !== group.id),
          namedBy,
          namedFromOtherVpcs: remote.value,
          associatedVpcs: associations?.map(({ vpcId }) => vpcId) ?? null,
          staleRules: staleRules.known ? (staleRules.value.get(group.id) ?? 0) : null,
          managedBy: managedBy(group)
        },
        observe: { nights: context.settings.minObservations }
      })
    }
  }
})
