import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { payerRegion } from "../../../core/Scope.ts"
import * as allocation from "../../../datasets/billing/allocation.ts"
import { comparedWindow } from "../../../datasets/billing/billing.ts"
import type { Loaded } from "../../../datasets/engine/Reader.ts"
import { awsFailure, paged, readDataset, valueOf } from "../harness.ts"

const tagOf = (read: Loaded) => (!read.ok && read.error._tag === "AwsError" ? read.error.reason._tag : "none")

const tags = "ce:ListCostAllocationTags"
const names = "ce:GetCostCategories"
const ce = "ce:GetCostAndUsage"

const tag = (TagKey: string, LastUsedDate?: string, Type = "UserDefined") => ({
  TagKey,
  Type,
  Status: "Active",
  ...(LastUsedDate === undefined ? {} : { LastUsedDate })
})

const window = comparedWindow("", "", true)

const denied = () => {
  throw awsFailure("AccessDeniedException", "no", 403)
}

const row = (value: string, recordType: string, Amount: string) => ({
  Keys: [value, recordType],
  Metrics: { AmortizedCost: { Amount, Unit: "USD" } }
})

const costs = ({ GroupBy }: any) => ({
  ResultsByTime: [
    {
      TimePeriod: { Start: "2026-10-01", End: "2026-11-01" },
      Groups: [row(`${GroupBy[0].Key}$shop`, "Usage", "70.5"), row(`${GroupBy[0].Key}$`, "Usage", "30")]
    }
  ]
})

const answers = {
  [tags]: () => ({
    CostAllocationTags: [tag("Owner", "2026-11-01"), tag("Team"), tag("aws:createdBy", "2026-11-01", "AWSGenerated")]
  }),
  [names]: () => ({ CostCategoryNames: ["Products"], ReturnSize: 1, TotalSize: 1 }),
  [ce]: costs
}

describe("allocation.activeTags", () => {
  it.effect("reads 1,500 tags in two calls, each of which is charged", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 1500 }, (_, index) => tag(`key-${index}`))
      const pages = paged(many, "CostAllocationTags", { size: "MaxResults" })
      const { calls, read, sent } = yield* readDataset(allocation.activeTags([]), { [tags]: pages }, payerRegion)
      assert.deepStrictEqual([calls, valueOf(read).length], [{ [tags]: 2 }, 1500])
      assert.deepStrictEqual(sent[0]?.input, { Status: "Active", MaxResults: 1000 })
      assert.strictEqual(allocation.activeTags([]).operations[0]?.paid?.usd({}), 0.01)
      assert.deepStrictEqual(valueOf(read)[0], { key: "key-0", isByAws: false, lastUsed: "" })
    })
  )

  it.effect("calls an answer without the list, a key or a type malformed", () =>
    Effect.gen(function* () {
      for (const page of [
        {},
        { CostAllocationTags: [{ ...tag("Owner"), TagKey: undefined }] },
        { CostAllocationTags: [{ ...tag("Owner"), Type: undefined }] }
      ]) {
        const { read } = yield* readDataset(allocation.activeTags([]), { [tags]: () => page }, payerRegion)
        assert.strictEqual(tagOf(read), "Malformed")
      }
    })
  )
})

describe("allocation.keysOf", () => {
  const known = [
    { key: "b", isByAws: false, lastUsed: "2026-11-01" },
    { key: "a", isByAws: false, lastUsed: "2026-11-01" },
    { key: "old", isByAws: false, lastUsed: "" },
    { key: "aws:x", isByAws: true, lastUsed: "2026-11-01" }
  ]

  it("takes those that people made and used last, and of AWS's own only what is named", () => {
    assert.deepStrictEqual(allocation.keysOf(known, [], 10), ["a", "b", "old"])
    assert.deepStrictEqual(allocation.keysOf(known, [], 2), ["a", "b"])
    assert.deepStrictEqual(allocation.keysOf(known, ["aws:x", "none", "aws:x", "old"], 1), ["aws:x", "old"])
  })
})

describe("allocation.allocated", () => {
  it.effect("asks once for each tag and category over two months, with kinds of charges apart", () =>
    Effect.gen(function* () {
      const all = allocation.allocated([], 10, true, "AmortizedCost", window)
      const { calls, read, sent } = yield* readDataset(all, answers, payerRegion)
      assert.deepStrictEqual(calls, { [tags]: 1, [names]: 1, [ce]: 3 })
      const asked = sent.filter(({ operation }) => operation.name === "GetCostAndUsage").map(({ input }) => input)
      assert.deepStrictEqual(asked[0], {
        TimePeriod: { Start: "2026-09-01", End: "2026-11-01" },
        Granularity: "MONTHLY",
        Metrics: ["AmortizedCost"],
        GroupBy: [
          { Type: "TAG", Key: "Owner" },
          { Type: "DIMENSION", Key: "RECORD_TYPE" }
        ]
      })
      assert.deepStrictEqual(
        asked.map(({ GroupBy }) => [GroupBy[0].Type, GroupBy[0].Key]),
        [
          ["TAG", "Owner"],
          ["TAG", "Team"],
          ["COST_CATEGORY", "Products"]
        ]
      )
      assert.deepStrictEqual(valueOf(read)[0], {
        by: "tag",
        key: "Owner",
        value: "shop",
        recordType: "Usage",
        start: "2026-10-01",
        amount: 70.5,
        currency: "USD",
        estimated: false
      })
      assert.strictEqual(valueOf(read)[1].value, "")
    })
  )

  it.effect("asks for named tags that are active, without categories where those are not wanted", () =>
    Effect.gen(function* () {
      const some = allocation.allocated(["Team", "Gone"], 10, false, "AmortizedCost", window)
      const { calls } = yield* readDataset(some, answers, payerRegion)
      assert.deepStrictEqual(calls, { [tags]: 1, [ce]: 1 })
      const capped = allocation.allocated([], 1, false, "AmortizedCost", window)
      assert.strictEqual((yield* readDataset(capped, answers, payerRegion)).calls[ce], 1)
    })
  )

  it.effect("keeps dollars in keys and values", () =>
    Effect.gen(function* () {
      const key = { [tags]: () => ({ CostAllocationTags: [tag("cost$")] }) }
      const group = () => ({
        ResultsByTime: [
          { TimePeriod: { Start: "2026-10-01" }, Groups: [row("cost$$a$b", "Usage", "1"), row("cost$$", "Usage", "1")] }
        ]
      })
      const one = allocation.allocated([], 10, false, "AmortizedCost", window)
      const { read } = yield* readDataset(one, { ...key, [ce]: group }, payerRegion)
      assert.deepStrictEqual(
        valueOf(read).map(({ value }: allocation.Allocated) => value),
        ["a$b", ""]
      )
    })
  )

  it.effect("keeps what was told where one key or the categories are refused, and fails where all are", () =>
    Effect.gen(function* () {
      const all = allocation.allocated([], 10, true, "AmortizedCost", window)
      const one = (input: any) => (input.GroupBy[0].Key === "Owner" ? costs(input) : denied())
      const partly = yield* readDataset(all, { ...answers, [ce]: one }, payerRegion)
      assert.deepStrictEqual(partly.read.ok ? [partly.read.value.length, partly.read.gaps.length] : [], [2, 2])
      const uncategorised = yield* readDataset(all, { ...answers, [names]: denied }, payerRegion)
      assert.strictEqual(valueOf(uncategorised.read).length, 4)
      for (const refused of [
        { ...answers, [ce]: denied },
        { [tags]: denied, [names]: answers[names] }
      ]) {
        const none = yield* readDataset(all, refused, payerRegion)
        assert.strictEqual(tagOf(none.read), "AccessDenied")
      }
    })
  )

  it.effect("takes categories that AWS counts as none for none, and an answer without them for malformed", () =>
    Effect.gen(function* () {
      const empty = yield* readDataset(
        allocation.categories(window),
        { [names]: () => ({ ReturnSize: 0, TotalSize: 0 }) },
        payerRegion
      )
      assert.deepStrictEqual(valueOf(empty.read), [])
      const broken = yield* readDataset(allocation.categories(window), { [names]: () => ({}) }, payerRegion)
      assert.strictEqual(tagOf(broken.read), "Malformed")
    })
  )
})
