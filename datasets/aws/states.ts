/** What is read from Step Functions. */
import { ListStateMachinesCommand, SFNClient } from "@aws-sdk/client-sfn"
import { required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { listOf } from "../engine/Dataset.ts"

/** Source: shared/facts/page-sizes.md. */
const listStateMachines = listOperation(
  SFNClient,
  ListStateMachinesCommand,
  "states:ListStateMachines",
  "stateMachines",
  { paging: { size: ["maxResults", 1000], input: "nextToken", output: "nextToken" } }
)

/** The ARNs of all state machines, without versions and aliases, 1,000 a page. */
export const stateMachineArns = listOf("states.stateMachineArns", "regional", listStateMachines, {}, (machines) =>
  machines.map(({ stateMachineArn }) => required(stateMachineArn, "stateMachines[].stateMachineArn"))
)
