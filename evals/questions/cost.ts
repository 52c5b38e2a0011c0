import { ask, at, call, says } from "../Question.ts"

export default [
  ask(
    "ri-direct",
    "FinOps analyst",
    "How well are our reserved instances and Savings Plans utilized?",
    call("analyze_reserved_instance_utilization"),
    at("reports.0.rows.0.utilization", 31),
    at("reports.0.rows.0.waste", 447.12)
  ),
  ask(
    "ri-acronyms",
    "CFO",
    "Are the RIs we bought actually used?",
    call("analyze_reserved_instance_utilization"),
    says("c5.2xlarge"),
    at("count", 4)
  ),
  ask(
    "ri-expiring",
    "CFO",
    "Do any commitments or reservations run out soon?",
    call("analyze_reserved_instance_utilization"),
    says("expiring"),
    says("orders-replica-1520a5a3")
  ),
  ask(
    "hub-direct",
    "FinOps analyst",
    "What does Cost Optimization Hub recommend?",
    call("get_all_cost_optimization_recommendations"),
    at("totals.monthlyUsd", 5101.1),
    says("i-0241c39469da73867")
  ),
  ask(
    "hub-buy",
    "CFO",
    "Should we buy a Savings Plan, and what would it save?",
    call("get_all_cost_optimization_recommendations"),
    at("commitments.monthlyUsd", 498.2),
    says("purchase_savings_plans")
  ),
  ask(
    "hub-graviton",
    "developer",
    "Does AWS advise us to migrate anything to Graviton?",
    call("get_all_cost_optimization_recommendations"),
    says("migrate_to_graviton"),
    says("orders-replica")
  ),
  ask(
    "bill-direct",
    "CFO",
    "What did each AWS service cost last month?",
    call("get_cost_by_service"),
    at("reports.0.rows.1.gross", 9777.4),
    says("EC2 - Other")
  ),
  ask(
    "bill-invoice",
    "manager",
    "Break the AWS invoice down for me.",
    call("get_cost_by_service"),
    says("Amazon Relational Database Service"),
    at("reports.0.rows.2.gross", 4161)
  ),
  ask(
    "bill-growth",
    "FinOps analyst",
    "Which services grew most on the bill compared with the month before?",
    call("get_cost_by_service"),
    at("reports.0.rows.5.change", 1192.5)
  ),
  ask(
    "bill-tax",
    "CFO",
    "How much of our bill is tax, and how much are fees?",
    call("get_cost_by_service"),
    at("reports.0.rows.3.tax", 4120)
  ),
  ask(
    "trend-direct",
    "FinOps analyst",
    "Show the daily spend of the last weeks with anomalies.",
    call("get_daily_cost_trend"),
    at("reports.0.rows.0.usage", 1242.6),
    at("count", 1)
  ),
  ask(
    "trend-spike",
    "manager",
    "Was there a cost spike this month, and in which service?",
    call("get_daily_cost_trend"),
    says("Amazon Bedrock on 2026-11-12")
  ),
  ask(
    "trend-jump",
    "developer",
    "Why did spend suddenly jump on one day?",
    call("get_daily_cost_trend"),
    says("above_weekdays")
  )
]
