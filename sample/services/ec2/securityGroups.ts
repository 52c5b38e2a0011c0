import type {
  DescribeSecurityGroupReferencesCommandInput,
  DescribeSecurityGroupReferencesCommandOutput,
  DescribeSecurityGroupsCommandInput,
  DescribeSecurityGroupsCommandOutput,
  DescribeSecurityGroupVpcAssociationsCommandOutput,
  DescribeStaleSecurityGroupsCommandOutput
} from "@aws-sdk/client-ec2"
import { arnOf, idOf } from "../../ids.ts"
import type { Named } from "../../estate.ts"
import { type Answer, defineService, pageOf, pairs } from "../../Service.ts"

declare module "../../estate.ts" {
  interface Region {
    readonly securityGroups: ReadonlyArray<SecurityGroup>
  }
}

/** A public address range, or another security group of the region by name. */
export type Source = { readonly cidr: string } | { readonly group: string }

/** Its network is the first of the region. */
export interface SecurityGroup extends Named {
  readonly description?: string
  readonly inbound?: ReadonlyArray<{ readonly port: number; readonly from: Source }>
  /** The peered VPC of another account in which a rule names it. */
  readonly referencedFrom?: string
}

export default defineService({
  region: { securityGroups: [] },
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
