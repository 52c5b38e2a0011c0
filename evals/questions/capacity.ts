import { ask, at, call, says } from "../Question.ts"

export default [
  ask(
    "ec2-oversized",
    "FinOps analyst",
    "Which EC2 instances are oversized and what would rightsizing them save a month?",
    call("find_underutilized_ec2_instances"),
    at("totals.monthlyUsd", 513.92),
    at("totals.findings", 4),
    says("i-0246d5f3e0d01c73c")
  ),
  ask(
    "ec2-cpu",
    "developer",
    "Are any of my servers in Frankfurt running at very low CPU?",
    call("find_underutilized_ec2_instances", { regions: ["eu-central-1"] }),
    at("count", 4),
    says("i-0e8e046ecb7a7c611")
  ),
  ask(
    "ec2-too-big",
    "manager",
    "Do we run machines that are too big for what they do?",
    call("find_underutilized_ec2_instances"),
    says("import-workers"),
    at("totals.confirmed.monthlyUsd", 513.92)
  ),
  ask(
    "ec2-idle",
    "platform engineer",
    "show idle instances that we could stop",
    call("find_underutilized_ec2_instances"),
    says("intranet-wiki"),
    at("findings.2.monthlyUsd", 0)
  )
]
