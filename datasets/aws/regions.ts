import { DescribeRegionsCommand, EC2Client } from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { type AwsServices, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { operation } from "../../core/aws/operation.ts"

export const describeRegions = operation(EC2Client, DescribeRegionsCommand, "ec2:DescribeRegions")

/** Regions that the account has enabled, by name. */
export const enabledRegions: Effect.Effect<ReadonlyArray<string>, AwsError, AwsServices> = Effect.map(
  send(describeRegions, {
    Filters: [{ Name: "opt-in-status", Values: ["opt-in-not-required", "opted-in"] }]
  }),
  ({ Regions }) => (Regions ?? []).flatMap(({ RegionName }) => RegionName ?? []).sort()
)
