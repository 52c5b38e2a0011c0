import { daysBefore, daysBetween, isoDay, startOfUtcDay } from "../../core/time.ts"
import * as autoscaling from "../../datasets/aws/autoscaling.ts"
import * as ec2Images from "../../datasets/aws/ec2Images.ts"
import * as eks from "../../datasets/aws/eks.ts"
import * as launchTemplates from "../../datasets/aws/launchTemplates.ts"
import { ask, defineScan, hygiene, need, Setting, unknown } from "../Scan.ts"
import { everySpec, launchSpecsOf } from "../shared/launches.ts"

/** EKS makes the groups of its node groups, and gives their image with the release of the node group. */
const nodeGroupTag = "eks:nodegroup-name"
const clusterTag = "eks:cluster-name"

/** The day in a release such as `1.33.5-20251016` or `1.33-2025.10.16`; undefined where it has none, as those of Bottlerocket. */
const releasedOn = (release: string): Date | undefined => {
  const [, year, month, day] = /-(20\d\d)\.?(0[1-9]|1[0-2])\.?([0-2]\d|3[01])$/.exec(release) ?? []
  return year === undefined ? undefined : new Date(`${year}-${month}-${day}T00:00:00Z`)
}

/** An image in one of these can still be launched, or will be. */
const usable: ReadonlyArray<string> = ["available", "pending"]

const isAlias = (imageId: string): boolean => imageId.startsWith("resolve:ssm:")

/** An image that is twice as old as it may be is worse than old. Source: shared/scans.md, the same scan. */
const veryOld = 2

export default defineScan({
  title: "Auto Scaling groups with old AMIs",
  words: "ASG, stale, deprecated or missing machine images",
  why: "What a group launches tomorrow comes from the image that it names: an old one lacks patches, and without one it cannot launch anything.",
  fix: "Build or choose a current image, make a new version of the launch template with it, and refresh the group's instances.",
  docs: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html",
  leavesOut: ["which image is the newest of its kind: the parameters in which AWS publishes it are not read."],
  scope: "regional",
  settings: {
    maxAmiAgeDays: Setting.days(90, "Days since its creation from which an image is old", { maximum: 400 }),
    includeZeroCapacity: Setting.flag(false, "Also report old and deprecated images of groups that want no instances")
  },
  reads: {
    groups: autoscaling.groups,
    images: ec2Images.images,
    versions: launchTemplates.versions,
    pinnedVersions: launchTemplates.pinnedVersions,
    launchConfigurations: autoscaling.launchConfigurations
  },
  subject: "groups",
  probes: {
    imageById: ec2Images.imageById,
    resolvedImage: launchTemplates.resolvedImage,
    enforced: ec2Images.enforcesAllowedImages,
    nodeGroups: eks.nodeGroups
  },
  reasons: {
    ami_missing:
      "It launches from an image that is gone, no longer shared with the account or left out of its Allowed AMIs, so that it cannot scale out.",
    ami_disabled: "It launches from an image that its owner has disabled, so that it cannot scale out.",
    ami_deprecated: "It launches from an image that its owner has deprecated.",
    ami_old: "It launches from an image that is older than it should be."
  },

  judge: ({ images, launchConfigurations, pinnedVersions, versions }, { now, scope, settings }) => {
    const specsOf = launchSpecsOf({ launchConfigurations, pinnedVersions, versions })
    const ownById = images.by(({ id }) => id)

    /** The image as it is now; null where it is gone. */
    function* imageOf(id: string) {
      const [own] = ownById.found(id)
      if (own === undefined) return yield* need(yield* ask(ec2Images.imageById, { id }))
      return { ...own, owner: scope.account, isLeftOut: false } satisfies ec2Images.AnyImage
    }

    const wantsInstances = ({ desiredCapacity }: autoscaling.AutoScalingGroup) =>
      desiredCapacity > 0 || settings.includeZeroCapacity

    /** The node group of EKS whose instances these are. */
    function* nodeGroupOf({ tags }: autoscaling.AutoScalingGroup) {
      const [cluster, name] = [tags[clusterTag], tags[nodeGroupTag]]
      if (cluster === undefined || name === undefined) return undefined
      return (yield* need(yield* ask(eks.nodeGroups, cluster))).find((own) => own.name === name)
    }

    /** What is as old as the release that EKS gives it, whatever the copy of a template names. */
    const byRelease = (group: autoscaling.AutoScalingGroup, { name, releaseVersion = "", version }: eks.NodeGroup) => {
      if (!wantsInstances(group)) return undefined
      const releasedAt = releasedOn(releaseVersion)
      if (releasedAt === undefined) return unknown(`no day is told of the release of its node group: ${releaseVersion}`)
      const ageDays = daysBetween(releasedAt, startOfUtcDay(now))
      if (ageDays <= settings.maxAmiAgeDays) return undefined
      return hygiene({
        reason: "ami_old",
        severity: ageDays > veryOld * settings.maxAmiAgeDays ? "medium" : "low",
        note: "A newer release costs the same: it is a risk, and nothing is saved.",
        evidence: {
          cluster: group.tags[clusterTag] ?? null,
          nodeGroup: name,
          kubernetes: version,
          release: releaseVersion,
          releasedOn: isoDay(releasedAt),
          desiredCapacity: group.desiredCapacity,
          minimumSize: group.minSize,
          maximumSize: group.maxSize
        }
      })
    }

    return function* (group) {
      const { desiredCapacity, launchConfiguration, maxSize, minSize } = group
      if (group.serviceManaged || group.goesAway) return
      if (Object.hasOwn(group.tags, nodeGroupTag)) {
        const nodeGroup = yield* nodeGroupOf(group)
        if (nodeGroup === undefined) return
        // One with an image of its owner's says which, and is judged as any other.
        if (nodeGroup.releaseVersion?.startsWith("ami-") !== true) return byRelease(group, nodeGroup)
      }

      const launched = specsOf(group)
      for (const { from, specs } of launched.launches) {
        if ((yield* need(specs)).length === 0) return unknown(`its ${from} does not exist`)
      }
      const ids = new Set<string>()
      for (const spec of yield* need(everySpec(launched))) {
        if (spec.imageId === undefined || spec.imageId === "") continue
        if (!isAlias(spec.imageId)) ids.add(spec.imageId)
        else {
          const version = spec as launchTemplates.TemplateVersion
          const resolved = yield* need(yield* ask(launchTemplates.resolvedImage, version))
          if (resolved === undefined) return unknown(`${spec.imageId} leads to no image`)
          ids.add(resolved)
        }
      }
      for (const imageId of group.imageIds) {
        if (isAlias(imageId)) return unknown(`EC2 does not tell where ${imageId} of its mixed instances policy leads`)
        ids.add(imageId)
      }
      if (ids.size === 0) return unknown("nothing that it launches from names an image")

      const missing: Array<string> = []
      const notAllowed: Array<string> = []
      const found: Array<ec2Images.AnyImage> = []
      for (const id of [...ids].sort()) {
        const image = yield* imageOf(id)
        if (image === null || (image.state !== "disabled" && !usable.includes(image.state))) missing.push(id)
        else if (image.isLeftOut && (yield* need(yield* ask(ec2Images.enforcesAllowedImages, undefined))))
          notAllowed.push(id)
        else found.push(image)
      }
      const isOlderThan = (days: number) => (image: ec2Images.AnyImage) => image.createdAt < daysBefore(now, days)
      const disabled = found.filter(({ state }) => state === "disabled")
      const wants = wantsInstances(group)
      const deprecated = wants
        ? found.filter(({ deprecatedFrom }) => deprecatedFrom !== undefined && new Date(deprecatedFrom) <= now)
        : []
      const old = wants ? found.filter(isOlderThan(settings.maxAmiAgeDays)) : []
      const [first, ...others] = [
        ...(missing.length + notAllowed.length > 0 ? (["ami_missing"] as const) : []),
        ...(disabled.length > 0 ? (["ami_disabled"] as const) : []),
        ...(deprecated.length > 0 ? (["ami_deprecated"] as const) : []),
        ...(old.length > 0 ? (["ami_old"] as const) : [])
      ]
      if (first === undefined) return
      return hygiene({
        reason: [first, ...others],
        severity:
          first === "ami_missing"
            ? desiredCapacity > 0
              ? "critical"
              : "high"
            : first !== "ami_old" || old.some(isOlderThan(veryOld * settings.maxAmiAgeDays))
              ? "medium"
              : "low",
        note: "A newer image costs the same: it is a risk, and nothing is saved.",
        evidence: {
          launchesFrom: launched.launches.map(({ from }) => from),
          // AWS makes no new ones, and takes no new types into those that there are.
          launchConfiguration: launchConfiguration ?? "none",
          images: found.map(
            ({ createdAt, id, name, owner }) => `${id} (${name}) of ${owner}, made on ${isoDay(createdAt)}`
          ),
          missingImages: missing,
          imagesNotAllowed: notAllowed,
          disabledImages: disabled.map(({ id }) => id),
          deprecatedImages: deprecated.map(({ id }) => id),
          desiredCapacity,
          minimumSize: minSize,
          maximumSize: maxSize
        }
      })
    }
  }
})
