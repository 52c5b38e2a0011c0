import { ask, at, call, says } from "../Question.ts"

export default [
  ask(
    "rds-unencrypted",
    "security",
    "Which databases are not encrypted at rest?",
    call("find_unencrypted_rds_instances"),
    at("totals.findings", 2),
    says("reporting")
  ),
  ask(
    "rds-kms",
    "manager",
    "Is there an RDS instance or Aurora cluster without KMS encryption?",
    call("find_unencrypted_rds_instances"),
    says("staging-orders")
  ),
  ask(
    "rds-extended-support",
    "FinOps analyst",
    "What do we pay for RDS extended support of old PostgreSQL and MySQL versions?",
    call("find_outdated_rds_engine_versions"),
    at("totals.monthlyUsd", 446.49),
    says("staging-orders")
  ),
  ask(
    "rds-versions",
    "platform engineer",
    "Which Aurora or RDS databases are behind on their engine version?",
    call("find_outdated_rds_engine_versions"),
    at("totals.findings", 3),
    says("checkout")
  ),
  ask(
    "rds-idle",
    "FinOps analyst",
    "Which databases have no connections and could be deleted?",
    call("find_underutilized_rds_instances"),
    at("totals.monthlyUsd", 833.34),
    says("crm-2021")
  ),
  ask(
    "rds-oversized",
    "developer",
    "Is an RDS database class too big for its load?",
    call("find_underutilized_rds_instances"),
    says("warehouse")
  ),
  ask(
    "cache-versions",
    "platform engineer",
    "Do we run Redis versions in extended support, and should we move to Valkey?",
    call("find_outdated_elasticache_engine_versions"),
    at("totals.monthlyUsd", 258.42),
    says("cart")
  ),
  ask(
    "cache-updates",
    "security",
    "Which ElastiCache engine is behind or misses a security update?",
    call("find_outdated_elasticache_engine_versions"),
    says("stock")
  ),
  ask(
    "rds-disk-full",
    "developer",
    "Is a database about to run out of disk storage?",
    call("find_overutilized_rds_instances"),
    at("totals.findings", 1),
    says("search-history")
  ),
  ask(
    "rds-busy",
    "platform engineer",
    "Which RDS databases are saturated, short of CPU or memory?",
    call("find_overutilized_rds_instances"),
    says("search-history")
  ),
  ask(
    "rds-load",
    "developer",
    "Which database has slow queries, and what do its sessions wait for?",
    call("analyze_rds_performance_insights"),
    at("totals.findings", 1),
    says("search-history")
  ),
  ask(
    "rds-insights",
    "platform engineer",
    "What does Performance Insights say about the load of our databases?",
    call("analyze_rds_performance_insights"),
    says("overloaded")
  )
]
