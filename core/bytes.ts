/** Bytes as AWS counts them. */

// Where it bills by the GB it means these, but for Logs Insights, which counts in powers of ten.
export const bytesPerMib = 2 ** 20
export const bytesPerGib = 2 ** 30

/** Items in their order, as many to a part as its bytes and its number allow. One that is larger than a part has one to itself. */
export const packed = <A>(
  items: Iterable<A>,
  bytesOf: (item: A) => number,
  { maxBytes, maxItems = Number.POSITIVE_INFINITY }: { readonly maxBytes: number; readonly maxItems?: number }
): ReadonlyArray<ReadonlyArray<A>> => {
  const parts: Array<Array<A>> = []
  let size = 0
  for (const item of items) {
    const bytes = bytesOf(item)
    const last = parts.at(-1)
    if (last === undefined || last.length >= maxItems || size + bytes > maxBytes) {
      parts.push([item])
      size = bytes
    } else {
      last.push(item)
      size += bytes
    }
  }
  return parts
}
