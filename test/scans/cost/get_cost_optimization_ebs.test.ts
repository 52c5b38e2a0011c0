import { assert, describe, it } from "@effect/vitest"
import scan from "../../../scans/cost/get_cost_optimization_ebs.ts"
import { advise, itIsAboutTheHub, recommendation } from "./hub.ts"

const volume = recommendation({
  resourceType: "EbsVolume",
  resourceId: "vol-1",
  resourceArn: "arn:aws:ec2:eu-central-1:222222222222:volume/vol-1",
  currentSummary: "1000.0 GB/gp3/6000 IOPS",
  recommendedSummary: "1000.0 GB/gp3/3000 IOPS"
})

describe("get_cost_optimization_ebs", () => {
  itIsAboutTheHub(scan, volume)

  it("says whether a volume is to be deleted, retyped or shrunk", () => {
    const reasonOf = (action: string) => {
      const [flag] = advise(scan, [{ ...volume, action }]).flags
      return [flag?.reasons[0], flag?.savings?.claim]
    }
    assert.deepStrictEqual(reasonOf("Delete"), ["delete", "delete"])
    assert.deepStrictEqual(reasonOf("Upgrade"), ["upgrade", "modernise"])
    assert.deepStrictEqual(reasonOf("Rightsize"), ["rightsize", "rightsize"])
  })
})
