/// <reference path="../.sst/platform/config.d.ts" />
/**
 * The scanner's way into the other accounts: one role, generated from what the scans read, as a StackSet for the organisation's
 * members. StackSets skip the management account: there it is a stack of the same template.
 */
import type { Config } from "../core/config/Config.ts"
import { readerRoleName } from "../core/config/deployment.ts"
import { memberTemplate } from "../audit/memberTemplate.ts"
import { identity } from "./functions.ts"
import { entering } from "./permissions.ts"
import { roleNameOf } from "./scanning.ts"

export const members = (config: Config) => {
  const { account, partition } = identity()
  const template = memberTemplate({ role: { ...config.role, name: readerRoleName(config, $app.stage) } })
  const scanners = entering.map((step) => $interpolate`arn:${partition}:iam::${account}:role/${roleNameOf(step)}`)
  const parameters = {
    ScannerRoleArns: $resolve(scanners).apply((arns) => arns.join(",")),
    ...(config.role.externalId === undefined ? {} : { ExternalId: config.role.externalId })
  }
  const stackSet = new aws.cloudformation.StackSet("Members", {
    name: `${$app.name}-${$app.stage}-reader`,
    description: "What Night Audit reads in this account",
    permissionModel: "SERVICE_MANAGED",
    autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
    capabilities: ["CAPABILITY_NAMED_IAM"],
    operationPreferences: { failureTolerancePercentage: 20, maxConcurrentPercentage: 50 },
    parameters,
    templateBody: JSON.stringify(template)
  })
  if (config.deploy.organizationalUnits.length > 0) {
    new aws.cloudformation.StackSetInstance("Members", {
      stackSetName: stackSet.name,
      deploymentTargets: { organizationalUnitIds: [...config.deploy.organizationalUnits] }
    })
  }
  // The deploying account is no member of its own StackSet; it gets the role directly, or nothing of it could be scanned.
  new aws.cloudformation.Stack("OwnReader", {
    name: `${$app.name}-${$app.stage}-reader`,
    capabilities: ["CAPABILITY_NAMED_IAM"],
    parameters,
    templateBody: JSON.stringify(template)
  })
}
