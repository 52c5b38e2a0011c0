import { assert, describe, it } from "@effect/vitest"
import scan from "../../../scans/cost/get_cost_optimization_ec2.ts"
import { advise, itIsAboutTheHub, recommendation } from "./hub.ts"

const group = recommendation({
  resourceType: "Ec2AutoScalingGroup",
  resourceId: "web",
  resourceArn: "arn:aws:autoscaling:eu-central-1:222222222222:autoScalingGroup:1:autoScalingGroupName/web"
})

describe("get_cost_optimization_ec2", () => {
  itIsAboutTheHub(scan, recommendation())

  it("takes Auto Scaling groups as well, unless they are not wanted", () => {
    assert.deepStrictEqual(advise(scan, [recommendation(), group]).flagged, ["i-1: rightsize", "web: rightsize"])
    assert.deepStrictEqual(advise(scan, [recommendation(), group], { includeAutoScalingGroups: false }).flagged, [
      "i-1: rightsize"
    ])
    assert.strictEqual(advise(scan, [group]).flags[0]?.resource.type, "autoscaling:auto-scaling-group")
  })

  it("leaves Graviton out where it is not wanted, also where it would have been the best option", () => {
    const graviton = recommendation({
      action: "MigrateToGraviton",
      monthlySavings: 50,
      recommendedSummary: "m7g.large"
    })
    const options = [recommendation(), graviton]
    assert.deepStrictEqual(advise(scan, options).flagged, ["i-1: migrate_to_graviton"])
    const [flag] = advise(scan, options, { includeGraviton: false }).flags
    assert.deepStrictEqual([flag?.reasons, flag?.evidence["otherOptions"]], [["rightsize"], []])
  })

  it("counts the best single action of an instance", () => {
    const { flags } = advise(scan, [
      recommendation(),
      recommendation({ action: "Stop", monthlySavings: 71.01 }),
      recommendation({ action: "MigrateToGraviton", monthlySavings: 14 })
    ])
    assert.deepStrictEqual(
      flags.map(({ reasons, savings }) => [reasons[0], savings?.monthlyUsd, savings?.claim]),
      [["stop", 71.01, "stop"]]
    )
  })
})
