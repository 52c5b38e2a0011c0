/**
 * What a rule looks things up in. What was read is known; what is missing is known to be missing only where everything was read.
 * So a gap makes exactly those resources unknown that rest on what is not there.
 */
import { known, type Reading, unknown } from "../../core/Reading.ts"
import { MetricSeries } from "../metrics/MetricSeries.ts"
import type { ReadFailure } from "./ReadFailure.ts"

/** Everything that one key leads to. */
export class Lookup<out A> {
  readonly #byKey: ReadonlyMap<string, ReadonlyArray<A>>
  readonly #gap: string | undefined

  constructor(byKey: ReadonlyMap<string, ReadonlyArray<A>>, gap: string | undefined) {
    this.#byKey = byKey
    this.#gap = gap
  }

  /** The item of a key that at most one has; undefined where there is none. */
  get(key: string | undefined): Reading<A | undefined> {
    const [found] = this.found(key)
    return found !== undefined || this.#gap === undefined ? known(found) : unknown(this.#gap)
  }

  /** Whether any item has the key. */
  has(key: string | undefined): Reading<boolean> {
    return this.found(key).length > 0 ? known(true) : this.#gap === undefined ? known(false) : unknown(this.#gap)
  }

  /** Every item of the key. */
  all(key: string | undefined): Reading<ReadonlyArray<A>> {
    return this.#gap === undefined ? known(this.found(key)) : unknown(this.#gap)
  }

  /** The items of the key that were read, whether or not that is all of them: for what is shown and not judged by. */
  found(key: string | undefined): ReadonlyArray<A> {
    return key === undefined ? [] : (this.#byKey.get(key) ?? [])
  }
}

/** A list in which things are looked up. */
export class Evidence<out A> {
  /** What was read, whether or not that is all. Absence from it proves nothing while there is a gap. */
  readonly found: ReadonlyArray<A>
  /** What failed, so that this is not all of it: for a dataset that hands its gaps on. */
  readonly failures: ReadonlyArray<ReadFailure>

  constructor(found: ReadonlyArray<A>, failures: ReadonlyArray<ReadFailure> = []) {
    this.found = found
    this.failures = failures
  }

  /** Why this is not all of it. */
  get gap(): string | undefined {
    return this.failures[0]?.summary
  }

  /** All items, or why they are not all known. */
  get all(): Reading<ReadonlyArray<A>> {
    return this.gap === undefined ? known(this.found) : unknown(this.gap)
  }

  /** Whether any item is like this. */
  some(test: (item: A) => boolean): Reading<boolean> {
    return this.found.some(test) ? known(true) : this.gap === undefined ? known(false) : unknown(this.gap)
  }

  /** The items by a key, of which an item may have none, one or several. */
  by(keysOf: (item: A) => string | undefined | Iterable<string>): Lookup<A> {
    return lookupOf([this, keysOf])
  }

  /** The same items seen differently, one by one. */
  map<B>(change: (item: A) => B): Evidence<B> {
    return new Evidence(this.found.map(change), this.failures)
  }

  filter(test: (item: A) => boolean): Evidence<A> {
    return new Evidence(this.found.filter(test), this.failures)
  }
}

type Indexed<A> = readonly [evidence: Evidence<A>, keysOf: (item: A) => string | undefined | Iterable<string>]

/** One look-up in several lists: `lookupOf([interfaces, groupsOfInterface], [databases, groupsOfDatabase])`. */
export const lookupOf = <const Lists extends ReadonlyArray<unknown>>(
  ...lists: { readonly [K in keyof Lists]: Indexed<Lists[K]> }
): Lookup<Lists[number]> => {
  const byKey = new Map<string, Array<Lists[number]>>()
  for (const [evidence, keysOf] of lists as ReadonlyArray<Indexed<any>>) {
    for (const item of evidence.found) {
      const keys = keysOf(item)
      for (const key of keys === undefined ? [] : typeof keys === "string" ? [keys] : new Set(keys)) {
        const items = byKey.get(key)
        if (items === undefined) byKey.set(key, [item])
        else items.push(item)
      }
    }
  }
  const gap = (lists as ReadonlyArray<Indexed<any>>).find(([{ gap }]) => gap !== undefined)?.[0].gap
  return new Lookup(byKey, gap)
}

/** A map in which keys are looked up. */
export class MapEvidence<in out K, out V> {
  readonly #map: ReadonlyMap<K, V>
  readonly failures: ReadonlyArray<ReadFailure>

  constructor(map: ReadonlyMap<K, V>, failures: ReadonlyArray<ReadFailure> = []) {
    this.#map = map
    this.failures = failures
  }

  get gap(): string | undefined {
    return this.failures[0]?.summary
  }

  /** The value of a key; undefined where it has none. */
  get(key: K): Reading<V | undefined> {
    const value = this.#map.get(key)
    return value !== undefined || this.gap === undefined ? known(value) : unknown(this.gap)
  }

  /** What was read, whether or not that is all: for what is shown and not judged by. */
  get found(): ReadonlyMap<K, V> {
    return this.#map
  }
}

/** A set in which members are looked up. */
export class SetEvidence<in out A> {
  readonly #set: ReadonlySet<A>
  readonly failures: ReadonlyArray<ReadFailure>

  constructor(set: ReadonlySet<A>, failures: ReadonlyArray<ReadFailure> = []) {
    this.#set = set
    this.failures = failures
  }

  get gap(): string | undefined {
    return this.failures[0]?.summary
  }

  has(member: A): Reading<boolean> {
    return this.#set.has(member) ? known(true) : this.gap === undefined ? known(false) : unknown(this.gap)
  }
}

/** How a rule sees what was read: lists, maps and sets are looked up in, series say it themselves, anything else is known or not. */
export type View<A> = A extends MetricSeries
  ? MetricSeries
  : A extends ReadonlyArray<infer Item>
    ? Evidence<Item>
    : A extends ReadonlyMap<infer K, infer V>
      ? MapEvidence<K, V>
      : A extends ReadonlySet<infer Member>
        ? SetEvidence<Member>
        : Reading<A>

/** What kind of value a dataset reads as. */
export type Shape = "list" | "map" | "set" | "series" | "value"
export type ShapeOf<A> = A extends MetricSeries
  ? "series"
  : A extends ReadonlyArray<any>
    ? "list"
    : A extends ReadonlyMap<any, any>
      ? "map"
      : A extends ReadonlySet<any>
        ? "set"
        : "value"

/** The shape that a value has. */
export const shapeOf = (value: unknown): Shape =>
  value instanceof MetricSeries
    ? "series"
    : Array.isArray(value)
      ? "list"
      : value instanceof Map
        ? "map"
        : value instanceof Set
          ? "set"
          : "value"

/** The view of what was read. `failures` are why it is not all of it. */
export const viewOf = (value: unknown, failures: ReadonlyArray<ReadFailure>): View<any> => {
  switch (shapeOf(value)) {
    case "series":
      return value as MetricSeries
    case "list":
      return new Evidence(value as ReadonlyArray<unknown>, failures)
    case "map":
      return new MapEvidence(value as ReadonlyMap<unknown, unknown>, failures)
    case "set":
      return new SetEvidence(value as ReadonlySet<unknown>, failures)
    case "value": {
      const [first] = failures
      return first === undefined ? known(value) : unknown(first.summary)
    }
  }
}

/** The view of a dataset of which nothing could be read. */
export const unreadView = (shape: Shape, failure: ReadFailure): View<any> => {
  switch (shape) {
    case "series":
      return MetricSeries.unread(failure.summary)
    case "list":
      return new Evidence<never>([], [failure])
    case "map":
      return new MapEvidence(new Map(), [failure])
    case "set":
      return new SetEvidence(new Set(), [failure])
    case "value":
      return unknown(failure.summary)
  }
}
