/** What is read from EventBridge: the tasks that rules start, and the queues that get what their targets could not take. */
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
import { noneWhereAbsent } from "../engine/noneWhen.ts"
import { onceProbe } from "../engine/Probe.ts"

/** At most 100 a page. Source: shared/facts/page-sizes.md. */
const paging = { size: ["Limit", 100], input: "NextToken", output: "NextToken" } as const

const listEventBuses = listOperation(EventBridgeClient, ListEventBusesCommand, "events:ListEventBuses", "EventBuses", {
  paging
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

const readBusNames = complete(
  list(listEventBuses, {}, (buses) => buses.map(({ Name }) => required(Name, "EventBuses[].Name")))
)

/**
 * Ids of the security groups in which rules start tasks of these ECS clusters, whether or not a task runs. A rule names the
 * cluster as its target, so only the rules that do are looked into.
 */
export const taskSecurityGroups = onceProbe({
  name: "eventbridge.taskSecurityGroups",
  operations: [listEventBuses, listRuleNamesByTarget, listTargetsByRule],
  costNote: "EventBridge lists rules by target: a free call for each pair of bus and ECS cluster, and for each rule.",
  read: Effect.fnUntraced(function* (clusterArns: ReadonlyArray<string>) {
    if (clusterArns.length === 0) return new Set<string>()
    const buses = yield* readBusNames
    const ids = yield* Effect.forEach(
      buses.flatMap((bus) => clusterArns.map((cluster) => [bus, cluster] as const)),
      Effect.fnUntraced(function* ([EventBusName, TargetArn]) {
        const rules = yield* complete(list(listRuleNamesByTarget, { EventBusName, TargetArn }, (names) => names))
        const targets = yield* Effect.forEach(rules, (Rule) =>
          complete(
            list(listTargetsByRule, { EventBusName, Rule }, (targets) =>
              targets.flatMap(
                ({ EcsParameters }) => EcsParameters?.NetworkConfiguration?.awsvpcConfiguration?.SecurityGroups ?? []
              )
            )
          )
        )
        return targets.flat()
      }),
      { concurrency: 4 }
    )
    return new Set(ids.flat())
  }, noneWhereAbsent<ReadonlySet<string>>(new Set()))
})

/** ARNs of the queues that get the events which a target of a rule could not take. */
export const deadLetterQueues = onceProbe({
  name: "eventbridge.deadLetterQueues",
  operations: [listEventBuses, listRules, listTargetsByRule],
  costNote:
    "EventBridge lists targets by rule: one free call for each, and only where a queue lets EventBridge send to it.",
  read: Effect.fnUntraced(function* () {
    const rules = yield* Effect.forEach(yield* readBusNames, (EventBusName) =>
      complete(
        list(listRules, { EventBusName }, (rules) =>
          rules.map(({ Name }) => ({ EventBusName, Rule: required(Name, "Rules[].Name") }))
        )
      )
    )
    const queues = yield* Effect.forEach(
      rules.flat(),
      (rule) =>
        complete(
          list(listTargetsByRule, rule, (targets) =>
            targets.flatMap(({ DeadLetterConfig }) => DeadLetterConfig?.Arn ?? [])
          )
        ),
      { concurrency: 4 }
    )
    return new Set(queues.flat())
  }, noneWhereAbsent<ReadonlySet<string>>(new Set()))
})
