import { type Reading, unknown as notKnown } from "../../core/Reading.ts"
import { need, type Step } from "../Scan.ts"

/**
 * Whether a resource was made after the day from which on it is judged. AWS dates what it has finished making; a date that is missing
 * later is not known, and no sign of youth.
 */
export function* isYoung(
  { createdAt, status }: { readonly createdAt: Date | undefined; readonly status: string },
  since: Date
): Generator<Step, boolean, any> {
  if (createdAt === undefined && status === "creating") return true
  const told: Reading<Date> =
    createdAt === undefined ? notKnown("AWS does not tell when it was created") : { known: true, value: createdAt }
  return (yield* need(told)) > since
}
