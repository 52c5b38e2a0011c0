import { assert, describe, it } from "@effect/vitest"
import type { BucketEncryption, ListedBucket } from "../../../datasets/aws/s3.ts"
import scan from "../../../scans/security/find_unencrypted_s3_buckets.ts"
import { gap, judge } from "../harness.ts"

const bucket = (more: Partial<ListedBucket> = {}): ListedBucket => ({
  arn: `arn:aws:s3:::${more.name ?? "files"}`,
  name: "files",
  region: "eu-west-1",
  createdAt: new Date("2023-01-05T00:00:00Z"),
  ...more
})

const own: BucketEncryption = { algorithm: "aes256", key: null, hasBucketKey: false }
const key = "arn:aws:kms:eu-west-1:111111111111:key/1"
const byKey: BucketEncryption = { algorithm: "aws:kms", key, hasBucketKey: true }

interface World {
  readonly encryption?: BucketEncryption | null | undefined
  readonly state?: string | undefined
  readonly tags?: unknown
  readonly settings?: Readonly<Record<string, string | boolean | ReadonlyArray<string>>>
}

const run = (buckets: unknown, world: World = {}) =>
  judge(
    scan,
    { buckets, tags: world.tags ?? new Map() },
    {
      answers: {
        encryption: () => ("encryption" in world ? world.encryption : own),
        keyState: () => ("state" in world ? world.state : "enabled")
      },
      ...(world.settings === undefined ? {} : { settings: world.settings })
    }
  )

const said = (world: World, more: Partial<ListedBucket> = {}) => {
  const [flag] = run([bucket(more)], world).flags
  return flag === undefined ? undefined : [...flag.reasons, flag.severity].join(" ")
}

describe("find_unencrypted_s3_buckets", () => {
  it("leaves a bucket alone that S3 encrypts, or that a good key does, in one call or two", () => {
    const plain = run([bucket()])
    assert.deepStrictEqual([plain.flagged, plain.asked, plain.status], [[], ["encryption files"], "complete"])
    const keyed = run([bucket()], { encryption: byKey })
    assert.deepStrictEqual([keyed.flagged, keyed.asked], [[], ["encryption files", `keyState eu-west-1 ${key}`]])
  })

  it("flags a bucket whose key cannot be used, whatever the way", () => {
    for (const state of [
      "disabled",
      "pendingdeletion",
      "pendingreplicadeletion",
      "pendingimport",
      "unavailable",
      "deleted"
    ]) {
      assert.strictEqual(said({ encryption: byKey, state }), "key_unusable critical")
    }
    for (const state of ["enabled", "creating", "updating"]) assert.isUndefined(said({ encryption: byKey, state }))
    const { flags } = run([bucket()], { encryption: byKey, state: "disabled" })
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, confidence: "high" })
    assert.deepStrictEqual(flags[0]?.evidence, {
      algorithm: "aws:kms",
      key,
      keyState: "disabled",
      bucketKey: true,
      createdAt: "2023-01-05T00:00:00.000Z"
    })
  })

  it("flags a bucket without a default", () => {
    assert.strictEqual(said({ encryption: null }), "no_default high")
  })

  it("wants a bucket key of KMS alone", () => {
    assert.strictEqual(said({ encryption: { ...byKey, hasBucketKey: false } }), "bucket_key_disabled low")
    // The account's own key for S3 is billed by the request as well.
    assert.strictEqual(said({ encryption: { ...byKey, key: null, hasBucketKey: false } }), "bucket_key_disabled low")
    for (const algorithm of ["aws:kms:dsse", "aws:fsx", "aws:backup", "aes256"]) {
      assert.isUndefined(said({ encryption: { algorithm, key: null, hasBucketKey: false } }), algorithm)
    }
  })

  it("says what may be older than encryption", () => {
    const old = { createdAt: new Date("2023-01-04T23:59:59Z") }
    assert.strictEqual(said({}, old), "legacy_objects_possible info")
    assert.strictEqual(
      said({ encryption: { ...byKey, hasBucketKey: false }, state: "disabled" }, old),
      "key_unusable bucket_key_disabled legacy_objects_possible critical"
    )
  })

  it("does not know a bucket of which something is not told, and closes nothing of it", () => {
    const without: ReadonlyArray<World> = [
      { encryption: undefined },
      { encryption: byKey, state: undefined },
      { tags: gap(), settings: { kmsRequiredTag: ["pci"] } }
    ]
    for (const world of without) {
      const judged = run([bucket()], world)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["files"]])
      assert.strictEqual(judged.stateOf(bucket().arn), "unknown")
    }
    assert.deepStrictEqual(run([bucket({ region: undefined })]).unknown, ["files"])
    // What is wrong anyway is shown.
    const { flags } = run([bucket()], { encryption: { ...byKey, hasBucketKey: false }, state: undefined })
    assert.deepInclude(flags[0], { severity: "low", unproven: true })
    assert.isNull(flags[0]?.evidence["keyState"])
    assert.deepStrictEqual(run([bucket()], { tags: gap() }).unknown, [])
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    assert.strictEqual(run([]).status, "complete")
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([bucket()]), { encryption: null })
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["files: no_default"]])
    assert.strictEqual(partial.stateOf("arn:aws:s3:::not-listed"), "unknown")
  })

  it("follows its settings", () => {
    const kms = { settings: { requiredMode: "kms" } }
    assert.strictEqual(said(kms), "kms_required medium")
    assert.isUndefined(said({ ...kms, encryption: byKey }))
    assert.isUndefined(said({ ...kms, encryption: { ...own, algorithm: "aws:kms:dsse" } }))
    assert.isUndefined(said({ ...kms, encryption: { ...own, algorithm: "aws:fsx" } }))
    const dsse = { settings: { requiredMode: "dsse" } }
    assert.strictEqual(said({ ...dsse, encryption: byKey }), "kms_required medium")
    assert.isUndefined(said({ ...dsse, encryption: { ...own, algorithm: "aws:kms:dsse" } }))
    const tagged = (kmsRequiredTag: ReadonlyArray<string>) =>
      said({ settings: { kmsRequiredTag }, tags: new Map([["files", { data: "personal" }]]) })
    assert.deepStrictEqual([["data"], ["data=personal"], ["data=public"], ["other"], []].map(tagged), [
      "kms_required medium",
      "kms_required medium",
      undefined,
      undefined,
      undefined
    ])
    const unkeyed = { encryption: { ...byKey, hasBucketKey: false } }
    assert.isUndefined(said({ ...unkeyed, settings: { flagMissingBucketKey: false } }))
    const old = { createdAt: new Date("2020-01-01T00:00:00Z") }
    assert.isUndefined(said({ settings: { flagLegacyObjects: false } }, old))
  })
})
