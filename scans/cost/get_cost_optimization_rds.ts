import { defineScan, Setting } from "../Scan.ts"
import {
  accountsAndRegions,
  actionsAndEfforts,
  hubReads,
  isWithdrawn,
  judgeEach,
  narrowed,
  recommendationReasons,
  recommendedResource
} from "../shared/recommendations.ts"

export default defineScan({
  title: "AWS's own advice for RDS",
  words: "COH: Aurora, database class, storage, I/O-Optimized",
  why: "AWS compares the load of databases and their storage with the classes, storage types and Aurora configurations that would carry it.",
  fix: "Apply it in a maintenance window after a snapshot; instance and storage are separate changes, and storage cannot be changed again for six hours.",
  docs: "https://docs.aws.amazon.com/compute-optimizer/latest/ug/view-rds-recommendations.html",
  scope: "payer",
  settings: {
    ...accountsAndRegions,
    includeStorage: Setting.flag(true, "Also take advice for storage, which adds to that for the instance"),
    ...actionsAndEfforts
  },
  reads: hubReads,
  subject: "recommendations",
  isOver: isWithdrawn,
  reasons: recommendationReasons,

  over: {
    items: ({ recommendations }, { partition, settings }) =>
      narrowed(
        recommendations.found,
        settings,
        ["RdsDbInstance", ...(settings.includeStorage ? ["RdsDbInstanceStorage", "AuroraDbClusterStorage"] : [])],
        partition
      ),
    resource: recommendedResource
  },

  judge: (data) => judgeEach(data)
})
