import * as Effect from "effect/Effect"
import type { Severity } from "../../core/finding/Finding.ts"
import type { Dimension } from "../../core/run/Rollup.ts"
import { severities } from "../../core/store/query.ts"
import { billLines, totals as totalsBy } from "../../query/totals.ts"
import { catalogue } from "../../audit/catalogue.ts"
import { categories } from "../catalogue.ts"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import { heading, tableOf, text } from "../output/document.ts"
import { instant, listed, plural } from "../../core/format.ts"
import { pricingLine } from "../../core/run/pricingLine.ts"
import type { Format } from "../output/formats.ts"
import { jsonValue } from "../output/json.ts"
import { show } from "../output/show.ts"
import { dimensionSheet, sumsBlocks } from "../output/totals.ts"
import { unknownName, usageProblem } from "../Problem.ts"
import { showingOf } from "./runResult.ts"

export interface TotalsInput extends PlaceInput {
  readonly by: Dimension
  readonly accounts: ReadonlyArray<string>
  readonly regions: ReadonlyArray<string>
  readonly services: ReadonlyArray<string>
  readonly categories: ReadonlyArray<string>
  readonly scans: ReadonlyArray<string>
  readonly severities: ReadonlyArray<string>
  readonly owners: ReadonlyArray<string>
  readonly format: Format
}

const some = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> | undefined => (values.length === 0 ? undefined : values)

const unknownNames = (kind: string, written: ReadonlyArray<string>, known: ReadonlyArray<string>) =>
  written.filter((name) => !known.includes(name)).map((name) => unknownName(kind, name, known))

/** What is wasted, by one dimension, with filters by the others. */
export const totals = Effect.fn("cli.totals")(function* (input: TotalsInput) {
  const problems = [
    ...unknownNames(
      "scan",
      input.scans,
      catalogue.map(({ name }) => name)
    ),
    ...unknownNames("category", input.categories, categories),
    ...unknownNames("severity", input.severities, severities)
  ]
  if (problems.length > 0) return yield* usageProblem(...problems)
  yield* withStore(
    input,
    Effect.gen(function* () {
      const { aboveBill, asOf, pricing, rows, unsettled, whole } = yield* totalsBy({
        by: input.by,
        accounts: some(input.accounts),
        regions: some(input.regions),
        services: some(input.services),
        categories: some(input.categories),
        scans: some(input.scans),
        severities: some(input.severities as ReadonlyArray<Severity>),
        owners: some(input.owners)
      })
      if (asOf === null) {
        return yield* usageProblem(
          unsettled.length === 0
            ? "There are no totals yet: they are written by a `nightaudit scan` of all that is configured, without --accounts, --regions, --categories or --scans."
            : `There are no totals of ${listed(unsettled)}: no scan of all that is configured has covered ${unsettled.length === 1 ? "it" : "them"}.`
        )
      }
      const showing = yield* showingOf
      const sheet = dimensionSheet(input.by, rows, showing)
      const time =
        asOf.oldest === asOf.newest
          ? `As of ${instant(asOf.newest)}.`
          : `As of ${instant(asOf.oldest)} to ${instant(asOf.newest)}, by account.`
      yield* show(input.format, {
        document: [
          heading(`Waste by ${input.by}`),
          tableOf(sheet),
          heading("Together"),
          ...sumsBlocks(whole),
          text(pricingLine(pricing), "dim"),
          ...billLines(aboveBill).map((line) => text(line, "dim")),
          text(time, "dim"),
          ...(unsettled.length === 0
            ? []
            : [
                text(
                  `Without ${plural(unsettled.length, "account")} that no run has settled: ${listed(unsettled)}.`,
                  "dim"
                )
              ])
        ],
        sheet,
        json: jsonValue({ by: input.by, rows, whole, pricing: pricing ?? null, aboveBill, asOf, unsettled })
      })
    })
  )
})
