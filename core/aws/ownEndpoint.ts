/**
 * Where the operations of `OwnCalls` are sent, by the same rules as the SDK's clients have, whose rule sets are of all services of a
 * partition. A test compares the two.
 */
import { type Partition, partitionOf } from "../Scope.ts"

/** A service by the name under which its requests are signed. */
export type Service = "dynamodb" | "lambda" | "states"

/** Which of a service's addresses is wanted: one that is validated by FIPS 140, one that has IPv6 as well, or both. */
export interface Variant {
  readonly fips: boolean
  readonly dualStack: boolean
}

const suffixes: Record<Partition, { readonly single: string; readonly dual: string }> = {
  aws: { single: "amazonaws.com", dual: "api.aws" },
  "aws-us-gov": { single: "amazonaws.com", dual: "api.aws" },
  "aws-cn": { single: "amazonaws.com.cn", dual: "api.amazonwebservices.com.cn" }
}

/** In GovCloud some addresses are FIPS endpoints without being called so, and one is called so that has no other. */
const isCalledFips = (service: Service, region: string, { dualStack, fips }: Variant): boolean => {
  if (partitionOf(region) !== "aws-us-gov") return fips
  if (dualStack) return fips || service === "states"
  return fips && (service === "lambda" || (service === "states" && region !== "us-gov-west-1"))
}

/** The address of a service in a region. */
export const ownEndpoint = (service: Service, region: string, variant: Variant): string => {
  const { dual, single } = suffixes[partitionOf(region)]
  return `https://${service}${isCalledFips(service, region, variant) ? "-fips" : ""}.${region}.${variant.dualStack ? dual : single}`
}
