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
  title: "AWS's own advice for Lambda",
  words: "COH: function memory size",
  why: "A function is billed by the memory that it is given, used or not, and AWS has measured what its calls needed.",
  fix: "Set the memory that AWS advises on a version behind an alias, watch duration and errors, then move the alias.",
  docs: "https://docs.aws.amazon.com/compute-optimizer/latest/ug/view-lambda-recommendations.html",
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
      narrowed(recommendations.found, settings, ["LambdaFunction"], partition),
    resource: recommendedResource
  },

  judge: (data) => judgeEach(data)
})
