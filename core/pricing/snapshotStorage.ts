/** What EBS snapshots cost: their gigabytes by tier, and fast restore by the hour. */
import type { SavingsTerm } from "../finding/Finding.ts"
import { term } from "../finding/savings.ts"
import { hoursPerMonth } from "../time.ts"
import type { PriceOf } from "./Prices.ts"

/** The part of a snapshot that is billed. */
export interface BilledSnapshot {
  /** Of the volume that it was made of. */
  readonly sizeGb: number
  /** Of the blocks that it refers to; undefined where EC2 does not tell. */
  readonly fullSizeBytes: number | undefined
  /** `standard` or `archive`. */
  readonly tier: string
}

/** The most that a snapshot can be billed for. A snapshot in the standard tier shares blocks with those before it. */
export const snapshotGb = ({ fullSizeBytes, sizeGb }: BilledSnapshot): number =>
  fullSizeBytes === undefined ? sizeGb : fullSizeBytes / 2 ** 30

/** The share of each of several owners that only together free a snapshot. */
export const shareOf = (snapshot: BilledSnapshot, owners: number): BilledSnapshot => ({
  sizeGb: snapshot.sizeGb / owners,
  fullSizeBytes: snapshot.fullSizeBytes === undefined ? undefined : snapshot.fullSizeBytes / owners,
  tier: snapshot.tier
})

/** One term for each tier that there is a snapshot in. */
export const snapshotTerms = (snapshots: ReadonlyArray<BilledSnapshot>, price: PriceOf): ReadonlyArray<SavingsTerm> =>
  [...Map.groupBy(snapshots, ({ tier }) => tier)].map(([tier, members]) =>
    term(
      `${tier} snapshot storage`,
      members.reduce((gb, snapshot) => gb + snapshotGb(snapshot), 0),
      "GB",
      tier === "archive" ? price("ebs.snapshotArchiveGBMonth") : price("ebs.snapshotGBMonth")
    )
  )

/** Fast restore is billed for every hour and zone. `zones` counts pairs of a snapshot and a zone, or shares of them. */
export const fastRestoreTerms = (zones: number, price: PriceOf): ReadonlyArray<SavingsTerm> =>
  zones === 0
    ? []
    : [term("fast snapshot restore", zones * hoursPerMonth, "zone-hours", price("ebs.fastSnapshotRestoreHour"))]
