/**
 * Until when AWS supports versions and runtimes: a dated table for what no free call tells, or for accounts that may not call it. What AWS tells wins.
 * Days are UTC: support ends at the end of the day that is named.
 */
import { daysBetween, isoDay, startOfUtcDay } from "../time.ts"
import table from "./supportDates.json" with { type: "json" }

/** A product, or an engine as RDS and ElastiCache name it. */
export type Product = keyof typeof table.products

/** The support of one version. A day that is undefined was not announced, or there is none. */
export interface Support {
  /** The last day of standard support. */
  readonly standardEnd: Date | undefined
  /** The first day on which extended support is billed; undefined where it is not sold. */
  readonly billingFrom: Date | undefined
  /** The first day of its third year, in which it costs more. */
  readonly year3From: Date | undefined
  /** The last day of extended support, after which AWS upgrades what is left. */
  readonly extendedEnd: Date | undefined
}

/** `year3`: in extended support at the price of its third year. `ended`: nobody supports it. */
export type Phase = "standard" | "extended" | "year3" | "ended"

const dayOf = (day: string | undefined): Date | undefined =>
  day === undefined ? undefined : new Date(`${day}T00:00:00Z`)

type Days = { readonly [day in keyof Support]?: string }

/** Undefined where the table does not have the version. */
export const supportOf = (product: Product, version: string): Support | undefined => {
  const days = (table.products[product] as Readonly<Record<string, Days>>)[version]
  return days === undefined
    ? undefined
    : {
        standardEnd: dayOf(days.standardEnd),
        billingFrom: dayOf(days.billingFrom),
        year3From: dayOf(days.year3From),
        extendedEnd: dayOf(days.extendedEnd)
      }
}

const isProduct = (name: string): name is Product => Object.hasOwn(table.products, name)

/** The product of that name, such as the engine of a database; undefined where the table has none. */
export const productOf = (name: string): Product | undefined => (isProduct(name) ? name : undefined)

/** The phase on the day of `now`. AWS's own dates come as instants, and only their days count. */
export const phaseOf = ({ billingFrom, extendedEnd, standardEnd, year3From }: Support, now: Date): Phase => {
  const today = startOfUtcDay(now)
  const isOver = (last: Date | undefined) => last !== undefined && today > startOfUtcDay(last)
  if (!isOver(standardEnd)) return "standard"
  if (isOver(extendedEnd) || (extendedEnd === undefined && billingFrom === undefined)) return "ended"
  return year3From !== undefined && today >= startOfUtcDay(year3From) ? "year3" : "extended"
}

/** What becomes of a Lambda runtime, and when. */
export interface RuntimeSupport {
  readonly deprecated: Date
  /** From when no function can be made with it, at the earliest: AWS has put it off several times. */
  readonly createBlock: Date | undefined
  /** From when no function that has it can be updated, at the earliest. */
  readonly updateBlock: Date | undefined
  readonly successor: string | undefined
  /** There are only container images of it, so that no function names it. */
  readonly imageOnly: boolean
}

interface RuntimeDays {
  readonly deprecated: string
  readonly createBlock?: string
  readonly updateBlock?: string
  readonly successor?: string
  readonly imageOnly?: boolean
}

/** Undefined where the table does not have the runtime: AWS brings new ones, which are not deprecated. */
export const runtimeSupportOf = (runtime: string): RuntimeSupport | undefined => {
  const days = (table.runtimes as Readonly<Record<string, RuntimeDays>>)[runtime]
  return days === undefined
    ? undefined
    : {
        deprecated: new Date(`${days.deprecated}T00:00:00Z`),
        createBlock: dayOf(days.createBlock),
        updateBlock: dayOf(days.updateBlock),
        successor: days.successor,
        imageOnly: days.imageOnly === true
      }
}

/** AWS moves dates, and after so many days without a look at its pages it is said how old the table is. */
const daysUntilOld = 90

/** The day as of which the table is right, for evidence. */
export const tableAsOf = table.asOf

/** What a reader should know before trusting a date of the table; undefined while it is young. */
export const tableCaveat = (now: Date): string | undefined =>
  daysBetween(new Date(`${table.asOf}T00:00:00Z`), startOfUtcDay(now)) > daysUntilOld
    ? `The table of support dates is of ${table.asOf}, more than ${daysUntilOld} days before ${isoDay(now)}: look the date up.`
    : undefined
