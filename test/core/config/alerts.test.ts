import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { decodeConfig } from "../../../core/config/Config.ts"
import { catalogue } from "./catalogue.ts"

const rules = (...written: ReadonlyArray<object>) => decodeConfig({ alerts: { rules: written } }, catalogue)

describe("alert rules in the configuration", () => {
  it.effect("have a severity, a quiet time and a hysteresis", () =>
    Effect.gen(function* () {
      const { alerts } = yield* rules({ name: "open-waste", measure: "open_waste", above: 9000 })
      assert.deepStrictEqual(alerts.rules, [
        {
          name: "open-waste",
          measure: "open_waste",
          above: 9000,
          severity: "high",
          quietHours: 20,
          hysteresisPercent: 5
        }
      ])
    })
  )

  const mistakes: ReadonlyArray<readonly [object, string]> = [
    [{ measure: "open_waste", above: 1 }, "alerts.rules[0].name: is missing"],
    [
      { name: "Open Waste", measure: "open_waste", above: 1 },
      "alerts.rules[0].name: expected a name of lower-case letters, digits and hyphens, at most 40"
    ],
    [{ name: "a", measure: "open_waste" }, "alerts.rules[0].above: is missing: the amount of USD that is too much"],
    [{ name: "a", measure: "open_waste", above: 0 }, "alerts.rules[0].above: expected an amount of USD, above zero"],
    [
      { name: "a", measure: "open_waste", below: 1 },
      "alerts.rules[0].below: is for coverage only; expected above, in USD"
    ],
    [
      { name: "a", measure: "coverage", above: 1 },
      "alerts.rules[0].above: is not for coverage; expected below, in percent"
    ],
    [
      { name: "a", measure: "month_to_date_spend", above: 1, region: "eu-west-1" },
      "alerts.rules[0].region: is not possible: month_to_date_spend is known by account or service, or for all"
    ],
    [
      { name: "a", measure: "started_resource", above: 1, owner: "payments" },
      "alerts.rules[0].owner: is not possible: started_resource is known by account or service or region, or for all"
    ],
    [
      { name: "a", measure: "run_cost", above: 1, account: "111111111111" },
      "alerts.rules[0].account: is not possible: run_cost is known for the organisation only"
    ],
    [
      { name: "a", measure: "open_waste", above: 1, account: "111111111111", owner: "payments" },
      "alerts.rules[0].owner: is one too many: the rule is for account already"
    ],
    [
      { name: "a", measure: "open_waste", above: 1, region: "eu-west-11" },
      'alerts.rules[0].region: there is no region "eu-west-11". Did you mean eu-west-1?'
    ]
  ]
  for (const [written, message] of mistakes) {
    it.effect(message, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(rules(written))).message, message)
      })
    )
  }

  it.effect("have names of their own", () =>
    Effect.gen(function* () {
      const rule = { name: "a", measure: "open_waste", above: 1 }
      assert.strictEqual(
        (yield* Effect.flip(rules(rule, { ...rule, above: 2 }))).message,
        "alerts.rules[1].name: is the name of another rule too"
      )
    })
  )

  it.effect("name each webhook once", () =>
    Effect.gen(function* () {
      const hook = { kind: "slack", urlVariable: "SLACK_URL" }
      const webhooks = [hook, { ...hook, kind: "teams" }]
      assert.strictEqual(
        (yield* Effect.flip(decodeConfig({ alerts: { webhooks } }, catalogue))).message,
        "alerts.webhooks[1].urlVariable: is the variable of another webhook too"
      )
    })
  )

  it.effect("take the address of a webhook from an environment variable only", () =>
    Effect.gen(function* () {
      const webhooks = [{ kind: "slack", urlVariable: "https://hooks.slack.com/services/T0/B0/secret" }]
      const error = yield* Effect.flip(decodeConfig({ alerts: { webhooks } }, catalogue))
      assert.strictEqual(
        error.message,
        "alerts.webhooks[0].urlVariable: expected the name of an environment variable, such as SLACK_URL"
      )
    })
  )
})

describe("suppressions in the configuration", () => {
  const because = { reason: "kept", author: "ann" }
  const mistakes: ReadonlyArray<readonly [object, string]> = [
    [because, "suppressions[0]: expected at least one of scan, account, resource, tag"],
    [{ resource: "vol-1", author: "ann" }, "suppressions[0].reason: is missing"],
    [
      { ...because, resource: "vol-1", until: "2026-02-30" },
      "suppressions[0].until: expected a day such as 2026-12-24"
    ],
    [{ ...because, tag: "=x" }, "suppressions[0].tag: expected a tag such as env=sandbox, or its key alone"]
  ]
  for (const [written, message] of mistakes) {
    it.effect(message, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(decodeConfig({ suppressions: [written] }, catalogue))
        assert.strictEqual(error.message, message)
      })
    )
  }

  it.effect("name scans that there are", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        decodeConfig({ suppressions: [{ ...because, scan: "find_nothing_at_all" }] }, catalogue)
      )
      assert.match(error.message, /^suppressions\[0\]\.scan: there is no scan "find_nothing_at_all"/)
    })
  )
})
