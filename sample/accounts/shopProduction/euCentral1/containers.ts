/** Containers: clusters, services, and the images that they run. */
import type { Region } from "../../../estate.ts"
import { teams } from "../../../helpers.ts"

const { data, payments, platform, web } = teams("production")

export const containers: Partial<Region> = {
  ecsServices: [
    { name: "cart", cluster: "shop", tasks: 4, groups: ["containers"], targetGroups: ["cart"], tags: web },
    { name: "search-api", cluster: "shop", tasks: 3, groups: ["containers"], targetGroups: ["search-api"], tags: web },
    {
      name: "checkout",
      cluster: "shop",
      tasks: 4,
      groups: ["containers"],
      targetGroups: ["checkout-blue", "checkout-green"],
      tags: payments
    }
  ],
  eksClusters: [
    // Healthy: its version is supported until summer.
    {
      name: "shop",
      version: "1.36",
      created: "2023-10-04T09:00:00Z",
      nodeGroups: [{ name: "system" }],
      tags: platform
    },
    // Waste: its version has cost six times as much since March, and its nodes hold the upgrade up.
    {
      name: "recommendations",
      version: "1.32",
      created: "2022-05-11T13:30:00Z",
      nodeGroups: [{ name: "serving" }, { name: "training", version: "1.28", template: "recommendations-nodes" }],
      tags: data
    }
  ]
}
