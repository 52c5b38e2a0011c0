import { ask, at, call, says } from "../Question.ts"

export default [
  ask(
    "errors-direct",
    "platform engineer",
    "Which target groups return too many HTTP 5xx errors?",
    call("find_target_groups_with_high_error_rate"),
    at("count", 2),
    says("search-api")
  ),
  ask(
    "errors-failed",
    "manager",
    "Do requests fail at one of our ALBs?",
    call("find_target_groups_with_high_error_rate"),
    says("k8s-preview-ingress")
  ),
  ask(
    "slow-direct",
    "developer",
    "Which target groups respond slowly?",
    call("find_target_groups_with_high_response_time"),
    says("cart"),
    at("count", 1)
  ),
  ask(
    "slow-latency",
    "platform engineer",
    "Show me p95 latency behind our load balancers, where it is too high.",
    call("find_target_groups_with_high_response_time"),
    says("cart")
  )
]
