import type { Severity } from "../../core/finding/Finding.ts"
import { map, unknown as notKnown } from "../../core/Reading.ts"
import * as kms from "../../datasets/aws/kms.ts"
import * as s3 from "../../datasets/aws/s3.ts"
import type { Tags } from "../../datasets/aws/tags.ts"
import { ask, consider, defineScan, hygiene, need, Setting } from "../Scan.ts"
import { worst } from "../shared/worst.ts"

/** Since then S3 encrypts every new object; what is older may lie there as it came. Source: S3 user guide, "Default encryption FAQ". */
const encryptedSince = new Date("2023-01-05T00:00:00Z")

const severities = {
  key_unusable: "critical",
  no_default: "high",
  kms_required: "medium",
  bucket_key_disabled: "low",
  legacy_objects_possible: "info"
} as const satisfies Readonly<Record<string, Severity>>

type Reason = keyof typeof severities

/** Whether a bucket has one of the tags: `key`, or `key=value`. */
const hasTag = (tags: Tags, wanted: ReadonlyArray<string>): boolean =>
  wanted.some((one) => {
    const at = one.indexOf("=")
    return at === -1 ? one in tags : tags[one.slice(0, at)] === one.slice(at + 1)
  })

export default defineScan({
  title: "S3 buckets with gaps in their encryption",
  words: "unencrypted, SSE-KMS, bucket key, default encryption",
  why: "A bucket whose key is disabled or about to be deleted loses its data; one without a bucket key pays KMS for each request; a policy may demand KMS.",
  fix: "Cancel the key's deletion or enable it first. Otherwise set the default encryption and the bucket key, then copy old objects over themselves: a new default changes none that exist.",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html",
  scope: "global",
  settings: {
    requiredMode: Setting.oneOf(["any", "kms", "dsse"], "any", "Least encryption that a bucket must have by default"),
    kmsRequiredTag: Setting.list([], "Tags whose buckets must use KMS, as key or key=value"),
    flagMissingBucketKey: Setting.flag(true, "Also report buckets that use KMS without a bucket key"),
    flagLegacyObjects: Setting.flag(true, "Also report buckets that may hold objects from before S3 encrypted all")
  },
  reads: { buckets: s3.buckets, tags: s3.bucketTags },
  subject: "buckets",
  probes: { encryption: s3.encryption, keyState: kms.keyState },
  reasons: {
    key_unusable:
      "The key that encrypts new objects is disabled, deleted or about to be: its objects can or soon can not be read.",
    no_default: "The bucket has no default encryption.",
    kms_required: "The bucket must use KMS, and its default is less.",
    bucket_key_disabled:
      "The bucket uses KMS without a bucket key, so every request for an object is a request to KMS.",
    legacy_objects_possible: "The bucket is older than 5 January 2023, so it may hold objects that are not encrypted."
  },

  judge: ({ tags }, { settings }) => {
    const { flagLegacyObjects, flagMissingBucketKey, kmsRequiredTag, requiredMode } = settings
    return function* (bucket) {
      if (!s3.isLocated(bucket)) return yield* need(notKnown("S3 does not tell its region"))
      const encryption = yield* need(yield* ask(s3.encryption, bucket))
      const ownTags = map(tags.get(bucket.name), (found) => found ?? {})
      const isTagged = kmsRequiredTag.length > 0 && hasTag(yield* need(ownTags), kmsRequiredTag)
      const algorithm = encryption?.algorithm ?? "none"
      // Others are AWS's own, of file systems and backups, and cannot be chosen.
      const isLess =
        requiredMode === "dsse"
          ? algorithm === "aes256" || algorithm === "aws:kms"
          : (requiredMode === "kms" || isTagged) && algorithm === "aes256"

      const reasons = new Set<Reason>()
      if (encryption === null) reasons.add("no_default")
      if (isLess) reasons.add("kms_required")
      if (flagMissingBucketKey && encryption?.algorithm === "aws:kms" && !encryption.hasBucketKey)
        reasons.add("bucket_key_disabled")
      if (flagLegacyObjects && bucket.createdAt < encryptedSince) reasons.add("legacy_objects_possible")

      let state: string | null = "none"
      const key = encryption?.key ?? undefined
      if (key !== undefined) {
        const told = yield* ask(kms.keyState, { key, region: bucket.region })
        state = (reasons.size === 0 ? yield* need(told) : yield* consider(told)) ?? null
        if (state !== null && kms.isUnusable(state)) reasons.add("key_unusable")
      }
      const [first, ...others] = (Object.keys(severities) as ReadonlyArray<Reason>).filter((one) => reasons.has(one))
      if (first === undefined) return
      return hygiene({
        reason: [first, ...others],
        severity: worst([first, ...others].map((reason) => severities[reason])),
        note: "What a bucket key would save of KMS requests only the detailed bill tells.",
        tags: ownTags,
        evidence: {
          algorithm,
          key: key ?? "none",
          keyState: state,
          bucketKey: encryption?.hasBucketKey ?? false,
          createdAt: bucket.createdAt.toISOString()
        }
      })
    }
  }
})
