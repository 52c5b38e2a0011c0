import { ask, at, call, says } from "../Question.ts"

export default [
  ask(
    "transfer-direct",
    "FinOps analyst",
    "How much do we pay for data transfer, and of which kind?",
    call("analyze_data_transfer_costs"),
    says("CloudFront to viewers"),
    at("reports.0.rows.0.cost", 1775.32)
  ),
  ask(
    "transfer-zones",
    "platform engineer",
    "What does our inter-AZ and cross-region traffic cost?",
    call("analyze_data_transfer_costs"),
    says("EUC1-DataTransfer-Regional-Bytes"),
    at("reports.0.rows.4.over", true)
  )
]
