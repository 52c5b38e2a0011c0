/** Plays the expected calls through the server's own dispatch, on two nights of the sample estate, and says which facts are missing. */
import * as Effect from "effect/Effect"
import type { Store } from "../core/store/Store.ts"
import type { LiveScans } from "../mcp/LiveScans.ts"
import { generalTools } from "../mcp/tools/generalTools.ts"
import { type Asked, asking, nights, storeCopy } from "../test/mcp/harness.ts"
import type { Expected, Fact, Question } from "./Question.ts"

/** A live scan that is over as soon as it is asked for. */
const liveScans = (runId: string, store: Store["Service"]): LiveScans["Service"] => ({
  start: () => Effect.succeed({ runId, results: store, scopes: null, wait: () => Effect.succeed("finished" as const) })
})

/** Ids are not known before there is a store: `$finding:<resource>:<scan>` and `$run` stand for them. */
const withIds = Effect.fnUntraced(function* (
  value: unknown,
  store: Store["Service"],
  runId: string
): Effect.fn.Return<unknown, unknown> {
  if (Array.isArray(value)) return yield* Effect.forEach(value, (one) => withIds(one, store, runId))
  if (typeof value !== "string") return value
  if (value === "$run") return runId
  const [, resource, scan] = /^\$finding:([^:]+):(\w+)$/.exec(value) ?? []
  if (resource === undefined) return value
  const found = yield* store.findingsNamed(resource, 20)
  return found.find((finding) => finding.scan === scan)?.id ?? value
})

/** Answers one call, and before it what has to be called first; what writes has a store of its own. */
export const played = Effect.fnUntraced(function* (
  expected: Expected
): Effect.fn.Return<Asked & { readonly runId: string }, unknown> {
  const made = yield* nights
  const reaches = generalTools.find(({ name }) => name === expected.tool)?.reaches
  const store = reaches === "write" || reaches === "start" ? yield* storeCopy : made.store
  const answered = Effect.fnUntraced(function* ({ arguments: args, tool }: Expected) {
    const given: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(args)) given[name] = yield* withIds(value, store, made.second)
    return yield* asking({ store, live: liveScans(made.second, store) })(tool, given)
  })
  if (expected.after !== undefined) yield* answered(expected.after)
  return { ...(yield* answered(expected)), runId: made.second }
})

const valueAt = (value: any, path: string): unknown =>
  path.split(".").reduce((inside, key) => (inside === undefined || inside === null ? undefined : inside[key]), value)

/** What of the facts an answer does not hold, each in one line. */
export const missing = (facts: ReadonlyArray<Fact>, { structured, text, runId }: Asked & { readonly runId: string }) =>
  facts.flatMap((fact) => {
    if ("says" in fact) {
      const words = fact.says === "$run" ? runId : fact.says
      // Markdown escapes some signs, and means the same.
      return text.replaceAll("\\", "").includes(words) ? [] : [`does not say ${JSON.stringify(words)}`]
    }
    const value = valueAt(structured, fact.at)
    return value === fact.is
      ? []
      : [`${fact.at} is ${JSON.stringify(value) ?? "not there"}, not ${JSON.stringify(fact.is)}`]
  })

/** What is wrong with the answers to a question; nothing where every expected call gives every fact. */
export const mistakesOf = Effect.fnUntraced(function* ({
  expected,
  facts
}: Question): Effect.fn.Return<ReadonlyArray<string>, unknown> {
  const mistakes: Array<string> = []
  for (const one of expected) {
    const answer = yield* played(one)
    const lines = answer.isError ? [answer.text.split("\n")[0] ?? ""] : missing(facts, answer)
    mistakes.push(...lines.map((line) => `${one.tool}: ${line}`))
  }
  return mistakes
})
