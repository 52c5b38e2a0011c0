/**
 * The bill by usage type, which says what of a service was used: `EUC1-EBS:SnapshotUsage`, `EU-DataTransfer-Regional-Bytes`,
 * `USE2-ExtendedSupport:Yr1-Yr2:MySQL5.7`. Read from the payer; every page is charged.
 */
import type { ResultByTime } from "@aws-sdk/client-cost-explorer"
import * as Effect from "effect/Effect"
import { malformed, required } from "../../core/aws/Aws.ts"
import { cleanText } from "../../core/text.ts"
import { AsOf, dataset, family, whole } from "../engine/Dataset.ts"
import { amountOf, askCosts, byDimension, comparedWindow, type CostWindow, getCostAndUsage } from "./billing.ts"

/**
 * What regions are called in usage types. Source: AWS regions guide, "AWS Region billing codes"; GovCloud is from the
 * S3 user guide, "Understanding your AWS billing and usage reports for Amazon S3", and China was seen in exports of bills.
 */
const regionsByCode: Readonly<Record<string, string>> = {
  AFS1: "af-south-1",
  APE1: "ap-east-1",
  APE2: "ap-east-2",
  APN1: "ap-northeast-1",
  APN2: "ap-northeast-2",
  APN3: "ap-northeast-3",
  APS1: "ap-southeast-1",
  APS2: "ap-southeast-2",
  APS3: "ap-south-1",
  APS4: "ap-southeast-3",
  APS5: "ap-south-2",
  APS6: "ap-southeast-4",
  APS7: "ap-southeast-5",
  APS8: "ap-southeast-6",
  APS9: "ap-southeast-7",
  CAN1: "ca-central-1",
  CAN2: "ca-west-1",
  CNN1: "cn-north-1",
  CNW1: "cn-northwest-1",
  EU: "eu-west-1",
  EUC1: "eu-central-1",
  EUC2: "eu-central-2",
  EUN1: "eu-north-1",
  EUS1: "eu-south-1",
  EUS2: "eu-south-2",
  EUW1: "eu-west-1",
  EUW2: "eu-west-2",
  EUW3: "eu-west-3",
  ILC1: "il-central-1",
  MEC1: "me-central-1",
  MES1: "me-south-1",
  MXC1: "mx-central-1",
  SAE1: "sa-east-1",
  UGE1: "us-gov-east-1",
  UGW1: "us-gov-west-1",
  USE1: "us-east-1",
  USE2: "us-east-2",
  USW1: "us-west-1",
  USW2: "us-west-2"
}

/** A usage type without its region: `EUC1-EBS:SnapshotUsage` is `EBS:SnapshotUsage` of `eu-central-1`. */
export interface UsageTypeParts {
  readonly name: string
  /** Undefined where the code is not known, such as that of a Local Zone. What has no code is of us-east-1. */
  readonly region: string | undefined
}

export const partsOf = (usageType: string): UsageTypeParts => {
  const [, code = "", name = ""] = /^([A-Z]{2,4}\d{0,2})-(.+)$/.exec(usageType) ?? []
  // DynamoDB's tables for infrequent access are named like a region.
  return code === "" || code === "IA" ? { name: usageType, region: "us-east-1" } : { name, region: regionsByCode[code] }
}

/** What one usage type came to, for a service or an account, in one day or month. */
export interface Usage {
  /** The service or the account. */
  readonly key: string
  /** As the bill writes it, with the region's code. */
  readonly usageType: string
  /** The first day of the day or month. */
  readonly start: string
  readonly amount: number
  readonly currency: string
  readonly quantity: number
  /** Such as `GB`, `GB-Mo` or `Hrs`; empty where the quantity has none. */
  readonly unit: string
  /** Whether AWS may still change it: until the month's invoice is final. */
  readonly estimated: boolean
}

/** Use alone: no fees, taxes and credits, and not what reservations and Savings Plans have paid for. */
const ofUse = { Dimensions: { Key: "RECORD_TYPE" as const, Values: ["Usage"] } }

const metrics = ["UnblendedCost", "UsageQuantity"]

/** `at` says which of the two groups is the usage type. */
const usageOf = (results: ReadonlyArray<ResultByTime>, at: 0 | 1) =>
  results.flatMap(({ Estimated, Groups, TimePeriod }) =>
    required(Groups, "ResultsByTime[].Groups").map(({ Keys, Metrics }): Usage => {
      const { UnblendedCost, UsageQuantity } = Metrics ?? {}
      const unit = UsageQuantity?.Unit ?? ""
      return {
        key: cleanText(required(Keys?.[1 - at], `Groups[].Keys[${1 - at}]`)),
        usageType: cleanText(required(Keys?.[at], `Groups[].Keys[${at}]`)),
        start: required(TimePeriod?.Start, "ResultsByTime[].TimePeriod.Start"),
        amount: amountOf(UnblendedCost?.Amount, "Groups[].Metrics.UnblendedCost.Amount"),
        currency: required(UnblendedCost?.Unit, "Groups[].Metrics.UnblendedCost.Unit").toUpperCase(),
        quantity: amountOf(UsageQuantity?.Amount, "Groups[].Metrics.UsageQuantity.Amount"),
        unit: unit === "N/A" ? "" : cleanText(unit),
        estimated: Estimated ?? false
      }
    })
  )

/** What was used of each service by usage type, over the whole organisation. */
export const ofServices = family("usageTypes.ofServices", (name, window: CostWindow) =>
  dataset<ReadonlyArray<Usage>>(name, {
    scope: "payer",
    operations: [getCostAndUsage],
    cacheHours: 12,
    costNote: "Cost Explorer charges $0.01 for every page of usage types.",
    read: Effect.fnUntraced(function* () {
      const rows = yield* askCosts(
        window,
        { Metrics: metrics, GroupBy: [byDimension("USAGE_TYPE"), byDimension("SERVICE")], Filter: ofUse },
        (results) => usageOf(results, 0),
        // Whoever can be asked uses something, so that an answer without any use has not been told yet.
        (rows) =>
          rows.length > 0
            ? Effect.void
            : Effect.flip(malformed(getCostAndUsage, "it tells of no use at all in these days"))
      )
      return whole(rows)
    })
  })
)

/** The last full month and the one before it: what analyze_data_transfer_costs reads by default, so that one paid answer serves all. */
export const ofLastMonths = ofServices(comparedWindow("", "", true))

/**
 * What scans of single accounts ask the bill for: snapshots, whose real size no other operation tells, and extended support, which is
 * charged only under conditions. Source: shared/facts/scans-verified.md B33.
 */
const ofInterest = /^EBS:Snapshot|extended-?support/i

/** What was used in one account in the last full month. */
export interface AccountUsage extends Omit<Usage, "key">, UsageTypeParts {
  readonly account: string
}

const isOfInterest = (usageType: string): boolean => ofInterest.test(partsOf(usageType).name)

/**
 * Snapshots and extended support by account and region in the last full month, for scans that cap or confirm a saving by the bill:
 * `EBS:SnapshotUsage` in GB-months, `ExtendedSupport:Yr1-Yr2:MySQL5.7` in vCPU-hours. An account that is not in it was charged
 * nothing; where it could not be read a saving that rests on it is none.
 */
export const ofAccounts = dataset<ReadonlyArray<AccountUsage>, { readonly types: typeof ofLastMonths }>(
  "usageTypes.ofAccounts",
  {
    scope: "payer",
    needs: { types: ofLastMonths },
    operations: [getCostAndUsage],
    cacheHours: 12,
    costNote:
      "Cost Explorer charges $0.01 for every page of the accounts with snapshots or extended support, and nothing where the bill shows neither.",
    read: Effect.fnUntraced(function* ({ types }) {
      const wanted = new Set(types.flatMap(({ usageType }) => (isOfInterest(usageType) ? usageType : [])))
      if (wanted.size === 0) return whole([])
      const window = comparedWindow("", "", false)
      const { start } = window.of(yield* AsOf)
      const rows = yield* askCosts(
        window,
        {
          Metrics: metrics,
          GroupBy: [byDimension("LINKED_ACCOUNT"), byDimension("USAGE_TYPE")],
          Filter: { And: [ofUse, { Dimensions: { Key: "USAGE_TYPE", Values: [...wanted].sort() } }] }
        },
        (results) => usageOf(results, 1),
        (rows) => {
          const told = new Set(rows.map(({ usageType }) => usageType))
          const untold = types.find(
            (one) => isOfInterest(one.usageType) && one.start >= start && one.amount > 0 && !told.has(one.usageType)
          )
          return untold === undefined
            ? Effect.void
            : Effect.flip(
                malformed(
                  getCostAndUsage,
                  `it tells no account of ${untold.usageType}, which the bill of these days has`
                )
              )
        }
      )
      return whole(rows.map(({ key, ...one }) => ({ account: key, ...one, ...partsOf(one.usageType) })))
    })
  }
)
