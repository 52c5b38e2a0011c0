/**
 * Every way in which AWS breaks an answer, for every operation that scans read: no finding that a healthy AWS would not have
 * given, none closed that it would not have closed, and no saving that grows.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync } from "node:fs"
import { operationsOf } from "../../audit/actions.ts"
import { scans as index } from "../../audit/index.ts"
import { type ListOperation, type Operation, operationKey } from "../../core/aws/operation.ts"
import type { Destination, Transport } from "../../core/aws/Transport.ts"
import type { Scan } from "../../scans/Scan.ts"
import { awsFailure } from "../datasets/harness.ts"
import { audit, type Audited } from "../sample/harness.ts"

/** The account in which every scan finds something, its global services, and the payer's bill. */
const where = (scope: string) =>
  scope === "shop-production/eu-central-1" || scope === "shop-production/global" || scope.endsWith("/global/payer")

type Answer = Record<string, any>
type Asks = (input: Answer) => Promise<Answer>

/** What becomes of one call: `ask` is the estate itself. */
type Break = (operation: Operation, input: Answer, ask: Asks) => Promise<unknown>

const refuse = (name: string, status = 400): Promise<never> => Promise.reject(awsFailure(name, name, status))

const isList = (operation: Operation): operation is ListOperation => "items" in operation

/** Sets a field by its path, `DistributionList.NextMarker`, in a copy. */
const setAt = (answer: Answer, path: string, value: unknown): Answer => {
  const [head = "", ...rest] = path.split(".")
  return { ...answer, [head]: rest.length === 0 ? value : setAt(answer[head] ?? {}, rest.join("."), value) }
}

/** The answer in pages of which each but the last has a token; what is asked for with a token is up to `next`. */
const paged =
  (next: (operation: Operation, first: Answer, input: Answer) => Promise<Answer>): Break =>
  async (operation, input, ask) => {
    const { paging } = operation
    if (!isList(operation) || paging === undefined) return ask(input)
    if (input[paging.input] !== undefined)
      return next(operation, await ask({ ...input, [paging.input]: undefined }), input)
    const answer = await ask(input)
    const items = operation.items.of(answer) ?? []
    const half = setAt(answer, operation.items.name, items.slice(0, Math.ceil(items.length / 2)))
    return setAt(half, paging.output, "1")
  }

/** The answers of CloudWatch, series by series. */
const metrics =
  (change: (result: Answer) => ReadonlyArray<Answer>): Break =>
  async (operation, input, ask) => {
    const answer = await ask(input)
    if (operation.name !== "GetMetricData") return answer
    return { ...answer, MetricDataResults: answer["MetricDataResults"].flatMap(change) }
  }

const forLists: Readonly<Record<string, Break>> = {
  "a failing second page": paged(() => refuse("InternalError", 500)),
  "a denied second page": paged(() => refuse("AccessDenied", 403)),
  "a token that comes again and again": paged((operation, first) =>
    Promise.resolve(setAt(first, operation.paging?.output ?? "", "1"))
  ),
  "two tokens in turn": paged((operation, first, input) =>
    Promise.resolve(
      setAt(first, operation.paging?.output ?? "", input[operation.paging?.input ?? ""] === "1" ? "2" : "1")
    )
  ),
  "a token that is no text": paged((operation, first) =>
    Promise.resolve(setAt(first, operation.paging?.output ?? "", { next: 1 }))
  )
}

const forAll: Readonly<Record<string, Break>> = {
  denied: () => refuse("AccessDeniedException", 403),
  "throttled for good": () => refuse("ThrottlingException"),
  "an answer without anything": () => Promise.resolve({}),
  "a page of another service": () => Promise.resolve({ Message: "Sign in", Widgets: [{ Id: "w-1" }] })
}

const forMetrics: Readonly<Record<string, Break>> = {
  "every series failed": metrics((result) => [{ ...result, StatusCode: "InternalError", Timestamps: [], Values: [] }]),
  "every series forbidden": metrics((result) => [{ ...result, StatusCode: "Forbidden", Timestamps: [], Values: [] }]),
  "partial data to the end": metrics((result) => [
    { ...result, StatusCode: "PartialData", Timestamps: [], Values: [] }
  ]),
  "an unknown status": metrics((result) => [{ ...result, StatusCode: "Fine", Timestamps: [], Values: [] }]),
  "no series": metrics(() => []),
  "every other series absent": metrics((result) => (Number(result["Id"].slice(1)) % 2 === 0 ? [result] : [])),
  "every series twice": metrics((result) => [result, { ...result, Timestamps: [], Values: [] }]),
  "more instants than values": metrics((result) => [
    { ...result, Values: [], Timestamps: [new Date("2026-11-19T00:00:00Z")] }
  ]),
  "text for values": metrics((result) => [{ ...result, Values: result["Values"].map(() => "0") }]),
  "negative values": metrics((result) => [{ ...result, Timestamps: [new Date("2026-11-19T00:00:00Z")], Values: [-1] }])
}

/** The fields that decoders take with `required`, as they name them: `Volumes[].VolumeId`. */
const requiredFields: ReadonlyArray<string> = (() => {
  const root = new URL("../../datasets/", import.meta.url)
  const sources = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(new URL(file, root), "utf8"))
  return [
    ...new Set(
      sources.flatMap((source) =>
        [...source.matchAll(/required(?:Date)?\([^"]*?"([\w.[\]]+)"/g)].flatMap(([, field]) => field ?? [])
      )
    )
  ]
})()

/** Removes a field from the first item of each list on its path. Undefined where the answer does not have it. */
const without = (answer: unknown, path: ReadonlyArray<string>): unknown => {
  const [head = "", ...rest] = path
  if (typeof answer !== "object" || answer === null) return undefined
  const name = head.replace(/\[\d*\]$/, "")
  const value = (answer as Answer)[name]
  if (value === undefined || value === null) return undefined
  if (head.endsWith("]")) {
    if (!Array.isArray(value) || value.length === 0) return undefined
    const [first, ...others] = value
    if (rest.length === 0) return { ...answer, [name]: others }
    const changed = without(first, rest)
    return changed === undefined ? undefined : { ...answer, [name]: [changed, ...others] }
  }
  if (rest.length === 0) {
    const { [name]: _, ...left } = answer as Answer
    return left
  }
  const changed = without(value, rest)
  return changed === undefined ? undefined : { ...answer, [name]: changed }
}

const loaded: ReadonlyArray<readonly [name: string, scan: Scan]> = await Promise.all(
  Object.entries(index).map(async ([name, { load }]) => [name, (await load()).default] as const)
)

const operations = [...new Set(loaded.flatMap(([, scan]) => operationsOf({ scan })))]

/** The scans that call an operation. */
const readersOf = (operation: Operation) =>
  new Set(loaded.flatMap(([name, scan]) => (operationsOf({ scan }).includes(operation) ? [name] : [])))

const auditThrough = (
  only: ReadonlySet<string>,
  through?: (transport: Transport["Service"]) => Transport["Service"]
): Effect.Effect<ReadonlyArray<Audited>> =>
  Effect.map(
    Effect.orDie(audit({ only, where, ...(through === undefined ? {} : { through }) })),
    ({ results }) => results
  )

/** What a scan found in a scope with nothing in the way. */
const healthyBy = new Map<string, Effect.Effect<ReadonlyArray<Audited>>>()
const healthy = (only: ReadonlySet<string>) =>
  Effect.gen(function* () {
    const key = [...only].sort().join()
    const before = healthyBy.get(key)
    if (before !== undefined) return yield* before
    const cached = yield* Effect.cached(auditThrough(only))
    healthyBy.set(key, cached)
    return yield* cached
  })

/** The fields that the estate's answers have, by operation. */
const answeredFields = Effect.gen(function* () {
  const fields = new Map<Operation, Set<string>>()
  yield* auditThrough(new Set(loaded.map(([name]) => name)), (transport) => ({
    send: async (operation, input, destination, signal) => {
      const answer = await transport.send(operation, input, destination, signal)
      const known = fields.get(operation) ?? new Set<string>()
      fields.set(operation, known)
      for (const field of Object.keys(answer as object)) known.add(field)
      return answer
    }
  }))
  return fields
})

const isMoneyOf = ({ savings }: Audited["drafts"][number]) => savings?.monthlyUsd ?? 0

/** What may be covered by a commitment that nobody could read of is its list price, and says that it is the most there is. */
const mostOf = (draft: Audited["drafts"][number], own: Audited["drafts"][number]) =>
  draft.savings?.basis === "upper_bound" && draft.savings.coverage?.coveredPercent === null
    ? (own.savings?.coverage?.listMonthlyUsd ?? isMoneyOf(own))
    : isMoneyOf(own)

const compare = (broken: ReadonlyArray<Audited>, whole: ReadonlyArray<Audited>, how: string) => {
  for (const result of broken) {
    const expected = whole.find(({ name, scope }) => name === result.name && scope === result.scope)
    const place = `${how}: ${result.name} in ${result.scope}`
    assert.isDefined(expected, place)
    assert.notStrictEqual(result.reason?.code, "scan_crashed", `${place}: ${result.reason?.message}`)
    const byId = new Map(expected?.drafts.map((draft) => [draft.id, draft]))
    for (const draft of result.drafts) {
      const own = byId.get(draft.id)
      const what = `${place}: ${draft.resource.id} (${draft.reasons.join()})`
      assert.isDefined(own, `${what} is flagged, and a healthy AWS would not have it`)
      assert.isAtMost(isMoneyOf(draft), mostOf(draft, own as never) + 0.005, `${what} saves more`)
      if (own?.observe !== undefined && !draft.unproven) assert.isDefined(draft.observe, `${what} is confirmed earlier`)
    }
    const shown = new Set(result.drafts.map(({ id }) => id))
    if (result.status === "unavailable" || result.status === "not_applicable") {
      assert.lengthOf(result.drafts, 0, place)
      assert.strictEqual(result.status, "unavailable", place)
      continue
    }
    for (const { id, resource } of expected?.drafts ?? []) {
      if (shown.has(id)) continue
      const state = result.stateOf(resource.arn)
      // What is missing from a list that is not whole is not taken for gone: only a complete outcome ends it.
      const isClosed =
        state === "healthy" ||
        state === "suppressed" ||
        (result.status === "complete" && (state === "gone" || state === "tooYoung"))
      assert.isFalse(isClosed, `${place}: the finding of ${resource.id} would be closed (${state})`)
    }
    if (result.drafts.length < (expected?.drafts.length ?? 0)) assert.strictEqual(result.status, "partial", place)
  }
}

/** One operation broken in one way, for all scans that call it. */
const holds = Effect.fnUntraced(function* (how: string, operation: Operation, broken: Break) {
  const only = readersOf(operation)
  let calls = 0
  const through = (transport: Transport["Service"]): Transport["Service"] => ({
    send: (called: Operation, input: object, destination: Destination, signal: AbortSignal) => {
      const ask: Asks = (own) => transport.send(called, own, destination, signal) as Promise<Answer>
      if (called !== operation) return ask(input)
      calls += 1
      return broken(called, input, ask)
    }
  })
  const result = yield* auditThrough(only, through)
  compare(result, yield* healthy(only), `${operationKey(operation)} with ${how}`)
  return calls
})

describe("an AWS that breaks its answers", () => {
  for (const [how, broken] of Object.entries(forAll)) {
    it.effect(`makes nothing waste and closes nothing: ${how}`, () =>
      Effect.gen(function* () {
        let called = 0
        for (const operation of operations) if ((yield* holds(how, operation, broken)) > 0) called += 1
        assert.isAbove(called, 30)
      })
    )
  }
  for (const [how, broken] of Object.entries(forLists)) {
    it.effect(`makes nothing waste and closes nothing: ${how}`, () =>
      Effect.gen(function* () {
        for (const operation of operations) if (isList(operation)) yield* holds(how, operation, broken)
      })
    )
  }
  for (const [how, broken] of Object.entries(forMetrics)) {
    it.effect(`makes nothing waste and closes nothing: ${how}`, () =>
      Effect.gen(function* () {
        const [getMetricData] = operations.filter(({ name }) => name === "GetMetricData")
        assert.isAbove(yield* holds(how, getMetricData as Operation, broken), 0)
      })
    )
  }
  it.effect("makes nothing waste and closes nothing: a required field is missing", () =>
    Effect.gen(function* () {
      const answered = yield* answeredFields
      let broken = 0
      for (const field of requiredFields) {
        const path = field.split(".")
        for (const operation of operations) {
          let hit = false
          const removing: Break = async (_, input, ask) => {
            const answer = await ask(input)
            const changed = without(answer, path)
            if (changed !== undefined) hit = true
            return changed ?? answer
          }
          const root = (path[0] ?? "").replace(/\[\d*\]$/, "")
          if (answered.get(operation)?.has(root) !== true) continue
          yield* holds(`${field} missing`, operation, removing)
          if (hit) broken += 1
        }
      }
      assert.isAbove(broken, 60)
    })
  )
})
