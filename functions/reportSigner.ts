/**
 * Signs the address of a report when its link is opened. An address that a function's own credentials sign dies with these, after
 * hours, whatever it says of itself; so a digest links the function that signs. Source: AWS knowledge center, "Why is my presigned URL
 * for an Amazon S3 bucket expiring before the expiration time that I specified?".
 */
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { getSignedUrl } from "@aws-sdk/s3-request-presigner"
import * as Effect from "effect/Effect"
import { quiet } from "../core/aws/quiet.ts"
import { openedBy } from "../query/reportLink.ts"

/**
 * For so long, in seconds, the signed address can be loaded again, if the function's credentials live as long: an open page outlasts
 * a working day, and whoever has the link can have it signed anew all the same.
 */
const signedSeconds = 43_200

/** The signed address of the report that a link's path names; undefined where it names none, or none any more. */
export const signedAddress = Effect.fn("signedAddress")(function* (
  bucket: string,
  path: string,
  client: S3Client = quiet(new S3Client({ responseChecksumValidation: "WHEN_REQUIRED" }))
) {
  const [, token] = /^\/([\w-]{32})$/.exec(path) ?? []
  const Key = token === undefined ? undefined : yield* openedBy(token)
  if (Key === undefined) return undefined
  const command = new GetObjectCommand({ Bucket: bucket, Key })
  return yield* Effect.promise(() => getSignedUrl(client, command, { expiresIn: signedSeconds }))
})
