/** Audits one scope: its scans side by side, over datasets that each is read once, in groups that share what they read. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { AwsTarget } from "../core/aws/Aws.ts"
import { type Coverages, coveragesOf, isCoverable, underCoverage } from "../core/finding/coverage.ts"
import { loadComputePrices } from "../core/pricing/ComputePrices.ts"
import { placeOf } from "../core/pricing/PricePlace.ts"
import { Prices } from "../core/pricing/Prices.ts"
import { pricesAt } from "../core/pricing/pricesAt.ts"
import { known, type Reading, unknown } from "../core/Reading.ts"
import { endpointRegion, type Scope, scopeKindOf } from "../core/Scope.ts"
import * as commitments from "../datasets/billing/commitments.ts"
import * as usageTypes from "../datasets/billing/usageTypes.ts"
import { living as livingKinds } from "../datasets/aws/living.ts"
import { type Dataset, type ReadServices, withNeeds } from "../datasets/engine/Dataset.ts"
import { gapsOf, Reader } from "../datasets/engine/Reader.ts"
import type { SharedReads } from "../datasets/engine/SharedReads.ts"
import { SeriesReader } from "../datasets/metrics/SeriesReader.ts"
import type { JudgeContext } from "../scans/Scan.ts"
import {
  type CommonSettings,
  judge,
  type Judgement,
  type PlannedScan,
  readsOf,
  type Sink,
  taggedTypesOf
} from "./judge.ts"
import { Prober } from "./Prober.ts"
import { seriesMemory } from "./seriesMemory.ts"

/** Groups that are judged at the same time: enough to keep AWS busy, few enough to keep their datasets in memory. */
const groupsAtOnce = 4

/** Scans that are judged together, because one reads what another judges. */
export type ScanGroup = ReadonlyArray<PlannedScan>

/**
 * The scans in groups: those that read the subject of another, or have the same, are together. So a step that has only time for
 * one group reads little that the next one reads again.
 */
export const groupsOf = (scans: ReadonlyArray<PlannedScan>): ReadonlyArray<ScanGroup> => {
  const groups: Array<{ scans: Array<PlannedScan>; subjects: Set<string>; reads: Set<string> }> = []
  for (const planned of scans) {
    const reads = planned.scan.reads(planned.settings)
    const subject = reads[planned.scan.subject]?.name ?? ""
    const names = withNeeds(Object.values(reads)).map(({ name }) => name)
    const group = groups.find(
      (group) =>
        group.scans.length < maxGroup && (group.reads.has(subject) || names.some((name) => group.subjects.has(name)))
    )
    if (group === undefined) groups.push({ scans: [planned], subjects: new Set([subject]), reads: new Set(names) })
    else {
      group.scans.push(planned)
      group.subjects.add(subject)
      for (const name of names) group.reads.add(name)
    }
  }
  return groups.map((group) => group.scans)
}

const maxGroup = 8

const coverageNotRead: Reading<Coverages> = unknown("this run does not read what commitments cover")

/**
 * What reservations and Savings Plans cover, as the payer has read it. It is no gap of a scan where it is missing: what was found is true,
 * and its saving says that it is at list prices.
 */
const readCoverages = (reader: Reader["Service"]) =>
  Effect.map(reader.load(commitments.coverage), (loaded): Reading<Coverages> => {
    const [gap] = gapsOf(loaded)
    return loaded.ok && gap === undefined ? known(coveragesOf(loaded.value)) : unknown(gap?.summary ?? "")
  })

/** What a scope was charged for extended support, as the payer has read it. */
const readExtendedSupport = (reader: Reader["Service"], { account, region }: Scope) =>
  Effect.map(reader.load(usageTypes.ofAccounts), (loaded): JudgeContext<unknown>["extendedSupport"] => {
    const [gap] = gapsOf(loaded)
    if (!loaded.ok || gap !== undefined) return unknown(gap?.summary ?? "")
    const rows: ReadonlyArray<usageTypes.AccountUsage> = loaded.value
    return known(rows.filter((one) => one.account === account && one.region === region))
  })

/**
 * Audits the current target with scans of its kind. `proceed` is asked before every group but the first; `cutOff`, in
 * milliseconds of the clock, is when what is still being judged is stopped. Answers the scans that were not judged.
 */
export const auditScope = Effect.fn("auditScope")(function* <E, R>(
  scans: ReadonlyArray<PlannedScan>,
  options: {
    readonly now: Date
    readonly common: CommonSettings
    readonly proceed: Effect.Effect<boolean>
    readonly cutOff: number
    /** Of one scan; `end` is told what happened as soon as it is known. */
    readonly sinkOf: (planned: PlannedScan) => Sink<E, R> & {
      readonly end: (judgement: Judgement) => Effect.Effect<void, E, R>
    }
  }
) {
  const { common, cutOff, now, proceed, sinkOf } = options
  const target = yield* AwsTarget
  const scope = { account: target.account, region: target.region }
  const priceRegion = endpointRegion(target.region, target.partition)
  const book = yield* Effect.flatMap(Prices, (prices) => prices.bookFor(priceRegion))
  const compute = yield* loadComputePrices([...new Set(scans.flatMap(({ scan }) => scan.prices))])
  const taggedTypes = taggedTypesOf(scans)
  const closures = new Map(
    scans.map((planned) => [planned, withNeeds(readsOf(planned, taggedTypes).map(([, dataset]) => dataset))])
  )
  const datasets = withNeeds([...closures.values()].flat())
  const probes = scans.flatMap(({ scan, settings }) => Object.values(scan.probes(settings)))
  const metrics = [
    ...datasets.flatMap((dataset) => dataset.metrics),
    ...probes.flatMap((probe) => (probe.kind === "series" ? probe.metrics : []))
  ]
  const reader = yield* Reader.make(now)
  const prober = yield* Prober.make(now)
  const readers = new Map<Dataset, number>()
  for (const dataset of [...closures.values()].flat()) readers.set(dataset, (readers.get(dataset) ?? 0) + 1)

  const release = (planned: PlannedScan) => {
    const unread = (closures.get(planned) ?? []).filter((dataset) => {
      const left = (readers.get(dataset) ?? 1) - 1
      readers.set(dataset, left)
      // What runs may be wanted once more, where CloudWatch is silent, and most scans read it until the end.
      return left === 0 && !livingKinds.some((kind) => kind.dataset === dataset)
    })
    reader.free(unread)
  }

  // Only its own scans make a payer pay for it; everywhere else it is read already, or not at all.
  const isCoverageRead = scopeKindOf(scope) !== "payer" || datasets.includes(commitments.coverage)
  const coverages = yield* Effect.cached(isCoverageRead ? readCoverages(reader) : Effect.succeed(coverageNotRead))

  const isUseRead = scopeKindOf(scope) !== "payer" || datasets.includes(usageTypes.ofAccounts)
  const extendedSupport = yield* Effect.cached(
    isUseRead ? readExtendedSupport(reader, scope) : Effect.succeed(unknown("this run does not read it"))
  )

  const judged = new Set<PlannedScan>()
  const runScan = Effect.fnUntraced(function* (planned: PlannedScan) {
    const context: JudgeContext<any> = {
      settings: planned.settings,
      scope,
      partition: target.partition,
      now,
      price: pricesAt(book, placeOf(priceRegion)),
      compute,
      extendedSupport: planned.scan.usesBill ? yield* extendedSupport : unknown("the scan does not look at it")
    }
    const sink = sinkOf(planned)
    const judgement = yield* judge(planned, context, common, taggedTypes, {
      freshOf: sink.freshOf,
      take: (drafts) =>
        drafts.some(isCoverable)
          ? Effect.flatMap(coverages, (known) => sink.take(drafts.map((draft) => underCoverage(draft, known))))
          : sink.take(drafts)
    })
    yield* sink.end(judgement)
    judged.add(planned)
    release(planned)
  })

  yield* Effect.gen(function* () {
    const services = yield* Effect.context<Exclude<ReadServices, SeriesReader> | SharedReads>()
    const unmeasured = yield* SeriesReader.make(now, [])
    // Only what the scope's scans list anyway: a session has no right to more.
    const living = Effect.map(
      Effect.forEach(
        livingKinds.filter(({ dataset }) => datasets.includes(dataset)),
        ({ dataset, seriesOf }) =>
          Effect.map(reader.load(dataset), (loaded) => (loaded.ok ? seriesOf(loaded.value, now) : []))
      ),
      (kinds) => kinds.flat()
    ).pipe(Effect.provideService(SeriesReader, unmeasured), Effect.provide(services))
    const series = yield* SeriesReader.make(now, metrics, yield* seriesMemory(now), living)
    yield* Effect.forEach(
      groupsOf(scans).entries(),
      Effect.fnUntraced(function* ([index, group]) {
        if (index > 0 && !(yield* proceed)) return
        yield* Effect.forEach(group, runScan, { concurrency: "unbounded", discard: true })
      }),
      { concurrency: groupsAtOnce, discard: true }
    ).pipe(
      Effect.provideService(SeriesReader, series),
      Effect.timeoutOption(Math.max(0, cutOff - (yield* Clock.currentTimeMillis)))
    )
  }).pipe(Effect.scoped, Effect.provideService(Reader, reader), Effect.provideService(Prober, prober))
  return scans.filter((planned) => !judged.has(planned))
})
