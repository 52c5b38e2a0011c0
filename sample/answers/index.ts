/** What the sample estate answers: one function per operation. */
import { answers as autoscaling } from "./autoscaling.ts"
import { answers as cloudfront } from "./cloudfront.ts"
import { answers as cloudwatch } from "./cloudwatch.ts"
import { answers as costExplorer } from "./costExplorer.ts"
import { answers as costOptimizationHub } from "./costOptimizationHub.ts"
import { answers as databases } from "./databases.ts"
import { answers as ec2 } from "./ec2.ts"
import { answers as ecs } from "./ecs.ts"
import { answers as elb } from "./elb.ts"
import type { Answers } from "./Here.ts"
import { answers as images } from "./images.ts"
import { answers as lambda } from "./lambda.ts"
import { answers as logs } from "./logs.ts"
import { answers as organizations } from "./organizations.ts"
import { answers as route53 } from "./route53.ts"
import { answers as s3 } from "./s3.ts"
import { answers as securityGroups } from "./securityGroups.ts"
import { answers as tagging } from "./tagging.ts"
import { answers as vpc } from "./vpc.ts"

export const answers: Answers = {
  ...autoscaling,
  ...cloudfront,
  ...cloudwatch,
  ...costExplorer,
  ...costOptimizationHub,
  ...databases,
  ...ec2,
  ...ecs,
  ...elb,
  ...images,
  ...lambda,
  ...logs,
  ...organizations,
  ...route53,
  ...s3,
  ...securityGroups,
  ...tagging,
  ...vpc
}
