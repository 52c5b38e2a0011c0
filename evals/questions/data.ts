import { ask, at, call, says } from "../Question.ts"

/** Databases, queues and tags. */
export default [
  ask(
    "ddb-direct",
    "developer",
    "Which DynamoDB tables does nobody read or write?",
    call("find_unused_dynamodb_tables"),
    at("totals.monthlyUsd", 322.89),
    says("loyalty-points-2021")
  ),
  ask(
    "ddb-nosql",
    "manager",
    "Do we still pay for NoSQL tables of projects that ended?",
    call("find_unused_dynamodb_tables"),
    says("clickstream-2024"),
    at("count", 3)
  ),
  ask(
    "ddb-capacity",
    "FinOps analyst",
    "Is provisioned DDB capacity sitting idle?",
    call("find_unused_dynamodb_tables"),
    at("findings.0.monthlyUsd", 216.4)
  ),
  ask(
    "tags-direct",
    "FinOps analyst",
    "Which resources are missing mandatory tags?",
    call("find_untagged_resources"),
    at("totals.hygiene", 68)
  ),
  ask(
    "tags-compliance",
    "manager",
    "How is our tag compliance for cost allocation?",
    call("find_untagged_resources"),
    at("count", 68)
  ),
  ask(
    "tags-owner",
    "security",
    "What runs in account 777788889999 without anybody named as its owner in a tag?",
    call("find_untagged_resources", { accounts: ["777788889999"] }),
    says("vpce-0188af8e3dac552a6")
  ),
  ask(
    "sqs-direct",
    "developer",
    "Are there SQS queues with no producers or consumers?",
    call("find_unused_sqs_queues"),
    at("count", 3),
    says("warehouse-events-2022")
  ),
  ask(
    "sqs-dlq",
    "platform engineer",
    "Are messages stuck in a DLQ or a queue that nobody drains?",
    call("find_unused_sqs_queues"),
    says("partner-returns")
  ),
  ask(
    "sqs-polling",
    "FinOps analyst",
    "What do we pay for polling empty queues?",
    call("find_unused_sqs_queues"),
    says("price-feed"),
    at("totals.monthlyUsd", 3.05)
  )
]
