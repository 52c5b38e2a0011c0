/** What is read from Batch. */
import { BatchClient, DescribeComputeEnvironmentsCommand } from "@aws-sdk/client-batch"
import * as Effect from "effect/Effect"
import { complete, list } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { noneWhereAbsent } from "../engine/noneWhen.ts"
import { onceProbe } from "../engine/Probe.ts"

const describeComputeEnvironments = listOperation(
  BatchClient,
  DescribeComputeEnvironmentsCommand,
  "batch:DescribeComputeEnvironments",
  "computeEnvironments",
  { paging: { size: ["maxResults", 100], input: "nextToken", output: "nextToken" } }
)

/** Ids of the security groups in which compute environments start, whether or not anything runs. */
export const environmentSecurityGroups = onceProbe({
  name: "batch.environmentSecurityGroups",
  operations: [describeComputeEnvironments],
  costNote: "Batch lists its compute environments a hundred a page: a free call for each page.",
  read: () =>
    complete(
      list(describeComputeEnvironments, {}, (environments) =>
        environments.flatMap(({ computeResources }) => computeResources?.securityGroupIds ?? [])
      )
    ).pipe(
      Effect.map((ids): ReadonlySet<string> => new Set(ids)),
      noneWhereAbsent<ReadonlySet<string>>(new Set())
    )
})
