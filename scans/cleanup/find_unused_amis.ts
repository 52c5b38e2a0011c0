import { noSavings, sum } from "../../core/finding/savings.ts"
import { fastRestoreTerms, snapshotGb, snapshotTerms } from "../../core/pricing/snapshotStorage.ts"
import { daysBefore } from "../../core/time.ts"
import { optional } from "../../datasets/engine/Dataset.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as ec2Images from "../../datasets/aws/ec2Images.ts"
import * as launchTemplates from "../../datasets/aws/launchTemplates.ts"
import { nameOf } from "../../datasets/aws/tags.ts"
import {
  type DataOf,
  defineScan,
  flag,
  type JudgeContext,
  Setting,
  type SettingsOf,
  tooYoung,
  unknown
} from "../Scan.ts"

const settings = {
  minAgeDays: Setting.days(90, "Days since an image was made before it is reported"),
  notLaunchedDays: Setting.days(90, "Days without a launch before an image is reported"),
  keepNewestPerFamily: Setting.count(
    1,
    "Newest images to keep of each series whose names differ only in dates, numbers or hashes"
  ),
  includeShared: Setting.flag(false, "Also report images that other accounts may launch")
}

const reads = {
  images: ec2Images.images,
  snapshots: ec2.snapshots,
  instances: ec2.instances,
  launchSpecs: launchTemplates.launchSpecs,
  fastRestores: optional(ec2.fastRestoreZones)
}

type Data = DataOf<typeof reads>
type Context = JudgeContext<SettingsOf<typeof settings>>

/** `web-2026-01-05` and `web-2026-02-05-3fa9c1d` are one series: words with a digit are dates, numbers or hashes. */
const familyOf = ({ architecture, name }: ec2Images.Image): string =>
  [
    architecture,
    ...name
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter((word) => !/\d/.test(word))
  ].join(" ")

/** The newest images of every series. One image alone is no series, so nothing is kept for its sake. */
const newestOfFamilies = (images: ReadonlyArray<ec2Images.Image>, keep: number): ReadonlySet<string> =>
  new Set(
    [...Map.groupBy(images, familyOf).values()]
      .filter((family) => family.length > 1)
      .flatMap((family) => family.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime()).slice(0, keep))
      .map(({ id }) => id)
  )

/** The images that nothing in the lists uses, those with the most gigabytes first: the probes have a cap. */
const judgeUse = ({ images, instances, launchSpecs, snapshots }: Data, { now, settings }: Context) => {
  const own = images.filter(
    ({ backupService, state }) => backupService === undefined && (state === "available" || state === "disabled")
  )
  const used = new Set([
    ...instances.filter(({ state }) => state !== "terminated").map(({ imageId }) => imageId),
    ...launchSpecs.map(({ imageId }) => imageId)
  ])
  const kept = newestOfFamilies(own, settings.keepNewestPerFamily)
  const young = own.filter(({ createdAt }) => createdAt > daysBefore(now, settings.minAgeDays))
  const unused = own.filter(
    ({ createdAt, id, isPublic, lastLaunchedAt }) =>
      createdAt <= daysBefore(now, settings.minAgeDays) &&
      (lastLaunchedAt === undefined || lastLaunchedAt <= daysBefore(now, settings.notLaunchedDays)) &&
      !used.has(id) &&
      !kept.has(id) &&
      (settings.includeShared || !isPublic)
  )

  const snapshotById = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]))
  const uses = new Map<string, number>()
  for (const id of [...images, ...launchSpecs].flatMap(({ snapshotIds }) => [...new Set(snapshotIds)])) {
    uses.set(id, (uses.get(id) ?? 0) + 1)
  }
  const candidates = unused
    .map((image) => {
      const ids = [...new Set(image.snapshotIds)]
      const freed = ids.filter((id) => uses.get(id) === 1).flatMap((id) => snapshotById.get(id) ?? [])
      return { image, freed, shared: ids.filter((id) => (uses.get(id) ?? 0) > 1) }
    })
    .toSorted((a, b) => totalGb(b.freed) - totalGb(a.freed))
  return { candidates, young }
}

const totalGb = (snapshots: ReadonlyArray<ec2.Snapshot>) =>
  snapshots.reduce((gb, snapshot) => gb + snapshotGb(snapshot), 0)

export default defineScan({
  title: "Unused AMIs",
  why: "An image is free, but EBS bills the snapshots behind it for as long as the image is registered.",
  fix: "Deregister the image and delete its snapshots with it; disable it first if you are not sure.",
  docs: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/deregister-ami.html",
  scope: "regional",
  settings,
  reads,
  subjects: ["images"],
  probes: { references: ec2Images.imageReferences, permissions: ec2Images.launchPermissions },
  candidates: (data, context) => {
    const images = judgeUse(data, context).candidates.map(({ image }) => image)
    return { references: images, permissions: images.filter(({ isPublic }) => !isPublic) }
  },
  reasons: {
    unused: "No instance, group, launch template, fleet, parameter or recipe uses it, and it was not launched lately."
  },

  judge: function* ({ permissions, references, ...data }, context) {
    const { price, scope, settings } = context
    const { candidates, young } = judgeUse(data, context)
    for (const { id } of young) yield tooYoung(id)
    for (const { freed, image, shared } of candidates) {
      const referenced = references.get(image.id)
      const allowed = permissions.get(image.id)
      if (!referenced.known) {
        yield unknown(image.id, referenced.reason)
        continue
      }
      if (referenced.value.length > 0) continue
      if (!settings.includeShared && !allowed.known) {
        yield unknown(image.id, allowed.reason)
        continue
      }
      const others = allowed.known ? allowed.value.filter((id) => id !== scope.account) : []
      if (!settings.includeShared && others.length > 0) continue

      const restores = data.fastRestores
      const zones = (id: string) => restores?.get(id) ?? []
      const terms = [
        ...snapshotTerms(freed, price),
        ...fastRestoreTerms(
          freed.flatMap(({ id }) => zones(id)),
          price
        )
      ]
      yield flag({
        resource: {
          type: "ec2:image",
          id: image.id,
          arn: image.arn,
          name: image.name === "" ? nameOf(image.tags) : image.name,
          tags: image.tags
        },
        reason: "unused",
        savings:
          terms.length === 0
            ? noSavings("delete", "No snapshot would be freed with the image.")
            : sum("delete", terms, {
                basis: "upper_bound",
                note: "Snapshots are incremental: blocks that they share with other snapshots stay billed.",
                covers: freed.map(({ arn }) => arn)
              }),
        evidence: {
          createdAt: image.createdAt.toISOString(),
          lastLaunchedAt: image.lastLaunchedAt?.toISOString() ?? null,
          state: image.state,
          deprecatedFrom: image.deprecatedFrom ?? null,
          deregistrationProtection: image.deregistrationProtection,
          snapshots: freed.map((snapshot) => `${snapshot.id} ${snapshot.tier} ${Math.ceil(snapshotGb(snapshot))} GB`),
          snapshotsUsedElsewhere: shared,
          fastRestoreZones: restores === undefined ? null : freed.flatMap(({ id }) => zones(id)),
          sharedWith: image.isPublic ? ["all"] : allowed.known ? others : null,
          referencesChecked: [
            "instances",
            "Auto Scaling groups",
            "launch templates",
            "fleets",
            "SSM parameters",
            "Image Builder recipes"
          ]
        }
      })
    }
  }
})
