import {
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  type Account,
  OrganizationsClient
} from "@aws-sdk/client-organizations"
import * as Effect from "effect/Effect"
import { type AwsServices, complete, list, required, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { operation } from "../../core/aws/operation.ts"

// Organizations gives at most 20 a page. Source: shared/facts/aws-limits.md 2.
const paging = { size: ["MaxResults", 20], input: "NextToken", output: "NextToken" } as const

const describeOrganization = operation(
  OrganizationsClient,
  DescribeOrganizationCommand,
  "organizations:DescribeOrganization"
)
const listAccounts = operation(OrganizationsClient, ListAccountsCommand, "organizations:ListAccounts", { paging })
const listAccountsForParent = operation(
  OrganizationsClient,
  ListAccountsForParentCommand,
  "organizations:ListAccountsForParent",
  { paging }
)
const listUnits = operation(
  OrganizationsClient,
  ListOrganizationalUnitsForParentCommand,
  "organizations:ListOrganizationalUnitsForParent",
  { paging }
)

/** What the planning of a run may call; the caller's own credentials need it, no scanned account's role does. */
export const planningOperations = [describeOrganization, listAccounts, listAccountsForParent, listUnits]

export interface OrganizationAccount {
  readonly id: string
  readonly name: string
}

const active = (accounts: ReadonlyArray<Account> | undefined): ReadonlyArray<OrganizationAccount> =>
  (accounts ?? [])
    .filter(({ State, Status }) => (State ?? Status) === "ACTIVE")
    .map(({ Id, Name }) => ({ id: required(Id, "Accounts[].Id"), name: Name ?? "" }))

/** The id of the account that pays for the organisation of the caller. */
export const managementAccount: Effect.Effect<string, AwsError, AwsServices> = Effect.map(
  send(describeOrganization, {}),
  ({ Organization }) => Organization?.MasterAccountId ?? ""
)

/** Active accounts below the organizational units, or of the whole organisation when none is given. */
export const activeAccounts = Effect.fn("organizations.activeAccounts")(function* (
  units: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<OrganizationAccount>, AwsError, AwsServices> {
  // A list of accounts that is cut off would leave accounts out of the audit in silence.
  if (units.length === 0) return yield* complete(list(listAccounts, {}, (page) => active(page.Accounts)))
  const accounts = new Map<string, OrganizationAccount>()
  const waiting = [...units]
  for (let parent = waiting.pop(); parent !== undefined; parent = waiting.pop()) {
    const below = yield* complete(list(listAccountsForParent, { ParentId: parent }, (page) => active(page.Accounts)))
    for (const account of below) accounts.set(account.id, account)
    waiting.push(
      ...(yield* complete(
        list(listUnits, { ParentId: parent }, (page) => (page.OrganizationalUnits ?? []).flatMap(({ Id }) => Id ?? []))
      ))
    )
  }
  return [...accounts.values()]
})
