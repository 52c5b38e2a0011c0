import { assert, describe, it } from "@effect/vitest"
import scan from "../../../scans/cost/get_cost_optimization_rds.ts"
import { advise, itIsAboutTheHub, recommendation } from "./hub.ts"

const arn = "arn:aws:rds:eu-central-1:222222222222:db:orders"

const instance = recommendation({
  resourceType: "RdsDbInstance",
  resourceId: "orders",
  resourceArn: arn,
  currentSummary: "db.r6g.xlarge",
  recommendedSummary: "db.r6g.large"
})
const storage = recommendation({
  ...instance,
  resourceType: "RdsDbInstanceStorage",
  action: "Upgrade",
  monthlySavings: 12,
  currentSummary: "io1",
  recommendedSummary: "gp3"
})
const cluster = recommendation({
  resourceType: "AuroraDbClusterStorage",
  resourceId: "catalogue",
  resourceArn: "arn:aws:rds:eu-central-1:222222222222:cluster:catalogue",
  action: "Upgrade",
  recommendedSummary: "Aurora I/O-Optimized"
})

describe("get_cost_optimization_rds", () => {
  itIsAboutTheHub(scan, instance)

  it("keeps storage beside its instance, because the two add up", () => {
    const { flags } = advise(scan, [instance, storage])
    assert.deepStrictEqual(
      flags.map(({ resource, savings }) => [resource.arn, savings?.monthlyUsd, savings?.claim]),
      [
        [arn, 35.5, "rightsize"],
        [`${arn}#storage`, 12, "modernise"]
      ]
    )
  })

  it("takes the storage of Aurora, and leaves storage out where it is not wanted", () => {
    assert.deepStrictEqual(advise(scan, [instance, storage, cluster]).flagged, [
      "catalogue: upgrade",
      "orders: rightsize",
      "orders: upgrade"
    ])
    assert.deepStrictEqual(advise(scan, [instance, storage, cluster], { includeStorage: false }).flagged, [
      "orders: rightsize"
    ])
    assert.strictEqual(advise(scan, [cluster]).flags[0]?.resource.type, "rds:db-cluster")
  })
})
