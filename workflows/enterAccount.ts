/** The way into an account. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { CallLedger } from "../core/aws/CallLedger.ts"
import { Credentials } from "../core/aws/Credentials.ts"
import type { IamAction } from "../core/aws/operation.ts"
import { countRequests } from "./runLedger.ts"

/** The role that is assumed in accounts other than the caller's own; undefined to use the caller's credentials everywhere. */
export const EnterRole = Context.Reference<
  { readonly roleName: string; readonly externalId?: string | undefined; readonly everywhere?: boolean } | undefined
>("nightaudit/workflows/EnterRole", { defaultValue: () => undefined })

/** Enters an account with a session that allows no more than these actions. */
export const enterAccount = Effect.fnUntraced(function* (
  account: string,
  actions: ReadonlyArray<IamAction>,
  ledger: CallLedger["Service"]
) {
  const credentials = yield* Credentials
  const role = yield* EnterRole
  return yield* Effect.ensuring(
    credentials.session(account, role === undefined ? undefined : { ...role, actions }),
    countRequests(ledger)
  )
})
