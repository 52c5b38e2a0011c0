/** Reads the blocks of data in the page. */
import type { Detail } from "../Model.ts"

// Not every browser has the new method yet.
const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => {
  const modern = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }
  return modern.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

const whole = new Promise<void>((resolve) => {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => resolve(), { once: true })
  else resolve()
})

/** Unpacks a block that stands before the script. */
export const unpack = async <A>(id: string): Promise<A | undefined> => {
  const block = document.getElementById(id)
  if (block === null) return undefined
  const packed = new Blob([bytesOf(block.textContent ?? "")]).stream()
  return (await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).json()) as A
}

/** Unpacks a block that may not have arrived yet; undefined where the page has none of that name. */
export const unpackLater = async <A>(id: string): Promise<A | undefined> => {
  await whole
  return unpack<A>(id)
}

const kept = new Map<number, Promise<ReadonlyArray<Detail> | undefined>>()

/** The details of a finding by its place; undefined where the page leaves them out. */
export const detailAt = async (place: number, chunkSize: number): Promise<Detail | undefined> => {
  const chunk = Math.floor(place / chunkSize)
  const reading = kept.get(chunk) ?? unpackLater<ReadonlyArray<Detail>>(`details-${chunk}`)
  kept.set(chunk, reading)
  return (await reading)?.[place % chunkSize]
}
