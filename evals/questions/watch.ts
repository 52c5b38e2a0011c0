import { ask, at, call, says } from "../Question.ts"

export default [
  ask(
    "rules-schedule",
    "developer",
    "Which scheduled EventBridge rules are broken and never fire?",
    call("find_unused_eventbridge_rules"),
    says("nightly-price-report")
  ),
  ask(
    "rules-disabled",
    "platform engineer",
    "Are there disabled EventBridge rules or cron jobs without a target?",
    call("find_unused_eventbridge_rules"),
    says("search-reindex-weekly"),
    at("totals.hygiene", 6)
  ),
  ask(
    "alarms-no-data",
    "platform engineer",
    "Which CloudWatch alarms have been in insufficient data for months?",
    call("find_unused_cloudwatch_alarms"),
    says("warehouse-events-waiting"),
    at("totals.monthlyUsd", 0.2)
  ),
  ask(
    "alarms-mute",
    "manager",
    "Do we pay for alarms that take no action and notify nobody?",
    call("find_unused_cloudwatch_alarms"),
    says("image-resize-duration-test")
  ),
  ask(
    "alarms-orphaned",
    "developer",
    "Which alarms watch instances or databases that were deleted?",
    call("find_orphaned_cloudwatch_alarms"),
    says("ledger-db-storage")
  ),
  ask(
    "sns-dropped",
    "developer",
    "Do we publish to SNS topics that have no subscribers?",
    call("find_unused_sns_topics"),
    says("return-notices"),
    at("count", 3)
  ),
  ask(
    "sns-unused",
    "platform engineer",
    "Which SNS notification topics are unused?",
    call("find_unused_sns_topics"),
    says("partner-webhooks-2022")
  ),
  ask(
    "alarms-deleted",
    "platform engineer",
    "Are there orphaned CloudWatch alarms on deleted resources?",
    call("find_orphaned_cloudwatch_alarms"),
    says("web-2019-cpu"),
    at("totals.monthlyUsd", 0.5)
  ),
  ask(
    "dashboards-widgets",
    "developer",
    "Which orphaned dashboards still show widgets of deleted instances?",
    call("find_orphaned_cloudwatch_dashboards"),
    says("warehouse-move")
  ),
  ask(
    "dashboards-orphaned",
    "manager",
    "Do we pay for CloudWatch dashboards of things that no longer exist?",
    call("find_orphaned_cloudwatch_dashboards"),
    says("web-2019"),
    at("totals.monthlyUsd", 3)
  )
]
