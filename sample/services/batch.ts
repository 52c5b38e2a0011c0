/** Batch: the estate has no compute environment. */
import type { DescribeComputeEnvironmentsCommandOutput } from "@aws-sdk/client-batch"
import { type Answer, defineService } from "../Service.ts"

export default defineService({
  answers: {
    "batch:DescribeComputeEnvironments": (): Answer<DescribeComputeEnvironmentsCommandOutput> => ({
      computeEnvironments: []
    })
  }
})
