import { assert, describe, it } from "vitest"
import { type AlertType, judgeRule, type MeasuredValue, type RuleStates } from "../../../core/alerts/rules.ts"
import type { AlertRule } from "../../../core/config/alerts.ts"
import type { Started } from "../../../core/run/Started.ts"

const aStart: Started = {
  id: "call-1",
  at: "2026-11-20T02:00:00.000Z",
  event: "RunInstances",
  account: "111111111111",
  region: "eu-west-1",
  type: "ec2:instance",
  service: "Amazon Elastic Compute Cloud - Compute",
  resources: ["i-0a1"],
  what: "p5e.48xlarge instance",
  by: "",
  monthlyUsd: null,
  basis: "none",
  terms: [],
  note: ""
}

const openWaste: AlertRule = {
  name: "open-waste",
  measure: "open_waste",
  above: 1000,
  step: 200,
  severity: "high",
  quietHours: 20,
  hysteresisPercent: 5
}
const coverage: AlertRule = {
  name: "coverage",
  measure: "coverage",
  below: 90,
  step: 5,
  severity: "medium",
  quietHours: 0,
  hysteresisPercent: 5
}

const spend: AlertRule = {
  name: "spend",
  measure: "month_to_date_spend",
  above: 1000,
  step: 500,
  severity: "high",
  quietHours: 20,
  hysteresisPercent: 5
}
/** Hours from the first night to the second of December. */
const december = 12 * 24

/** What a night measured and what was told: `at` in hours after the first night; null is not known. */
type Night = readonly [at: number, value: number | null, told: AlertType | "nothing"]

const start = Date.parse("2026-11-20T02:00:00Z")
const instantAt = (hours: number) => new Date(start + hours * 3_600_000).toISOString()
const measured = (value: number | null): ReadonlyArray<MeasuredValue> => [{ key: "", value, why: "" }]

const sequences: ReadonlyArray<readonly [name: string, rule: AlertRule, nights: ReadonlyArray<Night>]> = [
  [
    "says nothing of what is at the threshold",
    openWaste,
    [
      [0, 0, "nothing"],
      [24, 1000, "nothing"]
    ]
  ],
  [
    "alerts of a breach once",
    openWaste,
    [
      [0, 1000.01, "breached"],
      [24, 1000.01, "nothing"],
      [48, 1100, "nothing"]
    ]
  ],
  [
    "does not flap around the threshold",
    openWaste,
    [
      [0, 1001, "breached"],
      [24, 999, "nothing"],
      [48, 1001, "nothing"],
      [72, 951, "nothing"],
      [96, 1002, "nothing"]
    ]
  ],
  [
    "alerts again when it has grown by its step since the last alert, and not while it creeps",
    openWaste,
    [
      [0, 1100, "breached"],
      [24, 1299, "nothing"],
      [48, 1300, "grown"],
      [72, 1400, "nothing"],
      [96, 1500, "grown"]
    ]
  ],
  [
    "keeps growth for later while it is quiet",
    openWaste,
    [
      [0, 1100, "breached"],
      [1, 1900, "nothing"],
      [19.9, 1900, "nothing"],
      [20, 1900, "grown"]
    ]
  ],
  [
    "says once that it is over, and begins anew",
    openWaste,
    [
      [0, 1500, "breached"],
      [24, 950, "over"],
      [48, 900, "nothing"],
      [72, 1001, "breached"]
    ]
  ],
  [
    "is quiet of a new breach right after one that is over",
    openWaste,
    [
      [0, 1500, "breached"],
      [1, 900, "over"],
      [2, 1500, "nothing"],
      [21, 1500, "breached"]
    ]
  ],
  [
    "changes nothing while the value is not known",
    openWaste,
    [
      [0, null, "nothing"],
      [24, 1500, "breached"],
      [48, null, "nothing"],
      [72, 1500, "nothing"],
      [96, 0, "over"],
      [120, null, "nothing"]
    ]
  ],
  [
    "takes a tenth of the threshold for the step where none is given",
    { name: "open", measure: "open_waste", above: 1000, severity: "high", quietHours: 0, hysteresisPercent: 0 },
    [
      [0, 1001, "breached"],
      [24, 1100.9, "nothing"],
      [48, 1101, "grown"],
      [72, 1000, "over"]
    ]
  ],
  [
    "says that a night's cost has grown where it has, however small its step is",
    { name: "cost", measure: "run_cost", above: 0.01, severity: "low", quietHours: 20, hysteresisPercent: 5 },
    [
      [0, 0.326, "breached"],
      [24, 0.326, "nothing"],
      [48, 0.3269, "nothing"],
      [72, 0.327, "grown"],
      [96, 0.322, "nothing"],
      [120, 0.0095, "over"]
    ]
  ],
  [
    "adds up cents",
    { ...openWaste, above: 0.1, step: 0.2 },
    [
      [0, 0.11, "breached"],
      [24, 0.3, "nothing"],
      [48, 0.31, "grown"]
    ]
  ],
  [
    "begins anew with a month in which no night saw less than the threshold, after its quiet time",
    spend,
    [
      [0, 4000, "breached"],
      [24, 4600, "grown"],
      [december - 34, 9000, "grown"],
      [december - 24, null, "nothing"],
      [december - 15, 1100, "nothing"],
      [december, 1200, "breached"],
      [december + 24, 1600, "nothing"],
      [december + 48, 1700, "grown"]
    ]
  ],
  [
    "is of the month before between the threshold and where it is over",
    spend,
    [
      [0, 4000, "breached"],
      [december, 960, "nothing"],
      [december + 24, 1001, "breached"],
      [december + 48, 900, "over"]
    ]
  ],
  [
    "goes on with what is open where a month begins",
    openWaste,
    [
      [0, 4000, "breached"],
      [december, 4000, "nothing"]
    ]
  ],
  [
    "looks downwards at coverage, whose end is at most all of it",
    coverage,
    [
      [0, 90, "nothing"],
      [24, 89.9, "breached"],
      [48, 85, "nothing"],
      [72, 84.9, "grown"],
      [96, 94.4, "nothing"],
      [120, 94.5, "over"]
    ]
  ],
  [
    "can be over for full coverage",
    { ...coverage, below: 100 },
    [
      [0, 99, "breached"],
      [24, 99.9, "nothing"],
      [48, 100, "over"]
    ]
  ],
  [
    "is over and alerts again where something can never be read, and where it falls by points",
    { name: "coverage", measure: "coverage", below: 97, severity: "high", quietHours: 20, hysteresisPercent: 5 },
    [
      [0, 92, "breached"],
      [24, 98.4, "nothing"],
      [48, 99.9, "over"],
      [72, 88, "breached"],
      [96, 87.1, "nothing"],
      [120, 87, "grown"],
      [144, 98.5, "over"]
    ]
  ]
]

describe("a rule over nights", () => {
  for (const [name, rule, nights] of sequences) {
    it(name, () => {
      let states: RuleStates = {}
      const told = nights.map(([at, value]) => {
        const judged = judgeRule(rule, states, measured(value), instantAt(at))
        states = judged.states
        return judged.alerts[0]?.type ?? "nothing"
      })
      assert.deepStrictEqual(
        told,
        nights.map(([, , expected]) => expected)
      )
    })
  }

  it("tells what was before, and since when", () => {
    const first = judgeRule(openWaste, {}, measured(1100), instantAt(0))
    const second = judgeRule(openWaste, first.states, measured(1500), instantAt(24))
    const third = judgeRule(openWaste, second.states, measured(100), instantAt(48))
    assert.deepStrictEqual(
      [first, second, third].map(({ alerts: [alert] }) => [alert?.value, alert?.previous, alert?.since]),
      [
        [1100, null, instantAt(0)],
        [1500, 1100, instantAt(0)],
        [100, 1500, instantAt(0)]
      ]
    )
  })

  it("tells a start once, however late it is delivered again and whatever it is called", () => {
    const rule: AlertRule = { ...openWaste, name: "dear", measure: "started_resource", quietHours: 0 }
    const starts = ["call-1", "__proto__"].map((key): MeasuredValue => ({ key, value: 2000, why: "" }))
    let states: RuleStates = {}
    const told = [0, 0.2, 21, 13 * 24].map((hours) => {
      const judged = judgeRule(rule, states, starts, instantAt(hours))
      // As a store gives it back.
      states = JSON.parse(JSON.stringify(judged.states))
      return judged.alerts.length
    })
    assert.deepStrictEqual(told, [2, 0, 0, 0])
    assert.deepStrictEqual(judgeRule(rule, states, [], instantAt(16 * 24)).states, {})
  })

  it("alerts on a start by what is known of its price, and on what is expensive by its type where nothing is", () => {
    const rule: AlertRule = { ...openWaste, name: "dear", measure: "started_resource" }
    const of = (key: string, monthlyUsd: number | null, more: Partial<Started> = {}): MeasuredValue => ({
      key,
      value: monthlyUsd,
      why: "",
      started: { ...aStart, id: key, monthlyUsd, ...more }
    })
    const measured = [
      of("above", 1001, { atLeast: true }),
      of("at", 1000, { atLeast: true }),
      of("below-and-large", 10, { atLeast: true, unpriced: true }),
      of("unknown-and-large", null, { unpriced: true }),
      of("unknown", null)
    ]
    const { alerts, states } = judgeRule(rule, {}, measured, instantAt(0))
    assert.deepStrictEqual(
      alerts.map(({ measured: { key }, value }) => [key, value]),
      [
        ["above", 1001],
        ["below-and-large", 10],
        ["unknown-and-large", null]
      ]
    )
    assert.deepStrictEqual(judgeRule(rule, states, measured, instantAt(1)).alerts, [])
  })

  it("gives each finding a life of its own", () => {
    const rule: AlertRule = { ...openWaste, name: "big", measure: "single_finding" }
    const of = (values: Record<string, number>) =>
      Object.entries(values).map(([key, value]): MeasuredValue => ({ key, value, why: "" }))
    const first = judgeRule(rule, {}, of({ a: 2000, b: 1500 }), instantAt(0))
    const second = judgeRule(rule, first.states, of({ a: 0, b: 1500, c: 1200 }), instantAt(24))
    assert.deepStrictEqual(
      [first, second].map(({ alerts }) => alerts.map(({ measured: { key }, type }) => `${key} ${type}`)),
      [
        ["a breached", "b breached"],
        ["a over", "c breached"]
      ]
    )
    // What is over is forgotten after its quiet time; what is breached and was not measured is not.
    const third = judgeRule(rule, second.states, of({ c: 1200 }), instantAt(48))
    assert.deepStrictEqual(Object.keys(third.states).sort(), ["b", "c"])
  })
})
