/** What Cost Explorer recommends the organisation to commit to, and the tags by which it splits up the bill. */
import type { Billing } from "./estate.ts"

export const purchases: Pick<Billing, "allocations" | "planOffers" | "reservationOffers"> = {
  planOffers: [
    { type: "COMPUTE_SP", commitmentUsd: 2.1, leastUsd: 2.4, averageUsd: 3.1, savesUsd: 498.2, utilization: 0.99 },
    // For instances that the plan above would cover as well.
    {
      type: "EC2_INSTANCE_SP",
      family: { name: "m6i", region: "eu-central-1" },
      commitmentUsd: 1.3,
      leastUsd: 1.9,
      averageUsd: 2.2,
      savesUsd: 352.4,
      utilization: 1
    },
    // Databases that are busy by day alone.
    { type: "DATABASE_SP", commitmentUsd: 0.9, leastUsd: 0.8, averageUsd: 1.6, savesUsd: 131.4, utilization: 0.91 }
  ],
  reservationOffers: [
    {
      service: "Amazon Relational Database Service",
      details: {
        RDSInstanceDetails: {
          Family: "r6g",
          InstanceType: "db.r6g.xlarge",
          Region: "EU (Frankfurt)",
          DatabaseEngine: "PostgreSQL",
          DeploymentOption: "Single-AZ",
          LicenseModel: "No license required",
          CurrentGeneration: true,
          SizeFlexEligible: true
        }
      },
      count: 1,
      units: 8,
      onDemandUsd: 394.2,
      savesUsd: 118.3
    },
    {
      service: "Amazon Elastic Compute Cloud - Compute",
      details: {
        EC2InstanceDetails: {
          Family: "m6i",
          InstanceType: "m6i.large",
          Region: "EU (Frankfurt)",
          AvailabilityZone: "",
          Platform: "Linux/UNIX",
          Tenancy: "shared",
          CurrentGeneration: true,
          SizeFlexEligible: true
        }
      },
      count: 4,
      units: 16,
      onDemandUsd: 335.8,
      savesUsd: 124.1
    }
  ],
  allocations: [
    // What the payer and the sandbox spend has no environment, and is less than a fifth.
    {
      key: "Environment",
      kind: "tag",
      lastUsed: "2026-11-01T00:00:00Z",
      values: { "shop-production": "production", "shop-staging": "staging", "data-sandbox": "sandbox" }
    },
    // Half of the shop has no owner on the bill.
    {
      key: "Owner",
      kind: "tag",
      lastUsed: "2026-11-01T00:00:00Z",
      values: { "data-sandbox": "data@larkspur-outdoor.example" },
      services: {
        "Amazon Elastic Compute Cloud - Compute": "web@larkspur-outdoor.example",
        "Amazon Relational Database Service": "payments@larkspur-outdoor.example"
      }
    },
    { key: "aws:createdBy", kind: "tag of AWS", lastUsed: "2026-11-01T00:00:00Z", values: {} },
    {
      key: "Product",
      kind: "category",
      values: { "shop-production": "Shop", "shop-staging": "Shop", "data-sandbox": "Insight", payer: "Platform" }
    }
  ]
}
