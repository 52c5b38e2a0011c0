import { ask, at, call, says } from "../Question.ts"

export default [
  ask(
    "errors-direct",
    "platform engineer",
    "Which target groups return too many HTTP 5xx errors?",
    call("find_target_groups_with_high_error_rate"),
    at("count", 2),
    says("search-api")
  ),
  ask(
    "errors-failed",
    "manager",
    "Do requests fail at one of our ALBs?",
    call("find_target_groups_with_high_error_rate"),
    says("k8s-preview-ingress")
  ),
  ask(
    "slow-direct",
    "developer",
    "Which target groups respond slowly?",
    call("find_target_groups_with_high_response_time"),
    says("cart"),
    at("count", 1)
  ),
  ask(
    "slow-latency",
    "platform engineer",
    "Show me p95 latency behind our load balancers, where it is too high.",
    call("find_target_groups_with_high_response_time"),
    says("cart")
  ),
  ask(
    "open-direct",
    "security",
    "Which security groups are open to 0.0.0.0/0?",
    call("find_overly_permissive_security_groups"),
    at("count", 6),
    says("sensitive_port")
  ),
  ask(
    "open-ssh",
    "security",
    "Can the whole world reach an SSH or RDP port of ours?",
    call("find_overly_permissive_security_groups"),
    says("ssh-from-anywhere")
  ),
  ask(
    "public-direct",
    "security",
    "Which S3 buckets are public?",
    call("find_public_s3_buckets"),
    at("count", 3),
    says("larkspur-photo-contest")
  ),
  ask(
    "public-anonymous",
    "manager",
    "Can anonymous people read one of our buckets?",
    call("find_public_s3_buckets"),
    says("public_acl")
  ),
  ask(
    "encryption-key",
    "security",
    "Is there a bucket whose KMS key is going to be deleted?",
    call("find_unencrypted_s3_buckets"),
    says("larkspur-data-lake-copy")
  ),
  ask(
    "encryption-direct",
    "security",
    "Which S3 buckets are not encrypted as they should be?",
    call("find_unencrypted_s3_buckets"),
    at("count", 10),
    says("key_unusable")
  ),
  ask(
    "cache-direct",
    "platform engineer",
    "Which CloudFront distributions have a poor cache hit ratio?",
    call("analyze_cloudfront_cache_hit_ratio"),
    says("low_hit_rate"),
    at("count", 3)
  ),
  ask(
    "cache-misses",
    "developer",
    "Where does our CDN cache miss most of the time?",
    call("analyze_cloudfront_cache_hit_ratio"),
    says("feed.larkspur-outdoor.example")
  ),
  ask(
    "api-direct",
    "developer",
    "Which API Gateway stages are slow or return errors?",
    call("analyze_api_gateway_performance"),
    at("count", 3),
    says("reviews")
  ),
  ask(
    "api-cache",
    "FinOps analyst",
    "Do we pay for an API Gateway cache that is useless?",
    call("analyze_api_gateway_performance"),
    at("totals.monthlyUsd", 160.6),
    says("useless_cache")
  )
]
