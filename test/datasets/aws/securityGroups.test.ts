import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as securityGroups from "../../../datasets/aws/securityGroups.ts"
import { awsFailure, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const maxResults = { size: "MaxResults" }

const groups = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `sg-${index}` }))

describe("securityGroups.groups", () => {
  it.effect("reads 2,500 groups in three calls of 1,000", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 2500 }, (_, index) => ({
        GroupId: `sg-${index}`,
        GroupName: `web-${index}`,
        IpPermissions: [],
        IpPermissionsEgress: []
      }))
      const { calls, read } = yield* readDataset(securityGroups.groups, {
        "ec2:DescribeSecurityGroups": paged(items, "SecurityGroups", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeSecurityGroups": 3 })
      assert.strictEqual(valueOf(read)[2499].arn, "arn:aws:ec2:eu-west-1:111111111111:security-group/sg-2499")
    })
  )

  it.effect("keeps both directions of the rules with everything that they name", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(securityGroups.groups, {
        "ec2:DescribeSecurityGroups": () => ({
          SecurityGroups: [
            {
              GroupId: "sg-1",
              GroupName: "web",
              Description: "the web",
              VpcId: "vpc-1",
              OwnerId: "222222222222",
              IpPermissions: [
                {
                  IpProtocol: "tcp",
                  FromPort: 443,
                  ToPort: 443,
                  IpRanges: [{ CidrIp: "0.0.0.0/0" }],
                  Ipv6Ranges: [{ CidrIpv6: "::/0" }],
                  PrefixListIds: [{ PrefixListId: "pl-1" }],
                  UserIdGroupPairs: [{ GroupId: "sg-2" }]
                }
              ],
              IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "10.0.0.0/8" }] }]
            }
          ]
        })
      })
      assert.deepStrictEqual(valueOf(read), [
        {
          arn: "arn:aws:ec2:eu-west-1:222222222222:security-group/sg-1",
          id: "sg-1",
          name: "web",
          description: "the web",
          vpcId: "vpc-1",
          ownerId: "222222222222",
          inbound: [
            {
              protocol: "tcp",
              fromPort: 443,
              toPort: 443,
              cidrs: ["0.0.0.0/0", "::/0"],
              prefixListIds: ["pl-1"],
              groupIds: ["sg-2"]
            }
          ],
          outbound: [
            {
              protocol: "-1",
              fromPort: undefined,
              toPort: undefined,
              cidrs: ["10.0.0.0/8"],
              prefixListIds: [],
              groupIds: []
            }
          ],
          tags: {}
        }
      ])
    })
  )
})

describe("securityGroups.vpcAssociations", () => {
  it.effect("reads 1,001 in two calls and leaves out those that ended", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 1001 }, (_, index) => ({
        GroupId: `sg-${index}`,
        VpcId: "vpc-2",
        VpcOwnerId: "222222222222",
        State: ["associated", "Disassociated", "association-failed", "disassociating"][index % 4]
      }))
      const { calls, read } = yield* readDataset(securityGroups.vpcAssociations, {
        "ec2:DescribeSecurityGroupVpcAssociations": paged(items, "SecurityGroupVpcAssociations", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeSecurityGroupVpcAssociations": 2 })
      assert.strictEqual(valueOf(read).length, 501)
      assert.deepStrictEqual(valueOf(read)[0], { groupId: "sg-0", vpcId: "vpc-2", vpcOwnerId: "222222222222" })
    })
  )
})

describe("securityGroups.remoteReferences", () => {
  it.effect("asks about a hundred groups in one call", () =>
    Effect.gen(function* () {
      assert.strictEqual(securityGroups.remoteReferences.batchSize, 100)
      const { calls, readings, sent } = yield* readProbe(securityGroups.remoteReferences, groups(100), {
        "ec2:DescribeSecurityGroupReferences": () => ({
          SecurityGroupReferenceSet: [
            { GroupId: "sg-7", ReferencingVpcId: "vpc-9", VpcPeeringConnectionId: "pcx-1" },
            { GroupId: "sg-7", ReferencingVpcId: "vpc-8", TransitGatewayId: "tgw-1" },
            { GroupId: "sg-9", ReferencingVpcId: "vpc-8" }
          ]
        })
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeSecurityGroupReferences": 1 })
      assert.strictEqual(sent[0]?.input.GroupId.length, 100)
      assert.deepStrictEqual(readings[7], known(["vpc-8 through tgw-1", "vpc-9 through pcx-1"]))
      assert.deepStrictEqual(readings[8], known([]))
      assert.deepStrictEqual(readings[9], known(["vpc-8"]))
    })
  )
})

describe("securityGroups.groups and securityGroups.vpcAssociations", () => {
  it.effect("call an answer malformed that lacks its list or what a rule would rest on", () =>
    Effect.gen(function* () {
      const group = { GroupId: "sg-1", GroupName: "web", IpPermissions: [], IpPermissionsEgress: [] }
      const pair = { IpProtocol: "tcp", UserIdGroupPairs: [{}] }
      for (const [answer, field] of [
        [{}, "SecurityGroups"],
        [{ SecurityGroups: [{ ...group, IpPermissions: undefined }] }, "SecurityGroups[].IpPermissions"],
        [{ SecurityGroups: [{ ...group, IpPermissionsEgress: undefined }] }, "SecurityGroups[].IpPermissionsEgress"],
        [
          { SecurityGroups: [{ ...group, IpPermissions: [pair] }] },
          "SecurityGroups[].IpPermissions[].UserIdGroupPairs[].GroupId"
        ],
        [
          { SecurityGroups: [{ ...group, IpPermissions: [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22 }] }] },
          "SecurityGroups[].IpPermissions[].IpRanges"
        ],
        [
          { SecurityGroups: [{ ...group, IpPermissions: [{ IpProtocol: "tcp", IpRanges: [{}] }] }] },
          "SecurityGroups[].IpPermissions[].IpRanges[].CidrIp"
        ]
      ] as const) {
        const { read } = yield* readDataset(securityGroups.groups, { "ec2:DescribeSecurityGroups": () => answer })
        assert.include(read.ok ? "" : read.error.summary, `${field} is missing`)
      }
      for (const answer of [{}, { SecurityGroupVpcAssociations: [{ GroupId: "sg-1", VpcId: "vpc-1" }] }]) {
        const { read } = yield* readDataset(securityGroups.vpcAssociations, {
          "ec2:DescribeSecurityGroupVpcAssociations": () => answer
        })
        assert.isFalse(read.ok)
      }
    })
  )
})

describe("securityGroups.staleRules", () => {
  it.effect("counts by group, with 255 groups a page and VPC by VPC", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 300 }, (_, index) => ({
        GroupId: `sg-${index}`,
        StaleIpPermissions: [{}, {}],
        ...(index === 0 ? { StaleIpPermissionsEgress: [{}] } : {})
      }))
      const { calls, readings, sent } = yield* readProbe(securityGroups.staleRules, ["vpc-1"], {
        "ec2:DescribeStaleSecurityGroups": paged(items, "StaleSecurityGroupSet", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeStaleSecurityGroups": 2 })
      assert.deepStrictEqual([sent[0]?.input.VpcId, sent[0]?.input.MaxResults], ["vpc-1", 255])
      const stale = readings[0]?.known === true ? readings[0].value : new Map<string, number>()
      assert.deepStrictEqual([stale.get("sg-0"), stale.get("sg-299"), stale.get("sg-300")], [3, 2, undefined])
    })
  )

  it.effect("is not known when AWS refuses or leaves the list out", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(securityGroups.staleRules, ["vpc-1", "vpc-2"], {
        "ec2:DescribeStaleSecurityGroups": ({ VpcId }) => {
          if (VpcId === "vpc-1") throw awsFailure("InvalidVpcID.NotFound")
          return {}
        }
      })
      assert.deepStrictEqual(
        readings.map(({ known }) => known),
        [false, false]
      )
    })
  )
})

describe("securityGroups.prefixLists", () => {
  const list = (index: number) => ({
    PrefixListId: `pl-${index}`,
    OwnerId: "111111111111",
    PrefixListName: "offices",
    Version: 3
  })

  it.effect("lists them once, a hundred a page, and their entries one by one", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(securityGroups.prefixLists, [undefined], {
        "ec2:DescribeManagedPrefixLists": paged(
          Array.from({ length: 150 }, (_, index) => list(index)),
          "PrefixLists",
          maxResults
        )
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeManagedPrefixLists": 2 })
      const own = { id: "pl-7", ownerId: "111111111111", name: "offices", version: 3 }
      assert.deepStrictEqual(readings[0]?.known && readings[0].value.get("pl-7"), own)
      const entries = yield* readProbe(securityGroups.prefixListEntries, [own, { ...own, id: "pl-8" }], {
        "ec2:GetManagedPrefixListEntries": ({ PrefixListId }) => {
          if (PrefixListId === "pl-8") throw awsFailure("UnauthorizedOperation", "no", 403)
          return { Entries: [{ Cidr: "10.0.0.0/8" }] }
        }
      })
      assert.deepStrictEqual(entries.calls, { "ec2:GetManagedPrefixListEntries": 2 })
      assert.deepStrictEqual(entries.readings[0], known(["10.0.0.0/8"]))
      assert.isFalse(entries.readings[1]?.known)
    })
  )

  it.effect("does not know them without what a verdict rests on", () =>
    Effect.gen(function* () {
      for (const answer of [
        {},
        { PrefixLists: [{ ...list(1), OwnerId: undefined }] },
        { PrefixLists: [{ OwnerId: "AWS" }] }
      ]) {
        const { readings } = yield* readProbe(securityGroups.prefixLists, [undefined], {
          "ec2:DescribeManagedPrefixLists": () => answer
        })
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})

describe("securityGroups.internetBlock", () => {
  const ask = (options: object | undefined, exclusions: unknown = []) =>
    readProbe(securityGroups.internetBlock, [undefined], {
      "ec2:DescribeVpcBlockPublicAccessOptions": () => ({ VpcBlockPublicAccessOptions: options }),
      "ec2:DescribeVpcBlockPublicAccessExclusions": () => ({ VpcBlockPublicAccessExclusions: exclusions })
    })

  it.effect("costs one call where nothing is blocked, and another for what is excluded", () =>
    Effect.gen(function* () {
      const off = yield* ask({ InternetGatewayBlockMode: "off", State: "default-state" })
      assert.deepStrictEqual(off.calls, { "ec2:DescribeVpcBlockPublicAccessOptions": 1 })
      assert.deepStrictEqual(off.readings, [known({ blocksIngress: false, excluded: [] })])
      const arnOf = (id: string) => `arn:aws:ec2:eu-west-1:111111111111:${id}`
      const exclusion = (id: string, mode: string, State = "create-complete") => ({
        InternetGatewayExclusionMode: mode,
        State,
        ResourceArn: arnOf(id)
      })
      for (const mode of ["block-ingress", "BLOCK-BIDIRECTIONAL"]) {
        const on = yield* ask({ InternetGatewayBlockMode: mode, State: "update-complete" }, [
          exclusion("vpc/vpc-1", "Allow-Bidirectional"),
          exclusion("subnet/subnet-1", "allow-bidirectional"),
          exclusion("vpc/vpc-2", "allow-egress"),
          exclusion("vpc/vpc-3", "allow-bidirectional", "delete-complete")
        ])
        assert.deepStrictEqual(on.readings, [known({ blocksIngress: true, excluded: ["vpc-1", "subnet-1"] })])
      }
      const soon = yield* ask({ InternetGatewayBlockMode: "block-ingress", State: "update-in-progress" })
      assert.deepStrictEqual(soon.readings, [known({ blocksIngress: false, excluded: [] })])
    })
  )

  it.effect("is not known without its mode, or without the list of exclusions", () =>
    Effect.gen(function* () {
      for (const [options, exclusions] of [
        [undefined, []],
        [{ State: "update-complete" }, []],
        [{ InternetGatewayBlockMode: "block-ingress" }, []],
        [{ InternetGatewayBlockMode: "block-ingress", State: "update-complete" }, undefined],
        [{ InternetGatewayBlockMode: "block-ingress", State: "update-complete" }, [{ ResourceArn: "x" }]]
      ] as const) {
        const { readings } = yield* readProbe(securityGroups.internetBlock, [undefined], {
          "ec2:DescribeVpcBlockPublicAccessOptions": () => ({ VpcBlockPublicAccessOptions: options }),
          "ec2:DescribeVpcBlockPublicAccessExclusions": () => ({ VpcBlockPublicAccessExclusions: exclusions })
        })
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})
