import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { known } from "../../../core/Reading.ts"
import { getMetricData, maxDays } from "../../../datasets/metrics/SeriesReader.ts"
import type { Period, SeriesSpec } from "../../../datasets/metrics/SeriesSpec.ts"
import { type Answers, awsFailure, daysAgo, now } from "../harness.ts"
import { answering, many, queriesOf, readsOf, resultOf, volumeOf, withReader } from "./cloudwatch.ts"

const sizes = (sent: ReadonlyArray<{ readonly input: any }>) =>
  sent.map(({ input }) => input.MetricDataQueries.length).sort((a, b) => b - a)

const midnight = (daysBefore: number) => new Date(Date.UTC(2026, 10, 20) - daysBefore * 86_400_000)

describe("the calls of a SeriesReader", () => {
  it.effect("take 500 series each", () =>
    Effect.gen(function* () {
      const { sent } = yield* withReader((reader) => reader.read(many(1201)))
      assert.deepStrictEqual(sizes(sent), [500, 500, 201])
    })
  )

  it.effect("take no more than 100,800 points, whatever the period and the window", () =>
    Effect.gen(function* () {
      const windows: ReadonlyArray<readonly [Exclude<Period, "window">, number, number]> = [
        [86_400, maxDays, 500],
        [86_400, 400, 251],
        [3600, 30, 139],
        [300, 3, 113]
      ]
      for (const [period, days, largest] of windows) {
        const { sent } = yield* withReader((reader) => reader.read(many(600, { period, days })))
        assert.strictEqual(sizes(sent)[0], largest, `${days} days of ${period} s`)
        for (const { input } of sent) {
          const points = Math.ceil((input.EndTime - input.StartTime) / 1000 / period)
          assert.isAtMost(points * input.MetricDataQueries.length, 100_800)
        }
      }
    })
  )

  it.effect("keep to the points also where series with different windows share one", () =>
    Effect.gen(function* () {
      const hourly = (days: number, count: number) =>
        many(count, { period: 3600, days }).map((spec) => ({
          ...spec,
          dimensions: { VolumeId: `${days}-${count}-${spec.dimensions["VolumeId"]}` }
        }))
      const specs = [...hourly(1, 100), ...hourly(30, 100), ...hourly(60, 60)]
      const { sent } = yield* withReader((reader) => reader.read(specs))
      assert.strictEqual(
        sizes(sent).reduce((sum, size) => sum + size, 0),
        260
      )
      for (const { input } of sent) {
        const points = Math.ceil((input.EndTime - input.StartTime) / 3_600_000)
        assert.isAtMost(points * input.MetricDataQueries.length, 100_800)
      }
    })
  )

  it.effect("ask for a whole window as one period, each window apart, and believe no other", () =>
    Effect.gen(function* () {
      const whole = (days: number, volume = 1) => readsOf(volume, { period: "window", statistic: "p95", days })
      const specs = [whole(7), whole(70), readsOf(1)]
      const answer: Answers[string] = ({ MetricDataQueries, StartTime }) => ({
        MetricDataResults: MetricDataQueries.map(({ Id, MetricStat }: any) =>
          resultOf(Id, [[new Date(StartTime), MetricStat.Period]])
        )
      })
      const { result, sent } = yield* withReader((reader) => reader.read(specs), { answer, asked: specs })
      const periods = sent.map(({ input }) => input.MetricDataQueries[0].MetricStat.Period)
      const hours = (days: number) => Math.ceil((now.getTime() - midnight(days).getTime()) / 3_600_000)
      assert.deepStrictEqual(
        periods.toSorted((a, b) => a - b),
        [86_400, hours(7) * 3600, hours(70) * 3600]
      )
      assert.deepStrictEqual(result.series.peak(whole(7)), known(hours(7) * 3600))
      assert.deepStrictEqual(result.series.points(whole(70)), known([{ at: midnight(70), value: hours(70) * 3600 }]))

      const later = answering([[midnight(6), 9]])
      const other = yield* withReader((reader) => reader.read([whole(7)]), { answer: later })
      assert.isFalse(other.result.series.peak(whole(7)).known)
      const outside = answering([[midnight(8), 9]])
      const before = yield* withReader((reader) => reader.read([whole(7)]), { answer: outside })
      assert.isFalse(before.result.series.points(whole(7)).known)
    })
  )

  it.effect("begin at midnight and end at the run's start, so that what was used this morning counts", () =>
    Effect.gen(function* () {
      const spec = readsOf(1)
      const answer = answering([
        [midnight(14), 3],
        [midnight(0), 5]
      ])
      const { result, sent } = yield* withReader((reader) => reader.read([spec]), { answer })
      assert.deepStrictEqual([sent[0]?.input.StartTime, sent[0]?.input.EndTime], [midnight(14), now])
      assert.deepStrictEqual(result.series.total(spec), known(8))
      assert.deepStrictEqual(result.series.lastActiveDay(spec), known(midnight(0)))
    })
  )

  it.effect("ask for hours, five minutes and percentiles, and tell points with their instants", () =>
    Effect.gen(function* () {
      const hourly = readsOf(1, { period: 3600, statistic: "p99", days: 1 })
      const fine = readsOf(1, { period: 300, statistic: "p50", days: 1 })
      const at = new Date("2026-11-20T01:00:00Z")
      const { result, sent } = yield* withReader((reader) => reader.read([hourly, fine, readsOf(1, { days: 1 })]), {
        answer: ({ MetricDataQueries }) => ({
          MetricDataResults: MetricDataQueries.map(({ Id, MetricStat }: any) => resultOf(Id, [[at, MetricStat.Period]]))
        })
      })
      const asked = sent.flatMap((request) =>
        queriesOf(request).map(({ MetricStat: { Period, Stat } }) => `${Stat} ${Period}`)
      )
      assert.deepStrictEqual(asked.sort(), ["Sum 86400", "p50 300", "p99 3600"])
      assert.deepStrictEqual(result.series.points(hourly), known([{ at, value: 3600 }]))
      assert.deepStrictEqual(result.series.points(fine), known([{ at, value: 300 }]))
    })
  )

  it.effect("go to the region in which a series is published", () =>
    Effect.gen(function* () {
      const { sent } = yield* withReader((reader) => reader.read([readsOf(1), readsOf(2, { region: "us-east-1" })]))
      assert.deepStrictEqual(sent.map(({ destination }) => destination.region).sort(), ["eu-west-1", "us-east-1"])
    })
  )

  it("are billed by the series and not again for further pages", () => {
    const queries = { MetricDataQueries: many(500) }
    assert.closeTo(getMetricData.paid?.usd(queries) ?? 0, 0.005, 1e-12)
    assert.strictEqual(getMetricData.paid?.usd({ ...queries, NextToken: "2" }), 0)
  })
})

describe("a SeriesReader", () => {
  it.effect("asks for no series twice, whoever asks and whenever", () =>
    Effect.gen(function* () {
      const { sent } = yield* withReader((reader) =>
        Effect.gen(function* () {
          yield* Effect.all([reader.read(many(3)), reader.read([readsOf(2), readsOf(3), readsOf(3)])], {
            concurrency: "unbounded"
          })
          yield* reader.read([readsOf(0), readsOf(4)])
        })
      )
      assert.deepStrictEqual(sent.flatMap(queriesOf).map(volumeOf).sort(), [
        "vol-0",
        "vol-1",
        "vol-2",
        "vol-3",
        "vol-4"
      ])
    })
  )

  it.effect("reads the longest window that was declared, and tells each who asks of its own", () =>
    Effect.gen(function* () {
      const short = readsOf(1)
      const long = readsOf(1, { days: 90 })
      const answer = answering([
        [midnight(80), 1],
        [midnight(10), 2]
      ])
      const { result, sent } = yield* withReader(
        (reader) =>
          Effect.gen(function* () {
            const first = yield* reader.read([short])
            const second = yield* reader.read([long])
            return [first.series.total(short), second.series.total(long)]
          }),
        { asked: [short, long], answer }
      )
      assert.deepStrictEqual(
        sent.map(({ input }) => input.StartTime),
        [midnight(90)]
      )
      assert.deepStrictEqual(result, [known(2), known(3)])
    })
  )

  it.effect("asks again for a window that is longer than what anybody declared", () =>
    Effect.gen(function* () {
      const { sent } = yield* withReader((reader) =>
        Effect.andThen(reader.read([readsOf(1)]), reader.read([readsOf(1, { days: 90 })]))
      )
      assert.deepStrictEqual(
        sent.map(({ input }) => input.StartTime),
        [midnight(14), midnight(90)]
      )
    })
  )

  it.effect("waits for those that were announced, and sends what all of them leave over in one call", () =>
    Effect.gen(function* () {
      const { sent } = yield* withReader((reader, sent) =>
        Effect.gen(function* () {
          const first = yield* reader.announce
          const second = yield* reader.announce
          const reading = yield* Effect.forkChild(
            Effect.all(
              [
                Effect.andThen(first, reader.read(many(2))),
                Effect.sleep("100 millis").pipe(
                  Effect.andThen(reader.read([readsOf(7, { metric: "VolumeWriteOps", days: 30 })])),
                  Effect.ensuring(second)
                )
              ],
              { concurrency: "unbounded" }
            )
          )
          yield* TestClock.adjust("99 millis")
          assert.lengthOf(sent, 0, "the second is still expected")
          yield* TestClock.adjust("300 millis")
          yield* Fiber.join(reading)
        })
      )
      assert.deepStrictEqual(sizes(sent), [3])
      assert.deepStrictEqual(sent[0]?.input.StartTime, midnight(30))
    })
  )

  it.effect("waits no longer than 300 ms for who was announced", () =>
    withReader((reader, sent) =>
      Effect.gen(function* () {
        const never = yield* reader.announce
        const reading = yield* Effect.forkChild(reader.read(many(2)))
        yield* TestClock.adjust("299 millis")
        assert.lengthOf(sent, 0)
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(reading)
        assert.deepStrictEqual(sizes(sent), [2])
        yield* never
      })
    )
  )

  it.effect("waits no more once whoever was announced has nothing to ask", () =>
    Effect.gen(function* () {
      const { sent } = yield* withReader((reader) =>
        Effect.gen(function* () {
          const other = yield* reader.announce
          const reading = yield* Effect.forkChild(reader.read(many(2)))
          yield* Effect.yieldNow
          yield* other
          yield* other
          yield* Fiber.join(reading)
        })
      )
      assert.deepStrictEqual(sizes(sent), [2])
    })
  )

  it.effect("lets full calls go at once, whoever is still expected", () =>
    withReader((reader, sent) =>
      Effect.gen(function* () {
        const never = yield* reader.announce
        const reading = yield* Effect.forkChild(reader.read(many(501)))
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(sizes(sent), [500])
        yield* TestClock.adjust("300 millis")
        yield* Fiber.join(reading)
        assert.deepStrictEqual(sizes(sent), [500, 1])
        yield* never
      })
    )
  )

  it.effect("puts the pages of an answer together", () =>
    Effect.gen(function* () {
      const specs = many(2)
      const { result, sent } = yield* withReader((reader) => reader.read(specs), {
        answer: ({ NextToken }) =>
          NextToken === undefined
            ? {
                MetricDataResults: [
                  { ...resultOf("m0", [[midnight(3), 1]]), StatusCode: "PartialData" },
                  resultOf("m1", [[midnight(3), 10]])
                ],
                NextToken: "2"
              }
            : { MetricDataResults: [resultOf("m0", [[midnight(2), 2]])] }
      })
      assert.lengthOf(sent, 2)
      assert.deepStrictEqual(
        specs.map((spec) => result.series.total(spec)),
        [known(3), known(10)]
      )
      assert.deepStrictEqual(result.gaps, [])
    })
  )
})

describe("an answer of CloudWatch that is none", () => {
  const specs = many(3)
  const good = (index: number) => resultOf(`m${index}`, [[midnight(1), 7]])

  /** Volumes of which the answer tells nothing. Those of the others it must tell. */
  const lost = Effect.fnUntraced(function* (answer: (input: any) => unknown) {
    const { result, sent } = yield* withReader((reader) => reader.read(specs), { answer })
    const told = specs.map((spec: SeriesSpec) => {
      const total = result.series.total(spec)
      if (total.known) assert.strictEqual(total.value, 7)
      assert.strictEqual(result.series.failed(spec), !total.known)
      return total.known
    })
    assert.strictEqual(result.gaps.length > 0, told.includes(false), "what is lost is a gap")
    return { indices: told.flatMap((known, index) => (known ? [] : [index])), gaps: result.gaps, sent }
  })

  const instead = (second: object) => () => ({
    MetricDataResults: [good(0), { ...good(1), ...second }, good(2)]
  })

  it.effect("makes exactly the series unknown that it spoils", () =>
    Effect.gen(function* () {
      const faults: ReadonlyArray<readonly [string, (input: any) => unknown, ReadonlyArray<number>]> = [
        ["no results", () => ({}), [0, 1, 2]],
        ["a page of another service", () => ({ Volumes: [] }), [0, 1, 2]],
        ["empty results", () => ({ MetricDataResults: [] }), [0, 1, 2]],
        ["one id missing", () => ({ MetricDataResults: [good(0), good(2)] }), [1]],
        ["an id twice", () => ({ MetricDataResults: [good(0), good(1), good(1), good(2)] }), [1]],
        [
          "an id that was not asked for",
          () => ({ MetricDataResults: [good(0), good(1), good(2), good(3)] }),
          [0, 1, 2]
        ],
        ["an unknown status", instead({ StatusCode: "Fine" }), [1]],
        ["no status", instead({ StatusCode: undefined }), [1]],
        ["an internal error", instead({ StatusCode: "InternalError", Timestamps: [], Values: [] }), [1]],
        ["a refusal", instead({ StatusCode: "Forbidden", Timestamps: [], Values: [] }), [1]],
        ["part of the data on the last page", instead({ StatusCode: "PartialData" }), [1]],
        ["text", instead({ Values: ["7"] }), [1]],
        ["no number", instead({ Values: [Number.NaN] }), [1]],
        ["infinity", instead({ Values: [Number.POSITIVE_INFINITY] }), [1]],
        ["a negative number", instead({ Values: [-1] }), [1]],
        ["more times than values", instead({ Values: [] }), [1]],
        ["more values than times", instead({ Timestamps: [] }), [1]],
        ["times that are none", instead({ Timestamps: ["yesterday"] }), [1]],
        ["values that are no list", instead({ Values: "7" }), [1]]
      ]
      for (const [name, answer, expected] of faults) {
        const { indices } = yield* lost(answer)
        assert.deepStrictEqual(indices, expected, name)
      }
      assert.deepStrictEqual((yield* lost(instead({}))).indices, [])
    })
  )

  it.effect("is a gap with a reason where every series is an InternalError, although HTTP says 200", () =>
    Effect.gen(function* () {
      const { gaps, indices } = yield* lost(({ MetricDataQueries }) => ({
        MetricDataResults: MetricDataQueries.map(({ Id }: any) => ({ Id, StatusCode: "InternalError" }))
      }))
      assert.deepStrictEqual(indices, [0, 1, 2])
      assert.deepStrictEqual(
        gaps.map(({ summary }) => summary),
        ["cloudwatch:GetMetricData: not reachable (InternalError)"]
      )
    })
  )

  it.effect("ends where its pages go in circles, by one token or by two in turn, or have no token", () =>
    Effect.gen(function* () {
      const results = { MetricDataResults: [good(0), good(1), good(2)] }
      const one = yield* lost(() => ({ ...results, NextToken: "again" }))
      assert.deepStrictEqual([one.indices, one.sent.length], [[0, 1, 2], 2])
      const two = yield* lost(({ NextToken }) => ({ ...results, NextToken: NextToken === "a" ? "b" : "a" }))
      assert.deepStrictEqual([two.indices, two.sent.length], [[0, 1, 2], 3])
      const odd = yield* lost(() => ({ ...results, NextToken: 7 }))
      assert.deepStrictEqual([odd.indices, odd.sent.length], [[0, 1, 2], 1])
    })
  )

  it.effect("spoils the series of its own call and of no other", () =>
    Effect.gen(function* () {
      const specs = many(501)
      const { result } = yield* withReader((reader) => reader.read(specs), {
        answer: (input) => {
          if (input.MetricDataQueries.length === 500) throw awsFailure("AccessDeniedException", "no", 403)
          return answering([[daysAgo(1), 7]])(input, {} as never)
        }
      })
      assert.lengthOf(
        specs.filter((spec) => result.series.failed(spec)),
        500
      )
      assert.deepStrictEqual(result.series.total(specs[500] as SeriesSpec), known(7))
      assert.lengthOf(result.gaps, 1)
      assert.include(result.gaps[0]?.summary, "denied by IAM")
    })
  )
})

describe("a CloudWatch that has nothing", () => {
  const sent = (queue: string): SeriesSpec => ({
    namespace: "AWS/SQS",
    metric: "NumberOfMessagesSent",
    dimensions: { QueueName: queue },
    statistic: "Sum",
    days: 14
  })
  const cpu: SeriesSpec = {
    namespace: "AWS/EC2",
    metric: "CPUUtilization",
    dimensions: { InstanceId: "i-1" },
    statistic: "Average",
    days: 2
  }
  /** Has a datapoint of these resources, and of nothing else. */
  const having =
    (...names: ReadonlyArray<string>): Answers[string] =>
    ({ MetricDataQueries }) => ({
      MetricDataResults: queriesOf({ input: { MetricDataQueries } } as never).map((query) =>
        resultOf(query.Id, names.includes(volumeOf(query)) ? [[midnight(1), 7]] : [])
      )
    })
  const listen = (answer: Answers[string], living: ReadonlyArray<SeriesSpec>) =>
    withReader(
      (reader) =>
        Effect.gen(function* () {
          const first = yield* reader.read([sent("a"), sent("b")])
          const again = yield* reader.read([sent("c")])
          return { first, again }
        }),
      { answer, living }
    )
  const totals = ({ again, first }: Effect.Success<ReturnType<typeof listen>>["result"]) => [
    ...["a", "b"].map((queue) => first.series.total(sent(queue))),
    again.series.total(sent("c"))
  ]

  it.effect("is not believed where not even what runs has a datapoint, and says so in one line", () =>
    Effect.gen(function* () {
      const { result, sent: calls } = yield* listen(having(), [cpu])
      const { again, first } = result
      assert.deepStrictEqual(
        totals(result).map(({ known }) => known),
        [false, false, false]
      )
      assert.isTrue(first.series.failed(sent("a")))
      const [gap] = first.gaps
      assert.strictEqual(
        gap?.summary,
        "cloudwatch:GetMetricData: answered something that is not an AWS answer (CloudWatch has no datapoint of anything in eu-west-1, not even of the CPU of i-1, so that nothing there is known to be idle)"
      )
      assert.deepStrictEqual([first.gaps.length, again.gaps.map(({ summary }) => summary)], [1, [gap?.summary]])
      assert.deepStrictEqual(sizes(calls), [2, 1, 1])
    })
  )

  it.effect("is believed where nothing runs, so that a small scope is not unknown for ever", () =>
    Effect.gen(function* () {
      const { result, sent: calls } = yield* listen(having(), [])
      assert.deepStrictEqual(totals(result), [known(0), known(0), known(0)])
      assert.deepStrictEqual([result.first.gaps, sizes(calls)], [[], [2, 1]])
    })
  )

  it.effect("is believed where what runs has a datapoint, and not asked for it where anything else has one", () =>
    Effect.gen(function* () {
      const running = yield* listen(having("i-1"), [cpu])
      assert.deepStrictEqual(totals(running.result), [known(0), known(0), known(0)])
      assert.deepStrictEqual(sizes(running.sent), [2, 1, 1])
      const busy = yield* listen(having("b"), [cpu])
      assert.deepStrictEqual(totals(busy.result), [known(0), known(7), known(0)])
      assert.deepStrictEqual(sizes(busy.sent), [2, 1])
    })
  )

  it.effect("is not doubted where it refuses to tell of what runs", () =>
    Effect.gen(function* () {
      const refusing: Answers[string] = (input) =>
        queriesOf({ input } as never).some((query) => volumeOf(query) === "i-1")
          ? { MetricDataResults: [{ Id: "m0", StatusCode: "Forbidden", Timestamps: [], Values: [] }] }
          : (having() as any)(input)
      const { result } = yield* listen(refusing, [cpu])
      assert.deepStrictEqual(totals(result), [known(0), known(0), known(0)])
    })
  )
})
