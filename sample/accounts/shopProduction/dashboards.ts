/** What hangs on the wall. */
import type { Dashboard } from "../../services/dashboards.ts"
import { teams } from "../../helpers.ts"

const { logistics, payments, platform, web } = teams("production")

const region = "eu-central-1"

export const dashboards: ReadonlyArray<Dashboard> = [
  {
    name: "shop-overview",
    modified: "2026-09-14T09:00:00Z",
    region,
    graphs: [
      ["AWS/Lambda Invocations", { FunctionName: "order-create" }],
      ["AWS/SQS NumberOfMessagesSent", { QueueName: "orders" }],
      ["AWS/RDS CPUUtilization", { DBInstanceIdentifier: "orders" }]
    ],
    alarms: ["checkout-degraded", "search-cpu"],
    tags: web
  },
  // Old, and still about what is there.
  {
    name: "orders-database",
    modified: "2021-05-03T09:00:00Z",
    region,
    graphs: [["AWS/RDS DatabaseConnections", { DBInstanceIdentifier: "orders" }]],
    tags: payments
  },
  // Shows nothing that could be gone.
  { name: "on-call", modified: "2023-02-01T09:00:00Z", region, text: "# Who to call", tags: platform },
  // Waste: everything that it shows was deleted.
  {
    name: "web-2019",
    modified: "2020-11-20T09:00:00Z",
    region,
    graphs: [
      ["AWS/EC2 CPUUtilization", { InstanceId: "instance/web-2019" }],
      ["AWS/SQS NumberOfMessagesSent", { QueueName: "web-2019-jobs" }]
    ],
    logs: ["/shop/web-2019"],
    tags: web
  },
  // Clutter: more than half of it was deleted.
  {
    name: "warehouse-move",
    modified: "2023-07-19T09:00:00Z",
    region,
    graphs: [
      ["AWS/SQS NumberOfMessagesSent", { QueueName: "warehouse-events-2022" }],
      ["AWS/SQS NumberOfMessagesSent", { QueueName: "warehouse-events-2021" }],
      ["AWS/Lambda Invocations", { FunctionName: "warehouse-import" }]
    ],
    tags: logistics
  }
]
