/**
 * Opens the report that a digest links: whoever has the link is sent on to an address that is signed at that moment. Anybody may call
 * it, so it may read one record of the table and one object of the bucket, and says nothing of what is there.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { logLayer } from "./log.ts"
import { openingSeconds } from "./openingSeconds.ts"
import { signedAddress } from "./reportSigner.ts"
import { storeLayer } from "./storeLayer.ts"

/** What of an event of a function URL is looked at. */
interface UrlEvent {
  readonly rawPath?: unknown
  readonly requestContext?: { readonly http?: { readonly method?: unknown } }
}

const headers = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "noindex"
}

const said = (statusCode: number, body: string) => ({
  statusCode,
  headers: { ...headers, "content-type": "text/plain; charset=utf-8" },
  body: `${body}\n`
})

const answer = Effect.fnUntraced(function* ({ rawPath, requestContext }: UrlEvent) {
  const method = requestContext?.http?.method
  if (method !== "GET" && method !== "HEAD") return said(405, "A report is opened with GET.")
  const bucket = yield* Config.String("NIGHTAUDIT_REPORTS")
  const location = yield* signedAddress(bucket, typeof rawPath === "string" ? rawPath : "")
  if (location === undefined) {
    return said(404, "This link leads to no report any more. The newest digest has a new one.")
  }
  // What looks before it follows, such as a mail's scanner, would be refused at an address that is signed for GET.
  if (method === "HEAD") return { statusCode: 200, headers, body: "" }
  // What stands behind the # of a link stays with the browser, which takes it along.
  return { statusCode: 302, headers: { ...headers, location }, body: "" }
})

/** Answers every event, before Lambda ends it. */
export const opened = (event: UrlEvent) =>
  answer(event).pipe(
    Effect.timeout(`${openingSeconds} seconds`),
    Effect.catchCause((cause) =>
      Effect.as(Effect.logError("a report was not opened", cause), said(503, "Not now. Try again in a minute."))
    )
  )

const runtime = ManagedRuntime.make(Layer.merge(storeLayer, logLayer))

export const handler = (event: UrlEvent) => runtime.runPromise(opened(event))
