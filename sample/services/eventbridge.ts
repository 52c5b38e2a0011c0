import type {
  ListEventBusesCommandInput,
  ListEventBusesCommandOutput,
  ListRuleNamesByTargetCommandInput,
  ListRuleNamesByTargetCommandOutput,
  ListRulesCommandInput,
  ListRulesCommandOutput,
  ListTargetsByRuleCommandInput,
  ListTargetsByRuleCommandOutput
} from "@aws-sdk/client-eventbridge"
import type { Activity, Named, When } from "../estate.ts"
import { arnOf, type Place } from "../ids.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, refusal } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    /** Besides the default one. */
    readonly eventBuses: ReadonlyArray<EventBus>
    readonly rules: ReadonlyArray<Rule>
  }
}

export interface EventBus extends Named {
  readonly created: When
}

/** A rule for events where it has no schedule. */
export interface Rule extends Named {
  /** Default: the default bus. */
  readonly bus?: string
  readonly schedule?: string
  /** The source of the events that it takes. */
  readonly source?: string
  readonly disabled?: true
  /** The service that keeps it. */
  readonly managedBy?: string
  /** What it sends to: the service and the rest of an ARN, such as `lambda:function:x`. */
  readonly targets: ReadonlyArray<string>
  /** Invocations of a target, failed ones included. */
  readonly invocations: Activity
  readonly failures?: Activity
}

const defaultBus = "default"

const ruleArn = (place: Place, { bus = defaultBus, name }: Rule) =>
  arnOf("events", place, bus === defaultBus ? `rule/${name}` : `rule/${bus}/${name}`)

const targetArn = (place: Place, target: string) => {
  const at = target.indexOf(":")
  return arnOf(target.slice(0, at), place, target.slice(at + 1))
}

const rulesOf = ({ has }: Here, bus = defaultBus) => has.rules.filter((rule) => (rule.bus ?? defaultBus) === bus)

const mostPerPage = 100

export default defineService({
  region: { eventBuses: [], rules: [] },
  answers: {
    "events:ListEventBuses": (here, input: ListEventBusesCommandInput): Answer<ListEventBusesCommandOutput> => {
      const { items, next } = pageOf(
        [{ name: defaultBus, created: undefined }, ...here.has.eventBuses],
        input.NextToken,
        input.Limit,
        mostPerPage
      )
      return {
        EventBuses: items.map(({ created, name }) => ({
          Name: name,
          Arn: arnOf("events", here, `event-bus/${name}`),
          ...(created === undefined ? {} : { CreationTime: dateOf(created), LastModifiedTime: dateOf(created) })
        })),
        NextToken: next
      }
    },

    "events:ListRules": (here, input: ListRulesCommandInput): Answer<ListRulesCommandOutput> => {
      const { items, next } = pageOf(rulesOf(here, input.EventBusName), input.NextToken, input.Limit, mostPerPage)
      return {
        Rules: items.map((rule) => ({
          Name: rule.name,
          Arn: ruleArn(here, rule),
          EventBusName: rule.bus ?? defaultBus,
          State: rule.disabled ? "DISABLED" : "ENABLED",
          ...(rule.schedule === undefined ? {} : { ScheduleExpression: rule.schedule }),
          ...(rule.source === undefined ? {} : { EventPattern: JSON.stringify({ source: [rule.source] }) }),
          ...(rule.managedBy === undefined ? {} : { ManagedBy: rule.managedBy })
        })),
        NextToken: next
      }
    },

    "events:ListRuleNamesByTarget": (
      here,
      input: ListRuleNamesByTargetCommandInput
    ): Answer<ListRuleNamesByTargetCommandOutput> => {
      const sending = rulesOf(here, input.EventBusName).filter(({ targets }) =>
        targets.some((target) => targetArn(here, target) === input.TargetArn)
      )
      const { items, next } = pageOf(sending, input.NextToken, input.Limit, mostPerPage)
      return { RuleNames: items.map(({ name }) => name), NextToken: next }
    },

    "events:ListTargetsByRule": (
      here,
      input: ListTargetsByRuleCommandInput
    ): Answer<ListTargetsByRuleCommandOutput> => {
      const rule = rulesOf(here, input.EventBusName).find(({ name }) => name === input.Rule)
      if (rule === undefined) throw refusal("ResourceNotFoundException", `Rule ${input.Rule} does not exist.`)
      const { items, next } = pageOf(rule.targets, input.NextToken, input.Limit, mostPerPage)
      return {
        Targets: items.map((target, index) => ({ Id: `target-${index + 1}`, Arn: targetArn(here, target) })),
        NextToken: next
      }
    }
  },

  series: (here) =>
    here.has.rules
      .filter(({ disabled }) => !disabled)
      .map(({ bus = defaultBus, failures = 0, invocations, name }) => ({
        namespace: "AWS/Events",
        dimensions: bus === defaultBus ? { RuleName: name } : { EventBusName: bus, RuleName: name },
        sums: { MatchedEvents: invocations, Invocations: invocations, FailedInvocations: failures }
      })),
  resources: (here) =>
    here.has.rules.map((rule) => ({ type: "events:rule", arn: ruleArn(here, rule), tags: rule.tags }))
})
