import { ask, at, call, says } from "../Question.ts"

/** Functions, and the capacity of tables. */
export default [
  ask(
    "lambda-runtimes",
    "security",
    "Which Lambda functions run on a deprecated Node.js or Python runtime?",
    call("find_outdated_lambda_runtimes"),
    at("count", 7),
    says("us-black-friday-2024")
  ),
  ask(
    "lambda-runtimes-public",
    "security",
    "Are there serverless functions on an end of life runtime that everybody can call?",
    call("find_outdated_lambda_runtimes"),
    at("findings.0.severity", "high"),
    says("wishlist-share")
  ),
  ask(
    "ddb-full",
    "platform engineer",
    "Which provisioned DynamoDB tables are close to their RCU or WCU limit?",
    call("find_overutilized_dynamodb_tables"),
    at("count", 1),
    says("stock-reservations")
  ),
  ask(
    "ddb-too-small",
    "developer",
    "Do DDB tables need more throughput than they have provisioned?",
    call("find_overutilized_dynamodb_tables"),
    at("findings.0.severity", "high")
  ),
  ask(
    "ddb-throttled",
    "developer",
    "Why are our DynamoDB requests throttled?",
    call("analyze_dynamodb_throttling"),
    at("count", 2),
    says("hot_key")
  ),
  ask(
    "ddb-hot-partition",
    "platform engineer",
    "Is there a hot partition in a DDB table?",
    call("analyze_dynamodb_throttling"),
    says("promotions")
  ),
  ask(
    "ddb-too-large",
    "FinOps analyst",
    "Which DynamoDB tables have too much RCU and WCU capacity?",
    call("find_underutilized_dynamodb_tables"),
    at("count", 3),
    says("delivery-quotes")
  ),
  ask(
    "ddb-mode",
    "platform engineer",
    "Should DDB tables be on demand or provisioned to be cheaper?",
    call("find_underutilized_dynamodb_tables"),
    at("findings.0.monthlyUsd", 223.72),
    says("provisioned_is_cheaper")
  ),
  ask(
    "lambda-idle-pc",
    "FinOps analyst",
    "Do we pay for idle provisioned concurrency of Lambda functions that are called?",
    call("find_underutilized_lambda_functions"),
    at("findings.0.monthlyUsd", 474.43),
    says("checkout-tax")
  ),
  ask(
    "lambda-errors",
    "developer",
    "Which Lambda functions fail most of the time or have too much memory?",
    call("find_underutilized_lambda_functions"),
    says("parcel-partner-sync")
  )
]
