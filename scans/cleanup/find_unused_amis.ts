import { sum } from "../../core/finding/savings.ts"
import { fastRestoreTerms, shareOf, snapshotGb, snapshotTerms } from "../../core/pricing/snapshotStorage.ts"
import { all, map } from "../../core/Reading.ts"
import { daysBefore } from "../../core/time.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as ec2Images from "../../datasets/aws/ec2Images.ts"
import * as launchTemplates from "../../datasets/aws/launchTemplates.ts"
import { ask, defineScan, hygiene, money, need, Setting, tooYoung } from "../Scan.ts"
import { newestFirst } from "../shared/newestFirst.ts"

type Image = ec2Images.Image

const month =
  "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"

/** `5-jan-2026`, `05jan2026`, `2026-january-05`, `jan-2026`. */
const dateInWords = new RegExp(
  `(?<![a-z0-9])(?:\\d{1,4}[^a-z0-9]?${month}(?:[^a-z0-9]?\\d{1,4})?|${month}[^a-z0-9]?\\d{1,4})(?![a-z0-9])`,
  "g"
)

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** What builds of one image differ in. A word such as `node18` or `ubuntu22` says what the image is, and is none of these. */
const buildWords = [
  // Dates, versions and build numbers: `2026`, `01`, `20260105`, `v3`, `build412`, `rc1`.
  /^(?:v|ver|version|b|bld|build|r|rev|release|rc|alpha|beta)?\d+$/,
  // `20260105t0200z`.
  /^\d{6,8}t\d{4,6}z?$/,
  // Hashes of commits, also as `git describe` writes them. One without a digit would be taken for a word.
  /^g?(?=[a-f]*\d)[0-9a-f]{7,}$/
]

/** `web-2026-01-05` and `web-2026-02-05-3fa9c1d` are one series; `node18-web-2026-01-05` is another. */
const familyOf = ({ architecture, name }: Image): string =>
  [
    architecture,
    ...name
      .toLowerCase()
      .replace(uuid, "")
      .replace(dateInWords, "")
      .split(/[^a-z0-9]+/)
      .filter((word) => word !== "" && !buildWords.some((build) => build.test(word)))
  ].join(" ")

/** Newest first; those of one instant by their ids, so that the order of the list decides nothing. */
const byAge = newestFirst(({ createdAt }: Image) => createdAt)

/** Whether it is there, and the customer decides when it goes. */
const isOwn = ({ backupService, state }: Image): boolean =>
  backupService === undefined && (state === "available" || state === "disabled")

export default defineScan({
  title: "Unused AMIs",
  words: "old machine images",
  why: "An image is free, but EBS bills the snapshots behind it for as long as the image is registered.",
  fix: "Deregister the image and delete its snapshots with it; disable it first if you are not sure.",
  docs: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/deregister-ami.html",
  scope: "regional",
  leavesOut: [
    "The half of a snapshot that two unused images share, in the totals of one of them: each image claims its share, which is saved once the last of them goes."
  ],
  settings: {
    minAgeDays: Setting.days(90, "Days since an image was made before it is reported"),
    notLaunchedDays: Setting.days(90, "Days without a launch before an image is reported"),
    keepNewestPerFamily: Setting.count(
      1,
      "Newest images to keep of each series whose names differ only in dates, versions, build numbers or hashes"
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
    const imagesOf = images.by(({ snapshotIds }) => snapshotIds)
    const launchingOf = launchSpecs.by(({ snapshotIds }) => snapshotIds)
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

    const isYoung = ({ createdAt }: Image) => createdAt > daysBefore(now, settings.minAgeDays)

    /** The images that only together free a snapshot, all of them unused; undefined where anything else holds it. */
    function* freeing(snapshotId: string, asking: Image) {
      if (yield* need(launchingOf.has(snapshotId))) return undefined
      const owners = yield* need(imagesOf.all(snapshotId))
      for (const owner of owners) {
        if (owner.id === asking.id) continue
        if (!isOwn(owner) || isYoung(owner) || (yield* unusedBut(owner)) === undefined) return undefined
      }
      return owners.map(({ id }) => id).sort()
    }

    return function* (image) {
      if (!isOwn(image)) return
      if (isYoung(image)) return tooYoung
      const unused = yield* unusedBut(image)
      if (unused === undefined) return

      const held: Array<string> = []
      const freed: Array<{ readonly snapshot: ec2.Snapshot; readonly owners: ReadonlyArray<string> }> = []
      for (const id of new Set(image.snapshotIds)) {
        const owners = yield* freeing(id, image)
        const snapshot = owners === undefined ? undefined : yield* need(snapshotById.get(id))
        if (owners === undefined) held.push(id)
        // One that another account owns is not among the snapshots, and its owner pays for it.
        else if (snapshot !== undefined) freed.push({ snapshot, owners })
      }
      const restores = all(
        freed.map(({ owners, snapshot }) =>
          map(fastRestores.get(snapshot.id), (zones = []) => ({ zones, share: zones.length / owners.length }))
        )
      )
      const terms = [
        ...snapshotTerms(
          freed.map(({ owners, snapshot }) => shareOf(snapshot, owners.length)),
          price
        ),
        ...(restores.known
          ? fastRestoreTerms(
              restores.value.reduce((sum, { share }) => sum + share, 0),
              price
            )
          : [])
      ]
      const sharing = [...new Set(freed.flatMap(({ owners }) => owners))].filter((id) => id !== image.id).sort()
      const found = {
        reason: "unused",
        evidence: {
          createdAt: image.createdAt.toISOString(),
          lastLaunchedAt: image.lastLaunchedAt?.toISOString() ?? "none",
          state: image.state,
          deprecatedFrom: image.deprecatedFrom ?? "none",
          deregistrationProtection: image.deregistrationProtection,
          snapshots: freed.map(
            ({ snapshot }) => `${snapshot.id} ${snapshot.tier} ${Math.ceil(snapshotGb(snapshot))} GB`
          ),
          snapshotsUsedElsewhere: held,
          sharesSnapshotsWith: sharing,
          fastRestoreZones: restores.known ? restores.value.flatMap(({ zones }) => zones) : null,
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
          note: `Snapshots are incremental: blocks that they share with other snapshots stay billed.${
            sharing.length === 0
              ? ""
              : " Those shared with other unused images go with the last of them; this is one share."
          }`,
          // No more than one of the images that share a snapshot can contain its money.
          covers: freed.flatMap(({ owners, snapshot }) => (owners[0] === image.id ? snapshot.arn : []))
        })
      })
    }
  }
})
