/// <reference path="../.sst/platform/config.d.ts" />
/** What opens the report that a digest links: a function that anybody with the link may call, and that may do next to nothing. */
import type { Config } from "../core/config/Config.ts"
import { openingsAtOnce, openingSeconds } from "../functions/openingSeconds.ts"
import { functionOptions } from "./functions.ts"
import { openingActions, reportObjects } from "./permissions.ts"
import type { StageSettings } from "./stages.ts"
import type { Storage } from "./storage.ts"

/** Undefined where the configuration wants no link that opens without AWS credentials. */
export const opening = ({ deploy }: Config, settings: StageSettings, { reports, table }: Storage) =>
  deploy.reportLink
    ? new sst.aws.Function("OpenReport", {
        ...functionOptions(settings, { copyFiles: [], vpc: undefined }),
        description: "Night Audit, opens the report of a link",
        handler: "functions/openReport.handler",
        memory: "512 MB",
        timeout: `${openingSeconds + 4} seconds`,
        // Anybody may call it, and none of these calls takes the place of a night's functions.
        concurrency: { reserved: openingsAtOnce },
        url: { authorization: "none", cors: false },
        environment: { NIGHTAUDIT_TABLE: table.name, NIGHTAUDIT_REPORTS: reports.name },
        permissions: [
          { actions: openingActions.table, resources: [table.arn] },
          { actions: openingActions.reports, resources: [$interpolate`${reports.arn}/${reportObjects}`] }
        ]
      })
    : undefined

export type Opener = ReturnType<typeof opening>
