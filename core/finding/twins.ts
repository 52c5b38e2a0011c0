/**
 * Findings of the same recommendation: Cost Optimization Hub is read by a scan of all its recommendations and by one for each kind of
 * resource. What a person or the configuration says of one holds for the other.
 */
import type { Finding } from "./Finding.ts"
import { findingId } from "./findingId.ts"

const all = "get_all_cost_optimization_recommendations"

/** The scan that reads the recommendations of a type of resource, beside the one that reads all. */
const ofTypes: Readonly<Record<string, string>> = {
  "autoscaling:auto-scaling-group": "get_cost_optimization_ec2",
  "ec2:instance": "get_cost_optimization_ec2",
  "ec2:volume": "get_cost_optimization_ebs",
  "lambda:function": "get_cost_optimization_lambda",
  "rds:db-cluster": "get_cost_optimization_rds",
  "rds:db-instance": "get_cost_optimization_rds"
}

/** The scan and the id of the finding that the same recommendation is elsewhere; undefined where it is nowhere else. */
export const twinOf = ({
  account,
  region,
  resource,
  scan
}: Pick<Finding, "account" | "region" | "scan"> & { readonly resource: Pick<Finding["resource"], "arn" | "type"> }):
  | Pick<Finding, "id" | "scan">
  | undefined => {
  const own = ofTypes[resource.type]
  const other = own === undefined ? undefined : scan === all ? own : scan === own ? all : undefined
  return other === undefined ? undefined : { scan: other, id: findingId(other, account, region, resource.arn) }
}
