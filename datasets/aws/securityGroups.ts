/** Security groups with their rules, and who refers to them. */
import {
  DescribeManagedPrefixListsCommand,
  DescribeSecurityGroupReferencesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSecurityGroupVpcAssociationsCommand,
  DescribeStaleSecurityGroupsCommand,
  DescribeVpcBlockPublicAccessExclusionsCommand,
  DescribeVpcBlockPublicAccessOptionsCommand,
  EC2Client,
  GetManagedPrefixListEntriesCommand,
  type IpPermission
} from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { arn } from "../../core/aws/arn.ts"
import { AwsTarget, complete, list, required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { dataset, readOf } from "../engine/Dataset.ts"
import { onceProbe, probe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { paging } from "./ec2.ts"
import { type Tags, tagsOf } from "./tags.ts"

const describeSecurityGroups = listOperation(
  EC2Client,
  DescribeSecurityGroupsCommand,
  "ec2:DescribeSecurityGroups",
  "SecurityGroups",
  { paging: paging(1000) }
)

/** What a rule lets in or out: one protocol and range of ports, with everything that it names as the other side. */
export interface SecurityGroupRule {
  /** `tcp`, `udp`, `icmp`, a number, or `-1` for all. */
  readonly protocol: string
  /** Undefined for all. */
  readonly fromPort: number | undefined
  readonly toPort: number | undefined
  /** IPv4 and IPv6. */
  readonly cidrs: ReadonlyArray<string>
  readonly prefixListIds: ReadonlyArray<string>
  readonly groupIds: ReadonlyArray<string>
}

export interface SecurityGroup {
  readonly arn: string
  readonly id: string
  readonly name: string
  readonly description: string
  readonly vpcId: string | undefined
  /** The account that owns it: not this one where another account shares its VPC. */
  readonly ownerId: string
  readonly inbound: ReadonlyArray<SecurityGroupRule>
  readonly outbound: ReadonlyArray<SecurityGroupRule>
  readonly tags: Tags
}

/** A rule lets somebody in: one of which AWS leaves out whom is not one that lets nobody in. */
const openTo =
  (field: string) =>
  (permission: IpPermission): IpPermission => {
    const { IpRanges, Ipv6Ranges, PrefixListIds, UserIdGroupPairs } = permission
    const sources = [IpRanges, Ipv6Ranges, PrefixListIds, UserIdGroupPairs].find((list) => (list ?? []).length > 0)
    required(sources, `${field}[].IpRanges`)
    return permission
  }

const rulesOf = (
  permissions: ReadonlyArray<IpPermission> | undefined,
  field: string
): ReadonlyArray<SecurityGroupRule> =>
  required(permissions, field)
    .map(openTo(field))
    .map((permission) => ({
      protocol: permission.IpProtocol ?? "-1",
      fromPort: permission.FromPort,
      toPort: permission.ToPort,
      cidrs: [
        ...(permission.IpRanges ?? []).map(({ CidrIp }) => required(CidrIp, `${field}[].IpRanges[].CidrIp`)),
        ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => required(CidrIpv6, `${field}[].Ipv6Ranges[].CidrIpv6`))
      ],
      prefixListIds: (permission.PrefixListIds ?? []).map(({ PrefixListId }) =>
        required(PrefixListId, `${field}[].PrefixListIds[].PrefixListId`)
      ),
      groupIds: (permission.UserIdGroupPairs ?? []).map(({ GroupId }) =>
        required(GroupId, `${field}[].UserIdGroupPairs[].GroupId`)
      )
    }))

/** All security groups that the account sees, with their rules, 1,000 a page. */
export const groups = dataset<ReadonlyArray<SecurityGroup>>("securityGroups.groups", {
  kind: resourceKind<SecurityGroup>({
    type: "ec2:security-group",
    service: billedBy.nothing,
    id: ({ id }) => id,
    name: ({ name }) => name
  }),
  scope: "regional",
  operations: [describeSecurityGroups],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    return readOf(
      yield* list(describeSecurityGroups, {}, (groups) =>
        groups.map((group): SecurityGroup => {
          const id = required(group.GroupId, "SecurityGroups[].GroupId")
          const ownerId = group.OwnerId ?? account
          return {
            arn: arn("ec2", region, ownerId, `security-group/${id}`),
            id,
            name: required(group.GroupName, "SecurityGroups[].GroupName"),
            description: group.Description ?? "",
            vpcId: group.VpcId,
            ownerId,
            inbound: rulesOf(group.IpPermissions, "SecurityGroups[].IpPermissions"),
            outbound: rulesOf(group.IpPermissionsEgress, "SecurityGroups[].IpPermissionsEgress"),
            tags: tagsOf(group.Tags)
          }
        })
      )
    )
  })
})

const describeAssociations = listOperation(
  EC2Client,
  DescribeSecurityGroupVpcAssociationsCommand,
  "ec2:DescribeSecurityGroupVpcAssociations",
  "SecurityGroupVpcAssociations",
  { paging: paging(1000) }
)

const ended = new Set(["disassociated", "association-failed"])

/** A VPC, besides its own, in which a group may be used. */
export interface VpcAssociation {
  readonly groupId: string
  readonly vpcId: string
  readonly vpcOwnerId: string
}

/** The VPCs with which groups are associated besides their own, 1,000 a page. */
export const vpcAssociations = dataset<ReadonlyArray<VpcAssociation>>("securityGroups.vpcAssociations", {
  scope: "regional",
  operations: [describeAssociations],
  read: Effect.fnUntraced(function* () {
    const { account } = yield* AwsTarget
    return readOf(
      yield* list(describeAssociations, {}, (associations) =>
        associations
          .filter(({ State }) => !ended.has(required(State, "SecurityGroupVpcAssociations[].State").toLowerCase()))
          .map(({ GroupId, VpcId, VpcOwnerId }) => ({
            groupId: required(GroupId, "SecurityGroupVpcAssociations[].GroupId"),
            vpcId: required(VpcId, "SecurityGroupVpcAssociations[].VpcId"),
            vpcOwnerId: VpcOwnerId ?? account
          }))
      )
    )
  })
})

/** Has no pages. */
const describeReferences = operation(
  EC2Client,
  DescribeSecurityGroupReferencesCommand,
  "ec2:DescribeSecurityGroupReferences"
)

/** The VPCs behind a peering connection or a transit gateway whose groups name a group in a rule. */
export const remoteReferences = probe<{ readonly id: string }, ReadonlyArray<string>>({
  name: "securityGroups.remoteReferences",
  operations: [describeReferences],
  cap: 5000,
  batchSize: 100,
  costNote: "AWS looks up references from other VPCs group by group: one free call for every hundred candidates.",
  key: ({ id }) => id,
  identity: ({ id }) => id,
  read: (groups) =>
    send(describeReferences, { GroupId: groups.map(({ id }) => id) }, ({ SecurityGroupReferenceSet }) => {
      const references = required(SecurityGroupReferenceSet, "SecurityGroupReferenceSet").map(
        ({ GroupId, ReferencingVpcId, TransitGatewayId, VpcPeeringConnectionId }) => ({
          groupId: required(GroupId, "SecurityGroupReferenceSet[].GroupId"),
          from: [ReferencingVpcId, TransitGatewayId ?? VpcPeeringConnectionId].filter(Boolean).join(" through ")
        })
      )
      return groups.map(({ id }) =>
        references
          .filter(({ groupId }) => groupId === id)
          .map(({ from }) => from)
          .sort()
      )
    })
})

/** At most 255 a page. Source: the EC2 API reference, `MaxResults`. */
const describeStaleGroups = listOperation(
  EC2Client,
  DescribeStaleSecurityGroupsCommand,
  "ec2:DescribeStaleSecurityGroups",
  "StaleSecurityGroupSet",
  { paging: paging(255) }
)

/** For a VPC: by group id, how many rules of the group name a group that no longer exists. */
export const staleRules = probe<string, ReadonlyMap<string, number>>({
  name: "securityGroups.staleRules",
  operations: [describeStaleGroups],
  cap: 200,
  batchSize: 1,
  costNote: "AWS lists stale rules VPC by VPC: one free call and more for each VPC with a candidate.",
  key: (vpcId) => vpcId,
  identity: (vpcId) => vpcId,
  read: (vpcIds) =>
    Effect.forEach(vpcIds, (VpcId) =>
      Effect.map(
        complete(
          list(describeStaleGroups, { VpcId }, (stale) =>
            stale.map(
              ({ GroupId, StaleIpPermissions = [], StaleIpPermissionsEgress = [] }) =>
                [
                  required(GroupId, "StaleSecurityGroupSet[].GroupId"),
                  StaleIpPermissions.length + StaleIpPermissionsEgress.length
                ] as const
            )
          )
        ),
        (entries) => new Map(entries)
      )
    )
})

/** 100 a page. Source: the EC2 API reference, `MaxResults`. */
const describePrefixLists = listOperation(
  EC2Client,
  DescribeManagedPrefixListsCommand,
  "ec2:DescribeManagedPrefixLists",
  "PrefixLists",
  { paging: paging(100) }
)

export interface PrefixList {
  readonly id: string
  /** `AWS` for the address ranges of a service. */
  readonly ownerId: string
  readonly name: string
  /** Grows with each change of the entries. */
  readonly version: number
}

/** The prefix lists that the account sees, its own and those of AWS and of others, by id. */
export const prefixLists = onceProbe<undefined, ReadonlyMap<string, PrefixList>>({
  name: "securityGroups.prefixLists",
  operations: [describePrefixLists],
  costNote: "One free call for every hundred prefix lists, and only where a rule names one.",
  read: () =>
    Effect.map(
      complete(
        list(describePrefixLists, {}, (lists) =>
          lists.map((one): PrefixList => ({
            id: required(one.PrefixListId, "PrefixLists[].PrefixListId"),
            ownerId: required(one.OwnerId, "PrefixLists[].OwnerId"),
            name: one.PrefixListName ?? "",
            // AWS's own lists have none.
            version: one.Version ?? 0
          }))
        )
      ),
      (lists) => new Map(lists.map((one) => [one.id, one]))
    )
})

/** 100 a page. Source: the EC2 API reference, `MaxResults`. */
const getPrefixListEntries = listOperation(
  EC2Client,
  GetManagedPrefixListEntriesCommand,
  "ec2:GetManagedPrefixListEntries",
  "Entries",
  { paging: paging(100) }
)

/** The address ranges of single prefix lists. */
export const prefixListEntries = probe<PrefixList, ReadonlyArray<string>>({
  name: "securityGroups.prefixListEntries",
  operations: [getPrefixListEntries],
  cap: 200,
  batchSize: 1,
  costNote: "EC2 tells the entries of one prefix list at a time: one free call for each that a rule names.",
  key: ({ id }) => id,
  identity: ({ id, version }) => `${id} ${version}`,
  isFixed: true,
  read: (lists) =>
    Effect.forEach(lists, ({ id }) =>
      complete(
        list(getPrefixListEntries, { PrefixListId: id }, (entries) =>
          entries.map(({ Cidr }) => required(Cidr, "Entries[].Cidr"))
        )
      )
    )
})

/** Has no pages. */
const describeInternetBlock = operation(
  EC2Client,
  DescribeVpcBlockPublicAccessOptionsCommand,
  "ec2:DescribeVpcBlockPublicAccessOptions"
)

const describeInternetExclusions = listOperation(
  EC2Client,
  DescribeVpcBlockPublicAccessExclusionsCommand,
  "ec2:DescribeVpcBlockPublicAccessExclusions",
  "VpcBlockPublicAccessExclusions",
  { paging: paging(1000) }
)

/** What the region's VPCs let in from the internet, whatever their security groups say. */
export interface InternetBlock {
  /** Whether nothing comes in, apart from what is excluded. */
  readonly blocksIngress: boolean
  /** Ids of VPCs and subnets that let it in all the same. */
  readonly excluded: ReadonlyArray<string>
}

const endedExclusions = new Set(["create-failed", "delete-complete", "disable-complete"])

/** Whether VPC Block Public Access keeps the internet out of the region. */
export const internetBlock = onceProbe<undefined, InternetBlock>({
  name: "securityGroups.internetBlock",
  operations: [describeInternetBlock, describeInternetExclusions],
  costNote:
    "One free call for the region, and one more where it blocks, only where an open group has a public address.",
  read: () =>
    Effect.gen(function* () {
      const blocksIngress = yield* send(
        describeInternetBlock,
        {},
        ({ VpcBlockPublicAccessOptions: options }) =>
          required(
            options?.InternetGatewayBlockMode,
            "VpcBlockPublicAccessOptions.InternetGatewayBlockMode"
          ).toLowerCase() !== "off" &&
          // Until then it does not block everywhere.
          required(options?.State, "VpcBlockPublicAccessOptions.State").toLowerCase() !== "update-in-progress"
      )
      if (!blocksIngress) return { blocksIngress, excluded: [] }
      const excluded = yield* complete(
        list(describeInternetExclusions, {}, (exclusions) =>
          exclusions
            .filter(
              ({ InternetGatewayExclusionMode, State }) =>
                required(
                  InternetGatewayExclusionMode,
                  "VpcBlockPublicAccessExclusions[].InternetGatewayExclusionMode"
                ).toLowerCase() === "allow-bidirectional" && !endedExclusions.has(State?.toLowerCase() ?? "")
            )
            .map(({ ResourceArn }) =>
              required(ResourceArn, "VpcBlockPublicAccessExclusions[].ResourceArn").replace(/^.*\//, "")
            )
        )
      )
      return { blocksIngress, excluded }
    })
})
