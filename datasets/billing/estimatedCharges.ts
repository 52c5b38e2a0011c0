/**
 * What CloudWatch publishes of the bill: the charges of the month to date as AWS estimates them, several times a day. They are there where Cost
 * Explorer is off, in the payer and in us-east-1, once somebody has chosen to receive billing alerts. Source: CloudWatch user guide,
 * "Create a billing alarm to monitor your estimated AWS charges".
 */
import * as Effect from "effect/Effect"
import { chargesName, type EstimatedCharge } from "../../core/run/estimatedCharges.ts"
import { dataset, derived, readOf } from "../engine/Dataset.ts"
import { listMetrics, publishedSeries } from "../metrics/listMetrics.ts"
import { metricsOf } from "../metrics/metricsOf.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"

/** The largest value of a day is its newest, because charges only grow within a month. */
const asked = { namespace: "AWS/Billing", metric: "EstimatedCharges", statistic: "Maximum", days: 3 } as const

/** The dimensions of a series: the whole bill, or one account or service of it. */
interface Published {
  readonly dimensions: Readonly<Record<string, string>>
}

const specOf = ({ dimensions }: Published): SeriesSpec => ({ ...asked, dimensions })

/** Series in USD. Those of a service within an account are left out: nobody asks for them. */
const published = dataset<ReadonlyArray<Published>>("billing.publishedCharges", {
  scope: "payer",
  operations: [listMetrics],
  read: () =>
    Effect.map(publishedSeries(asked.namespace, asked.metric), ({ gaps, items }) =>
      readOf({
        gaps,
        items: items.flatMap(({ dimensions }): ReadonlyArray<Published> => {
          const { Currency, LinkedAccount, ServiceName, ...others } = dimensions
          const isOne = LinkedAccount === undefined || ServiceName === undefined
          return Currency === "USD" && isOne && Object.keys(others).length === 0 ? [{ dimensions }] : []
        })
      })
    )
})

const series = metricsOf("billing.chargeSeries", {
  scope: "payer",
  needs: { published },
  metrics: [asked],
  series: ({ published }) => published.map(specOf)
})

/** The newest value of each series that has one lately; none where billing alerts are not received. */
export const estimatedCharges = derived<
  ReadonlyArray<EstimatedCharge>,
  { readonly published: typeof published; readonly series: typeof series }
>(chargesName, {
  scope: "payer",
  needs: { published, series },
  inventory: ["published"],
  derive: ({ published, series }) =>
    published.flatMap((one): ReadonlyArray<EstimatedCharge> => {
      const points = series.points(specOf(one))
      const newest = points.known ? points.value.at(-1) : undefined
      const { LinkedAccount = null, ServiceName = null } = one.dimensions
      return newest === undefined
        ? []
        : [
            {
              account: LinkedAccount,
              service: ServiceName,
              day: newest.at.toISOString().slice(0, 10),
              usd: newest.value
            }
          ]
    })
})
