import { assert, describe, it } from "@effect/vitest"
import type { ExpiryRule, Image, Replication, Repository } from "../../../datasets/aws/ecr.ts"
import scan from "../../../scans/containers/find_unused_ecr_images.ts"
import { daysAgo } from "../../datasets/harness.ts"
import * as fixtures from "../ecsFixtures.ts"
import { gap, judge } from "../harness.ts"

const gb = 2 ** 30
const uri = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop"

const repository = (more: Partial<Repository> = {}): Repository => ({
  arn: "arn:aws:ecr:eu-west-1:111111111111:repository/shop",
  name: "shop",
  uri,
  createdAt: daysAgo(900),
  ...more
})

const image = (digest: string, pushed: number, more: Partial<Image> = {}): Image => ({
  digest: `sha256:${digest}`,
  tags: [digest],
  bytes: gb,
  pushedAt: daysAgo(pushed),
  pulledAt: daysAgo(pushed - 1),
  isIndex: false,
  subject: undefined,
  archived: false,
  ...more
})

/** Ten images that stay because they are the newest. */
const newest = Array.from({ length: 10 }, (_, index) => image(`n${index}`, 20 + index))

const untagged = { tags: [] }

const expiry = (more: Partial<ExpiryRule> = {}): ExpiryRule => ({
  priority: 1,
  tagStatus: "untagged",
  tagPatterns: [],
  byAge: true,
  ...more
})

interface Options {
  readonly services?: unknown
  readonly tasks?: unknown
  readonly rules?: unknown
  readonly schedules?: unknown
  readonly functions?: unknown
  readonly clusters?: unknown
  readonly expiry?: ReadonlyArray<ExpiryRule> | null | undefined
  readonly caches?: ReadonlyArray<string> | undefined
  readonly replication?: Partial<Replication> | undefined
  readonly definition?: ReadonlyArray<string> | undefined
  readonly targets?: ReadonlyArray<object> | undefined
  readonly functionImage?: ReadonlyArray<string> | undefined
  readonly settings?: Readonly<Record<string, number | boolean>>
  readonly prices?: object
}

const run = (repositories: unknown, images: ReadonlyArray<Image> | undefined, options: Options = {}) => {
  const given = <K extends keyof Options, A>(key: K, otherwise: A) => (key in options ? options[key] : otherwise)
  return judge(
    scan,
    {
      repositories,
      services: options.services ?? [],
      tasks: options.tasks ?? [],
      rules: options.rules ?? [],
      schedules: options.schedules ?? [],
      functions: options.functions ?? [],
      clusters: options.clusters ?? []
    },
    {
      prices: { "ecr.storageGBMonth": 0.1, ...options.prices },
      answers: {
        images: () => images,
        expiry: () => given("expiry", []),
        caches: () => given("caches", []),
        replication: () => {
          const told = given("replication", {})
          return told === undefined ? undefined : { sources: [], untold: [], letsOthers: false, ...(told as object) }
        },
        definition: () => {
          const told = given("definition", [])
          return told === undefined ? undefined : { images: told }
        },
        targets: () => given("targets", []),
        functionImage: () => given("functionImage", [])
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )
}

const only = (images: ReadonlyArray<Image>, options: Options = {}) => {
  const { flags } = run([repository()], images, options)
  assert.strictEqual(flags.length, 1)
  return flags[0] as (typeof flags)[number]
}

const unusedOf = (images: ReadonlyArray<Image>, options: Options = {}) =>
  run([repository()], images, options).flags[0]?.evidence["unusedImages"] ?? 0

const old = [image("a", 200), image("b", 300, untagged)]

describe("find_unused_ecr_images", () => {
  it("prices images that nobody pulled and nothing names", () => {
    const flag = only([...newest, ...old])
    assert.deepInclude(flag, { kind: "money", confidence: "medium", severity: "low" })
    assert.deepStrictEqual(flag.reasons, ["unused_images"])
    assert.deepInclude(flag.savings, { monthlyUsd: 0.2, basis: "upper_bound", claim: "delete" })
    assert.match(flag.savings?.note ?? "", /layers/)
    assert.deepStrictEqual(flag.evidence, {
      images: 12,
      unusedImages: 2,
      untaggedUnused: 1,
      unusedGb: 2,
      archivedImages: 0,
      lastUse: "2026-05-05",
      lifecyclePolicy: "has one",
      everPulled: true,
      unused: ["a (sha256:a)", "sha256:b"],
      unusedDays: 90
    })
  })

  it("says that there is no lifecycle policy, also where all images are used", () => {
    assert.deepStrictEqual(only([...newest, ...old], { expiry: null }).reasons, [
      "unused_images",
      "no_lifecycle_policy"
    ])
    const tasks = [fixtures.task({ imageDigests: ["sha256:a", "sha256:b"] })]
    for (const flag of [only(newest, { expiry: null }), only([...newest, ...old], { expiry: null, tasks })]) {
      assert.deepInclude(flag, { kind: "hygiene", severity: "info", savings: null })
      assert.deepStrictEqual(flag.reasons, ["no_lifecycle_policy"])
    }
    assert.deepStrictEqual(run([repository()], newest, { expiry: [expiry({ byAge: false })] }).flagged, [])
    assert.deepStrictEqual(run([repository()], newest, { expiry: undefined }).unknown, ["shop"])
    // Nothing is in it that could stay.
    assert.deepStrictEqual(run([repository()], [], { expiry: null }).flagged, [])
  })

  it("leaves alone the newest, and what was pushed or pulled in the window", () => {
    assert.strictEqual(unusedOf(old), 0)
    assert.strictEqual(unusedOf([...newest, image("a", 200, { pulledAt: daysAgo(89) })]), 0)
    assert.strictEqual(unusedOf([...newest, image("a", 91, { pulledAt: undefined })]), 1)
    assert.strictEqual(unusedOf([...newest, image("a", 89, { pulledAt: undefined })]), 0)
  })

  it("leaves alone what tasks, definitions and functions name", () => {
    const images = [...newest, image("a", 200)]
    const tasks = [fixtures.task({ imageDigests: ["sha256:a"] }), fixtures.task({ images: [`${uri}:a`] })]
    for (const one of tasks) assert.strictEqual(unusedOf(images, { tasks: [one] }), 0)
    for (const name of [`${uri}:a`, `${uri}@sha256:a`]) {
      assert.strictEqual(unusedOf(images, { services: [fixtures.service()], definition: [name] }), 0)
      assert.strictEqual(unusedOf(images, { schedules: [fixtures.taskSchedule()], definition: [name] }), 0)
      const byRule = { rules: [fixtures.taskRule()], targets: [{ taskDefinitionArn: "arn:task" }] }
      assert.strictEqual(unusedOf(images, { ...byRule, definition: [name] }), 0)
      const functions = [{ packageType: "Image", name: "fn", arn: "arn:fn" }]
      assert.strictEqual(unusedOf(images, { functions, functionImage: [name] }), 0)
    }
    const others = [`${uri}:z`, `${uri}-2:a`, "other/shop:a"]
    assert.strictEqual(unusedOf(images, { services: [fixtures.service()], definition: others }), 1)
    assert.strictEqual(
      unusedOf([...newest, image("latest", 200)], { services: [fixtures.service()], definition: [uri] }),
      0
    )
    // Functions made from an archive have no image.
    assert.notInclude(
      run([repository()], images, { functions: [{ packageType: "Zip", name: "fn" }] }).asked.join(),
      "functionImage"
    )
  })

  it("leaves alone what the repository's own policy will expire by age", () => {
    const images = [...newest, ...old]
    assert.strictEqual(unusedOf(images, { expiry: [expiry()] }), 1)
    assert.strictEqual(unusedOf(images, { expiry: [expiry({ tagStatus: "any" })] }), 0)
    assert.strictEqual(unusedOf(images, { expiry: [expiry({ tagStatus: "any", byAge: false })] }), 2)
    assert.strictEqual(unusedOf(images, { expiry: [expiry({ tagStatus: "tagged", tagPatterns: ["a*"] })] }), 1)
    assert.strictEqual(unusedOf(images, { expiry: [expiry({ tagStatus: "tagged", tagPatterns: ["a*", "v*"] })] }), 2)
    for (const [pattern, count] of [
      ["a", 1],
      ["*", 1],
      ["*a", 1],
      ["*b*", 2],
      ["a*a", 2],
      ["b", 2]
    ] as const) {
      const rules = [expiry({ tagStatus: "tagged", tagPatterns: [pattern] })]
      assert.strictEqual(unusedOf(images, { expiry: rules }), count, pattern)
    }
    // The rule that comes first keeps an image from the next.
    const kept = [expiry({ priority: 2, tagStatus: "any" }), expiry({ byAge: false })]
    assert.strictEqual(unusedOf(images, { expiry: kept }), 1)
  })

  it("counts an index for nothing and its images once", () => {
    const pair = [
      image("i", 200, { isIndex: true, bytes: gb }),
      image("x86", 200.1, untagged),
      image("arm", 200.1, untagged)
    ]
    const flag = only([...newest, ...pair])
    assert.deepInclude(flag.evidence, { unusedImages: 3, unusedGb: 2 })
    // While the index is used, so are the images that were pushed with it.
    const used = pair.map((one) => (one.isIndex ? { ...one, pulledAt: daysAgo(3) } : one))
    assert.strictEqual(unusedOf([...newest, ...used]), 0)
    assert.strictEqual(unusedOf([...newest, ...used, image("later", 150, untagged)]), 1)
  })

  it("counts no part of an index among the newest", () => {
    const indexes = Array.from({ length: 10 }, (_, index) => [
      image(`i${index}`, 100 + index * 10, { isIndex: true }),
      image(`c${index}`, 100 + index * 10, untagged)
    ]).flat()
    assert.strictEqual(unusedOf(indexes), 0)
    assert.strictEqual(unusedOf([...indexes, image("a", 300)]), 1)
  })

  it("claims nothing of what may be a replica that nobody pulls from, and asks of no other", () => {
    const never = [...newest, ...old].map((one) => ({ ...one, pulledAt: undefined }))
    const { sources } = { sources: [{ region: "eu-central-1", prefixes: ["pay", "shop"] }] }
    const replica = (replication: Partial<Replication> | undefined) => run([repository()], never, { replication })
    assert.deepInclude(replica({ sources }).flags[0], { kind: "hygiene", severity: "info", savings: null })
    assert.deepStrictEqual(replica({ sources }).flags[0]?.evidence["replicaOf"], ["eu-central-1"])
    assert.strictEqual(replica({ sources: [{ region: "eu-central-1", prefixes: ["pay"] }] }).flags[0]?.kind, "money")
    assert.deepStrictEqual(replica({ letsOthers: true }).flags[0]?.evidence["replicaOf"], ["another account"])
    const denied = replica({ untold: ["ap-south-1"] }).flags[0]
    assert.deepStrictEqual(denied?.evidence["replicaOf"], ["one of the regions that do not tell: ap-south-1"])
    assert.strictEqual(replica({}).flags[0]?.kind, "money")
    assert.deepStrictEqual(replica(undefined).unknown, ["shop"])
    // One that is pulled from is judged by that.
    const used = run([repository()], [...newest, ...old], { replication: { sources } })
    assert.deepStrictEqual([used.flags[0]?.kind, used.asked.includes("replication registry")], ["money", false])
  })

  it("takes a signature with what it signs, and never by itself", () => {
    const signature = image("s", 200, { ...untagged, subject: "sha256:a", bytes: gb })
    assert.deepInclude(only([...newest, image("a", 200), signature]).evidence, { unusedImages: 1, unusedGb: 2 })
    assert.strictEqual(unusedOf([...newest, { ...signature, subject: "sha256:n0" }]), 0)
  })

  it("does not flag archived images", () => {
    assert.strictEqual(unusedOf([...newest, image("a", 200, { archived: true })]), 0)
    assert.deepInclude(only([...newest, ...old, image("z", 200, { archived: true })]).evidence, { archivedImages: 1 })
  })

  it("claims nothing of copies from elsewhere", () => {
    const cached = repository({ name: "docker-hub/nginx" })
    const { flags } = run([cached], [...newest, ...old], { caches: ["docker-hub"] })
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "info", savings: null })
    assert.strictEqual(
      run([repository({ name: "docker-hubs" })], [...newest, ...old], { caches: ["docker-hub"] }).flags[0]?.kind,
      "money"
    )
  })

  it("is less sure where nodes may keep images, or functions have versions", () => {
    const images = [...newest, ...old]
    assert.strictEqual(only(images, { clusters: ["shop"] }).confidence, "low")
    assert.strictEqual(only(images.map((one) => ({ ...one, pulledAt: undefined }))).confidence, "medium")
    const functions = [{ packageType: "Image", name: "fn", arn: "arn:fn" }]
    assert.strictEqual(only(images, { functions, functionImage: [`${uri}:z`] }).confidence, "low")
    assert.strictEqual(only(images, { functions, functionImage: ["other:z"] }).confidence, "medium")
  })

  it("does not judge a new repository, and asks nothing about it", () => {
    const { asked, tooYoung } = run([repository({ createdAt: daysAgo(89) })], old)
    assert.deepStrictEqual([asked, tooYoung], [[], ["shop"]])
  })

  it("does not know a repository of which something is not told", () => {
    const images = [...newest, ...old]
    const withService = { services: [fixtures.service()] }
    const without: ReadonlyArray<Options> = [
      { services: gap([]) },
      { tasks: gap([]) },
      { rules: gap([]) },
      { schedules: gap([]) },
      { functions: gap([]) },
      { clusters: gap([]) },
      { expiry: undefined },
      { caches: undefined },
      { ...withService, definition: undefined },
      { rules: [fixtures.taskRule()], targets: undefined },
      { functions: [{ packageType: "Image", name: "fn" }], functionImage: undefined }
    ]
    for (const options of without) {
      const judged = run([repository()], images, options)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["shop"]])
      assert.strictEqual(judged.stateOf(repository().arn), "unknown")
    }
    assert.deepStrictEqual(run([repository()], undefined).unknown, ["shop"])
  })

  it("gives no figure without a price", () => {
    const flag = only([...newest, ...old], { prices: { "ecr.storageGBMonth": undefined } })
    assert.deepInclude(flag.savings, { basis: "none", monthlyUsd: 0 })
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([], [])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.deepStrictEqual(run([repository()], []).flagged, [])
    assert.strictEqual(run(gap(), []).status, "unavailable")
    const partial = run(gap([repository()]), [...newest, ...old])
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["shop: unused_images"]])
    assert.strictEqual(partial.stateOf("arn:aws:ecr:eu-west-1:111111111111:repository/other"), "unknown")
  })

  it("follows its settings", () => {
    const images = [...newest, ...old]
    assert.strictEqual(unusedOf(images, { settings: { unusedDays: 250 } }), 1)
    assert.strictEqual(unusedOf(images, { settings: { keepNewest: 11 } }), 1)
    assert.strictEqual(unusedOf(images, { settings: { includeTagged: false } }), 1)
  })
})
