import { partitionOf } from "../Scope.ts"

/** `arn:aws:ec2:eu-west-1:123456789012:volume/vol-1`, in the partition of the region. */
export const arn = (service: string, region: string, account: string, resource: string): string =>
  `arn:${partitionOf(region)}:${service}:${region}:${account}:${resource}`

/** The part of an ARN after the account: `volume/vol-1`. */
export const resourceOfArn = (value: string): string => value.split(":").slice(5).join(":")
