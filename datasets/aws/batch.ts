/** What is read from Batch. */
import { BatchClient, DescribeComputeEnvironmentsCommand } from "@aws-sdk/client-batch"
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

/** What starts instances or tasks for the jobs of a queue, whether or not anything runs. */
export interface ComputeEnvironment {
  readonly securityGroupIds: ReadonlyArray<string>
  /** Ids and names. */
  readonly launchTemplates: ReadonlyArray<string>
}

/** All compute environments. */
export const environments = onceProbe({
  name: "batch.environments",
  operations: [describeComputeEnvironments],
  costNote: "Batch lists its compute environments a hundred a page: a free call for each page.",
  read: () =>
    complete(
      list(describeComputeEnvironments, {}, (environments) =>
        environments.map(({ computeResources }): ComputeEnvironment => {
          const template = computeResources?.launchTemplate
          return {
            securityGroupIds: computeResources?.securityGroupIds ?? [],
            launchTemplates: (template === undefined ? [] : [template, ...(template.overrides ?? [])]).flatMap(
              ({ launchTemplateId, launchTemplateName }) => launchTemplateId ?? launchTemplateName ?? []
            )
          }
        })
      )
    ).pipe(noneWhereAbsent<ReadonlyArray<ComputeEnvironment>>([]))
})
