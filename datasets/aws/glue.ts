/** What is read from Glue. */
import { GetConnectionsCommand, GlueClient } from "@aws-sdk/client-glue"
import * as Effect from "effect/Effect"
import { complete, list } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { noneWhereAbsent } from "../engine/noneWhen.ts"
import { onceProbe } from "../engine/Probe.ts"

const getConnections = listOperation(GlueClient, GetConnectionsCommand, "glue:GetConnections", "ConnectionList", {
  paging: { size: ["MaxResults", 100], input: "NextToken", output: "NextToken" }
})

/** Ids of the security groups that connections give to the jobs that use them, whether or not a job runs. */
export const connectionSecurityGroups = onceProbe({
  name: "glue.connectionSecurityGroups",
  operations: [getConnections],
  costNote: "Glue lists its connections a hundred a page: a free call for each page.",
  read: () =>
    // Without the passwords there is nothing to decrypt, and no key that has to allow it.
    complete(
      list(getConnections, { HidePassword: true }, (connections) =>
        connections.flatMap(
          ({ PhysicalConnectionRequirements }) => PhysicalConnectionRequirements?.SecurityGroupIdList ?? []
        )
      )
    ).pipe(
      Effect.map((ids): ReadonlySet<string> => new Set(ids)),
      noneWhereAbsent<ReadonlySet<string>>(new Set())
    )
})
