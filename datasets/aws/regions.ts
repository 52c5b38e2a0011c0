import { DescribeRegionsCommand, EC2Client } from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { type AwsServices, complete, list, required } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { listOperation } from "../../core/aws/operation.ts"

export const describeRegions = listOperation(EC2Client, DescribeRegionsCommand, "ec2:DescribeRegions", "Regions", {
  neverEmpty: true
})

/** Every region of the partition by name, and whether the account has it enabled. No account is without one. */
export const regions: Effect.Effect<ReadonlyMap<string, boolean>, AwsError, AwsServices> = Effect.gen(function* () {
  const listed = yield* complete(
    list(describeRegions, { AllRegions: true }, (regions) =>
      regions.map(
        ({ OptInStatus, RegionName }) =>
          [required(RegionName, "Regions[].RegionName"), OptInStatus?.toLowerCase() !== "not-opted-in"] as const
      )
    )
  )
  return new Map(listed)
})
