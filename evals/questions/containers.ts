import { ask, at, call, says } from "../Question.ts"

export default [
  ask(
    "eks-extended",
    "CFO",
    "What do we pay for Kubernetes versions that are out of standard support?",
    call("find_outdated_eks_cluster_versions"),
    at("totals.monthlyUsd", 365),
    says("recommendations")
  ),
  ask(
    "eks-upgrade",
    "platform engineer",
    "which eks clusters do I have to upgrade soon",
    call("find_outdated_eks_cluster_versions"),
    says("preview")
  ),
  ask(
    "fargate-oversized",
    "FinOps analyst",
    "Which Fargate tasks reserve more CPU or memory than they use?",
    call("find_underutilized_ecs_services"),
    at("totals.monthlyUsd", 351.28),
    says("product-images")
  ),
  ask(
    "ecs-oversized",
    "developer",
    "are my ecs services over-provisioned",
    call("find_underutilized_ecs_services"),
    at("totals.findings", 2),
    says("price-import")
  ),
  ask(
    "ecs-empty",
    "platform engineer",
    "Are there ECS clusters without any task in them?",
    call("find_unused_ecs_clusters_and_services"),
    says("campaign-2025")
  ),
  ask(
    "ecs-dead",
    "developer",
    "which container services are dead, and which clusters have idle instances?",
    call("find_unused_ecs_clusters_and_services"),
    at("totals.findings", 4),
    says("warehouse-edge")
  ),
  ask(
    "fargate-platform",
    "platform engineer",
    "Do we still pin Fargate to platform version 1.3.0 anywhere?",
    call("find_outdated_ecs_platform_versions"),
    says("loyalty-sync")
  ),
  ask(
    "fargate-retired",
    "developer",
    "ecs tasks on an old, retired fargate platform",
    call("find_outdated_ecs_platform_versions"),
    at("totals.findings", 1),
    says("loyalty-sync")
  ),
  ask(
    "ecr-images",
    "FinOps analyst",
    "What do old Docker images in our container registry cost?",
    call("find_unused_ecr_images"),
    at("totals.monthlyUsd", 18.77),
    says("recommendations-training")
  ),
  ask(
    "ecr-pulls",
    "developer",
    "which ecr images does nobody pull any more",
    call("find_unused_ecr_images"),
    at("totals.findings", 1),
    says("recommendations-training")
  ),
  ask(
    "launch-templates",
    "platform engineer",
    "Which EC2 launch templates does nothing launch from?",
    call("find_unused_launch_templates"),
    says("import-2022")
  ),
  ask(
    "launch-leftover",
    "security",
    "leftover launch templates with old configuration",
    call("find_unused_launch_templates"),
    at("totals.findings", 1),
    says("import-2022")
  ),
  ask(
    "task-definitions",
    "platform engineer",
    "Can I deregister old task definition revisions in ECS?",
    call("find_old_ecs_task_definitions"),
    says("search-api")
  ),
  ask(
    "task-revisions",
    "developer",
    "unused revisions of container task definitions",
    call("find_old_ecs_task_definitions"),
    at("totals.findings", 1),
    says("search-api")
  )
]
