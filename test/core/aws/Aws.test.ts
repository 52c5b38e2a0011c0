import { DescribeVolumesCommand, EC2Client } from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { AwsTarget, complete, list, required, requiredDate, send, sendFor } from "../../../core/aws/Aws.ts"
import { CallLedger } from "../../../core/aws/CallLedger.ts"
import { listOperation, operation } from "../../../core/aws/operation.ts"
import { RateOf } from "../../../core/aws/RateLimits.ts"
import { account, type Answers, awsFailure, awsLayer, stubTransport } from "../../datasets/harness.ts"

const paging = { size: ["MaxResults", 500], input: "NextToken", output: "NextToken" } as const
const describeVolumes = listOperation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes", "Volumes", { paging })
const paid = operation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes", {
  paid: { unit: "request", usdPerUnit: 0.01, usd: () => 0.01 }
})

/** Answers each call with the next entry: an Error is thrown, anything else is returned. */
const scripted = (answers: ReadonlyArray<unknown>): Answers => {
  let call = 0
  return {
    "ec2:DescribeVolumes": () => {
      const answer = answers[Math.min(call++, answers.length - 1)]
      if (answer instanceof Error) throw answer
      return answer
    }
  }
}

const through = Effect.fnUntraced(function* <A, E>(
  effect: Effect.Effect<A, E, any>,
  answers: Answers,
  reserve?: (usd: number) => Effect.Effect<boolean>
) {
  const { layer, sent } = stubTransport(answers)
  const ledger = yield* CallLedger.make(reserve)
  const fiber = yield* Effect.forkChild(
    Effect.result(
      effect.pipe(
        Effect.provide(awsLayer(layer)),
        Effect.provideService(AwsTarget, { account, region: "eu-west-1", partition: "aws" }),
        Effect.provideService(CallLedger, ledger)
      ) as Effect.Effect<A, E>
    )
  )
  yield* TestClock.adjust("5 minutes")
  return { result: yield* Fiber.join(fiber), sent, counts: ledger.counts() }
})

describe("send", () => {
  it.effect("repeats a throttled call, and counts every request and every refusal", () =>
    Effect.gen(function* () {
      const { counts, result } = yield* through(
        send(describeVolumes, {}),
        scripted([awsFailure("RequestLimitExceeded", "slow", 503), awsFailure("Throttling"), { Volumes: [] }])
      )
      assert.strictEqual(result._tag, "Success")
      assert.deepStrictEqual(counts, [{ service: "ec2", operation: "DescribeVolumes", calls: 3, throttled: 2, usd: 0 }])
    })
  )

  it.effect("makes one call when access is denied", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* through(
        send(describeVolumes, {}),
        scripted([awsFailure("UnauthorizedOperation")])
      )
      assert.strictEqual(result._tag, "Failure")
      assert.strictEqual(sent.length, 1)
    })
  )

  it.effect("gives up after a minute of throttling", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* through(send(describeVolumes, {}), scripted([awsFailure("ThrottlingException")]))
      assert.strictEqual(result._tag === "Failure" && result.failure.reason._tag, "Throttled")
      assert.isAbove(sent.length, 5)
      assert.isBelow(sent.length, 25)
    })
  )

  it.effect("does not make a paid call that the run's cap forbids", () =>
    Effect.gen(function* () {
      const asked: Array<number> = []
      const { result, sent } = yield* through(send(paid, {}), scripted([{}]), (usd) =>
        Effect.sync(() => {
          asked.push(usd)
          return false
        })
      )
      assert.deepStrictEqual(asked, [0.01])
      assert.strictEqual(sent.length, 0)
      assert.strictEqual(
        result._tag === "Failure" && result.failure.message,
        "ec2:DescribeVolumes in 111111111111/eu-west-1: not called: the run would cost more than its cap (this call: $0.0100)"
      )
    })
  )

  it.effect("pays by the estimate of its caller for what the input does not tell", () =>
    Effect.gen(function* () {
      const byUnits = operation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes", {
        paid: { unit: "GB", usdPerUnit: 0.005, usd: (_, gb = 0) => gb * 0.005 }
      })
      const asked: Array<number> = []
      const { counts } = yield* through(
        sendFor(byUnits, {}, 4, () => undefined),
        scripted([{}]),
        (usd) => Effect.sync(() => (asked.push(usd), true))
      )
      assert.deepStrictEqual([asked, counts[0]?.usd], [[0.02], 0.02])
    })
  )

  it.effect("pays for every request, also for one that is repeated", () =>
    Effect.gen(function* () {
      const { counts } = yield* through(send(paid, {}), scripted([awsFailure("Throttling"), {}]))
      assert.strictEqual(counts[0]?.usd, 0.02)
    })
  )

  it.effect("waits when the bucket of account, region and service is empty", () =>
    Effect.gen(function* () {
      const { layer, sent } = stubTransport(scripted([{}]))
      const ten = Effect.forEach(Array.from({ length: 10 }), () => send(describeVolumes, {}), {
        concurrency: "unbounded"
      })
      yield* Effect.forkChild(
        ten.pipe(
          Effect.provide(awsLayer(layer)),
          Effect.provideService(AwsTarget, { account, region: "eu-west-1", partition: "aws" }),
          Effect.provideServiceEffect(CallLedger, CallLedger.make()),
          Effect.provideService(RateOf, () => ({ bucket: "all", rate: { burst: 3, perSecond: 2 } }))
        )
      )
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(sent.length, 3)
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(sent.length, 5)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(sent.length, 10)
    })
  )
})

describe("send with a decoder", () => {
  const first = ({ Volumes }: { readonly Volumes?: ReadonlyArray<any> | undefined }) =>
    required(Volumes?.[0]?.VolumeId, "Volumes[].VolumeId")

  it.effect("calls an answer malformed that lacks what is required, and asks once", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* through(send(describeVolumes, {}, first), scripted([{}]))
      assert.strictEqual(result._tag === "Failure" && result.failure.reason._tag, "Malformed")
      assert.include(result._tag === "Failure" && result.failure.message, "(Volumes[].VolumeId is missing)")
      assert.lengthOf(sent, 1)
    })
  )

  it.effect("calls a date malformed that is none", () =>
    Effect.gen(function* () {
      const dated = (CreateTime: unknown) =>
        through(
          send(describeVolumes, {}, ({ Volumes }) => requiredDate(Volumes?.[0]?.CreateTime, "CreateTime")),
          scripted([{ Volumes: [{ CreateTime }] }])
        )
      const good = yield* dated("2026-01-02T03:04:05.678+0000")
      assert.deepStrictEqual(
        good.result._tag === "Success" && good.result.success,
        new Date("2026-01-02T03:04:05.678Z")
      )
      for (const bad of ["yesterday", undefined, Number.NaN]) {
        const { result } = yield* dated(bad)
        assert.strictEqual(result._tag === "Failure" && result.failure.reason._tag, "Malformed")
      }
    })
  )

  it.effect("says in words that a field is of another type", () =>
    Effect.gen(function* () {
      const decode = ({ Volumes }: { readonly Volumes?: ReadonlyArray<unknown> | undefined }) =>
        Volumes?.map((volume) => volume)
      for (const Volumes of ["text", 7, { a: 1 }]) {
        const { result } = yield* through(send(describeVolumes, {}, decode as never), scripted([{ Volumes }]))
        assert.match(
          result._tag === "Failure" ? result.failure.message : "",
          /answered something that is not an AWS answer \(a field is of another type than AWS documents\)/
        )
      }
    })
  )

  it.effect("lets a bug be a bug", () =>
    Effect.gen(function* () {
      const decode = () => {
        throw new TypeError("oops")
      }
      const exit = yield* Effect.exit(through(send(describeVolumes, {}, decode), scripted([{}])))
      assert.isTrue(exit._tag === "Failure" && Cause.hasDies(exit.cause))
    })
  )
})

describe("list", () => {
  const ids = (volumes: ReadonlyArray<{ readonly VolumeId?: string | undefined }>) =>
    volumes.map(({ VolumeId }) => required(VolumeId, "Volumes[].VolumeId"))

  const page = (token: unknown, ...volumes: ReadonlyArray<string>) => ({
    Volumes: volumes.map((VolumeId) => ({ VolumeId })),
    ...(token === undefined ? {} : { NextToken: token })
  })

  /** What a list of such pages gives: its items, the messages of its gaps, or the message of its failure. */
  const listed = Effect.fnUntraced(function* (answers: ReadonlyArray<unknown>) {
    const { result, sent } = yield* through(list(describeVolumes, {}, ids), scripted(answers))
    const prefix = /^ec2:DescribeVolumes: (answered something that is not an AWS answer )?/
    return result._tag === "Success"
      ? {
          items: result.success.items,
          gaps: result.success.gaps.map(({ summary }) => summary.replace(prefix, "")),
          calls: sent.length
        }
      : { failure: result.failure.summary.replace(prefix, ""), calls: sent.length }
  })

  it.effect("always sends the page size and ends at an empty token", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* through(list(describeVolumes, {}, ids), scripted([page("t", "a"), page("", "b")]))
      assert.deepStrictEqual(result._tag === "Success" && result.success, { items: ["a", "b"], gaps: [] })
      assert.deepStrictEqual(
        sent.map(({ input }) => input),
        [{ MaxResults: 500 }, { MaxResults: 500, NextToken: "t" }]
      )
    })
  )

  it.effect("repeats a throttled page alone", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* through(
        list(describeVolumes, {}, ids),
        scripted([page("t", "a"), awsFailure("Throttling"), page(undefined)])
      )
      assert.deepStrictEqual(result._tag === "Success" && result.success.items, ["a"])
      assert.deepStrictEqual(
        sent.map(({ input }) => input.NextToken),
        [undefined, "t", "t"]
      )
    })
  )

  it.effect("keeps what it has and names the gap where a later page fails, and fails where the first does", () =>
    Effect.gen(function* () {
      const denied = awsFailure("UnauthorizedOperation", "no", 403)
      assert.deepStrictEqual(yield* listed([page("t", "a"), denied]), {
        items: ["a"],
        gaps: ["denied by IAM: a permission is missing"],
        calls: 2
      })
      assert.deepStrictEqual(yield* listed([denied]), { failure: "denied by IAM: a permission is missing", calls: 1 })
    })
  )

  it.effect("is malformed without an item where there always is one", () =>
    Effect.gen(function* () {
      const always = { ...describeVolumes, neverEmpty: true }
      const { result: empty } = yield* through(list(always, {}, ids), scripted([page("t"), page(undefined)]))
      assert.include(empty._tag === "Failure" ? empty.failure.summary : "", "Volumes is empty")
      // What a decoder leaves out was there.
      const { result: filtered } = yield* through(
        list(always, {}, () => []),
        scripted([page(undefined, "a")])
      )
      assert.deepStrictEqual(filtered._tag === "Success" && filtered.success, { items: [], gaps: [] })
    })
  )

  describe("whose pages do not end", () => {
    const circles = "(the list goes in circles: a page's token came twice)"

    it.effect("has a gap where a token came before: the same one, or two in turn", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* listed([page("t", "a"), page("t", "b"), page("t", "c")]), {
          items: ["a", "b"],
          gaps: [circles],
          calls: 2
        })
        const turns = Array.from({ length: 50 }, (_, index) => page(index % 2 === 0 ? "t" : "u", `v${index}`))
        assert.deepStrictEqual(yield* listed(turns), { items: ["v0", "v1", "v2"], gaps: [circles], calls: 3 })
      })
    )

    it.effect("has a gap where a token is no text", () =>
      Effect.gen(function* () {
        for (const token of [7, {}, ["t"], true]) {
          assert.deepStrictEqual(yield* listed([page(token, "a"), page(undefined, "b")]), {
            items: ["a"],
            gaps: ["(the token of the next page is no text)"],
            calls: 1
          })
        }
      })
    )

    it.effect("bears a few empty pages, and has a gap where a hundred come in a row", () =>
      Effect.gen(function* () {
        const few = [page("1", "a"), page("2"), page("3"), page(undefined, "b")]
        assert.deepStrictEqual(yield* listed(few), { items: ["a", "b"], gaps: [], calls: 4 })
        const endless = Array.from({ length: 200 }, (_, index) => page(`t${index}`))
        assert.deepStrictEqual(yield* listed([page("first", "a"), ...endless]), {
          items: ["a"],
          gaps: ["(100 pages in a row had no item)"],
          calls: 101
        })
      })
    )
  })

  it.effect("counts an item once that stands on two pages, by its ARN, its id or what it is", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* listed([page("t", "a", "b"), page(undefined, "b", "c")]), {
        items: ["a", "b", "c"],
        gaps: [],
        calls: 2
      })
      const as = Effect.fnUntraced(function* (make: (id: string) => object) {
        const { result } = yield* through(
          list(describeVolumes, {}, (volumes) => ids(volumes).map(make)),
          scripted([page("t", "a", "b"), page(undefined, "b", "c")])
        )
        return result._tag === "Success" ? result.success.items.length : undefined
      })
      assert.strictEqual(yield* as((id) => ({ id })), 3)
      assert.strictEqual(yield* as((id) => ({ arn: `arn:${id}`, id: "same" })), 3)
      assert.strictEqual(yield* as((id) => ({ arn: "", name: id })), 3, "or else by all that is kept of it")
    })
  )

  describe("without its list", () => {
    const missing = "(Volumes is missing)"

    it.effect("is malformed and never empty, whatever came instead", () =>
      Effect.gen(function* () {
        // A proxy's sign-in page that is sent as XML decodes to an answer without any field.
        const signIn = { $metadata: { httpStatusCode: 200 } }
        for (const answer of [signIn, { Functions: [] }, { Volumes: null }, { Volumes: "" }, { Volumes: {} }]) {
          assert.deepStrictEqual(yield* listed([answer]), { failure: missing, calls: 1 })
        }
        assert.deepStrictEqual(yield* listed([{ Volumes: [null] }]), {
          failure: "(an item of Volumes is missing)",
          calls: 1
        })
        assert.deepStrictEqual(yield* listed([{ Volumes: [] }]), { items: [], gaps: [], calls: 1 })
      })
    )

    it.effect("has a gap where a later page is so", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* listed([page("t", "a"), {}]), { items: ["a"], gaps: [missing], calls: 2 })
        const nameless = yield* listed([page("t", "a"), { Volumes: [{}] }])
        assert.deepStrictEqual(nameless, { items: ["a"], gaps: ["(Volumes[].VolumeId is missing)"], calls: 2 })
      })
    )

    it.effect("is empty only where another field of the answer proves that", () =>
      Effect.gen(function* () {
        const field = {
          name: "Volumes",
          of: ({ Volumes }: { readonly Volumes?: ReadonlyArray<any> | undefined }) => Volumes,
          emptyWhen: (output: object) => "Quantity" in output && output.Quantity === 0
        }
        const provable = listOperation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes", field)
        const told = Effect.fnUntraced(function* (answer: object) {
          const { result } = yield* through(list(provable, {}, ids), scripted([answer]))
          return result._tag
        })
        assert.strictEqual(yield* told({ Quantity: 0 }), "Success")
        assert.strictEqual(yield* told({ Quantity: 1 }), "Failure")
        assert.strictEqual(yield* told({}), "Failure")
      })
    )
  })

  it.effect("may be asked to be complete, and then fails with its first gap", () =>
    Effect.gen(function* () {
      const all = (answers: ReadonlyArray<unknown>) =>
        through(complete(list(describeVolumes, {}, ids)), scripted(answers))
      const whole = yield* all([page("t", "a"), page(undefined, "b")])
      assert.deepStrictEqual(whole.result._tag === "Success" && whole.result.success, ["a", "b"])
      const cut = yield* all([page("t", "a"), {}])
      assert.strictEqual(cut.result._tag === "Failure" && cut.result.failure.reason._tag, "Malformed")
    })
  )
})
