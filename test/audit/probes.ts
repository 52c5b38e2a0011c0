/** What asking AWS needs besides a store: probes that are asked here answer by themselves. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Aws, AwsTarget } from "../../core/aws/Aws.ts"
import { AwsError, reasonOf } from "../../core/aws/AwsError.ts"
import { CallLedger } from "../../core/aws/CallLedger.ts"
import { type CallProbe, probe } from "../../datasets/engine/Probe.ts"
import { SharedReads } from "../../datasets/engine/SharedReads.ts"
import { SeriesReader } from "../../datasets/metrics/SeriesReader.ts"
import { account, awsFailure, now } from "../datasets/harness.ts"

/** The start of the run of a later night. */
export const nightOf = (index: number): Date => new Date(now.getTime() + index * 86_400_000)

export const target: AwsTarget["Service"] = { account, region: "eu-west-1", partition: "aws" }

/** No call is made to AWS. */
export const unasked = Layer.mergeAll(
  Layer.mock(Aws, {}),
  Layer.mock(SeriesReader, {}),
  SharedReads.layerNone,
  Layer.succeed(AwsTarget, target),
  Layer.effect(CallLedger, CallLedger.make())
)

export const failure = (code: string, status = 400): AwsError =>
  new AwsError({
    operation: "test:Describe",
    account,
    region: "eu-west-1",
    reason: reasonOf(awsFailure(code, code, status), "test:Describe")
  })

export interface Thing {
  readonly id: string
  /** What a probe is told of it. Default: its id. */
  readonly told?: unknown
  /** What AWS answers instead. */
  readonly refusal?: AwsError
  readonly version?: string
}

export const thing = (id: string, more: Partial<Thing> = {}): Thing => ({ id, ...more })

export const things = (count: number): ReadonlyArray<Thing> => Array.from({ length: count }, (_, at) => thing(`t${at}`))

/** A probe that notes each call with the ids that it asks about. Refuses a call with the refusal of any of its things. */
export const noting = (
  options: Partial<
    Pick<CallProbe<Thing>, "cap" | "batchSize" | "name" | "identity" | "isFixed" | "lasts" | "halves">
  > & {
    readonly takes?: Effect.Effect<void>
  } = {}
) => {
  const calls: Array<ReadonlyArray<string>> = []
  const { halves, identity, lasts, takes = Effect.void, ...rest } = options
  const own = probe<Thing, unknown>({
    name: "test.told",
    operations: [],
    cap: 1000,
    batchSize: 1,
    costNote: "",
    key: ({ id }) => id,
    ...rest,
    ...(identity === undefined ? {} : { identity }),
    ...(lasts === undefined ? {} : { lasts }),
    ...(halves === undefined ? {} : { halves }),
    read: (items) =>
      Effect.andThen(
        takes,
        Effect.suspend(() => {
          calls.push(items.map(({ id }) => id))
          const refused = items.find(({ refusal }) => refusal !== undefined)?.refusal
          return refused === undefined
            ? Effect.succeed(items.map((item) => ("told" in item ? item.told : item.id)))
            : Effect.fail(refused)
        })
      )
  })
  return { probe: own, calls, ids: () => calls.flat().sort() }
}
