/** Cursors that belong to one question: with other filters they are refused, because the page would be of another list. */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Content, Refusal } from "../answer/Answer.ts"

const digestOf = (filters: Content): string =>
  createHash("sha256").update(JSON.stringify(filters)).digest("base64url").slice(0, 8)

// It is not said again: whoever made it up may have written anything.
const refused = new Refusal({
  message:
    "This cursor did not come from this list with these filters: repeat the call that gave it, or leave it out for the first page."
})

export const boundCursor = <A>(schema: Schema.Codec<A, unknown>) => {
  const json = Schema.fromJsonString(Schema.Tuple([Schema.String, schema]))
  const encode = Schema.encodeSync(json)
  const decode = Schema.decodeUnknownEffect(json)
  return {
    encode: (place: A, filters: Content): string =>
      Buffer.from(encode([digestOf(filters), place])).toString("base64url"),
    decode: Effect.fnUntraced(function* (
      cursor: string | undefined,
      filters: Content
    ): Effect.fn.Return<A | undefined, Refusal> {
      if (cursor === undefined) return undefined
      const [digest, place] = yield* Effect.mapError(decode(Buffer.from(cursor, "base64url").toString()), () => refused)
      if (digest !== digestOf(filters)) return yield* refused
      return place
    })
  }
}

const place = boundCursor(Schema.Int)

/** Pages of a list of which all is known: a page begins after so many items, which its cursor says. */
export const offsetCursor = {
  /** 0 for the first page. */
  decode: (cursor: string | undefined, filters: Content) =>
    Effect.map(place.decode(cursor, filters), (offset) => offset ?? 0),
  /** The cursor after the last of these many items of a page; undefined at the list's end. */
  after:
    (offset: number, length: number, filters: Content) =>
    (shown: number): string | undefined =>
      offset + shown < length ? place.encode(offset + shown, filters) : undefined
}
