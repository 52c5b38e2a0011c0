import { assert, describe, it } from "@effect/vitest"
import type { Subscription, Topic, TopicAttributes } from "../../../datasets/aws/sns.ts"
import scan from "../../../scans/messaging/find_unused_sns_topics.ts"
import { gap, judge, series, silent } from "../harness.ts"

const topic = (name = "orders"): Topic => ({
  arn: `arn:aws:sns:eu-west-1:111111111111:${name}`,
  name,
  isFifo: name.endsWith(".fifo")
})

const own = topic().arn

const subscription = (more: Partial<Subscription> = {}): Subscription => ({
  arn: `${own}:1`,
  topicArn: own,
  protocol: "email",
  endpoint: "a@example.com",
  isConfirmed: true,
  ...more
})

const nothing = { subscriptions: [], alarms: [], buses: [], functions: [], mappings: [] }

const published = series(() => [7, 0, 0])

const run = (
  topics: unknown,
  data: Readonly<Record<string, unknown>> = {},
  options: {
    readonly attributes?: Partial<TopicAttributes> | undefined
    readonly rules?: ReadonlyArray<string> | undefined
    readonly settings?: Readonly<Record<string, number>>
  } = {}
) =>
  judge(
    scan,
    { ...nothing, published: silent, ...data, topics },
    {
      answers: {
        attributes: () =>
          "attributes" in options && options.attributes === undefined
            ? undefined
            : { subscribers: 0, publishers: [], archives: false, encryption: "none", ...options.attributes },
        rules: () => ("rules" in options ? options.rules : [])
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

const isHealthy = ({ flagged, tooYoung, unknown }: ReturnType<typeof run>) =>
  assert.deepStrictEqual([...flagged, ...tooYoung, ...unknown], [])

const heard = { subscriptions: [subscription()] }
const withSubscriber = { attributes: { subscribers: 1 } }

describe("find_unused_sns_topics", () => {
  it("asks nothing about a topic that somebody publishes and somebody hears", () => {
    const judged = run([topic()], { ...heard, published })
    isHealthy(judged)
    assert.deepStrictEqual(judged.asked, [])
  })

  it("flags a topic that nobody uses", () => {
    const { flags } = run([topic("orders.fifo")])
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "info", confidence: "medium", savings: null })
    assert.deepStrictEqual(flags[0]?.reasons, ["no_subscribers_no_publishes"])
    assert.deepStrictEqual(flags[0]?.observe, { days: 30 })
    assert.deepStrictEqual(flags[0]?.evidence, {
      type: "FIFO",
      published: 0,
      subscribers: 0,
      waitingForConfirmation: 0,
      subscriptions: [],
      namedBy: [],
      encryption: "none",
      lookbackDays: 90
    })
  })

  it("flags a topic whose messages are lost, also where somebody has yet to confirm", () => {
    const pending = { subscriptions: [subscription({ isConfirmed: false })], published }
    const { flags } = run([topic()], pending)
    assert.deepInclude(flags[0], { severity: "medium", confidence: "high" })
    assert.deepStrictEqual(flags[0]?.reasons, ["no_subscribers"])
    assert.deepInclude(flags[0]?.evidence, { published: 7, waitingForConfirmation: 1 })
    assert.deepStrictEqual(flags[0]?.evidence["subscriptions"], ["email a@example.com"])
  })

  it("flags a topic on which an alarm would tell nobody", () => {
    const { flags } = run([topic()], { alarms: [{ name: "cpu", actions: ["arn:other", own] }] })
    assert.deepInclude(flags[0], { severity: "medium" })
    assert.deepStrictEqual(flags[0]?.reasons, ["no_subscribers"])
    assert.deepStrictEqual(flags[0]?.evidence["namedBy"], ["alarm cpu"])
  })

  it("flags a silent topic only where nothing was set up to speak, and is not sure", () => {
    const { flags } = run([topic()], heard, withSubscriber)
    assert.deepInclude(flags[0], { severity: "info", confidence: "low" })
    assert.deepStrictEqual(flags[0]?.reasons, ["no_publishes"])
    isHealthy(run([topic()], { ...heard, alarms: [{ name: "cpu", actions: [own] }] }))
    isHealthy(run([topic()], { ...heard, functions: [{ name: "fn", deadLetterArn: own }] }))
    isHealthy(run([topic()], { ...heard, mappings: [{ id: "m", failureDestinationArn: own }] }))
    isHealthy(run([topic()], heard, { rules: ["default/nightly"] }))
    isHealthy(run([topic()], heard, { attributes: { publishers: ["budgets"] } }))
  })

  it("counts subscribers of other accounts", () => {
    isHealthy(run([topic()], { published }, withSubscriber))
    assert.deepStrictEqual(run([topic()], {}, withSubscriber).flagged, ["orders: no_publishes"])
  })

  it("leaves a topic alone that keeps its messages", () => {
    isHealthy(run([topic("orders.fifo")], { published }, { attributes: { archives: true } }))
  })

  it("does not know a topic of which something is not told, and closes nothing of it", () => {
    const refused = series(() => undefined)
    const cases = [
      run([topic()], { published: refused }),
      run([topic()], {}, { attributes: undefined }),
      run([topic()], {}, { rules: undefined }),
      ...Object.keys(nothing).map((read) => run([topic()], { [read]: gap([]) }))
    ]
    for (const judged of cases) {
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["orders"]])
      assert.strictEqual(judged.stateOf(own), "unknown")
    }
    // What was read is enough where it clears the topic.
    isHealthy(run([topic()], { published, subscriptions: gap([subscription()]) }))
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([topic()]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["orders: no_subscribers_no_publishes"]])
    assert.strictEqual(partial.stateOf("arn:not-listed"), "unknown")
  })

  it("follows its settings", () => {
    assert.deepStrictEqual(run([topic()], {}, { settings: { minObservedDays: 7 } }).flags[0]?.observe, { days: 7 })
    const longAgo = { ...heard, published: series(() => [4, ...Array.from({ length: 40 }, () => 0)]) }
    const flagged = (lookbackDays: number) => run([topic()], longAgo, { ...withSubscriber, settings: { lookbackDays } })
    assert.deepStrictEqual(flagged(30).flagged, ["orders: no_publishes"])
    isHealthy(flagged(50))
  })
})
