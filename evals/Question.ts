/**
 * Questions that people ask about waste and cost, with the calls that answer them and what a right answer holds on the two nights of the
 * sample estate. No question names a tool: what it is asked in is what a stranger would type.
 */

export type Persona = "FinOps analyst" | "platform engineer" | "CFO" | "developer" | "security" | "manager"

/** A call that answers the question by itself. */
export interface Expected {
  readonly tool: string
  /** What no file can know: `$finding:<resource>:<scan>` is that finding's id, `$run` the newest run's. */
  readonly arguments: Readonly<Record<string, unknown>>
  /** What was called before, in the same store. */
  readonly after?: Expected
}

/** What the answer holds: a value in its structured content, by its path, or words in its text. */
export type Fact = { readonly at: string; readonly is: unknown } | { readonly says: string }

export interface Question {
  readonly id: string
  readonly persona: Persona
  readonly question: string
  /** Each of these answers it. */
  readonly expected: ReadonlyArray<Expected>
  readonly facts: ReadonlyArray<Fact>
}

export const at = (path: string, is: unknown): Fact => ({ at: path, is })
export const says = (words: string): Fact => ({ says: words })
export const call = (tool: string, args: Readonly<Record<string, unknown>> = {}): Expected => ({
  tool,
  arguments: args
})

export const ask = (
  id: string,
  persona: Persona,
  question: string,
  expected: Expected | ReadonlyArray<Expected>,
  ...facts: ReadonlyArray<Fact>
): Question => ({
  id,
  persona,
  question,
  expected: Array.isArray(expected) ? expected : [expected as Expected],
  facts
})
