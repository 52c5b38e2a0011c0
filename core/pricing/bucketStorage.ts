/** What the bytes in a bucket cost a month, by the storage types under which CloudWatch counts them. */
import type { SavingsTerm } from "../finding/Finding.ts"
import { term } from "../finding/savings.ts"
import type { Price, PriceOf } from "./Prices.ts"
import { sharedTierSaving, type Tiers } from "./tiers.ts"
import { unknownPrice } from "./unknownPrice.ts"

/** S3 Standard counts all buckets of a region together. Source: shared/scans.md 7. */
const standardTiers = (price: PriceOf): Tiers => ({
  unit: "GB",
  steps: [
    { label: "Standard", upTo: 50 * 1024, price: price("s3.standardGBMonth_first50TB") },
    { label: "Standard", upTo: 500 * 1024, price: price("s3.standardGBMonth_next450TB") },
    { label: "Standard", upTo: Number.POSITIVE_INFINITY, price: price("s3.standardGBMonth_over500TB") }
  ]
})

/** S3 Standard in all buckets of a region, and what of it goes together. */
export interface StandardUse {
  readonly regionGb: number
  readonly removedGb: number
}

/** Whether S3 Standard of a region has one price, so that what goes together saves no more than what goes alone. */
export const isOneStandardPrice = (regionGb: number, price: PriceOf): boolean =>
  regionGb <= (standardTiers(price).steps[0]?.upTo ?? 0)

/** The share that `gb` have in what goes of a region's S3 Standard; all that goes, goes from the cheapest tier that is reached. */
export const standardTerms = (
  gb: number,
  { regionGb, removedGb }: StandardUse,
  price: PriceOf
): ReadonlyArray<SavingsTerm> => sharedTierSaving(regionGb, removedGb, standardTiers(price))(gb)

// The index and the name of each archived object are kept in Standard; small objects are billed as if they were larger.
const priceOfType = (type: string, price: PriceOf): Price => {
  switch (type) {
    case "IntelligentTieringFAStorage":
      return price("s3.intFAGBMonth_first50TB")
    case "IntelligentTieringIAStorage":
      return price("s3.intIAGBMonth")
    case "IntelligentTieringAIAStorage":
      return price("s3.intAIAGBMonth")
    case "IntelligentTieringAAStorage":
    case "IntAAObjectOverhead":
      return price("s3.intArchiveGBMonth")
    case "IntelligentTieringDAAStorage":
    case "IntDAAObjectOverhead":
      return price("s3.intDeepArchiveGBMonth")
    case "StandardIAStorage":
    case "StandardIASizeOverhead":
      return price("s3.standardIAGBMonth")
    case "OneZoneIAStorage":
    case "OneZoneIASizeOverhead":
      return price("s3.oneZoneIAGBMonth")
    case "GlacierInstantRetrievalStorage":
    case "GlacierIRSizeOverhead":
      return price("s3.glacierInstantGBMonth")
    case "GlacierStorage":
    case "GlacierObjectOverhead":
      return price("s3.glacierFlexibleGBMonth")
    case "DeepArchiveStorage":
    case "DeepArchiveObjectOverhead":
      return price("s3.deepArchiveGBMonth")
    case "GlacierStagingStorage":
    case "DeepArchiveStagingStorage":
    case "GlacierS3ObjectOverhead":
    case "DeepArchiveS3ObjectOverhead":
    case "IntAAS3ObjectOverhead":
    case "IntDAAS3ObjectOverhead":
      return price("s3.standardGBMonth_first50TB")
    default:
      // AWS adds storage types; bytes without a price leave no figure, and the bucket is still reported.
      return unknownPrice(
        { ...price("s3.standardGBMonth_first50TB"), fact: `s3.${type}` },
        `no price is known for ${type}`
      )
  }
}

/** One term for each storage type that the bucket holds, and one for each tier of S3 Standard. */
export const bucketStorageTerms = (
  gbByType: Readonly<Record<string, number>>,
  standard: StandardUse,
  price: PriceOf
): ReadonlyArray<SavingsTerm> =>
  Object.entries(gbByType).flatMap(([type, gb]) =>
    type === "StandardStorage"
      ? standardTerms(gb, standard, price)
      : [term(type.replace(/Storage$/, ""), gb, "GB", priceOfType(type, price))]
  )

/** What is read of the Standard objects of a bucket in a month. */
export interface ReadUse {
  readonly getsPerMonth: number
  readonly downloadedGbPerMonth: number
}

/** The sum of terms a month; undefined while one of them has no price. */
export const totalOf = (terms: ReadonlyArray<SavingsTerm>): number | undefined =>
  terms.some(({ monthlyUsd }) => monthlyUsd === null)
    ? undefined
    : terms.reduce((usd, { monthlyUsd }) => usd + (monthlyUsd ?? 0), 0)

/**
 * What is saved with all `gb` in a class that is cheaper to keep and dearer to read. A GET request costs 2.5 times the Standard
 * price in Standard-IA and 25 times in Glacier Instant Retrieval; the factors are from memory. Classes without a price are
 * left out.
 */
export const colderClasses = (gb: number, use: ReadUse, standard: StandardUse, price: PriceOf) =>
  (
    [
      {
        reason: "standard_ia",
        label: "Standard-IA",
        storage: price("s3.standardIAGBMonth"),
        retrieval: price("s3.iaRetrievalGB"),
        transitionPrice: price("s3.lifecycleToIARequest"),
        getFactor: 2.5
      },
      {
        reason: "glacier_ir",
        label: "Glacier Instant Retrieval",
        storage: price("s3.glacierInstantGBMonth"),
        retrieval: price("s3.glacierIRRetrievalGB"),
        transitionPrice: price("s3.lifecycleToGlacierIRRequest"),
        getFactor: 25
      }
    ] as const
  ).flatMap(({ getFactor, label, reason, retrieval, storage, transitionPrice }) => {
    const terms = [
      ...standardTerms(gb, standard, price),
      term(label, -gb, "GB", storage),
      term("retrieval", -use.downloadedGbPerMonth, "GB", retrieval),
      term(
        `GET requests at ${getFactor} times the price`,
        -use.getsPerMonth * (getFactor - 1),
        "request",
        price("s3.getRequest")
      )
    ]
    const monthlyUsd = totalOf(terms)
    return monthlyUsd === undefined ? [] : [{ reason, terms, monthlyUsd, transitionPrice }]
  })

/** What Intelligent-Tiering saves when `coldGb` are not read for 90 days. It watches each of the `objects` for a fee. */
export const intelligentTieringTerms = (
  coldGb: number,
  objects: number,
  standard: StandardUse,
  price: PriceOf
): ReadonlyArray<SavingsTerm> => [
  ...standardTerms(coldGb, standard, price),
  term("Intelligent-Tiering, not read for 90 days", -coldGb, "GB", price("s3.intAIAGBMonth")),
  term("monitoring", -objects, "object-month", price("s3.intMonitoringPerObjectMonth"))
]
