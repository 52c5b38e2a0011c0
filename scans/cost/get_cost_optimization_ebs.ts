import { defineScan } from "../Scan.ts"
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
  title: "AWS's own advice for EBS",
  words: "COH: delete, upgrade volumes",
  why: "AWS sees which volumes nobody reads or writes, and which pay for a type, size or IOPS that they do not use.",
  fix: "Snapshot a volume before it is deleted; change a type, IOPS or throughput in place, which needs no restart.",
  docs: "https://docs.aws.amazon.com/compute-optimizer/latest/ug/view-ebs-recommendations.html",
  scope: "payer",
  settings: {
    ...accountsAndRegions,
    ...actionsAndEfforts
  },
  reads: hubReads,
  subject: "recommendations",
  isOver: isWithdrawn,
  reasons: recommendationReasons,

  over: {
    items: ({ recommendations }, { partition, settings }) =>
      narrowed(recommendations.found, settings, ["EbsVolume"], partition),
    resource: recommendedResource
  },

  judge: (data) => judgeEach(data)
})
