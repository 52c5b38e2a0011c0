import { bytesPerGib } from "../../core/bytes.ts"
import { oneDecimal } from "../../core/round.ts"
import { sum, term } from "../../core/finding/savings.ts"
import { daysBefore, isoDay, millisPerDay } from "../../core/time.ts"
import * as ecr from "../../datasets/aws/ecr.ts"
import * as ecs from "../../datasets/aws/ecs.ts"
import * as eks from "../../datasets/aws/eks.ts"
import * as eventbridge from "../../datasets/aws/eventbridge.ts"
import * as lambda from "../../datasets/aws/lambda.ts"
import * as scheduler from "../../datasets/aws/scheduler.ts"
import { ask, askAll, defineScan, hygiene, money, need, Setting, tooYoung } from "../Scan.ts"

/** Images that the evidence names; a repository may have thousands. */
const named = 50

/** Builds push the images of an index within a day of it, on several machines and then the index. */
const buildMillis = millisPerDay

const usedAt = ({ pulledAt, pushedAt }: ecr.Image): Date =>
  pulledAt !== undefined && pulledAt > pushedAt ? pulledAt : pushedAt

const newestFirst = (a: ecr.Image, b: ecr.Image): number =>
  b.pushedAt.getTime() - a.pushedAt.getTime() || (a.digest < b.digest ? -1 : 1)

/** Whether a tag is like a pattern, in which `*` stands for anything. */
const matches = (pattern: string, tag: string): boolean => {
  const [first = "", ...others] = pattern.split("*")
  const last = others.pop()
  if (last === undefined) return tag === pattern
  if (!tag.startsWith(first) || !tag.endsWith(last)) return false
  const end = tag.length - last.length
  let at = first.length
  for (const part of others) {
    const found = tag.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= end
}

const selects = ({ tagPatterns, tagStatus }: ecr.ExpiryRule, { tags }: ecr.Image): boolean =>
  tagStatus === "any" ||
  ((tagStatus === "untagged" ? tags.length === 0 : tags.length > 0) &&
    tagPatterns.every((pattern) => tags.some((tag) => matches(pattern, tag))))

/** Whether the repository's own policy will expire an image by its age: of the rules that select it, the first decides. */
const willExpire = (rules: ReadonlyArray<ecr.ExpiryRule>, image: ecr.Image): boolean =>
  rules.toSorted((a, b) => a.priority - b.priority).find((rule) => selects(rule, image))?.byAge === true

/** The tag or digest by which a name asks for an image of a repository; undefined where it is not one of it. */
const referenceIn = (uri: string, image: string): string | undefined => {
  if (!image.startsWith(uri)) return undefined
  const rest = image.slice(uri.length)
  if (rest === "") return "latest"
  const at = rest.indexOf("@")
  if (at >= 0) return rest.slice(at + 1)
  return rest.startsWith(":") ? rest.slice(1) : undefined
}

export default defineScan({
  title: "ECR images that nobody pulls",
  words: "container registry, old Docker images",
  why: "ECR bills every gigabyte of every image by the month until somebody deletes it.",
  fix: "Give the repository a lifecycle policy that expires untagged images and those that are not pulled. Look first whether clusters keep a copy of an image on their nodes, and whether the repository is a replica for another region.",
  docs: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html",
  leavesOut: [
    "images of a repository that may be a replica and that nobody ever pulled from: they are shown and not claimed, because pulls are counted where images come from."
  ],
  scope: "regional",
  settings: {
    unusedDays: Setting.days(90, "Days without a pull"),
    keepNewest: Setting.count(10, "Newest images of a repository that are left alone"),
    includeTagged: Setting.flag(true, "Also report images that have a tag")
  },
  reads: {
    repositories: ecr.repositories,
    services: ecs.services,
    tasks: ecs.tasks,
    rules: eventbridge.taskRules,
    schedules: scheduler.taskSchedules,
    functions: lambda.functions,
    clusters: eks.clusterNames
  },
  subject: "repositories",
  probes: {
    images: ecr.images,
    expiry: ecr.expiryRules,
    caches: ecr.cachePrefixes,
    replication: ecr.replication,
    definition: ecs.taskDefinition,
    targets: eventbridge.targets,
    functionImage: lambda.imageOf
  },
  reasons: {
    unused_images: "Images of the repository were not pulled for a long time, and nothing names them.",
    no_lifecycle_policy: "The repository has no lifecycle policy, so that its images stay for ever."
  },

  judge: (data, { now, price, settings }) => {
    const before = daysBefore(now, settings.unusedDays)
    const running = data.tasks.by(({ imageDigests, images }) => [...imageDigests, ...images])

    /** The names of images in task definitions that services, rules and schedules would start. */
    function* namedByDefinitions() {
      const definitions = new Set((yield* need(data.services.all)).flatMap(({ taskDefinitions }) => taskDefinitions))
      for (const { taskDefinition } of yield* need(data.schedules.all)) {
        if (taskDefinition !== undefined) definitions.add(taskDefinition)
      }
      for (const reading of yield* askAll(eventbridge.targets, yield* need(data.rules.all))) {
        for (const { taskDefinitionArn } of yield* need(reading)) {
          if (taskDefinitionArn !== undefined) definitions.add(taskDefinitionArn)
        }
      }
      const images = new Set<string>()
      for (const reading of yield* askAll(ecs.taskDefinition, [...definitions].sort())) {
        for (const image of (yield* need(reading)).images) images.add(image)
      }
      return images
    }

    /** The images that functions were made from. */
    function* namedByFunctions() {
      const functions = (yield* need(data.functions.all)).filter(
        ({ packageType }) => packageType.toLowerCase() === "image"
      )
      const images = new Set<string>()
      for (const reading of yield* askAll(lambda.imageOf, functions)) {
        for (const image of yield* need(reading)) images.add(image)
      }
      return images
    }

    return function* (repository) {
      const { createdAt, name, uri } = repository
      if (createdAt !== undefined && createdAt > before) return tooYoung
      const images = yield* need(yield* ask(ecr.images, repository))
      const active = images.filter(({ archived }) => !archived)
      const top = active.filter(({ subject }) => subject === undefined).sort(newestFirst)
      const indexes = top.filter(({ isIndex }) => isIndex)
      /** An untagged image that was pushed with an index is taken for a part of it: only a pull would tell. */
      const isWith = (some: ReadonlyArray<ecr.Image>, image: ecr.Image) =>
        !image.isIndex &&
        image.tags.length === 0 &&
        some.some(({ pushedAt }) => Math.abs(pushedAt.getTime() - image.pushedAt.getTime()) <= buildMillis)
      const newest = new Set(
        top
          .filter((image) => !isWith(indexes, image))
          .slice(0, settings.keepNewest)
          .map(({ digest }) => digest)
      )
      const isOld = (image: ecr.Image) => usedAt(image) <= before && !newest.has(image.digest)

      /** What is wrong with a repository of which no image is unused. */
      function* withoutUnused() {
        if (active.length === 0 || (yield* need(yield* ask(ecr.expiryRules, repository))) !== null) return
        return hygiene({
          reason: "no_lifecycle_policy",
          severity: "info",
          evidence: { images: images.length, archivedImages: images.length - active.length, lifecyclePolicy: "none" },
          note: "None of its images is unused tonight, and nothing will delete those that are one day."
        })
      }
      if (!top.some(isOld)) return yield* withoutUnused()

      const byFunctions = yield* namedByFunctions()
      const references = new Set(
        [...(yield* namedByDefinitions()), ...byFunctions].flatMap((image) => referenceIn(uri, image) ?? [])
      )
      const rules = yield* need(yield* ask(ecr.expiryRules, repository))
      const candidates: Array<ecr.Image> = []
      for (const image of top.filter(isOld)) {
        if (image.tags.length > 0 && !settings.includeTagged) continue
        const names = [image.digest, ...image.tags]
        if (names.some((each) => references.has(each))) continue
        let isRunning = yield* need(running.has(image.digest))
        for (const tag of image.tags) isRunning ||= yield* need(running.has(`${uri}:${tag}`))
        if (isRunning || (rules !== null && willExpire(rules, image))) continue
        candidates.push(image)
      }
      const gone = new Set(candidates.map(({ digest }) => digest))
      const kept = indexes.filter(({ digest }) => !gone.has(digest))
      // The images of an index that stays are as used as the index.
      const unused = candidates.filter((image) => !isWith(kept, image))
      // A signature goes with what it signs.
      const unusedDigests = new Set(unused.map(({ digest }) => digest))
      const artifacts = active.filter(({ subject }) => subject !== undefined && unusedDigests.has(subject))
      if (unused.length === 0) return yield* withoutUnused()

      // An index has no size of its own: ECR reports that of its largest image, which is listed as well.
      const bytes = [...unused, ...artifacts]
        .filter(({ isIndex }) => !isIndex)
        .reduce((sum, { bytes }) => sum + bytes, 0)
      const gigabytes = bytes / bytesPerGib
      const wasPulled = active.some(({ pulledAt }) => pulledAt !== undefined)
      const hasKubernetes = yield* need(data.clusters.all)
      const feedsFunctions = [...byFunctions].some((image) => referenceIn(uri, image) !== undefined)
      const found = {
        reason: rules === null ? (["unused_images", "no_lifecycle_policy"] as const) : "unused_images",
        evidence: {
          images: images.length,
          unusedImages: unused.length,
          untaggedUnused: unused.filter(({ tags }) => tags.length === 0).length,
          unusedGb: oneDecimal(gigabytes),
          archivedImages: images.length - active.length,
          lastUse: isoDay(new Date(unused.reduce((latest, image) => Math.max(latest, usedAt(image).getTime()), 0))),
          lifecyclePolicy: rules === null ? "none" : "has one",
          everPulled: wasPulled,
          unused: unused
            .slice(0, named)
            .map(({ digest, tags }) => (tags.length === 0 ? digest : `${[...tags].sort().join(", ")} (${digest})`)),
          unusedDays: settings.unusedDays
        }
      } as const
      const prefixes = yield* need(yield* ask(ecr.cachePrefixes, repository))
      if (prefixes.some((prefix) => prefix === "ROOT" || name.startsWith(`${prefix}/`))) {
        return hygiene({
          ...found,
          severity: "info",
          note: "It holds copies from elsewhere, and whoever pulls one again brings it back: nothing is claimed."
        })
      }
      // Replicas are pulled where they come from. One that is pulled from here is judged by that.
      const replicated = wasPulled ? undefined : yield* need(yield* ask(ecr.replication, undefined))
      const from = (replicated?.sources ?? []).flatMap(({ prefixes, region }) =>
        prefixes.some((prefix) => name.startsWith(prefix)) ? [region] : []
      )
      if (replicated !== undefined && (from.length > 0 || replicated.letsOthers || replicated.untold.length > 0)) {
        const where = [
          ...from,
          ...(replicated.letsOthers ? ["another account"] : []),
          ...(from.length === 0 && !replicated.letsOthers
            ? [`one of the regions that do not tell: ${replicated.untold.join(", ")}`]
            : [])
        ]
        return hygiene({
          ...found,
          severity: "info",
          evidence: { ...found.evidence, replicaOf: where },
          note: "Nobody ever pulled from it, and it may be a replica, which is pulled where it comes from: what is unused is claimed there, and nothing here."
        })
      }
      const savings = sum("delete", [term("image storage", gigabytes, "GB", price("ecr.storageGBMonth"))], {
        basis: "upper_bound",
        note: "Images of a repository share layers, which are billed once and stay as long as one of them does."
      })
      return money({
        ...found,
        // Nodes keep images, and versions of functions may have older images.
        confidence: hasKubernetes.length > 0 || feedsFunctions ? "low" : "medium",
        savings
      })
    }
  }
})
