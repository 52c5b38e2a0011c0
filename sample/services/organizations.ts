import type {
  DescribeOrganizationCommandOutput,
  ListAccountsCommandInput,
  ListAccountsCommandOutput,
  ListAccountsForParentCommandInput,
  ListAccountsForParentCommandOutput,
  ListOrganizationalUnitsForParentCommandOutput
} from "@aws-sdk/client-organizations"
import { type Answer, defineService, type Here, pageOf, refusal } from "../Service.ts"

const most = 20

const accountsOf = (here: Here) =>
  here.estate.accounts.map(({ id, name }) => ({
    Id: id,
    Name: name,
    Arn: `arn:aws:organizations::${here.estate.payer}:account/o-larkspur01/${id}`,
    Email: `aws+${name}@larkspur-outdoor.example`,
    State: "ACTIVE" as const,
    Status: "ACTIVE" as const
  }))

const rootId = "r-lark"

export default defineService({
  answers: {
    "organizations:DescribeOrganization": (here): Answer<DescribeOrganizationCommandOutput> => ({
      Organization: { Id: "o-larkspur01", FeatureSet: "ALL", MasterAccountId: here.estate.payer }
    }),

    "organizations:ListAccounts": (here, input: ListAccountsCommandInput): Answer<ListAccountsCommandOutput> => {
      const { items, next } = pageOf(accountsOf(here), input.NextToken, input.MaxResults, most)
      return { Accounts: items, NextToken: next }
    },

    /** All accounts lie directly below the root. */
    "organizations:ListAccountsForParent": (
      here,
      input: ListAccountsForParentCommandInput
    ): Answer<ListAccountsForParentCommandOutput> => {
      if (input.ParentId !== rootId)
        throw refusal("ParentNotFoundException", "You specified parent that doesn't exist.")
      const { items, next } = pageOf(accountsOf(here), input.NextToken, input.MaxResults, most)
      return { Accounts: items, NextToken: next }
    },

    "organizations:ListOrganizationalUnitsForParent": (): Answer<ListOrganizationalUnitsForParentCommandOutput> => ({
      OrganizationalUnits: []
    })
  }
})
