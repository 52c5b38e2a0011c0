/** Reports in the bucket, and the addresses under which they are opened. */
import { randomBytes } from "node:crypto"
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { reasonOf } from "../core/aws/AwsError.ts"
import { quiet } from "../core/aws/quiet.ts"
import { isTransient, RetrySchedule } from "../core/aws/retry.ts"
import { ReportNotWritten, type ReportPlace } from "../core/run/ReportShelf.ts"
import type { Run } from "../core/run/Run.ts"
import { partitionOf } from "../core/Scope.ts"
import { millisPerDay } from "../core/time.ts"
import { keepOpening } from "../query/reportLink.ts"

/** All reports are under it: the functions may touch nothing else in the bucket. */
export const reportPrefix = "reports/"

/** For so long the link of a digest leads to its report. */
export const linkDays = 7

const consoles = {
  aws: "console.aws.amazon.com",
  "aws-us-gov": "console.amazonaws-us-gov.com",
  "aws-cn": "console.amazonaws.cn"
}

export interface ReportBucket {
  readonly bucket: string
  readonly region: string
  /** The address of the function that opens reports; undefined where the deployment has none, and the console opens them. */
  readonly opener: string | undefined
}

/** Puts a run's page into the bucket, which is told where it can be opened, and answers that. */
export const putReport = Effect.fn("putReport")(function* (
  { bucket, opener, region }: ReportBucket,
  run: Pick<Run, "id">,
  pieces: (place: ReportPlace) => Iterable<string>,
  client: S3Client = quiet(new S3Client({ maxAttempts: 1 }))
) {
  const schedule = yield* RetrySchedule
  const Key = `${reportPrefix}${run.id}.html`
  const until = new Date((yield* Clock.currentTimeMillis) + linkDays * millisPerDay)
  // Nobody guesses 192 bits, and who may read the table may read what is in the report.
  const token = randomBytes(24).toString("base64url")
  const inConsole = `https://${consoles[partitionOf(region)]}/s3/object/${bucket}?region=${region}&prefix=${encodeURIComponent(Key)}`
  const place: ReportPlace =
    opener === undefined
      ? { url: inConsole, until: null }
      : { url: `${opener.replace(/\/$/, "")}/${token}`, until: until.toISOString() }
  const Body = Buffer.concat(Array.from(pieces(place), (piece) => Buffer.from(piece)))
  const input = {
    Bucket: bucket,
    Key,
    Body,
    ContentType: "text/html; charset=utf-8",
    // It names accounts and resources: no cache on its way keeps it.
    CacheControl: "no-store"
  }
  yield* Effect.tryPromise({
    try: (abortSignal) => client.send(new PutObjectCommand(input), { abortSignal }),
    catch: (cause) => reasonOf(cause)
  }).pipe(
    Effect.retry({ schedule, while: isTransient }),
    Effect.mapError(
      ({ code, message }) => new ReportNotWritten({ message: `s3://${bucket}/${Key}: ${code}, ${message}` })
    )
  )
  if (opener !== undefined) yield* keepOpening(token, Key, until)
  return place
})
