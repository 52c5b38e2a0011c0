/**
 * What a night in which nothing changes writes to DynamoDB and reads there, counted call by call by DynamoDB's own rules over a real
 * server of its interface, beside what the guide's formula says: `node bench/units.ts`.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { scans as index } from "../audit/index.ts"
import { unitsOf, workOf } from "../core/run/runCost.ts"
import { togetherSeconds } from "../core/run/together.ts"
import { layerDynamo } from "../core/store/dynamo/dynamo.ts"
import { Store } from "../core/store/Store.ts"
import type { Account, Estate, Region } from "../sample/estate.ts"
import { metered } from "../test/core/store/capacity.ts"
import { dynamoTable, tableName } from "../test/core/store/dynamoLayer.ts"
import { runNightly } from "../workflows/engine.ts"
import { Together } from "../workflows/together.ts"
import { atNight, benchAccount, benchLayer, benchRegion, benchRequest, slow } from "./benchNight.ts"
import { sweepEstate } from "./sweepEstate.ts"

const regionNames =
  "eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-north-1 us-east-1 us-east-2 us-west-1 us-west-2 " +
  "ap-south-1 ap-southeast-1 ap-southeast-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ca-central-1 sa-east-1"

const allRegions = regionNames.split(" ")

export interface UnitsOfNight {
  readonly counted: { readonly writes: number; readonly reads: number }
  readonly formula: { readonly writes: number; readonly reads: number }
  readonly byKind: ReadonlyMap<string, { readonly reads: number; readonly writes: number }>
}

/** The second night over so many accounts and regions. One region of the first account has these resources, the others have none. */
export const measureUnits = async (
  accounts: number,
  regions: number,
  resources: Partial<Region> = sweepEstate.accounts[0]?.regions[benchRegion] ?? {}
): Promise<UnitsOfNight> => {
  const members = Array.from({ length: accounts }, (_, n) => String(222_222_222_222 + n))
  const account = (id: string, n: number): Account => ({
    id,
    name: `account ${n}`,
    regions: n === 0 ? { [benchRegion]: resources } : {}
  })
  const estate: Estate = { ...sweepEstate, payer: benchAccount, regions: allRegions, accounts: members.map(account) }
  const request = {
    ...benchRequest(Object.keys(index)),
    accounts: members,
    payer: benchAccount,
    regions: allRegions.slice(0, regions)
  }
  let offset = 0
  const program = Effect.gen(function* () {
    const calls = yield* dynamoTable
    const { take } = metered(calls)
    const store = yield* Effect.map(Layer.build(layerDynamo({ tableName, calls })), Context.get(Store))
    const night = runNightly(request).pipe(
      Effect.provide(benchLayer(slow(estate, 0), store)),
      Effect.provideService(Together, Duration.seconds(togetherSeconds))
    )
    yield* night
    offset += 86_400_000
    take()
    const id = yield* night
    const { byKind, reads, writes } = take()
    const records = (yield* Effect.forEach(members, (member) => store.scopeRecords(id, member))).flat()
    const formula = unitsOf({ ...workOf(records), accounts })
    return { counted: { reads, writes }, formula, byKind }
  }).pipe(Effect.scoped)
  return atNight(
    () => Effect.runPromise(program as Effect.Effect<any>),
    () => offset
  )
}

/** Prints the tables. Fails where the formula is more than a tenth beside what was counted. */
export const benchUnits = async (accounts = 3, regions = allRegions.length): Promise<void> => {
  const { byKind, counted, formula } = await measureUnits(accounts, regions)
  console.log(
    `\nDynamoDB units of a night over ${accounts} accounts with ${regions} regions each, one of them with resources`
  )
  console.table(Object.fromEntries(byKind))
  console.table({ counted, formula })
  for (const unit of ["reads", "writes"] as const) {
    if (Math.abs(formula[unit] / counted[unit] - 1) > 0.1) throw new Error(`the formula is wrong about ${unit}`)
  }
}

if (import.meta.main) await benchUnits()
