/** Keys that encrypt what the shop stores. */
import type { Region } from "../../../estate.ts"

export const keys: Partial<Region> = {
  keys: [
    { name: "uploads" },
    { name: "orders" },
    // A risk: a bucket still names it.
    { name: "data-lake-2022", state: "PendingDeletion" }
  ]
}
