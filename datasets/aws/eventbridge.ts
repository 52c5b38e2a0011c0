/** What is read from EventBridge: buses, rules and what rules send to. */
import {
  EventBridgeClient,
  ListEventBusesCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand
} from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import { complete, list, required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { dataset, family, listOf, readOf } from "../engine/Dataset.ts"
import { probe, seriesProbe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { several } from "../engine/several.ts"
import { questionsOf } from "../metrics/metricsOf.ts"
import { wasUsed } from "../metrics/Past.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"
import { clusterArns } from "./ecs.ts"

/** At most 100 a page. Source: shared/facts/page-sizes.md. */
const paging = { size: ["Limit", 100], input: "NextToken", output: "NextToken" } as const

/** Every region has its default bus. */
const listEventBuses = listOperation(EventBridgeClient, ListEventBusesCommand, "events:ListEventBuses", "EventBuses", {
  paging,
  neverEmpty: true
})
const listRules = listOperation(EventBridgeClient, ListRulesCommand, "events:ListRules", "Rules", { paging })
const listRuleNamesByTarget = listOperation(
  EventBridgeClient,
  ListRuleNamesByTargetCommand,
  "events:ListRuleNamesByTarget",
  "RuleNames",
  { paging }
)
const listTargetsByRule = listOperation(
  EventBridgeClient,
  ListTargetsByRuleCommand,
  "events:ListTargetsByRule",
  "Targets",
  { paging }
)

export interface EventBus {
  readonly name: string
  /** Undefined for the default bus, and for buses from before EventBridge kept it. */
  readonly createdAt: Date | undefined
}

/** The bus that every region has. */
export const defaultBus = "default"

/** All buses, 100 a page: the default one, own ones and those of partners. */
export const buses = listOf("eventbridge.buses", "regional", listEventBuses, {}, (buses) =>
  buses.map(({ CreationTime, Name }): EventBus => ({
    name: required(Name, "EventBuses[].Name"),
    createdAt: CreationTime
  }))
)

export interface Rule {
  readonly arn: string
  readonly name: string
  readonly bus: EventBus
  readonly description: string
  /** `disabled`, `enabled`, or `enabled_with_all_cloudtrail_management_events`, which is enabled too. */
  readonly state: string
  /** The events that it takes, as JSON; undefined for a rule that only has a schedule. */
  readonly pattern: string | undefined
  /** `rate(1 day)` or `cron(…)`, in UTC; undefined for a rule that only takes events. */
  readonly schedule: string | undefined
  /** The AWS service that made the rule and keeps it. */
  readonly managedBy: string | undefined
}

export const isEnabled = ({ state }: Pick<Rule, "state">): boolean => state.startsWith("enabled")

const ruleKind = resourceKind<Rule>({
  type: "events:rule",
  // Rules are free; their events may not be.
  service: billedBy.nothing,
  tags: { tagging: ["events:rule"] },
  id: ({ bus, name }) => (bus.name === defaultBus ? name : `${bus.name}/${name}`),
  name: ({ name }) => name
})

/** All rules of all buses, 100 a page. A bus whose rules are refused is a gap. */
export const rules = dataset<ReadonlyArray<Rule>, { readonly buses: typeof buses }>("eventbridge.rules", {
  kind: ruleKind,
  scope: "regional",
  operations: [listRules],
  needs: { buses },
  inventory: ["buses"],
  costNote: "EventBridge lists rules by bus: a free call for each bus, and for each hundred rules of one.",
  read: ({ buses }) =>
    Effect.map(
      several(
        buses.map((bus) =>
          list(listRules, { EventBusName: bus.name }, (rules) =>
            rules.map((rule): Rule => ({
              arn: required(rule.Arn, "Rules[].Arn"),
              name: required(rule.Name, "Rules[].Name"),
              bus,
              description: rule.Description ?? "",
              state: required(rule.State, "Rules[].State").toLowerCase(),
              pattern: rule.EventPattern,
              schedule: rule.ScheduleExpression,
              managedBy: rule.ManagedBy
            }))
          )
        )
      ),
      readOf
    )
})

export interface RuleTarget {
  /** What EventBridge sends to. */
  readonly arn: string
  /** The queue that gets the events which the target could not take. */
  readonly deadLetterArn: string | undefined
  /** The task that it starts, where the target is an ECS cluster; on which platform of Fargate, and in which networks. */
  readonly taskDefinitionArn: string | undefined
  readonly platformVersion: string | undefined
  readonly securityGroupIds: ReadonlyArray<string>
}

/** What a rule sends to. */
export const targets = probe<Rule, ReadonlyArray<RuleTarget>>({
  name: "eventbridge.targets",
  operations: [listTargetsByRule],
  cap: 5000,
  batchSize: 1,
  costNote:
    "EventBridge lists targets by rule: one free call for each rule that may be reported, or may name a resource.",
  key: ({ arn }) => arn,
  read: (rules) =>
    Effect.forEach(rules, ({ bus, name }) =>
      complete(
        list(listTargetsByRule, { EventBusName: bus.name, Rule: name }, (targets) =>
          targets.map(({ Arn, DeadLetterConfig, EcsParameters }): RuleTarget => ({
            arn: required(Arn, "Targets[].Arn"),
            deadLetterArn: DeadLetterConfig?.Arn,
            taskDefinitionArn: EcsParameters?.TaskDefinitionArn,
            platformVersion: EcsParameters?.PlatformVersion?.toLowerCase(),
            securityGroupIds: EcsParameters?.NetworkConfiguration?.awsvpcConfiguration?.SecurityGroups ?? []
          }))
        )
      )
    )
})

/** Names of the rules that send to something, as `bus/name`. */
export const rulesSendingTo = probe<
  { readonly arn: string; readonly buses: ReadonlyArray<EventBus> },
  ReadonlyArray<string>
>({
  name: "eventbridge.rulesSendingTo",
  operations: [listRuleNamesByTarget],
  cap: 1000,
  batchSize: 1,
  costNote: "EventBridge lists rules by target: a free call for each pair of bus and resource that may be unused.",
  key: ({ arn }) => arn,
  read: (asked) =>
    Effect.forEach(asked, ({ arn, buses }) =>
      Effect.map(
        Effect.forEach(buses, ({ name }) =>
          complete(
            list(listRuleNamesByTarget, { EventBusName: name, TargetArn: arn }, (rules) =>
              rules.map((rule) => `${name}/${rule}`)
            )
          )
        ),
        (names) => names.flat()
      )
    )
})

/** A rule that starts tasks. */
export interface TaskRule extends Rule {
  /** The clusters in which it does. */
  readonly clusterArns: ReadonlyArray<string>
}

/**
 * The rules that start tasks of ECS clusters. A rule names the cluster as its target, so that EventBridge tells them without a look into
 * every rule; what they start is asked with `targets`.
 */
export const taskRules = dataset<
  ReadonlyArray<TaskRule>,
  { readonly buses: typeof buses; readonly clusterArns: typeof clusterArns; readonly rules: typeof rules }
>("eventbridge.taskRules", {
  kind: ruleKind,
  scope: "regional",
  operations: [listRuleNamesByTarget],
  needs: { buses, clusterArns, rules },
  inventory: ["buses", "clusterArns", "rules"],
  costNote: "EventBridge lists rules by target: a free call for each pair of bus and ECS cluster.",
  read: ({ buses, clusterArns, rules }) =>
    Effect.map(
      several(
        buses.flatMap(({ name: bus }) =>
          clusterArns.map((cluster) =>
            list(listRuleNamesByTarget, { EventBusName: bus, TargetArn: cluster }, (names) =>
              names.map((name) => ({ id: `${bus}/${name}`, cluster }))
            )
          )
        )
      ),
      ({ gaps, items }) => {
        const clustersOf = Map.groupBy(items, ({ id }) => id)
        return {
          value: rules.flatMap((rule): ReadonlyArray<TaskRule> => {
            const starts = clustersOf.get(`${rule.bus.name}/${rule.name}`)
            return starts === undefined ? [] : [{ ...rule, clusterArns: starts.map(({ cluster }) => cluster) }]
          }),
          gaps
        }
      }
    )
})

/** One daily series of a rule. Those of the default bus are published without the name of the bus. */
export const ruleSeries = (
  { bus, name }: Pick<Rule, "bus" | "name">,
  metric: "Invocations" | "FailedInvocations" | "MatchedEvents",
  days: number
): SeriesSpec => ({
  namespace: "AWS/Events",
  metric,
  statistic: "Sum",
  dimensions: bus.name === defaultBus ? { RuleName: name } : { EventBusName: bus.name, RuleName: name },
  days
})

const anyRule = { name: "", bus: { name: "", createdAt: undefined } }

/**
 * How often every rule invoked a target, failures included; not asked for rules that cannot, or that AWS keeps, and not again of one that
 * did.
 */
export const invocations = family("eventbridge.invocations", (name, days: number) =>
  questionsOf(name, {
    scope: "regional",
    needs: { rules },
    metrics: [ruleSeries(anyRule, "Invocations", days)],
    questions: ({ rules }) =>
      rules
        .filter((rule) => isEnabled(rule) && rule.managedBy === undefined)
        .map((rule) => wasUsed(rule.arn, [ruleSeries(rule, "Invocations", days)]))
  })
)

/** How often single rules invoked a target, whatever was known of them. */
export const invocationsOfSome = family("eventbridge.invocationsOfSome", (name, days: number) =>
  seriesProbe<Rule>({
    name,
    costNote: "One paid metric for each rule that failed, or whose schedule is over.",
    metrics: [ruleSeries(anyRule, "Invocations", days)],
    key: ({ arn }) => arn,
    series: (rule) => [ruleSeries(rule, "Invocations", days)]
  })
)

/** How often targets of single rules failed for good. */
export const failures = family("eventbridge.failures", (name, days: number) =>
  seriesProbe<Rule>({
    name,
    costNote: "One paid metric for each rule that invoked a target, or should have.",
    metrics: [ruleSeries(anyRule, "FailedInvocations", days)],
    key: ({ arn }) => arn,
    series: (rule) => [ruleSeries(rule, "FailedInvocations", days)]
  })
)

/** How many events single rules took. */
export const matches = family("eventbridge.matches", (name, days: number) =>
  seriesProbe<Rule>({
    name,
    costNote: "One paid metric for each rule for events that invoked nothing.",
    metrics: [ruleSeries(anyRule, "MatchedEvents", days)],
    key: ({ arn }) => arn,
    series: (rule) => [ruleSeries(rule, "MatchedEvents", days)]
  })
)
