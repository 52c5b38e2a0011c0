import type { ListStateMachinesCommandInput, ListStateMachinesCommandOutput } from "@aws-sdk/client-sfn"
import type { Named, When } from "../estate.ts"
import { arnOf, type Place } from "../ids.ts"
import { type Answer, dateOf, defineService, pageOf } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly stateMachines: ReadonlyArray<StateMachine>
  }
}

export interface StateMachine extends Named {
  readonly created: When
}

export const stateMachineArn = (place: Place, name: string) => arnOf("states", place, `stateMachine:${name}`)

export default defineService({
  region: { stateMachines: [] },
  answers: {
    "states:ListStateMachines": (
      here,
      input: ListStateMachinesCommandInput
    ): Answer<ListStateMachinesCommandOutput> => {
      const { items, next } = pageOf(here.has.stateMachines, input.nextToken, input.maxResults, 1000)
      return {
        stateMachines: items.map(({ created, name }) => ({
          stateMachineArn: stateMachineArn(here, name),
          name,
          type: "STANDARD",
          creationDate: dateOf(created)
        })),
        nextToken: next
      }
    }
  },
  resources: (here) =>
    here.has.stateMachines.map(({ name, tags }) => ({
      type: "states:stateMachine",
      arn: stateMachineArn(here, name),
      tags
    }))
})
