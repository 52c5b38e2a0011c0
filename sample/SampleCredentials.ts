/** Credentials for the sample estate: the caller is its payer, and every account but the locked one lets it in. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AwsError, reasonOf } from "../core/aws/AwsError.ts"
import { Credentials } from "../core/aws/Credentials.ts"
import { estate } from "./organization.ts"
import { refusal } from "./Service.ts"

const callerArn = `arn:aws:sts::${estate.payer}:assumed-role/nightaudit/sample`

const provider = () => Promise.resolve({ accessKeyId: "sample", secretAccessKey: "sample" })

/** Enters the accounts of the sample estate. */
export const layer = Layer.succeed(Credentials, {
  caller: Effect.succeed({ account: estate.payer, arn: callerArn }),
  provider,
  takeRequests: Effect.succeed([]),
  session: (account) => {
    const known = estate.accounts.find(({ id }) => id === account)
    return known !== undefined && known.locked !== true
      ? Effect.succeed({ key: account, account, provider })
      : Effect.fail(
          new AwsError({ operation: "sts:AssumeRole", account, region: "us-east-1", reason: deniedRole(account) })
        )
  }
})

const deniedRole = (account: string) =>
  reasonOf(
    refusal(
      "AccessDenied",
      `User: ${callerArn} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${account}:role/nightaudit/scanner`,
      403
    )
  )
