import { sum } from "../../core/finding/savings.ts"
import { fastRestoreTerms, snapshotGb, snapshotTerms } from "../../core/pricing/snapshotStorage.ts"
import { all } from "../../core/Reading.ts"
import { daysBefore } from "../../core/time.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as ec2Images from "../../datasets/aws/ec2Images.ts"
import * as launchTemplates from "../../datasets/aws/launchTemplates.ts"
import { lookupOf } from "../../datasets/engine/Evidence.ts"
import { ask, defineScan, hygiene, money, need, Setting, tooYoung } from "../Scan.ts"

type Image = ec2Images.Image

/** `web-2026-01-05` and `web-2026-02-05-3fa9c1d` are one series: words with a digit are dates, numbers or hashes. */
const familyOf = ({ architecture, name }: Image): string =>
  [
    architecture,
    ...name
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter((word) => !/\d/.test(word))
  ].join(" ")

/** Newest first; those of one instant by their ids, so that the order of the list decides nothing. */
const byAge = (a: Image, b: Image): number => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? -1 : 1)

/** Whether it is there, and the customer decides when it goes. */
const isOwn = ({ backupService, state }: Image): boolean =>
  backupService === undefined && (state === "available" || state === "disabled")

export default defineScan({
  title: "Unused AMIs",
  why: "An image is free, but EBS bills the snapshots behind it for as long as the image is registered.",
  fix: "Deregister the image and delete its snapshots with it; disable it first if you are not sure.",
  docs: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/deregister-ami.html",
  scope: "regional",
  settings: {
    minAgeDays: Setting.days(90, "Days since an image was made before it is reported"),
    notLaunchedDays: Setting.days(90, "Days without a launch before an image is reported"),
    keepNewestPerFamily: Setting.count(
      1,
      "Newest images to keep of each series whose names differ only in dates, numbers or hashes"
    ),
    includeShared: Setting.flag(false, "Also report images that other accounts may launch")
  },
  reads: {
    images: ec2Images.images,
    snapshots: ec2.snapshots,
    instances: ec2.instances,
    launchSpecs: launchTemplates.launchSpecs,
    fastRestores: ec2.fastRestoreZones
  },
  subject: "images",
  probes: { references: ec2Images.imageReferences, permissions: ec2Images.launchPermissions },
  reasons: {
    unused: "No instance, group, launch template, fleet, parameter or recipe uses it, and it was not launched lately."
  },

  judge: ({ fastRestores, images, instances, launchSpecs, snapshots }, { now, price, scope, settings }) => {
    const running = instances.filter(({ state }) => state !== "terminated").by(({ imageId }) => imageId)
    const launching = launchSpecs.by(({ imageId }) => imageId)
    const users = lookupOf([images, ({ snapshotIds }) => snapshotIds], [launchSpecs, ({ snapshotIds }) => snapshotIds])
    const snapshotById = snapshots.by(({ id }) => id)
    const own = images.filter(isOwn)
    const families = own.by(familyOf)
    const newer = new Map<string, number>()
    for (const family of Map.groupBy(own.found, familyOf).values()) {
      family.toSorted(byAge).forEach(({ id }, index) => newer.set(id, index))
    }

    /** Whether it is one of the newest of its series. One image alone is no series, so it is not kept for its sake. */
    function* isKept(image: Image) {
      if ((newer.get(image.id) ?? 0) >= settings.keepNewestPerFamily) return false
      return (yield* need(families.all(familyOf(image)))).length > 1
    }

    /** Who may launch an image that nothing uses besides its owner; undefined where something uses it. */
    function* unusedBut(image: Image) {
      const { id, isPublic, lastLaunchedAt } = image
      if (lastLaunchedAt !== undefined && lastLaunchedAt > daysBefore(now, settings.notLaunchedDays)) return undefined
      if (isPublic && !settings.includeShared) return undefined
      if (yield* need(running.has(id))) return undefined
      if (yield* need(launching.has(id))) return undefined
      if (yield* isKept(image)) return undefined
      if ((yield* need(yield* ask(ec2Images.imageReferences, image))).length > 0) return undefined
      if (isPublic) return { sharedWith: ["all"] }
      const allowed = yield* ask(ec2Images.launchPermissions, image)
      if (settings.includeShared && !allowed.known) return { sharedWith: null }
      const sharedWith = (yield* need(allowed)).filter((account) => account !== scope.account)
      return sharedWith.length === 0 || settings.includeShared ? { sharedWith } : undefined
    }

    return function* (image) {
      if (!isOwn(image)) return
      if (image.createdAt > daysBefore(now, settings.minAgeDays)) return tooYoung
      const unused = yield* unusedBut(image)
      if (unused === undefined) return

      const usersOf = new Map<string, number>()
      for (const id of new Set(image.snapshotIds)) usersOf.set(id, (yield* need(users.all(id))).length)
      const freed: Array<ec2.Snapshot> = []
      for (const [id, count] of usersOf) {
        // One that another account owns is not among them.
        const snapshot = count === 1 ? yield* need(snapshotById.get(id)) : undefined
        if (snapshot !== undefined) freed.push(snapshot)
      }
      const restores = all(freed.map(({ id }) => fastRestores.get(id)))
      const zones = restores.known ? restores.value.flatMap((zones) => zones ?? []) : []
      const terms = [...snapshotTerms(freed, price), ...fastRestoreTerms(zones, price)]
      const found = {
        reason: "unused",
        evidence: {
          createdAt: image.createdAt.toISOString(),
          lastLaunchedAt: image.lastLaunchedAt?.toISOString() ?? "none",
          state: image.state,
          deprecatedFrom: image.deprecatedFrom ?? "none",
          deregistrationProtection: image.deregistrationProtection,
          snapshots: freed.map((snapshot) => `${snapshot.id} ${snapshot.tier} ${Math.ceil(snapshotGb(snapshot))} GB`),
          snapshotsUsedElsewhere: [...usersOf].flatMap(([id, count]) => (count > 1 ? id : [])),
          fastRestoreZones: restores.known ? zones : null,
          sharedWith: unused.sharedWith,
          referencesChecked: [
            "instances",
            "Auto Scaling groups",
            "launch templates",
            "fleets",
            "SSM parameters",
            "Image Builder recipes"
          ]
        }
      } as const
      if (terms.length === 0) {
        return hygiene({ ...found, severity: "info", note: "No snapshot would be freed with the image." })
      }
      return money({
        ...found,
        savings: sum("delete", terms, {
          basis: "upper_bound",
          note: "Snapshots are incremental: blocks that they share with other snapshots stay billed.",
          covers: freed.map(({ arn }) => arn)
        })
      })
    }
  }
})
