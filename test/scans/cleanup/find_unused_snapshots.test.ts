import { assert, describe, it } from "@effect/vitest"
import type { SettingValue } from "../../../core/run/Outcome.ts"
import type { Snapshot, Volume } from "../../../datasets/aws/ec2.ts"
import scan from "../../../scans/cleanup/find_unused_snapshots.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const snapshot = (overrides: Partial<Snapshot> = {}): Snapshot => ({
  arn: `arn:aws:ec2:eu-west-1::snapshot/${overrides.id ?? "snap-1"}`,
  id: "snap-1",
  volumeId: "vol-gone",
  isCopy: false,
  sizeGb: 100,
  fullSizeBytes: undefined,
  startedAt: daysAgo(200),
  state: "completed",
  description: "",
  tier: "standard",
  encrypted: true,
  onOutpost: false,
  backupService: undefined,
  tags: {},
  ...overrides
})

const prices = {
  "ebs.snapshotGBMonth": 0.05,
  "ebs.snapshotArchiveGBMonth": 0.0125,
  "ebs.fastSnapshotRestoreHour": 0.75
}

interface Options {
  readonly images?: unknown
  readonly launchSpecs?: unknown
  readonly volumes?: unknown
  readonly locked?: unknown
  readonly fastRestores?: unknown
  /** Who may use a snapshot, by its id; `denied` where AWS does not tell. Default: nobody. */
  readonly permissions?: Readonly<Record<string, ReadonlyArray<string>>> | "denied"
  readonly settings?: Readonly<Record<string, SettingValue>>
  readonly prices?: Readonly<Record<string, number>>
}

/** Judged, and found in order. */
const isHealthy = ({ flagged, tooYoung, unknown }: ReturnType<typeof run>) =>
  assert.deepStrictEqual([...flagged, ...tooYoung, ...unknown], [])

/** Judges beside a volume `vol-live`. */
const run = (snapshots: unknown, options: Options = {}) =>
  judge(
    scan,
    {
      snapshots,
      images: options.images ?? [],
      volumes: options.volumes ?? [{ id: "vol-live" } as Volume],
      launchSpecs: options.launchSpecs ?? [],
      locked: options.locked ?? new Set(),
      fastRestores: options.fastRestores ?? new Map()
    },
    {
      prices: options.prices ?? prices,
      answers: {
        permissions: ({ id }: Snapshot) =>
          options.permissions === "denied" ? undefined : (options.permissions?.[id] ?? [])
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

const ofImage = "Created by CreateImage(i-0aa11bb22cc33dd44) for ami-0123456789abcdef0"
const copied =
  "Copied for DestinationAmi ami-0123456789abcdef0 from SourceAmi ami-0fedcba9876543210 for SourceSnapshot snap-0."

/** Three snapshots of the live volume, the newest first. */
const chain = [
  snapshot({ id: "snap-a", volumeId: "vol-live", startedAt: daysAgo(100) }),
  snapshot({ id: "snap-b", volumeId: "vol-live", startedAt: daysAgo(110) }),
  snapshot({ id: "snap-c", volumeId: "vol-live", startedAt: daysAgo(120) })
]

describe("find_unused_snapshots", () => {
  it("flags a snapshot whose volume is gone", () => {
    const { flags } = run([snapshot()])
    assert.strictEqual(flags[0]?.reasons[0], "volume_deleted")
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 5)
    assert.strictEqual(flags[0]?.savings?.basis, "upper_bound")
    assert.strictEqual(flags[0]?.savings?.claim, "delete")
    assert.strictEqual(flags[0]?.confidence, "medium")
    assert.strictEqual(flags[0]?.evidence["sourceVolumeExists"], false)
    assert.isUndefined(flags[0]?.observe)
  })

  it("flags what is left of an image that was deregistered", () => {
    for (const [description, volumeId] of [
      [ofImage, "vol-gone"],
      [ofImage, "vol-live"],
      [copied, "vol-ffffffff"]
    ] as const) {
      const { flags } = run([snapshot({ description, volumeId })])
      assert.strictEqual(flags[0]?.reasons[0], "ami_deregistered")
      assert.strictEqual(flags[0]?.confidence, "high")
      assert.strictEqual(flags[0]?.evidence["sourceImage"], "ami-0123456789abcdef0")
    }
  })

  it("never flags what backs an image, however old and whatever else holds", () => {
    const images = [{ id: "ami-0123456789abcdef0", snapshotIds: ["snap-1"] }]
    const fastRestores = new Map([["snap-1", ["eu-west-1a"]]])
    isHealthy(run([snapshot({ description: ofImage })], { images, fastRestores }))
    isHealthy(run([snapshot()], { images }))
  })

  it("does not take an image for deregistered that lists other snapshots", () => {
    const images = [{ id: "ami-0123456789abcdef0", snapshotIds: ["snap-other"] }]
    const description = ofImage
    isHealthy(run([snapshot({ description, volumeId: "vol-live" })], { images }))
    assert.deepStrictEqual(run([snapshot({ description })], { images }).flagged, ["snap-1: volume_deleted"])
  })

  it("does not read an image out of a description that EC2 did not write", () => {
    const description = `copy of: ${ofImage}`
    isHealthy(run([snapshot({ description, volumeId: "vol-live" })]))
  })

  it("flags older snapshots of a live volume and keeps the newest", () => {
    assert.deepStrictEqual(run(chain).flagged, ["snap-b: superseded", "snap-c: superseded"])
    assert.deepStrictEqual(run(chain, { settings: { keepLatestPerVolume: 2 } }).flagged, ["snap-c: superseded"])
  })

  it("counts only completed snapshots as newer ones", () => {
    const pending = snapshot({ id: "snap-p", volumeId: "vol-live", startedAt: daysAgo(0.1), state: "pending" })
    const failed = snapshot({ id: "snap-e", volumeId: "vol-live", startedAt: daysAgo(1), state: "error" })
    isHealthy(run([pending, failed, chain[1] as Snapshot]))
  })

  it("keeps the evidence of a chain the same when it grows by a snapshot", () => {
    const grown = [
      ...chain,
      ...[1, 2, 3, 4].map((days) => snapshot({ id: `snap-${days}`, volumeId: "vol-live", startedAt: daysAgo(days) }))
    ]
    const evidence = (snapshots: ReadonlyArray<Snapshot>) =>
      run(snapshots).flags.find(({ resource }) => resource.id === "snap-c")?.evidence
    assert.strictEqual(evidence(grown)?.["chainLengthAtLeast"], 4)
    assert.deepStrictEqual(evidence(grown.slice(0, 6)), evidence(grown))
  })

  it("does not take copies, which name no volume, for copies of deleted ones", () => {
    for (const volumeId of ["vol-ffffffff", ""]) {
      const { flags, unknown } = run([snapshot({ volumeId })])
      assert.deepStrictEqual([flags, unknown], [[], ["snap-1"]])
    }
    for (const copy of [{ isCopy: true }, { description: "[Copied snap-0a1 from us-east-1] nightly" }]) {
      const { flags, unknown } = run([snapshot({ volumeId: "vol-gone", ...copy })])
      assert.deepStrictEqual([flags, unknown], [[], ["snap-1"]])
    }
    const copies = [snapshot({ volumeId: "vol-ffffffff" }), snapshot({ id: "snap-2", volumeId: "vol-ffffffff" })]
    assert.deepStrictEqual(run(copies).flagged, [])
    assert.match(run(copies).whyUnknown[0] ?? "", /^snap-1: a copy/)
  })

  it("leaves what a template launches, a lock holds, a service manages or an Outpost keeps alone", () => {
    const launchSpecs = [
      { source: "launch template lt-1 version 1", imageId: undefined, snapshotIds: ["snap-1"], securityGroups: [] }
    ]
    isHealthy(run([snapshot()], { launchSpecs }))
    isHealthy(run([snapshot()], { locked: new Set(["snap-1"]) }))
    isHealthy(run([snapshot({ backupService: "AWS Backup" })]))
    isHealthy(run([snapshot({ onOutpost: true })]))
    isHealthy(run([snapshot({ state: "error" })]))
  })

  it("leaves what is shared alone, and says unknown when that could not be read", () => {
    isHealthy(run([snapshot()], { permissions: { "snap-1": ["222222222222"] } }))
    isHealthy(run([snapshot()], { permissions: { "snap-1": ["all"] } }))
    assert.deepStrictEqual(run([snapshot()], { permissions: { "snap-1": ["111111111111"] } }).flagged, [
      "snap-1: volume_deleted"
    ])
    assert.deepStrictEqual(run([snapshot()], { permissions: "denied" }).unknown, ["snap-1"])
  })

  it("does not judge young snapshots", () => {
    assert.deepStrictEqual(run([snapshot({ startedAt: daysAgo(89) })]).tooYoung, ["snap-1"])
    assert.deepStrictEqual(run([snapshot({ startedAt: daysAgo(40) })], { settings: { minAgeDays: 30 } }).flagged, [
      "snap-1: volume_deleted"
    ])
  })

  it("prices the archive tier, which it can leave out", () => {
    const archived = snapshot({ tier: "archive", fullSizeBytes: 40 * 2 ** 30 })
    assert.strictEqual(run([archived]).flags[0]?.savings?.monthlyUsd, 0.5)
    isHealthy(run([archived], { settings: { includeArchiveTier: false } }))
  })

  describe("fast snapshot restore", () => {
    const fastRestores = new Map([["snap-1", ["eu-west-1a"]]])

    it("is waste on a snapshot that is otherwise in order, and its price is exact", () => {
      const { flags } = run([snapshot({ volumeId: "vol-live" })], { fastRestores })
      assert.strictEqual(flags[0]?.reasons[0], "fast_restore_enabled")
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 547.5)
      assert.strictEqual(flags[0]?.savings?.basis, "exact")
      assert.strictEqual(flags[0]?.savings?.claim, "stop")
      assert.strictEqual(flags[0]?.severity, "high")
      assert.strictEqual(flags[0]?.evidence["orphanedBy"], "none")
    })

    it("is waste on a copy as well", () => {
      assert.deepStrictEqual(run([snapshot({ volumeId: "vol-ffffffff" })], { fastRestores }).flagged, [
        "snap-1: fast_restore_enabled"
      ])
    })

    it("comes on top of the storage of an orphan, zone by zone", () => {
      const zones = new Map([["snap-1", ["eu-west-1a", "eu-west-1b"]]])
      const { flags } = run([snapshot()], { fastRestores: zones })
      assert.deepStrictEqual(flags[0]?.reasons, ["fast_restore_enabled", "volume_deleted"])
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 5 + 2 * 547.5)
      assert.strictEqual(flags[0]?.savings?.basis, "upper_bound")
      assert.strictEqual(flags[0]?.savings?.claim, "delete")
      assert.strictEqual(flags[0]?.severity, "critical")
      assert.strictEqual(flags[0]?.evidence["orphanedBy"], "volume_deleted")
    })

    it("stays high when its price is unknown", () => {
      const { flags } = run([snapshot()], { fastRestores, prices: { "ebs.snapshotGBMonth": 0.05 } })
      assert.strictEqual(flags[0]?.savings?.basis, "none")
      assert.strictEqual(flags[0]?.severity, "high")
    })

    it("can be judged without, and the evidence says so; what would otherwise be in order is not known", () => {
      const snapshots = [snapshot(), snapshot({ id: "snap-live", volumeId: "vol-live" })]
      const { flags, unknown } = run(snapshots, { fastRestores: gap() })
      assert.strictEqual(flags[0]?.reasons[0], "volume_deleted")
      assert.isNull(flags[0]?.evidence["fastRestoreZones"])
      assert.deepStrictEqual(unknown, ["snap-live"])
      assert.deepStrictEqual(run([snapshot()]).flags[0]?.evidence["fastRestoreZones"], [])
    })
  })

  it("asks about candidates that cost something, and about no others", () => {
    const snapshots = [
      snapshot({ id: "snap-small", sizeGb: 1 }),
      snapshot({ id: "snap-large", sizeGb: 900 }),
      snapshot({ id: "snap-fast", volumeId: "vol-live", sizeGb: 2 }),
      snapshot({ id: "snap-young", startedAt: daysAgo(1) }),
      snapshot({ id: "snap-copy", volumeId: "vol-ffffffff" }),
      snapshot({ id: "snap-empty", fullSizeBytes: 0 })
    ]
    const judged = run(snapshots, { fastRestores: new Map([["snap-fast", ["eu-west-1a"]]]) })
    assert.deepStrictEqual(judged.asked, ["permissions snap-fast", "permissions snap-large", "permissions snap-small"])
    assert.notInclude(judged.flagged.join(), "snap-empty")
  })

  it("does not know exactly those whose image, volume, template or lock is on a page that failed", () => {
    const of = (id: string, overrides: Partial<Snapshot>) => snapshot({ id, ...overrides })
    const deregistered = of("snap-ami", { description: ofImage, volumeId: "vol-live" })
    assert.deepStrictEqual(run([deregistered, of("snap-vol", {})], { volumes: gap([{ id: "vol-live" }]) }).unknown, [
      "snap-vol"
    ])
    const backing = { id: "ami-1", snapshotIds: ["snap-used"] }
    const used = [of("snap-used", {}), of("snap-free", {})]
    for (const options of [
      { images: gap([backing]) },
      { images: [backing], launchSpecs: gap([]) },
      { images: [backing], locked: gap() }
    ]) {
      assert.deepStrictEqual(run(used, options).unknown, ["snap-free"])
      assert.deepStrictEqual(run(used, options).flagged, [])
    }
  })

  it("keeps what is superseded by snapshots that were read, when others of the chain were not", () => {
    const judged = run(gap(chain))
    assert.deepStrictEqual(judged.flagged, ["snap-b: superseded", "snap-c: superseded"])
    // A newer one may be on the page that failed.
    assert.deepStrictEqual(judged.unknown, ["snap-a"])
    assert.isNull(judged.flags[0]?.evidence["chainLengthAtLeast"])
    assert.strictEqual(judged.status, "partial")
  })

  it("keeps the same one of two that started at the same instant, in whatever order AWS lists them", () => {
    const twins = ["snap-a", "snap-b", "snap-c"].map((id) =>
      snapshot({ id, volumeId: "vol-live", startedAt: daysAgo(100) })
    )
    for (const order of [twins, twins.toReversed(), [twins[1], twins[2], twins[0]]]) {
      assert.deepStrictEqual(run(order).flagged, ["snap-b: superseded", "snap-c: superseded"])
    }
  })
})
