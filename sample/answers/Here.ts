/** What the answers to one operation are made from, and how they are cut into pages. */
import type { Account, Estate, Region, Tags, When } from "../estate.ts"

/** The account and region that were asked, with what they hold. */
export interface Here {
  readonly estate: Estate
  readonly account: string
  readonly region: string
  readonly own: Account
  readonly has: Region
  /** The time in the estate, in milliseconds. */
  readonly now: () => number
}

/** What the SDK answers, without its record of the request. */
export type Answer<Output> = Omit<Output, "$metadata">

/** The answers of a service, by `service:Operation`. */
export type Answers = Readonly<Record<string, (here: Here, input: any) => unknown>>

export const dateOf = (when: When): Date => new Date(when)

/** The next page: no longer than asked and than AWS allows. A token is the number of items that went before. */
export const pageOf = <A>(
  items: ReadonlyArray<A>,
  token: string | undefined,
  asked: number | undefined,
  most: number
) => {
  const start = Number(token ?? 0)
  const end = start + Math.min(asked ?? most, most)
  return { items: items.slice(start, end), next: end < items.length ? String(end) : undefined }
}

/** Tags as a list of pairs. */
export const pairs = (tags: Tags = {}) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/** The same for things that have their name in the Name tag, unless AWS knows none. */
export const namedPairs = ({
  name,
  tags,
  unnamed
}: {
  readonly name: string
  readonly unnamed?: true
  readonly tags?: Tags
}) => pairs(unnamed ? tags : { Name: name, ...tags })

/** An error as the SDK throws it. */
export const refusal = (name: string, message: string, httpStatusCode = 400): Error =>
  Object.assign(new Error(message), {
    name,
    $fault: httpStatusCode < 500 ? "client" : "server",
    $metadata: { httpStatusCode }
  })
