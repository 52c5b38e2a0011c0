/** The charges of the month to date as CloudWatch publishes them, as a run has read them of its payer. */

/** The dataset that has them. */
export const chargesName = "billing.estimatedCharges"

/** In USD, from the first of the month on. Of the whole bill where neither account nor service is named. */
export interface EstimatedCharge {
  readonly account: string | null
  /** As CloudWatch names it: `AmazonEC2`, and not as the bill does. */
  readonly service: string | null
  /** The day of the newest value: `2026-11-20`. */
  readonly day: string
  readonly usd: number
}
