/** What the shop is warned of. */
import type { Region } from "../../../estate.ts"
import { teams } from "../../../helpers.ts"

const { data, logistics, payments, platform, web } = teams("production")

/** A function each, and somebody who hears of its errors. */
const functionErrors = ["cart-add-item", "checkout-confirm", "order-create", "order-refund", "payment-authorize"].map(
  (name) => ({
    name: `${name}-errors`,
    metric: "AWS/Lambda Errors",
    dimensions: { FunctionName: name },
    tells: "ops-alerts",
    created: "2024-05-02",
    tags: payments
  })
)

export const alarms: Partial<Region> = {
  alarms: [
    ...functionErrors,
    {
      name: "orders-waiting",
      metric: "AWS/SQS ApproximateAgeOfOldestMessage",
      dimensions: { QueueName: "orders" },
      tells: "ops-alerts",
      created: "2024-05-02",
      tags: payments
    },
    // By the name that its callers use, and by that of the version behind it.
    {
      name: "checkout-tax-throttles",
      metric: "AWS/Lambda Throttles",
      dimensions: { FunctionName: "checkout-tax", Resource: "checkout-tax:live", ExecutedVersion: "7" },
      tells: "ops-alerts",
      created: "2024-05-02",
      tags: payments
    },
    {
      name: "refunds-failed",
      metric: "AWS/States ExecutionsFailed",
      dimensions: { StateMachineArn: "arn:aws:states:eu-central-1:444455556666:stateMachine:order-refunds" },
      tells: "ops-alerts",
      created: "2024-05-02",
      tags: payments
    },
    {
      name: "orders-db-cpu",
      metric: "AWS/RDS CPUUtilization",
      dimensions: { DBInstanceIdentifier: "orders" },
      tells: "ops-alerts",
      created: "2024-05-02",
      tags: payments
    },
    {
      name: "cart-memory",
      metric: "AWS/ECS MemoryUtilization",
      dimensions: { ClusterName: "shop", ServiceName: "cart" },
      tells: "ops-alerts",
      created: "2024-05-02",
      tags: web
    },
    // Healthy: they tell nobody themselves, and two others that look at them do.
    {
      name: "checkout-cpu",
      metric: "AWS/ECS CPUUtilization",
      dimensions: { ClusterName: "shop", ServiceName: "checkout" },
      created: "2024-05-02",
      tags: payments
    },
    {
      name: "search-cpu",
      metric: "AWS/ECS CPUUtilization",
      dimensions: { ClusterName: "shop", ServiceName: "search-api" },
      created: "2024-05-02",
      tags: web
    },
    {
      name: "checkout-degraded",
      rule: 'ALARM("checkout-cpu") OR ALARM("checkout-confirm-errors")',
      tells: "ops-alerts",
      created: "2024-05-02",
      tags: payments
    },
    // Auto Scaling keeps it.
    {
      name: "TargetTracking-service/shop/cart-AlarmLow-5d1c",
      metric: "AWS/ECS CPUUtilization",
      dimensions: { ClusterName: "shop", ServiceName: "cart" },
      noData: true,
      since: "2026-02-01",
      created: "2024-05-02",
      tags: web
    },
    // Waste: nothing arrives in the queue any more.
    {
      name: "warehouse-events-waiting",
      metric: "AWS/SQS ApproximateAgeOfOldestMessage",
      dimensions: { QueueName: "warehouse-events-2022" },
      tells: "ops-alerts",
      noData: true,
      since: "2026-03-02",
      created: "2022-03-21",
      tags: logistics
    },
    // Waste at three times the price: it looks every ten seconds for what is published on one day of the year.
    {
      name: "black-friday-orders-per-second",
      metric: "Shop/Orders OrdersPerSecond",
      dimensions: { Store: "main" },
      tells: "ops-alerts",
      noData: true,
      since: "2025-12-02",
      created: "2025-11-20",
      periodSeconds: 10,
      tags: web
    },
    // Waste, if nobody looks: an experiment that tells nobody.
    {
      name: "image-resize-duration-test",
      metric: "AWS/Lambda Duration",
      dimensions: { FunctionName: "image-resize" },
      created: "2025-03-11",
      tags: web
    },
    // Too young to judge.
    {
      name: "gift-card-issue-errors",
      metric: "AWS/Lambda Errors",
      dimensions: { FunctionName: "gift-card-issue" },
      created: "2026-11-10",
      tags: web
    },
    // Waste: its instance was terminated.
    {
      name: "web-2019-cpu",
      metric: "AWS/EC2 CPUUtilization",
      dimensions: { InstanceId: "instance/web-2019" },
      noData: true,
      since: "2025-09-01",
      created: "2019-06-03",
      tags: web
    },
    // Worse than waste: a page that never comes, about a database that was renamed.
    {
      name: "ledger-db-storage",
      metric: "AWS/RDS FreeStorageSpace",
      dimensions: { DBInstanceIdentifier: "ledger" },
      tells: "ops-alerts",
      since: "2026-10-28",
      noData: true,
      created: "2023-01-16",
      tags: payments
    },
    // Nobody lists what this is about.
    {
      name: "clickstream-lag",
      metric: "AWS/Kafka SumOffsetLag",
      dimensions: { "Consumer Group": "clickstream", Topic: "clicks", "Cluster Name": "events" },
      tells: "ops-alerts",
      created: "2025-02-03",
      tags: data
    },
    {
      name: "nat-errors",
      metric: "AWS/NATGateway ErrorPortAllocation",
      dimensions: {},
      tells: "ops-alerts",
      created: "2025-02-03",
      tags: platform
    }
  ]
}
