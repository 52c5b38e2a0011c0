/**
 * When a schedule of EventBridge Scheduler starts next: `rate(1 day)` or `cron(minutes hours day-of-month month day-of-week year)`.
 * Sources: EventBridge Scheduler user guide, "Schedule types" and "Daylight savings time".
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/** A day of the calendar. `month` and `day` count from 1, `weekday` from 1 for Sunday. */
interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly weekday: number
  readonly lastDay: number
}

interface Cron {
  readonly _tag: "Cron"
  readonly minutes: ReadonlyArray<number>
  readonly hours: ReadonlyArray<number>
  readonly years: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  readonly isDay: (day: Day) => boolean
}

interface Rate {
  readonly _tag: "Rate"
  readonly millis: number
}

/** An expression, or why it is none: without its beginning, so that whoever asks can say where it stands. */
type Parsed<A> = Result.Result<A, string>

const names = (list: string): ReadonlyMap<string, number> =>
  new Map(list.split(" ").map((name, index) => [name, index + 1]))

interface Field {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly names?: ReadonlyMap<string, number>
}

const field = {
  minutes: { name: "minutes", from: 0, to: 59 },
  hours: { name: "hours", from: 0, to: 23 },
  dayOfMonth: { name: "day-of-month", from: 1, to: 31 },
  month: { name: "month", from: 1, to: 12, names: names("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC") },
  dayOfWeek: { name: "day-of-week", from: 1, to: 7, names: names("SUN MON TUE WED THU FRI SAT") },
  year: { name: "year", from: 1970, to: 2199 }
} as const satisfies Record<string, Field>

const wrong = ({ from, name, to }: Field, text: string): Result.Result<never, string> =>
  Result.fail(`${JSON.stringify(text)} is no ${name} from ${from} to ${to}`)

const numberIn = (of: Field, text: string): Parsed<number> => {
  const named = of.names?.get(text.toUpperCase())
  const value = named ?? (/^\d{1,4}$/.test(text) ? Number(text) : Number.NaN)
  return value >= of.from && value <= of.to ? Result.succeed(value) : wrong(of, text)
}

/** `*`, `5`, `MON-FRI`, `22-2`, `0/15` or `10-30/5` as numbers. A range whose end is before its start goes around. */
const part = (of: Field, text: string): Parsed<ReadonlyArray<number>> => {
  const [range = "", step, ...more] = text.split("/")
  const by = step === undefined ? 1 : /^[1-9]\d{0,3}$/.test(step) ? Number(step) : Number.NaN
  if (more.length > 0 || Number.isNaN(by)) return wrong(of, text)
  const [first = "", last, ...rest] = range.split("-")
  if (rest.length > 0) return wrong(of, text)
  const ends =
    range === "*"
      ? Result.succeed([of.from, of.to] as const)
      : Result.flatMap(numberIn(of, first), (from) =>
          last === undefined
            ? Result.succeed([from, step === undefined ? from : of.to] as const)
            : Result.map(numberIn(of, last), (to) => [from, to] as const)
        )
  return Result.map(ends, ([from, to]) => {
    const size = of.to - of.from + 1
    const length = (to - from + size) % size
    return Array.from(
      { length: Math.floor(length / by) + 1 },
      (_, index) => of.from + ((from - of.from + index * by) % size)
    )
  })
}

const numbers = (of: Field, text: string): Parsed<ReadonlySet<number>> =>
  Result.map(Result.all(text.split(",").map((one) => part(of, one))), (parts) => new Set(parts.flat()))

/** The weekday of the same week that is closest to a day, without leaving its month. */
const closestWeekday = (day: number, { lastDay, ...of }: Day): number => {
  const wanted = Math.min(day, lastDay)
  const weekday = ((((of.weekday - 1 + wanted - of.day) % 7) + 7) % 7) + 1
  if (weekday === 7) return wanted === 1 ? 3 : wanted - 1
  if (weekday === 1) return wanted === lastDay ? wanted - 2 : wanted + 1
  return wanted
}

type IsDay = (day: Day) => boolean

const dayOfMonthPart = (text: string): Parsed<IsDay> => {
  const of = field.dayOfMonth
  if (text === "L") return Result.succeed(({ day, lastDay }) => day === lastDay)
  if (text.endsWith("W"))
    return Result.map(numberIn(of, text.slice(0, -1)), (wanted) => (day) => day.day === closestWeekday(wanted, day))
  return Result.map(
    part(of, text),
    (days) =>
      ({ day }) =>
        days.includes(day)
  )
}

const dayOfWeekPart = (text: string): Parsed<IsDay> => {
  const of = field.dayOfWeek
  // The last day of the week.
  if (text === "L") return Result.succeed(({ weekday }) => weekday === 7)
  if (/^\w+L$/.test(text) && !text.includes("-"))
    return Result.map(
      numberIn(of, text.slice(0, -1)),
      (wanted) =>
        ({ day, lastDay, weekday }) =>
          weekday === wanted && day > lastDay - 7
    )
  const [, name, nth] = /^(\w+)#([1-5])$/.exec(text) ?? []
  if (name !== undefined)
    return Result.map(
      numberIn(of, name),
      (wanted) =>
        ({ day, weekday }) =>
          weekday === wanted && Math.ceil(day / 7) === Number(nth)
    )
  return Result.map(
    part(of, text),
    (days) =>
      ({ weekday }) =>
        days.includes(weekday)
  )
}

const anyOf = (parse: (text: string) => Parsed<IsDay>, text: string): Parsed<IsDay> =>
  Result.map(Result.all(text.split(",").map(parse)), (parts) => (day: Day) => parts.some((isDay) => isDay(day)))

const sorted = (values: ReadonlySet<number>): ReadonlyArray<number> => [...values].sort((a, b) => a - b)

const parseCron = (fields: ReadonlyArray<string>): Parsed<Cron> => {
  const [minutes = "", hours = "", dayOfMonth = "", month = "", dayOfWeek = "", year = ""] = fields
  if (fields.length !== 6)
    return Result.fail("a cron expression has six fields: minutes, hours, day-of-month, month, day-of-week and year")
  if ((dayOfMonth === "?") === (dayOfWeek === "?"))
    return Result.fail("one of day-of-month and day-of-week, and only one, is a question mark")
  return Result.map(
    Result.all({
      minutes: numbers(field.minutes, minutes),
      hours: numbers(field.hours, hours),
      months: numbers(field.month, month),
      years: numbers(field.year, year),
      isDay: dayOfWeek === "?" ? anyOf(dayOfMonthPart, dayOfMonth) : anyOf(dayOfWeekPart, dayOfWeek)
    }),
    (parsed) => ({ _tag: "Cron", ...parsed, minutes: sorted(parsed.minutes), hours: sorted(parsed.hours) })
  )
}

const unitMillis = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

const parse = (expression: string): Parsed<Cron | Rate> => {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? []
  if (count !== undefined) {
    const millis = Number(count) * unitMillis[unit as keyof typeof unitMillis]
    return millis > 0 ? Result.succeed({ _tag: "Rate", millis }) : Result.fail("a rate is one or more")
  }
  const [, fields] = /^cron\((.*)\)$/.exec(expression) ?? []
  return fields === undefined
    ? Result.fail("expected an expression of EventBridge Scheduler, such as cron(0 2 * * ? *) or rate(1 day)")
    : parseCron(fields.trim().split(/ +/))
}

/** Why an expression is none of EventBridge Scheduler's; undefined when it is one. */
export const scheduleProblem = (expression: string): string | undefined => {
  const parsed = parse(expression)
  return Result.isFailure(parsed) ? parsed.failure : undefined
}

/** The day that is so many after another one. */
const dayAfter = (year: number, month: number, day: number, days: number): Day => {
  const date = new Date(Date.UTC(year, month - 1, day + days))
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay() + 1,
    lastDay: new Date(first).getUTCDate()
  }
}

/** The instant at which clocks of a zone show a time; the first where they show it twice, none where they leave it out. */
const instantOf = ({ day, month, year }: Day, hour: number, minute: number, zone: DateTime.TimeZone) => {
  const at = Option.getOrUndefined(
    DateTime.makeZoned(
      { year, month, day, hour, minute },
      {
        timeZone: zone,
        adjustForTimeZone: true,
        disambiguation: "earlier"
      }
    )
  )
  if (at === undefined) return undefined
  const shown = DateTime.toParts(at)
  return shown.hour === hour && shown.minute === minute ? DateTime.toEpochMillis(at) : undefined
}

/** The first year in which nothing of EventBridge Scheduler starts. */
const endYear = field.year.to + 1

const nextOfCron = (
  { hours, isDay, minutes, months, years }: Cron,
  timeZone: string,
  after: Date
): Date | undefined => {
  const zone = DateTime.zoneMakeNamedUnsafe(timeZone)
  const from = DateTime.toParts(DateTime.makeZonedUnsafe(after, { timeZone: zone }))
  for (let days = 0; ; days++) {
    const day = dayAfter(from.year, from.month, from.day, days)
    if (day.year >= endYear) return undefined
    if (!years.has(day.year) || !months.has(day.month) || !isDay(day)) continue
    for (const hour of hours) {
      for (const minute of minutes) {
        if (days === 0 && hour < from.hour - 3) continue
        const at = instantOf(day, hour, minute, zone)
        if (at !== undefined && at > after.getTime()) return new Date(at)
      }
    }
  }
}

/**
 * When a schedule starts next after an instant; undefined when it never does again, and a failure when the expression is none.
 * As AWS does it, a start that clocks leave out in spring does not happen and one that they show twice in autumn happens once. A
 * rate begins to count at `after`.
 */
export const nextStart = (expression: string, timeZone: string, after: Date): Result.Result<Date | undefined, string> =>
  Result.map(parse(expression), (schedule) =>
    schedule._tag === "Rate" ? new Date(after.getTime() + schedule.millis) : nextOfCron(schedule, timeZone, after)
  )
