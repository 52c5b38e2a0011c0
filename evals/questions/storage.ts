import { ask, at, call, says } from "../Question.ts"

export default [
  ask(
    "s3-direct",
    "developer",
    "Which S3 buckets are empty or untouched?",
    call("find_unused_s3_buckets"),
    at("count", 3),
    says("larkspur-au-assets")
  ),
  ask(
    "s3-abandoned",
    "manager",
    "Is there an abandoned bucket that nobody has requested anything from?",
    call("find_unused_s3_buckets"),
    says("larkspur-photo-contest"),
    at("totals.monthlyUsd", 98.9)
  ),
  ask(
    "s3-class-direct",
    "FinOps analyst",
    "Which S3 buckets should move to a cheaper storage class?",
    call("get_s3_storage_class_recommendations"),
    at("totals.monthlyUsd", 26.52),
    says("larkspur-manuals")
  ),
  ask(
    "s3-cold",
    "CFO",
    "Could we put cold data into Glacier and what would that save?",
    call("get_s3_storage_class_recommendations"),
    says("glacier_ir"),
    at("totals.overlapping.monthlyUsd", 81.7)
  ),
  ask(
    "s3-lifecycle",
    "platform engineer",
    "Which buckets lack a lifecycle rule for incomplete multipart uploads?",
    call("get_s3_storage_class_recommendations"),
    says("no_abort_multipart"),
    says("larkspur-data-lake")
  )
]
