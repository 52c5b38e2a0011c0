/** The account's own AMIs, and who uses them. */
import {
  DescribeImageAttributeCommand,
  DescribeImageReferencesCommand,
  DescribeImagesCommand,
  EC2Client,
  GetAllowedImagesSettingsCommand
} from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { arn } from "../../core/aws/arn.ts"
import { AwsTarget, complete, list, required, requiredDate, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { dataset, readOf } from "../engine/Dataset.ts"
import { onceProbe, probe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { backupServiceOf, paging } from "./ec2.ts"
import { nameOf, type Tags, tagsOf } from "./tags.ts"

const describeImages = listOperation(EC2Client, DescribeImagesCommand, "ec2:DescribeImages", "Images", {
  paging: paging(1000)
})

export interface Image {
  readonly arn: string
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  /** Of the last launch, in any account and a day late; undefined when there was none since April 2017. */
  readonly lastLaunchedAt: Date | undefined
  /** `available`, `disabled`, `pending`, … */
  readonly state: string
  readonly architecture: string
  readonly isPublic: boolean
  /** ISO instant after which it is hidden from new users. */
  readonly deprecatedFrom: string | undefined
  /** `disabled`, `enabled-with-cooldown` or `enabled-without-cooldown`. */
  readonly deregistrationProtection: string
  /** Of its block devices; empty for images that are kept in S3. */
  readonly snapshotIds: ReadonlyArray<string>
  /** The service that made it and decides when it goes; undefined when the customer does. */
  readonly backupService: string | undefined
  readonly tags: Tags
}

/** The account's own images, deprecated and disabled ones included, 1,000 a page. */
export const images = dataset<ReadonlyArray<Image>>("ec2Images.images", {
  // An image itself is free; what is billed are its snapshots.
  kind: resourceKind<Image>({
    type: "ec2:image",
    service: billedBy.ec2Other,
    id: ({ id }) => id,
    name: ({ name, tags }) => (name === "" ? nameOf(tags) : name)
  }),
  scope: "regional",
  operations: [describeImages],
  read: Effect.fnUntraced(function* () {
    const { region } = yield* AwsTarget
    const own = { Owners: ["self"], IncludeDeprecated: true, IncludeDisabled: true }
    return readOf(
      yield* list(describeImages, own, (images) =>
        images.map((image): Image => {
          const id = required(image.ImageId, "Images[].ImageId")
          const name = image.Name ?? ""
          const tags = tagsOf(image.Tags)
          return {
            // Image ARNs leave the account out.
            arn: arn("ec2", region, "", `image/${id}`),
            id,
            name,
            createdAt: requiredDate(image.CreationDate, "Images[].CreationDate"),
            lastLaunchedAt:
              image.LastLaunchedTime === undefined
                ? undefined
                : requiredDate(image.LastLaunchedTime, "Images[].LastLaunchedTime"),
            state: required(image.State, "Images[].State").toLowerCase(),
            architecture: image.Architecture ?? "",
            isPublic: image.Public ?? false,
            deprecatedFrom: image.DeprecationTime,
            deregistrationProtection: image.DeregistrationProtection ?? "disabled",
            snapshotIds: required(image.BlockDeviceMappings, "Images[].BlockDeviceMappings").flatMap(
              ({ Ebs }) => Ebs?.SnapshotId ?? []
            ),
            backupService: backupServiceOf(tags, name),
            tags
          }
        })
      )
    )
  })
})

/** An image, whoever owns it. */
export interface AnyImage {
  readonly id: string
  readonly name: string
  /** `amazon`, `aws-marketplace` or the id of an account. */
  readonly owner: string
  readonly createdAt: Date
  /** `available`, `disabled`, `pending`, … */
  readonly state: string
  /** ISO instant after which it is hidden from new users. */
  readonly deprecatedFrom: string | undefined
  /** Whether the account's Allowed AMIs leave it out, where they are enforced. An account's own images are never left out. */
  readonly isLeftOut: boolean
}

const getAllowedImages = operation(EC2Client, GetAllowedImagesSettingsCommand, "ec2:GetAllowedImagesSettings")

/**
 * Whether the account may launch only images that meet its criteria. In audit mode EC2 marks those that do not, and launches them.
 * Source: EC2 API reference, GetAllowedImagesSettings and Image, `ImageAllowed`.
 */
export const enforcesAllowedImages = onceProbe<undefined, boolean>({
  name: "ec2Images.enforcesAllowedImages",
  operations: [getAllowedImages],
  costNote: "One free call where an image is named that does not meet the criteria of Allowed AMIs.",
  read: () => send(getAllowedImages, {}, ({ State }) => required(State, "State").toLowerCase() === "enabled")
})

/** Filters take so many values. Source: EC2 API reference, "Filter". */
const valuesPerFilter = 200

/**
 * Images by their ids, those of others as well; null for one that is gone or that this account may not use any more. They are asked for by a
 * filter: named outright, one that is not there fails the whole call.
 */
export const imageById = probe<{ readonly id: string }, AnyImage | null>({
  name: "ec2Images.imageById",
  operations: [describeImages],
  cap: 10_000,
  batchSize: valuesPerFilter,
  costNote: "One free call tells of two hundred images that others own.",
  key: ({ id }) => id,
  read: (images) =>
    Effect.map(
      complete(
        list(
          describeImages,
          {
            Filters: [{ Name: "image-id", Values: images.map(({ id }) => id) }],
            IncludeDeprecated: true,
            IncludeDisabled: true
          },
          (found) =>
            found.map((image): AnyImage => ({
              id: required(image.ImageId, "Images[].ImageId"),
              name: image.Name ?? "",
              owner: image.ImageOwnerAlias?.toLowerCase() ?? image.OwnerId ?? "",
              createdAt: requiredDate(image.CreationDate, "Images[].CreationDate"),
              state: required(image.State, "Images[].State").toLowerCase(),
              deprecatedFrom: image.DeprecationTime,
              isLeftOut: image.ImageAllowed === false
            }))
        )
      ),
      (found) => {
        const byId = new Map(found.map((image) => [image.id, image]))
        return images.map(({ id }) => byId.get(id) ?? null)
      }
    )
})

/**
 * Answered by a service that looks into launch templates, parameters and recipes with the caller's own permissions.
 * Source: EC2 user guide, "Identify your resources referencing specified AMIs".
 */
const describeImageReferences = listOperation(
  EC2Client,
  DescribeImageReferencesCommand,
  "ec2:DescribeImageReferences",
  "ImageReferences",
  {
    paging: paging(1000),
    onBehalf: {
      service: "ec2-images.amazonaws.com",
      actions: [
        "ec2:DescribeInstances",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribeLaunchTemplateVersions",
        "ssm:DescribeParameters",
        "ssm:GetParameters",
        "imagebuilder:ListImageRecipes",
        "imagebuilder:ListContainerRecipes",
        "imagebuilder:GetContainerRecipe"
      ]
    }
  }
)

/** What refers to an image, as `type arn`: instances, launch templates, SSM parameters and Image Builder recipes. */
export const imageReferences = probe<{ readonly id: string }, ReadonlyArray<string>>({
  name: "ec2Images.imageReferences",
  operations: [describeImageReferences],
  cap: 1000,
  batchSize: 10,
  costNote: "AWS looks up the references to ten images at a time: one free call for every ten candidates.",
  key: ({ id }) => id,
  identity: ({ id }) => id,
  read: Effect.fnUntraced(function* (images) {
    const references = yield* complete(
      list(
        describeImageReferences,
        {
          ImageIds: images.map(({ id }) => id),
          IncludeAllResourceTypes: true,
          ResourceTypes: [
            {
              ResourceType: "ec2:Instance",
              ResourceTypeOptions: [
                { OptionName: "state-name", OptionValues: ["pending", "running", "stopping", "stopped"] }
              ]
            },
            // By default ten versions count, and an image that only old versions name would never be found.
            {
              ResourceType: "ec2:LaunchTemplate",
              ResourceTypeOptions: [{ OptionName: "version-depth", OptionValues: ["1"] }]
            }
          ]
        },
        (references) =>
          references.map(({ Arn, ImageId, ResourceType }) => ({
            imageId: required(ImageId, "ImageReferences[].ImageId"),
            by: `${ResourceType ?? "resource"} ${Arn ?? ""}`.trim()
          }))
      )
    )
    const byImage = Map.groupBy(references, ({ imageId }) => imageId)
    return images.map(({ id }) => (byImage.get(id) ?? []).map(({ by }) => by).sort())
  })
})

const describeImageAttribute = operation(EC2Client, DescribeImageAttributeCommand, "ec2:DescribeImageAttribute")

/** Who may launch an image besides its owner: account ids, ARNs of organisations and units, or `all`. */
export const launchPermissions = probe<{ readonly id: string }, ReadonlyArray<string>>({
  name: "ec2Images.launchPermissions",
  operations: [describeImageAttribute],
  cap: 1000,
  batchSize: 1,
  costNote: "AWS lists the permissions of one image at a time: one free call for each candidate.",
  key: ({ id }) => id,
  identity: ({ id }) => id,
  read: (images) =>
    Effect.forEach(images, ({ id }) =>
      send(describeImageAttribute, { Attribute: "launchPermission", ImageId: id }, ({ LaunchPermissions }) =>
        required(LaunchPermissions, "LaunchPermissions").map(
          ({ Group, OrganizationArn, OrganizationalUnitArn, UserId }) =>
            required(UserId ?? OrganizationArn ?? OrganizationalUnitArn ?? Group, "LaunchPermissions[].UserId")
        )
      )
    )
})
