import { unknown as notRead } from "../../core/Reading.ts"
import * as autoscaling from "../../datasets/aws/autoscaling.ts"
import * as batch from "../../datasets/aws/batch.ts"
import * as codebuild from "../../datasets/aws/codebuild.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as ecs from "../../datasets/aws/ecs.ts"
import * as elasticache from "../../datasets/aws/elasticache.ts"
import * as eventbridge from "../../datasets/aws/eventbridge.ts"
import * as glue from "../../datasets/aws/glue.ts"
import * as lambda from "../../datasets/aws/lambda.ts"
import * as launchTemplates from "../../datasets/aws/launchTemplates.ts"
import * as rds from "../../datasets/aws/rds.ts"
import * as sagemaker from "../../datasets/aws/sagemaker.ts"
import * as scheduler from "../../datasets/aws/scheduler.ts"
import * as securityGroups from "../../datasets/aws/securityGroups.ts"
import { lookupOf } from "../../datasets/engine/Evidence.ts"
import { ask, askAll, consider, defineScan, hygiene, need, Setting, unknown } from "../Scan.ts"

type SecurityGroup = securityGroups.SecurityGroup

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

/** The groups that an item has. */
const groupsOf = ({ securityGroupIds }: { readonly securityGroupIds: ReadonlyArray<string> }) => securityGroupIds

/** The groups of several items, where they were told. */
const idsOf = (items: Iterable<Parameters<typeof groupsOf>[0]> | undefined): ReadonlySet<string> =>
  new Set(Array.from(items ?? []).flatMap(groupsOf))

/** The other groups that the rules of a group name. */
const namedBy = (group: SecurityGroup): ReadonlySet<string> =>
  new Set(rulesOf(group).flatMap(({ groupIds }) => groupIds.filter((id) => id !== group.id)))

export default defineScan({
  title: "Security groups attached to nothing",
  words: "SG, leftover firewall rules",
  why: "A group is free, but it counts against the quota, hides those that matter and may be open when reused.",
  fix: "Delete it; AWS refuses while it is attached, but not while state machines, pipes or SageMaker models, profiles and jobs name it: look there first.",
  docs: "https://docs.aws.amazon.com/vpc/latest/userguide/deleting-security-groups.html",
  leavesOut: ["replications of DMS that do not run: they are not read."],
  scope: "regional",
  settings: {
    minObservations: Setting.count(2, "Complete nights on which a group must be seen unused before it is confirmed", {
      minimum: 1
    }),
    includeReferenced: Setting.flag(false, "Also report groups that only the rules of other groups name")
  },
  reads: {
    groups: securityGroups.groups,
    interfaces: ec2.networkInterfaces,
    functions: lambda.functions,
    launchSpecs: launchTemplates.launchSpecs,
    launchConfigurations: autoscaling.launchConfigurations,
    services: ecs.services,
    databases: rds.instances,
    databaseClusters: rds.clusters,
    caches: elasticache.cacheClusters,
    taskRules: eventbridge.taskRules,
    taskSchedules: scheduler.taskSchedules,
    associations: securityGroups.vpcAssociations
  },
  subject: "groups",
  probes: {
    references: securityGroups.remoteReferences,
    builds: codebuild.projectSecurityGroups,
    connections: glue.connectionSecurityGroups,
    environments: batch.environments,
    targets: eventbridge.targets,
    machineLearning: sagemaker.namedSecurityGroups,
    stale: securityGroups.staleRules
  },
  reasons: {
    unattached:
      "No network interface has the group, and no function, service, task, database, cache, template, build, connection or environment names it.",
    referenced_only: "Nothing has the group; only the rules of other groups name it, and they must change first."
  },

  judge: (data, { scope, settings }) => {
    const users = lookupOf(
      [data.interfaces, groupsOf],
      [data.functions, groupsOf],
      [data.services, groupsOf],
      [data.databases, groupsOf],
      [data.databaseClusters, groupsOf],
      [data.caches, groupsOf],
      // Launch templates for a default VPC may name groups by their name.
      [data.launchSpecs, ({ securityGroups }) => securityGroups],
      // Also one that no group launches from any more: it would launch with the group.
      [data.launchConfigurations, ({ securityGroups }) => securityGroups]
    )
    const naming = data.groups.by(namedBy)
    const associations = data.associations.by(({ groupId }) => groupId)

    /** Whether something names a group that has no interface while it does not run. What cannot be read leaves the group unproven. */
    function* isConfigured(group: SecurityGroup) {
      const named = [
        yield* consider(yield* ask(codebuild.projectSecurityGroups, group)),
        yield* consider(yield* ask(glue.connectionSecurityGroups, group)),
        idsOf(yield* consider(yield* ask(batch.environments, group))),
        idsOf(yield* consider(data.taskSchedules.all))
      ]
      for (const targets of yield* askAll(eventbridge.targets, (yield* consider(data.taskRules.all)) ?? [])) {
        named.push(idsOf(yield* consider(targets)))
      }
      const inSageMaker = yield* consider(yield* ask(sagemaker.namedSecurityGroups, group))
      named.push(inSageMaker?.ids)
      if (named.some((ids) => ids?.has(group.id))) return true
      if (inSageMaker !== undefined && inSageMaker.unread.length > 0) {
        yield* consider(notRead(`SageMaker ${inSageMaker.unread.join(" and ")} may name it`))
      }
      return false
    }

    return function* (group) {
      const { id, name, ownerId, vpcId } = group
      if (name === "default" || ownerId !== scope.account) return
      if (yield* need(users.has(id))) return
      if (yield* need(users.has(name))) return
      if (!settings.includeReferenced && (yield* need(naming.has(id)))) return
      const namedByGroups = (yield* need(naming.all(id))).map(({ id }) => id).sort()
      const namedFromOtherVpcs = yield* need(yield* ask(securityGroups.remoteReferences, group))
      const isReferenced = namedByGroups.length > 0 || namedFromOtherVpcs.length > 0
      if (isReferenced && !settings.includeReferenced) return
      const associated = yield* consider(associations.all(id))
      const foreign = associated?.find(({ vpcOwnerId }) => vpcOwnerId !== scope.account)
      if (foreign !== undefined) {
        return unknown(`usable in ${foreign.vpcId} of account ${foreign.vpcOwnerId}, which is not visible`)
      }
      if (yield* isConfigured(group)) return
      const stale = vpcId === undefined ? undefined : yield* ask(securityGroups.staleRules, vpcId)
      const open = isOpenToWorld(group)
      return hygiene({
        reason: isReferenced ? "referenced_only" : "unattached",
        severity: open ? "low" : "info",
        note: "Security groups are free.",
        // What `fix` names keeps groups in configurations that are not read.
        confidence: "medium",
        evidence: {
          description: group.description,
          vpc: vpcId ?? "none",
          inboundRules: countRules(group.inbound),
          outboundRules: countRules(group.outbound),
          openToWorld: open,
          names: [...namedBy(group)],
          namedBy: namedByGroups,
          namedFromOtherVpcs,
          associatedVpcs: associated?.map(({ vpcId }) => vpcId).sort() ?? null,
          staleRules:
            stale === undefined ? "not asked: it is in no VPC" : stale.known ? (stale.value.get(id) ?? 0) : null,
          managedBy: managedBy(group) ?? "none"
        },
        observe: { nights: settings.minObservations }
      })
    }
  }
})
