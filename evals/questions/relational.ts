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
  )
]
