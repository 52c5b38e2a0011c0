/// <reference path="../.sst/platform/config.d.ts" />
/** What all functions have in common, and where they run. */
import { bundling } from "./bundling.ts"
import type { StageSettings } from "./stages.ts"

/** Where functions run, and what they take along. */
export interface Surroundings {
  /** The configuration file. */
  readonly copyFiles: Array<{ readonly from: string; readonly to: string }>
  /** Private subnets, or Lambda's own network. */
  readonly vpc: sst.aws.Vpc | undefined
}

/** The account, region and partition that are deployed to. */
export const identity = () => ({
  account: aws.getCallerIdentityOutput().accountId,
  region: aws.getRegionOutput().region,
  partition: aws.getPartitionOutput().partition
})

/** Lets a service of AWS assume a role for this account's own resources, and for no other account's. */
export const trustOf = (
  service: string,
  account: $util.Input<string>,
  conditions: Readonly<Record<string, unknown>> = {}
) =>
  $jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: service },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": account }, ...conditions }
      }
    ]
  })

const retention = { 7: "1 week", 30: "1 month", 90: "3 months" } as const

export const functionOptions = ({ logDays }: StageSettings, { copyFiles, vpc }: Surroundings) => ({
  runtime: "nodejs24.x" as const,
  architecture: "arm64" as const,
  nodejs: bundling,
  ...(copyFiles.length === 0 ? {} : { copyFiles }),
  logging: { retention: retention[logDays], format: "json" as const },
  ...(vpc === undefined ? {} : { vpc })
})

/**
 * SST 4.17.1 lets the whole account assume every function's role: it asks whether an Output is false, and that is never so.
 * Source: shared/facts/sst.md, trap 1.
 */
export const trustOnlyLambda = (): void => {
  $transform(sst.aws.Function, (args) => {
    const before = args.transform?.role
    args.transform = {
      ...args.transform,
      role: (role, options, name) => {
        if (typeof before === "function") before(role, options, name)
        else Object.assign(role, before)
        role.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" })
      }
    }
  })
}
