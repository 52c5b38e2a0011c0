/** Audits every scope of an estate with every scan, through the real door, and keeps what the runner hands over. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { Aws, AwsTarget, RetrySchedule } from "../../core/aws/Aws.ts"
import { type CallCount, CallLedger, mergeCalls } from "../../core/aws/CallLedger.ts"
import { Transport } from "../../core/aws/Transport.ts"
import { Prices } from "../../core/pricing/Prices.ts"
import { globalRegion, type Partition, payerRegion, scopeKindOf } from "../../core/Scope.ts"
import { auditScope } from "../../audit/auditScope.ts"
import type { FindingDraft, Judgement, PlannedScan } from "../../audit/judge.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { withNeeds } from "../../datasets/engine/Dataset.ts"
import { Reader } from "../../datasets/engine/Reader.ts"
import { SharedReads } from "../../datasets/engine/SharedReads.ts"
import { SeriesReader } from "../../datasets/metrics/SeriesReader.ts"
import { scans as index } from "../../audit/index.ts"
import type { SettingValue } from "../../core/run/Outcome.ts"
import { defaultSettings, type Scan } from "../../scans/Scan.ts"
import { type Estate, sampleNight } from "../../sample/estate.ts"
import { layerSample } from "../../sample/layer.ts"
import { estate as sampleEstate } from "../../sample/organization.ts"
import * as SampleTransport from "../../sample/SampleTransport.ts"

/** What one scan did in one scope. */
export interface Audited extends Judgement {
  readonly name: string
  readonly drafts: ReadonlyArray<FindingDraft>
  /** `shop-production/eu-central-1`. */
  readonly scope: string
}

/** Every scan of the product with its default settings, or with every flag on, and with these values of its settings. */
const allScans = (every: boolean, settingsOf: Required<Night>["settingsOf"]) =>
  Effect.promise(() =>
    Promise.all(
      Object.entries(index).map(async ([name, { category, load }]): Promise<PlannedScan> => {
        const { default: scan } = await load()
        const settings = defaultSettings(scan.settings)
        return {
          name,
          category,
          scan,
          settings: { ...(every ? allOn(settings) : settings), ...settingsOf(name, scan) }
        }
      })
    )
  )

const allOn = (settings: Record<string, SettingValue>) =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, typeof value === "boolean" ? true : value]))

interface Night {
  readonly estate?: Estate
  readonly now?: Date
  /** With every flag of every scan on. Default: with default settings. */
  readonly every?: boolean
  /** Values of settings of a scan that are not the defaults. */
  readonly settingsOf?: (name: string, scan: Scan) => Readonly<Record<string, SettingValue>>
  /** Names of scans. Default: all. */
  readonly only?: ReadonlySet<string>
  /** Which scopes, by their names such as `shop-production/eu-central-1`. Default: all. */
  readonly where?: (scope: string) => boolean
  /** Audits these scopes as if they were there. */
  readonly place?: { readonly region: string; readonly partition: Partition }
  /** Puts something between the door and the estate. */
  readonly through?: (transport: Transport["Service"]) => Transport["Service"]
}

/** One night over all accounts that let the auditor in: every scope with every scan that fits it, and the calls it took. */
export const audit = (night: Night = {}) => auditOf(night).pipe(Effect.provide(TestClock.layer()))

const auditOf = Effect.fnUntraced(function* ({
  estate = sampleEstate,
  every = false,
  now = sampleNight,
  only,
  place,
  settingsOf = () => ({}),
  through,
  where
}: Night) {
  yield* TestClock.setTime(now.getTime())
  const scans = (yield* allScans(every, settingsOf)).filter(({ name }) => only === undefined || only.has(name))
  const results: Array<Audited> = []
  const calls: Array<CallCount> = []
  const scopes = estate.accounts
    .filter(({ locked }) => locked !== true)
    .flatMap(({ id, name }) =>
      [...estate.regions, globalRegion, ...(id === estate.payer ? [payerRegion] : [])].map((region) => ({
        account: id,
        region,
        name: `${name}/${region}`
      }))
    )
  const answering = estate === sampleEstate ? layerSample : Layer.merge(layerSample, SampleTransport.layerOf(estate))
  const transport =
    through === undefined
      ? answering
      : Layer.effect(Transport, Effect.map(Transport, through)).pipe(Layer.provideMerge(answering))
  const door = Aws.layer.pipe(Layer.provideMerge(transport))

  /** What scans of other scopes read of the payer. */
  const ofPayer = withNeeds(
    scans
      .filter(({ scan }) => scan.scope !== "payer")
      .flatMap(({ scan, settings }) => Object.values(scan.reads(settings)))
  ).filter(({ scope }) => scope === "payer")

  const readOfPayer = Effect.gen(function* () {
    const reader = yield* Reader.make(now)
    const series = yield* SeriesReader.make(now, [])
    yield* Effect.forEach(ofPayer, reader.load, { discard: true }).pipe(Effect.provideService(SeriesReader, series))
  }).pipe(Effect.scoped)

  // The payer's scope first, as in the machine, so that the others find what they share.
  const chosen = scopes.filter(({ name }) => where === undefined || where(name))
  const inOrder = chosen.toSorted((a, b) => Number(b.region === payerRegion) - Number(a.region === payerRegion))

  yield* Effect.forEach(
    inOrder,
    Effect.fnUntraced(function* ({ account, name, region }) {
      const ledger = yield* CallLedger.make()
      const readFirst = region === payerRegion ? readOfPayer : Effect.void
      yield* Effect.andThen(
        readFirst,
        auditScope(
          scans.filter(({ scan }) => scan.scope === scopeKindOf({ account, region })),
          {
            now,
            common: { minMonthlySavingsUsd: 0, suppressTagKeys: ["finops:ignore"] },
            proceed: Effect.succeed(true),
            cutOff: now.getTime() + 3_600_000,
            sinkOf: (planned) => {
              const drafts: Array<FindingDraft> = []
              return {
                freshOf: () => Effect.succeed(new Set<string>()),
                take: (batch) => Effect.sync(() => (drafts.push(...batch), new Set<string>())),
                end: (judgement) =>
                  Effect.sync(() => results.push({ ...judgement, drafts, name: planned.name, scope: name }))
              }
            }
          }
        )
      ).pipe(
        Effect.provideService(AwsTarget, { account, region, partition: "aws", ...place }),
        Effect.provideService(CallLedger, ledger),
        // The test clock does not move by itself, so a second try must not wait for it.
        Effect.provideService(RetrySchedule, Schedule.recurs(2))
      )
      calls.push(...ledger.counts())
    })
  ).pipe(
    Effect.provide(
      SharedReads.layer({ id: "sample", now, payer: estate.payer }).pipe(
        Layer.provideMerge(Layer.mergeAll(door, Prices.layerSnapshot, layerMemory))
      )
    )
  )
  return { results, calls: mergeCalls(calls) }
})
