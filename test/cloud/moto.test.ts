/** A night of the planned bundles, as they are deployed, over two accounts and two regions of moto. */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { assert, beforeAll, describe, it } from "vitest"
import { catalogueLayer } from "../../audit/catalogueLayer.ts"
import { ScanRegistry } from "../../audit/ScanRegistry.ts"
import { Notifier } from "../../core/alerts/Notifier.ts"
import { Prices } from "../../core/pricing/Prices.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { awsLayer } from "../../functions/layers.ts"
import { runNightly } from "../../workflows/engine.ts"
import { bill } from "../aws/bill.ts"
import { payer, regions, roleName, seed } from "../aws/seed.ts"
import { plannedStage } from "../stacks/planned.ts"
import { deploy } from "./deploy.ts"
import { clockOf, contentsOf, ended, onTable, requestOf, setClocks, started } from "./nights.ts"

const moto = process.env["MOTO_ENDPOINT"] ?? ""

const configuration = {
  accounts: { organization: true },
  regions: { include: [...regions] },
  role: { name: roleName, externalId: "night-shift" }
}
const plan = plannedStage("production", configuration)

let member: string
beforeAll(async () => {
  setClocks({ executions: 0, scheduler: 0 })
  member = (await seed(moto, bill)).member
  await deploy(plan.all, {
    configuration,
    onSample: false,
    // The store is where the plan is; what is scanned is moto's.
    environment: { AWS_ENDPOINT_URL: moto, AWS_ENDPOINT_URL_DYNAMODB: process.env["AWS_ENDPOINT_URL"] ?? "" }
  })
})

/** Runs something where the SDK's clients are made for moto. */
const onMoto = async <A>(run: () => Promise<A>): Promise<A> => {
  const { AWS_ENDPOINT_URL } = process.env
  process.env["AWS_ENDPOINT_URL"] = moto
  try {
    return await run()
  } finally {
    Object.assign(process.env, { AWS_ENDPOINT_URL })
  }
}

describe("a night over moto", () => {
  it("enters both accounts by the planned role, and leaves the store as the in-process engine does", async () => {
    const { cause, status } = await ended(await started(plan, { trigger: "manual" }))
    assert.strictEqual(status, "SUCCEEDED", cause)
    const accounts = [payer, member]
    const cloud = await onTable(plan, contentsOf(accounts))
    const [run] = cloud.runs
    assert.deepStrictEqual([run?.status, run?.plan.accounts.length], ["complete", 2])
    assert.isAbove(cloud.findings.length, 1000)
    assert.sameMembers([...new Set(cloud.findings.map(({ account }) => account))], accounts)

    const world = Layer.mergeAll(ScanRegistry.layer, Notifier.layerNone, Prices.layerSnapshot, catalogueLayer).pipe(
      Layer.provideMerge(awsLayer),
      Layer.provideMerge(
        ConfigProvider.layer(
          ConfigProvider.fromUnknown({
            AWS_REGION: "us-east-1",
            AWS_ENDPOINT_URL: moto,
            NIGHTAUDIT_ROLE: roleName,
            NIGHTAUDIT_EXTERNAL_ID: "night-shift"
          })
        )
      )
    )
    const local = await onMoto(() =>
      Effect.gen(function* () {
        const request = yield* requestOf({ trigger: "manual" }, configuration)
        yield* runNightly(request).pipe(Effect.provide(world))
        return yield* contentsOf(accounts)
      }).pipe(
        Effect.provide(Layer.provideMerge(layerMemory, clockOf(run?.startedAt ?? ""))),
        Effect.scoped,
        Effect.runPromise
      )
    )
    assert.deepStrictEqual(cloud, local)
  })
})
