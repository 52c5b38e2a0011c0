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
  )
]
