import { assert, describe, it } from "@effect/vitest"
import type { BackupPlans, BackupSelection } from "../../../datasets/aws/backup.ts"
import type { LifecyclePolicy } from "../../../datasets/aws/dlm.ts"
import type { Instance, Snapshot, Volume } from "../../../datasets/aws/ec2.ts"
import type { Image } from "../../../datasets/aws/ec2Images.ts"
import type { AccountUsage } from "../../../datasets/billing/usageTypes.ts"
import type { LaunchSpec } from "../../../datasets/aws/launchTemplates.ts"
import scan from "../../../scans/cost/get_snapshot_lifecycle_recommendations.ts"
import { account, daysAgo } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const volume = (overrides: Partial<Volume> = {}): Volume => ({
  arn: `arn:aws:ec2:eu-west-1:111111111111:volume/${overrides.id ?? "vol-1"}`,
  id: "vol-1",
  type: "gp3",
  sizeGb: 100,
  iops: 3000,
  throughputMbPerSecond: 125,
  state: "in-use",
  createdAt: daysAgo(900),
  encrypted: true,
  multiAttach: false,
  availabilityZone: "eu-west-1a",
  snapshotId: undefined,
  attachments: [{ instanceId: "i-1", device: "/dev/xvda", attachedAt: daysAgo(900) }],
  serviceManaged: false,
  onOutpost: false,
  tags: {},
  ...overrides
})

const snapshot = (id: string, days: number, overrides: Partial<Snapshot> = {}): Snapshot => ({
  arn: `arn:aws:ec2:eu-west-1::snapshot/${id}`,
  id,
  volumeId: "vol-1",
  sizeGb: 100,
  isCopy: false,
  fullSizeBytes: 40 * 2 ** 30,
  startedAt: daysAgo(days),
  state: "completed",
  description: "",
  tier: "standard",
  encrypted: true,
  onOutpost: false,
  backupService: undefined,
  tags: {},
  ...overrides
})

/** One a week, the newest of today. */
const weekly = (count: number, overrides: Partial<Snapshot> = {}) =>
  Array.from({ length: count }, (_, week) => snapshot(`snap-${week}`, week * 7, overrides))

/** What Data Lifecycle Manager made of the volume. */
const kept = snapshot("snap-dlm", 1, { backupService: "Data Lifecycle Manager" })

const instance = (overrides: Partial<Instance> = {}) =>
  ({
    arn: "arn:aws:ec2:eu-west-1:111111111111:instance/i-1",
    id: "i-1",
    rootDevice: "/dev/xvda",
    tags: {},
    ...overrides
  }) as Instance

const policy = (overrides: Partial<LifecyclePolicy> = {}): LifecyclePolicy => ({
  id: "policy-1",
  state: "enabled",
  isDefault: false,
  takesImages: false,
  resourceTypes: ["volume"],
  locations: ["cloud"],
  targetTags: [["backup", "daily"]],
  exceptBoot: false,
  exceptTypes: [],
  exceptTags: [],
  ...overrides
})

const selection = (overrides: Partial<BackupSelection> = {}): BackupSelection => ({
  planId: "plan-1",
  arns: [],
  anyTag: [],
  exceptArns: [],
  equal: [],
  notEqual: [],
  like: [],
  notLike: [],
  ...overrides
})

const plansOf = (selections: ReadonlyArray<BackupSelection>): BackupPlans => ({
  selections,
  optedIn: new Set(["EBS", "EC2"])
})

interface Options {
  readonly instances?: unknown
  /** What the services that take snapshots say; null where they may not be asked. */
  readonly policies?: ReadonlyArray<LifecyclePolicy> | null
  readonly backups?: ReadonlyMap<string, Date> | null
  readonly plans?: BackupPlans | null
  readonly images?: unknown
  readonly launchSpecs?: unknown
  readonly locked?: unknown
  readonly bill?: unknown
  readonly permissions?: (id: string) => ReadonlyArray<string> | undefined
  readonly settings?: Record<string, number | boolean>
}

const run = (volumes: unknown, snapshots: unknown, options: Options = {}) =>
  judge(
    scan,
    {
      volumes,
      snapshots,
      instances: options.instances ?? [instance()],
      images: options.images ?? [],
      launchSpecs: options.launchSpecs ?? [],
      locked: options.locked ?? new Set(),
      bill: options.bill ?? []
    },
    {
      prices: { "ebs.snapshotGBMonth": 0.05, "ebs.snapshotArchiveGBMonth": 0.0125 },
      answers: {
        permissions: ({ id }: Snapshot) => (options.permissions ?? (() => []))(id),
        policies: () => (options.policies === null ? undefined : (options.policies ?? [])),
        backups: () => (options.backups === null ? undefined : (options.backups ?? new Map())),
        plans: () => (options.plans === null ? undefined : (options.plans ?? plansOf([])))
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

describe("get_snapshot_lifecycle_recommendations", () => {
  it("leaves a volume alone that a policy covers and that keeps no more than it should", () => {
    const judged = run([volume()], [...weekly(7), kept])
    assert.deepStrictEqual([judged.flagged, judged.unknown, judged.asked], [[], [], []])
    assert.deepStrictEqual(run([volume()], []).flagged, [])
  })

  describe("beyond the retention", () => {
    it("are those that are older and beyond the newest seven", () => {
      const { asked, flags, flagged } = run([volume()], [...weekly(10), kept])
      assert.deepStrictEqual(flagged, ["vol-1: beyond_retention"])
      assert.deepStrictEqual(asked, ["permissions snap-7", "permissions snap-8", "permissions snap-9"])
      assert.deepInclude(flags[0], { kind: "hygiene", severity: "medium", savings: null })
      assert.strictEqual(flags[0]?.resource.arn, `${volume().arn}#snapshots`)
      assert.deepStrictEqual(flags[0]?.evidence, {
        volumeId: "vol-1",
        volumeSizeGb: 100,
        snapshots: 10,
        olderThan30Days: 5,
        olderThan90Days: 0,
        olderThan365Days: 0,
        oldest: daysAgo(63).toISOString(),
        madeByServices: 1,
        beyondRetention: 3,
        beyondRetentionGb: 120,
        atMostMonthlyUsd: 6
      })
    })

    it("save at most their share of what the bill has for snapshots", () => {
      const snapshots = [...weekly(10), kept]
      const billOf = (quantity: number, more: Partial<AccountUsage> = {}) =>
        [{ account, region: "eu-west-1", name: "EBS:SnapshotUsage", quantity, ...more }] as ReadonlyArray<AccountUsage>
      // Eleven snapshots of 40 GB are 440 GB, of which 110 are billed: a quarter of the three that may go.
      const { flags } = run([volume()], snapshots, { bill: billOf(110) })
      assert.deepInclude(flags[0], { kind: "money", confidence: "medium" })
      assert.deepInclude(flags[0]?.savings, {
        monthlyUsd: 1.5,
        basis: "upper_bound",
        claim: "lifecycle",
        covers: ["snap-7", "snap-8", "snap-9"].map((id) => `arn:aws:ec2:eu-west-1::snapshot/${id}`)
      })
      assert.strictEqual(run([volume()], snapshots, { bill: billOf(900) }).flags[0]?.savings?.monthlyUsd, 6)
      for (const bill of [
        [],
        gap(billOf(110)),
        billOf(110, { account: "222222222222" }),
        billOf(110, { region: "eu-central-1" }),
        billOf(110, { name: "EBS:SnapshotArchiveStorage" })
      ]) {
        assert.deepInclude(run([volume()], snapshots, { bill }).flags[0], { kind: "hygiene", savings: null })
      }
    })

    it("are none while they are young", () => {
      const daily = Array.from({ length: 20 }, (_, day) => snapshot(`snap-${day}`, day))
      assert.deepStrictEqual(run([volume()], [...daily, kept]).flagged, [])
      assert.deepStrictEqual(run([volume()], [...daily, kept], { settings: { retentionDays: 10 } }).flagged, [
        "vol-1: beyond_retention"
      ])
    })

    it("keeps as many as are asked for", () => {
      assert.deepStrictEqual(run([volume()], [...weekly(10), kept], { settings: { keepMinimum: 10 } }).flagged, [])
      const fewer = run([volume()], [...weekly(10), kept], { settings: { keepMinimum: 1 } })
      assert.strictEqual(fewer.flags[0]?.evidence["beyondRetention"], 5)
    })

    it("leaves out what is archived, used, locked or shared, and what a service keeps", () => {
      const snapshots = weekly(10)
      const flagged = (more: ReadonlyArray<Snapshot>, options: Options = {}) =>
        run([volume()], [...snapshots.slice(0, 7), ...more, kept], options).flagged
      const [a, b, c] = snapshots.slice(7) as [Snapshot, Snapshot, Snapshot]
      assert.deepStrictEqual(
        flagged([
          { ...a, tier: "archive" },
          { ...b, state: "pending" },
          { ...c, onOutpost: true }
        ]),
        []
      )
      assert.deepStrictEqual(flagged([{ ...a, backupService: "AWS Backup" }]), [])
      const image = { snapshotIds: ["snap-7"] } as unknown as Image
      const spec = { snapshotIds: ["snap-8"] } as unknown as LaunchSpec
      assert.deepStrictEqual(
        flagged([a, b, c], { images: [image], launchSpecs: [spec], locked: new Set(["snap-9"]) }),
        []
      )
      assert.deepStrictEqual(flagged([a, b, c], { permissions: () => ["222222222222"] }), [])
      assert.deepStrictEqual(flagged([a, b, c], { permissions: () => [account] }), ["vol-1: beyond_retention"])
    })

    it("counts the newest seven among those that neither an image nor a lock keeps", () => {
      const images = [{ snapshotIds: ["snap-0", "snap-1"] } as unknown as Image]
      const flagged = (count: number) =>
        run([volume()], [...weekly(count), kept], { images, locked: new Set(["snap-2"]) })
      assert.deepStrictEqual(flagged(10).flagged, [])
      assert.deepStrictEqual(flagged(11).asked, ["permissions snap-10"])
    })

    it("are medium at most, whatever they save", () => {
      const snapshots = weekly(10, { fullSizeBytes: 4000 * 2 ** 30 })
      const bill = [{ account, region: "eu-west-1", name: "EBS:SnapshotUsage", quantity: 99_999 }]
      const { flags } = run([volume()], [...snapshots, kept], { bill })
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 600)
      assert.strictEqual(flags[0]?.severity, "medium")
    })

    it("is not known where one of these is not told", () => {
      for (const options of [
        { images: gap() },
        { launchSpecs: gap() },
        { locked: gap() },
        { permissions: () => undefined }
      ]) {
        assert.deepStrictEqual(run([volume()], [...weekly(10), kept], options).unknown, ["vol-1"])
      }
      const judged = run([volume()], gap([...weekly(10), kept]))
      assert.deepStrictEqual([judged.flagged, judged.unknown, judged.status], [[], ["vol-1"], "partial"])
    })
  })

  describe("without a policy", () => {
    it("is a volume of which snapshots are made, and that nothing covers", () => {
      const { flags, flagged } = run([volume()], weekly(3))
      assert.deepStrictEqual(flagged, ["vol-1: no_policy"])
      assert.deepInclude(flags[0], { kind: "hygiene", severity: "low", confidence: "medium", savings: null })
      assert.strictEqual(flags[0]?.evidence["madeByServices"], 0)
      assert.deepStrictEqual(run([volume()], weekly(2)).flagged, [])
      assert.deepStrictEqual(run([volume()], weekly(2), { settings: { minSnapshots: 2 } }).flagged, [
        "vol-1: no_policy"
      ])
      const both = run([volume()], weekly(10))
      assert.deepStrictEqual(both.flagged, ["vol-1: no_policy, beyond_retention"])
      assert.strictEqual(both.flags[0]?.severity, "medium")
    })

    it("is none whose snapshots belong to images or are locked", () => {
      const images = [{ snapshotIds: ["snap-0", "snap-1"] } as unknown as Image]
      assert.deepStrictEqual(run([volume()], weekly(4), { images }).flagged, [])
      assert.deepStrictEqual(run([volume()], weekly(5), { images }).flagged, ["vol-1: no_policy"])
      assert.deepStrictEqual(run([volume()], weekly(3), { locked: new Set(["snap-0"]) }).flagged, [])
      assert.deepStrictEqual(run([volume()], weekly(3), { images: gap() }).unknown, ["vol-1"])
    })

    it("is none of which a service has made a snapshot lately, and nobody is asked about it", () => {
      const judged = run([volume()], [...weekly(3), kept])
      assert.deepStrictEqual([judged.flagged, judged.asked], [[], []])
      const longAgo = snapshot("snap-dlm", 31, { backupService: "Data Lifecycle Manager" })
      const stopped = run([volume()], [...weekly(3), longAgo])
      assert.deepStrictEqual(stopped.flagged, ["vol-1: no_policy"])
      assert.deepStrictEqual(stopped.asked, ["backups all", "plans all", "policies all"])
      assert.deepInclude(stopped.flags[0]?.evidence, { madeByServices: 1, coveredBy: "nothing" })
      const yearly = { settings: { retentionDays: 31 } }
      assert.deepStrictEqual(run([volume()], [...weekly(3), longAgo], yearly).flagged, [])
    })

    const flaggedOf = (options: Options, overrides: Partial<Volume> = {}) =>
      run([volume(overrides)], weekly(3), options).flagged

    it("is none that a policy is for, by its tags or by those of its instance", () => {
      const tags = { backup: "daily" }
      assert.deepStrictEqual(flaggedOf({ policies: [policy()] }, { tags }), [])
      assert.deepStrictEqual(flaggedOf({ policies: [policy()] }), ["vol-1: no_policy"])
      const ofInstances = [policy({ resourceTypes: ["instance"] })]
      assert.deepStrictEqual(flaggedOf({ policies: ofInstances, instances: [instance({ tags })] }), [])
      assert.deepStrictEqual(flaggedOf({ policies: ofInstances }, { tags }), ["vol-1: no_policy"])
    })

    it("is one whose policy is disabled or in error, and says so", () => {
      const policies = [policy({ id: "policy-2", state: "error" }), policy({ state: "disabled" })]
      const { flags, flagged } = run([volume({ tags: { backup: "daily" } })], weekly(3), { policies })
      assert.deepStrictEqual(flagged, ["vol-1: no_policy"])
      assert.strictEqual(flags[0]?.evidence["stoppedPolicies"], "policy-1 (disabled), policy-2 (error)")
      const others = run([volume()], weekly(3), { policies })
      assert.notProperty(others.flags[0]?.evidence, "stoppedPolicies")
    })

    it("is none that AWS Backup saved lately, or is to save", () => {
      const { arn } = volume()
      assert.deepStrictEqual(flaggedOf({ backups: new Map([[arn, daysAgo(30)]]) }), [])
      assert.deepStrictEqual(flaggedOf({ backups: new Map([[arn, daysAgo(31)]]) }), ["vol-1: no_policy"])
      assert.deepStrictEqual(flaggedOf({ backups: new Map([[instance().arn, daysAgo(1)]]) }), [])
      assert.deepStrictEqual(flaggedOf({ plans: plansOf([selection({ arns: [arn] })]) }), [])
      assert.deepStrictEqual(flaggedOf({ plans: plansOf([selection({ arns: [instance().arn] })]) }), [])
      assert.deepStrictEqual(flaggedOf({ plans: plansOf([selection({ arns: [`${arn}0`] })]) }), ["vol-1: no_policy"])
    })

    it("is not known where a service is not told, unless another one covers the volume", () => {
      const plans = plansOf([selection({ arns: ["*"] })])
      for (const untold of [{ policies: null }, { backups: null }]) {
        assert.deepStrictEqual(flaggedOf({ ...untold, plans }), [])
        assert.deepStrictEqual(run([volume()], weekly(3), untold).unknown, ["vol-1"])
      }
      assert.deepStrictEqual(run([volume()], weekly(3), { plans: null }).unknown, ["vol-1"])
      assert.deepStrictEqual(run([volume()], weekly(3), { instances: gap() }).unknown, ["vol-1"])
    })

    it("does not hide snapshots that are too many where a service is not told, and confirms nothing new", () => {
      const { flags, flagged, status } = run([volume()], weekly(10), { policies: null })
      assert.deepStrictEqual([flagged, status], [["vol-1: beyond_retention"], "partial"])
      assert.isTrue(flags[0]?.unproven)
      assert.strictEqual(flags[0]?.evidence["coveredBy"], "not known")
      const known = run([volume()], weekly(10), { plans: plansOf([selection()]) })
      assert.deepStrictEqual(known.flagged, ["vol-1: beyond_retention"])
      assert.strictEqual(known.flags[0]?.evidence["coveredBy"], "plan plan-1")
      assert.isFalse(known.flags[0]?.unproven)
    })
  })

  describe("the archive tier", () => {
    const settings = { suggestArchive: true }

    it("is for the only snapshot of a volume that is old, where it is wanted", () => {
      const { flags, flagged } = run([volume()], [snapshot("snap-1", 90)], { settings })
      assert.deepStrictEqual(flagged, ["vol-1: archive_candidate"])
      assert.deepInclude(flags[0]?.savings, {
        monthlyUsd: 1.5,
        basis: "estimate",
        claim: "lifecycle",
        covers: ["arn:aws:ec2:eu-west-1::snapshot/snap-1"]
      })
      assert.deepStrictEqual(run([volume()], [snapshot("snap-1", 91)]).flagged, [])
    })

    it("is for none that is young, archived, shared, of unknown size, or one of several", () => {
      const flagged = (snapshots: ReadonlyArray<Snapshot>, more: Options = {}) =>
        run([volume()], snapshots, { settings, ...more }).flagged
      assert.deepStrictEqual(flagged([snapshot("snap-1", 89)]), [])
      assert.deepStrictEqual(flagged([snapshot("snap-1", 91, { tier: "archive" })]), [])
      assert.deepStrictEqual(flagged([snapshot("snap-1", 91, { fullSizeBytes: undefined })]), [])
      assert.deepStrictEqual(flagged([snapshot("snap-1", 91)], { permissions: () => ["all"] }), [])
      assert.deepStrictEqual(flagged([snapshot("snap-1", 91), snapshot("snap-2", 99)]), [])
      assert.deepStrictEqual(flagged([snapshot("snap-1", 91), kept]), [])
      assert.deepStrictEqual(
        flagged([snapshot("snap-1", 91)], { settings: { ...settings, archiveAfterDays: 100 } }),
        []
      )
      const everyOne = { settings: { ...settings, minSnapshots: 1 } }
      assert.deepStrictEqual(flagged([snapshot("snap-1", 91)], everyOne), ["vol-1: no_policy, archive_candidate"])
    })
  })

  it("leaves snapshots of volumes that are gone to another scan, and what a service runs to the service", () => {
    const gone = run([], weekly(10, { volumeId: "vol-gone" }))
    assert.deepStrictEqual([gone.flagged, gone.counters.examined], [[], 0])
    assert.deepStrictEqual(
      run([volume({ serviceManaged: true }), volume({ id: "vol-2", onOutpost: true })], weekly(10)).flagged,
      []
    )
  })

  it("closes nothing while a page of volumes is missing", () => {
    const judged = run(gap([volume()]), weekly(3))
    assert.deepStrictEqual(judged.flagged, ["vol-1: no_policy"])
    assert.strictEqual(judged.stateOf("arn:aws:ec2:eu-west-1:111111111111:volume/vol-9#snapshots"), "unknown")
  })
})
