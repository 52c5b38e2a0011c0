/** What is read from CodeBuild. */
import { BatchGetProjectsCommand, CodeBuildClient, ListProjectsCommand } from "@aws-sdk/client-codebuild"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { complete, list } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { noneWhereAbsent } from "../engine/noneWhen.ts"
import { onceProbe } from "../engine/Probe.ts"

/** Its pages have no size. */
const listProjects = listOperation(CodeBuildClient, ListProjectsCommand, "codebuild:ListProjects", "projects", {
  paging: { input: "nextToken", output: "nextToken" }
})

/** A hundred in one call. Source: the CodeBuild API reference, `names`. */
const batchGetProjects = listOperation(
  CodeBuildClient,
  BatchGetProjectsCommand,
  "codebuild:BatchGetProjects",
  "projects"
)

/** Ids of the security groups in which projects build, whether or not a build runs. */
export const projectSecurityGroups = onceProbe({
  name: "codebuild.projectSecurityGroups",
  operations: [listProjects, batchGetProjects],
  costNote:
    "CodeBuild lists the names of its projects and describes a hundred at a time: a free call for each hundred.",
  read: Effect.fnUntraced(function* () {
    const names = yield* complete(list(listProjects, {}, (names) => names))
    const projects = yield* Effect.forEach(Arr.chunksOf(names, 100), (names) =>
      complete(
        list(batchGetProjects, { names }, (projects) =>
          projects.flatMap(({ vpcConfig }) => vpcConfig?.securityGroupIds ?? [])
        )
      )
    )
    return new Set(projects.flat())
  }, noneWhereAbsent<ReadonlySet<string>>(new Set()))
})
