import { ask, at, call, says } from "../Question.ts"

export default [
  ask(
    "ami-direct",
    "platform engineer",
    "List AMIs nobody uses any more.",
    call("find_unused_amis"),
    at("totals.findings", 6),
    at("totals.monthlyUsd", 55.1),
    says("ami-01573fcf48d866381")
  ),
  ask(
    "ami-images",
    "developer",
    "We bake a machine image with every release. Are old images piling up in production?",
    call("find_unused_amis", { accounts: ["444455556666"] }),
    at("count", 5),
    says("shop-web-2025-06-02")
  ),
  ask(
    "eip-direct",
    "FinOps analyst",
    "How many idle EIPs do we pay for?",
    call("find_unused_elastic_ips"),
    at("totals.findings", 10),
    at("totals.monthlyUsd", 32.85)
  ),
  ask(
    "eip-ipv4",
    "CFO",
    "AWS started charging for public IPv4 addresses. Which ones could we give back?",
    call("find_unused_elastic_ips"),
    says("eipalloc-0b01400ce4db4369a"),
    at("totals.confirmed.findings", 9)
  ),
  ask(
    "eip-region",
    "platform engineer",
    "Elastic IPs left over from the load test in Ireland?",
    call("find_unused_elastic_ips", { regions: "eu-west-1" }),
    at("count", 3),
    at("totals.monthlyUsd", 10.95),
    says("loadtest-2")
  ),
  ask(
    "lambda-direct",
    "developer",
    "Which Lambda functions has nobody invoked for months?",
    call("find_unused_lambda_functions"),
    at("count", 6),
    says("legacy-price-import")
  ),
  ask(
    "lambda-concurrency",
    "FinOps analyst",
    "Is there provisioned concurrency that serves no traffic?",
    call("find_unused_lambda_functions"),
    says("flash-sale-queue"),
    at("totals.monthlyUsd", 658.93)
  ),
  ask(
    "lambda-dead-code",
    "security",
    "Dead serverless code is attack surface. Where do we have some?",
    call("find_unused_lambda_functions"),
    says("us-black-friday-2024"),
    at("totals.hygiene", 5)
  ),
  ask(
    "elb-direct",
    "platform engineer",
    "Which ALBs and NLBs get no traffic?",
    call("find_unused_load_balancers"),
    at("totals.findings", 5),
    at("totals.monthlyUsd", 122.64)
  ),
  ask(
    "elb-campaign",
    "manager",
    "The summer campaign is long over. Is a load balancer for it still up?",
    call("find_unused_load_balancers"),
    says("campaign-summer-2025"),
    at("findings.0.monthlyUsd", 27.01)
  ),
  ask(
    "elb-classic",
    "developer",
    "any idle ELB without targets?",
    call("find_unused_load_balancers"),
    says("us-web-classic"),
    at("totals.confirmed.monthlyUsd", 122.64)
  ),
  ask(
    "logs-direct",
    "FinOps analyst",
    "Which CloudWatch log groups have no retention and never expire?",
    call("find_unused_log_groups"),
    says("/shop/web/access"),
    at("totals.monthlyUsd", 200.34)
  ),
  ask(
    "logs-storage",
    "developer",
    "Why do we keep paying for logs of things that write no events any more?",
    call("find_unused_log_groups"),
    says("/shop/web-2021/application"),
    at("count", 10)
  ),
  ask(
    "logs-staging",
    "platform engineer",
    "log retention in the staging account 777788889999?",
    call("find_unused_log_groups", { accounts: "777788889999" }),
    at("count", 2),
    says("/staging/web/debug")
  ),
  ask(
    "sg-direct",
    "security",
    "Show security groups that are attached to nothing.",
    call("find_unused_security_groups"),
    at("count", 4),
    says("sg-03a0b1bcab300becf")
  ),
  ask(
    "sg-firewall",
    "security",
    "Are there leftover firewall rules that somebody might reuse by mistake?",
    call("find_unused_security_groups"),
    says("sg-03ca1d28ae79f38e5")
  ),
  ask(
    "snap-direct",
    "FinOps analyst",
    "Find EBS snapshots whose volume was deleted.",
    call("find_unused_snapshots"),
    at("totals.monthlyUsd", 1487.36),
    at("totals.findings", 10)
  ),
  ask(
    "snap-backups",
    "CFO",
    "What do we pay for old backups that no one needs?",
    call("find_unused_snapshots"),
    says("snap-0dc3d2c1dd4d05dc3"),
    at("totals.yearlyUsd", 17848.32)
  ),
  ask(
    "snap-fsr",
    "platform engineer",
    "Did somebody forget to turn off fast snapshot restore (FSR)?",
    call("find_unused_snapshots"),
    says("snap-031b6c426f7d50fc5"),
    at("findings.0.monthlyUsd", 1314.58)
  ),
  ask(
    "tg-direct",
    "platform engineer",
    "Which target groups are orphaned?",
    call("find_unused_target_groups"),
    at("count", 4),
    says("shop-web-2022")
  ),
  ask(
    "tg-leftovers",
    "developer",
    "We deleted some ALBs by hand. What leftovers of them can go, such as target groups?",
    call("find_unused_target_groups"),
    says("recommend-beta")
  ),
  ask(
    "ebs-direct",
    "FinOps analyst",
    "Unattached EBS volumes and their monthly cost?",
    call("find_unused_volumes"),
    at("totals.findings", 25),
    at("totals.monthlyUsd", 2263.42)
  ),
  ask(
    "ebs-disks",
    "developer",
    "Which disks are not used by anything?",
    call("find_unused_volumes"),
    says("vol-0db30dc05186495d5"),
    at("totals.confirmed.monthlyUsd", 1189.3)
  ),
  ask(
    "ebs-stopped",
    "platform engineer",
    "What do the volumes of stopped instances cost us?",
    call("find_unused_volumes"),
    says("vol-08a38757c66540793"),
    says("stopped_instance")
  ),
  ask(
    "ebs-pvc",
    "platform engineer",
    "Did the old Kubernetes cluster leave PVC volumes behind?",
    call("find_unused_volumes"),
    says("pvc-grafana"),
    says("vol-05cb0374b04cf5417")
  )
]
