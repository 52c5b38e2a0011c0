/** A night over an estate behind a wire that takes its time: what the benchmarks of a night share. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { catalogueLayer } from "../audit/catalogueLayer.ts"
import { ScanRegistry } from "../audit/ScanRegistry.ts"
import { Notifier } from "../core/alerts/Notifier.ts"
import { Aws, RetrySchedule } from "../core/aws/Aws.ts"
import { Credentials } from "../core/aws/Credentials.ts"
import { Transport } from "../core/aws/Transport.ts"
import type { AuditRequest } from "../core/config/AuditRequest.ts"
import { Prices } from "../core/pricing/Prices.ts"
import { Store } from "../core/store/Store.ts"
import type { Estate } from "../sample/estate.ts"
import * as SampleTransport from "../sample/SampleTransport.ts"

export const benchAccount = "111111111111"
export const benchRegion = "eu-west-1"

/** When the first night begins, for estates whose dates are those of the sample. */
export const firstNight = Date.parse("2026-11-20T02:00:00Z")

const provider = () => Promise.reject(new Error("the estate needs no credentials"))
const credentials = Layer.succeed(Credentials, {
  caller: Effect.succeed({ account: benchAccount, arn: `arn:aws:iam::${benchAccount}:user/bench` }),
  provider,
  session: (account) => Effect.succeed({ key: account, account, provider }),
  takeRequests: Effect.succeed([])
})

/** An estate behind a wire on which each call takes so long. `seen` is given every call with its answer. */
export const slow = (
  estate: Estate,
  millis: number,
  seen: (operation: Parameters<Transport["Service"]["send"]>[0], answer: unknown) => void = () => undefined
) =>
  Layer.effect(
    Transport,
    Effect.map(Transport, (transport) => ({
      send: async (...call: Parameters<typeof transport.send>) => {
        await new Promise((resolve) => setTimeout(resolve, millis))
        const answer = await transport.send(...call)
        seen(call[0], answer)
        return answer
      }
    }))
  ).pipe(Layer.provideMerge(SampleTransport.layerOf(estate)))

/** All that a night needs, with the product's rate limits and a store of its own. */
export const benchLayer = (transport: ReturnType<typeof slow>, store: Store["Service"]) =>
  Layer.mergeAll(
    Aws.layer.pipe(Layer.provideMerge(transport), Layer.provideMerge(credentials)),
    ScanRegistry.layer,
    catalogueLayer,
    Prices.layerSnapshot,
    Notifier.layerNone,
    Layer.succeed(Store, store),
    Layer.succeed(RetrySchedule, Schedule.recurs(0))
  )

/** A night over the one account and region. */
export const benchRequest = (scans: ReadonlyArray<string>): AuditRequest => ({
  trigger: "manual",
  accounts: "self",
  regions: [benchRegion],
  excludeRegions: [],
  scans,
  settings: {},
  minMonthlySavingsUsd: 0,
  suppressTagKeys: ["finops:ignore"],
  maxRunUsd: null,
  full: true,
  process: null
})

/** Runs something with the machine's clock ahead, so that it is the first night; `offset` is asked for what to add to that. */
export const atNight = async <A>(run: () => Promise<A>, offset: () => number = () => 0): Promise<A> => {
  const realNow = Date.now
  const started = realNow()
  Date.now = () => firstNight + offset() + (realNow() - started)
  try {
    return await run()
  } finally {
    Date.now = realNow
  }
}
