/** What is known about the bill: who pays, and what AWS has been asked to look at. */
import * as Effect from "effect/Effect"
import type { CallerIdentity } from "../../core/aws/Credentials.ts"
import { type Partition, payerRegion } from "../../core/Scope.ts"
import { managementAccount } from "../../datasets/aws/organizations.ts"
import { enrollment } from "../../datasets/billing/billing.ts"
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

export const billingChecks = Effect.fnUntraced(function* (caller: CallerIdentity, partition: Partition) {
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
  const explorer = ok(
    "Cost Explorer",
    "not asked, because each request costs $0.01; a scan says so where it is not enabled"
  )
  return [payerCheck, yield* hubCheck(caller, partition), explorer]
})
