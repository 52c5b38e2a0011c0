import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type CommonSettings, type FindingDraft, judge, readsOf, taggedTypesOf } from "../../audit/judge.ts"
import { Prober } from "../../audit/Prober.ts"
import { AwsError, NotInRegion } from "../../core/aws/AwsError.ts"
import { known, type Reading, unknown as notKnown } from "../../core/Reading.ts"
import { ownerOf } from "../../core/store/Store.ts"
import type { Tags } from "../../datasets/aws/tags.ts"
import type { Dataset } from "../../datasets/engine/Dataset.ts"
import { dataset, whole } from "../../datasets/engine/Dataset.ts"
import { type Loaded, Reader } from "../../datasets/engine/Reader.ts"
import { DatasetCrashed } from "../../datasets/engine/ReadFailure.ts"
import { type Parents, resourceKind } from "../../datasets/engine/ResourceKind.ts"
import {
  ask,
  consider,
  defineScan,
  hygiene,
  inSet,
  type Judging,
  money,
  need,
  notice,
  type Scan,
  tooYoung,
  unknown,
  type Verdict
} from "../../scans/Scan.ts"
import { findingId } from "../../core/finding/findingId.ts"
import { noSavings, sum, term } from "../../core/finding/savings.ts"
import { memoryStore } from "../datasets/engine/store.ts"
import { account } from "../datasets/harness.ts"
import { contextOf } from "../scans/harness.ts"
import { failure, nightOf, noting, type Thing, thing, unasked } from "./probes.ts"

/** A resource of the tests: what the rule says of it stands in its name. */
interface Item {
  readonly arn: string
  readonly id: string
  readonly tags?: Readonly<Record<string, string>>
}

const item = (id: string, tags: Item["tags"] = {}): Item => ({ arn: `arn:${id}`, id, tags })
const kind = resourceKind<Item>({ type: "test:item", service: "Test", id: ({ id }) => id })

const listOf = (name: string, own: typeof kind | undefined = kind): Dataset<ReadonlyArray<Item>> =>
  dataset<ReadonlyArray<Item>>(name, {
    scope: "regional",
    operations: [],
    ...(own === undefined ? {} : { kind: own }),
    read: () => Effect.succeed(whole([]))
  })

const items = listOf("test.items")
const others = listOf("test.others", undefined)
const tagged = listOf(
  "test.tagged",
  resourceKind<Item>({ type: "test:item", service: "Test", tags: { tagging: ["test:item"] }, id: ({ id }) => id })
)

const price = { fact: "test", region: "eu-west-1", usd: 1, unit: "x", source: "test", asOf: "", confidence: "verified" }
const usd = (amount: number) => sum("delete", [term("thing", amount, "x", price as never)])

const flag = { reason: "idle" as const, savings: usd(10), evidence: {} }

/** A scan whose rule is given. */
const scanOf = (
  judge: (
    item: Item,
    others: any,
    tags: Reading<Tags>
  ) => Verdict<"idle" | "old"> | undefined | Judging<"idle" | "old">,
  more: Partial<Pick<Scan, "isOver" | "report" | "unhurried">> & {
    readonly subject?: typeof items
    readonly probes?: object
  } = {}
): Scan => {
  const { probes = {}, subject = items, ...rest } = more
  return defineScan({
    title: "",
    words: "",
    why: "",
    fix: "",
    docs: "",
    scope: "regional",
    settings: {},
    reads: { items: subject, others },
    subject: "items",
    probes: probes as never,
    reasons: { idle: "", old: "" },
    ...(rest as object),
    judge:
      ({ others }) =>
      (item, _, tags) =>
        judge(item as Item, others, tags) as never
  })
}

const read = (value: unknown, gaps: ReadonlyArray<AwsError> = [], inherited: ReadonlyArray<AwsError> = []): Loaded => ({
  ok: true,
  value,
  gaps,
  inherited
})

interface World {
  readonly items?: ReadonlyArray<Item> | Loaded
  readonly others?: Loaded
  readonly tags?: Loaded
  readonly night?: number
  readonly common?: Partial<CommonSettings>
  /** Refuses drafts, as the store does that would confirm by an answer of an earlier night. */
  readonly refuses?: (draft: FindingDraft) => boolean
  /** Items of which a finding is open that must be fresh. */
  readonly open?: ReadonlyArray<string>
  /** Default: `test`. */
  readonly category?: string
}

/** Judges through the runner, with a prober over the store that the test provides. */
const judged = Effect.fnUntraced(function* (scan: Scan, world: World = {}) {
  const context = contextOf(scan)
  const planned = { name: "test_scan", category: world.category ?? "test", scan, settings: context.settings }
  const taggedTypes = taggedTypesOf([planned])
  const listed = world.items ?? []
  const loadedOf = (key: string): Loaded =>
    key === "items"
      ? "ok" in listed
        ? listed
        : read(listed)
      : key === "others"
        ? (world.others ?? read([]))
        : (world.tags ?? read(new Map()))
  const byDataset = new Map(readsOf(planned, taggedTypes).map(([key, dataset]) => [dataset, loadedOf(key)]))
  const reader = Reader.of({
    load: (dataset) => Effect.succeed(byDataset.get(dataset) as Loaded),
    free: () => undefined
  })
  const drafts = new Map<string, FindingDraft>()
  let taken = 0
  const judgement = yield* judge(
    planned,
    context,
    { minMonthlySavingsUsd: 0, suppressTagKeys: [], ...world.common },
    taggedTypes,
    {
      freshOf: (ids) =>
        Effect.succeed(
          new Set(
            (world.open ?? []).flatMap((name) => {
              const { account, region } = context.scope
              const id = findingId(planned.name, account, region, `arn:${name}`)
              return ids.includes(id) ? [id] : []
            })
          )
        ),
      take: (batch) =>
        Effect.sync(() => {
          taken += batch.length
          const refused = batch.filter((draft) => draft.remembered && world.refuses?.(draft) === true)
          for (const draft of batch) if (!refused.includes(draft)) drafts.set(draft.resource.id, draft)
          return new Set(refused.map(({ id }) => id))
        })
    }
  ).pipe(
    Effect.provideService(Reader, reader),
    Effect.provideServiceEffect(Prober, Prober.make(nightOf(world.night ?? 0)))
  )
  return { ...judgement, drafts: [...drafts.values()], flagged: [...drafts.keys()].sort(), taken }
})

const withStore = Layer.merge(unasked, memoryStore)
const denied = failure("AccessDenied", 403)

describe("a resource whose ARN has characters that findings do not keep", () => {
  it.effect("is known by the ARN of its finding, so that nothing that is there is taken for gone", () =>
    Effect.gen(function* () {
      const hostile = item("web\u202e\u0007")
      const first = yield* judged(
        scanOf(() => money(flag)),
        { items: [hostile] }
      )
      const arn = first.drafts[0]?.resource.arn ?? ""
      assert.strictEqual(arn, "arn:web")
      assert.strictEqual(first.stateOf(arn), "flagged")
      const states = yield* Effect.forEach([unknown("no"), tooYoung, undefined], (verdict) =>
        Effect.map(
          judged(
            scanOf(() => verdict),
            { items: [hostile] }
          ),
          ({ stateOf }) => stateOf(arn)
        )
      )
      assert.deepStrictEqual(states, ["unknown", "tooYoung", "healthy"])
    }).pipe(Effect.provide(withStore))
  )
})

describe("a number that is none", () => {
  it.effect("is the scan's own crash, wherever it stands, and nothing that a store would refuse", () =>
    Effect.gen(function* () {
      const wrong = [
        money({ ...flag, evidence: { sizeGb: Number.NaN } }),
        money({ ...flag, savings: { ...flag.savings, monthlyUsd: Number.NaN } })
      ]
      const where = ["evidence.sizeGb is NaN", "savings.monthlyUsd is NaN"]
      for (const [at, verdict] of wrong.entries()) {
        const outcome = yield* judged(
          scanOf(() => verdict),
          { items: [item("a")] }
        )
        assert.deepStrictEqual([outcome.reason?.code, outcome.flagged], ["scan_crashed", []])
        assert.include(outcome.reason?.message ?? "", where[at] ?? "")
      }
    }).pipe(Effect.provide(withStore))
  )
})

describe("the tags of a resource", () => {
  const scan = scanOf(() => money(flag))

  it.effect("suppress it where what it is a part of has them, and leave it unknown where that is not told", () =>
    Effect.gen(function* () {
      const partOf = (tags: Parents["tags"]) =>
        listOf(
          "items",
          resourceKind<Item>({
            type: "test:item",
            service: "Test",
            id: ({ id }) => id,
            parents: { tags, of: ({ id }) => (id === "alone" ? [] : [`arn:of-${id}`]) }
          })
        )
      const parents = { "arn:of-a": { keep: "" }, "arn:of-b": { other: "" } }
      const listed = Object.entries(parents).map(([arn, tags]) => ({ arn, tags }))
      const parentList = listOf("test.parents")
      const members = ["a", "b", "c", "alone"].map((id) => item(id))
      const common = { suppressTagKeys: ["keep"] }
      for (const [tags, told, gapped] of [
        [{ tagging: ["test:parent"] }, read(new Map(Object.entries(parents))), read(new Map(), [denied])],
        [{ listed: () => parentList }, read(listed), read([], [denied])]
      ] as const) {
        const scan = scanOf(() => money(flag), { subject: partOf(tags) })
        const { counters, flagged } = yield* judged(scan, { items: members, tags: told, common })
        assert.deepStrictEqual([flagged, counters.suppressed], [["alone", "b", "c"], 1])
        const untold = yield* judged(scan, { items: members, tags: gapped, common })
        assert.deepStrictEqual([untold.flagged, untold.counters.unknown, untold.status], [["alone"], 3, "partial"])
        // Nobody is asked for the tags of what nothing is a part of.
        const alone = yield* judged(scan, { items: [item("alone")], tags: gapped, common })
        assert.deepStrictEqual([alone.flagged, alone.status], [["alone"], "complete"])
      }
    }).pipe(Effect.provide(withStore))
  )

  it.effect("suppress it where a key has one of the configured values", () =>
    Effect.gen(function* () {
      const common = { suppressTagKeys: ["keep"], suppressTags: { env: ["sandbox", "lab"], toString: ["x"] } }
      const items = [
        item("a", { env: "sandbox" }),
        item("b", { env: "production" }),
        item("c", { Env: "sandbox" }),
        item("d", { keep: "no" }),
        item("e", { env: "lab" })
      ]
      const { counters, flagged } = yield* judged(scan, { items, common })
      assert.deepStrictEqual([flagged, counters.suppressed], [["b", "c"], 3])
    }).pipe(Effect.provide(withStore))
  )

  it.effect("name its owner by the first configured key that has a value", () =>
    Effect.gen(function* () {
      const items = [
        item("a", { Owner: "ann", squad: "web" }),
        item("b", { Owner: "ann", squad: "" }),
        item("c", { owner: "not configured" })
      ]
      const { drafts } = yield* judged(scan, { items, common: { ownerTagKeys: ["squad", "Owner"] } })
      assert.deepStrictEqual(
        drafts.map((draft) => [draft.resource.owner, ownerOf(draft)]),
        [
          ["web", "web"],
          ["ann", "ann"],
          ["", undefined]
        ]
      )
      const standard = yield* judged(scan, { items })
      assert.deepStrictEqual(
        standard.drafts.map((draft) => [draft.resource.owner, ownerOf(draft)]),
        [
          [undefined, "ann"],
          [undefined, "ann"],
          [undefined, "not configured"]
        ]
      )
    }).pipe(Effect.provide(withStore))
  )
})

describe("a set", () => {
  it.effect(
    "is summed up over all that wait for it, and over nobody else, however many there are and in any order",
    () =>
      Effect.gen(function* () {
        const scan = scanOf(function* ({ id }) {
          const [set = "", quantity] = id.split("-")
          if (set === "odd") yield* need<number>({ known: false, reason: "odd" })
          const sum = yield* inSet(set, Number(quantity) / 10)
          return money({ ...flag, evidence: { ...sum } })
        })
        const ids = ["a-1", "a-2", "a-7", "b-3", "odd-9"]
        const many = Array.from({ length: 6000 }, (_, at) => `c${at % 2}-1-${at}`)
        for (const items of [ids, ids.toReversed(), [...many, ...ids]]) {
          const { drafts } = yield* judged(scan, { items: items.map((id) => item(id)) })
          const sums = new Map(drafts.map(({ evidence, resource }) => [resource.id, evidence]))
          assert.strictEqual(sums.size, items.length - 1)
          for (const id of ["a-1", "a-2", "a-7"]) assert.deepStrictEqual(sums.get(id), { members: 3, quantity: 1 })
          assert.deepStrictEqual(sums.get("b-3"), { members: 1, quantity: 0.3 })
          if (items.length > 10) assert.strictEqual(sums.get("c1-1-4001")?.["members"], 3000)
        }
      }).pipe(Effect.provide(withStore))
  )
})

describe("an outcome", () => {
  it.effect("names the resources that were not judged, fifty of them, and counts all", () =>
    Effect.gen(function* () {
      const scan = scanOf(({ id }) => (id.startsWith("y") ? tooYoung : unknown("CloudWatch was silent")))
      const few = yield* judged(scan, { items: [item("a"), item("y")] })
      assert.deepStrictEqual(few.unjudged, [
        { resource: "a", state: "unknown", why: "CloudWatch was silent" },
        { resource: "y", state: "tooYoung", why: "younger than the window" }
      ])
      const many = yield* judged(scan, { items: Array.from({ length: 60 }, (_, at) => item(`i${at}`)) })
      assert.strictEqual(many.unjudged.length, 50)
      assert.deepInclude(many.counters, { examined: 60, unknown: 60, flagged: 0, tooYoung: 0 })
    }).pipe(Effect.provide(withStore))
  )

  it.effect("that is complete says of every resource what became of it", () =>
    Effect.gen(function* () {
      const scan = scanOf(({ id }) =>
        id === "flagged" || id === "kept" || id === "small"
          ? money({ ...flag, savings: usd(id === "small" ? 1 : 10) })
          : id === "young"
            ? tooYoung
            : id === "odd"
              ? unknown("odd")
              : undefined
      )
      const list = [...["flagged", "small", "young", "odd", "fine"].map((id) => item(id)), item("kept", { keep: "" })]
      const common = { minMonthlySavingsUsd: 5, suppressTagKeys: ["keep"] }
      const outcome = yield* judged(scan, { items: list, common })
      assert.deepStrictEqual([outcome.status, outcome.reason, outcome.flagged], ["complete", null, ["flagged"]])
      assert.deepStrictEqual(
        ["flagged", "small", "young", "odd", "fine", "kept", "deleted"].map((id) => outcome.stateOf(`arn:${id}`)),
        ["flagged", "belowMinimum", "tooYoung", "unknown", "healthy", "suppressed", "gone"]
      )
      assert.deepStrictEqual(outcome.counters, {
        examined: 6,
        flagged: 1,
        tooYoung: 1,
        suppressed: 1,
        unknown: 1,
        belowMinimum: 1
      })
    }).pipe(Effect.provide(withStore))
  )

  it.effect("whose list is cut off is partial, judges what it has, and calls nothing gone", () =>
    Effect.gen(function* () {
      const scan = scanOf(({ id }) => (id === "idle" ? money(flag) : undefined))
      const outcome = yield* judged(scan, { items: read([item("idle"), item("fine")], [denied]) })
      assert.deepStrictEqual([outcome.status, outcome.flagged], ["partial", ["idle"]])
      assert.deepStrictEqual(
        ["idle", "fine", "other"].map((id) => outcome.stateOf(`arn:${id}`)),
        ["flagged", "healthy", "unknown"]
      )
    }).pipe(Effect.provide(withStore))
  )

  it.effect("of a list that never has everything calls nothing gone, and over what the scan says is over", () =>
    Effect.gen(function* () {
      const scan = scanOf(() => undefined, {
        isOver: () => (finding) => (finding.account === account ? known(true) : notKnown("not told"))
      })
      const outcome = yield* judged(scan, { items: [item("a")] })
      assert.deepStrictEqual([outcome.stateOf("arn:a"), outcome.stateOf("arn:b")], ["healthy", "unknown"])
      const found = (arn: string, own = account) => ({ account: own, resource: { arn }, evidence: {} }) as never
      assert.deepStrictEqual([found("arn:b"), found("arn:b", "222222222222"), found("arn:a")].map(outcome.isOver), [
        known(true),
        notKnown("not told"),
        known(false)
      ])
      const broken = yield* judged(scan, { items: read([item("a")], [denied]) })
      assert.deepStrictEqual(broken.isOver(found("arn:b")), known(false))
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is partial where evidence is missing, and unknown are exactly those that rest on it", () =>
    Effect.gen(function* () {
      const scan = scanOf(function* ({ id }, others) {
        if (id === "free") return money(flag)
        if (yield* need(others.some(({ id: other }: Item) => other === id))) return
        return money(flag)
      })
      const list = ["free", "used", "lost"].map((id) => item(id))
      const outcome = yield* judged(scan, { items: list, others: read([item("used")], [denied]) })
      assert.deepStrictEqual([outcome.status, outcome.flagged], ["partial", ["free"]])
      assert.deepStrictEqual(
        ["used", "lost"].map((id) => outcome.stateOf(`arn:${id}`)),
        ["healthy", "unknown"]
      )
      assert.deepStrictEqual(outcome.reason, {
        code: "denied_by_iam",
        message: denied.summary,
        operations: ["test:Describe"]
      })
      const whole = yield* judged(scan, { items: list, others: read([item("used")]) })
      assert.deepStrictEqual([whole.status, whole.flagged], ["complete", ["free", "lost"]])
    }).pipe(Effect.provide(withStore))
  )

  it.effect("names every call that was refused, once, and where it was if that is not the scope", () =>
    Effect.gen(function* () {
      const scan = scanOf(function* (_, others) {
        return (yield* need(others.some(() => true))) ? undefined : money(flag)
      })
      const at = (region: string, own = account, operation = "test:Describe") =>
        new AwsError({ operation, account: own, region, reason: denied.reason })
      const outcome = yield* judged(scan, {
        items: read([item("a")], [denied, at("us-east-1"), at("eu-central-1")]),
        others: read(
          [],
          [denied],
          [at("us-east-1"), at("us-east-1", "222222222222"), at("eu-west-1", account, "a:List")]
        )
      })
      assert.deepStrictEqual(outcome.reason, {
        code: "denied_by_iam",
        message:
          "test:Describe here and in 222222222222/us-east-1, eu-central-1, us-east-1: denied by IAM: a permission is missing",
        operations: ["a:List", "test:Describe"]
      })
      const elsewhere = yield* judged(scan, { items: [item("a")], others: read([], [], [at("us-east-1")]) })
      assert.strictEqual(
        elsewhere.reason?.message,
        "test:Describe in us-east-1: denied by IAM: a permission is missing"
      )
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is unavailable where the subject is not there, or what its items are joined with is incomplete", () =>
    Effect.gen(function* () {
      const scan = scanOf(() => money(flag))
      const crash = new DatasetCrashed("test.items", new Error("oops"))
      const worlds: ReadonlyArray<readonly [Loaded, string]> = [
        [{ ok: false, error: denied }, "denied_by_iam"],
        [read([item("a")], [], [denied]), "denied_by_iam"],
        [{ ok: false, error: crash }, "scan_crashed"]
      ]
      for (const [loaded, code] of worlds) {
        const outcome = yield* judged(scan, { items: loaded })
        assert.deepStrictEqual([outcome.status, outcome.reason?.code, outcome.flagged], ["unavailable", code, []])
        assert.strictEqual(outcome.stateOf("arn:a"), "unknown")
      }
    }).pipe(Effect.provide(withStore))
  )

  it.effect(
    "is not applicable where the region lacks the service, and complete where it lacks that of the evidence",
    () =>
      Effect.gen(function* () {
        const reason = new NotInRegion({ code: "NotInRegion", message: "it is not in eu-west-1" })
        const error = new AwsError({ operation: "test:List", account, region: "eu-west-1", reason })
        const scan = scanOf(function* (_, others) {
          return (yield* need(others.some(() => true))) ? undefined : money(flag)
        })
        const none = yield* judged(scan, { items: { ok: false, error } })
        assert.strictEqual(none.status, "not_applicable")
        const outcome = yield* judged(scan, { items: [item("a")], others: { ok: false, error } })
        assert.deepStrictEqual([outcome.status, outcome.flagged], ["complete", ["a"]])
      }).pipe(Effect.provide(withStore))
  )

  it.effect("says all that is missing, each once", () =>
    Effect.gen(function* () {
      const { probe } = noting()
      const refusal = failure("AccessDenied", 403)
      const scan = scanOf(
        function* ({ id }) {
          yield* need(yield* ask(probe, thing(id, { refusal })))
          return money(flag)
        },
        { probes: { probe } }
      )
      const throttled = failure("Throttling")
      const outcome = yield* judged(scan, {
        items: read([item("a"), item("b")], [throttled]),
        others: read([], [throttled])
      })
      assert.strictEqual(outcome.status, "partial")
      assert.deepStrictEqual(outcome.reason?.message.split("; ").sort(), [denied.summary, throttled.summary].sort())
      assert.strictEqual(outcome.counters.unknown, 2)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("of a rule that crashes is unavailable, and says so as a bug", () =>
    Effect.gen(function* () {
      const scan = scanOf(({ id }) => {
        if (id === "b") throw new Error("oops")
        return money(flag)
      })
      const outcome = yield* judged(scan, { items: [item("a"), item("b")] })
      assert.deepStrictEqual([outcome.status, outcome.reason?.code], ["unavailable", "scan_crashed"])
      assert.strictEqual(outcome.reason?.message, "test_scan crashed: oops. This is a bug; please report it.")
      assert.strictEqual(outcome.stateOf("arn:a"), "unknown")
      const { probe } = noting()
      const undeclared = scanOf(function* () {
        yield* ask(probe, thing("a"))
        return undefined
      })
      const asking = yield* judged(undeclared, { items: [item("a")] })
      assert.include(asking.reason?.message, "asked test.told without declaring it")
    }).pipe(Effect.provide(withStore))
  )
})

describe("a draft", () => {
  it.effect("is money, hygiene or a notice, and only money is dropped for being small", () =>
    Effect.gen(function* () {
      const note = "It is free."
      const scan = scanOf(({ id }) =>
        id === "risk"
          ? hygiene({ reason: "old", severity: "critical", note, evidence: {} })
          : id === "jump"
            ? notice({ reason: "old", severity: "low", note, evidence: {} })
            : money({ ...flag, savings: id === "untold" ? noSavings("delete", "no price") : usd(1) })
      )
      const list = ["risk", "jump", "small", "untold"].map((id) => item(id))
      const outcome = yield* judged(scan, { items: list, common: { minMonthlySavingsUsd: 2 } })
      assert.deepStrictEqual(
        outcome.drafts.map(({ kind, resource, savings, severity }) => [resource.id, kind, savings === null, severity]),
        [
          ["risk", "hygiene", true, "critical"],
          ["jump", "notice", true, "low"],
          ["untold", "money", false, "info"]
        ]
      )
      assert.strictEqual(outcome.counters.belowMinimum, 1)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("has each of its reasons once, in the order in which the scan declares them", () =>
    Effect.gen(function* () {
      const scan = scanOf(() => money({ ...flag, reason: ["old", "idle"] }))
      const { drafts } = yield* judged(scan, { items: [item("a")] })
      assert.deepStrictEqual(drafts[0]?.reasons, ["idle", "old"])
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is unproven where something could not be considered, and not where it could", () =>
    Effect.gen(function* () {
      const scan = scanOf(function* (_, others) {
        yield* consider(others.all)
        return money(flag)
      })
      const unproven = (world: World) =>
        Effect.map(judged(scan, { items: [item("a")], ...world }), ({ drafts }) => drafts[0]?.unproven)
      assert.isFalse(yield* unproven({}))
      assert.isTrue(yield* unproven({ others: read([], [denied]) }))
    }).pipe(Effect.provide(withStore))
  )

  it.effect("has the tags of the tagging API, which its rule is given", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const scan = scanOf(
        (_, __, tags) => {
          seen.push(tags)
          return money(flag)
        },
        { subject: tagged }
      )
      const run = (world: World) => judged(scan, { items: [item("a"), item("b")], ...world })
      const told = yield* run({ tags: read(new Map([["arn:a", { team: "shop" }]])) })
      assert.deepStrictEqual(seen.splice(0), [known({ team: "shop" }), known({})])
      assert.deepStrictEqual(told.drafts[0]?.resource.tags, { team: "shop" })
      const untold = yield* run({ tags: { ok: false, error: denied } })
      const notKnown = { known: false, reason: denied.summary }
      assert.deepStrictEqual(seen.splice(0), [notKnown, notKnown])
      assert.deepStrictEqual(
        untold.drafts.map(({ unproven }) => unproven),
        [true, true]
      )
      const byValue = yield* run({
        tags: { ok: false, error: denied },
        common: { suppressTagKeys: [], suppressTags: { env: ["sandbox"] } }
      })
      assert.deepStrictEqual([byValue.flagged, byValue.stateOf("arn:a")], [[], "unknown"])
      const suppressing = yield* run({ tags: { ok: false, error: denied }, common: { suppressTagKeys: ["keep"] } })
      assert.deepStrictEqual([suppressing.flagged, suppressing.stateOf("arn:a")], [[], "unknown"])
    }).pipe(Effect.provide(withStore))
  )
})

describe("what a rule asks", () => {
  const used = { identity: ({ version = "1" }: Thing) => version }

  /** Flags what the probe calls idle. `told` is what AWS says tonight. */
  const asking = (told: Readonly<Record<string, string>>, cap = 1000) => {
    const noted = noting({ cap, ...used })
    const scan = scanOf(
      function* ({ id }) {
        const state = yield* need(yield* ask(noted.probe, thing(id, { told: told[id] })))
        return state === "idle" ? money(flag) : undefined
      },
      { probes: { probe: noted.probe } }
    )
    return { ...noted, scan }
  }

  it.effect("is asked in one round for all resources, and may lead to another question", () =>
    Effect.gen(function* () {
      const first = noting({ name: "test.first", batchSize: 10 })
      const second = noting({ name: "test.second", batchSize: 10 })
      const scan = scanOf(
        function* ({ id }) {
          const told = yield* need(yield* ask(first.probe, thing(id)))
          if (told === "a") return
          yield* need(yield* ask(second.probe, thing(id)))
          return money(flag)
        },
        { probes: { first: first.probe, second: second.probe } }
      )
      const outcome = yield* judged(scan, { items: ["a", "b", "c"].map((id) => item(id)) })
      assert.deepStrictEqual(outcome.flagged, ["b", "c"])
      assert.deepStrictEqual([first.calls.length, second.calls], [1, [["b", "c"]]])
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is asked again before a finding is first confirmed by what an earlier night was told", () =>
    Effect.gen(function* () {
      const list = ["t1", "t2", "t3"].map((id) => item(id))
      const before = asking({ t1: "idle", t2: "idle", t3: "used" })
      yield* judged(before.scan, { items: list })
      const tonight = asking({ t1: "idle", t2: "used", t3: "used" })
      const outcome = yield* judged(tonight.scan, { items: list, night: 1, refuses: () => true })
      assert.deepStrictEqual([outcome.flagged, outcome.counters.flagged], [["t1"], 1])
      assert.deepStrictEqual(
        ["t1", "t2", "t3"].map((id) => outcome.stateOf(`arn:${id}`)),
        ["flagged", "healthy", "healthy"]
      )
      assert.deepStrictEqual(
        outcome.drafts.map(({ remembered, unproven }) => [remembered, unproven]),
        [[false, false]]
      )
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is remembered where nothing is confirmed by it, and costs no call", () =>
    Effect.gen(function* () {
      const list = Array.from({ length: 20 }, (_, at) => item(`t${at}`))
      const idle = Object.fromEntries(list.map(({ id }) => [id, "idle"]))
      yield* judged(asking(idle).scan, { items: list })
      const tonight = asking(idle)
      const outcome = yield* judged(tonight.scan, { items: list, night: 1 })
      assert.lengthOf(outcome.flagged, 20)
      assert.isBelow(tonight.calls.length, 8)
      assert.strictEqual(outcome.drafts.filter(({ remembered }) => remembered).length, 20 - tonight.calls.length)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is asked again where a finding is open, so that what was mended is gone the next morning", () =>
    Effect.gen(function* () {
      const ids = Array.from({ length: 20 }, (_, at) => `t${at}`)
      const list = ids.map((id) => item(id))
      const idle = Object.fromEntries(ids.map((id) => [id, "idle"]))
      yield* judged(asking(idle).scan, { items: list })
      const tonight = asking({ ...idle, t1: "used", t2: "used" })
      const outcome = yield* judged(tonight.scan, { items: list, night: 1, open: ids })
      assert.deepStrictEqual(
        ["t1", "t2", "t3"].map((id) => outcome.stateOf(`arn:${id}`)),
        ["healthy", "healthy", "flagged"]
      )
      assert.deepStrictEqual(tonight.ids(), ids.toSorted())
      assert.isFalse(outcome.drafts.some(({ evidence, remembered }) => remembered || "answeredOn" in evidence))
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is asked every night where it clears a risk, so that one that comes back is seen the next morning", () =>
    Effect.gen(function* () {
      const ids = Array.from({ length: 20 }, (_, at) => `t${at}`)
      const list = ids.map((id) => item(id))
      const used = Object.fromEntries(ids.map((id) => [id, "used"]))
      yield* judged(asking(used).scan, { items: list, category: "security" })
      const tonight = asking({ ...used, t7: "idle" })
      const outcome = yield* judged(tonight.scan, { items: list, night: 1, category: "security" })
      assert.deepStrictEqual([outcome.flagged, tonight.ids()], [["t7"], ids.toSorted()])
    }).pipe(Effect.provide(withStore))
  )

  it.effect("says how old an answer is that could not be asked for again, and lets the oldest go first", () =>
    Effect.gen(function* () {
      const ids = ["a", "b", "c", "d"]
      const list = ids.map((id) => item(id))
      const idle = Object.fromEntries(ids.map((id) => [id, "idle"]))
      yield* judged(asking(idle).scan, { items: list })
      const ages: Array<ReadonlyArray<unknown>> = []
      for (const night of [1, 2]) {
        const { drafts } = yield* judged(asking(idle, 2).scan, { items: list, night, open: ids })
        ages.push(drafts.map(({ evidence }) => evidence["answeredOn"] ?? "tonight").toSorted())
      }
      const [first, second] = [nightOf(0), nightOf(1)].map((night) => night.toISOString().slice(0, 10))
      assert.deepStrictEqual(ages, [
        [first, first, "tonight", "tonight"],
        [second, second, "tonight", "tonight"]
      ])
    }).pipe(Effect.provide(withStore))
  )

  it.effect("may be a week old of what nobody is in a hurry about, which says so every night alike", () =>
    Effect.gen(function* () {
      const noted = noting(used)
      const scan = scanOf(
        function* ({ id }) {
          yield* need(yield* ask(noted.probe, thing(id)))
          return hygiene({ ...flag, severity: "info", note: "" })
        },
        { probes: { probe: noted.probe }, unhurried: ["idle"] }
      )
      const list = Array.from({ length: 10 }, (_, at) => item(`t${at}`))
      const nights = []
      for (const night of [0, 1]) nights.push((yield* judged(scan, { items: list, night })).drafts)
      assert.isBelow(noted.calls.length, 16)
      for (const drafts of nights) {
        assert.deepStrictEqual(
          drafts.map(({ evidence }) => evidence["askedWithinDays"]),
          list.map(() => 7)
        )
      }
    }).pipe(Effect.provide(withStore))
  )

  it.effect("stays remembered also for an open finding where nobody can change it", () =>
    Effect.gen(function* () {
      const noted = noting({ ...used, isFixed: true })
      const scan = scanOf(
        function* ({ id }) {
          yield* need(yield* ask(noted.probe, thing(id)))
          return money(flag)
        },
        { probes: { probe: noted.probe } }
      )
      const ids = Array.from({ length: 10 }, (_, at) => `t${at}`)
      const list = ids.map((id) => item(id))
      yield* judged(scan, { items: list })
      const { drafts } = yield* judged(scan, { items: list, night: 1, open: ids })
      assert.isBelow(noted.calls.length, 16)
      assert.isFalse(drafts.some(({ remembered }) => remembered))
    }).pipe(Effect.provide(withStore))
  )

  it.effect("confirms nothing where it cannot be asked again tonight, and comes to an end", () =>
    Effect.gen(function* () {
      const list = ["a", "b", "c", "d"].map((id) => item(id))
      const idle = { a: "idle", b: "idle", c: "idle", d: "idle" }
      yield* judged(asking(idle).scan, { items: list })
      const outcome = yield* judged(asking(idle, 2).scan, { items: list, night: 1, refuses: () => true })
      assert.deepStrictEqual(outcome.flagged, ["a", "b", "c", "d"])
      assert.strictEqual(outcome.drafts.filter(({ unproven }) => unproven).length, 2)
      assert.strictEqual(outcome.counters.flagged, 4)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("makes exactly the resource unknown of which AWS does not tell, and the outcome partial", () =>
    Effect.gen(function* () {
      const { probe } = noting()
      const scan = scanOf(
        function* ({ id }) {
          yield* need(yield* ask(probe, thing(id, id === "b" ? { refusal: denied } : {})))
          return money(flag)
        },
        { probes: { probe } }
      )
      const outcome = yield* judged(scan, { items: ["a", "b", "c"].map((id) => item(id)) })
      assert.deepStrictEqual([outcome.status, outcome.flagged], ["partial", ["a", "c"]])
      assert.strictEqual(outcome.stateOf("arn:b"), "unknown")
      assert.deepStrictEqual(outcome.unjudged, [{ resource: "b", state: "unknown", why: denied.summary }])
    }).pipe(Effect.provide(withStore))
  )

  it.effect("has a limit, over which resources are unknown tonight and the outcome says so", () =>
    Effect.gen(function* () {
      const { scan } = asking({ a: "used", b: "used", c: "used" }, 2)
      const outcome = yield* judged(scan, { items: ["a", "b", "c"].map((id) => item(id)) })
      assert.deepStrictEqual([outcome.status, outcome.reason?.code], ["partial", "inspection_cap"])
      const states = ["a", "b", "c"].map((id) => outcome.stateOf(`arn:${id}`))
      assert.deepStrictEqual(states.sort(), ["healthy", "healthy", "unknown"])
    }).pipe(Effect.provide(withStore))
  )
})
