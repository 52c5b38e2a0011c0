import { S3Client } from "@aws-sdk/client-s3"
import { HttpResponse } from "@smithy/core/protocols"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { putReport } from "../../functions/reportBucket.ts"
import { signedAddress } from "../../functions/reportSigner.ts"

const run = { id: "20261120T020000Z-3fa9c1" }
const place = { bucket: "reports-bucket", region: "eu-west-1", opener: "https://abc.lambda-url.eu-west-1.on.aws/" }

/** A bucket that answers with these statuses, the last one again and again, and what was put into it. */
const bucket = (...statuses: ReadonlyArray<number>) => {
  const sent: Array<{ readonly path: string; readonly headers: Record<string, string>; readonly body: string }> = []
  const client = new S3Client({
    region: "eu-west-1",
    maxAttempts: 1,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "session" },
    requestHandler: {
      handle: async ({ body, headers, path }: any) => {
        sent.push({ path, headers, body: Buffer.from(body ?? "").toString() })
        const statusCode = statuses[sent.length - 1] ?? statuses.at(-1) ?? 200
        return { response: new HttpResponse({ statusCode, headers: {}, body: new Uint8Array() as any }) }
      },
      destroy: () => undefined
    } as any
  })
  return { client, sent }
}

describe("a report in the bucket", () => {
  it.effect("is one object under its run's id, which no cache keeps, and a link that leads to it for a week", () =>
    Effect.gen(function* () {
      const { client, sent } = bucket(200)
      const { until, url } = yield* putReport(place, run, (opens) => ["<!doctype html>", "é", opens.url], client)
      const [put, ...more] = sent
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(
        [put?.path, put?.body, put?.headers["content-type"], put?.headers["cache-control"]],
        [`/reports/${run.id}.html`, `<!doctype html>é${url}`, "text/html; charset=utf-8", "no-store"]
      )
      assert.strictEqual(until, "1970-01-08T00:00:00.000Z")
      assert.match(url, /^https:\/\/abc\.lambda-url\.eu-west-1\.on\.aws\/[\w-]{32}$/)
      const { pathname } = new URL(url)
      yield* TestClock.adjust("167 hours")
      const signed = new URL((yield* signedAddress(place.bucket, pathname, client)) ?? "")
      assert.strictEqual(
        `${signed.host}${signed.pathname}`,
        `reports-bucket.s3.eu-west-1.amazonaws.com/reports/${run.id}.html`
      )
      assert.strictEqual(signed.searchParams.get("X-Amz-Expires"), "43200")
      assert.isNotEmpty(signed.searchParams.get("X-Amz-Signature"))
      // Nothing is read for it.
      assert.strictEqual(sent.length, 1)
      yield* TestClock.adjust("2 hours")
      assert.isUndefined(yield* signedAddress(place.bucket, pathname, client))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("opens by no other path", () =>
    Effect.gen(function* () {
      const { client } = bucket(200)
      const { url } = yield* putReport(place, run, () => ["x"], client)
      const token = new URL(url).pathname.slice(1)
      for (const path of [
        "/",
        "",
        `/${token.slice(1)}`,
        `/${token}x`,
        `/x/${token}`,
        `/${"A".repeat(32)}`,
        "/../state"
      ]) {
        assert.isUndefined(yield* signedAddress(place.bucket, path, client), path)
      }
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is put again while S3 is busy, and says what S3 refuses", () =>
    Effect.gen(function* () {
      const busy = bucket(503, 200)
      const put = yield* Effect.forkChild(putReport(place, run, () => ["x"], busy.client))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(put)
      assert.strictEqual(busy.sent.length, 2)
      const error = yield* Effect.flip(putReport(place, run, () => ["x"], bucket(403).client))
      assert.match(error.message, new RegExp(`^s3://reports-bucket/reports/${run.id}\\.html: `))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is opened by the console where nothing opens links", () =>
    Effect.gen(function* () {
      const { client } = bucket(200)
      assert.deepStrictEqual(yield* putReport({ ...place, opener: undefined }, run, () => ["x"], client), {
        url: `https://console.aws.amazon.com/s3/object/reports-bucket?region=eu-west-1&prefix=reports%2F${run.id}.html`,
        until: null
      })
    }).pipe(Effect.provide(layerMemory))
  )
})
