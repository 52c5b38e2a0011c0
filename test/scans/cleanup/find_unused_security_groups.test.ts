import { assert, describe, it } from "@effect/vitest"
import type { SettingValue } from "../../../core/run/Outcome.ts"
import type { SecurityGroup, SecurityGroupRule } from "../../../datasets/aws/securityGroups.ts"
import scan from "../../../scans/cleanup/find_unused_security_groups.ts"
import { account } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

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

const nothing = {
  interfaces: [],
  functions: [],
  services: [],
  databases: [],
  databaseClusters: [],
  caches: [],
  launchSpecs: [],
  launchConfigurations: [],
  taskRules: [],
  taskSchedules: [],
  associations: []
}

const configurations = ["builds", "connections", "environments", "machineLearning"] as const

const run = (
  groups: unknown,
  /** What may hold a group, by the name of the read. */
  data: Partial<Record<keyof typeof nothing, unknown>> = {},
  options: {
    readonly settings?: Readonly<Record<string, SettingValue>>
    /** The VPCs that name a group, and the stale rules of a VPC; `denied` where AWS does not tell. Default: none. */
    readonly references?: Readonly<Record<string, ReadonlyArray<string>>> | "denied"
    readonly stale?: Readonly<Record<string, ReadonlyMap<string, number>>> | "denied"
    /** The groups that configurations name, by probe; `denied` where AWS does not tell. Default: none. */
    readonly configured?: Partial<Record<(typeof configurations)[number], ReadonlySet<string> | "denied">>
    /** What rules that start tasks send to. */
    readonly targets?: ReadonlyArray<unknown>
    /** What of SageMaker is not read. */
    readonly unread?: ReadonlyArray<string>
  } = {}
) =>
  judge(
    scan,
    { ...nothing, ...data, groups },
    {
      answers: {
        references: ({ id }: SecurityGroup) =>
          options.references === "denied" ? undefined : (options.references?.[id] ?? []),
        ...Object.fromEntries(
          configurations.map((name) => {
            const ids = options.configured?.[name] ?? new Set()
            const answer =
              name === "machineLearning"
                ? { ids, unread: options.unread ?? [] }
                : name === "environments" && ids !== "denied"
                  ? [{ securityGroupIds: [...ids], launchTemplates: [] }]
                  : ids
            return [name, () => (ids === "denied" ? undefined : answer)]
          })
        ),
        targets: () => options.targets,
        stale: (vpcId: string) => (options.stale === "denied" ? undefined : (options.stale?.[vpcId] ?? new Map()))
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

/** Judged, and found in order. */
const isHealthy = ({ flagged, tooYoung, unknown }: ReturnType<typeof run>, message?: string) =>
  assert.deepStrictEqual([...flagged, ...tooYoung, ...unknown], [], message)

describe("find_unused_security_groups", () => {
  it("flags a group that nothing has, which must be seen on two nights", () => {
    const { flags } = run([group()])
    assert.strictEqual(flags[0]?.reasons[0], "unattached")
    assert.deepStrictEqual(flags[0]?.observe, { nights: 2 })
    assert.strictEqual(flags[0]?.severity, "info")
    assert.strictEqual(flags[0]?.confidence, "medium")
    assert.strictEqual(flags[0]?.kind, "hygiene")
    assert.isNull(flags[0]?.savings)
    assert.strictEqual(flags[0]?.note, "Security groups are free.")
    assert.strictEqual(flags[0]?.resource.name, "web")
    assert.deepStrictEqual(run([group()], {}, { settings: { minObservations: 5 } }).flags[0]?.observe, { nights: 5 })
  })

  it("leaves a group alone that anything has", () => {
    const holders = ["interfaces", "functions", "services", "databases", "databaseClusters", "caches"] as const
    for (const read of holders) isHealthy(run([group()], { [read]: [holder] }), read)
  })

  it("leaves a group alone that instances would be launched into, by id or by name", () => {
    isHealthy(run([group()], { launchSpecs: [{ securityGroups: ["sg-1"] }] }))
    isHealthy(run([group()], { launchSpecs: [{ securityGroups: ["web"] }] }))
  })

  describe("that only a configuration names", () => {
    const named = new Set(["sg-1"])
    const taskRule = { arn: "arn:rule/nightly" }

    it("are left alone, whichever it is", () => {
      for (const name of configurations) isHealthy(run([group()], {}, { configured: { [name]: named } }), name)
      isHealthy(run([group()], { taskSchedules: [holder] }))
      isHealthy(run([group()], { taskRules: [taskRule] }, { targets: [holder] }))
      assert.strictEqual(
        run([group()], { taskRules: [taskRule] }, { targets: [{ securityGroupIds: [] }] }).flags.length,
        1
      )
      // No Auto Scaling group launches from it.
      isHealthy(run([group()], { launchConfigurations: [{ securityGroups: ["sg-1"] }] }))
    })

    it("are shown and confirm nothing where one of them could not be read", () => {
      for (const name of configurations) {
        const [flag] = run([group()], {}, { configured: { [name]: "denied" } }).flags
        assert.strictEqual(flag?.unproven, true, name)
      }
      assert.isTrue(run([group()], { taskRules: gap() }).flags[0]?.unproven)
      assert.isTrue(run([group()], { taskRules: [taskRule] }).flags[0]?.unproven)
      assert.isTrue(run([group()], { taskSchedules: gap() }).flags[0]?.unproven)
      assert.isTrue(run([group()], {}, { unread: ["models"] }).flags[0]?.unproven)
      assert.isFalse(run([group()]).flags[0]?.unproven)
      // One that could be read is enough to clear it.
      isHealthy(run([group()], {}, { configured: { builds: named, connections: "denied" } }))
    })

    it("are not asked about where no group is left to judge", () => {
      assert.deepStrictEqual(run([group()], { interfaces: [holder] }).asked, [])
      assert.deepStrictEqual(run([group({ name: "default" })]).asked, [])
    })
  })

  it("finds a group in use beyond the first page of interfaces", () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ securityGroupIds: [`sg-other-${index}`] }))
    isHealthy(run([group()], { interfaces: [...many, holder] }))
  })

  it("skips default groups and those of other accounts", () => {
    isHealthy(run([group({ name: "default" }), group({ ownerId: "222222222222" })]))
  })

  it("leaves a group alone that another group's rule names, in either direction", () => {
    const inUse = { interfaces: [{ securityGroupIds: ["sg-2"] }] }
    isHealthy(run([group(), naming("sg-2", "sg-1")], inUse))
    const outwards = group({ id: "sg-2", name: "b", outbound: [rule({ groupIds: ["sg-1"] })] })
    isHealthy(run([group(), outwards], inUse))
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
    assert.strictEqual(flags[0]?.reasons[0], "referenced_only")
    assert.deepStrictEqual(flags[0]?.evidence["namedBy"], ["sg-2"])
  })

  it("leaves a group alone that a group of another VPC names, and says unknown when that was not told", () => {
    const references = { "sg-1": ["vpc-9 through pcx-1"] }
    isHealthy(run([group()], {}, { references }))
    const { flags } = run([group()], {}, { references, settings: { includeReferenced: true } })
    assert.strictEqual(flags[0]?.reasons[0], "referenced_only")
    assert.deepStrictEqual(flags[0]?.evidence["namedFromOtherVpcs"], ["vpc-9 through pcx-1"])
    assert.deepStrictEqual(run([group()], {}, { references: "denied" }).unknown, ["sg-1"])
  })

  it("does not judge a group that may be used in another account's VPC", () => {
    const association = (vpcOwnerId: string) => ({ groupId: "sg-1", vpcId: "vpc-2", vpcOwnerId })
    assert.deepStrictEqual(run([group()], { associations: [association("222222222222")] }).unknown, ["sg-1"])
    const own = run([group()], { associations: [association(account)] })
    assert.deepStrictEqual(own.flags[0]?.evidence["associatedVpcs"], ["vpc-2"])
    const unread = run([group()], { associations: gap() })
    assert.isNull(unread.flags[0]?.evidence["associatedVpcs"])
    // It is shown and confirms nothing.
    assert.isTrue(unread.flags[0]?.unproven)
    assert.isFalse(own.flags[0]?.unproven)
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
    assert.isNull(run([many], {}, { stale: "denied" }).flags[0]?.evidence["staleRules"])
  })

  it("names the service that made a group", () => {
    const managedBy = (overrides: Partial<SecurityGroup>) => run([group(overrides)]).flags[0]?.evidence["managedBy"]
    assert.strictEqual(managedBy({ name: "eks-cluster-sg-shop-123" }), "Amazon EKS")
    assert.strictEqual(managedBy({ name: "ElasticMapReduce-master" }), "Amazon EMR")
    assert.strictEqual(managedBy({ name: "d-0123456789_controllers" }), "AWS Directory Service")
    assert.strictEqual(managedBy({ tags: { "elbv2.k8s.aws/cluster": "shop" } }), "AWS Load Balancer Controller")
    assert.strictEqual(managedBy({ tags: { "aws:cloudformation:stack-name": "shop" } }), "AWS CloudFormation")
    assert.strictEqual(managedBy({}), "none")
  })

  it("asks about candidates only", () => {
    const groups = [
      group({ id: "sg-1" }),
      group({ id: "sg-2" }),
      group({ id: "sg-3", vpcId: "vpc-2" }),
      group({ name: "default" })
    ]
    const { asked } = run(groups, { interfaces: [{ securityGroupIds: ["sg-3"] }] })
    assert.deepStrictEqual(
      [...new Set(asked)],
      [...configurations.map((name) => `${name} all`), "references sg-1", "references sg-2", "stale vpc-1"].sort()
    )
  })

  it("does not know a group that what could not be read may have, and leaves those alone that something has", () => {
    const groups = [group(), group({ id: "sg-2", name: "db" })]
    const { associations: _, taskRules: __, taskSchedules: ___, ...holders } = nothing
    for (const read of Object.keys(holders)) {
      const used = read.startsWith("launch") ? { securityGroups: ["sg-1"] } : holder
      const judged = run(groups, { [read]: gap([used]) })
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["sg-2"]], read)
    }
  })

  it("does not know a group that a group on a page that failed may name", () => {
    const judged = run(gap([group(), naming("sg-2", "sg-1")]), { interfaces: [{ securityGroupIds: ["sg-2"] }] })
    assert.deepStrictEqual([judged.flagged, judged.unknown], [[], []])
    assert.deepStrictEqual(run(gap([group()])).unknown, ["sg-1"])
  })
})
