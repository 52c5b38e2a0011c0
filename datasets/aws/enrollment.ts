/** What an account and its organisation have switched on and may use: asked before a deployment, and by no scan. */
import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda"
import { ListAWSServiceAccessForOrganizationCommand, OrganizationsClient } from "@aws-sdk/client-organizations"
import type * as Effect from "effect/Effect"
import { type AwsServices, complete, list, required, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { paging } from "./organizations.ts"

const listServiceAccess = listOperation(
  OrganizationsClient,
  ListAWSServiceAccessForOrganizationCommand,
  "organizations:ListAWSServiceAccessForOrganization",
  "EnabledServicePrincipals",
  { paging }
)

/** The principals of the services that the organisation trusts. Asked by the management account or a delegated administrator. */
export const trustedServices: Effect.Effect<ReadonlyArray<string>, AwsError, AwsServices> = complete(
  list(listServiceAccess, {}, (principals) =>
    principals.map(({ ServicePrincipal }) => required(ServicePrincipal, "EnabledServicePrincipals[].ServicePrincipal"))
  )
)

const getAccountSettings = operation(LambdaClient, GetAccountSettingsCommand, "lambda:GetAccountSettings")

/** Executions that may run at once in the account and region, and how many of them no function has set aside. */
export const concurrency: Effect.Effect<{ readonly all: number; readonly unreserved: number }, AwsError, AwsServices> =
  send(getAccountSettings, {}, ({ AccountLimit }) => ({
    all: required(AccountLimit?.ConcurrentExecutions, "AccountLimit.ConcurrentExecutions"),
    unreserved: required(AccountLimit?.UnreservedConcurrentExecutions, "AccountLimit.UnreservedConcurrentExecutions")
  }))
