/** What is read from EventBridge. */
import {
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand
} from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import { complete, list, required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { probe } from "../engine/Probe.ts"

/** At most 100 a page. Source: shared/facts/page-sizes.md. */
const paging = { size: ["Limit", 100], input: "NextToken", output: "NextToken" } as const

const listEventBuses = listOperation(EventBridgeClient, ListEventBusesCommand, "events:ListEventBuses", "EventBuses", {
  paging
})
const listRules = listOperation(EventBridgeClient, ListRulesCommand, "events:ListRules", "Rules", { paging })
const listTargets = listOperation(EventBridgeClient, ListTargetsByRuleCommand, "events:ListTargetsByRule", "Targets", {
  paging
})

/** ARNs of the queues that get the events which a target of a rule could not take: one question for all rules of the region. */
export const deadLetterQueues = probe<unknown, ReadonlySet<string>>({
  name: "eventbridge.deadLetterQueues",
  operations: [listEventBuses, listRules, listTargets],
  cap: 1,
  batchSize: 1,
  costNote:
    "EventBridge lists targets by rule: one free call for each, and only where a queue lets EventBridge send to it.",
  key: () => "region",
  identity: () => "region",
  read: (questions) =>
    Effect.forEach(questions, () =>
      Effect.gen(function* () {
        const buses = yield* complete(
          list(listEventBuses, {}, (buses) => buses.map(({ Name }) => required(Name, "EventBuses[].Name")))
        )
        const rules = yield* Effect.forEach(buses, (bus) =>
          complete(
            list(listRules, { EventBusName: bus }, (rules) =>
              rules.map(({ Name }) => ({ bus, name: required(Name, "Rules[].Name") }))
            )
          )
        )
        const queues = yield* Effect.forEach(
          rules.flat(),
          ({ bus, name }) =>
            complete(
              list(listTargets, { EventBusName: bus, Rule: name }, (targets) =>
                targets.flatMap(({ DeadLetterConfig }) => DeadLetterConfig?.Arn ?? [])
              )
            ),
          { concurrency: 8 }
        )
        return new Set(queues.flat())
      })
    )
})
