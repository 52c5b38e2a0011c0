import { assert, describe, it } from "@effect/vitest"
import { partsOfArn, type TaggedResource } from "../../../datasets/aws/taggedResources.ts"
import scan from "../../../scans/governance/find_untagged_resources.ts"
import type { SettingValue } from "../../../core/run/Outcome.ts"
import { gap, judge } from "../harness.ts"

const whole = { Environment: "prod", Owner: "web", CostCenter: "42" }

const resource = (
  path: string,
  tags: Readonly<Record<string, string>> = {},
  more: Partial<TaggedResource> = {}
): TaggedResource => {
  const arn = `arn:aws:${path}`
  return { arn, ...partsOfArn(arn), tags, name: "", createdAt: null, source: "Resource Explorer", ...more }
}

const ec2 = (path: string, tags: Readonly<Record<string, string>> = {}) =>
  resource(`ec2:eu-west-1:111111111111:${path}`, tags)

const run = (
  resources: unknown,
  settings: Readonly<Record<string, SettingValue>> = {},
  evidence: Readonly<Record<string, unknown>> = {}
) =>
  judge(
    scan,
    {
      resources,
      explored: true,
      policies: [],
      vpcs: [],
      subnets: [],
      routeTables: [],
      internetGateways: [],
      groups: [],
      ...evidence
    },
    { settings }
  )

describe("find_untagged_resources", () => {
  it("does not take for gone what only Resource Explorer told of, once it has no view any more", () => {
    const gone = "arn:aws:sqs:eu-west-1:111111111111:gone"
    assert.isUndefined(run([]).withoutSource(gone))
    const silent = run([], {}, { explored: false })
    assert.deepStrictEqual([silent.status, silent.stateOf(gone)], ["complete", "gone"])
    assert.include(silent.withoutSource(gone), "Resource Explorer")
    const ofSource = (source: string) => scan.source?.isOf({ reasons: ["missing_tags"], evidence: { source } })
    assert.deepStrictEqual([ofSource("Resource Explorer"), ofSource("tagging API")], [true, false])
  })

  it("flags a resource without tags, says which it lacks, and claims no saving", () => {
    const { flags } = run([ec2("instance/i-1", { Name: "web-1", "aws:autoscaling:groupName": "web" })])
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "medium", confidence: "high", savings: null })
    assert.deepStrictEqual(flags[0]?.reasons, ["missing_tags"])
    assert.deepInclude(flags[0]?.resource, { id: "i-1", type: "ec2:instance", name: "web-1" })
    assert.strictEqual(flags[0]?.resource.service, "Amazon Elastic Compute Cloud - Compute")
    assert.deepStrictEqual(flags[0]?.evidence, {
      missing: ["CostCenter", "Environment", "Owner"],
      empty: [],
      disallowed: [],
      tags: ["Name", "aws:autoscaling:groupName"],
      wantedByPolicy: [],
      source: "Resource Explorer"
    })
  })

  it("leaves a resource alone that has them all, and makes one finding of all that is wrong", () => {
    const settings = { allowedValues: { Environment: ["prod", "dev"] } }
    const { flagged, flags } = run(
      [ec2("volume/vol-good", whole), ec2("volume/vol-bad", { Environment: "production", Owner: " " })],
      settings
    )
    assert.deepStrictEqual(flagged, ["vol-bad: missing_tags, empty_tags, disallowed_values"])
    assert.deepInclude(flags[0]?.evidence, {
      missing: ["CostCenter"],
      empty: ["Owner"],
      disallowed: ["Environment=production"]
    })
  })

  it("takes no tag of AWS for one of the user's", () => {
    const settings = { requiredTags: ["aws:createdBy"] }
    assert.deepStrictEqual(run([ec2("volume/vol-1", { "aws:createdBy": "x" })], settings).flagged, [
      "vol-1: missing_tags"
    ])
  })

  it("is graver where the resource is billed and a key of owner or cost is wrong", () => {
    const severity = (one: TaggedResource, settings = {}) => run([one], settings).flags[0]?.severity
    const withoutEnvironment = { Owner: "web", CostCenter: "42" }
    assert.strictEqual(severity(ec2("volume/vol-1")), "medium")
    assert.strictEqual(severity(ec2("volume/vol-1", withoutEnvironment)), "low")
    assert.strictEqual(severity(ec2("subnet/subnet-1")), "low")
    const allowed = { allowedValues: { Owner: ["data"] } }
    assert.strictEqual(severity(ec2("volume/vol-1", whole), allowed), "medium")
    const balancer = resource(
      "elasticloadbalancing:eu-west-1:1:loadbalancer/app/web/1",
      {},
      {
        type: "elasticloadbalancing:loadbalancer/app"
      }
    )
    assert.strictEqual(severity(balancer), "medium")
  })

  it("leaves out what AWS makes by itself, and what a backup plan tags", () => {
    const { counters, flagged } = run([
      ec2("network-interface/eni-1"),
      ec2("network-acl/acl-1"),
      resource("rds:eu-west-1:1:snapshot:rds:orders-2026-11-19"),
      resource("rds:eu-west-1:1:snapshot:before-upgrade"),
      resource("rds:eu-west-1:1:pg:default.postgres16"),
      resource("cloudwatch:eu-west-1:1:alarm:TargetTracking-service/shop-AlarmHigh"),
      resource("events:eu-west-1:1:event-bus/default"),
      resource("events:eu-west-1:1:event-bus/orders"),
      ec2("snapshot/snap-1", { "aws:backup:source-resource": "vol-1" })
    ])
    assert.deepStrictEqual(flagged, ["before-upgrade: missing_tags", "orders: missing_tags"])
    assert.strictEqual(counters.examined, 9)
  })

  describe("of the network that every region comes with", () => {
    const network = [
      ec2("vpc/vpc-default"),
      ec2("subnet/subnet-default"),
      ec2("route-table/rtb-default"),
      ec2("internet-gateway/igw-default"),
      ec2("security-group/sg-default"),
      ec2("vpc/vpc-own"),
      ec2("subnet/subnet-own"),
      ec2("security-group/sg-own")
    ]
    const evidence = {
      vpcs: [
        { id: "vpc-default", isDefault: true, tags: {} },
        { id: "vpc-own", isDefault: false, tags: {} }
      ],
      subnets: ["default", "own"].map((name) => ({ id: `subnet-${name}`, vpcId: `vpc-${name}` })),
      routeTables: [{ id: "rtb-default", vpcId: "vpc-default" }],
      internetGateways: [{ id: "igw-default", vpcId: "vpc-default" }],
      groups: [
        { id: "sg-default", name: "default", vpcId: "vpc-own" },
        { id: "sg-own", name: "web", vpcId: "vpc-default" }
      ]
    }

    it("says nothing, and says it of the user's own", () => {
      assert.deepStrictEqual(run(network, {}, evidence).flagged, [
        "sg-own: missing_tags",
        "subnet-own: missing_tags",
        "vpc-own: missing_tags"
      ])
    })

    it("does not know what rests on a list that was not read, and judges the rest", () => {
      const instance = ec2("instance/i-1")
      const without = (key: string) => run([...network, instance], {}, { ...evidence, [key]: gap([]) })
      assert.deepStrictEqual(without("subnets").unknown, ["subnet-default", "subnet-own"])
      assert.deepStrictEqual(without("routeTables").unknown, ["rtb-default"])
      assert.deepStrictEqual(without("internetGateways").unknown, ["igw-default"])
      assert.deepStrictEqual(without("groups").unknown, ["sg-default", "sg-own"])
      const { flagged, status, unknown } = without("vpcs")
      assert.deepStrictEqual(unknown, [
        "igw-default",
        "rtb-default",
        "subnet-default",
        "subnet-own",
        "vpc-default",
        "vpc-own"
      ])
      assert.deepStrictEqual(flagged, ["i-1: missing_tags", "sg-own: missing_tags"])
      assert.strictEqual(status, "partial")
    })
  })

  describe("with tag policies", () => {
    const policies = [{ type: "ec2:volume", keys: ["DataClass", "Owner"] }]

    it("wants what they want of the type", () => {
      const { flagged, flags } = run([ec2("volume/vol-1", whole), ec2("instance/i-1", whole)], {}, { policies })
      assert.deepStrictEqual(flagged, ["vol-1: missing_tags"])
      assert.deepInclude(flags[0]?.evidence, { missing: ["DataClass"], wantedByPolicy: ["DataClass", "Owner"] })
      assert.deepStrictEqual(run([ec2("volume/vol-1", { ...whole, DataClass: "a" })], {}, { policies }).flagged, [])
    })

    it("does not know a resource that has all other tags where they were not read", () => {
      const judged = run([ec2("volume/vol-1", whole), ec2("volume/vol-2")], {}, { policies: gap() })
      assert.deepStrictEqual([judged.unknown, judged.flagged], [["vol-1"], ["vol-2: missing_tags"]])
      assert.strictEqual(judged.stateOf(ec2("volume/vol-1").arn), "unknown")
      assert.isNull(judged.flags[0]?.evidence["wantedByPolicy"])
    })
  })

  describe("with its settings", () => {
    it("wants other keys", () => {
      assert.deepStrictEqual(run([ec2("volume/vol-1", { team: "a" })], { requiredTags: ["team"] }).flagged, [])
      assert.deepStrictEqual(run([ec2("volume/vol-1")], { requiredTags: [] }).flagged, [])
    })

    it("allows values by key, also of a key that nobody must set", () => {
      const settings = { requiredTags: [], allowedValues: { Stage: ["prod"] } }
      const volumes = [ec2("volume/a", { Stage: "prod" }), ec2("volume/b", { Stage: "test" }), ec2("volume/c")]
      assert.deepStrictEqual(run(volumes, settings).flagged, ["b: disallowed_values"])
    })

    it("minds the case, or does not", () => {
      const volumes = [ec2("volume/vol-1", { environment: "PROD", owner: "web", costcenter: "42" })]
      const allowedValues = { Environment: ["prod"] }
      assert.deepStrictEqual(run(volumes, { allowedValues }).flagged, ["vol-1: missing_tags"])
      assert.deepStrictEqual(run(volumes, { allowedValues, caseSensitive: false }).flagged, [])
    })

    it("reports only the types that are asked for", () => {
      const found = [
        ec2("volume/vol-1"),
        ec2("instance/i-1"),
        resource(
          "elasticloadbalancing:eu-west-1:1:loadbalancer/app/web/1",
          {},
          {
            type: "elasticloadbalancing:loadbalancer/app"
          }
        )
      ]
      const settings = { resourceTypes: ["EC2:volume", "elasticloadbalancing:loadbalancer"] }
      assert.deepStrictEqual(run(found, settings).flagged, ["app/web/1: missing_tags", "vol-1: missing_tags"])
    })

    it("stops at the most findings, the gravest first and in any order the same, and closes nothing of the others", () => {
      const found = [ec2("subnet/subnet-1"), ec2("volume/vol-2"), ec2("volume/vol-1"), ec2("volume/vol-good", whole)]
      const evidence = { subnets: [{ id: "subnet-1", vpcId: "vpc-1" }] }
      for (const order of [found, found.toReversed()]) {
        const judged = run(order, { maxFindings: 1 }, evidence)
        assert.deepStrictEqual(judged.flagged, ["vol-1: missing_tags"])
        assert.deepStrictEqual(judged.whyUnknown, [
          "subnet-1: not shown: there are more than the 1 findings that maxFindings allows",
          "vol-2: not shown: there are more than the 1 findings that maxFindings allows"
        ])
        assert.strictEqual(judged.counters.unknown, 2)
        assert.strictEqual(judged.stateOf(ec2("volume/vol-2").arn), "unknown")
        assert.strictEqual(judged.stateOf(ec2("volume/vol-good").arn), "healthy")
      }
      assert.strictEqual(run(found, { maxFindings: 3 }, evidence).flags.length, 3)
    })
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([ec2("volume/vol-1")]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["vol-1: missing_tags"]])
    assert.strictEqual(partial.stateOf("arn:aws:ec2:eu-west-1:111111111111:volume/vol-2"), "unknown")
  })
})
