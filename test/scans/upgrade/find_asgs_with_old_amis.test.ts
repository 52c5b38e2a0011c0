import { assert, describe, it } from "@effect/vitest"
import type { AutoScalingGroup, LaunchConfiguration } from "../../../datasets/aws/autoscaling.ts"
import type { AnyImage, Image } from "../../../datasets/aws/ec2Images.ts"
import type { NodeGroup } from "../../../datasets/aws/eks.ts"
import type { TemplateVersion } from "../../../datasets/aws/launchTemplates.ts"
import scan from "../../../scans/upgrade/find_asgs_with_old_amis.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const group = (overrides: Partial<AutoScalingGroup> = {}): AutoScalingGroup => ({
  arn: `arn:aws:autoscaling:eu-west-1:111111111111:autoScalingGroup:0a1b:autoScalingGroupName/${overrides.name ?? "web"}`,
  name: "web",
  minSize: 1,
  maxSize: 4,
  desiredCapacity: 2,
  createdAt: daysAgo(3),
  instanceIds: [],
  warmPoolSize: 0,
  launchTemplates: [{ id: "lt-1", name: "web", version: "$Latest" }],
  launchConfiguration: undefined,
  imageIds: [],
  instanceTypes: [],
  targetGroupArns: [],
  classicLoadBalancers: [],
  subnetIds: [],
  serviceManaged: false,
  goesAway: false,
  tags: {},
  ...overrides
})

const version = (number: number, overrides: Partial<TemplateVersion> = {}): TemplateVersion => ({
  source: `launch template lt-1 version ${number}`,
  templateId: "lt-1",
  templateName: "web",
  version: number,
  isDefault: false,
  imageId: `ami-${number}`,
  snapshotIds: [],
  securityGroups: [],
  ...overrides
})

const image = (id: string, days: number, overrides: Partial<AnyImage> = {}): AnyImage => ({
  id,
  name: `image of ${days} days`,
  owner: "amazon",
  createdAt: daysAgo(days),
  state: "available",
  deprecatedFrom: undefined,
  isLeftOut: false,
  ...overrides
})

interface Options {
  readonly images?: unknown
  readonly versions?: unknown
  readonly pinnedVersions?: unknown
  readonly launchConfigurations?: unknown
  /** What EC2 says of the images of others; null for one that is gone, undefined where it does not tell. */
  readonly others?: Readonly<Record<string, AnyImage | null>>
  /** Whether the account enforces its Allowed AMIs; undefined where EC2 does not tell. */
  readonly enforced?: boolean | undefined
  readonly resolved?: (version: TemplateVersion) => string | undefined
  /** Node groups by their cluster; one that is left out is not told. */
  readonly nodeGroups?: Readonly<Record<string, ReadonlyArray<Partial<NodeGroup>>>>
  readonly settings?: Record<string, number | boolean>
}

const run = (groups: unknown, options: Options = {}) =>
  judge(
    scan,
    {
      groups,
      images: options.images ?? [],
      versions: options.versions ?? [version(1, { isDefault: true }), version(2)],
      pinnedVersions: options.pinnedVersions ?? [],
      launchConfigurations: options.launchConfigurations ?? []
    },
    {
      answers: {
        ...("enforced" in options ? { enforced: () => options.enforced } : {}),
        nodeGroups: (cluster: string) => options.nodeGroups?.[cluster],
        imageById: ({ id }: { id: string }) => options.others?.[id],
        ...(options.resolved === undefined ? {} : { resolvedImage: options.resolved })
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

describe("find_asgs_with_old_amis", () => {
  it("leaves a group alone whose image is young", () => {
    const judged = run([group()], { others: { "ami-2": image("ami-2", 89) } })
    assert.deepStrictEqual([judged.flagged, judged.unknown], [[], []])
    assert.deepStrictEqual(judged.asked, ["imageById ami-2"])
  })

  it("flags an image that is old, and one that is twice as old more severely", () => {
    const { flags } = run([group()], { others: { "ami-2": image("ami-2", 91) } })
    assert.deepStrictEqual(flags[0]?.reasons, ["ami_old"])
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "low", savings: null })
    assert.deepStrictEqual(flags[0]?.evidence, {
      launchesFrom: ["launch template web version $Latest"],
      launchConfiguration: "none",
      images: ["ami-2 (image of 91 days) of amazon, made on 2026-08-21"],
      missingImages: [],
      imagesNotAllowed: [],
      disabledImages: [],
      deprecatedImages: [],
      desiredCapacity: 2,
      minimumSize: 1,
      maximumSize: 4
    })
    assert.strictEqual(run([group()], { others: { "ami-2": image("ami-2", 181) } }).flags[0]?.severity, "medium")
  })

  it("flags an image that the account's Allowed AMIs leave out where they are enforced, and asks once where one is marked", () => {
    const others = { "ami-2": image("ami-2", 10, { isLeftOut: true }) }
    const { flags } = run([group()], { others, enforced: true })
    assert.deepInclude(flags[0], { reasons: ["ami_missing"], severity: "critical" })
    assert.deepInclude(flags[0]?.evidence, { imagesNotAllowed: ["ami-2"], missingImages: [], images: [] })
    // In audit mode it can be launched.
    const audited = run([group()], { others, enforced: false })
    assert.deepStrictEqual([audited.flagged, audited.asked], [[], ["enforced all", "imageById ami-2"]])
    assert.deepStrictEqual(run([group()], { others, enforced: undefined }).unknown, ["web"])
  })

  it("flags an image that is gone: high, and critical where instances are wanted", () => {
    const gone = { others: { "ami-2": null } }
    const { flags } = run([group()], gone)
    assert.deepStrictEqual(flags[0]?.reasons, ["ami_missing"])
    assert.strictEqual(flags[0]?.severity, "critical")
    assert.deepStrictEqual(flags[0]?.evidence["missingImages"], ["ami-2"])
    assert.strictEqual(run([group({ desiredCapacity: 0 })], gone).flags[0]?.severity, "high")
    const failed = run([group()], { others: { "ami-2": image("ami-2", 1, { state: "deregistered" }) } })
    assert.deepStrictEqual(failed.flagged, ["web: ami_missing"])
  })

  it("flags disabled and deprecated images as medium, with every reason that there is", () => {
    const disabled = run([group({ desiredCapacity: 0 })], {
      others: { "ami-2": image("ami-2", 200, { state: "disabled" }) }
    })
    assert.deepStrictEqual(disabled.flagged, ["web: ami_disabled"])
    assert.strictEqual(disabled.flags[0]?.severity, "medium")
    const deprecatedFrom = daysAgo(1).toISOString()
    const deprecated = run([group()], { others: { "ami-2": image("ami-2", 91, { deprecatedFrom }) } })
    assert.deepStrictEqual(deprecated.flagged, ["web: ami_deprecated, ami_old"])
    assert.strictEqual(deprecated.flags[0]?.severity, "medium")
    const later = image("ami-2", 1, { deprecatedFrom: daysAgo(-1).toISOString() })
    assert.deepStrictEqual(run([group()], { others: { "ami-2": later } }).flagged, [])
  })

  it("takes the account's own images from their list", () => {
    const own = { ...image("ami-2", 91), id: "ami-2", snapshotIds: [], tags: {} } as unknown as Image
    const { asked, flags } = run([group()], { images: [own] })
    assert.deepStrictEqual(asked, [])
    assert.deepStrictEqual(flags[0]?.evidence["images"], [
      "ami-2 (image of 91 days) of 111111111111, made on 2026-08-21"
    ])
    // One that is not in what was read of the list is asked for.
    const judged = run([group()], { images: gap(), others: { "ami-2": image("ami-2", 91) } })
    assert.deepStrictEqual(judged.flagged, ["web: ami_old"])
    assert.strictEqual(judged.status, "partial")
  })

  describe("finds everything that a group can launch:", () => {
    const old = (...ids: ReadonlyArray<string>) => ({
      others: Object.fromEntries(["ami-1", "ami-2", "ami-7"].map((id) => [id, image(id, ids.includes(id) ? 100 : 1)]))
    })
    const flagged = (overrides: Partial<AutoScalingGroup>, options: Options) => run([group(overrides)], options).flagged

    it("the newest, the default and a numbered version, by the template's id or name", () => {
      const named = (version: string, id: string | undefined = "lt-1") => ({
        launchTemplates: [{ id, name: "web", version }]
      })
      assert.deepStrictEqual(flagged(named("$Latest"), old("ami-1")), [])
      assert.deepStrictEqual(flagged(named("$Latest"), old("ami-2")), ["web: ami_old"])
      assert.deepStrictEqual(flagged(named("$Default", undefined), old("ami-1")), ["web: ami_old"])
      const pinned = { ...old("ami-7"), pinnedVersions: [version(7)], versions: [version(9)] }
      assert.deepStrictEqual(flagged(named("7"), pinned), ["web: ami_old"])
    })

    it("the images and templates of a mixed instances policy", () => {
      assert.deepStrictEqual(flagged({ imageIds: ["ami-7"] }, old("ami-7")), ["web: ami_old"])
      const both = {
        launchTemplates: [
          { id: "lt-1", name: "web", version: "$Latest" },
          { id: "lt-1", name: "web", version: "1" }
        ]
      }
      assert.deepStrictEqual(flagged(both, old("ami-1")), ["web: ami_old"])
    })

    it("a launch configuration", () => {
      const configuration = { name: "lc", imageId: "ami-7", securityGroups: [], snapshotIds: [], volumeTypes: [] }
      const configured = { launchTemplates: [], launchConfiguration: "lc" }
      const options = { ...old("ami-7"), launchConfigurations: [configuration as unknown as LaunchConfiguration] }
      const { flags } = run([group(configured)], options)
      assert.deepStrictEqual(flags[0]?.reasons, ["ami_old"])
      assert.strictEqual(flags[0]?.evidence["launchConfiguration"], "lc")
      assert.deepStrictEqual(run([group(configured)], old()).whyUnknown, [
        "web: its launch configuration lc does not exist"
      ])
      assert.deepStrictEqual(run([group(configured)], { ...old(), launchConfigurations: gap() }).unknown, ["web"])
    })

    it("the image to which a parameter leads", () => {
      const versions = [version(1, { imageId: "resolve:ssm:/golden" })]
      const led = { ...old("ami-7"), versions, resolved: () => "ami-7" }
      const judged = run([group()], led)
      assert.deepStrictEqual(judged.flagged, ["web: ami_old"])
      assert.include(judged.asked, "resolvedImage lt-1 1")
      assert.deepStrictEqual(run([group()], { ...led, resolved: () => undefined }).unknown, ["web"])
      assert.deepStrictEqual(run([group({ imageIds: ["resolve:ssm:/golden"] })], old()).unknown, ["web"])
    })
  })

  it("does not know a group whose template, image or page is not told", () => {
    assert.deepStrictEqual(run([group()]).unknown, ["web"])
    assert.deepStrictEqual(run([group()], { versions: [] }).whyUnknown, [
      "web: its launch template web version $Latest does not exist"
    ])
    const others = { "ami-2": image("ami-2", 100) }
    assert.deepStrictEqual(run([group()], { versions: gap([version(2)]), others }).unknown, ["web"])
    assert.deepStrictEqual(run([group()], { pinnedVersions: gap(), others }).unknown, ["web"])
    assert.deepStrictEqual(run([group()], { versions: [version(1, { imageId: undefined })] }).whyUnknown, [
      "web: nothing that it launches from names an image"
    ])
  })

  it("leaves groups without instances to the image that they cannot launch, unless they are wanted", () => {
    const asleep = group({ desiredCapacity: 0 })
    const others = { "ami-2": image("ami-2", 100) }
    assert.deepStrictEqual(run([asleep], { others }).flagged, [])
    const settings = { includeZeroCapacity: true }
    assert.deepStrictEqual(run([asleep], { others, settings }).flagged, ["web: ami_old"])
    const closed = run([group({ desiredCapacity: 0, maxSize: 0 })], { others: { "ami-2": null } })
    assert.deepStrictEqual(closed.flagged, ["web: ami_missing"])
    assert.strictEqual(closed.flags[0]?.severity, "high")
  })

  it("takes another age", () => {
    const others = { "ami-2": image("ami-2", 40) }
    assert.deepStrictEqual(run([group()], { others, settings: { maxAmiAgeDays: 30 } }).flagged, ["web: ami_old"])
    assert.deepStrictEqual(run([group()], { others }).flagged, [])
  })

  describe("of node groups of EKS", () => {
    const tags = { "eks:cluster-name": "shop", "eks:nodegroup-name": "workers" }
    const nodes = group({ name: "eks-workers", tags })
    const released = (releaseVersion: string | undefined, options: Options = {}) =>
      run([nodes], {
        ...options,
        nodeGroups: {
          shop: [
            { name: "others", releaseVersion: "1.34.1-20200101" },
            { name: "workers", version: "1.34", releaseVersion }
          ]
        }
      })

    it("goes by the day of their release, and not by the image in EKS's copy of a template", () => {
      // 90 and 91 days before 20 November.
      assert.deepStrictEqual(released("1.34.1-20260822", { others: { "ami-2": null } }).flagged, [])
      const { asked, flags } = released("1.34.1-20260821", { others: { "ami-2": null } })
      assert.deepStrictEqual(asked, ["nodeGroups shop"])
      assert.deepInclude(flags[0], { kind: "hygiene", severity: "low", savings: null })
      assert.deepStrictEqual(flags[0]?.evidence, {
        cluster: "shop",
        nodeGroup: "workers",
        kubernetes: "1.34",
        release: "1.34.1-20260821",
        releasedOn: "2026-08-21",
        desiredCapacity: 2,
        minimumSize: 1,
        maximumSize: 4
      })
      assert.strictEqual(released("1.34-2026.05.01").flags[0]?.severity, "medium")
    })

    it("judges one with an image of its owner's as any other group", () => {
      const { flagged } = released("ami-2", { others: { "ami-2": null } })
      assert.deepStrictEqual(flagged, ["eks-workers: ami_missing"])
      assert.deepStrictEqual(released("ami-2", { others: { "ami-2": image("ami-2", 89) } }).flagged, [])
    })

    it("does not know one whose release names no day, or of which EKS does not tell", () => {
      for (const release of ["1.51.0-47438798", undefined])
        assert.deepStrictEqual(released(release).unknown, ["eks-workers"])
      assert.deepStrictEqual(run([nodes]).unknown, ["eks-workers"])
    })

    it("leaves alone what wants no instances, and what EKS lists no more", () => {
      const of = (releaseVersion: string) => ({ nodeGroups: { shop: [{ name: "workers", releaseVersion }] } })
      const empty = run([group({ tags, desiredCapacity: 0 })], of("1.34.1-20250101"))
      assert.deepStrictEqual([empty.flagged, empty.unknown], [[], []])
      const gone = run([group({ tags, desiredCapacity: 0 })], { ...of("ami-2"), others: { "ami-2": null } })
      assert.strictEqual(gone.flags[0]?.severity, "high")
      assert.deepStrictEqual(run([nodes], { nodeGroups: { shop: [] } }).unknown, [])
    })
  })

  it("leaves alone what a service runs, and what goes away", () => {
    const groups = [group({ serviceManaged: true }), group({ name: "b", goesAway: true })]
    const judged = run(groups, { others: { "ami-2": null } })
    assert.deepStrictEqual([judged.flagged, judged.unknown, judged.asked], [[], [], []])
  })

  it("closes nothing while a page of groups is missing", () => {
    const judged = run(gap([group()]), { others: { "ami-2": null } })
    assert.deepStrictEqual(judged.flagged, ["web: ami_missing"])
    assert.strictEqual(judged.stateOf(group({ name: "other" }).arn), "unknown")
    assert.strictEqual(run([]).counters.examined, 0)
  })
})
