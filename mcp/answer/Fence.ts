/**
 * Text that strangers wrote, such as names and tags, stands between marks that they cannot know: `«k3x9q2:…:k3x9q2»`. The word is
 * random and anew for each answer, and the server's instructions say that what is between the marks is data.
 */
import { randomInt } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { cleanText } from "../../core/text.ts"

export interface Fence {
  /** The word of this answer. */
  readonly boundary: string
  /** The text as data: one line, bounded, without what hides or steers, between the marks. Empty stays empty. */
  readonly text: (text: string) => string
  /** The same for what is nearly always a plain word: only what no id of AWS looks like stands between marks. */
  readonly word: (text: string) => string
}

/** What ids, ARNs, regions, states and dates of AWS are made of. A sentence has spaces. */
const plain = /^[\w.:/@+=,()*#$~-]{0,512}$/

/** Whether it can be nothing but a word: an id, an ARN, a state, a date. */
export const isPlain = (text: string): boolean => plain.test(text)

export const makeFence = (boundary: string): Fence => {
  const text = (value: string): string => {
    const clean = cleanText(value.replace(/\s+/g, " ")).replaceAll(boundary, "")
    return clean === "" ? "" : `«${boundary}:${clean}:${boundary}»`
  }
  return { boundary, text, word: (value) => (isPlain(value) ? value : text(value)) }
}

const letters = "abcdefghijkmnpqrstuvwxyz23456789"

/** Where the words come from: from what cannot be foretold, except in tests that compare whole answers. */
export const Boundary = Context.Reference<() => string>("nightaudit/mcp/answer/Boundary", {
  defaultValue: () => () => Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join("")
})

/** A fence for one answer. */
export const newFence: Effect.Effect<Fence> = Effect.gen(function* () {
  const boundary = yield* Boundary
  return makeFence(boundary())
})
