/** A value that AWS told us, or the reason why it did not. Unknown is never zero and never "unused". */
export type Reading<A> =
  | { readonly known: true; readonly value: A }
  | { readonly known: false; readonly reason: string }

export const known = <A>(value: A): Reading<A> => ({ known: true, value })

export const unknown = (reason: string): Reading<never> => ({ known: false, reason })

export const map = <A, B>(reading: Reading<A>, f: (value: A) => B): Reading<B> =>
  reading.known ? known(f(reading.value)) : reading

/** All the values, or the first reason why one is missing. */
export const all = <A>(readings: Iterable<Reading<A>>): Reading<ReadonlyArray<A>> => {
  const values: Array<A> = []
  for (const reading of readings) {
    if (!reading.known) return reading
    values.push(reading.value)
  }
  return known(values)
}
