/** Tables whose capacity is too small, too large or just right. */
import type { Region } from "../../../estate.ts"
import { teams } from "../../../helpers.ts"

const { logistics, marketing, web } = teams("production")

export const tables: Region["tables"] = [
  // Too small: its index cannot keep up with what is written.
  {
    name: "stock-reservations",
    created: "2022-08-22",
    gb: 6,
    items: 1_900_000,
    provisioned: { reads: 300, writes: 360 },
    reads: 13_000_000,
    writes: 21_000_000,
    indexes: [
      {
        name: "by-warehouse",
        gb: 2,
        items: 1_900_000,
        provisioned: { reads: 60, writes: 250 },
        reads: 2_600_000,
        writes: 21_000_000,
        throttled: { writes: 86_000, cause: "ProvisionedThroughput" }
      }
    ],
    tags: logistics
  },
  // Throttled for another reason: one campaign's item is read all the time.
  {
    name: "promotions",
    created: "2024-03-18",
    gb: 0.2,
    items: 900,
    reads: 180_000,
    writes: 400,
    throttled: { reads: 2_100, cause: "KeyRangeThroughput" },
    tags: marketing
  },
  // Too large: made for a campaign that was over in summer.
  {
    name: "delivery-quotes",
    created: "2023-05-08",
    gb: 11,
    items: 2_700_000,
    provisioned: { reads: 800, writes: 200 },
    reads: 3_100_000,
    writes: 870_000,
    tags: logistics
  },
  // Just right: its reads are scaled, and two thirds of it are used.
  {
    name: "search-history",
    created: "2023-05-08",
    gb: 9,
    items: 5_200_000,
    provisioned: { reads: 100, writes: 150 },
    reads: 5_700_000,
    writes: 8_400_000,
    tags: web
  }
]

export const tableTargets: Region["scalableTargets"] = [
  {
    name: "table/search-history",
    dimension: "dynamodb:table:ReadCapacityUnits",
    minimum: 20,
    maximum: 400,
    tracks: { metric: "DynamoDBReadCapacityUtilization", target: 70 }
  }
]
