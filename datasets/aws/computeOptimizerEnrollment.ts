/** Whether Compute Optimizer is switched on: asked before a deployment, and by scans of what it advises. */
import { ComputeOptimizerClient, GetEnrollmentStatusCommand } from "@aws-sdk/client-compute-optimizer"
import type * as Effect from "effect/Effect"
import { type AwsServices, required, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { operation } from "../../core/aws/operation.ts"

export const getEnrollmentStatus = operation(
  ComputeOptimizerClient,
  GetEnrollmentStatusCommand,
  "compute-optimizer:GetEnrollmentStatus"
)

/** Whether the account has opted in, `Active` when it has, since when, and whether its organisation's members have with it. */
export const enrollmentStatus: Effect.Effect<
  { readonly status: string; readonly members: boolean; readonly since: Date | undefined },
  AwsError,
  AwsServices
> = send(getEnrollmentStatus, {}, ({ lastUpdatedTimestamp, memberAccountsEnrolled, status }) => ({
  status: required(status, "status"),
  members: memberAccountsEnrolled === true,
  since: lastUpdatedTimestamp
}))
