/** How busy a node of a cache may be. */
import { isMemcached } from "../../datasets/aws/elasticache.ts"

/**
 * Percent of a whole node's CPU that stands for so many percent of what the engine can use: Redis OSS and Valkey work on one core, so
 * that on a node of two vCPUs half of it is all. Source: ElastiCache user guide, "Which metrics should I monitor?".
 */
export const hostPercent = (percent: number, cache: { readonly engine: string }, vcpu: number): number =>
  isMemcached(cache) || vcpu > 2 ? percent : percent / vcpu
