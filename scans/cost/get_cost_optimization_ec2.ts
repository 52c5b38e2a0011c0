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
  title: "AWS's own advice for EC2",
  words: "COH: stop, rightsize, Graviton, Auto Scaling groups",
  why: "AWS compares the use of instances and Auto Scaling groups with their price, and knows the discounts that a price list does not.",
  fix: "Ask the owner whether the peak is still to come, then stop, resize or replace the instance; the evidence says whether that needs a restart.",
  docs: "https://docs.aws.amazon.com/compute-optimizer/latest/ug/view-ec2-recommendations.html",
  scope: "payer",
  settings: {
    ...accountsAndRegions,
    includeAutoScalingGroups: Setting.flag(true, "Also take advice for Auto Scaling groups"),
    includeGraviton: Setting.flag(true, "Also take advice to move to Graviton processors"),
    ...actionsAndEfforts
  },
  reads: hubReads,
  subject: "recommendations",
  isOver: isWithdrawn,
  reasons: recommendationReasons,

  over: {
    items: ({ recommendations }, { partition, settings }) =>
      narrowed(
        recommendations.found.filter(({ action }) => settings.includeGraviton || !/graviton/i.test(action)),
        settings,
        ["Ec2Instance", ...(settings.includeAutoScalingGroups ? ["Ec2AutoScalingGroup"] : [])],
        partition
      ),
    resource: recommendedResource
  },

  judge: (data) => judgeEach(data)
})
