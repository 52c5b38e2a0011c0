/**
 * Makes audits of one scope each out of the write events that arrive together: Terraform that makes 200 volumes, or a group that scales
 * out, is one micro-scan of its account and region. Whatever is no such event is left out with the reason.
 */
import { createHash } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import type { Config, KnownScan } from "../../core/config/Config.ts"
import type { ConfigError } from "../../core/config/ConfigError.ts"
import { knownRegions } from "../../core/config/regions.ts"
import { auditRequest } from "../../core/config/request.ts"
import { sum } from "../../core/finding/savings.ts"
import { type ComputePrices, loadComputePrices } from "../../core/pricing/ComputePrices.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import type { PriceBook } from "../../core/pricing/Prices.ts"
import { pricesAt } from "../../core/pricing/pricesAt.ts"
import { snapshotBook } from "../../core/pricing/snapshot.ts"
import type { Started } from "../../core/run/Started.ts"
import { partitionOf, scopeKey } from "../../core/Scope.ts"
import { Store, type StoreError } from "../../core/store/Store.ts"
import { packed } from "../../core/bytes.ts"
import { cleanText } from "../../core/text.ts"
import { principalOf, TrailEvent } from "./cloudTrail.ts"
import { newestOfOrganization } from "../../query/runs.ts"
import { startKeys } from "./startKeys.ts"
import { writeEventOf } from "./writeEvents.ts"
import { millisPerHour } from "../../core/time.ts"

/** What Step Functions takes is 256 KiB, and the machine hands its input on within an envelope. */
const maxStartedBytes = 180_000

/** Resources of one event that are named; RunInstances starts hundreds. */
const maxResources = 500

/**
 * Hours after a call in which it starts something. The queue keeps an event for 24 h and EventBridge tries for one (stacks/microScans.ts),
 * and CloudTrail delivers within some minutes. What is older comes out of dead letters or an archive, when a night has looked at all of it.
 */
export const startHours = 26

const startKey = ({ id }: Pick<Started, "id">): string => `${startKeys}${id}`

/** Questions to the store at a time. */
const lookUps = 16

/** The home of a deployment: its region, and its account, which is audited where the configuration names none. */
export interface Home {
  readonly account: string
  readonly region: string
}

export interface MicroScan {
  /** The same for the same events, so that what is started twice runs once. A name of an execution of Step Functions. */
  readonly name: string
  readonly request: AuditRequest
  /** Places of its events among those given. */
  readonly events: ReadonlyArray<number>
}

/** An event that starts nothing, by its place, and why. */
export interface LeftOut {
  readonly event: number
  readonly why: string
}

const decode = Schema.decodeUnknownResult(TrailEvent)

/** Why an account is left out; undefined for one that is audited. */
type Refused = (account: string) => string | undefined

/**
 * Events are held against the same selection as a night's accounts. Which ones the organisation and its units have is known to the plan of
 * the newest night: asking AWS for each batch would be another way into the organisation.
 */
const refusedBy = Effect.fnUntraced(function* (
  { accounts }: Config,
  home: Home | undefined
): Effect.fn.Return<Refused, StoreError, Store> {
  const unless =
    (isAudited: (account: string) => boolean): Refused =>
    (account) =>
      isAudited(account) ? undefined : `account ${account} is not audited`
  if (accounts === "self") return unless((account) => home === undefined || account === home.account)
  if (!("organization" in accounts)) return unless((account) => accounts.includes(account))
  const night = yield* newestOfOrganization()
  if (night === undefined) return () => "no night has listed the accounts of the organisation yet: the first one does"
  const listed = new Set(night.plan.accounts.map(({ id }) => id))
  return (account) =>
    accounts.exclude?.includes(account) === true
      ? `account ${account} is not audited`
      : listed.has(account)
        ? undefined
        : `account ${account} is not among those that the newest night was planned for`
})

interface Prices {
  readonly book: PriceBook
  readonly compute: ComputePrices
}

interface Read {
  readonly started: Started
  readonly scans: ReadonlyArray<string>
}

/** What an event started, or why it starts nothing. */
const readEvent = (
  input: unknown,
  { regions }: Config,
  home: Home | undefined,
  refused: Refused,
  { book, compute }: Prices,
  nowMillis: number
): Read | string => {
  const decoded = decode(input)
  if (Result.isFailure(decoded)) return "it is no event of a call that CloudTrail recorded"
  const event = decoded.success
  const { account, detail, region } = event
  const row = writeEventOf(detail)
  const name = cleanText(detail.eventName)
  if (row === undefined) return `${name} of ${cleanText(detail.eventSource)} is none of the calls that are looked at`
  if (event.source !== row.source) return `${name} did not come from ${row.source}`
  if (detail.errorCode !== undefined || detail.readOnly === true) return `${name} failed, or changed nothing`
  if (detail.recipientAccountId !== undefined && detail.recipientAccountId !== account)
    return `${name} was recorded for another account than the one that sent it`
  if (detail.awsRegion !== undefined && detail.awsRegion !== region) return `${name} was made in another region`
  if (!knownRegions.includes(region) || (home !== undefined && partitionOf(region) !== partitionOf(home.region)))
    return `${cleanText(region)} is no region of this partition`
  const why = refused(account)
  if (why !== undefined) return why
  const hours = (nowMillis - Date.parse(detail.eventTime)) / millisPerHour
  if (hours > startHours)
    return `${name} of ${new Date(detail.eventTime).toISOString()} in ${account}/${region} (event ${detail.eventID}) is ${Math.floor(hours)} h old, and after ${startHours} h it is the night's to judge`
  const { exclude, include } = regions
  if (exclude.includes(region) || (include.length > 0 && !include.includes(region))) return `${region} is not audited`
  const place = (zone?: string) => placeOf(region, zone)
  const thing = row.read(detail, { place, price: (zone) => pricesAt(book, place(zone)), compute })
  if ("nothing" in thing) return `${name}: ${thing.nothing}`
  const resources = [...new Set(thing.resources.flatMap((id) => id ?? []))].slice(0, maxResources)
  if (resources.length === 0 && thing.isUnnamed !== true) return `${name} names no resource`
  // A start is worth an alarm by what is known of it: whoever gets it asks for the rest.
  const known = thing.terms.filter(({ monthlyUsd }) => monthlyUsd !== null)
  const isWhole = known.length === thing.terms.length
  const cost = sum("delete", known, thing.basis === undefined ? {} : { basis: thing.basis })
  const isKnown = isWhole || cost.monthlyUsd > 0
  return {
    scans: row.scans,
    started: {
      id: detail.eventID,
      at: new Date(detail.eventTime).toISOString(),
      event: row.eventName,
      account,
      region,
      type: thing.type,
      service: thing.service,
      resources,
      what: cleanText(thing.what),
      by: principalOf(event),
      monthlyUsd: isKnown ? cost.monthlyUsd : null,
      ...(isKnown && (thing.atLeast === true || !isWhole) ? { atLeast: true } : {}),
      ...(thing.isLarge === true && !isWhole ? { unpriced: true } : {}),
      basis: isKnown ? cost.basis : "none",
      terms: thing.terms,
      note: thing.note ?? ""
    }
  }
}

/**
 * What is to be started for events of EventBridge that came together, and what is left out. Without a home, whichever account an event is
 * of may be one's own. Fails only for a configuration without scans, and where the store cannot be read.
 */
export const microScans = Effect.fn("microScans")(function* (
  events: ReadonlyArray<unknown>,
  config: Config,
  home: Home | undefined,
  catalogue: ReadonlyArray<KnownScan>
): Effect.fn.Return<
  { readonly scans: ReadonlyArray<MicroScan>; readonly left: ReadonlyArray<LeftOut> },
  ConfigError | StoreError,
  Store
> {
  const refused = yield* refusedBy(config, home)
  const prices = { book: yield* snapshotBook, compute: yield* loadComputePrices(["ec2", "rds", "elasticache"]) }
  const whole = yield* auditRequest(config, { trigger: "event" }, catalogue)
  const store = yield* Store
  const now = yield* Clock.currentTimeMillis
  const left: Array<LeftOut> = []
  // A queue delivers twice what it delivered once.
  const byId = new Map<string, Read & { readonly places: Array<number> }>()
  for (const [event, input] of events.entries()) {
    // Others have chosen what is in it: one that nobody has thought of costs itself, and no event beside it.
    const read = Result.getOrElse(
      Result.try(() => readEvent(input, config, home, refused, prices, now)),
      () => "it cannot be read"
    )
    if (typeof read === "string") {
      left.push({ event, why: read })
      continue
    }
    const scans = read.scans.filter((name) => whole.scans.includes(name))
    if (scans.length === 0) {
      left.push({ event, why: `${read.started.event}: the configuration leaves out ${read.scans.join(", ")}` })
      continue
    }
    const known = byId.get(read.started.id)
    if (known === undefined) byId.set(read.started.id, { ...read, scans, places: [event] })
    else known.places.push(event)
  }
  // Delivered again in whatever company, an event that has started a micro-scan starts none.
  const seen = yield* Effect.forEach(
    byId.values(),
    (read) => Effect.map(store.cached(startKey(read.started)), (by: string | undefined) => ({ ...read, by })),
    { concurrency: lookUps }
  )
  for (const { by, places, started } of seen) {
    if (by === undefined) continue
    byId.delete(started.id)
    for (const event of places)
      left.push({ event, why: `${started.event} (event ${started.id}) was looked at by ${by}` })
  }
  const sorted = [...byId.values()].sort((a, b) => (a.started.id < b.started.id ? -1 : 1))
  const scans = [...Map.groupBy(sorted, ({ started }) => scopeKey(started)).values()].flatMap((ofScope) =>
    packed(ofScope, ({ started }) => Buffer.byteLength(JSON.stringify(started)), { maxBytes: maxStartedBytes }).map(
      (part): MicroScan => {
        const started = part.map((one) => one.started)
        const [{ account, region }] = started as [Started, ...ReadonlyArray<Started>]
        const names = whole.scans.filter((name) => part.some((one) => one.scans.includes(name)))
        const key = createHash("sha256").update(started.map(({ id }) => id).join("\n"))
        return {
          name: `started-${account}-${region}-${key.digest("hex").slice(0, 20)}`,
          events: part.flatMap(({ places }) => places),
          request: {
            ...whole,
            accounts: [account],
            regions: [region],
            excludeRegions: [],
            scans: names,
            settings: Object.fromEntries(Object.entries(whole.settings).filter(([name]) => names.includes(name))),
            full: false,
            started
          }
        }
      }
    )
  )
  return { scans, left }
})

/**
 * Keeps which events a micro-scan is about, once it is started: before that, a start that failed would be one that nobody repeats. Kept
 * for as long as they could start another one.
 */
export const rememberStarts = Effect.fn("rememberStarts")(function* ({ name, request }: MicroScan) {
  const store = yield* Store
  const now = yield* Clock.currentTimeMillis
  yield* Effect.forEach(
    request.started ?? [],
    (started) => {
      const expires = new Date(Math.max(Date.parse(started.at), now) + startHours * millisPerHour)
      return store.cache(startKey(started), name, expires)
    },
    { concurrency: lookUps, discard: true }
  )
})
