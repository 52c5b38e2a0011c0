import { assert, describe, it } from "@effect/vitest"
import type { BucketAccess, ListedBucket } from "../../../datasets/aws/s3.ts"
import { type AccessPoint, noBlock, type PublicAccessBlock } from "../../../datasets/aws/s3control.ts"
import scan from "../../../scans/security/find_public_s3_buckets.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const bucket = (more: Partial<ListedBucket> = {}): ListedBucket => ({
  arn: `arn:aws:s3:::${more.name ?? "files"}`,
  name: "files",
  region: "eu-west-1",
  createdAt: daysAgo(900),
  ...more
})

const everything: PublicAccessBlock = { blocksAcls: true, ignoresAcls: true, blocksPolicy: true, restricts: true }

const plain: BucketAccess = {
  isWebsite: false,
  isPublic: false,
  services: [],
  writers: [],
  takesAccessLogs: false,
  publicStatements: [],
  publicGrants: []
}

const readable = { isPublic: true, publicStatements: [{ sid: "Read", writes: false }] }
const point: AccessPoint = { name: "dealers", bucket: "files", region: "eu-west-1", isOnInternet: true }

interface World {
  readonly account?: unknown
  readonly block?: PublicAccessBlock | undefined
  readonly access?: Partial<BucketAccess> | undefined
  readonly ownership?: string | undefined
  readonly points?: ReadonlyArray<AccessPoint> | undefined
  readonly open?: boolean | undefined
  readonly tags?: unknown
  readonly settings?: Readonly<Record<string, boolean>>
}

const run = (buckets: unknown, world: World = {}) => {
  const given = <K extends keyof World, A>(key: K, otherwise: A) => (key in world ? world[key] : otherwise)
  return judge(
    scan,
    { buckets, accountBlock: world.account ?? noBlock, tags: world.tags ?? new Map() },
    {
      answers: {
        block: () => given("block", noBlock),
        access: () => ("access" in world && world.access === undefined ? undefined : { ...plain, ...world.access }),
        ownership: () => given("ownership", "bucketownerenforced"),
        accessPoints: () => given("points", []),
        isPublicAccessPoint: () => given("open", false)
      },
      ...(world.settings === undefined ? {} : { settings: world.settings })
    }
  )
}

const said = (world: World) => {
  const [flag] = run([bucket()], world).flags
  return flag === undefined ? undefined : [...flag.reasons, flag.severity].join(" ")
}

const aclOf = (...publicGrants: ReadonlyArray<string>): World => ({
  access: { publicGrants },
  ownership: "objectwriter"
})

describe("find_public_s3_buckets", () => {
  it("asks no bucket anything where the account keeps the public out of all of them", () => {
    const { asked, flagged, status } = run([bucket()], { account: everything, access: readable })
    assert.deepStrictEqual([asked, flagged, status], [[], [], "complete"])
  })

  it("asks a bucket once that keeps the public out itself, or together with its account", () => {
    const halves: ReadonlyArray<World> = [
      { block: everything },
      { account: { ...noBlock, restricts: true }, block: { ...noBlock, ignoresAcls: true } },
      { account: { ...noBlock, ignoresAcls: true }, block: { ...noBlock, restricts: true } }
    ]
    for (const world of halves) {
      const { asked, flagged } = run([bucket()], { ...world, access: readable })
      assert.deepStrictEqual([asked, flagged], [["block files"], []])
    }
  })

  it("flags a bucket with a public policy that nothing restricts", () => {
    const { flags } = run([bucket()], { access: readable })
    assert.deepStrictEqual(flags[0]?.reasons, ["public_policy"])
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, severity: "critical", confidence: "high" })
    assert.deepStrictEqual(flags[0]?.evidence, {
      accountBlock: [],
      bucketBlock: [],
      policyIsPublic: true,
      publicStatements: ["Read"],
      publicGrants: [],
      accessControlLists: "disabled",
      publicAccessPoints: [],
      website: false
    })
    // Refusing new public policies does not close one that is there.
    const { flags: kept } = run([bucket()], { access: readable, block: { ...noBlock, blocksPolicy: true } })
    assert.deepInclude(kept[0]?.evidence, { bucketBlock: ["BlockPublicPolicy"] })
    assert.isUndefined(said({ access: readable, block: { ...noBlock, restricts: true } }))
  })

  it("flags a public list that counts, and no list that is ignored or switched off", () => {
    assert.strictEqual(said(aclOf("everyone: read")), "public_acl critical")
    assert.isUndefined(said({ ...aclOf("everyone: read"), block: everything }))
    assert.strictEqual(said({ ...aclOf("everyone: read"), ownership: "bucketownerenforced" }), "potentially_public low")
    const ignored = { ...aclOf("everyone: read"), block: { ...noBlock, ignoresAcls: true } }
    assert.strictEqual(said(ignored), "potentially_public low")
    assert.notInclude(run([bucket()], ignored).asked, "ownership files")
    assert.strictEqual(run([bucket()], ignored).flags[0]?.evidence["accessControlLists"], "ignored")
  })

  it("is less severe where it is meant to be public, unless strangers may write", () => {
    const tagged = (tags: Readonly<Record<string, string>>) => ({ tags: new Map([["files", tags]]) })
    assert.strictEqual(said({ access: { ...readable, isWebsite: true } }), "public_policy high")
    for (const tags of [{ public: "" }, { Public: "yes" }, { classification: "Public" }]) {
      assert.strictEqual(said({ access: readable, ...tagged(tags) }), "public_policy high")
    }
    assert.strictEqual(said({ access: readable, ...tagged({ public: "false" }) }), "public_policy critical")
    const writable = { isPublic: true, isWebsite: true, publicStatements: [{ sid: "Put", writes: true }] }
    assert.strictEqual(said({ access: writable, ...tagged({ public: "" }) }), "public_policy critical")
    const list = { ownership: "objectwriter", ...tagged({ public: "" }) }
    assert.strictEqual(said({ ...list, access: { publicGrants: ["everyone: read_acp"] } }), "public_acl high")
    for (const grant of ["everyone: write", "everyone: full_control", "everyone: write_acp"]) {
      assert.strictEqual(said({ ...list, access: { publicGrants: [grant] } }), "public_acl critical")
    }
    // It may be meant so.
    assert.strictEqual(said({ access: readable, tags: gap() }), "public_policy high")
  })

  it("reports what nothing would keep from becoming public, unless that is not wanted", () => {
    assert.strictEqual(said({}), "potentially_public low")
    assert.strictEqual(
      said({ block: { ...noBlock, restricts: true }, ownership: "objectwriter" }),
      "potentially_public low"
    )
    assert.isUndefined(said({ block: { ...noBlock, restricts: true } }))
    assert.isUndefined(said({ settings: { reportPotential: false } }))
    assert.strictEqual(said({ access: readable, settings: { reportPotential: false } }), "public_policy critical")
  })

  describe("of access points", () => {
    it("flags one that lets everyone in", () => {
      assert.strictEqual(said({ points: [point], open: true }), "public_access_point medium")
      assert.strictEqual(
        said({ points: [point], open: true, access: readable }),
        "public_policy public_access_point critical"
      )
      assert.deepStrictEqual(
        run([bucket()], { points: [point], open: true }).flags[0]?.evidence["publicAccessPoints"],
        ["dealers"]
      )
    })

    it("asks about those of the bucket on the internet only, and about none where policies are restricted", () => {
      const others = [
        { ...point, bucket: "other" },
        { ...point, isOnInternet: false }
      ]
      const { asked, flagged } = run([bucket()], { points: others, open: true })
      assert.deepStrictEqual(flagged, ["files: potentially_public"])
      assert.deepStrictEqual(asked, ["access files", "accessPoints eu-west-1", "block files", "ownership files"])
      const restricted = run([bucket()], { block: { ...noBlock, restricts: true }, points: [point] })
      assert.notInclude(restricted.asked, "accessPoints eu-west-1")
    })

    it("does not know a bucket whose point is not told, unless it is public anyway", () => {
      assert.deepStrictEqual(run([bucket()], { points: [point], open: undefined }).unknown, ["files"])
      const { flags } = run([bucket()], { points: [point], open: undefined, access: readable })
      assert.deepInclude(flags[0], { severity: "critical", unproven: true })
    })
  })

  it("does not know a bucket of which something is not told, and closes nothing of it", () => {
    const without: ReadonlyArray<World> = [
      { account: gap() },
      { block: undefined },
      { access: undefined },
      { ownership: undefined },
      { points: undefined }
    ]
    for (const world of without) {
      const judged = run([bucket()], world)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["files"]])
      assert.strictEqual(judged.stateOf(bucket().arn), "unknown")
    }
    assert.deepStrictEqual(run([bucket({ region: undefined })]).unknown, ["files"])
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    assert.strictEqual(run([]).status, "complete")
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([bucket()]), { access: readable })
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["files: public_policy"]])
    assert.strictEqual(partial.stateOf("arn:aws:s3:::not-listed"), "unknown")
  })
})
