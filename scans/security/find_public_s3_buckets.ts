import type { Severity } from "../../core/finding/Finding.ts"
import { known, map, unknown as notKnown } from "../../core/Reading.ts"
import * as s3 from "../../datasets/aws/s3.ts"
import * as s3control from "../../datasets/aws/s3control.ts"
import type { Tags } from "../../datasets/aws/tags.ts"
import { ask, askAll, consider, defineScan, hygiene, need, Setting } from "../Scan.ts"
import { worst } from "../shared/worst.ts"

/** Whether somebody says that the bucket is meant to be public: a tag `public`, unless it says no, or one with that value. */
const isMeantToBePublic = (tags: Tags): boolean =>
  Object.entries(tags).some(
    ([key, value]) =>
      /^public$/i.test(value.trim()) || (/^public$/i.test(key.trim()) && !/^(false|no|0)$/i.test(value.trim()))
  )

type Reason = "public_policy" | "public_acl" | "public_access_point" | "potentially_public"

export default defineScan({
  title: "S3 buckets that the public can reach",
  words: "open bucket, everyone, anonymous access, ACL",
  why: "Whatever a public bucket holds anyone can read, and where strangers may write, they may delete or leave things on your bill.",
  fix: "Switch on all four settings of Block Public Access, best for the whole account, once the policy and the list of the bucket no longer rely on public access. Serve websites through CloudFront with origin access control.",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
  scope: "global",
  settings: {
    reportPotential: Setting.flag(true, "Also report buckets that nothing would keep from becoming public")
  },
  reads: { buckets: s3.buckets, accountBlock: s3control.accountBlock, tags: s3.bucketTags },
  subject: "buckets",
  probes: {
    block: s3.publicAccessBlock,
    access: s3.access,
    ownership: s3.objectOwnership,
    accessPoints: s3control.accessPoints,
    isPublicAccessPoint: s3control.isPublicAccessPoint
  },
  reasons: {
    public_policy: "The bucket's policy lets everyone in, and no setting restricts it.",
    public_acl: "The bucket's access control list lets everyone in, and no setting ignores it.",
    public_access_point:
      "An access point of the bucket has a policy for everyone; it lets them in where the bucket's own policy trusts its access points.",
    potentially_public: "Nobody is let in, and no setting would keep a public policy or list from doing so."
  },

  judge: ({ accountBlock, tags }, { settings }) =>
    function* (bucket) {
      const ofAccount = yield* need(accountBlock)
      // Nothing of the account is public then, and one call has told it.
      if (ofAccount.restricts && ofAccount.ignoresAcls) return
      if (!s3.isLocated(bucket)) return yield* need(notKnown("S3 does not tell its region"))
      const ofBucket = yield* need(yield* ask(s3.publicAccessBlock, bucket))
      const block = s3control.eitherBlock(ofAccount, ofBucket)
      if (block.restricts && block.ignoresAcls) return
      const access = yield* need(yield* ask(s3.access, bucket))
      const hasLists =
        !block.ignoresAcls && (yield* need(yield* ask(s3.objectOwnership, bucket))) !== "bucketownerenforced"
      const points = block.restricts
        ? []
        : (yield* need(yield* ask(s3control.accessPoints, bucket.region))).filter(
            (point) => point.bucket === bucket.name && point.isOnInternet
          )
      const answers = yield* askAll(s3control.isPublicAccessPoint, points)
      const openPoints: Array<string> = []
      for (const [at, point] of points.entries()) {
        const answer = answers[at] ?? known(false)
        if (answer.known && answer.value) openPoints.push(point.name)
      }

      const isOpenByPolicy = access.isPublic && !block.restricts
      const grants = hasLists ? access.publicGrants : []
      const reasons: ReadonlyArray<Reason> = [
        ...(isOpenByPolicy ? ["public_policy" as const] : []),
        ...(grants.length > 0 ? ["public_acl" as const] : []),
        ...(openPoints.length > 0 ? ["public_access_point" as const] : [])
      ]
      // One that is not told may be public.
      for (const answer of answers) {
        if (reasons.length === 0) yield* need(answer)
        else yield* consider(answer)
      }
      const [first, ...others] = reasons
      const ownTags = map(tags.get(bucket.name), (found) => found ?? {})
      const evidence = {
        accountBlock: s3control.blockNames(ofAccount),
        bucketBlock: s3control.blockNames(ofBucket),
        policyIsPublic: access.isPublic,
        publicStatements: access.publicStatements.map(({ sid }) => sid),
        publicGrants: access.publicGrants,
        accessControlLists: hasLists ? "count" : block.ignoresAcls ? "ignored" : "disabled",
        publicAccessPoints: openPoints,
        website: access.isWebsite
      }
      const note = "Public access has no price of its own; requests of strangers do."
      if (first === undefined) {
        if (!settings.reportPotential || (block.restricts && !hasLists)) return
        return hygiene({ reason: "potentially_public", severity: "low", note, tags: ownTags, evidence })
      }
      const lets = (write: boolean): Severity => {
        if (write || access.isWebsite) return write ? "critical" : "high"
        // Where tags are not told, it may be meant to be public.
        return !ownTags.known || isMeantToBePublic(ownTags.value) ? "high" : "critical"
      }
      const severities: Readonly<Record<Reason, Severity>> = {
        public_policy: lets(access.publicStatements.some(({ writes }) => writes)),
        public_acl: lets(grants.some((grant) => /write|full_control/i.test(grant))),
        public_access_point: "medium",
        potentially_public: "low"
      }
      return hygiene({
        reason: [first, ...others],
        severity: worst(reasons.map((reason) => severities[reason])),
        note,
        tags: ownTags,
        evidence
      })
    }
})
