/// <reference path="../.sst/platform/config.d.ts" />
/** What whatever answers an assistant is given, be it a function or an always-on server: the table, and what scans. */
import type { IssuerConfig } from "../core/config/mcp.ts"
import { liveSteps } from "../workflows/Steps.ts"
import { tableActions } from "./permissions.ts"
import type { Scanning } from "./scanning.ts"
import type { Storage } from "./storage.ts"

/** The environment that `mcp/cloudServices.ts` reads. */
export const answeringEnvironment = ({ table }: Storage, { machine, steps }: Scanning) => ({
  NIGHTAUDIT_TABLE: table.name,
  NIGHTAUDIT_MACHINE: machine.arn,
  ...Object.fromEntries(liveSteps.map((step) => [`NIGHTAUDIT_STEP_${step.toUpperCase()}`, steps[step].arn]))
})

/** Whose tokens the company's own provider of identities vouches for, as AgentCore takes it. */
export const issuerAuthorizer = ({ audience, clientIds, url }: IssuerConfig) => ({
  discoveryUrl: `${url.replace(/\/$/, "")}/.well-known/openid-configuration`,
  ...(audience === undefined ? {} : { allowedAudiences: [...audience] }),
  ...(clientIds === undefined ? {} : { allowedClients: [...clientIds] })
})

export const answeringPermissions = ({ table }: Storage, { machine, steps }: Scanning) => [
  { actions: tableActions, resources: [table.arn, $interpolate`${table.arn}/index/*`] },
  { actions: ["lambda:InvokeFunction"], resources: liveSteps.map((step) => steps[step].arn) },
  { actions: ["states:StartExecution"], resources: [machine.arn] }
]
