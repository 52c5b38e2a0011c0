import type { Resource } from "./Finding.ts"

/**
 * Kinds of resources that a bill names by their id. It names every other one by its ARN. Source: `lineItem/ResourceId` of the Cost
 * and Usage Report, whose values `ResourceId` of the FOCUS export repeats.
 */
const byId: ReadonlySet<string> = new Set(["ec2:instance", "ec2:volume", "s3:bucket"])

/** A resource as `ResourceId` of a bill names it. */
export const billedResourceId = ({ arn, id, type }: Pick<Resource, "arn" | "id" | "type">): string =>
  byId.has(type) || arn === "" ? id : arn
