import {
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  type Account,
  OrganizationsClient
} from "@aws-sdk/client-organizations"
import * as Effect from "effect/Effect"
import { type AwsServices, complete, list, malformed, required, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"

/** Organizations gives at most 20 a page. Source: shared/facts/aws-limits.md 2. */
export const paging = { size: ["MaxResults", 20], input: "NextToken", output: "NextToken" } as const

const describeOrganization = operation(
  OrganizationsClient,
  DescribeOrganizationCommand,
  "organizations:DescribeOrganization"
)
const listAccounts = listOperation(OrganizationsClient, ListAccountsCommand, "organizations:ListAccounts", "Accounts", {
  paging
})
const listAccountsForParent = listOperation(
  OrganizationsClient,
  ListAccountsForParentCommand,
  "organizations:ListAccountsForParent",
  "Accounts",
  { paging }
)
const listUnits = listOperation(
  OrganizationsClient,
  ListOrganizationalUnitsForParentCommand,
  "organizations:ListOrganizationalUnitsForParent",
  "OrganizationalUnits",
  { paging }
)

/** What the planning of a run may call; the caller's own credentials need it, no scanned account's role does. */
export const planningOperations = [describeOrganization, listAccounts, listAccountsForParent, listUnits]

export interface OrganizationAccount {
  readonly id: string
  readonly name: string
}

/** An account without a state is not taken for a closed one: its findings would end with it. */
const active = (accounts: ReadonlyArray<Account>): ReadonlyArray<OrganizationAccount> =>
  accounts
    .filter(({ State, Status }) => required(State ?? Status, "Accounts[].Status").toUpperCase() === "ACTIVE")
    .map(({ Id, Name }) => ({ id: required(Id, "Accounts[].Id"), name: Name ?? "" }))

/** The id of the account that pays for the organisation of the caller. */
export const managementAccount: Effect.Effect<string, AwsError, AwsServices> = send(
  describeOrganization,
  {},
  ({ Organization }) => required(Organization?.MasterAccountId, "Organization.MasterAccountId")
)

/** The accounts below units, each once, however deep; those of `left` and what is below them are not entered. */
const accountsBelow = Effect.fnUntraced(function* (units: ReadonlyArray<string>, left: ReadonlyArray<string> = []) {
  const accounts = new Map<string, OrganizationAccount>()
  const waiting = [...units]
  const visited = new Set(left)
  for (let parent = waiting.pop(); parent !== undefined; parent = waiting.pop()) {
    if (visited.has(parent)) continue
    visited.add(parent)
    for (const account of yield* complete(list(listAccountsForParent, { ParentId: parent }, active))) {
      accounts.set(account.id, account)
    }
    waiting.push(
      ...(yield* complete(
        list(listUnits, { ParentId: parent }, (units) =>
          units.map(({ Id }) => required(Id, "OrganizationalUnits[].Id"))
        )
      ))
    )
  }
  return accounts
})

/**
 * Active accounts below the organizational units, or of the whole organisation when none is given, each once and without those below
 * the units that are left out. An organisation has an active account at least, the caller's, so a list without any is malformed and
 * not an empty organisation.
 */
export const activeAccounts = Effect.fn("organizations.activeAccounts")(function* (
  units: ReadonlyArray<string>,
  left: ReadonlyArray<string> = []
): Effect.fn.Return<ReadonlyArray<OrganizationAccount>, AwsError, AwsServices> {
  // A list of accounts that is cut off would leave accounts out of the audit in silence.
  if (units.length > 0) {
    const accounts = yield* accountsBelow(units, left)
    // Also where units are left out: an audit of no account would end the findings of all.
    if (accounts.size > 0) return [...accounts.values()]
    return yield* Effect.flatMap(malformed(listAccountsForParent, "Accounts has no active account"), Effect.fail)
  }
  const accounts = new Map<string, OrganizationAccount>()
  for (const account of yield* complete(list(listAccounts, {}, active))) accounts.set(account.id, account)
  if (accounts.size === 0) {
    return yield* Effect.flatMap(malformed(listAccounts, "Accounts has no active account"), Effect.fail)
  }
  for (const id of (yield* accountsBelow(left)).keys()) accounts.delete(id)
  return [...accounts.values()]
})
