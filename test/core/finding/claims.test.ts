import { assert, describe, it } from "@effect/vitest"
import { claimantOf, claimedArns, countedClaims } from "../../../core/finding/claims.ts"
import { claims, type Finding, type Savings } from "../../../core/finding/Finding.ts"
import { finding, withoutSaving } from "./findings.ts"

const arn = (id: string) => `arn:aws:ec2:eu-west-1:111111111111:${id}`

const claim = (
  id: string,
  resource: string,
  saving: Partial<Savings>,
  overrides: Partial<Omit<Finding, "savings">> = {}
): Finding => finding({ id, savings: saving, ...overrides, resource: { ...finding().resource, arn: arn(resource) } })

const counted = (...findings: ReadonlyArray<Finding>) => [...countedClaims(findings.map(claimantOf))].sort()

/** The same answer must come out whatever the order of the findings. */
const inEveryOrder = (findings: ReadonlyArray<Finding>, expected: ReadonlyArray<string>) => {
  assert.deepStrictEqual(counted(...findings), expected)
  assert.deepStrictEqual(counted(...findings.toReversed()), expected)
}

describe("countedClaims", () => {
  it("counts every claim on a resource of its own", () => {
    inEveryOrder([claim("a", "volume/1", {}), claim("b", "volume/2", {})], ["a", "b"])
  })

  it("counts one claim per resource: the one that ends the cost entirely, also when it is smaller", () => {
    for (const [index, first] of claims.slice(0, 4).entries()) {
      const second = claims[index + 1] as Savings["claim"]
      inEveryOrder(
        [
          claim("a", "volume/1", { claim: second, monthlyUsd: 900 }),
          claim("b", "volume/1", { claim: first, monthlyUsd: 1 })
        ],
        ["b"]
      )
    }
  })

  it("counts a charge beside the price of a resource, whatever else is claimed of it", () => {
    inEveryOrder(
      [
        claim("a", "db:orders", { claim: "modernise" }, { scan: "find_outdated_rds_engine_versions" }),
        claim("b", "db:orders", { claim: "rightsize" }, { scan: "find_underutilized_rds_instances" })
      ],
      ["a", "b"]
    )
    inEveryOrder(
      [
        claim("a", "cluster/shop", { claim: "modernise" }, { scan: "find_outdated_eks_cluster_versions" }),
        claim("b", "cluster/shop", { claim: "rightsize" }, { scan: "find_underutilized_ec2_instances" })
      ],
      ["a", "b"]
    )
  })

  it("counts the larger of what a newer version and a smaller node of a cache would save", () => {
    const version = (monthlyUsd: number) =>
      claim("a", "cache", { claim: "modernise", monthlyUsd }, { scan: "find_outdated_elasticache_engine_versions" })
    const smaller = claim("b", "cache", { claim: "rightsize", monthlyUsd: 50 })
    inEveryOrder([version(60), smaller], ["a"])
    inEveryOrder([version(40), smaller], ["b"])
  })

  it("counts that the resource of an alarm is gone, whatever is saved of an alarm that does nothing", () => {
    inEveryOrder(
      [
        claim("a", "alarm:cpu", { monthlyUsd: 0.1 }, { scan: "find_unused_cloudwatch_alarms" }),
        claim("b", "alarm:cpu", { monthlyUsd: 0.07 }, { scan: "find_orphaned_cloudwatch_alarms" })
      ],
      ["b"]
    )
  })

  it("prefers a confirmed claim to any unconfirmed one", () => {
    inEveryOrder(
      [
        claim("a", "volume/1", { claim: "delete", monthlyUsd: 900 }, { confirmed: false }),
        claim("b", "volume/1", { claim: "modernise", monthlyUsd: 5 })
      ],
      ["b"]
    )
  })

  it("prefers the larger of two claims of one kind, and then the first by id", () => {
    inEveryOrder([claim("a", "volume/1", { monthlyUsd: 5 }), claim("b", "volume/1", { monthlyUsd: 6 })], ["b"])
    inEveryOrder([claim("a", "volume/1", {}), claim("b", "volume/1", {})], ["a"])
  })

  it("lets our own scan and Cost Optimization Hub meet on one resource", () => {
    const hub = { source: "cost-optimization-hub", basis: "estimate" } as const
    inEveryOrder(
      [
        claim("hub", "volume/1", { ...hub, claim: "delete", monthlyUsd: 48.62 }),
        claim("own", "volume/1", { claim: "delete", monthlyUsd: 50 })
      ],
      ["own"]
    )
  })

  it("lets Cost Optimization Hub give way to our own scans of volumes and NAT gateways, and of nothing else", () => {
    const everything = "get_all_cost_optimization_recommendations"
    for (const resource of ["volume/1", "natgateway/1"]) {
      for (const scan of [everything, "get_cost_optimization_ebs"]) {
        inEveryOrder(
          [
            claim("hub", resource, { claim: "delete", monthlyUsd: 90 }, { scan }),
            claim(
              "own",
              resource,
              { claim: "rightsize", monthlyUsd: 5 },
              { scan: "get_ebs_volume_type_recommendations" }
            )
          ],
          ["own"]
        )
      }
    }
    inEveryOrder(
      [
        claim("hub", "instance/1", { claim: "rightsize", monthlyUsd: 90 }, { scan: everything }),
        claim("own", "instance/1", { claim: "rightsize", monthlyUsd: 5 }, { scan: "find_underutilized_ec2_instances" })
      ],
      ["hub"]
    )
    inEveryOrder([claim("hub", "volume/1", { claim: "delete" }, { scan: everything })], ["hub"])
  })

  it("counts a recommendation once that two scans read, in the list of all, whatever their ids", () => {
    const [everything, ec2] = ["get_all_cost_optimization_recommendations", "get_cost_optimization_ec2"] as const
    for (const [a, b] of [
      ["a", "b"],
      ["b", "a"]
    ] as const) {
      inEveryOrder(
        [
          claim(a, "instance/1", { claim: "rightsize", monthlyUsd: 20 }, { scan: everything }),
          claim(b, "instance/1", { claim: "rightsize", monthlyUsd: 20 }, { scan: ec2 })
        ],
        [a]
      )
    }
  })

  it("keeps commitments outside, alone or beside another claim", () => {
    assert.deepStrictEqual(counted(claim("a", "plan/1", { claim: "commitment", monthlyUsd: 5000 })), [])
    inEveryOrder(
      [
        claim("a", "volume/1", { claim: "commitment", monthlyUsd: 5000 }),
        claim("b", "volume/1", { claim: "lifecycle" })
      ],
      ["b"]
    )
  })

  it("counts nothing that saves nothing or has ended", () => {
    assert.deepStrictEqual(counted(claim("a", "volume/1", { monthlyUsd: 0 })), [])
    inEveryOrder(
      [
        claim("a", "volume/1", { claim: "delete" }, { status: "resolved" }),
        claim("b", "volume/1", { claim: "lifecycle" })
      ],
      ["b"]
    )
    inEveryOrder(
      [claim("a", "volume/1", { claim: "delete", monthlyUsd: 0 }), claim("b", "volume/1", { claim: "stop" })],
      ["b"]
    )
  })

  it("counts neither hygiene nor notices, which claim no money, nor what a person set aside", () => {
    const resource = { ...finding().resource, arn: arn("volume/1") }
    inEveryOrder(
      [
        claim("a", "volume/1", { claim: "lifecycle" }),
        withoutSaving("hygiene", { id: "b", resource }),
        withoutSaving("notice", { id: "c", resource }),
        claim("d", "volume/1", { claim: "delete" }, { status: "snoozed" }),
        claim("e", "volume/1", { claim: "delete" }, { status: "suppressed" })
      ],
      ["a"]
    )
  })

  it("keeps of a finding what totals need, and no more", () => {
    const { id, savings } = claim("a", "volume/1", { covers: [arn("snapshot/1")] })
    const claimant = claimantOf(claim("a", "volume/1", { covers: [arn("snapshot/1")] }))
    assert.deepInclude(claimant, { id, kind: "money", owner: "shop" })
    assert.deepStrictEqual(claimant.savings, {
      monthlyUsd: savings?.monthlyUsd ?? 0,
      claim: "delete",
      counted: false,
      covers: [arn("snapshot/1")]
    })
    assert.deepStrictEqual(claimedArns(claimant), [arn("volume/1"), arn("snapshot/1")])
    assert.isNull(claimantOf(withoutSaving("hygiene")).savings)
    const untagged = { ...finding().resource, tags: { owner: "" } }
    assert.strictEqual(claimantOf(finding({ resource: untagged })).owner, "", "an empty tag names nobody")
  })

  it("takes what a claim covers as claimed: an image and the snapshots that it contains", () => {
    const image = claim("image", "image/1", { monthlyUsd: 30, covers: [arn("snapshot/1"), arn("snapshot/2")] })
    const snapshots = [claim("s1", "snapshot/1", { monthlyUsd: 10 }), claim("s3", "snapshot/3", { monthlyUsd: 10 })]
    inEveryOrder([image, ...snapshots], ["image", "s3"])
  })

  it("gives up a claim when what it covers is already claimed by a stronger one", () => {
    const image = claim("image", "image/1", { monthlyUsd: 30, covers: [arn("snapshot/1")] }, { confirmed: false })
    inEveryOrder([image, claim("s1", "snapshot/1", { monthlyUsd: 10 })], ["s1"])
  })

  it("does not let a claim that lost take what it covers away", () => {
    const image = claim("image", "image/1", { claim: "lifecycle", covers: [arn("snapshot/1")] })
    const better = claim("better", "image/1", { claim: "delete", monthlyUsd: 1 })
    inEveryOrder([image, better, claim("s1", "snapshot/1", { claim: "lifecycle", monthlyUsd: 1 })], ["better", "s1"])
  })

  it("tells resources of different accounts apart", () => {
    const elsewhere = claim("b", "volume/1", {}, { account: "222222222222" })
    inEveryOrder([claim("a", "volume/1", {}), elsewhere], ["a", "b"])
  })
})
