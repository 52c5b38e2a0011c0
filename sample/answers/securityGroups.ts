import type {
  DescribeSecurityGroupReferencesCommandInput,
  DescribeSecurityGroupReferencesCommandOutput,
  DescribeSecurityGroupsCommandInput,
  DescribeSecurityGroupsCommandOutput,
  DescribeSecurityGroupVpcAssociationsCommandOutput,
  DescribeStaleSecurityGroupsCommandOutput
} from "@aws-sdk/client-ec2"
import { idOf } from "../ids.ts"
import { type Answer, type Answers, pageOf, pairs } from "./Here.ts"

export const answers: Answers = {
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
}
