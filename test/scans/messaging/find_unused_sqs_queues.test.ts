import { assert, describe, it } from "@effect/vitest"
import type { Queue, QueueAttributes } from "../../../datasets/aws/sqs.ts"
import scan from "../../../scans/messaging/find_unused_sqs_queues.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series, silent } from "../harness.ts"

const queue = (name = "orders"): Queue => ({
  arn: `arn:aws:sqs:eu-west-1:111111111111:${name}`,
  url: `https://sqs.eu-west-1.amazonaws.com/111111111111/${name}`,
  name,
  isFifo: name.endsWith(".fifo")
})

const attributesOf = (more: Partial<QueueAttributes> = {}): QueueAttributes => ({
  createdAt: daysAgo(400),
  waiting: 0,
  inFlight: 0,
  delayed: 0,
  retentionSeconds: 14 * 86_400,
  senders: [],
  deadLetterArn: undefined,
  redrivePermission: undefined,
  encryption: "SQS",
  ...more
})

/** Series with so much of these metrics, by day; of the others none. */
const seriesOf = (metrics: Readonly<Record<string, ReadonlyArray<number> | undefined>>) =>
  series(({ metric }) => (metric in metrics ? metrics[metric] : []))

/** So much on a day so many days ago, and nothing since. */
const daysBack = (days: number, value: number) => [value, ...Array.from({ length: days }, () => 0)]

interface Options {
  readonly received?: typeof silent
  readonly activity?: typeof silent | undefined
  readonly age?: typeof silent | undefined
  readonly sources?: ReadonlyArray<string> | undefined
  readonly attributes?: Partial<QueueAttributes> | undefined
  /** The queues that get what the targets of the only rule could not take. */
  readonly ruleDeadLetters?: ReadonlyArray<string> | undefined
  readonly rules?: unknown
  /** The queue that gets what the only confirmed subscription could not take. */
  readonly subscriptionDeadLetters?: string | null | undefined
  readonly subscriptions?: unknown
  readonly functions?: unknown
  readonly mappings?: unknown
  readonly settings?: Readonly<Record<string, number | boolean>>
  readonly prices?: object
}

const run = (queues: unknown, options: Options = {}) => {
  const given = <K extends keyof Options, A>(key: K, otherwise: A) => (key in options ? options[key] : otherwise)
  return judge(
    scan,
    {
      queues,
      received: options.received ?? silent,
      functions: options.functions ?? [],
      mappings: options.mappings ?? [],
      rules: options.rules ?? [{ arn: "arn:rule" }],
      subscriptions: options.subscriptions ?? [
        { arn: "arn:subscription", isConfirmed: true },
        { arn: "PendingConfirmation", isConfirmed: false }
      ]
    },
    {
      prices: { "sqs.standardRequest_after1M": 0.0000004, "sqs.fifoRequest_after1M": 0.0000005, ...options.prices },
      answers: {
        activity: () => given("activity", silent),
        age: () => given("age", silent),
        sources: () => given("sources", []),
        attributes: () =>
          "attributes" in options && options.attributes === undefined ? undefined : attributesOf(options.attributes),
        subscribed: () => given("subscriptionDeadLetters", null),
        targets: () => given("ruleDeadLetters", [])?.map((deadLetterArn) => ({ arn: "arn:fn", deadLetterArn }))
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )
}

describe("find_unused_sqs_queues", () => {
  it("asks nothing about a queue from which something was received, today's messages included", () => {
    const today = [...daysBack(89, 0), 1]
    for (const values of [daysBack(7, 1), today]) {
      const { asked, flagged } = run([queue()], { received: seriesOf({ NumberOfMessagesReceived: values }) })
      assert.deepStrictEqual([asked, flagged], [[], []])
    }
  })

  describe("of which somebody has received before, and nobody does any more", () => {
    const received = seriesOf({ NumberOfMessagesReceived: daysBack(20, 50) })
    const day = 86_400
    const waited = (seconds: number) => seriesOf({ ApproximateAgeOfOldestMessage: [seconds] })
    const lost = (more: Options = {}) =>
      run([queue()], { received, age: waited(10 * day), attributes: { waiting: 40 }, ...more })

    it("is abandoned while messages wait, and says since when", () => {
      const { asked, flags } = lost({
        activity: seriesOf({
          NumberOfMessagesSent: [1, 0],
          NumberOfMessagesDeleted: daysBack(20, 50),
          NumberOfEmptyReceives: daysBack(20, 900)
        })
      })
      assert.deepStrictEqual(flags[0]?.reasons, ["abandoned_backlog"])
      assert.deepInclude(flags[0]?.evidence, {
        waiting: 40,
        lastReceivedDay: daysAgo(20).toISOString().slice(0, 10),
        idleDays: 7
      })
      assert.deepStrictEqual(asked, ["activity orders", "age orders", "attributes orders", "sources orders"])
    })

    it("is left alone where nothing waits, or not for long, and is not asked itself", () => {
      assert.deepStrictEqual([lost({ age: silent }).asked, lost({ age: silent }).flagged], [["age orders"], []])
      assert.deepStrictEqual(lost({ age: waited(0) }).asked, ["age orders"])
      assert.deepStrictEqual(lost({ age: waited(3 * day) }).flagged, [])
      // A queue that keeps messages for four days has none that are older.
      assert.deepStrictEqual(
        lost({ age: waited(4 * day), attributes: { waiting: 40, retentionSeconds: 4 * day } }).flagged,
        ["orders: abandoned_backlog"]
      )
      assert.deepStrictEqual(lost({ attributes: { waiting: 0 } }).flagged, [])
    })

    it("is left alone while somebody polls it or deletes from it, or it is for dead letters", () => {
      for (const metric of ["NumberOfEmptyReceives", "NumberOfMessagesDeleted"]) {
        const { asked, flagged } = lost({ activity: seriesOf({ [metric]: daysBack(3, 9) }) })
        assert.deepStrictEqual([asked, flagged], [["activity orders", "age orders"], []])
      }
      assert.deepStrictEqual(lost({ sources: ["https://orders"] }).flagged, [])
    })

    it("is unknown where the age of its messages is not told", () => {
      assert.deepStrictEqual(lost({ age: undefined }).unknown, ["orders"])
    })
  })

  it("asks the queue itself only once metrics have left it in doubt", () => {
    const used = seriesOf({ NumberOfMessagesDeleted: [1] })
    assert.deepStrictEqual(run([queue()], { activity: used }).asked, ["activity orders"])
    const polledAndSent = seriesOf({ NumberOfMessagesSent: [1], NumberOfEmptyReceives: [9] })
    assert.deepStrictEqual(run([queue()], { activity: polledAndSent }).asked, ["activity orders"])
    assert.deepStrictEqual(run([queue()]).asked, ["activity orders", "attributes orders", "sources orders"])
    // What is known to be there for dead letters is not woken up.
    assert.deepStrictEqual(run([queue()], { sources: ["https://orders"] }).asked, ["activity orders", "sources orders"])
  })

  it("flags a queue of which every sum is zero, and claims no saving", () => {
    const { flags } = run([queue()], {
      activity: seriesOf({ NumberOfEmptyReceives: [0, 0], NumberOfMessagesSent: [0] })
    })
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "info", confidence: "medium", savings: null })
    assert.deepStrictEqual(flags[0]?.reasons, ["unused"])
    assert.deepStrictEqual(flags[0]?.evidence, {
      type: "standard",
      createdAt: daysAgo(400).toISOString(),
      waiting: 0,
      sent: 0,
      emptyReceives: 0,
      lastSentDay: "none",
      polledBy: [],
      deadLettersTo: "none",
      encryption: "SQS",
      idleDays: 90
    })
  })

  it("is less sure of a queue that is named for dead letters", () => {
    for (const name of ["orders-dlq", "OrdersDeadLetters", "orders_dead_letter"]) {
      assert.strictEqual(run([queue(name)]).flags[0]?.confidence, "low")
    }
  })

  it("prices the polling of a queue to which nothing is sent", () => {
    // The day of the run is not over, and counts neither way.
    const polled = seriesOf({ NumberOfEmptyReceives: [18_000_000, 500_000] })
    const mapping = (functionArn: string) => ({ functionArn, sourceArn: queue().arn, failureDestinationArn: undefined })
    const mappings = [mapping("arn:fn-b"), mapping("arn:fn-a")]
    const { flags } = run([queue(), queue("orders.fifo")], { activity: polled, mappings })
    // 18,000,000 / 90 days × 730 / 24 days are 6,083,333 a month.
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 2.43, basis: "estimate", claim: "stop" })
    assert.closeTo(flags[0]?.savings?.terms[0]?.quantity ?? 0, 6_083_333.33, 0.01)
    assert.strictEqual(flags[1]?.savings?.monthlyUsd, 3.04)
    assert.match(flags[0]?.savings?.note ?? "", /first million/)
    assert.deepInclude(flags[0], { kind: "money", severity: "low" })
    assert.deepStrictEqual(flags[0]?.reasons, ["polled_idle"])
    assert.deepStrictEqual(flags[0]?.evidence["polledBy"], ["arn:fn-a", "arn:fn-b"])
    assert.strictEqual(flags[1]?.evidence["type"], "FIFO")
  })

  it("leaves cheap polling alone without asking the queue, and gives no figure where there is no price", () => {
    const lambdaPoller = seriesOf({ NumberOfEmptyReceives: [650_000 * 3, 0] })
    const { asked, flagged } = run([queue()], { activity: lambdaPoller })
    assert.deepStrictEqual([asked, flagged], [["activity orders"], []])
    const unpriced = run([queue()], { activity: lambdaPoller, prices: { "sqs.standardRequest_after1M": undefined } })
    assert.deepInclude(unpriced.flags[0]?.savings, { basis: "none", monthlyUsd: 0 })
  })

  describe("with messages that wait", () => {
    const waiting = { attributes: { waiting: 12 } }

    it("flags the queue when nobody receives and nothing was sent lately", () => {
      const { asked, flags } = run([queue()], {
        ...waiting,
        activity: seriesOf({ NumberOfMessagesSent: daysBack(8, 12) })
      })
      assert.deepInclude(flags[0], { kind: "hygiene", severity: "medium", savings: null })
      assert.deepStrictEqual(flags[0]?.reasons, ["abandoned_backlog"])
      assert.deepInclude(flags[0]?.evidence, { waiting: 12, sent: 12, lastSentDay: "2026-11-12" })
      assert.notInclude(asked, "age orders")
    })

    it("asks how long the oldest has waited when something was sent lately", () => {
      const activity = seriesOf({ NumberOfMessagesSent: daysBack(7, 12) })
      const judged = (days: number, more: Partial<QueueAttributes> = {}) =>
        run([queue()], {
          activity,
          attributes: { waiting: 12, ...more },
          age: seriesOf({ ApproximateAgeOfOldestMessage: [days * 86_400] })
        })
      const aged = (...asked: Parameters<typeof judged>) => judged(...asked).flagged
      assert.deepStrictEqual(aged(7), ["orders: abandoned_backlog"])
      // Not the day: it would be another one every night.
      assert.strictEqual(judged(7).flags[0]?.evidence["lastSentDay"], "in the last 7 days")
      assert.deepStrictEqual(aged(6), [])
      // No message grows older than its retention of four days.
      assert.deepStrictEqual(aged(3.7, { retentionSeconds: 4 * 86_400 }), ["orders: abandoned_backlog"])
      assert.deepStrictEqual(aged(3, { retentionSeconds: 4 * 86_400 }), [])
    })

    it("does not know it when CloudWatch does not tell the age", () => {
      const activity = seriesOf({ NumberOfMessagesSent: [1] })
      assert.deepStrictEqual(run([queue()], { ...waiting, activity }).unknown, ["orders"])
      assert.deepStrictEqual(run([queue()], { ...waiting, activity, age: series(() => undefined) }).unknown, ["orders"])
    })

    it("leaves it alone when somebody polls it", () => {
      const activity = seriesOf({ NumberOfEmptyReceives: [50_000_000] })
      assert.deepStrictEqual(run([queue()], { ...waiting, activity }).flagged, [])
    })
  })

  it("leaves a queue alone with messages in flight or delayed, and one whose messages have expired", () => {
    assert.deepStrictEqual(run([queue()], { attributes: { inFlight: 1 } }).flagged, [])
    assert.deepStrictEqual(run([queue()], { attributes: { delayed: 1 } }).flagged, [])
    const expired = seriesOf({ NumberOfMessagesSent: daysBack(60, 3) })
    assert.deepStrictEqual(run([queue()], { activity: expired }).flagged, [])
  })

  describe("of queues for dead letters", () => {
    const own = queue().arn
    const healthy = (options: Options) => {
      const { flagged, unknown } = run([queue()], options)
      assert.deepStrictEqual([flagged, unknown], [[], []])
    }

    it("says nothing, whoever sends the dead letters", () => {
      healthy({ sources: ["https://orders"] })
      healthy({ attributes: { redrivePermission: "byQueue" } })
      healthy({ functions: [{ deadLetterArn: own }] })
      healthy({ mappings: [{ sourceArn: "arn:stream", functionArn: "arn:fn", failureDestinationArn: own }] })
      healthy({ attributes: { senders: ["events"] }, ruleDeadLetters: [own] })
    })

    it("flags one that no rule names, and asks the rules only where the policy lets them send", () => {
      const fromRules = run([queue()], { attributes: { senders: ["events"] } })
      assert.deepStrictEqual(fromRules.flagged, ["orders: unused"])
      assert.include(fromRules.asked, "targets arn:rule")
      assert.notInclude(run([queue()]).asked, "targets arn:rule")
    })

    it("says nothing of one for a subscription, and asks subscriptions only where the policy lets SNS send", () => {
      const attributes = { senders: ["sns"] } as const
      healthy({ attributes, subscriptionDeadLetters: own })
      const other = run([queue()], { attributes, subscriptionDeadLetters: "arn:other" })
      assert.deepStrictEqual(other.flagged, ["orders: unused"])
      assert.deepStrictEqual(
        other.asked.filter((asked) => asked.startsWith("subscribed")),
        ["subscribed arn:subscription"]
      )
      assert.notInclude(run([queue()]).asked.join(), "subscribed")
    })

    it("does not know one to which SNS may send where subscriptions were not all read", () => {
      const attributes = { senders: ["sns"] } as const
      for (const options of [{ subscriptions: gap([]) }, { subscriptionDeadLetters: undefined }]) {
        const judged = run([queue()], { attributes, ...options })
        assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["orders"]])
      }
      const subscriptions = gap([{ arn: "arn:subscription", isConfirmed: true }])
      healthy({ attributes, subscriptions, subscriptionDeadLetters: own })
    })

    it("does not know which they are where functions or mappings were not all read", () => {
      for (const key of ["functions", "mappings"]) {
        const judged = run([queue()], { [key]: gap([]) })
        assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["orders"]])
        assert.strictEqual(judged.status, "partial")
        assert.strictEqual(judged.stateOf(own), "unknown")
      }
      // What was read is enough where it names the queue.
      assert.deepStrictEqual(run([queue()], { functions: gap([{ deadLetterArn: own }]) }).unknown, [])
    })

    it("does not know one to which rules may send where rules were not all read", () => {
      const attributes = { senders: ["events"] } as const
      const judged = run([queue()], { attributes, rules: gap([]) })
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["orders"]])
      // What was read is enough where it names the queue.
      const named = run([queue()], { attributes, rules: gap([{ arn: "arn:rule" }]), ruleDeadLetters: [own] })
      assert.deepStrictEqual([named.flagged, named.unknown], [[], []])
    })
  })

  it("does not judge a queue younger than the window", () => {
    assert.deepStrictEqual(run([queue()], { attributes: { createdAt: daysAgo(89) } }).tooYoung, ["orders"])
    assert.deepStrictEqual(run([queue()], { attributes: { createdAt: daysAgo(91) } }).flagged, ["orders: unused"])
  })

  it("does not know a queue of which something is not told, and closes nothing of it", () => {
    const failed = series(() => undefined)
    const oneFailed = (metric: string) => seriesOf({ [metric]: undefined })
    const without: ReadonlyArray<Options> = [
      { received: failed },
      { activity: undefined },
      { activity: oneFailed("NumberOfMessagesSent") },
      { activity: oneFailed("NumberOfMessagesDeleted") },
      { activity: oneFailed("NumberOfEmptyReceives") },
      { sources: undefined },
      { attributes: undefined },
      { attributes: { senders: ["events"] }, ruleDeadLetters: undefined }
    ]
    for (const options of without) {
      const judged = run([queue()], options)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["orders"]])
      assert.strictEqual(judged.stateOf(queue().arn), "unknown")
    }
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([queue()]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["orders: unused"]])
    assert.strictEqual(partial.stateOf("arn:aws:sqs:eu-west-1:111111111111:not-listed"), "unknown")
  })

  it("follows its settings", () => {
    const polled = seriesOf({ NumberOfEmptyReceives: [18_000_000, 0] })
    const flagged = (settings: Readonly<Record<string, number | boolean>>, options: Options = {}) =>
      run([queue()], { activity: polled, ...options, settings }).flagged
    assert.deepStrictEqual(flagged({ flagPolledIdle: false }), [])
    assert.deepStrictEqual(flagged({ minSavingsUsd: 3 }), [])
    assert.deepStrictEqual(flagged({ minSavingsUsd: 2 }), ["orders: polled_idle"])
    const longAgo = { received: seriesOf({ NumberOfMessagesReceived: daysBack(20, 5) }), activity: silent }
    assert.deepStrictEqual(flagged({ lookbackDays: 14 }, longAgo), ["orders: unused"])
    assert.deepStrictEqual(flagged({ lookbackDays: 21 }, longAgo), [])
    const backlog = { attributes: { waiting: 1 }, activity: seriesOf({ NumberOfMessagesSent: daysBack(5, 1) }) }
    assert.deepStrictEqual(flagged({ backlogAgeDays: 4 }, backlog), ["orders: abandoned_backlog"])
  })
})
