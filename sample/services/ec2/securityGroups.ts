import type {
  DescribeManagedPrefixListsCommandInput,
  DescribeManagedPrefixListsCommandOutput,
  DescribeSecurityGroupReferencesCommandInput,
  DescribeSecurityGroupReferencesCommandOutput,
  DescribeSecurityGroupsCommandInput,
  DescribeSecurityGroupsCommandOutput,
  DescribeSecurityGroupVpcAssociationsCommandOutput,
  DescribeStaleSecurityGroupsCommandOutput,
  DescribeVpcBlockPublicAccessExclusionsCommandOutput,
  DescribeVpcBlockPublicAccessOptionsCommandOutput,
  GetManagedPrefixListEntriesCommandInput,
  GetManagedPrefixListEntriesCommandOutput
} from "@aws-sdk/client-ec2"
import { arnOf, idOf } from "../../ids.ts"
import type { Named } from "../../estate.ts"
import { type Answer, defineService, pageOf, pairs } from "../../Service.ts"

declare module "../../estate.ts" {
  interface Region {
    readonly securityGroups: ReadonlyArray<SecurityGroup>
    readonly prefixLists: ReadonlyArray<PrefixList>
    /** VPC Block Public Access, one at most: it keeps the internet out. */
    readonly internetBlocks: ReadonlyArray<InternetBlock>
  }
}

/** An address range, another security group of the region by name, or a prefix list by name. */
export type Source = { readonly cidr: string } | { readonly group: string } | { readonly prefixList: string }

/** Address ranges under a name. */
export interface PrefixList extends Named {
  readonly cidrs: ReadonlyArray<string>
}

export interface InternetBlock extends Named {
  /** VPCs that it leaves out. */
  readonly apartFrom: ReadonlyArray<string>
}

/** Its network is the first of the region. */
export interface SecurityGroup extends Named {
  readonly description?: string
  readonly inbound?: ReadonlyArray<{ readonly port: number; readonly from: Source }>
  /** The peered VPC of another account in which a rule names it. */
  readonly referencedFrom?: string
}

export default defineService({
  region: { securityGroups: [], prefixLists: [], internetBlocks: [] },
  answers: {
    "ec2:DescribeSecurityGroups": (
      here,
      input: DescribeSecurityGroupsCommandInput
    ): Answer<DescribeSecurityGroupsCommandOutput> => {
      const { items, next } = pageOf(here.has.securityGroups, input.NextToken, input.MaxResults, 1000)
      return {
        SecurityGroups: items.map((group) => ({
          GroupId: idOf("sg", here, group.name),
          GroupName: group.name,
          Description: group.description ?? group.name,
          VpcId: idOf("vpc", here, here.has.vpcs[0]?.name ?? "main"),
          OwnerId: here.account,
          IpPermissions: (group.inbound ?? []).map(({ from, port }) => ({
            IpProtocol: "tcp",
            FromPort: port,
            ToPort: port,
            ...("cidr" in from
              ? { IpRanges: [{ CidrIp: from.cidr }] }
              : "prefixList" in from
                ? { PrefixListIds: [{ PrefixListId: idOf("pl", here, from.prefixList) }] }
                : { UserIdGroupPairs: [{ GroupId: idOf("sg", here, from.group), UserId: here.account }] })
          })),
          IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
          Tags: pairs(group.tags)
        })),
        NextToken: next
      }
    },

    "ec2:DescribeSecurityGroupReferences": (
      here,
      input: DescribeSecurityGroupReferencesCommandInput
    ): Answer<DescribeSecurityGroupReferencesCommandOutput> => ({
      SecurityGroupReferenceSet: here.has.securityGroups.flatMap(({ name, referencedFrom }) => {
        const GroupId = idOf("sg", here, name)
        return referencedFrom === undefined || input.GroupId?.includes(GroupId) !== true
          ? []
          : [{ GroupId, ReferencingVpcId: referencedFrom, VpcPeeringConnectionId: idOf("pcx", here, referencedFrom) }]
      })
    }),

    "ec2:DescribeSecurityGroupVpcAssociations": (): Answer<DescribeSecurityGroupVpcAssociationsCommandOutput> => ({
      SecurityGroupVpcAssociations: []
    }),

    "ec2:DescribeManagedPrefixLists": (
      here,
      input: DescribeManagedPrefixListsCommandInput
    ): Answer<DescribeManagedPrefixListsCommandOutput> => {
      const { items, next } = pageOf(here.has.prefixLists, input.NextToken, input.MaxResults, 100)
      return {
        PrefixLists: items.map(({ name, tags }) => ({
          PrefixListId: idOf("pl", here, name),
          PrefixListName: name,
          OwnerId: here.account,
          Version: 1,
          State: "create-complete",
          AddressFamily: "IPv4",
          Tags: pairs(tags)
        })),
        NextToken: next
      }
    },

    "ec2:GetManagedPrefixListEntries": (
      here,
      input: GetManagedPrefixListEntriesCommandInput
    ): Answer<GetManagedPrefixListEntriesCommandOutput> => ({
      Entries: here.has.prefixLists
        .filter(({ name }) => idOf("pl", here, name) === input.PrefixListId)
        .flatMap(({ cidrs }) => cidrs.map((Cidr) => ({ Cidr })))
    }),

    "ec2:DescribeVpcBlockPublicAccessOptions": (here): Answer<DescribeVpcBlockPublicAccessOptionsCommandOutput> => ({
      VpcBlockPublicAccessOptions: {
        AwsAccountId: here.account,
        AwsRegion: here.region,
        ...(here.has.internetBlocks.length === 0
          ? { State: "default-state", InternetGatewayBlockMode: "off" }
          : { State: "update-complete", InternetGatewayBlockMode: "block-bidirectional" })
      }
    }),

    "ec2:DescribeVpcBlockPublicAccessExclusions": (
      here
    ): Answer<DescribeVpcBlockPublicAccessExclusionsCommandOutput> => ({
      VpcBlockPublicAccessExclusions: here.has.internetBlocks.flatMap(({ apartFrom }) =>
        apartFrom.map((vpc) => ({
          InternetGatewayExclusionMode: "allow-bidirectional" as const,
          State: "create-complete" as const,
          ResourceArn: arnOf("ec2", here, `vpc/${idOf("vpc", here, vpc)}`)
        }))
      )
    }),

    "ec2:DescribeStaleSecurityGroups": (): Answer<DescribeStaleSecurityGroupsCommandOutput> => ({
      StaleSecurityGroupSet: []
    })
  },
  resources: (here) =>
    here.has.securityGroups.map(({ name, tags }) => ({
      type: "ec2:security-group",
      arn: arnOf("ec2", here, `security-group/${idOf("sg", here, name)}`),
      tags
    }))
})
