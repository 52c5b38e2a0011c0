/** Which tags a resource must have, and of which resources that is asked. */
import { map, type Reading } from "../../core/Reading.ts"
import { backupServiceOf } from "../../datasets/aws/ec2.ts"
import * as securityGroups from "../../datasets/aws/securityGroups.ts"
import { isOfType, type TaggedResource } from "../../datasets/aws/taggedResources.ts"
import { requiredByPolicy } from "../../datasets/aws/tags.ts"
import { internetGateways, routeTables, subnets, vpcs } from "../../datasets/aws/vpc.ts"
import { type DataOf, Setting, type SettingsOf } from "../Scan.ts"

/** What AWS makes by itself, or lets nobody tag: the type, which of its ids when not all of them, and why it is left out. */
const left: ReadonlyArray<{ readonly type: string; readonly ids?: RegExp; readonly why: string }> = [
  { type: "ec2:network-interface", why: "made by whatever runs in the VPC" },
  { type: "ec2:network-acl", why: "every VPC comes with one" },
  { type: "ec2:dhcp-options", why: "every region comes with a set" },
  { type: "ec2:security-group-rule", why: "a part of its group" },
  { type: "ecs:task", why: "ends by itself, and its service hands down tags" },
  { type: "ecs:capacity-provider", ids: /^FARGATE/, why: "every account has it" },
  { type: "backup:recovery-point", why: "AWS Backup copies the tags of what it saves" },
  { type: "rds:auto-backup", why: "made by RDS with its database" },
  { type: "rds:snapshot", ids: /^rds:/, why: "made by RDS every night" },
  { type: "rds:cluster-snapshot", ids: /^rds:/, why: "made by RDS every night" },
  { type: "rds:pg", ids: /^default\./, why: "every region comes with them" },
  { type: "rds:cluster-pg", ids: /^default\./, why: "every region comes with them" },
  { type: "rds:og", ids: /^default:/, why: "every region comes with them" },
  { type: "rds:subgrp", ids: /^default$/, why: "made by RDS" },
  { type: "elasticache:parametergroup", ids: /^default\./, why: "every region comes with them" },
  { type: "elasticache:user", ids: /^default$/, why: "every region comes with one" },
  { type: "memorydb:parametergroup", ids: /^default\./, why: "every region comes with them" },
  { type: "memorydb:user", ids: /^default$/, why: "every region comes with one" },
  { type: "memorydb:acl", ids: /^open-access$/, why: "every region comes with one" },
  { type: "redshift:parametergroup", ids: /^default\./, why: "every region comes with them" },
  { type: "cloudwatch:alarm", ids: /^TargetTracking-/, why: "made by Auto Scaling for a policy" },
  { type: "events:event-bus", ids: /^default$/, why: "every region has one" },
  { type: "athena:workgroup", ids: /^primary$/, why: "every region has one" },
  { type: "athena:datacatalog", ids: /^AwsDataCatalog$/, why: "every region has one" },
  { type: "xray:group", ids: /^Default/, why: "every region has one" },
  { type: "xray:sampling-rule", ids: /^Default$/, why: "every region has one" },
  { type: "apprunner:autoscalingconfiguration", ids: /^DefaultConfiguration\//, why: "every region has one" },
  { type: "codedeploy:deploymentconfig", ids: /^CodeDeployDefault\./, why: "every region comes with them" },
  { type: "appconfig:deploymentstrategy", ids: /^AppConfig\./, why: "every region comes with them" },
  { type: "s3:storage-lens", ids: /^default-account-dashboard$/, why: "every account has one" },
  { type: "resource-explorer-2:managed-view", why: "made by AWS services" },
  { type: "iam:role", ids: /^aws-service-role\//, why: "made by AWS services" },
  { type: "iam:group", why: "takes no tags" },
  { type: "cloudfront:cache-policy", why: "takes no tags" },
  { type: "cloudfront:origin-request-policy", why: "takes no tags" },
  { type: "cloudfront:response-headers-policy", why: "takes no tags" }
]

const leftByType = Map.groupBy(left, ({ type }) => type)

/** What is wrong with the tags of a resource, by their keys. */
export interface Faults {
  readonly missing: ReadonlyArray<string>
  readonly empty: ReadonlyArray<string>
  readonly disallowed: ReadonlyArray<string>
}

export const isFaulty = ({ disallowed, empty, missing }: Faults): boolean =>
  missing.length + empty.length + disallowed.length > 0

/** What tags are judged by, besides the resources. */
export const tagReads = {
  policies: requiredByPolicy,
  vpcs,
  subnets,
  routeTables,
  internetGateways,
  groups: securityGroups.groups
} as const

/** Which tags a resource must have. */
export const tagSettings = {
  requiredTags: Setting.list(
    ["Environment", "Owner", "CostCenter"],
    "Keys that every resource must have, besides those that a tag policy wants of its type"
  ),
  allowedValues: Setting.map({}, "Values that a tag may have, by its key; any value where a key is not named"),
  caseSensitive: Setting.flag(true, "Whether keys and values must be written exactly so")
} as const

/** The rules that follow from what was read and set. */
export const tagRules = (
  { groups, internetGateways, policies, routeTables, subnets, vpcs }: DataOf<typeof tagReads>,
  settings: SettingsOf<typeof tagSettings> & { readonly resourceTypes: ReadonlyArray<string> }
) => {
  const plain = (text: string) => (settings.caseSensitive ? text : text.toLowerCase())
  const wanted = settings.resourceTypes.map((type) => type.toLowerCase())
  const allowed = new Map(
    Object.entries(settings.allowedValues).map(([key, values]) => [plain(key), new Set(values.map(plain))])
  )

  const policyKeys = (type: string): ReadonlyArray<string> =>
    policies.found.filter((policy) => isOfType(type, policy.type)).flatMap(({ keys }) => keys)

  const faultsOf = ({ tags, type }: TaggedResource): Faults => {
    const own = Object.entries(tags).filter(([key]) => !key.startsWith("aws:"))
    const byKey = new Map(own.map(([key, value]) => [plain(key), value]))
    const keys = new Map([...settings.requiredTags, ...policyKeys(type)].map((key) => [plain(key), key]))
    const required = [...keys].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return {
      missing: required.flatMap(([key, written]) => (byKey.has(key) ? [] : [written])),
      empty: required.flatMap(([key, written]) => (byKey.get(key)?.trim() === "" ? [written] : [])),
      disallowed: own
        .filter(([key, value]) => value.trim() !== "" && allowed.get(plain(key))?.has(plain(value)) === false)
        .map(([key]) => key)
        .sort()
    }
  }

  const isLeft = ({ id, tags, type }: TaggedResource): boolean =>
    (wanted.length > 0 && !wanted.some((one) => isOfType(type, one))) ||
    leftByType.get(type)?.some(({ ids }) => ids === undefined || ids.test(id)) === true ||
    // Their plan says which tags they get.
    backupServiceOf(tags, "") !== undefined

  const vpcById = vpcs.by(({ id }) => id)
  const ofDefault = (vpcId: string | undefined): Reading<boolean> =>
    map(vpcById.get(vpcId), (vpc) => vpc?.isDefault === true)
  const subnetById = subnets.by(({ id }) => id)
  const tableById = routeTables.by(({ id }) => id)
  const gatewayById = internetGateways.by(({ id }) => id)
  const groupById = groups.by(({ id }) => id)
  const inDefault = (found: Reading<{ readonly vpcId: string | undefined } | undefined>): Reading<boolean> =>
    found.known ? ofDefault(found.value?.vpcId) : found

  /** Whether it belongs to the network that every region comes with. */
  const isDefaultNetwork = ({ id, type }: TaggedResource): Reading<boolean> => {
    switch (type) {
      case "ec2:vpc":
        return ofDefault(id)
      case "ec2:subnet":
        return inDefault(subnetById.get(id))
      case "ec2:route-table":
        return inDefault(tableById.get(id))
      case "ec2:internet-gateway":
        return inDefault(gatewayById.get(id))
      case "ec2:security-group":
        // Every VPC has one of this name that nobody can delete.
        return map(groupById.get(id), (group) => group?.name === "default")
      default:
        return { known: true, value: false }
    }
  }

  return { faultsOf, isDefaultNetwork, isLeft, plain, policyKeys }
}
