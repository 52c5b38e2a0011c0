import { assert, describe, it } from "@effect/vitest"
import { AwsError, Throttled } from "../../../core/aws/AwsError.ts"
import { known } from "../../../core/Reading.ts"
import {
  Evidence,
  lookupOf,
  type MapEvidence,
  type SetEvidence,
  shapeOf,
  unreadView,
  viewOf
} from "../../../datasets/engine/Evidence.ts"
import { MetricSeries } from "../../../datasets/metrics/MetricSeries.ts"
import { readsOf } from "../metrics/cloudwatch.ts"

const a = { id: "a", groups: ["x", "x", "y"] }
const b = { id: "b", groups: ["y"] }
const items = [a, b, { id: "c", groups: [] }]
const wholeList = new Evidence(items)
const failed = (operation: string) =>
  new AwsError({
    operation,
    account: "111111111111",
    region: "eu-west-1",
    reason: new Throttled({ code: "RequestLimitExceeded", message: "slow down" })
  })
const page = failed("ec2:DescribeThings")
const cut = new Evidence(items, [page, failed("ec2:DescribeOthers")])
const missing = { known: false, reason: page.summary } as const

describe("Evidence", () => {
  it("finds what was read, and knows that something is missing only where everything was read", () => {
    const byId = cut.by(({ id }) => id)
    assert.deepStrictEqual(byId.get("a"), known(a))
    assert.deepStrictEqual(byId.has("a"), known(true))
    assert.deepStrictEqual(byId.get("z"), missing)
    assert.deepStrictEqual(byId.has("z"), missing)
    assert.deepStrictEqual(byId.all("a"), missing, "there may be more")
    assert.deepStrictEqual(byId.found("a"), [a])
    const whole = wholeList.by(({ id }) => id)
    assert.deepStrictEqual(
      [whole.get("z"), whole.has("z"), whole.all("z")],
      [known(undefined), known(false), known([])]
    )
  })

  it("has an item under each of its keys, once", () => {
    const byGroup = wholeList.by(({ groups }) => groups)
    assert.deepStrictEqual(byGroup.all("x"), known([a]))
    assert.deepStrictEqual(byGroup.all("y"), known([a, b]))
    assert.deepStrictEqual(byGroup.found(undefined), [])
  })

  it("keeps its gap when it is filtered, changed or asked whether something is like this", () => {
    assert.deepStrictEqual(cut.filter(() => false).all, missing)
    assert.deepStrictEqual(cut.filter(() => false).map(({ id }) => id).failures, cut.failures)
    assert.deepStrictEqual(cut.map(({ id }) => id).all, missing)
    assert.deepStrictEqual(
      cut.some(({ id }) => id === "b"),
      known(true)
    )
    assert.deepStrictEqual(
      cut.some(({ id }) => id === "z"),
      missing
    )
    assert.deepStrictEqual(
      wholeList.some(({ id }) => id === "z"),
      known(false)
    )
  })

  it("is looked up in together with other lists, whose gaps count", () => {
    const both = lookupOf([wholeList, ({ id }) => id], [new Evidence([{ name: "a" }], [page]), ({ name }) => name])
    assert.deepStrictEqual(both.found("a"), [a, { name: "a" }])
    assert.deepStrictEqual(both.get("b"), known<typeof a | { name: string } | undefined>(b))
    assert.deepStrictEqual(both.get("z"), missing)
  })
})

describe("the view of what was read", () => {
  it("has the shape of its value", () => {
    const values = [[], new Map(), new Set(), MetricSeries.unread("x"), { a: 1 }]
    assert.deepStrictEqual(values.map(shapeOf), ["list", "map", "set", "series", "value"])
    assert.instanceOf(viewOf([], []), Evidence)
    assert.deepStrictEqual(viewOf(7, []), known(7))
    assert.deepStrictEqual(viewOf(7, [page]), missing)
    const map = viewOf(new Map([["a", 1]]), [page]) as MapEvidence<string, number>
    assert.deepStrictEqual([map.get("a"), map.get("b").known], [known(1), false])
    const set = viewOf(new Set(["a"]), [page]) as SetEvidence<string>
    assert.deepStrictEqual([set.has("a"), set.has("b").known], [known(true), false])
  })

  it("knows nothing where nothing was read", () => {
    assert.deepStrictEqual((unreadView("list", page) as Evidence<never>).all, missing)
    assert.deepStrictEqual((unreadView("map", page) as MapEvidence<string, never>).get("a"), missing)
    assert.deepStrictEqual((unreadView("set", page) as SetEvidence<string>).has("a"), missing)
    assert.deepStrictEqual(unreadView("value", page), missing)
    assert.isFalse((unreadView("series", page) as MetricSeries).total(readsOf(1)).known)
  })
})
