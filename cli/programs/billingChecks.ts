/** What is known about the bill: who pays, and what AWS has been asked to look at. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { CallerIdentity } from "../../core/aws/Credentials.ts"
import { type Partition, payerRegion } from "../../core/Scope.ts"
import { managementAccount } from "../../datasets/aws/organizations.ts"
import { askCosts, enrollment, lastDays } from "../../datasets/billing/billing.ts"
import { AsOf } from "../../datasets/engine/Dataset.ts"
import { SeriesReader } from "../../datasets/metrics/SeriesReader.ts"
import { actionOf, inAccount, ok, warn } from "./checks.ts"

/** Whether the payer is enrolled in Cost Optimization Hub. Without a delegation only the payer is told. */
const hubCheck = Effect.fnUntraced(function* (caller: CallerIdentity, partition: Partition) {
  // Nothing of it is a metric.
  const noSeries = SeriesReader.make(new Date(0), [])
  const here = inAccount(caller.account, payerRegion, partition)
  const hub = yield* Effect.result(
    Effect.scoped(Effect.provideServiceEffect(here(enrollment.read({}, {})), SeriesReader, noSeries))
  )
  return hub._tag === "Success"
    ? ok("Cost Optimization Hub", "enrolled")
    : warn(
        "Cost Optimization Hub",
        hub.failure.message,
        hub.failure.reason._tag === "NotEnabled"
          ? (hub.failure.reason.howTo ?? "Enable it in the Billing console of the payer; it is free.")
          : hub.failure.reason._tag === "AccessDenied"
            ? `Allow ${actionOf(hub.failure)} in the payer, or leave the scan out.`
            : "Try again; if it stays like this, a scan will name it as a gap."
      )
})

/** Whether Cost Explorer answers: one request about yesterday, of a cent. */
const explorerCheck = Effect.fnUntraced(function* (caller: CallerIdentity, partition: Partition) {
  const name = "Cost Explorer"
  const here = inAccount(caller.account, payerRegion, partition)
  const now = new Date(yield* Clock.currentTimeMillis)
  const answer = yield* here(askCosts(lastDays(1), { Metrics: ["UnblendedCost"] }, (days) => days)).pipe(
    Effect.provideService(AsOf, now),
    Effect.result
  )
  if (answer._tag === "Success") return ok(name, `answers in ${caller.account}`)
  const { message, reason } = answer.failure
  return warn(
    name,
    message,
    reason._tag === "NotEnabled"
      ? (reason.howTo ?? "Enable it in the Billing console of the payer.")
      : reason._tag === "AccessDenied"
        ? `Allow ${actionOf(answer.failure)}; until then nothing about the bill is known.`
        : "Try again; if it stays like this, a scan will name it as a gap."
  )
})

/** What is known about the bill. Cost Explorer is asked where a cent may be spent on it. */
export const billingChecks = Effect.fnUntraced(function* (
  caller: CallerIdentity,
  partition: Partition,
  mayAskExplorer: boolean
) {
  const here = inAccount(caller.account, payerRegion, partition)
  const payer = yield* Effect.result(here(managementAccount))
  const payerCheck =
    payer._tag === "Success"
      ? payer.success === caller.account
        ? ok("Billing", `${caller.account} pays for the organisation`)
        : ok(
            "Billing",
            `${payer.success} pays for the organisation; its billing data is read when it is part of the scan`
          )
      : payer.failure.reason._tag === "NotEnabled"
        ? ok("Billing", `${caller.account} is in no organisation and pays for itself`)
        : warn(
            "Billing",
            payer.failure.message,
            'Allow organizations:DescribeOrganization, or set "payer" in the configuration; until then nothing about the bill is known.'
          )
  const explorer = mayAskExplorer
    ? yield* explorerCheck(caller, partition)
    : warn(
        "Cost Explorer",
        "not asked, because each request costs $0.01; where it is off or denied nothing about the bill is known",
        "`--ask-cost-explorer` asks once."
      )
  return [payerCheck, yield* hubCheck(caller, partition), explorer]
})
