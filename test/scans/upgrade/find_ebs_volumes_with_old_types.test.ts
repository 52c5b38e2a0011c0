import { assert, describe, it } from "@effect/vitest"
import type { AutoScalingGroup, LaunchConfiguration } from "../../../datasets/aws/autoscaling.ts"
import type { Instance, Volume } from "../../../datasets/aws/ec2.ts"
import type { TemplateVersion } from "../../../datasets/aws/launchTemplates.ts"
import scan from "../../../scans/upgrade/find_ebs_volumes_with_old_types.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series, silent } from "../harness.ts"

const volume = (overrides: Partial<Volume> = {}): Volume => ({
  arn: `arn:aws:ec2:eu-west-1:111111111111:volume/${overrides.id ?? "vol-1"}`,
  id: "vol-1",
  type: "gp2",
  sizeGb: 100,
  iops: 300,
  throughputMbPerSecond: undefined,
  state: "in-use",
  createdAt: daysAgo(2),
  encrypted: true,
  multiAttach: false,
  availabilityZone: "eu-west-1a",
  snapshotId: undefined,
  attachments: [{ instanceId: "i-1", device: "/dev/xvda", attachedAt: daysAgo(2) }],
  serviceManaged: false,
  onOutpost: false,
  tags: {},
  ...overrides
})

const prices = {
  "ebs.gp2GBMonth": 0.1,
  "ebs.gp3GBMonth": 0.08,
  "ebs.gp3IopsMonth_over3000": 0.005,
  "ebs.gp3MiBpsMonth_over125": 0.04,
  "ebs.io1GBMonth": 0.125,
  "ebs.io1IopsMonth": 0.065,
  "ebs.io2GBMonth": 0.125,
  "ebs.io2IopsMonth_upTo32000": 0.065,
  "ebs.io2IopsMonth_32001to64000": 0.0455,
  "ebs.standardGBMonth": 0.05
}

const run = (
  volumes: unknown,
  options: {
    data?: Record<string, unknown>
    bytes?: typeof silent
    settings?: Record<string, boolean | ReadonlyArray<string>>
  } = {}
) =>
  judge(
    scan,
    {
      volumes,
      instances: [],
      groups: [],
      versions: [],
      pinnedVersions: [],
      launchConfigurations: [],
      ...options.data
    },
    {
      prices,
      answers: { bytes: () => options.bytes },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

describe("find_ebs_volumes_with_old_types", () => {
  it("flags gp2 with what gp3 of the same speed saves, however young, and leaves gp3 alone", () => {
    const { asked, flags, flagged } = run([
      volume(),
      volume({ id: "vol-2", type: "gp3" }),
      volume({ id: "vol-3", type: "st1" })
    ])
    assert.deepStrictEqual(flagged, ["vol-1: gp2_to_gp3"])
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 2, basis: "exact", claim: "modernise" })
    assert.deepStrictEqual(asked, [])
    assert.deepStrictEqual(flags[0]?.evidence, {
      volumeType: "gp2",
      sizeGb: 100,
      iops: 300,
      createdAt: daysAgo(2).toISOString(),
      instances: ["i-1"],
      targetType: "gp3",
      targetIops: 3000,
      targetMbPerSecond: 125,
      madeBy: []
    })
  })

  it("asks for the bytes of larger gp2 volumes, and keeps their throughput where they are not told", () => {
    const large = volume({ sizeGb: 200, iops: 600 })
    const quiet = series(() => Array.from({ length: 14 * 288 + 24 }, () => 300 * 2 ** 20))
    const told = run([large], { bytes: quiet })
    assert.deepStrictEqual(told.asked, ["bytes vol-1"])
    assert.strictEqual(told.flags[0]?.savings?.monthlyUsd, 4)
    for (const bytes of [silent, series(() => undefined)]) {
      const { flags } = run([large], { bytes })
      assert.deepInclude(flags[0], { kind: "hygiene", severity: "info", savings: null })
      assert.strictEqual(flags[0]?.note, "gp3 with the throughput that gp2 can reach costs no less at this size.")
    }
    const larger = run([volume({ sizeGb: 1000, iops: 3000 })], { bytes: silent })
    assert.strictEqual(larger.flags[0]?.savings?.monthlyUsd, 20 - 5)
  })

  it("tells of io1 what io2 saves above 32,000 IOPS, and else that it saves nothing", () => {
    const io1 = volume({ type: "io1", iops: 40_000, sizeGb: 1000 })
    const { flags } = run([io1])
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 8000 * 0.0195)
    assert.deepInclude(flags[0]?.evidence, { targetType: "io2", targetIops: 40_000, targetMbPerSecond: null })
    const usual = run([volume({ type: "io1", iops: 10_000 })])
    assert.deepStrictEqual(usual.flagged, ["vol-1: io1_to_io2"])
    assert.deepInclude(usual.flags[0], { kind: "hygiene", severity: "info" })
    assert.deepStrictEqual(run([volume({ type: "io1", iops: undefined })]).unknown, ["vol-1"])
  })

  it("never claims a saving for a magnetic volume", () => {
    const { flags, flagged } = run([volume({ type: "standard", iops: undefined })])
    assert.deepStrictEqual(flagged, ["vol-1: standard_to_gp3"])
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "info", savings: null })
  })

  it("judges the types that are wanted", () => {
    const volumes = [
      volume(),
      volume({ id: "vol-2", type: "io1", iops: 100 }),
      volume({ id: "vol-3", type: "standard" })
    ]
    assert.deepStrictEqual(run(volumes, { settings: { types: ["io1"] } }).flagged, ["vol-2: io1_to_io2"])
  })

  it("judges unattached volumes where they are wanted", () => {
    const free = volume({ state: "available", attachments: [], sizeGb: 500 })
    assert.deepStrictEqual(run([free]).flagged, [])
    assert.deepStrictEqual(run([volume({ attachments: [] })]).unknown, ["vol-1"])
    const { asked, flags } = run([free], { settings: { includeUnattached: true } })
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 10 - 5)
    assert.deepStrictEqual(asked, [])
  })

  it("leaves alone what is managed, shared or on an Outpost, and does not know Local Zones", () => {
    const others = [
      volume({ serviceManaged: true }),
      volume({ onOutpost: true }),
      volume({ multiAttach: true, type: "io1" })
    ]
    assert.deepStrictEqual([run(others).flagged, run(others).unknown], [[], []])
    assert.deepStrictEqual(run([volume({ availabilityZone: "eu-west-1-lon-1a" })]).unknown, ["vol-1"])
  })

  it("names what will make such a volume again", () => {
    const instance = { id: "i-1", tags: { "aws:autoscaling:groupName": "web" } } as unknown as Instance
    const group = (more: Partial<AutoScalingGroup>) =>
      ({ name: "web", launchTemplates: [], launchConfiguration: undefined, ...more }) as unknown as AutoScalingGroup
    const version = (number: number, more: Partial<TemplateVersion> = {}): TemplateVersion => ({
      source: `launch template lt-1 version ${number}`,
      templateId: "lt-1",
      templateName: "web",
      version: number,
      isDefault: false,
      imageId: "ami-1",
      snapshotIds: [],
      volumeTypes: ["gp2"],
      securityGroups: [],
      ...more
    })
    const reference = { id: "lt-1", name: "web", version: "$Latest" }
    const versions = [version(1, { isDefault: true }), version(4, { volumeTypes: ["gp3"] })]
    const madeBy = (data: Record<string, unknown>) =>
      run([volume()], { data: { instances: [instance], ...data } }).flags[0]?.evidence["madeBy"]
    assert.deepStrictEqual(madeBy({ groups: [group({ launchTemplates: [reference] })], versions }), [])
    const byDefault = [group({ launchTemplates: [{ ...reference, version: "$Default" }] })]
    assert.deepStrictEqual(madeBy({ groups: byDefault, versions }), ["launch template lt-1 version 1"])
    const pinned = [group({ launchTemplates: [{ ...reference, id: undefined, version: "2" }] })]
    assert.deepStrictEqual(madeBy({ groups: pinned, versions, pinnedVersions: [version(2)] }), [
      "launch template lt-1 version 2"
    ])
    const configuration = { name: "lc", imageId: "ami-1", volumeTypes: ["gp2"], snapshotIds: [], securityGroups: [] }
    assert.deepStrictEqual(
      madeBy({
        groups: [group({ launchConfiguration: "lc" })],
        launchConfigurations: [configuration as unknown as LaunchConfiguration]
      }),
      ["launch configuration lc"]
    )
    // It is only shown: what could not be read clears nothing.
    const untold = run([volume()], {
      data: { instances: gap(), groups: gap(), versions: gap(), pinnedVersions: gap(), launchConfigurations: gap() }
    })
    assert.deepStrictEqual(untold.flags[0]?.evidence["madeBy"], [])
    assert.strictEqual(untold.status, "partial")
  })

  it("closes nothing while a page of volumes is missing", () => {
    const judged = run(gap([volume()]))
    assert.deepStrictEqual(judged.flagged, ["vol-1: gp2_to_gp3"])
    assert.strictEqual(judged.stateOf("arn:aws:ec2:eu-west-1:111111111111:volume/vol-9"), "unknown")
    assert.strictEqual(run([]).counters.examined, 0)
  })
})
