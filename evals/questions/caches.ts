import { ask, at, call, says } from "../Question.ts"

export default [
  ask(
    "cache-idle",
    "FinOps analyst",
    "Which ElastiCache clusters are idle or oversized, and what would smaller nodes save?",
    call("find_underutilized_elasticache_clusters"),
    at("totals.findings", 3),
    says("campaign-2025")
  ),
  ask(
    "cache-too-big",
    "developer",
    "Are our Valkey or Memcached caches bigger than what they hold?",
    call("find_underutilized_elasticache_clusters"),
    says("product-pages")
  ),
  ask(
    "cache-full",
    "platform engineer",
    "Which Redis caches are short of memory and evict keys?",
    call("find_overutilized_elasticache_clusters"),
    at("totals.findings", 2),
    says("cart")
  ),
  ask(
    "cache-busy",
    "developer",
    "Is an ElastiCache cache saturated, with high CPU or too many connections?",
    call("find_overutilized_elasticache_clusters"),
    says("evictions")
  )
]
