/// <reference path="../.sst/platform/config.d.ts" />
/** What all functions have in common, and where they run. */
import { stageVariable } from "../functions/metrics.ts"
import { bundling } from "./bundling.ts"
import { tracingActions } from "./permissions.ts"
import type { StageSettings } from "./stages.ts"

/** Where functions run, and what they take along. */
export interface Surroundings {
  /** The configuration file. */
  readonly copyFiles: Array<{ readonly from: string; readonly to: string }>
  /** Private subnets, or Lambda's own network. */
  readonly vpc:
    | {
        readonly privateSubnets: sst.aws.Vpc["privateSubnets"]
        readonly securityGroups: Array<$util.Output<string>>
      }
    | undefined
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

/** What a transformation of SST's is: a function that changes what is made, or what is laid over it. */
const transformed = <A extends object>(before: unknown, args: A, ...rest: ReadonlyArray<unknown>): void => {
  if (typeof before === "function") before(args, ...rest)
  else Object.assign(args, before)
}

/**
 * What holds for every function. It knows its stage. It is traced, and may write its traces: Lambda refuses a function whose role may not. And its role is
 * Lambda's alone: SST 4.17.1 lets the whole account assume it, because it asks whether an Output is false, and that is never so.
 * Source: Lambda developer guide, "Visualize Lambda function invocations using AWS X-Ray"; shared/facts/sst.md, trap 1.
 */
export const everyFunction = (): void => {
  $transform(sst.aws.Function, (args) => {
    const before = args.transform
    args.environment = $resolve(args.environment ?? {}).apply((own) => ({ ...own, [stageVariable]: $app.stage }))
    args.permissions = $resolve(args.permissions ?? []).apply((own) => [
      ...own,
      { actions: tracingActions, resources: ["*"] }
    ])
    args.transform = {
      ...before,
      role: (role, options, name) => {
        transformed(before?.role, role, options, name)
        role.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" })
      },
      function: (made, options, name) => {
        transformed(before?.function, made, options, name)
        made.tracingConfig = { mode: "Active" }
      }
    }
  })
}
