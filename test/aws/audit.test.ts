/**
 * The command line audits moto over HTTP: two accounts, two regions, every scan with its default settings.
 *
 * What moto 5.2.5 cannot serve, and what becomes of the scan:
 *
 * | scan | moto lacks | outcome |
 * | --- | --- | --- |
 * | find_unused_snapshots | DescribeLockedSnapshots, DescribeFastSnapshotRestores | unavailable |
 * | get_all_cost_optimization_recommendations | Cost Optimization Hub | unavailable |
 * | find_unused_amis | DescribeImageReferences, DescribeFastSnapshotRestores | partial; images that may be unused are unknown |
 * | find_unused_security_groups | DescribeSecurityGroupReferences, …VpcAssociations, DescribeStaleSecurityGroups | partial; groups that may be unused are unknown |
 * | find_unused_lambda_functions | ListProvisionedConcurrencyConfigs | partial; judged, without a saving |
 * | find_unused_cloudfront_distributions | GetMonitoringSubscription; every distribution was changed in 2021 | partial; judged |
 * | get_cost_by_service, get_daily_cost_trend | a bill: it repeats what it was told through an interface of its own | complete |
 *
 * Where moto answers something else than AWS, the seed keeps away from it: DescribeRegions lists regions that are not enabled (so
 * the configuration names two), DescribeSnapshots gives snapshots of others (so there are none), the interfaces of NAT gateways
 * are detached (so none has an Elastic IP), load balancers have no interfaces (so no addresses are priced), GetResources does
 * not find log groups (so no log group is kept by a tag). No call is ever denied: any role can be assumed, and no policy is applied.
 */
import { DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs"
import {
  AttachVolumeCommand,
  CreateTagsCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  type EC2Client,
  ReleaseAddressCommand
} from "@aws-sdk/client-ec2"
import { DeleteFunctionCommand } from "@aws-sdk/client-lambda"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Finding } from "../../core/finding/Finding.ts"
import type { Outcome } from "../../core/finding/Outcome.ts"
import type { ScanResult } from "../../cli/ScanResult.ts"
import { endpoint } from "./emulator.ts"
import { bulk, nextCosts, payer, regions, roleName, seed } from "./seed.ts"
