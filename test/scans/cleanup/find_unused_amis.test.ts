import { assert, describe, it } from "@effect/vitest"
import type { SettingValue } from "../../../core/run/Outcome.ts"
import type { Snapshot } from "../../../datasets/aws/ec2.ts"
import type { Image } from "../../../datasets/aws/ec2Images.ts"
import type { LaunchSpec } from "../../../datasets/aws/launchTemplates.ts"
import { actionsOf } from "../../../audit/actions.ts"
import scan from "../../../scans/cleanup/find_unused_amis.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const image = (overrides: Partial<Image> = {}): Image => ({
  arn: `arn:aws:ec2:eu-west-1::image/${overrides.id ?? "ami-1"}`,
  id: "ami-1",
  name: "web",
  createdAt: daysAgo(200),
  lastLaunchedAt: daysAgo(150),
  state: "available",
  architecture: "x86_64",
  isPublic: false,
  deprecatedFrom: undefined,
  deregistrationProtection: "disabled",
  snapshotIds: ["snap-1"],
  backupService: undefined,
  tags: {},
  ...overrides
})

const snapshot = (id: string, overrides: Partial<Snapshot> = {}): Snapshot => ({
  arn: `arn:aws:ec2:eu-west-1::snapshot/${id}`,
  id,
  volumeId: "vol-1",
  sizeGb: 100,
  isCopy: false,
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

const spec = (overrides: Partial<LaunchSpec>): LaunchSpec => ({
  source: "launch template lt-1 version 1",
  imageId: undefined,
  snapshotIds: [],
  securityGroups: [],
  ...overrides
})

const prices = {
  "ebs.snapshotGBMonth": 0.05,
  "ebs.snapshotArchiveGBMonth": 0.0125,
  "ebs.fastSnapshotRestoreHour": 0.75
}

interface Options {
  readonly snapshots?: unknown
  readonly instances?: unknown
  readonly launchSpecs?: unknown
  readonly fastRestores?: unknown
  /** What refers to an image and who may launch it, by its id; `denied` where AWS does not tell. Default: nothing and nobody. */
  readonly references?: Readonly<Record<string, ReadonlyArray<string>>> | "denied"
  readonly permissions?: Readonly<Record<string, ReadonlyArray<string>>> | "denied"
  readonly settings?: Readonly<Record<string, SettingValue>>
  readonly prices?: Readonly<Record<string, number>>
}

const run = (images: unknown, options: Options = {}) =>
  judge(
    scan,
    {
      images,
      snapshots: options.snapshots ?? [snapshot("snap-1")],
      instances: options.instances ?? [],
      launchSpecs: options.launchSpecs ?? [],
      fastRestores: options.fastRestores ?? new Map()
    },
    {
      prices: options.prices ?? prices,
      answers: {
        references: ({ id }: Image) => (options.references === "denied" ? undefined : (options.references?.[id] ?? [])),
        permissions: ({ id }: Image) =>
          options.permissions === "denied" ? undefined : (options.permissions?.[id] ?? [])
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

/** Judged, and found in order. */
const isHealthy = ({ flagged, tooYoung, unknown }: ReturnType<typeof run>) =>
  assert.deepStrictEqual([...flagged, ...tooYoung, ...unknown], [])

describe("find_unused_amis", () => {
  it("flags an old image that nothing uses, with the snapshots that would be freed", () => {
    const { flags } = run([image({ snapshotIds: ["snap-1", "snap-2"] })], {
      snapshots: [snapshot("snap-1"), snapshot("snap-2", { tier: "archive", sizeGb: 500, fullSizeBytes: 40 * 2 ** 30 })]
    })
    assert.strictEqual(flags[0]?.reasons[0], "unused")
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 100 * 0.05 + 40 * 0.0125)
    assert.strictEqual(flags[0]?.savings?.basis, "upper_bound")
    assert.strictEqual(flags[0]?.savings?.claim, "delete")
    assert.deepStrictEqual(flags[0]?.savings?.covers, [
      "arn:aws:ec2:eu-west-1::snapshot/snap-1",
      "arn:aws:ec2:eu-west-1::snapshot/snap-2"
    ])
    assert.deepStrictEqual(flags[0]?.evidence["snapshots"], ["snap-1 standard 100 GB", "snap-2 archive 40 GB"])
    assert.isUndefined(flags[0]?.observe)
  })

  it("leaves an image of any instance that is not terminated alone", () => {
    for (const state of ["running", "stopped", "stopping", "pending"]) {
      isHealthy(run([image()], { instances: [{ state, imageId: "ami-1" }] }))
    }
    const terminated = run([image()], { instances: [{ state: "terminated", imageId: "ami-1" }] })
    assert.deepStrictEqual(terminated.flagged, ["ami-1: unused"])
  })

  it("leaves an image that something may launch alone", () => {
    isHealthy(run([image()], { launchSpecs: [spec({ imageId: "ami-1" })] }))
    const parameter = ["ssm:Parameter arn:aws:ssm:eu-west-1:111111111111:parameter/golden"]
    isHealthy(run([image()], { references: { "ami-1": parameter } }))
  })

  it("does not judge young images, and not those that were launched lately", () => {
    assert.deepStrictEqual(run([image({ createdAt: daysAgo(89) })]).tooYoung, ["ami-1"])
    assert.deepStrictEqual(run([image({ createdAt: daysAgo(91) })]).flagged, ["ami-1: unused"])
    isHealthy(run([image({ lastLaunchedAt: daysAgo(89) })]))
    assert.deepStrictEqual(run([image({ lastLaunchedAt: undefined })]).flagged, ["ami-1: unused"])
    assert.deepStrictEqual(run([image({ createdAt: daysAgo(50) })], { settings: { minAgeDays: 30 } }).flagged, [
      "ami-1: unused"
    ])
    const settings = { notLaunchedDays: 200 }
    isHealthy(run([image({ lastLaunchedAt: daysAgo(150) })], { settings }))
  })

  it("leaves shared images alone, unless it is told otherwise", () => {
    const permissions = { "ami-1": ["222222222222"] }
    isHealthy(run([image()], { permissions }))
    isHealthy(run([image({ isPublic: true })]))
    const settings = { includeShared: true }
    const { flags } = run([image()], { permissions, settings })
    assert.deepStrictEqual(flags[0]?.evidence["sharedWith"], ["222222222222"])
    const unread = run([image()], { permissions: "denied", settings })
    assert.isNull(unread.flags[0]?.evidence["sharedWith"])
    assert.deepStrictEqual(
      run([image({ isPublic: true })], { permissions: "denied", settings }).flags[0]?.evidence["sharedWith"],
      ["all"]
    )
  })

  it("does not take the owner's own permission for sharing", () => {
    assert.deepStrictEqual(run([image()], { permissions: { "ami-1": ["111111111111"] } }).flagged, ["ami-1: unused"])
  })

  it("says unknown, never unused, when a probe could not tell", () => {
    assert.deepStrictEqual(run([image()], { references: "denied" }).unknown, ["ami-1"])
    assert.deepStrictEqual(run([image()], { permissions: "denied" }).unknown, ["ami-1"])
  })

  it("skips images of AWS Backup and Data Lifecycle Manager, and those that are not there yet", () => {
    isHealthy(run([image({ backupService: "AWS Backup" })]))
    isHealthy(run([image({ state: "pending" })]))
    assert.deepStrictEqual(run([image({ state: "disabled" })]).flagged, ["ami-1: unused"])
  })

  describe("keepNewestPerFamily", () => {
    const builds = [
      image({ id: "ami-1", name: "web-2026-01-05-1a2b3c4", createdAt: daysAgo(300) }),
      image({ id: "ami-2", name: "web-2026-02-05-9f8e7d6", createdAt: daysAgo(270) }),
      image({ id: "ami-3", name: "web-2026-03-05-0c1d2e3", createdAt: daysAgo(240) })
    ]
    const flagged = (keepNewestPerFamily: number, images = builds) =>
      run(images, { settings: { keepNewestPerFamily } }).flagged

    it("keeps the newest images of a series, used or not", () => {
      assert.deepStrictEqual(flagged(1), ["ami-1: unused", "ami-2: unused"])
      assert.deepStrictEqual(flagged(2), ["ami-1: unused"])
      assert.deepStrictEqual(flagged(0), ["ami-1: unused", "ami-2: unused", "ami-3: unused"])
    })

    it("does not merge products whose names differ in a word with a digit", () => {
      const series = (...names: ReadonlyArray<string>) =>
        flagged(
          1,
          names.map((name, index) => image({ id: `ami-${name}`, name, createdAt: daysAgo(300 - index) }))
        )
      const runners = [
        "node18-runner-2026-01",
        "node18-runner-2026-03",
        "python312-runner-2026-02",
        "python312-runner-2026-04"
      ]
      assert.deepStrictEqual(series(...runners), [
        "ami-node18-runner-2026-01: unused",
        "ami-python312-runner-2026-02: unused"
      ])
      // Each is alone, so neither is kept for the sake of the other.
      assert.deepStrictEqual(series("mariadb-10", "march-10"), ["ami-march-10: unused", "ami-mariadb-10: unused"])
      assert.deepStrictEqual(series("ubuntu22-base", "rhel9-base"), [
        "ami-rhel9-base: unused",
        "ami-ubuntu22-base: unused"
      ])
    })

    it("takes dates, versions, build numbers and hashes for builds of one series", () => {
      const oneSeries = [
        ["web-2026-01-05", "web-20260205"],
        ["web-20260105T020000Z", "web-20260206T0300"],
        ["web-05Jan2026", "web-feb-2026", "web-2026-march-01"],
        ["web-v1.2.3", "web-v1.10.0-rc2"],
        ["web-build412", "web-b413"],
        ["web-1699999999", "web-3fa9c1d", "web-1.4-12-g3fa9c1d"],
        ["web-9f8e7d6c-1234-4abc-9def-0123456789ab", "web-0f8e7d6c-1234-4abc-9def-0123456789ab"]
      ]
      for (const names of oneSeries) {
        const images = names.map((name, index) => image({ id: `ami-${index}`, name, createdAt: daysAgo(300 + index) }))
        assert.notInclude(flagged(1, images), "ami-0: unused", names.join())
        assert.strictEqual(flagged(1, images).length, names.length - 1, names.join())
      }
    })

    it("tells architectures and names apart, and keeps nothing for an image alone", () => {
      const arm = image({ id: "ami-arm", name: "web-2025-01-05", architecture: "arm64", createdAt: daysAgo(500) })
      assert.include(flagged(1, [...builds, arm]), "ami-arm: unused")
      const other = image({ id: "ami-db", name: "db-2025-01-05", createdAt: daysAgo(500) })
      assert.include(flagged(1, [...builds, other]), "ami-db: unused")
    })
  })

  it("does not count snapshots that another image or a template uses", () => {
    const images = [
      image({ id: "ami-1", name: "web", snapshotIds: ["snap-1", "snap-2"] }),
      image({ id: "ami-2", name: "db", snapshotIds: ["snap-2"], lastLaunchedAt: daysAgo(1) })
    ]
    const snapshots = [snapshot("snap-1"), snapshot("snap-2")]
    const [flag] = run(images, { snapshots }).flags
    assert.strictEqual(flag?.savings?.monthlyUsd, 5)
    assert.deepStrictEqual(flag?.savings?.covers, ["arn:aws:ec2:eu-west-1::snapshot/snap-1"])
    assert.deepStrictEqual(flag?.evidence["snapshotsUsedElsewhere"], ["snap-2"])
    const launchSpecs = [spec({ snapshotIds: ["snap-1"] })]
    const none = run(images, { snapshots, launchSpecs }).flags[0]
    assert.strictEqual(none?.kind, "hygiene")
    assert.isNull(none?.savings)
    assert.strictEqual(none?.severity, "info")
    assert.strictEqual(none?.note, "No snapshot would be freed with the image.")
  })

  describe("two unused images that share a snapshot", () => {
    const pair = [
      image({ id: "ami-1", name: "web", snapshotIds: ["snap-own", "snap-both"] }),
      image({ id: "ami-2", name: "db", snapshotIds: ["snap-both"] })
    ]
    const snapshots = [snapshot("snap-own"), snapshot("snap-both")]
    const fastRestores = new Map([["snap-both", ["eu-west-1a"]]])
    const amounts = (judged: ReturnType<typeof run>) =>
      Object.fromEntries(judged.flags.map(({ resource, savings }) => [resource.id, savings?.monthlyUsd]))

    it("save it together, each its share, and one of them contains its money", () => {
      for (const images of [pair, pair.toReversed()]) {
        const judged = run(images, { snapshots })
        assert.deepStrictEqual(amounts(judged), { "ami-1": 5 + 2.5, "ami-2": 2.5 })
        assert.deepStrictEqual(
          judged.flags.flatMap(({ savings }) => savings?.covers ?? []).sort(),
          ["snap-both", "snap-own"].map((id) => `arn:aws:ec2:eu-west-1::snapshot/${id}`)
        )
        const first = judged.flags.find(({ resource }) => resource.id === "ami-1")
        assert.deepStrictEqual(first?.evidence["sharesSnapshotsWith"], ["ami-2"])
        assert.match(first?.savings?.note ?? "", /this is one share/)
      }
      assert.deepStrictEqual(amounts(run(pair, { snapshots, fastRestores })), {
        "ami-1": 5 + 2.5 + 273.75,
        "ami-2": 2.5 + 273.75
      })
    })

    it("save nothing of it while a third one, a template or a young image needs it", () => {
      const third = image({ id: "ami-3", name: "third", snapshotIds: ["snap-both"] })
      const holders = [
        { ...third, lastLaunchedAt: daysAgo(1) },
        { ...third, createdAt: daysAgo(1) },
        { ...third, backupService: "AWS Backup" }
      ]
      for (const holder of holders) {
        const judged = run([...pair, holder], { snapshots })
        assert.deepStrictEqual(amounts(judged), { "ami-1": 5, "ami-2": undefined })
      }
      const parameter = ["ssm:Parameter arn:aws:ssm:eu-west-1:111111111111:parameter/golden"]
      assert.deepStrictEqual(amounts(run([...pair, third], { snapshots, references: { "ami-3": parameter } })), {
        "ami-1": 5,
        "ami-2": undefined
      })
      const launchSpecs = [spec({ snapshotIds: ["snap-both"] })]
      assert.deepStrictEqual(amounts(run(pair, { snapshots, launchSpecs })), { "ami-1": 5, "ami-2": undefined })
      assert.deepStrictEqual(amounts(run([...pair, third], { snapshots })), {
        "ami-1": 5 + 1.67,
        "ami-2": 1.67,
        "ami-3": 1.67
      })
    })

    it("are not known while one of them is not", () => {
      const references = (id: string) => (id === "ami-2" ? undefined : [])
      const judged = judge(
        scan,
        { images: pair, snapshots, instances: [], launchSpecs: [], fastRestores: new Map() },
        { prices, answers: { references: ({ id }: Image) => references(id), permissions: () => [] } }
      )
      assert.deepStrictEqual(judged.unknown, ["ami-1", "ami-2"])
    })
  })

  it("counts a snapshot once that an image has on two devices", () => {
    assert.strictEqual(run([image({ snapshotIds: ["snap-1", "snap-1"] })]).flags[0]?.savings?.monthlyUsd, 5)
  })

  it("adds fast snapshot restore, and says so when it could not be read", () => {
    const fastRestores = new Map([["snap-1", ["eu-west-1a", "eu-west-1b"]]])
    const [flag] = run([image()], { fastRestores }).flags
    assert.strictEqual(flag?.savings?.monthlyUsd, 5 + 2 * 730 * 0.75)
    assert.deepStrictEqual(flag?.evidence["fastRestoreZones"], ["eu-west-1a", "eu-west-1b"])
    assert.isNull(run([image()], { fastRestores: gap() }).flags[0]?.evidence["fastRestoreZones"])
  })

  it("gives no figure while the price of one tier is unknown", () => {
    const { flags } = run([image({ snapshotIds: ["snap-1", "snap-2"] })], {
      snapshots: [snapshot("snap-1"), snapshot("snap-2", { tier: "archive" })],
      prices: { "ebs.snapshotGBMonth": 0.05 }
    })
    assert.strictEqual(flags[0]?.savings?.basis, "none")
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 0)
  })

  it("asks about candidates only, and about no permission of what everybody may launch", () => {
    const images = [
      image({ id: "ami-small", name: "a", snapshotIds: ["snap-1"] }),
      image({ id: "ami-large", name: "b", snapshotIds: ["snap-2"] }),
      image({ id: "ami-young", name: "c", createdAt: daysAgo(1) }),
      image({ id: "ami-used", name: "d" }),
      image({ id: "ami-public", name: "e", isPublic: true, snapshotIds: [] })
    ]
    const options = {
      snapshots: [snapshot("snap-1"), snapshot("snap-2", { sizeGb: 900 })],
      launchSpecs: [spec({ imageId: "ami-used" })]
    }
    const candidates = [
      "permissions ami-large",
      "permissions ami-small",
      "references ami-large",
      "references ami-small"
    ]
    assert.deepStrictEqual(run(images, options).asked, candidates)
    assert.deepStrictEqual(
      run(images, { ...options, settings: { includeShared: true } }).asked,
      [...candidates, "references ami-public"].sort()
    )
  })

  it("does not know exactly those whose instance, template, series or snapshot may be on a page that failed", () => {
    const images = [
      image({ id: "ami-1", name: "web", snapshotIds: ["snap-1"] }),
      image({ id: "ami-2", name: "db", snapshotIds: ["snap-2"] })
    ]
    const snapshots = [snapshot("snap-1"), snapshot("snap-2")]
    const used = [{ state: "running", imageId: "ami-1" }]
    assert.deepStrictEqual(run(images, { snapshots, instances: gap(used) }).unknown, ["ami-2"])
    assert.deepStrictEqual(run(images, { snapshots, launchSpecs: gap([spec({ imageId: "ami-1" })]) }).unknown, [
      "ami-2"
    ])
    const half = run(images, { snapshots: gap([snapshot("snap-1")]) })
    assert.deepStrictEqual([half.flagged, half.unknown], [["ami-1: unused"], ["ami-2"]])
    // The image on the other page may be newer than this one, or use its snapshot too.
    assert.deepStrictEqual(run(gap(images), { snapshots }).unknown, ["ami-1", "ami-2"])
  })

  it("keeps the same one of two that were made at the same instant, in whatever order AWS lists them", () => {
    const twins = ["ami-1", "ami-2", "ami-3"].map((id) => image({ id, name: `web-${id.slice(4)}` }))
    for (const order of [twins, twins.toReversed(), [twins[1], twins[2], twins[0]]]) {
      assert.deepStrictEqual(run(order).flagged, ["ami-2: unused", "ami-3: unused"])
    }
  })

  it("needs the permissions that the reference check uses in its name", () => {
    const actions = actionsOf([{ scan }])
    for (const action of [
      "ec2:DescribeImageReferences",
      "ssm:GetParameters",
      "imagebuilder:ListImageRecipes"
    ] as const) {
      assert.include(actions, action)
    }
  })
})
