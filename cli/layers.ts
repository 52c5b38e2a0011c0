/** The composition root: where a command works, and what it works with there. Loads AWS clients only for what calls AWS. */
import { existsSync, mkdirSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { catalogueLayer } from "../audit/catalogueLayer.ts"
import { HomeRegion } from "../core/config/HomeRegion.ts"
import type { Config } from "../core/config/Config.ts"
import { readConfig } from "../core/config/readConfig.ts"
import { bytesOf } from "../core/file.ts"
import { isOfKnownPartition } from "../core/Scope.ts"
import { Prices } from "../core/pricing/Prices.ts"
import { layerSqlite } from "../core/store/sqlite/sqlite.ts"
import type { Store, StoreError } from "../core/store/Store.ts"
import { sampleClock } from "../sample/sampleClock.ts"
import { catalogue } from "../audit/catalogue.ts"
import type { PlaceInput } from "./flags.ts"
import { ReportNotWritten, ReportShelf } from "../core/run/ReportShelf.ts"
import { Machine } from "./Machine.ts"
import { outboxLayer, type Talk } from "./outbox.ts"
import { replaceFile } from "./output/file.ts"
import { type Problem, usageProblem } from "./Problem.ts"
import { isGone } from "./programs/resume.ts"
import { ProcessGone } from "../core/run/ProcessGone.ts"

/** What a command works on: the accounts of a configuration, or the sample estate. */
export interface Place {
  readonly sample: boolean
  readonly config: Config
  /** The file that the configuration was read from, if there is one. */
  readonly configFile: string | undefined
  /** Absolute. */
  readonly storeFile: string
}

/** Reads the configuration and decides on the store. The sample's is a file of its own beside the real one. */
export const openPlace = Effect.fn("cli.openPlace")(function* (input: PlaceInput) {
  const { folder } = yield* Machine
  const { config, file } = yield* readConfig({ catalogue, folder, path: input.config })
  const store = input.store === undefined ? config.store : resolve(folder, input.store)
  return {
    sample: input.sample,
    config,
    configFile: file,
    storeFile: input.sample ? join(dirname(store), "sample", basename(store)) : store
  } satisfies Place
})

/**
 * What the AWS profile decides where nothing else does: the home region, whose endpoints answer for what belongs to no region
 * and whose partition is the accounts', and the CA bundle.
 */
export const awsHome = Effect.fn("cli.awsHome")(function* ({ config, sample }: Place) {
  if (sample) return { homeRegion: config.homeRegion ?? "us-east-1", caBundle: undefined }
  const { readProfile } = yield* Effect.promise(() => import("../core/aws/awsProfile.ts"))
  const { caBundle, region } = yield* readProfile(config.profile)
  const homeRegion = config.homeRegion ?? region ?? "us-east-1"
  // Its accounts would be asked at the endpoints of another partition, with credentials that do not hold there.
  if (!isOfKnownPartition(homeRegion))
    return yield* usageProblem(
      `The home region ${homeRegion}, of AWS_REGION, the configuration or the AWS profile, is in no partition that Night Audit knows: commercial, GovCloud or China.`
    )
  return { homeRegion, caBundle }
})

export const hasStore = ({ storeFile }: Place): boolean => existsSync(storeFile)

// The sample's time begins with its store: a store that is deleted begins with the first night again.
const sampleTime = (place: Place) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const file = join(dirname(place.storeFile), "clock.json")
      return sampleClock(hasStore(place) ? yield* createdAt(file) : begin(file, yield* Clock.currentTimeMillis))
    })
  )

const begin = (file: string, now: number): number => {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    replaceFile(file, `${JSON.stringify({ createdAt: new Date(now).toISOString() })}\n`)
  } catch {
    // The store is about to say what is wrong with the folder.
  }
  return now
}

const createdAt = (file: string): Effect.Effect<number, Problem> =>
  bytesOf(file).pipe(
    Effect.flatMap((bytes) =>
      Effect.try(() => {
        const millis = Date.parse(JSON.parse(new TextDecoder().decode(bytes)).createdAt)
        if (!Number.isFinite(millis)) throw new Error("no instant")
        return millis
      })
    ),
    Effect.mapError(() =>
      usageProblem(
        `${file}, which says when the sample's time began, cannot be read: delete the folder ${dirname(file)} to begin with its first night again.`
      )
    )
  )

/** Which runs of this machine have died with their processes. */
const processGone = Layer.unwrap(
  Effect.map(Machine, (machine) => Layer.succeed(ProcessGone, (process) => isGone(process, machine)))
)

/** The place's store, which of its runs have died, and its time in the sample. */
export const storeLayer = (place: Place): Layer.Layer<Store, StoreError | Problem, Machine> => {
  const store = Layer.merge(layerSqlite(place.storeFile), processGone)
  return place.sample ? Layer.provideMerge(store, sampleTime(place)) : store
}

/** Runs what only reads results. Fails when there are none yet. */
export const withStore = Effect.fn("cli.withStore")(function* <A, E, R>(
  input: PlaceInput,
  program: Effect.Effect<A, E, R>
) {
  const place = yield* openPlace(input)
  if (!hasStore(place)) {
    const make = place.sample ? "`nightaudit demo`" : "`nightaudit scan`"
    return yield* usageProblem(
      `There is no store at ${place.storeFile} yet: ${make} makes it${place.sample ? "" : ", and --sample looks at the sample estate"}.`
    )
  }
  return yield* program.pipe(Effect.provide(storeLayer(place)))
})

/** Where the page of the newest run is, beside the store. */
export const reportFile = ({ storeFile }: Pick<Place, "storeFile">): string => join(dirname(storeFile), "report.html")

/** The page of a run as a file, which the next one replaces. What writes pages is loaded when there is one to write. */
const shelfLayer = (place: Place) =>
  Layer.succeed(ReportShelf, {
    put: Effect.fnUntraced(function* () {
      const { writeReport } = yield* Effect.promise(() => import("./programs/report.ts"))
      const file = reportFile(place)
      yield* Effect.catchTag(writeReport(file, true), "Problem", ({ lines }) =>
        Effect.fail(new ReportNotWritten({ message: lines.join(" ") }))
      )
      return { url: pathToFileURL(file).href, until: null }
    })
  })

const loadAws = Effect.promise(() =>
  Promise.all([
    import("../core/aws/Aws.ts"),
    import("../audit/ScanRegistry.ts"),
    import("../workflows/enterAccount.ts"),
    import("../workflows/steps/scan.ts")
  ])
)

/** Who answers calls, with whose credentials. */
const transportLayer = (place: Place) =>
  Layer.unwrap(
    Effect.gen(function* () {
      if (place.sample) {
        const { layerSample } = yield* Effect.promise(() => import("../sample/layer.ts"))
        return layerSample
      }
      const [{ Credentials }, { HttpHandler }, { Transport }] = yield* Effect.promise(() =>
        Promise.all([
          import("../core/aws/Credentials.ts"),
          import("../core/aws/HttpHandler.ts"),
          import("../core/aws/Transport.ts")
        ])
      )
      const { caBundle, homeRegion } = yield* awsHome(place)
      const credentials = Credentials.layer({ homeRegion, profile: place.config.profile })
      return Transport.layerSdk.pipe(Layer.provideMerge(credentials), Layer.provide(HttpHandler.layer({ caBundle })))
    })
  )

const roleOf = ({ config: { role }, sample }: Place) =>
  sample ? undefined : { roleName: role.name, externalId: role.externalId }

/** All that an audit needs, with the place's store and time, or another store. */
export const auditLayer = (
  place: Place,
  store: Layer.Layer<Store, StoreError | Problem, Machine> = storeLayer(place),
  talk: Talk = "alarms"
) =>
  Layer.unwrap(
    Effect.map(loadAws, ([{ Aws }, { ScanRegistry }, { EnterRole }, { ScanBudget }]) => {
      const aws = Layer.provideMerge(Aws.layer, transportLayer(place))
      const prices =
        !place.sample && place.config.prices === "price-list" ? Prices.layerPriceList : Prices.layerSnapshot
      return Layer.mergeAll(
        ScanRegistry.layer,
        outboxLayer(place, talk),
        shelfLayer(place),
        Layer.succeed(EnterRole, roleOf(place)),
        // Nothing ends a process on one's own machine after 15 minutes.
        Layer.succeed(ScanBudget, { begin: Duration.hours(24), stop: Duration.hours(25) }),
        Layer.unwrap(Effect.map(awsHome(place), ({ homeRegion }) => Layer.succeed(HomeRegion, homeRegion))),
        catalogueLayer,
        prices.pipe(Layer.provideMerge(aws))
      ).pipe(Layer.provideMerge(store))
    })
  )
