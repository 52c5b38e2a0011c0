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
  )
]
