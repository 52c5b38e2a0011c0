/** Containers of the shop that is tried out. */
import type { Region } from "../../estate.ts"
import { teams } from "../../helpers.ts"

const { platform } = teams("staging")

export const containers: Partial<Region> = {
  eksClusters: [
    // At risk: EKS will upgrade it by itself in twelve days.
    {
      name: "preview",
      version: "1.34",
      created: "2024-03-18T10:00:00Z",
      upgradedByEks: true,
      nodeGroups: [{ name: "preview-nodes" }],
      tags: platform
    }
  ]
}
