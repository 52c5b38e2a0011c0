/** What the sessions of a night may do: what the planned scans of a kind need with their settings, and nothing else. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { NamedScan } from "../../audit/ScanRegistry.ts"
import { type AccountRole, Credentials } from "../../core/aws/Credentials.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { defineScan, Setting } from "../../scans/Scan.ts"
import { runNightly } from "../../workflows/engine.ts"
import { EnterRole } from "../../workflows/enterAccount.ts"
import { member, organizationOf, payer, request, world } from "./harness.ts"

const texts = { title: "t", words: "", why: "w", fix: "f", docs: "https://docs.aws.amazon.com", reasons: {} }

const regional = defineScan({
  ...texts,
  scope: "regional",
  settings: { deep: Setting.flag(false, "Reads instances as well") },
  reads: ({ deep }) => (deep ? { volumes: ec2.volumes, instances: ec2.instances } : { volumes: ec2.volumes }),
  subject: "volumes",
  judge: () => () => undefined
})

const global = defineScan({
  ...texts,
  scope: "global",
  settings: {},
  reads: { addresses: ec2.addresses },
  subject: "addresses",
  judge: () => () => undefined
})

const scans: ReadonlyArray<NamedScan> = [
  { name: "regional", category: "cleanup", scan: regional },
  { name: "global", category: "cleanup", scan: global }
]

/** The actions of each session that a night asks for in the member's account, each once. */
const sessionsOf = (settings: Record<string, Record<string, boolean>>) =>
  Effect.gen(function* () {
    const asked = new Set<string>()
    const provider = () => Promise.reject(new Error("the stub needs no credentials"))
    const session = (account: string, role: AccountRole | undefined) => {
      if (account === member) asked.add((role?.actions ?? ["everything"]).join())
      return Effect.succeed({ key: account, account, provider })
    }
    const answers = {
      ...organizationOf({ [payer]: {}, [member]: {} }),
      "ec2:DescribeAddresses": () => ({ Addresses: [] })
    }
    yield* runNightly(request({ scans: ["regional", "global"], settings })).pipe(
      Effect.provideService(Credentials, {
        caller: Effect.succeed({ account: payer, arn: `arn:aws:iam::${payer}:user/test` }),
        provider,
        session,
        takeRequests: Effect.succeed([])
      }),
      Effect.provideService(EnterRole, { roleName: "scanner" }),
      Effect.provide(world(answers, layerMemory, { scans }).layer)
    )
    return [...asked].sort()
  })

describe("sessions of a night", () => {
  it.effect("may do what the scans of their kind of scope need, with the settings as they come", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* sessionsOf({}), [
        "ec2:DescribeAddresses",
        "ec2:DescribeRegions",
        "ec2:DescribeVolumes"
      ])
    })
  )

  it.effect("follow the planned settings", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* sessionsOf({ regional: { deep: true } }), [
        "ec2:DescribeAddresses",
        "ec2:DescribeInstances,ec2:DescribeVolumes",
        "ec2:DescribeRegions"
      ])
    })
  )
})
