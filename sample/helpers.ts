/** For the healthy bulk of the estate; wasteful and hard cases are written out where they are. */
import type { Tags } from "./estate.ts"
import type { Function } from "./services/lambda.ts"
import type { LogGroup } from "./services/logs.ts"
import type { RequiredTags } from "./services/tagging.ts"

export const repeat = <A>(count: number, make: (n: number) => A): ReadonlyArray<A> =>
  Array.from({ length: count }, (_, index) => make(index + 1))

const team = (environment: string, name: string, costCenter: string): Tags => ({
  team: name,
  Owner: `${name}@larkspur-outdoor.example`,
  Environment: environment,
  CostCenter: costCenter
})

/** The tags of the shop's teams in an environment. */
export const teams = (environment: string) => ({
  web: team(environment, "web", "4100"),
  payments: team(environment, "payments", "4200"),
  logistics: team(environment, "logistics", "4300"),
  marketing: team(environment, "marketing", "4400"),
  data: team(environment, "data", "5100"),
  platform: team(environment, "platform", "5200")
})

/** A function that is used, with a log group that is written to and kept for 30 days. */
export const functionWithLogs = (own: Function): readonly [Function, LogGroup] => [
  own,
  {
    name: `/aws/lambda/${own.name}`,
    created: "2023-02-10",
    bytes: 420_000_000,
    retentionDays: 30,
    incoming: 14_000_000,
    lastWritten: "2026-11-20",
    ...(own.tags === undefined ? {} : { tags: own.tags })
  }
]

/** What the organisation's tag policy wants in the accounts that work. */
export const requiredTags: ReadonlyArray<RequiredTags> = [
  { type: "ec2:instance", cloudFormation: "AWS::EC2::Instance", keys: ["Owner", "CostCenter", "Environment"] },
  { type: "ec2:volume", cloudFormation: "AWS::EC2::Volume", keys: ["Owner", "CostCenter"] },
  { type: "s3:bucket", cloudFormation: "AWS::S3::Bucket", keys: ["Owner", "CostCenter"] },
  { type: "rds:db", cloudFormation: "AWS::RDS::DBInstance", keys: ["Owner", "CostCenter", "Environment"] }
]
