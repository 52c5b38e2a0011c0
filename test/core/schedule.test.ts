import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { nextStart, scheduleProblem } from "../../core/schedule.ts"

/** The next starts after an instant, one after the other, as far as there are any. */
const starts = (expression: string, after: string, count = 1, timeZone = "UTC"): ReadonlyArray<string> => {
  const found: Array<string> = []
  let from = new Date(after)
  while (found.length < count) {
    const next = Result.getOrThrow(nextStart(expression, timeZone, from))
    if (next === undefined) break
    found.push(next.toISOString().replace(":00.000Z", "Z"))
    from = next
  }
  return found
}

describe("cron", () => {
  it("starts after an instant and not at it, today or tomorrow", () => {
    assert.deepStrictEqual(starts("cron(0 2 * * ? *)", "2026-11-26T01:59:59.999Z"), ["2026-11-26T02:00Z"])
    assert.deepStrictEqual(starts("cron(0 2 * * ? *)", "2026-11-26T02:00:00Z"), ["2026-11-27T02:00Z"])
    assert.deepStrictEqual(starts("cron(0 2 * * ? *)", "2026-12-31T02:00:00Z"), ["2027-01-01T02:00Z"])
  })

  it("reads lists, ranges, steps and ranges that go around", () => {
    assert.deepStrictEqual(starts("cron(0/20 9-10 * * ? *)", "2026-11-26T09:30:00Z", 5), [
      "2026-11-26T09:40Z",
      "2026-11-26T10:00Z",
      "2026-11-26T10:20Z",
      "2026-11-26T10:40Z",
      "2026-11-27T09:00Z"
    ])
    assert.deepStrictEqual(starts("cron(10-40/15,5 3 * * ? *)", "2026-11-26T00:00:00Z", 4), [
      "2026-11-26T03:05Z",
      "2026-11-26T03:10Z",
      "2026-11-26T03:25Z",
      "2026-11-26T03:40Z"
    ])
    assert.deepStrictEqual(starts("cron(0 23-1 * * ? *)", "2026-11-26T12:00:00Z", 3), [
      "2026-11-26T23:00Z",
      "2026-11-27T00:00Z",
      "2026-11-27T01:00Z"
    ])
    assert.deepStrictEqual(starts("cron(*/30 4 * * ? *)", "2026-11-26T00:00:00Z", 2), [
      "2026-11-26T04:00Z",
      "2026-11-26T04:30Z"
    ])
  })

  it("knows days of the week by name and by number, from Sunday", () => {
    // 26 November 2026 is a Thursday.
    assert.deepStrictEqual(starts("cron(0 2 ? * MON-FRI *)", "2026-11-26T12:00:00Z", 2), [
      "2026-11-27T02:00Z",
      "2026-11-30T02:00Z"
    ])
    assert.deepStrictEqual(starts("cron(0 2 ? * 1 *)", "2026-11-26T12:00:00Z"), ["2026-11-29T02:00Z"])
    assert.deepStrictEqual(starts("cron(0 2 ? * sun,wed *)", "2026-11-26T12:00:00Z", 2), [
      "2026-11-29T02:00Z",
      "2026-12-02T02:00Z"
    ])
    assert.deepStrictEqual(starts("cron(0 2 ? * L *)", "2026-11-26T12:00:00Z"), ["2026-11-28T02:00Z"])
    assert.deepStrictEqual(starts("cron(15 10 ? * 6L *)", "2026-11-26T12:00:00Z", 2), [
      "2026-11-27T10:15Z",
      "2026-12-25T10:15Z"
    ])
    assert.deepStrictEqual(starts("cron(0 2 ? * TUE#2 *)", "2026-11-26T12:00:00Z", 2), [
      "2026-12-08T02:00Z",
      "2027-01-12T02:00Z"
    ])
    // Not every month has a fifth Monday.
    assert.deepStrictEqual(starts("cron(0 2 ? * 2#5 *)", "2026-11-01T00:00:00Z", 2), [
      "2026-11-30T02:00Z",
      "2027-03-29T02:00Z"
    ])
  })

  it("knows the last day of a month and the closest weekday in it", () => {
    assert.deepStrictEqual(starts("cron(0 2 L * ? *)", "2028-01-31T12:00:00Z", 2), [
      "2028-02-29T02:00Z",
      "2028-03-31T02:00Z"
    ])
    assert.deepStrictEqual(starts("cron(0 2 31 * ? *)", "2026-11-01T00:00:00Z", 2), [
      "2026-12-31T02:00Z",
      "2027-01-31T02:00Z"
    ])
    // 15 November 2026 is a Sunday, 1 August 2026 a Saturday, 31 January 2027 a Sunday.
    assert.deepStrictEqual(starts("cron(0 2 15W * ? *)", "2026-11-01T00:00:00Z"), ["2026-11-16T02:00Z"])
    assert.deepStrictEqual(starts("cron(0 2 1W * ? *)", "2026-07-31T00:00:00Z"), ["2026-08-03T02:00Z"])
    assert.deepStrictEqual(starts("cron(0 2 31W 1 ? *)", "2026-11-01T00:00:00Z"), ["2027-01-29T02:00Z"])
    assert.deepStrictEqual(starts("cron(0 2 1,L * ? *)", "2026-11-01T03:00:00Z", 2), [
      "2026-11-30T02:00Z",
      "2026-12-01T02:00Z"
    ])
  })

  it("keeps to months and years, and ends", () => {
    assert.deepStrictEqual(starts("cron(0 2 1 JAN,jul ? 2026-2027)", "2026-11-26T00:00:00Z", 5), [
      "2027-01-01T02:00Z",
      "2027-07-01T02:00Z"
    ])
    assert.deepStrictEqual(starts("cron(0 2 * * ? 2025)", "2026-11-26T00:00:00Z"), [])
    assert.deepStrictEqual(starts("cron(0 2 30 2 ? *)", "2026-11-26T00:00:00Z"), [])
    assert.deepStrictEqual(starts("cron(0 2 29 2 ? *)", "2026-11-26T00:00:00Z"), ["2028-02-29T02:00Z"])
  })

  it("goes by the clocks of its time zone", () => {
    assert.deepStrictEqual(starts("cron(0 2 * * ? *)", "2026-11-26T00:59:00Z", 1, "Europe/Berlin"), [
      "2026-11-26T01:00Z"
    ])
    assert.deepStrictEqual(starts("cron(0 2 * * ? *)", "2026-07-01T12:00:00Z", 1, "Europe/Berlin"), [
      "2026-07-02T00:00Z"
    ])
    // The day of the week is the zone's, not that of UTC.
    assert.deepStrictEqual(starts("cron(0 2 ? * MON *)", "2026-11-26T12:00:00Z", 1, "Asia/Tokyo"), [
      "2026-11-29T17:00Z"
    ])
    assert.deepStrictEqual(starts("cron(30 5 1 * ? *)", "2026-11-26T12:00:00Z", 1, "Asia/Kolkata"), [
      "2026-12-01T00:00Z"
    ])
  })

  it("leaves out what clocks leave out in spring", () => {
    // On 29 March 2026 it is 03:00 in Berlin after 01:59.
    assert.deepStrictEqual(starts("cron(30 2 * * ? *)", "2026-03-28T12:00:00Z", 1, "Europe/Berlin"), [
      "2026-03-30T00:30Z"
    ])
    assert.deepStrictEqual(starts("cron(0/30 * * * ? *)", "2026-03-29T00:00:00Z", 3, "Europe/Berlin"), [
      "2026-03-29T00:30Z",
      "2026-03-29T01:00Z",
      "2026-03-29T01:30Z"
    ])
  })

  it("starts once what clocks show twice in autumn", () => {
    // On 25 October 2026 it is 02:00 in Berlin after 02:59.
    assert.deepStrictEqual(starts("cron(30 2 * * ? *)", "2026-10-24T12:00:00Z", 2, "Europe/Berlin"), [
      "2026-10-25T00:30Z",
      "2026-10-26T01:30Z"
    ])
    assert.deepStrictEqual(starts("cron(30 2 * * ? *)", "2026-10-25T00:45:00Z", 1, "Europe/Berlin"), [
      "2026-10-26T01:30Z"
    ])
  })
})

describe("rate", () => {
  it("counts from the instant", () => {
    assert.deepStrictEqual(starts("rate(1 day)", "2026-11-26T13:00:00Z", 2), ["2026-11-27T13:00Z", "2026-11-28T13:00Z"])
    assert.deepStrictEqual(starts("rate(90 minutes)", "2026-11-26T13:00:00Z"), ["2026-11-26T14:30Z"])
    assert.deepStrictEqual(starts("rate(6 hours)", "2026-10-24T22:00:00Z", 1, "Europe/Berlin"), ["2026-10-25T04:00Z"])
  })
})

describe("scheduleProblem", () => {
  it("says what is wrong with an expression", () => {
    const problems = {
      "cron(0 2 * * * *)": "one of day-of-month and day-of-week, and only one, is a question mark",
      "cron(0 2 ? * ? *)": "one of day-of-month and day-of-week, and only one, is a question mark",
      "cron(0 2 * * ?)": "a cron expression has six fields: minutes, hours, day-of-month, month, day-of-week and year",
      "cron(60 2 * * ? *)": '"60" is no minutes from 0 to 59',
      "cron(0 24 * * ? *)": '"24" is no hours from 0 to 23',
      "cron(0 2 0 * ? *)": '"0" is no day-of-month from 1 to 31',
      "cron(0 2 * FOO ? *)": '"FOO" is no month from 1 to 12',
      "cron(0 2 ? * 8 *)": '"8" is no day-of-week from 1 to 7',
      "cron(0 2 * * ? 2300)": '"2300" is no year from 1970 to 2199',
      "cron(0/0 2 * * ? *)": '"0/0" is no minutes from 0 to 59',
      "cron(1-2-3 2 * * ? *)": '"1-2-3" is no minutes from 0 to 59',
      "rate(0 days)": "a rate is one or more",
      daily: "expected an expression of EventBridge Scheduler, such as cron(0 2 * * ? *) or rate(1 day)"
    }
    assert.deepStrictEqual(
      Object.fromEntries(Object.keys(problems).map((expression) => [expression, scheduleProblem(expression)])),
      problems
    )
  })

  it("finds nothing wrong with what AWS takes", () => {
    for (const expression of ["cron(0 2 * * ? *)", "cron(15 10 ? * 6L 2026-2030)", "rate(1 day)", "cron(0 8 1W * ? *)"])
      assert.isUndefined(scheduleProblem(expression), expression)
  })
})
