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
  )
]
