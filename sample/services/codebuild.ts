/** CodeBuild: the estate builds elsewhere. */
import type { BatchGetProjectsCommandOutput, ListProjectsCommandOutput } from "@aws-sdk/client-codebuild"
import { type Answer, defineService } from "../Service.ts"

export default defineService({
  answers: {
    "codebuild:ListProjects": (): Answer<ListProjectsCommandOutput> => ({ projects: [] }),
    "codebuild:BatchGetProjects": (): Answer<BatchGetProjectsCommandOutput> => ({ projects: [] })
  }
})
