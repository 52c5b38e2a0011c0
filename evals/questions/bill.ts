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
  ),
  ask(
    "hub-ec2-direct",
    "FinOps analyst",
    "What does Cost Optimization Hub advise for EC2 instances?",
    call("get_cost_optimization_ec2"),
    at("count", 2),
    says("gpu-notebook")
  ),
  ask(
    "hub-ec2-groups",
    "platform engineer",
    "Any AWS rightsizing advice for EC2 and Auto Scaling groups?",
    call("get_cost_optimization_ec2"),
    says("i-02719a602fe8f3eb4")
  ),
  ask(
    "hub-lambda-direct",
    "developer",
    "Which memory size does AWS advise for our Lambda functions?",
    call("get_cost_optimization_lambda"),
    says("recommend-train")
  ),
  ask(
    "hub-lambda-hub",
    "FinOps analyst",
    "Show the Lambda recommendations of Cost Optimization Hub.",
    call("get_cost_optimization_lambda"),
    at("count", 1),
    says("recommend-train")
  ),
  ask(
    "hub-rds-direct",
    "FinOps analyst",
    "What does AWS advise for RDS database classes and storage?",
    call("get_cost_optimization_rds"),
    at("count", 2),
    says("orders-replica")
  ),
  ask(
    "hub-rds-aurora",
    "developer",
    "Has Cost Optimization Hub any advice for RDS or Aurora, such as I/O-Optimized?",
    call("get_cost_optimization_rds"),
    says("migrate_to_graviton")
  ),
  ask(
    "hub-ebs-direct",
    "FinOps analyst",
    "What does Cost Optimization Hub say about EBS volumes?",
    call("get_cost_optimization_ebs"),
    at("count", 1)
  ),
  ask(
    "hub-ebs-delete",
    "platform engineer",
    "Which volumes does AWS advise to delete or upgrade?",
    call("get_cost_optimization_ebs"),
    says("vol-0ac1e64389b26e4b0")
  ),
  ask(
    "region-direct",
    "CFO",
    "How much do we spend in each region?",
    call("get_cost_by_region"),
    at("reports.0.rows.0.gross", 22600.1),
    says("ap-southeast-2")
  ),
  ask(
    "region-unapproved",
    "security",
    "Do we pay for anything in an unapproved region?",
    call("get_cost_by_region"),
    at("reports.0.rows.3.usage", 1922)
  ),
  ask(
    "matrix-direct",
    "FinOps analyst",
    "Which service costs how much in which region?",
    call("get_cost_by_region_and_service"),
    at("reports.0.rows.1.usage", 6668.1),
    says("Amazon SageMaker")
  ),
  ask(
    "matrix-where",
    "platform engineer",
    "Give me a spend matrix of services by region.",
    call("get_cost_by_region_and_service"),
    at("reports.0.rows.16.change", 1490.6)
  ),
  ask(
    "plans-direct",
    "CFO",
    "Which Savings Plans should we buy, and how much commitment?",
    call("get_savings_plans_recommendations"),
    at("reports.0.rows.0.monthlySavings", 498.2),
    at("reports.0.rows.0.hourlyCommitment", 2.1)
  ),
  ask(
    "plans-database",
    "FinOps analyst",
    "Is a Database Savings Plan worth it for us?",
    call("get_savings_plans_recommendations"),
    at("reports.0.rows.2.steady", false)
  ),
  ask(
    "reserve-direct",
    "CFO",
    "Which reserved instances should we purchase?",
    call("get_reserved_instance_recommendations"),
    at("reports.0.rows.0.monthlySavings", 124.1),
    says("db.r6g.xlarge")
  ),
  ask(
    "reserve-nodes",
    "platform engineer",
    "Does AWS recommend reservations for our databases or cache nodes?",
    call("get_reserved_instance_recommendations"),
    at("reports.0.rows.1.breakEvenMonths", 8.4)
  ),
  ask(
    "compliance-direct",
    "FinOps analyst",
    "How good is our tag compliance, by key and by service?",
    call("analyze_tag_compliance"),
    says("CostCenter")
  ),
  ask(
    "compliance-share",
    "manager",
    "What share of our resources is tagged, and which types are worst?",
    call("analyze_tag_compliance"),
    says("Amazon Virtual Private Cloud")
  ),
  ask(
    "allocation-direct",
    "CFO",
    "How is our spend allocated to teams by cost allocation tags?",
    call("generate_cost_allocation_report"),
    at("reports.0.rows.6.sharePct", 54.1),
    says("web@larkspur-outdoor.example")
  ),
  ask(
    "allocation-chargeback",
    "FinOps analyst",
    "Make a chargeback report: who spends what, and what is unallocated?",
    call("generate_cost_allocation_report"),
    at("reports.0.rows.6.tooLittle", true)
  )
]
