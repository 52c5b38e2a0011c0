import { assert, describe, it } from "@effect/vitest"
import type { Snapshot, Volume } from "../../../datasets/aws/ec2.ts"
import scan from "../../../scans/security/find_unencrypted_ebs_volumes.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const volume = (overrides: Partial<Volume> = {}): Volume => ({
  arn: `arn:aws:ec2:eu-west-1:111111111111:volume/${overrides.id ?? "vol-1"}`,
  id: "vol-1",
  type: "gp3",
  sizeGb: 100,
  iops: 3000,
  throughputMbPerSecond: 125,
  state: "available",
  createdAt: daysAgo(200),
  encrypted: false,
  multiAttach: false,
  availabilityZone: "eu-west-1a",
  snapshotId: "snap-0",
  attachments: [],
  serviceManaged: false,
  onOutpost: false,
  tags: {},
  ...overrides
})

const snapshot = (overrides: Partial<Snapshot> = {}): Snapshot => ({
  arn: `arn:aws:ec2:eu-west-1::snapshot/${overrides.id ?? "snap-1"}`,
  id: "snap-1",
  volumeId: "vol-1",
  sizeGb: 100,
  isCopy: false,
  fullSizeBytes: undefined,
  startedAt: daysAgo(30),
  state: "completed",
  description: "",
  tier: "standard",
  encrypted: false,
  onOutpost: false,
  backupService: undefined,
  tags: {},
  ...overrides
})

const attached = {
  state: "in-use",
  attachments: [{ instanceId: "i-1", device: "/dev/xvda", attachedAt: daysAgo(200) }]
}

const run = (stored: unknown, byDefault: unknown = true, settings: Record<string, boolean> = {}) =>
  judge(scan, { stored, byDefault }, { settings })

const withSnapshots = { includeSnapshots: true }

describe("find_unencrypted_ebs_volumes", () => {
  it("finds an attached volume severe and an unattached one less so, and leaves an encrypted neighbour alone", () => {
    const { flags, flagged } = run([
      volume(attached),
      volume({ id: "vol-2" }),
      volume({ id: "vol-3", encrypted: true })
    ])
    assert.deepStrictEqual(flagged, ["vol-1: unencrypted_volume", "vol-2: unencrypted_volume"])
    assert.deepStrictEqual(
      flags.map(({ severity }) => severity),
      ["high", "medium"]
    )
    assert.strictEqual(run([volume({ state: "in-use", attachments: [] })]).flags[0]?.severity, "high")
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, confidence: "high", observe: undefined })
    assert.deepStrictEqual(flags[0]?.evidence, {
      sizeGb: 100,
      encryptsByDefault: true,
      volumeType: "gp3",
      state: "in-use",
      createdAt: daysAgo(200).toISOString(),
      instances: ["i-1"],
      madeOfSnapshot: "snap-0"
    })
  })

  it("finds one that was made today as well", () => {
    assert.deepStrictEqual(run([volume({ createdAt: daysAgo(0) })]).flagged, ["vol-1: unencrypted_volume"])
  })

  it("leaves what a service runs to the service", () => {
    const { flagged, unknown } = run([volume({ serviceManaged: true })])
    assert.deepStrictEqual([flagged, unknown], [[], []])
  })

  it("does not know a volume of which EC2 does not say whether it is encrypted", () => {
    assert.deepStrictEqual(run([volume({ encrypted: undefined })]).whyUnknown, [
      "vol-1: EC2 does not say whether it is encrypted"
    ])
  })

  describe("the setting of the region", () => {
    it("is a finding where it is off and the region has volumes", () => {
      const { flags, flagged } = run([volume({ encrypted: true })], false)
      assert.deepStrictEqual(flagged, ["ebs-encryption-by-default: default_off"])
      assert.deepInclude(flags[0]?.resource, {
        arn: "arn:aws:ec2:eu-west-1:111111111111:ebs-encryption-by-default",
        type: "ec2:ebs-encryption-by-default",
        service: ""
      })
      assert.strictEqual(flags[0]?.severity, "medium")
      assert.deepStrictEqual(flags[0]?.evidence, { encryptsByDefault: false })
    })

    it("is none where it is on, and where there are no volumes", () => {
      assert.deepStrictEqual(run([volume({ encrypted: true })], true).flagged, [])
      const empty = run([], false)
      assert.deepStrictEqual([empty.flagged, empty.counters.examined, empty.status], [[], 0, "complete"])
      assert.deepStrictEqual(run([snapshot({ encrypted: true })], false, withSnapshots).flagged, [])
    })

    it("is not known where it could not be read, which clears no volume", () => {
      const judged = run([volume()], gap())
      assert.deepStrictEqual(judged.flagged, ["vol-1: unencrypted_volume"])
      assert.deepStrictEqual(judged.unknown, ["ebs-encryption-by-default"])
      assert.strictEqual(judged.status, "partial")
      assert.isNull(judged.flags[0]?.evidence["encryptsByDefault"])
    })
  })

  it("reports snapshots where they are wanted", () => {
    const kept = snapshot({ id: "snap-2", backupService: "AWS Backup", tier: "archive" })
    const stored = [volume({ encrypted: true }), snapshot(), kept, snapshot({ id: "snap-3", encrypted: true })]
    const { flags, flagged } = run(stored, true, withSnapshots)
    assert.deepStrictEqual(flagged, ["snap-1: unencrypted_snapshot", "snap-2: unencrypted_snapshot"])
    assert.strictEqual(flags[0]?.resource.type, "ec2:snapshot")
    assert.strictEqual(flags[0]?.severity, "medium")
    assert.deepInclude(flags[0]?.evidence, { sourceVolume: "vol-1", keptBy: "none", tier: "standard", sizeGb: 100 })
    assert.deepInclude(flags[1]?.evidence, { keptBy: "AWS Backup", tier: "archive" })
    assert.deepStrictEqual(run([snapshot({ encrypted: undefined })], true, withSnapshots).unknown, ["snap-1"])
  })

  it("closes nothing while a page of volumes is missing", () => {
    const judged = run(gap([volume()]), false)
    assert.deepStrictEqual(judged.flagged, ["ebs-encryption-by-default: default_off", "vol-1: unencrypted_volume"])
    assert.strictEqual(judged.status, "partial")
    assert.strictEqual(judged.stateOf(volume({ id: "vol-9" }).arn), "unknown")
    assert.strictEqual(run(gap(), false).status, "unavailable")
  })
})
