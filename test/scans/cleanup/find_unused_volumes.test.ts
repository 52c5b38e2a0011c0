import { assert, describe, it } from "@effect/vitest"
import type { Instance, Snapshot, Volume } from "../../../datasets/aws/ec2.ts"
import scan from "../../../scans/cleanup/find_unused_volumes.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { instance } from "../ec2Fixtures.ts"
import { gap, judge, series, silent } from "../harness.ts"

const volume = (overrides: Partial<Volume> = {}): Volume => ({
  arn: "arn:aws:ec2:eu-west-1:111111111111:volume/vol-1",
  id: "vol-1",
  type: "gp3",
  sizeGb: 100,
  iops: 3000,
  throughputMbPerSecond: 125,
  state: "available",
  createdAt: daysAgo(200),
  encrypted: true,
  multiAttach: false,
  availabilityZone: "eu-west-1a",
  snapshotId: undefined,
  attachments: [],
  serviceManaged: false,
  onOutpost: false,
  tags: {},
  ...overrides
})

const attachedTo = (instanceId: string, device = "/dev/sdf") => ({
  state: "in-use",
  attachments: [{ instanceId, device, attachedAt: daysAgo(100) }]
})

const prices = {
  "ebs.gp3GBMonth": 0.08,
  "ebs.gp3IopsMonth_over3000": 0.005,
  "ebs.gp3MiBpsMonth_over125": 0.04,
  "ebs.io2GBMonth": 0.125,
  "ebs.io2IopsMonth_upTo32000": 0.065,
  "ebs.io2IopsMonth_32001to64000": 0.0455,
  "ebs.snapshotGBMonth": 0.05
}

const run = (
  volumes: ReadonlyArray<Volume>,
  options: {
    instances?: unknown
    snapshots?: unknown
    activity?: typeof silent
    /** Ids of instances in a warm pool; `denied` where AWS does not tell. */
    warm?: ReadonlyArray<string> | "denied"
    /** What CloudTrail tells; undefined where it is not told. */
    detachedAt?: Date | null | undefined
    settings?: Record<string, number | boolean>
  } = {}
) =>
  judge(
    scan,
    { volumes, instances: options.instances ?? [], snapshots: options.snapshots ?? [] },
    {
      prices,
      answers: {
        attachedLately: () => options.activity ?? silent,
        writes: () => options.activity ?? silent,
        activity: () => options.activity ?? silent,
        detachments: () =>
          options.detachedAt === undefined
            ? undefined
            : new Map(options.detachedAt === null ? [] : [["vol-1", options.detachedAt]]),
        warm: ({ id }: Instance) => (options.warm === "denied" ? undefined : (options.warm ?? []).includes(id))
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

describe("find_unused_volumes", () => {
  it("leaves volumes of running instances alone", () => {
    assert.deepStrictEqual(run([volume(attachedTo("i-1"))], { instances: [instance()] }).flagged, [])
  })

  it("flags an unattached volume, which has to be observed for a week", () => {
    const { flags } = run([volume()])
    assert.strictEqual(flags[0]?.reasons[0], "unattached")
    assert.deepStrictEqual(flags[0]?.observe, { days: 7 })
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 8)
    assert.strictEqual(flags[0]?.savings?.basis, "exact")
    assert.deepInclude(flags[0]?.evidence, { keepOneSnapshotMonthlyUsd: 5, lessOneSnapshotMonthlyUsd: 3 })
  })

  it("asks CloudTrail, where that is wanted, since when a volume is detached", () => {
    const settings = { askCloudTrail: true }
    const { asked, flags } = run([volume()], { settings, detachedAt: daysAgo(7) })
    assert.deepStrictEqual(flags[0]?.observe, { days: 7, since: daysAgo(7) })
    assert.strictEqual(flags[0]?.evidence["detachedAt"], daysAgo(7).toISOString())
    assert.include(asked, "detachments all")
    // Yesterday on the first night: it is not unattached for a week.
    assert.deepStrictEqual(run([volume()], { settings, detachedAt: daysAgo(1) }).flagged, [])
    for (const detachedAt of [null, undefined]) {
      const untold = run([volume()], { settings, detachedAt })
      assert.deepStrictEqual(untold.flags[0]?.observe, { days: 7, since: undefined })
      assert.isFalse(untold.flags[0]?.unproven)
    }
    assert.notInclude(run([volume()], { detachedAt: daysAgo(7) }).asked, "detachments all")
    assert.deepStrictEqual(
      run([volume()], { settings, detachedAt: daysAgo(9), activity: series(() => [1]) }).flagged,
      []
    )
  })

  it("does not judge one that was made within the days that it must be unused", () => {
    assert.deepStrictEqual(run([volume({ createdAt: daysAgo(6) })]).tooYoung, ["vol-1"])
    assert.deepStrictEqual(run([volume({ createdAt: daysAgo(8) })]).flagged, ["vol-1: unattached"])
    const instances = [instance({ state: "stopped", stoppedAt: daysAgo(60) })]
    const restored = (age: number) => run([volume({ ...attachedTo("i-1"), createdAt: daysAgo(age) })], { instances })
    assert.deepStrictEqual(restored(29).tooYoung, ["vol-1"])
    assert.deepStrictEqual(restored(31).flagged, ["vol-1: stopped_instance"])
  })

  it("has no price for a Local Zone, which has prices of its own", () => {
    const { flags } = run([volume({ availabilityZone: "eu-west-1-lax-1a" })])
    assert.deepInclude(flags[0]?.savings, { basis: "none", monthlyUsd: 0 })
    assert.isNull(flags[0]?.evidence["keepOneSnapshotMonthlyUsd"])
  })

  it("prices IOPS and throughput beyond what gp3 includes", () => {
    const { flags } = run([volume({ iops: 5000, throughputMbPerSecond: 225 })])
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 100 * 0.08 + 2000 * 0.005 + 100 * 0.04)
    assert.deepStrictEqual(
      flags[0]?.savings?.terms.map(({ label }) => label),
      ["gp3 storage", "IOPS above 3,000", "throughput above 125"]
    )
  })

  it("prices io2 IOPS in tiers, and gives no figure while one tier has no price", () => {
    const { flags } = run([
      volume({ id: "vol-2", type: "io2", iops: 40_000 }),
      volume({ id: "vol-3", type: "io2", iops: 70_000 })
    ])
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 12.5 + 32_000 * 0.065 + 8_000 * 0.0455)
    assert.strictEqual(flags[1]?.savings?.basis, "none")
    assert.strictEqual(flags[1]?.savings?.monthlyUsd, 0)
  })

  it("reports a type that has no price yet, without a figure", () => {
    const { flags } = run([volume({ type: "gp9" })])
    assert.deepInclude(flags[0]?.savings, { basis: "none", monthlyUsd: 0 })
    assert.strictEqual(flags[0]?.savings?.terms[0]?.price.fact, "ebs.gp9GBMonth")
  })

  it("leaves a volume alone that was attached on a day of the window, and does not know one whose metrics failed", () => {
    // CloudWatch has datapoints of the days on which a job had it attached, also where nothing was read or written.
    const attachedYesterday = series(() => [Number.NaN, 0, Number.NaN])
    assert.deepStrictEqual(run([volume()], { activity: attachedYesterday }).flagged, [])
    const attachedLongAgo = series(() => [0, ...Array.from({ length: 8 }, () => Number.NaN)])
    assert.deepStrictEqual(run([volume()], { activity: attachedLongAgo }).flagged, ["vol-1: unattached"])
    assert.deepStrictEqual(run([volume()], { activity: series(() => undefined) }).unknown, ["vol-1"])
  })

  it("does not know a volume whose instance is on a page that failed, and judges the others", () => {
    const volumes = [volume(attachedTo("i-2")), volume({ id: "vol-2", arn: "arn:vol-2" })]
    const judged = run(volumes, { instances: gap([instance({ state: "stopped" })]) })
    assert.deepStrictEqual(judged.unknown, ["vol-1"])
    assert.deepStrictEqual(judged.flagged, ["vol-2: unattached"])
    assert.strictEqual(judged.status, "partial")
  })

  it("says that the newest snapshot is none, or null where the snapshots could not all be read", () => {
    assert.strictEqual(run([volume()]).flags[0]?.evidence["newestSnapshot"], "none")
    assert.isNull(run([volume()], { snapshots: gap([]) }).flags[0]?.evidence["newestSnapshot"])
  })

  it("flags volumes of an instance that has been stopped long enough", () => {
    const volumes = [volume(attachedTo("i-1"))]
    const stopped = (days: number | undefined) =>
      instance({ state: "stopped", stoppedAt: days === undefined ? undefined : daysAgo(days) })
    assert.deepStrictEqual(run(volumes, { instances: [stopped(31)] }).flagged, ["vol-1: stopped_instance"])
    assert.deepStrictEqual(run(volumes, { instances: [stopped(29)] }).flagged, [])
    const undated = run(volumes, { instances: [stopped(undefined)] })
    assert.deepStrictEqual(undated.flags[0]?.observe, { days: 30, since: undefined })
    const off = { includeStoppedInstances: false }
    assert.deepStrictEqual(run(volumes, { instances: [stopped(31)], settings: off }).flagged, [])
  })

  it("leaves volumes of an instance alone that waits in a warm pool, and does not know those of which AWS did not tell", () => {
    const instances = [instance({ state: "stopped", stoppedAt: daysAgo(31) })]
    const volumes = [volume(attachedTo("i-1"))]
    const warm = run(volumes, { instances, warm: ["i-1"] })
    assert.deepStrictEqual([warm.flagged, warm.unknown], [[], []])
    assert.deepStrictEqual(warm.asked, ["warm i-1"])
    assert.deepStrictEqual(run(volumes, { instances, warm: "denied" }).unknown, ["vol-1"])
    assert.deepStrictEqual(run(volumes, { instances: [instance()] }).asked, [])
  })

  it("skips volumes that a service manages or an Outpost holds", () => {
    assert.deepStrictEqual(run([volume({ serviceManaged: true }), volume({ onOutpost: true })]).flagged, [])
  })

  describe("with includeIdleAttached", () => {
    const settings = { includeIdleAttached: true }
    const data = volume(attachedTo("i-1"))
    const judged = (volume: Volume, activity: typeof silent) =>
      run([volume], { instances: [instance()], activity, settings })

    it("flags a data volume whose I/O was zero", () => {
      assert.deepStrictEqual(
        judged(
          data,
          series(() => [0, 0, 0])
        ).flagged,
        ["vol-1: idle_attached"]
      )
    })

    it("does not flag one that was written to, and asks for no reads of it", () => {
      const written = series(({ metric }) => (metric === "VolumeWriteOps" ? [0, 1, 0] : [0, 0, 0]))
      const { asked, flagged } = judged(data, written)
      assert.deepStrictEqual([flagged, asked], [[], ["writes vol-1"]])
      const readOnly = series(({ metric }) => (metric === "VolumeReadOps" ? [0, 1, 0] : [0, 0, 0]))
      assert.deepStrictEqual(judged(data, readOnly).flagged, [])
    })

    it("says unknown when CloudWatch has nothing or refuses, never unused", () => {
      assert.deepStrictEqual(judged(data, silent).unknown, ["vol-1"])
      assert.deepStrictEqual(
        judged(
          data,
          series(() => undefined)
        ).unknown,
        ["vol-1"]
      )
    })

    it("leaves root volumes and young volumes alone", () => {
      const idle = series(() => [0])
      assert.deepStrictEqual(judged(volume(attachedTo("i-1", "/dev/xvda")), idle).flagged, [])
      assert.deepStrictEqual(judged(volume({ ...attachedTo("i-1"), createdAt: daysAgo(3) }), idle).tooYoung, ["vol-1"])
    })
  })

  it("names the claim of a Kubernetes volume and the newest snapshot", () => {
    const tags = { "kubernetes.io/created-for/pvc/name": "data", "kubernetes.io/created-for/pvc/namespace": "shop" }
    const snapshot = (id: string, days: number) => ({ id, volumeId: "vol-1", startedAt: daysAgo(days) }) as Snapshot
    const { flags } = run([volume({ tags })], { snapshots: [snapshot("snap-new", 2), snapshot("snap-old", 9)] })
    assert.strictEqual(flags[0]?.evidence["kubernetesClaim"], "shop/data")
    assert.strictEqual(flags[0]?.evidence["newestSnapshot"], "snap-new of 2026-11-18T02:00:00.000Z")
  })
})
