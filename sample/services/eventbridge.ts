import type {
  ListEventBusesCommandInput,
  ListEventBusesCommandOutput,
  ListRulesCommandInput,
  ListRulesCommandOutput,
  ListTargetsByRuleCommandInput,
  ListTargetsByRuleCommandOutput
} from "@aws-sdk/client-eventbridge"
import type { Named } from "../estate.ts"
import { arnOf } from "../ids.ts"
import { type Answer, defineService, pageOf } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly rules: ReadonlyArray<Rule>
  }
}

/** A rule of the default bus, with one target. */
export interface Rule extends Named {
  /** Name of the function that it invokes. */
  readonly invokes: string
  /** Name of the queue for the events which the function did not take. */
  readonly deadLetters?: string
}

const most = 100

export default defineService({
  region: { rules: [] },
  answers: {
    "events:ListEventBuses": (here, input: ListEventBusesCommandInput): Answer<ListEventBusesCommandOutput> => {
      const buses = [{ Name: "default", Arn: arnOf("events", here, "event-bus/default") }]
      const { items, next } = pageOf(buses, input.NextToken, input.Limit, most)
      return { EventBuses: [...items], NextToken: next }
    },

    "events:ListRules": (here, input: ListRulesCommandInput): Answer<ListRulesCommandOutput> => {
      const { items, next } = pageOf(here.has.rules, input.NextToken, input.Limit, most)
      return {
        Rules: items.map(({ name }) => ({ Name: name, Arn: arnOf("events", here, `rule/${name}`), State: "ENABLED" })),
        NextToken: next
      }
    },

    "events:ListTargetsByRule": (
      here,
      input: ListTargetsByRuleCommandInput
    ): Answer<ListTargetsByRuleCommandOutput> => {
      const rules = here.has.rules.filter(({ name }) => name === input.Rule)
      const { items, next } = pageOf(rules, input.NextToken, input.Limit, most)
      return {
        Targets: items.map(({ deadLetters, invokes }) => ({
          Id: "function",
          Arn: arnOf("lambda", here, `function:${invokes}`),
          ...(deadLetters === undefined ? {} : { DeadLetterConfig: { Arn: arnOf("sqs", here, deadLetters) } })
        })),
        NextToken: next
      }
    }
  },
  resources: (here) =>
    here.has.rules.map(({ name, tags }) => ({ type: "events:rule", arn: arnOf("events", here, `rule/${name}`), tags }))
})
