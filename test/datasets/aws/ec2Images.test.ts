import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as ec2Images from "../../../datasets/aws/ec2Images.ts"
import { awsFailure, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const maxResults = { size: "MaxResults" }

const awsImage = (index: number, more: object = {}) => ({
  ImageId: `ami-${index}`,
  Name: `web-${index}`,
  CreationDate: "2026-01-01T00:00:00.000Z",
  State: "available",
  Architecture: "arm64",
  BlockDeviceMappings: [],
  ...more
})

const imagesFrom = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `ami-${index}` }))

describe("ec2Images.images", () => {
  it.effect("reads 2,001 own images in three calls, deprecated and disabled ones included", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 2001 }, (_, index) => awsImage(index))
      const { calls, read, sent } = yield* readDataset(ec2Images.images, {
        "ec2:DescribeImages": paged(items, "Images", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeImages": 3 })
      assert.strictEqual(valueOf(read).length, 2001)
      const { IncludeDeprecated, IncludeDisabled, MaxResults, Owners } = sent[0]?.input ?? {}
      assert.deepStrictEqual([Owners, IncludeDeprecated, IncludeDisabled, MaxResults], [["self"], true, true, 1000])
    })
  )

  it.effect("keeps what the rules judge", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(ec2Images.images, {
        "ec2:DescribeImages": () => ({
          Images: [
            awsImage(1, {
              LastLaunchedTime: "2026-06-01T00:00:00Z",
              DeprecationTime: "2028-01-01T00:00:00.000Z",
              DeregistrationProtection: "enabled-without-cooldown",
              Public: true,
              BlockDeviceMappings: [{ Ebs: { SnapshotId: "snap-1" } }, { VirtualName: "ephemeral0" }],
              Tags: [{ Key: "team", Value: "web" }]
            }),
            awsImage(2, { Name: "AwsBackup_i-1_41D1B139" }),
            awsImage(3, { Tags: [{ Key: "dlm:managed", Value: "true" }] })
          ]
        })
      })
      assert.deepStrictEqual(valueOf(read)[0], {
        arn: "arn:aws:ec2:eu-west-1::image/ami-1",
        id: "ami-1",
        name: "web-1",
        createdAt: new Date("2026-01-01T00:00:00Z"),
        lastLaunchedAt: new Date("2026-06-01T00:00:00Z"),
        state: "available",
        architecture: "arm64",
        isPublic: true,
        deprecatedFrom: "2028-01-01T00:00:00.000Z",
        deregistrationProtection: "enabled-without-cooldown",
        snapshotIds: ["snap-1"],
        backupService: undefined,
        tags: { team: "web" }
      })
      assert.deepStrictEqual(
        valueOf(read).map(({ backupService }: ec2Images.Image) => backupService),
        [undefined, "AWS Backup", "Data Lifecycle Manager"]
      )
    })
  )

  it.effect("calls an image without a creation date malformed: its age would be a guess", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(ec2Images.images, {
        "ec2:DescribeImages": () => ({ Images: [{ ImageId: "ami-1", State: "available" }] })
      })
      assert.match(read.ok ? "" : read.error.summary, /Images\[\]\.CreationDate is missing/)
    })
  )

  it.effect("calls an image without its devices malformed, and a list without images as well", () =>
    Effect.gen(function* () {
      for (const [answer, field] of [
        [{ Images: [awsImage(1, { BlockDeviceMappings: undefined })] }, "Images[].BlockDeviceMappings"],
        [{ Images: [awsImage(1, { LastLaunchedTime: "soon" })] }, "Images[].LastLaunchedTime"],
        [{}, "Images"]
      ] as const) {
        const { read } = yield* readDataset(ec2Images.images, { "ec2:DescribeImages": () => answer })
        assert.include(read.ok ? "" : read.error.summary, `${field} is`)
      }
    })
  )
})

describe("ec2Images.imageReferences", () => {
  const reference = (ImageId: string, ResourceType: string, Arn: string) => ({ ImageId, ResourceType, Arn })

  it.effect("asks about ten images in one call, of all types, and of templates the newest version only", () =>
    Effect.gen(function* () {
      assert.strictEqual(ec2Images.imageReferences.batchSize, 10)
      const { calls, readings, sent } = yield* readProbe(ec2Images.imageReferences, imagesFrom(10), {
        "ec2:DescribeImageReferences": () => ({
          ImageReferences: [
            reference("ami-3", "ssm:Parameter", "arn:aws:ssm:eu-west-1:111111111111:parameter/golden"),
            reference("ami-3", "ec2:LaunchTemplate", "arn:aws:ec2:eu-west-1:111111111111:launch-template/lt-1")
          ]
        })
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeImageReferences": 1 })
      const { ImageIds, IncludeAllResourceTypes, ResourceTypes } = sent[0]?.input ?? {}
      assert.strictEqual(ImageIds.length, 10)
      assert.isTrue(IncludeAllResourceTypes)
      assert.deepStrictEqual(ResourceTypes[0].ResourceTypeOptions[0].OptionValues, [
        "pending",
        "running",
        "stopping",
        "stopped"
      ])
      assert.deepStrictEqual(ResourceTypes[1].ResourceTypeOptions, [
        { OptionName: "version-depth", OptionValues: ["1"] }
      ])
      assert.strictEqual(readings.length, 10)
      assert.deepStrictEqual(
        readings[3],
        known([
          "ec2:LaunchTemplate arn:aws:ec2:eu-west-1:111111111111:launch-template/lt-1",
          "ssm:Parameter arn:aws:ssm:eu-west-1:111111111111:parameter/golden"
        ])
      )
      assert.deepStrictEqual(readings[4], known([]))
    })
  )

  it("is remembered, as the permissions are", () => {
    assert.strictEqual(ec2Images.imageReferences.identity?.({ id: "ami-1" }), "ami-1")
    assert.strictEqual(ec2Images.launchPermissions.identity?.({ id: "ami-1" }), "ami-1")
  })

  it.effect("collects the references of all pages", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 1500 }, (_, index) => reference("ami-0", "ec2:Instance", `arn-${index}`))
      const { calls, readings } = yield* readProbe(ec2Images.imageReferences, imagesFrom(1), {
        "ec2:DescribeImageReferences": paged(items, "ImageReferences", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeImageReferences": 2 })
      assert.strictEqual(readings[0]?.known === true ? readings[0].value.length : 0, 1500)
    })
  )

  it.effect("is not known when a later page fails: references that were not read are not absent", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(ec2Images.imageReferences, imagesFrom(1), {
        "ec2:DescribeImageReferences": ({ NextToken }) => {
          if (NextToken !== undefined) throw awsFailure("UnauthorizedOperation", "no", 403)
          return { ImageReferences: [], NextToken: "more" }
        }
      })
      assert.isFalse(readings[0]?.known)
    })
  )
})

describe("ec2Images.launchPermissions", () => {
  it.effect("takes one call for each image and names accounts, organisations and everyone", () =>
    Effect.gen(function* () {
      const organization = "arn:aws:organizations::111111111111:organization/o-1"
      const { calls, readings } = yield* readProbe(ec2Images.launchPermissions, imagesFrom(4), {
        "ec2:DescribeImageAttribute": ({ Attribute, ImageId }) => {
          assert.strictEqual(Attribute, "launchPermission")
          if (ImageId === "ami-0") return { LaunchPermissions: [] }
          if (ImageId === "ami-3") return {}
          return {
            LaunchPermissions:
              ImageId === "ami-1" ? [{ UserId: "222222222222" }, { OrganizationArn: organization }] : [{ Group: "all" }]
          }
        }
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeImageAttribute": 4 })
      assert.deepStrictEqual(readings.slice(0, 3), [known([]), known(["222222222222", organization]), known(["all"])])
      assert.isFalse(readings[3]?.known)
    })
  )
})

describe("ec2Images.imageById", () => {
  it.effect("asks about 200 images in a call, by a filter, and calls one that does not come back gone", () =>
    Effect.gen(function* () {
      const images = Array.from({ length: 201 }, (_, index) => ({ id: `ami-${index}` }))
      const { calls, readings, sent } = yield* readProbe(ec2Images.imageById, images, {
        "ec2:DescribeImages": ({ Filters }) => ({
          Images: Filters[0].Values.filter((id: string) => id !== "ami-1").map((ImageId: string) => ({
            ImageId,
            Name: "al2023",
            ImageOwnerAlias: "amazon",
            OwnerId: "137112412989",
            State: "Available",
            CreationDate: "2026-01-01T00:00:00.000Z",
            DeprecationTime: "2028-01-01T00:00:00.000Z",
            ...(ImageId === "ami-2" ? { ImageAllowed: false } : ImageId === "ami-3" ? { ImageAllowed: true } : {})
          }))
        })
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeImages": 2 })
      assert.deepInclude(sent[0]?.input, { IncludeDeprecated: true, IncludeDisabled: true })
      assert.isUndefined(sent[0]?.input.ImageIds)
      assert.deepStrictEqual(readings.slice(0, 2), [
        {
          known: true,
          value: {
            id: "ami-0",
            name: "al2023",
            owner: "amazon",
            createdAt: new Date("2026-01-01T00:00:00.000Z"),
            state: "available",
            deprecatedFrom: "2028-01-01T00:00:00.000Z",
            isLeftOut: false
          }
        },
        { known: true, value: null }
      ])
      assert.deepStrictEqual(
        readings.slice(2, 4).map((reading) => reading.known && reading.value?.isLeftOut),
        [true, false]
      )
    })
  )

  it.effect("tells whether Allowed AMIs are enforced, and not where EC2 does not say", () =>
    Effect.gen(function* () {
      const told = (State: string | undefined) =>
        readProbe(ec2Images.enforcesAllowedImages, [undefined], { "ec2:GetAllowedImagesSettings": () => ({ State }) })
      for (const [state, enforced] of [
        ["enabled", true],
        ["audit-mode", false],
        ["disabled", false]
      ] as const) {
        assert.deepStrictEqual((yield* told(state)).readings, [{ known: true, value: enforced }])
      }
      assert.isFalse((yield* told(undefined)).readings[0]?.known)
    })
  )

  it.effect("knows nothing of images whose answer has no state", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(ec2Images.imageById, [{ id: "ami-1" }], {
        "ec2:DescribeImages": () => ({ Images: [{ ImageId: "ami-1", CreationDate: "2026-01-01T00:00:00.000Z" }] })
      })
      assert.isFalse(readings[0]?.known)
    })
  )
})
