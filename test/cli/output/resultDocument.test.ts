import { assert, describe, it } from "@effect/vitest"
import { costFacts } from "../../../cli/output/resultDocument.ts"
import { usdPerGbScanned } from "../../../datasets/aws/logsInsights.ts"
import { noCost } from "../../../core/run/runCost.ts"

describe("what a run cost", () => {
  it("tells paid calls by what is billed: metrics have a plural, gigabytes have none and are not whole", () => {
    const paid = (service: string, operation: string, usd: number) => ({
      service,
      operation,
      calls: 5,
      throttled: 0,
      usd
    })
    const facts = new Map(
      costFacts({
        ...noCost,
        calls: [paid("logs", "StartQuery", 7.25 * usdPerGbScanned), paid("cloudwatch", "GetMetricData", 0.02)]
      })
    )
    assert.match(facts.get("  logs:StartQuery") ?? "", /^5 calls, 7\.25 GB scanned: /)
    assert.match(facts.get("  cloudwatch:GetMetricData") ?? "", /^5 calls, [\d,]+ metrics: /)
  })
})
