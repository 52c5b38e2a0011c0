/** EventBridge: every region has its default bus, and no rule. */
import type {
  ListEventBusesCommandOutput,
  ListRuleNamesByTargetCommandOutput,
  ListRulesCommandOutput,
  ListTargetsByRuleCommandOutput
} from "@aws-sdk/client-eventbridge"
import { type Answer, defineService } from "../Service.ts"

export default defineService({
  answers: {
    "events:ListEventBuses": ({ account, region }): Answer<ListEventBusesCommandOutput> => ({
      EventBuses: [{ Name: "default", Arn: `arn:aws:events:${region}:${account}:event-bus/default` }]
    }),
    "events:ListRuleNamesByTarget": (): Answer<ListRuleNamesByTargetCommandOutput> => ({ RuleNames: [] }),
    "events:ListRules": (): Answer<ListRulesCommandOutput> => ({ Rules: [] }),
    "events:ListTargetsByRule": (): Answer<ListTargetsByRuleCommandOutput> => ({ Targets: [] })
  }
})
