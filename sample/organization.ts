/** Larkspur Outdoor, an online shop for tents and boots: one account that pays and three that work, in four regions. */
import { dataSandbox } from "./accounts/dataSandbox.ts"
import { payer } from "./accounts/payer.ts"
import { shopProduction } from "./accounts/shopProduction.ts"
import { shopStaging } from "./accounts/shopStaging.ts"
import { billing } from "./billing.ts"
import type { Estate } from "./estate.ts"

export const estate: Estate = {
  payer: payer.id,
  regions: ["ap-southeast-2", "eu-central-1", "eu-west-1", "us-east-1"],
  accounts: [payer, shopProduction, shopStaging, dataSandbox],
  billing
}
