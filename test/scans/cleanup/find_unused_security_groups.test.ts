import { assert, describe, it } from "@effect/vitest"
import type { SettingValue } from "../../../core/run/Outcome.ts"
import type { SecurityGroup, SecurityGroupRule, VpcAssociation } from "../../../datasets/aws/securityGroups.ts"
import scan from "../../../scans/cleanup/find_unused_security_groups.ts"
import { account } from "../../datasets/harness.ts"
import { contextOf, judge, probed } from "../harness.ts"

const rule = (overrides: Partial<SecurityGroupRule> = {}): SecurityGroupRule => ({
  protocol: "tcp",
  fromPort: 443,
  toPort: 443,
  cidrs: [],
  prefixListIds: [],
  groupIds: [],
  ...overrides
})

const group = (overrides: Partial<SecurityGroup> = {}): SecurityGroup => ({
  arn: `arn:aws:ec2:eu-west-1:111111111111:security-group/${overrides.id ?? "sg-1"}`,
  id: "sg-1",
  name: "web",
  description: "the web",
  vpcId: "vpc-1",
  ownerId: account,
  inbound: [rule({ cidrs: ["10.0.0.0/8"] })],
  outbound: [rule({ protocol: "-1", cidrs: ["0.0.0.0/0"] })],
  tags: {},
  ...overrides
})

const naming = (id: string, ...groupIds: ReadonlyArray<string>) =>
  group({ id, name: id, inbound: [rule({ groupIds })] })

const holder = { securityGroupIds: ["sg-1"] }

/** What may hold a group, by the name of the read. */
interface Data {
  readonly interfaces?: ReadonlyArray<typeof holder>
  readonly functions?: ReadonlyArray<typeof holder>
  readonly services?: ReadonlyArray<typeof holder>
  readonly databases?: ReadonlyArray<typeof holder>
  readonly databaseClusters?: ReadonlyArray<typeof holder>
  readonly caches?: ReadonlyArray<typeof holder>
  readonly launchSpecs?: ReadonlyArray<{ readonly securityGroups: ReadonlyArray<string> }>
  readonly associations?: ReadonlyArray<VpcAssociation> | undefined
}

const nothing = {
  interfaces: [],
  functions: [],
  services: [],
  databases: [],
  databaseClusters: [],
  caches: [],
  launchSpecs: [],
  associations: []
}

const run = (
  groups: ReadonlyArray<SecurityGroup>,
  data: Data = {},
  options: {
    readonly settings?: Readonly<Record<string, SettingValue>>
    readonly references?: Readonly<Record<string, ReadonlyArray<string>>>
    readonly stale?: Readonly<Record<string, ReadonlyMap<string, number>>>
  } = {}
) =>
  judge(
    scan,
    {
      ...nothing,
      ...data,
      groups,
      references: probed(options.references ?? Object.fromEntries(groups.map(({ id }) => [id, []]))),
      stale: probed(options.stale ?? { "vpc-1": new Map() })
    },
    options.settings === undefined ? {} : { settings: options.settings }
  )

describe("find_unused_security_groups", () => {
  it("flags a group that nothing has, which must be seen on two nights", () => {
    const { flags } = run([group()])
    assert.strictEqual(flags[0]?.reason, "unattached")
    assert.deepStrictEqual(flags[0]?.observe, { nights: 2 })
    assert.strictEqual(flags[0]?.severity, "info")
    assert.strictEqual(flags[0]?.confidence, "medium")
    assert.strictEqual(flags[0]?.savings.monthlyUsd, 0)
    assert.strictEqual(flags[0]?.savings.basis, "none")
    assert.strictEqual(flags[0]?.resource.name, "web")
    assert.deepStrictEqual(run([group()], {}, { settings: { minObservations: 5 } }).flags[0]?.observe, { nights: 5 })
  })

  it("leaves a group alone that anything has", () => {
    const holders = ["interfaces", "functions", "services", "databases", "databaseClusters", "caches"] as const
    for (const read of holders) assert.deepStrictEqual(run([group()], { [read]: [holder] }).verdicts, [], read)
  })

  it("leaves a group alone that instances would be launched into, by id or by name", () => {
    assert.deepStrictEqual(run([group()], { launchSpecs: [{ securityGroups: ["sg-1"] }] }).verdicts, [])
    assert.deepStrictEqual(run([group()], { launchSpecs: [{ securityGroups: ["web"] }] }).verdicts, [])
  })

  it("finds a group in use beyond the first page of interfaces", () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ securityGroupIds: [`sg-other-${index}`] }))
    assert.deepStrictEqual(run([group()], { interfaces: [...many, holder] }).verdicts, [])
  })

  it("skips default groups and those of other accounts", () => {
    assert.deepStrictEqual(run([group({ name: "default" }), group({ ownerId: "222222222222" })]).verdicts, [])
  })

  it("leaves a group alone that another group's rule names, in either direction", () => {
    const inUse = { interfaces: [{ securityGroupIds: ["sg-2"] }] }
    assert.deepStrictEqual(run([group(), naming("sg-2", "sg-1")], inUse).verdicts, [])
    const outwards = group({ id: "sg-2", name: "b", outbound: [rule({ groupIds: ["sg-1"] })] })
    assert.deepStrictEqual(run([group(), outwards], inUse).verdicts, [])
  })

  it("does not count a rule of the group itself", () => {
    assert.deepStrictEqual(run([naming("sg-1", "sg-1")]).flagged, ["sg-1: unattached"])
  })

  it("reports groups that are only named when it is told to", () => {
    const { flags } = run(
      [group(), naming("sg-2", "sg-1")],
      { interfaces: [{ securityGroupIds: ["sg-2"] }] },
      { settings: { includeReferenced: true } }
    )
    assert.strictEqual(flags[0]?.reason, "referenced_only")
    assert.deepStrictEqual(flags[0]?.evidence["namedBy"], ["sg-2"])
  })

  it("leaves a group alone that a group of another VPC names, and says unknown when that was not told", () => {
    const references = { "sg-1": ["vpc-9 through pcx-1"] }
    assert.deepStrictEqual(run([group()], {}, { references }).verdicts, [])
    const { flags } = run([group()], {}, { references, settings: { includeReferenced: true } })
    assert.strictEqual(flags[0]?.reason, "referenced_only")
    assert.deepStrictEqual(flags[0]?.evidence["namedFromOtherVpcs"], ["vpc-9 through pcx-1"])
    assert.deepStrictEqual(run([group()], {}, { references: {} }).unknown, ["sg-1"])
  })

  it("does not judge a group that may be used in another account's VPC", () => {
    const association = (vpcOwnerId: string) => ({ groupId: "sg-1", vpcId: "vpc-2", vpcOwnerId })
    assert.deepStrictEqual(run([group()], { associations: [association("222222222222")] }).unknown, ["sg-1"])
    const own = run([group()], { associations: [association(account)] })
    assert.deepStrictEqual(own.flags[0]?.evidence["associatedVpcs"], ["vpc-2"])
    const unread = run([group()], { associations: undefined })
    assert.isNull(unread.flags[0]?.evidence["associatedVpcs"])
  })

  it("is low for a group that lets the world in", () => {
    for (const cidr of ["0.0.0.0/0", "::/0"]) {
      assert.strictEqual(run([group({ inbound: [rule({ cidrs: [cidr] })] })]).flags[0]?.severity, "low")
    }
  })

  it("counts rules as the console does, and those that name deleted groups", () => {
    const many = group({
      inbound: [rule({ cidrs: ["10.0.0.0/8", "192.168.0.0/16"], prefixListIds: ["pl-1"], groupIds: ["sg-9", "sg-1"] })]
    })
    const { flags } = run([many], {}, { stale: { "vpc-1": new Map([["sg-1", 2]]) } })
    const { inboundRules, names, outboundRules, staleRules } = flags[0]?.evidence ?? {}
    assert.deepStrictEqual([inboundRules, outboundRules, staleRules, names], [5, 1, 2, ["sg-9"]])
    assert.isNull(run([many], {}, { stale: {} }).flags[0]?.evidence["staleRules"])
  })

  it("names the service that made a group", () => {
    const managedBy = (overrides: Partial<SecurityGroup>) => run([group(overrides)]).flags[0]?.evidence["managedBy"]
    assert.strictEqual(managedBy({ name: "eks-cluster-sg-shop-123" }), "Amazon EKS")
    assert.strictEqual(managedBy({ name: "ElasticMapReduce-master" }), "Amazon EMR")
    assert.strictEqual(managedBy({ name: "d-0123456789_controllers" }), "AWS Directory Service")
    assert.strictEqual(managedBy({ tags: { "elbv2.k8s.aws/cluster": "shop" } }), "AWS Load Balancer Controller")
    assert.strictEqual(managedBy({ tags: { "aws:cloudformation:stack-name": "shop" } }), "AWS CloudFormation")
    assert.isNull(managedBy({}))
  })

  it("asks about candidates only, and once about each VPC", () => {
    const groups = [
      group({ id: "sg-1" }),
      group({ id: "sg-2" }),
      group({ id: "sg-3", vpcId: "vpc-2" }),
      group({ name: "default" })
    ]
    const data = { ...nothing, groups, interfaces: [{ securityGroupIds: ["sg-3"] }] }
    const { references = [], stale } = scan.candidates(data, contextOf(scan))
    assert.deepStrictEqual(
      (references as ReadonlyArray<SecurityGroup>).map(({ id }) => id),
      ["sg-1", "sg-2"]
    )
    assert.deepStrictEqual(stale, ["vpc-1"])
  })
})
