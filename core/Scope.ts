/** Where something is read and judged: an account and a region, its global services, or the payer's billing data. */
import * as Schema from "effect/Schema"

/** Twelve digits. */
export const AccountId = Schema.String.annotate({
  message: "expected an account id of twelve digits, in quotes"
}).check(
  // Without the u flag the pattern stays out of JSON Schemas.
  Schema.isPattern(/^\d{12}$/u, { message: "expected an account id of twelve digits" })
)

/** The region of a scope that is read once per account, such as S3 or CloudFront. */
export const globalRegion = "global"

/** The region of the scope that holds billing data, read once per organisation from the payer. */
export const payerRegion = "global/payer"

/** The region of a record that stands for every region of an account that could not be entered. */
export const everyRegion = "*"

const regionWords: Readonly<Record<string, string>> = {
  [everyRegion]: "every region",
  [globalRegion]: "global services",
  [payerRegion]: "billing data"
}

/** The region of a scope or of a record in words: an AWS region is its own. */
export const regionText = (region: string): string => regionWords[region] ?? region

/** How often a scan runs: in every enabled region, once per account, or once per organisation. */
export const ScopeKind = Schema.Literals(["regional", "global", "payer"])
export type ScopeKind = typeof ScopeKind.Type

/** `region` is an AWS region, `global` or `global/payer`. */
export const Scope = Schema.Struct({ account: AccountId, region: Schema.NonEmptyString })
export interface Scope {
  readonly account: string
  readonly region: string
}

export const scopeKindOf = (scope: Scope): ScopeKind =>
  scope.region === payerRegion ? "payer" : scope.region === globalRegion ? "global" : "regional"

/** `123456789012/eu-west-1`: how a scope is written in logs, keys and messages. */
export const scopeKey = (scope: Scope): string => `${scope.account}/${scope.region}`

/** An AWS partition: commercial, GovCloud or China. ARNs and global endpoints differ between them. */
export type Partition = "aws" | "aws-us-gov" | "aws-cn"

/** The partition that a region belongs to, by its name. */
export const partitionOf = (region: string): Partition =>
  region.startsWith("us-gov-") ? "aws-us-gov" : region.startsWith("cn-") ? "aws-cn" : "aws"

/** Whether a region has a name as those of these partitions have it, also one that is newer than the list of regions here. */
export const isOfKnownPartition = (region: string): boolean =>
  /^(?:(?:af|ap|ca|eu|il|me|mx|sa|us)-|us-gov-|cn-)[a-z]+-\d+$/u.test(region)

const globalEndpointRegions: Record<Partition, string> = {
  aws: "us-east-1",
  "aws-us-gov": "us-gov-west-1",
  "aws-cn": "cn-northwest-1"
}

/** The AWS region whose endpoint answers for a scope: its own, or the partition's home of the global services. */
export const endpointRegion = (region: string, partition: Partition): string =>
  region === globalRegion || region === payerRegion ? globalEndpointRegions[partition] : region
