import { DescribeVolumesCommand, EC2Client } from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { list, required, send } from "../../../core/aws/Aws.ts"
import { AwsError, NotInRegion } from "../../../core/aws/AwsError.ts"
import { listOperation, operation } from "../../../core/aws/operation.ts"
import { known, type Reading } from "../../../core/Reading.ts"
import { AsOf, type Dataset, dataset, derived, listOf, readOf, whole } from "../../../datasets/engine/Dataset.ts"
import type { Evidence } from "../../../datasets/engine/Evidence.ts"
import { type Loaded, Reader } from "../../../datasets/engine/Reader.ts"
import { metricsOf } from "../../../datasets/metrics/metricsOf.ts"
import { account, type Answers, awsFailure, inScope, now, stubTransport } from "../harness.ts"
import { answering, queriesOf, readsOf, resultOf, volumeOf } from "../metrics/cloudwatch.ts"

const describeVolumes = listOperation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes", "Volumes", {
  paging: { input: "NextToken", output: "NextToken" }
})

const volumes = listOf("test.volumes", "regional", describeVolumes, {}, (listed) =>
  listed.map(({ VolumeId }) => required(VolumeId, "Volumes[].VolumeId"))
)

const listed = (...ids: ReadonlyArray<string>) => ({ Volumes: ids.map((VolumeId) => ({ VolumeId })) })

/** Two pages, the second of which is denied. */
const cut = ({ NextToken }: { readonly NextToken?: string }) => {
  if (NextToken !== undefined) throw awsFailure("UnauthorizedOperation", "no", 403)
  return { ...listed("vol-1"), NextToken: "2" }
}

const plain = <A extends ReadonlyArray<unknown>>(name: string, value: A, wait?: string) =>
  dataset<A>(name, {
    scope: "regional",
    operations: [],
    shape: "list" as never,
    read: () => Effect.delay(Effect.succeed(whole(value)), (wait ?? "0 millis") as never)
  })

/** Loads with a reader over such answers. */
const withReader = Effect.fnUntraced(function* <A>(
  use: (reader: Reader["Service"]) => Effect.Effect<A, never, any>,
  answers: Answers = {}
) {
  const { layer, sent } = stubTransport(answers)
  const result = yield* inScope(layer)(Effect.flatMap(Reader, use)) as Effect.Effect<A>
  return { result, sent }
})

const load = (dataset: Dataset, answers: Answers = {}) =>
  withReader((reader) => reader.load(dataset), answers).pipe(Effect.map(({ result }) => result))

const summaries = (loaded: Loaded) => {
  assert.isTrue(loaded.ok)
  if (!loaded.ok) return { gaps: [], inherited: [] }
  return { gaps: loaded.gaps.map(({ summary }) => summary), inherited: loaded.inherited.map(({ summary }) => summary) }
}

const denied = "ec2:DescribeVolumes: denied by IAM: a permission is missing"

describe("a Reader", () => {
  it.effect("reads each dataset once, however many ask for it and what is built from it", () =>
    Effect.gen(function* () {
      const names = derived("test.names", { scope: "regional", needs: { volumes }, derive: ({ volumes }) => volumes })
      const { result, sent } = yield* withReader(
        (reader) =>
          Effect.gen(function* () {
            yield* Effect.all([reader.load(volumes), reader.load(names), reader.load(volumes)], {
              concurrency: "unbounded"
            })
            return yield* reader.load(names)
          }),
        { "ec2:DescribeVolumes": () => listed("vol-1") }
      )
      assert.deepStrictEqual(result.ok && result.value, ["vol-1"])
      assert.lengthOf(sent, 1)
    })
  )

  it.effect("lets nobody wait for a slow read who does not need it", () =>
    Effect.gen(function* () {
      const slow = plain("test.slow", ["late"], "1 hour")
      const quick = derived("test.quick", {
        scope: "regional",
        needs: { fast: plain("test.fast", [1]) },
        derive: ({ fast }) => fast
      })
      yield* withReader((reader) =>
        Effect.gen(function* () {
          const waiting = yield* Effect.forkChild(reader.load(slow))
          const told = yield* reader.load(quick)
          assert.deepStrictEqual(told.ok && told.value, [1])
          assert.isUndefined(waiting.pollUnsafe())
          yield* TestClock.adjust("1 hour")
          assert.isTrue((yield* Fiber.join(waiting)).ok)
        })
      )
    })
  )

  it.effect("reads anew for those who wait for a read that was cut off", () =>
    withReader((reader) =>
      Effect.gen(function* () {
        const slow = plain("test.slow", ["late"], "1 hour")
        const first = yield* Effect.forkChild(reader.load(slow))
        yield* Effect.yieldNow
        const second = yield* Effect.forkChild(reader.load(slow))
        yield* Effect.yieldNow
        yield* Fiber.interrupt(first)
        yield* TestClock.adjust("1 hour")
        const told = yield* Fiber.join(second)
        assert.deepStrictEqual(told.ok && told.value, ["late"])
      })
    )
  )

  it.effect("forgets what is freed, and reads it again for whoever comes later", () =>
    Effect.gen(function* () {
      const { sent } = yield* withReader(
        (reader) =>
          Effect.gen(function* () {
            yield* reader.load(volumes)
            reader.free([volumes])
            yield* reader.load(volumes)
          }),
        { "ec2:DescribeVolumes": () => listed("vol-1") }
      )
      assert.lengthOf(sent, 2)
    })
  )

  it.effect("reads as of the run and not of the clock", () =>
    Effect.gen(function* () {
      const when = dataset<ReadonlyArray<Date>>("test.when", {
        scope: "regional",
        operations: [],
        read: () => Effect.map(AsOf, (asOf) => whole([asOf]))
      })
      yield* TestClock.adjust("3 days")
      const told = yield* load(when)
      assert.deepStrictEqual(told.ok && told.value, [now])
    })
  )
})

describe("a gap", () => {
  const answers = { "ec2:DescribeVolumes": cut }

  it.effect("of the dataset itself is its own", () =>
    Effect.gen(function* () {
      const loaded = yield* load(volumes, answers)
      assert.deepStrictEqual(loaded.ok && loaded.value, ["vol-1"])
      assert.deepStrictEqual(summaries(loaded), { gaps: [denied], inherited: [] })
    })
  )

  it.effect("of what it is built from is inherited, also by what is built from that", () =>
    Effect.gen(function* () {
      const joined = derived("test.joined", {
        scope: "regional",
        needs: { own: plain("test.own", [1]), volumes },
        inventory: ["own"],
        derive: ({ own }) => own
      })
      const further = derived("test.further", {
        scope: "regional",
        needs: { joined },
        inventory: ["joined"],
        derive: ({ joined }) => joined
      })
      for (const dataset of [joined, further]) {
        assert.deepStrictEqual(summaries(yield* load(dataset, answers)), { gaps: [], inherited: [denied] })
      }
    })
  )

  it.effect("of the list whose items are its own is its own", () =>
    Effect.gen(function* () {
      const same = derived("test.same", {
        scope: "regional",
        needs: { volumes },
        inventory: ["volumes"],
        derive: ({ volumes }) => volumes
      })
      assert.deepStrictEqual(summaries(yield* load(same, answers)), { gaps: [denied], inherited: [] })
    })
  )

  it.effect("of what it looks things up in is told by the look-up, and not inherited", () =>
    Effect.gen(function* () {
      const told: Array<Reading<boolean>> = []
      const looking = derived("test.looking", {
        scope: "regional",
        needs: {},
        evidence: { volumes },
        derive: (_, { volumes }: { readonly volumes: Evidence<string> }) => {
          told.push(
            volumes.some((id) => id === "vol-1"),
            volumes.some((id) => id === "vol-9")
          )
          return []
        }
      })
      assert.deepStrictEqual(summaries(yield* load(looking, answers)), { gaps: [], inherited: [] })
      assert.deepStrictEqual(told, [known(true), { known: false, reason: denied }])
    })
  )

  it.effect("is read of what is wanted alone, where a dataset says what it looks into", () =>
    Effect.gen(function* () {
      const looking = (wanted: ReadonlyArray<"volumes">) =>
        derived("test.looking", {
          scope: "regional",
          needs: {},
          evidence: { volumes },
          wanted: () => new Set(wanted),
          derive: (_, views: { readonly volumes?: Evidence<string> }) => [views.volumes?.gap ?? "not read"]
        })
      const nothing = yield* load(looking([]), {})
      assert.deepStrictEqual(nothing.ok && nothing.value, ["not read"])
      const told = yield* load(looking(["volumes"]), answers)
      assert.deepStrictEqual(told.ok && told.value, [denied])
    })
  )

  it.effect("is none where the region does not have the service: nothing in it uses it", () =>
    Effect.gen(function* () {
      const absent = dataset<ReadonlyArray<string>>("test.absent", {
        scope: "regional",
        operations: [],
        read: () =>
          Effect.fail(
            new AwsError({
              operation: "eks:ListClusters",
              account,
              region: "eu-west-1",
              reason: new NotInRegion({ code: "NotInRegion", message: "eks is not in eu-west-1" })
            })
          )
      })
      const looking = derived("test.looking", {
        scope: "regional",
        needs: {},
        evidence: { absent },
        derive: (_, { absent }: { readonly absent: Evidence<string> }) => [absent.all, absent.failures]
      })
      const told = yield* load(looking)
      assert.deepStrictEqual(told.ok && told.value, [known([]), []])
    })
  )

  it.effect(
    "of all of what it needs leaves nothing, and of all that it looks up in leaves it knowing nothing of that",
    () =>
      Effect.gen(function* () {
        const none = {
          "ec2:DescribeVolumes": () => {
            throw awsFailure("UnauthorizedOperation", "no", 403)
          }
        }
        const needing = derived("test.needing", { scope: "regional", needs: { volumes }, derive: () => [] })
        const lost = yield* load(needing, none)
        assert.strictEqual(lost.ok ? "" : lost.error.summary, denied)
        const looking = derived("test.looking", {
          scope: "regional",
          needs: {},
          evidence: { volumes },
          derive: (_, { volumes }: { readonly volumes: Evidence<string> }) => [volumes.gap]
        })
        const told = yield* load(looking, none)
        assert.deepStrictEqual(told.ok && told.value, [denied])
      })
  )
})

describe("what crashes", () => {
  const crashing = dataset<ReadonlyArray<string>>("test.crashing", {
    scope: "regional",
    operations: [],
    read: () => {
      throw new Error("oops")
    }
  })

  it.effect("is that dataset's, and of what needs it, and of nobody else", () =>
    Effect.gen(function* () {
      const needing = derived("test.needing", { scope: "regional", needs: { crashing }, derive: () => [] })
      const { result } = yield* withReader(
        (reader) =>
          Effect.forEach([crashing, needing, volumes] as ReadonlyArray<Dataset>, reader.load, {
            concurrency: "unbounded"
          }),
        { "ec2:DescribeVolumes": () => listed("vol-1") }
      )
      assert.deepStrictEqual(
        result.map((loaded) => (loaded.ok ? loaded.value : loaded.error.summary)),
        ["reading test.crashing crashed: oops", "reading test.crashing crashed: oops", ["vol-1"]]
      )
    })
  )

  it.effect("because an answer lacks something is a malformed answer and no bug, also outside of a list", () =>
    Effect.gen(function* () {
      const describeOne = operation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes")
      const single = dataset<ReadonlyArray<string>>("test.single", {
        scope: "regional",
        operations: [describeOne],
        read: () =>
          Effect.map(send(describeOne, {}), ({ Volumes }) =>
            whole([required(Volumes?.[0]?.VolumeId, "Volumes[].VolumeId")])
          )
      })
      const loaded = yield* load(single, { "ec2:DescribeVolumes": () => ({}) })
      assert.strictEqual(
        loaded.ok ? "" : loaded.error.summary,
        "ec2:DescribeVolumes: answered something that is not an AWS answer (Volumes[].VolumeId is missing)"
      )
    })
  )

  it.effect("by reading as something that it does not say is a bug", () =>
    Effect.gen(function* () {
      const wrong = dataset<ReadonlyArray<string>>("test.wrong", {
        scope: "regional",
        operations: [],
        read: () => Effect.succeed(whole(new Set(["a"]) as never))
      })
      const loaded = yield* load(wrong)
      assert.strictEqual(
        loaded.ok ? "" : loaded.error.summary,
        "reading test.wrong crashed: it reads as a set and says list"
      )
    })
  )
})

describe("series about what other series left in doubt", () => {
  const reads = metricsOf("test.reads", {
    scope: "regional",
    needs: { volumes },
    metrics: [readsOf(0)],
    series: ({ volumes }) => volumes.map((id) => readsOf(id.slice(4)))
  })
  const writes = metricsOf("test.writes", {
    scope: "regional",
    needs: { reads, volumes },
    metrics: [readsOf(0, { metric: "VolumeWriteOps" })],
    series: ({ reads, volumes }) =>
      volumes.flatMap((id) => {
        const total = reads.total(readsOf(id.slice(4)))
        return total.known && total.value === 0 ? [readsOf(id.slice(4), { metric: "VolumeWriteOps" })] : []
      })
  })

  it.effect("are asked for those alone, without waiting for each other", () =>
    Effect.gen(function* () {
      const day = new Date("2026-11-19T00:00:00Z")
      const { result, sent } = yield* withReader((reader) => reader.load(writes), {
        "ec2:DescribeVolumes": () => listed("vol-1", "vol-2"),
        "cloudwatch:GetMetricData": ({ MetricDataQueries }) => ({
          MetricDataResults: MetricDataQueries.map((query: any) =>
            resultOf(query.Id, [[day, volumeOf(query) === "vol-1" ? 0 : 5]])
          )
        })
      })
      assert.isTrue(result.ok)
      const asked = sent
        .filter(({ operation }) => operation.service === "cloudwatch")
        .map((request) => queriesOf(request).map((query) => `${query.MetricStat.Metric.MetricName} ${volumeOf(query)}`))
      assert.deepStrictEqual(asked, [["VolumeReadOps vol-1", "VolumeReadOps vol-2"], ["VolumeWriteOps vol-1"]])
    })
  )

  it.effect("share their calls with those of other datasets that are read at the same time", () =>
    Effect.gen(function* () {
      const instances = metricsOf("test.others", {
        scope: "regional",
        needs: { slow: plain("test.slow", ["8", "9"], "200 millis") },
        metrics: [readsOf(0, { metric: "Other" })],
        series: ({ slow }) => slow.map((id) => readsOf(id, { metric: "Other" }))
      })
      const { sent } = yield* withReader(
        (reader) =>
          Effect.gen(function* () {
            const loading = yield* Effect.forkChild(
              Effect.all([reader.load(reads), reader.load(instances)], { concurrency: "unbounded" })
            )
            yield* TestClock.adjust("200 millis")
            return yield* Fiber.join(loading)
          }),
        { "ec2:DescribeVolumes": () => listed("vol-1"), "cloudwatch:GetMetricData": answering() }
      )
      const calls = sent.filter(({ operation }) => operation.service === "cloudwatch")
      assert.deepStrictEqual(
        calls.map((call) => queriesOf(call).map(volumeOf).sort()),
        [["vol-1", "vol-8", "vol-9"]]
      )
    })
  )
})

describe("a dataset of a wider scope", () => {
  it.effect("is read in the region of that scope", () =>
    Effect.gen(function* () {
      const global = dataset<ReadonlyArray<string>>("test.global", {
        scope: "global",
        operations: [describeVolumes],
        read: () =>
          Effect.map(
            list(describeVolumes, {}, (found) => found.map(({ VolumeId }) => VolumeId ?? "")),
            readOf
          )
      })
      const { sent } = yield* withReader((reader) => reader.load(global), {
        "ec2:DescribeVolumes": () => listed("vol-1")
      })
      assert.deepStrictEqual(
        sent.map(({ destination }) => `${destination.account}/${destination.region}`),
        [`${account}/us-east-1`]
      )
    })
  )
})
