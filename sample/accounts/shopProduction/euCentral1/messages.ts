/** Events, and who is told of them. */
import type { Region } from "../../../estate.ts"
import { teams } from "../../../helpers.ts"

const { data, logistics, payments, platform, web } = teams("production")

export const messages: Partial<Region> = {
  topics: [
    // Healthy: it speaks when something is wrong.
    { name: "ops-alerts", published: 0, subscribers: ["email oncall@larkspur-outdoor.example"], tags: platform },
    {
      name: "order-events",
      published: { weekdays: 5_200, weekends: 7_900 },
      subscribers: ["sqs arn:aws:sqs:eu-central-1:444455556666:orders"],
      deadLetters: "order-events-undelivered",
      tags: web
    },
    // Healthy: only a budget speaks through it.
    {
      name: "budget-alerts",
      published: 0,
      subscribers: ["email finance@larkspur-outdoor.example"],
      from: "budgets",
      tags: platform
    },
    // Broken: what is published is lost, because nobody ever confirmed.
    {
      name: "return-notices",
      published: 310,
      subscribers: ["?email returns@larkspur-outdoor.example"],
      tags: logistics
    },
    // Clutter.
    { name: "partner-webhooks-2022", published: { daily: 40, until: "2024-01-31" }, subscribers: [], tags: logistics },
    // Clutter, if nothing that is not read publishes to it.
    {
      name: "price-changes",
      published: 0,
      subscribers: ["https https://prices.larkspur-outdoor.example/hook"],
      tags: data
    },
    // Unknown: CloudWatch does not answer for it.
    { name: "fraud-warnings", published: "refused", subscribers: [], tags: payments }
  ],
  stateMachines: [{ name: "order-refunds", created: "2024-04-16", tags: payments }],
  eventBuses: [{ name: "orders", created: "2024-02-20", tags: web }],
  rules: [
    {
      name: "stock-sync-hourly",
      schedule: "rate(1 hour)",
      targets: ["lambda:function:catalog-stock-sync"],
      invocations: 24,
      tags: logistics
    },
    {
      name: "order-placed",
      bus: "orders",
      source: "shop.orders",
      targets: ["lambda:function:email-order-confirmation"],
      invocations: { weekdays: 5_200, weekends: 7_900 },
      tags: web
    },
    // AWS keeps it for an Auto Scaling group.
    {
      name: "AutoScalingManagedRule",
      source: "aws.ec2",
      managedBy: "autoscaling.amazonaws.com",
      targets: ["autoscaling:autoScalingGroup:instances"],
      invocations: 0,
      tags: platform
    },
    // Healthy: due on one day of the year.
    {
      name: "fiscal-year-close",
      schedule: "cron(0 3 1 2 ? *)",
      targets: ["lambda:function:invoice-archive"],
      invocations: 0,
      tags: payments
    },
    // Broken: the function that it should call every night is gone.
    {
      name: "nightly-price-report",
      schedule: "cron(30 1 * * ? *)",
      targets: ["lambda:function:price-report"],
      invocations: 0,
      tags: data
    },
    // Broken: every call of its target fails.
    {
      name: "refund-to-ledger",
      bus: "orders",
      source: "shop.refunds",
      targets: ["sqs:ledger-2023"],
      invocations: 140,
      failures: 140,
      tags: payments
    },
    // Clutter: a schedule of a year that has passed.
    {
      name: "black-friday-2024",
      schedule: "cron(0 6 29 11 ? 2024)",
      targets: ["lambda:function:flash-sale-queue"],
      invocations: 0,
      tags: web
    },
    // Clutter: turned off for an incident.
    {
      name: "search-reindex-weekly",
      schedule: "cron(0 4 ? * SUN *)",
      disabled: true,
      targets: ["lambda:function:search-reindex"],
      invocations: 0,
      tags: web
    },
    // Clutter: its target was deleted.
    { name: "image-uploaded", source: "shop.media", targets: [], invocations: 0, tags: web },
    // Clutter, or a guard that has had nothing to do.
    {
      name: "root-sign-in",
      source: "aws.signin",
      targets: ["lambda:function:session-cleanup"],
      invocations: 0,
      tags: platform
    },
    // Unknown: CloudWatch does not answer for it.
    {
      name: "fraud-rescore",
      schedule: "rate(12 hours)",
      targets: ["lambda:function:fraud-score"],
      invocations: "refused",
      tags: payments
    }
  ]
}
