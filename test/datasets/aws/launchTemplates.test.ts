import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as launchTemplates from "../../../datasets/aws/launchTemplates.ts"
import { type Answers, awsFailure, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const maxResults = { size: "MaxResults" }

const awsVersion = (template: string, VersionNumber: number, data: object = {}) => ({
  LaunchTemplateId: template,
  LaunchTemplateName: `${template}-name`,
  VersionNumber,
  LaunchTemplateData: data
})

describe("launchTemplates.versions", () => {
  it.effect("reads the newest and default versions of 500 templates in five calls, whatever the templates", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 1000 }, (_, index) => awsVersion(`lt-${index >> 1}`, (index % 2) + 1))
      const { calls, read, sent } = yield* readDataset(launchTemplates.versions, {
        "ec2:DescribeLaunchTemplateVersions": paged(items, "LaunchTemplateVersions", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeLaunchTemplateVersions": 5 })
      assert.strictEqual(valueOf(read).length, 1000)
      assert.deepStrictEqual(sent[0]?.input.Versions, ["$Latest", "$Default"])
      assert.isUndefined(sent[0]?.input.LaunchTemplateId)
    })
  )

  it.effect("keeps image, snapshots and groups, those of network interfaces included", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(launchTemplates.versions, {
        "ec2:DescribeLaunchTemplateVersions": () => ({
          LaunchTemplateVersions: [
            awsVersion("lt-1", 3, {
              ImageId: "resolve:ssm:/golden",
              BlockDeviceMappings: [{ Ebs: { SnapshotId: "snap-1", VolumeType: "GP2" } }, { Ebs: {} }],
              SecurityGroupIds: ["sg-1"],
              SecurityGroups: ["web"],
              NetworkInterfaces: [{ Groups: ["sg-2"] }, {}]
            })
          ]
        })
      })
      assert.deepStrictEqual(valueOf(read), [
        {
          source: "launch template lt-1 version 3",
          templateId: "lt-1",
          templateName: "lt-1-name",
          version: 3,
          isDefault: false,
          imageId: "resolve:ssm:/golden",
          snapshotIds: ["snap-1"],
          volumeTypes: ["gp2"],
          securityGroups: ["sg-1", "web", "sg-2"]
        }
      ])
    })
  )
})

describe("launchTemplates.fleets and launchTemplates.spotFleets", () => {
  it.effect("read a thousand a page and leave out what launches nothing any more", () =>
    Effect.gen(function* () {
      const states = ["active", "deleted", "deleted_running", "modifying", "submitted", "failed"]
      const items = Array.from({ length: 1200 }, (_, index) => ({
        FleetId: `fleet-${index}`,
        FleetState: states[index % 6],
        LaunchTemplateConfigs: [
          {
            LaunchTemplateSpecification: { LaunchTemplateId: "lt-1", Version: "4" },
            Overrides: [{ ImageId: "ami-1", BlockDeviceMappings: [{ Ebs: { SnapshotId: "snap-1" } }] }]
          }
        ]
      }))
      const { calls, read } = yield* readDataset(launchTemplates.fleets, {
        "ec2:DescribeFleets": paged(items, "Fleets", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeFleets": 2 })
      assert.strictEqual(valueOf(read).length, 600)
      assert.deepStrictEqual(valueOf(read)[0], {
        id: "fleet-0",
        templates: [{ id: "lt-1", name: undefined, version: "4" }],
        specs: [{ source: "EC2 Fleet fleet-0", imageId: "ami-1", snapshotIds: ["snap-1"], securityGroups: [] }]
      })
    })
  )

  it.effect("read the specifications that Spot Fleet requests carry themselves", () =>
    Effect.gen(function* () {
      const request = (id: string, SpotFleetRequestState: string, SpotFleetRequestConfig: object) => ({
        SpotFleetRequestId: id,
        SpotFleetRequestState,
        SpotFleetRequestConfig
      })
      const { calls, read } = yield* readDataset(launchTemplates.spotFleets, {
        "ec2:DescribeSpotFleetRequests": paged(
          [
            request("sfr-1", "active", {
              LaunchSpecifications: [
                {
                  ImageId: "ami-1",
                  SecurityGroups: [{ GroupId: "sg-1" }, { GroupName: "web" }],
                  NetworkInterfaces: [{ Groups: ["sg-2"] }],
                  BlockDeviceMappings: [{ Ebs: { SnapshotId: "snap-1" } }]
                }
              ]
            }),
            request("sfr-2", "cancelled_running", { LaunchSpecifications: [{ ImageId: "ami-2" }] }),
            request("sfr-3", "modifying", {
              LaunchTemplateConfigs: [{ LaunchTemplateSpecification: { LaunchTemplateName: "web" } }]
            })
          ],
          "SpotFleetRequestConfigs",
          maxResults
        )
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeSpotFleetRequests": 1 })
      assert.deepStrictEqual(valueOf(read), [
        {
          id: "sfr-1",
          templates: [],
          specs: [
            {
              source: "Spot Fleet request sfr-1",
              imageId: "ami-1",
              snapshotIds: ["snap-1"],
              securityGroups: ["sg-1", "web", "sg-2"]
            }
          ]
        },
        { id: "sfr-3", templates: [{ id: undefined, name: "web", version: "$Default" }], specs: [] }
      ])
    })
  )
})

const awsGroup = (name: string, more: object) => ({
  AutoScalingGroupARN: `arn:aws:autoscaling:eu-west-1:111111111111:autoScalingGroup:1:autoScalingGroupName/${name}`,
  AutoScalingGroupName: name,
  DesiredCapacity: 0,
  CreatedTime: new Date("2026-01-01T00:00:00Z"),
  ...more
})

const configuration = (name: string) => ({
  LaunchConfigurationARN: `arn:aws:autoscaling:eu-west-1:111111111111:launchConfiguration:1:launchConfigurationName/${name}`,
  LaunchConfigurationName: name,
  ImageId: `ami-${name}`,
  CreatedTime: new Date("2026-01-01T00:00:00Z"),
  SecurityGroups: [`sg-${name}`],
  BlockDeviceMappings: [{ Ebs: { SnapshotId: `snap-${name}` } }]
})

const pinning = (id: string, Version: string) => ({ LaunchTemplate: { LaunchTemplateId: id, Version } })

/** Groups and fleets that pin versions, and templates whose newest version is 9 and default version 1. */
const pinned = (more: Answers = {}): Answers => ({
  "autoscaling:DescribeAutoScalingGroups": () => ({
    AutoScalingGroups: [
      awsGroup("a", pinning("lt-1", "3")),
      awsGroup("b", pinning("lt-1", "3")),
      awsGroup("c", pinning("lt-1", "9")),
      awsGroup("d", pinning("lt-2", "$Latest")),
      awsGroup("e", { LaunchConfigurationName: "old" }),
      awsGroup("f", { MixedInstancesPolicy: { LaunchTemplate: { Overrides: [{ ImageId: "ami-override" }] } } })
    ]
  }),
  "autoscaling:DescribeLaunchConfigurations": () => ({
    LaunchConfigurations: [configuration("old"), configuration("orphan")]
  }),
  "ec2:DescribeFleets": () => ({
    Fleets: [
      {
        FleetId: "fleet-1",
        FleetState: "active",
        LaunchTemplateConfigs: [
          { LaunchTemplateSpecification: { LaunchTemplateName: "lt-2-name", Version: "5" } },
          { LaunchTemplateSpecification: { LaunchTemplateName: "lt-2-name", Version: "1" } }
        ]
      }
    ]
  }),
  "ec2:DescribeSpotFleetRequests": () => ({ SpotFleetRequestConfigs: [] }),
  "ec2:DescribeLaunchTemplateVersions": ({ LaunchTemplateId, LaunchTemplateName, Versions }) =>
    Versions.includes("$Latest")
      ? {
          LaunchTemplateVersions: ["lt-1", "lt-2"].flatMap((id) => [
            awsVersion(id, 9, { ImageId: `ami-${id}-9` }),
            awsVersion(id, 1, { ImageId: `ami-${id}-1` })
          ])
        }
      : {
          LaunchTemplateVersions: [
            awsVersion(LaunchTemplateId ?? LaunchTemplateName, Number(Versions[0]), {
              ImageId: `ami-pinned-${Versions[0]}`
            })
          ]
        },
  ...more
})

describe("launchTemplates.pinnedVersions", () => {
  it.effect("asks once for each numbered version that was not read already", () =>
    Effect.gen(function* () {
      const { calls, read, sent } = yield* readDataset(launchTemplates.pinnedVersions, pinned())
      // One for all newest and default versions, one for version 3 and one for version 5.
      assert.strictEqual(calls["ec2:DescribeLaunchTemplateVersions"], 3)
      const asked = sent.flatMap(({ input }) =>
        input.Versions === undefined || input.Versions.length > 1
          ? []
          : [`${input.LaunchTemplateId ?? input.LaunchTemplateName} ${input.Versions[0]}`]
      )
      assert.deepStrictEqual(asked.sort(), ["lt-1 3", "lt-2-name 5"])
      assert.deepStrictEqual(
        valueOf(read).map(({ imageId }: launchTemplates.LaunchSpec) => imageId),
        ["ami-pinned-3", "ami-pinned-5"]
      )
      assert.isDefined(launchTemplates.pinnedVersions.costNote)
    })
  )

  const failing = (code: string) =>
    pinned({
      "ec2:DescribeLaunchTemplateVersions": ({ Versions }) => {
        if (Versions.includes("3")) throw awsFailure(code, "no", code === "UnauthorizedOperation" ? 403 : 400)
        return { LaunchTemplateVersions: [awsVersion("lt-x", Number(Versions[0]) || 9)] }
      }
    })

  it.effect("passes over a version that was deleted", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(
        launchTemplates.pinnedVersions,
        failing("InvalidLaunchTemplateId.VersionNotFound")
      )
      assert.isTrue(valueOf(read).every(({ version }: launchTemplates.TemplateVersion) => version !== 3))
    })
  )

  it.effect("has a gap where AWS refuses one, and keeps the others: the image of that version is in use", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(launchTemplates.pinnedVersions, failing("UnauthorizedOperation"))
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.strictEqual(read.gaps[0]?.operation, "ec2:DescribeLaunchTemplateVersions")
      const versions = read.value.map(({ version }: launchTemplates.TemplateVersion) => version)
      assert.include(versions, 5)
      assert.notInclude(versions, 3)
    })
  )
})

describe("launchTemplates", () => {
  it.effect("calls an answer malformed that lacks its list or what is launched", () =>
    Effect.gen(function* () {
      const { versions, fleets, spotFleets } = launchTemplates
      for (const [dataset, operation, answer] of [
        [versions, "ec2:DescribeLaunchTemplateVersions", {}],
        [
          versions,
          "ec2:DescribeLaunchTemplateVersions",
          { LaunchTemplateVersions: [{ LaunchTemplateId: "lt-1", VersionNumber: 1 }] }
        ],
        [fleets, "ec2:DescribeFleets", {}],
        [fleets, "ec2:DescribeFleets", { Fleets: [{ FleetId: "fleet-1", LaunchTemplateConfigs: [] }] }],
        [fleets, "ec2:DescribeFleets", { Fleets: [{ FleetId: "fleet-1", FleetState: "active" }] }],
        [spotFleets, "ec2:DescribeSpotFleetRequests", {}],
        [
          spotFleets,
          "ec2:DescribeSpotFleetRequests",
          { SpotFleetRequestConfigs: [{ SpotFleetRequestId: "sfr-1", SpotFleetRequestState: "active" }] }
        ]
      ] as const) {
        const { read } = yield* readDataset(dataset, { [operation]: () => answer })
        assert.match(read.ok ? "" : read.error.summary, / is missing/, JSON.stringify(answer))
      }
    })
  )
})

describe("launchTemplates.launchSpecs", () => {
  it.effect("has the gap of what it joins, and what was read of it", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(
        launchTemplates.launchSpecs,
        pinned({
          "ec2:DescribeFleets": ({ NextToken }) => {
            if (NextToken !== undefined) throw awsFailure("UnauthorizedOperation", "no", 403)
            return { Fleets: [], NextToken: "more" }
          }
        })
      )
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.strictEqual(read.gaps[0]?.operation, "ec2:DescribeFleets")
      assert.include(
        read.value.map(({ imageId }: launchTemplates.LaunchSpec) => imageId),
        "ami-lt-1-9"
      )
    })
  )

  it.effect("joins all that launches, and no launch configuration that no group names", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(launchTemplates.launchSpecs, pinned())
      assert.deepStrictEqual(
        valueOf(read).map(({ imageId, source }: launchTemplates.LaunchSpec) => `${source}: ${imageId}`),
        [
          "launch template lt-1 version 9: ami-lt-1-9",
          "launch template lt-1 version 1: ami-lt-1-1",
          "launch template lt-2 version 9: ami-lt-2-9",
          "launch template lt-2 version 1: ami-lt-2-1",
          "launch template lt-1 version 3: ami-pinned-3",
          "launch template lt-2-name version 5: ami-pinned-5",
          "launch configuration old: ami-old",
          "Auto Scaling group f: ami-override"
        ]
      )
      const old = valueOf(read).find(({ source }: launchTemplates.LaunchSpec) => source === "launch configuration old")
      assert.deepStrictEqual([old.snapshotIds, old.securityGroups], [["snap-old"], ["sg-old"]])
    })
  )
})

describe("launchTemplates.resolvedImage", () => {
  it.effect("asks for one version at a time where its parameter leads", () =>
    Effect.gen(function* () {
      const versions = [
        { templateId: "lt-1", version: 3 },
        { templateId: "lt-2", version: 1 }
      ]
      const { calls, readings, sent } = yield* readProbe(launchTemplates.resolvedImage, versions, {
        "ec2:DescribeLaunchTemplateVersions": ({ LaunchTemplateId }) => ({
          LaunchTemplateVersions: [
            awsVersion(LaunchTemplateId, 3, { ImageId: LaunchTemplateId === "lt-1" ? "ami-9" : "resolve:ssm:/golden" })
          ]
        })
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeLaunchTemplateVersions": 2 })
      assert.deepInclude(sent[0]?.input, { LaunchTemplateId: "lt-1", Versions: ["3"], ResolveAlias: true })
      assert.deepStrictEqual(
        readings.map((reading) => reading.known && reading.value),
        ["ami-9", undefined]
      )
    })
  )
})

describe("launchTemplates.templates", () => {
  const awsTemplate = (id: string, more: object = {}) => ({
    LaunchTemplateId: id,
    LaunchTemplateName: `${id}-name`,
    CreateTime: new Date("2024-02-03T00:00:00Z"),
    LatestVersionNumber: 3,
    ...more
  })

  it.effect("reads 401 templates in three calls, those of services included", () =>
    Effect.gen(function* () {
      const all = Array.from({ length: 401 }, (_, index) =>
        awsTemplate(
          `lt-${index}`,
          index === 0
            ? {
                CreatedBy: "arn:me",
                DefaultVersionNumber: 2,
                Operator: { Managed: true },
                Tags: [{ Key: "team", Value: "web" }]
              }
            : {}
        )
      )
      const { calls, read, sent } = yield* readDataset(launchTemplates.templates, {
        "ec2:DescribeLaunchTemplates": paged(all, "LaunchTemplates", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeLaunchTemplates": 3 })
      assert.isTrue(sent[0]?.input.IncludeManagedResources)
      const templates: ReadonlyArray<launchTemplates.LaunchTemplate> = valueOf(read)
      assert.strictEqual(templates.length, 401)
      assert.deepStrictEqual(templates[0], {
        arn: "arn:aws:ec2:eu-west-1:111111111111:launch-template/lt-0",
        id: "lt-0",
        name: "lt-0-name",
        createdAt: new Date("2024-02-03T00:00:00Z"),
        createdBy: "arn:me",
        latestVersion: 3,
        defaultVersion: 2,
        serviceManaged: true,
        tags: { team: "web" }
      })
      assert.deepInclude(templates[1], { createdBy: "", defaultVersion: 1, serviceManaged: false, tags: {} })
    })
  )

  it.effect("calls an answer without its list, or a template without its age, malformed", () =>
    Effect.gen(function* () {
      for (const answer of [{}, { LaunchTemplates: [awsTemplate("lt-1", { CreateTime: undefined })] }]) {
        const { read } = yield* readDataset(launchTemplates.templates, { "ec2:DescribeLaunchTemplates": () => answer })
        assert.isFalse(read.ok)
      }
    })
  )
})
