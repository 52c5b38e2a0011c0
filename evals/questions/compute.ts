import { ask, at, call, says } from "../Question.ts"

export default [
  ask(
    "ebs-unencrypted",
    "security",
    "Which EBS volumes are not encrypted?",
    call("find_unencrypted_ebs_volumes"),
    at("count", 2),
    says("erp-legacy-root")
  ),
  ask(
    "ebs-default-encryption",
    "security",
    "In which regions is default encryption of disks switched off?",
    call("find_unencrypted_ebs_volumes"),
    says("us-east-1")
  ),
  ask(
    "ebs-type-by-use",
    "FinOps analyst",
    "Which volumes pay for more provisioned IOPS and throughput than they use?",
    call("get_ebs_volume_type_recommendations"),
    says("search-3-disk1")
  ),
  ask(
    "ebs-cheaper-type",
    "CFO",
    "What would cheaper EBS volume types save us?",
    call("get_ebs_volume_type_recommendations"),
    at("totals.findings", 8)
  ),
  ask(
    "ebs-gp2-inventory",
    "platform engineer",
    "Which disks are still on superseded types such as gp2, io1 or magnetic?",
    call("find_ebs_volumes_with_old_types"),
    says("intranet-wiki-root")
  ),
  ask(
    "ebs-old-disks",
    "developer",
    "Do we have volumes of an old type in Frankfurt?",
    call("find_ebs_volumes_with_old_types", { regions: ["eu-central-1"] }),
    says("vendor-appliance-root")
  ),
  ask(
    "ec2-saturated",
    "platform engineer",
    "Which servers are overloaded, with high CPU for days?",
    call("find_overutilized_ec2_instances"),
    says("search-2")
  ),
  ask(
    "ec2-credits",
    "developer",
    "Has any burstable instance exhausted its CPU credits or its memory?",
    call("find_overutilized_ec2_instances"),
    at("count", 1)
  ),
  ask(
    "ec2-previous-generation",
    "platform engineer",
    "Are we running EC2 instances of a previous generation, like t2 or m4?",
    call("find_ec2_instances_with_old_generations"),
    says("gift-guide-preview")
  ),
  ask(
    "ec2-modernise",
    "FinOps analyst",
    "What would newer generations of instance types save?",
    call("find_ec2_instances_with_old_generations"),
    at("totals.monthlyUsd", 4.09)
  ),
  ask(
    "asg-stale-images",
    "security",
    "Which Auto Scaling groups still launch from stale or deprecated machine images?",
    call("find_asgs_with_old_amis"),
    at("count", 1),
    says("import-workers")
  ),
  ask(
    "asg-old-ami",
    "platform engineer",
    "Is any ASG on an old AMI?",
    call("find_asgs_with_old_amis"),
    says("import-workers")
  ),
  ask(
    "nat-consolidate",
    "FinOps analyst",
    "Could we consolidate NAT gateways outside of production?",
    call("get_nat_gateway_optimization_recommendations"),
    says("nat-b")
  ),
  ask(
    "nat-endpoints",
    "platform engineer",
    "Where do gateway endpoints for S3 or DynamoDB miss, so that NAT processes their traffic?",
    call("get_nat_gateway_optimization_recommendations"),
    says("missing_gateway_endpoint")
  ),
  ask(
    "snapshot-retention",
    "FinOps analyst",
    "Which volumes keep more snapshots than our retention needs, or have no lifecycle policy?",
    call("get_snapshot_lifecycle_recommendations"),
    says("search-1-disk1")
  ),
  ask(
    "snapshot-policy",
    "platform engineer",
    "For which volumes does nobody age out backups by a DLM policy?",
    call("get_snapshot_lifecycle_recommendations"),
    at("count", 1)
  )
]
