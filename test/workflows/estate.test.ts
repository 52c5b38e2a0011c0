/** Which accounts, regions and payers a night is about, and that none of them is lost in silence. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import type { NamedScan } from "../../audit/ScanRegistry.ts"
import { HomeRegion } from "../../core/config/HomeRegion.ts"
import { payerRegion } from "../../core/Scope.ts"
import { Store } from "../../core/store/Store.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { dataset } from "../../datasets/engine/Dataset.ts"
import { send } from "../../core/aws/Aws.ts"
import { operation } from "../../core/aws/operation.ts"
import { CostExplorerClient, GetCostAndUsageCommand } from "@aws-sdk/client-cost-explorer"
import { CloudFrontClient, ListDistributionsCommand } from "@aws-sdk/client-cloudfront"
import { defineScan, hygiene, need } from "../../scans/Scan.ts"
import { runNightly } from "../../workflows/engine.ts"
import { discover } from "../../workflows/steps/discover.ts"
import { plan } from "../../workflows/steps/plan.ts"
import { recordFailure } from "../../workflows/steps/recordFailure.ts"
import { scan } from "../../workflows/steps/scan.ts"
import { settle } from "../../workflows/steps/settle.ts"
import { sum } from "../../workflows/steps/sum.ts"
import { type Answers, awsFailure } from "../datasets/harness.ts"
import {
  awsVolume,
  type Estate,
  everything,
  member,
  organizationOf,
  payer,
  request,
  volumesScan,
  world
} from "./harness.ts"

const firstNight = Date.parse("2026-11-20T02:00:00Z")
const night = (days: number) => TestClock.setTime(firstNight + days * 86_400_000)

const estateOf = (): Estate => ({
  [payer]: { "eu-west-1": [awsVolume("vol-a")] },
  [member]: { "us-east-1": [awsVolume("vol-b")] }
})

const sharedStore = Effect.map(Effect.context<Store>(), (context) => Layer.succeedContext(context))

const getCosts = operation(CostExplorerClient, GetCostAndUsageCommand, "ce:GetCostAndUsage")
const listDistributions = operation(CloudFrontClient, ListDistributionsCommand, "cloudfront:ListDistributions")

const bill = dataset<ReadonlyArray<{ readonly arn: string; readonly id: string }>>("test.bill", {
  scope: "payer",
  operations: [getCosts],
  read: () => send(getCosts, {} as never, () => ({ value: [{ arn: "arn:spend", id: "spend" }], gaps: [] }))
})

const distributions = dataset<ReadonlyArray<string>>("test.distributions", {
  scope: "global",
  operations: [listDistributions],
  read: () => send(listDistributions, {}, () => ({ value: ["d-1"], gaps: [] }))
})

const texts = {
  title: "t",
  words: "",
  why: "w",
  fix: "f",
  docs: "https://docs.aws.amazon.com",
  reasons: { any: "because" }
}
const flagged = hygiene({ reason: "any", severity: "low", note: "free", evidence: {} })

const resource = ({ arn, id }: { readonly arn: string; readonly id: string }) => ({
  type: "test:thing",
  service: "",
  id,
  arn,
  name: "",
  tags: {},
  createdAt: null
})

const payersScan: NamedScan = {
  name: "judges_the_bill",
  category: "cost",
  scan: defineScan({
    ...texts,
    scope: "payer",
    settings: {},
    reads: { bill },
    subject: "bill",
    over: { items: ({ bill }) => bill.found, resource },
    judge: () => () => flagged
  })
}

/** A regional scan that looks into the bill and into what the whole account has. */
const regionalScan: NamedScan = {
  name: "looks_into_the_bill",
  category: "cost",
  scan: defineScan({
    ...texts,
    scope: "regional",
    settings: {},
    reads: { volumes: ec2.volumes, bill, distributions },
    subject: "volumes",
    judge: ({ bill, distributions }) =>
      function* () {
        yield* need(bill.some(({ id }) => id === "another"))
        yield* need(distributions.some((id) => id === "d-2"))
        return flagged
      }
  })
}

const withBill = (answers: Answers): Answers => ({
  ...answers,
  "ce:GetCostAndUsage": () => ({}),
  "cloudfront:ListDistributions": () => ({})
})

const refusal = (name: string) => () => {
  throw awsFailure(name)
}

const auditOf = Effect.fnUntraced(function* (
  answers: Answers,
  scans: ReadonlyArray<NamedScan>,
  overrides: Parameters<typeof request>[0] = {}
) {
  const store = yield* Store
  const { layer, sent } = world(answers, yield* sharedStore, { scans })
  const id = yield* Effect.provide(runNightly(request({ scans: scans.map(({ name }) => name), ...overrides })), layer)
  const run = yield* store.run(id)
  const calls = (name: string) =>
    sent
      .filter(({ operation }) => operation.name === name)
      .map(({ destination: { account, region } }) => `${account} ${region}`)
  return { run, summary: run?.summary, calls }
})

describe("billing data", () => {
  it.effect("is read once, from the payer and before the accounts, and every region reads the stored copy", () =>
    Effect.gen(function* () {
      yield* night(0)
      const { calls, summary } = yield* auditOf(withBill(organizationOf(estateOf())), [payersScan, regionalScan])
      assert.deepStrictEqual(calls("GetCostAndUsage"), [`${payer} us-east-1`])
      assert.deepInclude(summary?.coverage, { expected: 5, complete: 5 })
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("of the whole account is read once for all its regions", () =>
    Effect.gen(function* () {
      yield* night(0)
      const { calls } = yield* auditOf(withBill(organizationOf(estateOf())), [regionalScan])
      assert.deepStrictEqual(calls("ListDistributions").sort(), [`${payer} us-east-1`, `${member} us-east-1`])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is read from the payer that is configured, also where that account is not audited", () =>
    Effect.gen(function* () {
      yield* night(0)
      const { calls, summary } = yield* auditOf(withBill(organizationOf(estateOf())), [payersScan, regionalScan], {
        accounts: [member],
        payer
      })
      assert.deepStrictEqual(calls("GetCostAndUsage"), [`${payer} us-east-1`])
      assert.deepInclude(summary?.coverage, { expected: 3, complete: 3 })
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is a named gap where the management account is left out: no member becomes a payer", () =>
    Effect.gen(function* () {
      yield* night(0)
      const { calls, run, summary } = yield* auditOf(withBill(organizationOf(estateOf())), [payersScan, regionalScan], {
        accounts: [member]
      })
      assert.deepStrictEqual(calls("GetCostAndUsage"), [])
      assert.strictEqual(run?.plan.payerGap?.code, "payer_not_included")
      assert.strictEqual(
        run?.plan.payerGap?.message,
        `account ${payer} pays for the organisation and is not part of the audit, so nothing about the bill, discounts and recommendations of AWS is known: add the account, or set "payer" to it in the configuration. Where nobody may enter it, "payer": "each" asks every account for its own part of the bill, for some $0.25 an account on the first night and $0.07 on later ones`
      )
      assert.deepStrictEqual(summary?.coverage.gaps.map(({ reason, scans }) => [reason.code, scans]).sort(), [
        ["payer_not_included", ["judges_the_bill"]],
        ["unreachable", ["looks_into_the_bill"]]
      ])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect(
    "is each account's own part where the configuration says so, and the management account's where that is audited",
    () =>
      Effect.gen(function* () {
        yield* night(0)
        const elsewhere = {
          ...withBill(organizationOf(estateOf())),
          "organizations:DescribeOrganization": () => ({ Organization: { MasterAccountId: "999999999999" } })
        }
        const each = yield* auditOf(elsewhere, [payersScan, regionalScan], { accounts: [payer, member], payer: "each" })
        assert.deepStrictEqual(
          each.calls("GetCostAndUsage").sort(),
          [`${payer} us-east-1`, `${member} us-east-1`].sort()
        )
        assert.deepStrictEqual([each.run?.plan.payers, each.run?.plan.payerGap], [[payer, member], null])
        assert.strictEqual(each.summary?.coverage.complete, each.summary?.coverage.expected)

        yield* night(1)
        const all = { accounts: [payer, member], payer: "each" }
        const whole = yield* auditOf(withBill(organizationOf(estateOf())), [payersScan], all)
        assert.deepStrictEqual(whole.run?.plan.payers, [payer], "its bill has the members' in it")

        yield* night(2)
        const denied = { ...elsewhere, "organizations:DescribeOrganization": refusal("AccessDeniedException") }
        const unknown = yield* auditOf(denied, [payersScan], all)
        assert.deepStrictEqual([unknown.run?.plan.payers, unknown.run?.plan.payerGap?.code], [[], "payer_unknown"])
      }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is a member's own part of the bill where that account is audited alone", () =>
    Effect.gen(function* () {
      yield* night(0)
      const elsewhere = {
        ...withBill(organizationOf(estateOf())),
        "organizations:DescribeOrganization": () => ({ Organization: { MasterAccountId: "999999999999" } })
      }
      const { calls, run } = yield* auditOf(elsewhere, [payersScan], { accounts: "self" })
      assert.deepStrictEqual(calls("GetCostAndUsage"), [`${payer} us-east-1`])
      assert.deepStrictEqual([run?.plan.payers, run?.plan.payerGap], [[payer], null])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is a named gap where nobody may ask who pays, and belongs to each account without an organisation", () =>
    Effect.gen(function* () {
      yield* night(0)
      const denied = {
        ...withBill(organizationOf(estateOf())),
        "organizations:DescribeOrganization": refusal("AccessDeniedException")
      }
      const unknown = yield* auditOf(denied, [payersScan])
      assert.deepStrictEqual(unknown.calls("GetCostAndUsage"), [])
      assert.strictEqual(unknown.run?.plan.payerGap?.code, "payer_unknown")
      assert.deepInclude(unknown.summary?.coverage, { expected: 1, unavailable: 1 })

      yield* night(1)
      const alone = {
        ...withBill(organizationOf(estateOf())),
        "organizations:DescribeOrganization": refusal("AWSOrganizationsNotInUseException")
      }
      const own = yield* auditOf(alone, [payersScan], { accounts: [payer, member] })
      assert.deepStrictEqual(own.calls("GetCostAndUsage").sort(), [`${payer} us-east-1`, `${member} us-east-1`])
      assert.isNull(own.run?.plan.payerGap)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is asked for also where the planning died before it was done and is repeated", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* night(0)
      const scans = [payersScan]
      const answers = withBill(organizationOf(estateOf()))
      const input = {
        request: request({ scans: ["judges_the_bill"] }),
        execution: "one",
        startedAt: "2026-11-20T02:00:00Z"
      }
      const dies = Effect.die(new Error("the process is gone"))
      for (const write of ["putScope", "putRun"] as const) {
        const dying = Layer.succeed(Store, { ...store, [write]: () => dies })
        yield* Effect.exit(Effect.provide(plan(input), world(answers, dying, { scans }).layer))
      }
      const planned = yield* Effect.provide(plan(input), world(answers, yield* sharedStore, { scans }).layer)
      const record = yield* store.scopeRecord(planned.runId, { account: payer, region: payerRegion })
      assert.deepStrictEqual(record?.scans, ["judges_the_bill"])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("does not stand for the payer's own account where that could not be discovered", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* night(0)
      const scans = [payersScan, volumesScan]
      const { layer } = world(withBill(organizationOf(estateOf())), yield* sharedStore, { scans })
      const asked = request({ scans: scans.map(({ name }) => name) })
      const input = { request: asked, execution: "one", startedAt: "2026-11-20T02:00:00Z" }
      const { runId } = yield* Effect.provide(plan(input), layer)
      yield* Effect.provide(scan({ runId, account: payer, region: payerRegion }), layer)
      yield* Effect.provide(recordFailure({ runId, account: payer, error: { Error: "Lambda.Unknown" } }), layer)
      const records = yield* store.scopeRecords(runId, payer)
      assert.deepStrictEqual(
        records.map(({ outcomes, region }) => [region, ...outcomes.map(({ scan, status }) => `${scan} ${status}`)]),
        [
          ["*", "find_unused_volumes unavailable"],
          [payerRegion, "judges_the_bill complete"]
        ]
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("that cannot be read keeps its scans in the coverage", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* night(0)
      const answers = {
        ...withBill(organizationOf(estateOf())),
        "ce:GetCostAndUsage": refusal("AccessDeniedException")
      }
      const { calls, summary } = yield* auditOf(answers, [payersScan, regionalScan])
      // The failure is stored as well: nobody asks again.
      assert.lengthOf(calls("GetCostAndUsage"), 1)
      assert.deepInclude(summary?.coverage, { expected: 5, complete: 0, partial: 4, unavailable: 1 })
      const [outcome] = yield* store.latestOutcomes({ account: payer, region: payerRegion })
      assert.strictEqual(outcome?.status, "unavailable")
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("an estate", () => {
  it.effect("keeps regions in the coverage that were not discovered, because the step died for good among them", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* night(0)
      const dying = Layer.succeed(Store, {
        ...store,
        putScope: (record) =>
          record.account === member && record.region === "us-east-1"
            ? Effect.die(new Error("the process is gone"))
            : store.putScope(record)
      })
      const { layer } = world(organizationOf(estateOf()), dying)
      const id = yield* Effect.provide(runNightly(request()), layer)
      const coverage = (yield* store.run(id))?.summary?.coverage
      assert.deepStrictEqual(
        coverage?.gaps.map(({ accounts, reason, regions }) => [reason.code, accounts, regions]),
        [["step_failed", [member], ["*", "eu-west-1"]]]
      )
      assert.deepInclude(coverage, { expected: 4, complete: 2, unavailable: 2 })
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("does not shrink because a list of accounts or regions came without them", () =>
    Effect.gen(function* () {
      const answers = organizationOf(estateOf())
      yield* night(0)
      yield* auditOf(answers, [volumesScan])
      const before = yield* everything
      yield* night(1)
      for (const Accounts of [undefined, []]) {
        const error = yield* Effect.flip(
          auditOf({ ...answers, "organizations:ListAccounts": () => ({ Accounts }) }, [volumesScan])
        )
        assert.include(String((error as Error).message), "organizations:ListAccounts")
      }
      for (const Regions of [undefined, []]) {
        const { summary } = yield* auditOf({ ...answers, "ec2:DescribeRegions": () => ({ Regions }) }, [volumesScan])
        assert.deepInclude(summary?.coverage, { expected: 2, complete: 0, unavailable: 2 })
        assert.deepStrictEqual(
          summary?.coverage.gaps.map(({ reason }) => reason.code),
          ["malformed_answer"]
        )
      }
      assert.deepStrictEqual(yield* everything, before)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("names a region that was there and is not any more, and keeps what was found in it", () =>
    Effect.gen(function* () {
      const answers = organizationOf(estateOf())
      yield* night(0)
      yield* auditOf(answers, [volumesScan])
      const before = yield* everything
      yield* night(1)
      const { summary } = yield* auditOf(
        {
          ...answers,
          "ec2:DescribeRegions": () => ({
            Regions: [
              { RegionName: "eu-west-1", OptInStatus: "opt-in-not-required" },
              { RegionName: "us-east-1", OptInStatus: "not-opted-in" }
            ]
          })
        },
        [volumesScan]
      )
      assert.deepStrictEqual(
        summary?.coverage.gaps.map(({ accounts, reason, regions }) => [reason.code, reason.message, accounts, regions]),
        [
          [
            "region_off",
            "the region us-east-1 is not enabled in the account any more; what was found there is kept",
            [payer, member],
            ["us-east-1"]
          ]
        ]
      )
      assert.deepStrictEqual(yield* everything, before)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("lists its regions in the home region, and scans regions that are named although the list is denied", () =>
    Effect.gen(function* () {
      yield* night(0)
      const answers = organizationOf(estateOf())
      const home = yield* auditOf(answers, [volumesScan]).pipe(Effect.provideService(HomeRegion, "eu-west-1"))
      assert.deepStrictEqual(home.calls("DescribeRegions").sort(), [`${payer} eu-west-1`, `${member} eu-west-1`])

      yield* night(1)
      const denied = { ...answers, "ec2:DescribeRegions": refusal("UnauthorizedOperation") }
      const named = yield* auditOf(denied, [volumesScan], { regions: ["us-east-1"] })
      assert.deepInclude(named.summary?.coverage, { expected: 2, complete: 2 })
      yield* night(2)
      const all = yield* auditOf(denied, [volumesScan])
      assert.deepStrictEqual(
        all.summary?.coverage.gaps.map(({ reason, regions }) => [reason.code, regions]),
        [["denied_by_iam", ["*"]]]
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("of the caller alone ends no finding of another account", () =>
    Effect.gen(function* () {
      yield* night(0)
      yield* auditOf(organizationOf(estateOf()), [volumesScan])
      const before = yield* everything
      yield* night(1)
      const { run } = yield* auditOf(organizationOf(estateOf()), [volumesScan], { accounts: "self" })
      assert.deepStrictEqual(run?.left, [])
      assert.deepStrictEqual(yield* everything, before)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("names the accounts that left, and takes them out of the totals", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const estate = estateOf()
      yield* night(0)
      yield* auditOf(organizationOf(estate), [volumesScan])
      delete estate[member]
      yield* night(1)
      const { run, summary } = yield* auditOf(organizationOf(estate), [volumesScan])
      assert.deepStrictEqual(run?.left, [member])
      assert.deepStrictEqual(summary?.changes.resolved, { findings: 0, monthlyUsd: 0 })
      assert.deepStrictEqual(summary?.changes.ended, { account_left: { findings: 1, monthlyUsd: 10 } })
      // The totals are those of the accounts that are there.
      const [organisation] = yield* store.rollups(["all"])
      assert.deepStrictEqual(organisation?.sums.unconfirmed, summary?.totals.unconfirmed)
      assert.deepStrictEqual([...(organisation?.by.account.keys() ?? [])], [payer])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect(
    "does not take an account without a state for one that left, nor an organisation without an active account",
    () =>
      Effect.gen(function* () {
        const answers = organizationOf(estateOf())
        yield* night(0)
        yield* auditOf(answers, [volumesScan])
        const before = yield* everything
        yield* night(1)
        const listings = [
          [{ Id: payer, Status: "ACTIVE" }, { Id: member }],
          [{ Id: payer }, { Id: member }],
          [
            { Id: payer, Status: "SUSPENDED" },
            { Id: member, Status: "SUSPENDED" }
          ]
        ]
        for (const Accounts of listings) {
          const listing = () => ({ Accounts })
          const wholeOrganisation = auditOf({ ...answers, "organizations:ListAccounts": listing }, [volumesScan])
          const oneUnit = auditOf(
            {
              ...answers,
              "organizations:ListAccountsForParent": listing,
              "organizations:ListOrganizationalUnitsForParent": () => ({ OrganizationalUnits: [] })
            },
            [volumesScan],
            { accounts: { organization: true, organizationalUnits: ["ou-ab12-34567890"] } }
          )
          for (const audit of [wholeOrganisation, oneUnit]) {
            assert.match(String(yield* Effect.flip(audit)), /Accounts(\[\]\.Status is missing| has no active account)/)
          }
        }
        assert.deepStrictEqual(yield* everything, before)
      }).pipe(Effect.provide(layerMemory))
  )

  it.effect("leaves out the accounts below an organizational unit, however deep", () =>
    Effect.gen(function* () {
      yield* night(0)
      const account = (Id: string) => ({ Id, Name: `account ${Id}`, Status: "ACTIVE" })
      const below: Readonly<Record<string, ReadonlyArray<object>>> = {
        "r-ab12": [account(payer)],
        "ou-ab12-11111111": [],
        "ou-ab12-22222222": [account(member)]
      }
      const units: Readonly<Record<string, ReadonlyArray<object>>> = {
        "r-ab12": [{ Id: "ou-ab12-11111111" }],
        "ou-ab12-11111111": [{ Id: "ou-ab12-22222222" }]
      }
      const answers = {
        ...organizationOf(estateOf()),
        "organizations:ListAccounts": () => ({ Accounts: [account(payer), account(member)] }),
        "organizations:ListAccountsForParent": ({ ParentId }: any) => ({ Accounts: below[ParentId] }),
        "organizations:ListOrganizationalUnitsForParent": ({ ParentId }: any) => ({
          OrganizationalUnits: units[ParentId] ?? []
        })
      }
      const excludeOrganizationalUnits = ["ou-ab12-11111111"]
      for (const organizationalUnits of [{}, { organizationalUnits: ["r-ab12"] }]) {
        const accounts = { organization: true as const, ...organizationalUnits, excludeOrganizationalUnits }
        const { run } = yield* auditOf(answers, [volumesScan], { accounts })
        assert.deepStrictEqual(run?.plan.accounts, [{ id: payer, name: `account ${payer}` }])
        yield* night(1)
      }
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("audits an account once that is listed twice", () =>
    Effect.gen(function* () {
      yield* night(0)
      const twice = { Id: payer, Status: "ACTIVE" }
      const answers = {
        ...organizationOf(estateOf()),
        "organizations:ListAccounts": () => ({ Accounts: [twice, twice] })
      }
      const { run } = yield* auditOf(answers, [volumesScan])
      assert.deepStrictEqual(run?.plan.accounts, [{ id: payer, name: "" }])
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("two audits of one store", () => {
  it.effect("do not run at the same time where they are full: the second says which one runs", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* night(0)
      yield* store.lease("night", "20261120T015900Z-000000", new Date(firstNight + 600_000))
      const error = yield* Effect.flip(auditOf(organizationOf(estateOf()), [volumesScan]))
      assert.strictEqual(
        (error as Error).message,
        "Another audit (run 20261120T015900Z-000000) is running on this store. Wait until it is done, or stop it; one that was stopped gives way after 20 minutes."
      )
      // A night that died gives way when its lease has run out.
      yield* TestClock.setTime(firstNight + 600_001)
      const { run } = yield* auditOf(organizationOf(estateOf()), [volumesScan])
      assert.strictEqual(run?.status, "complete")
      assert.strictEqual(yield* store.lease("night", "next", new Date(firstNight + 900_000)), "next")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("scan a scope one after the other at once, also where the function of the first died in it", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const scope = { account: member, region: "us-east-1" }
      const begin = Effect.fnUntraced(function* (execution: string) {
        const startedAt = new Date(firstNight).toISOString()
        const asked = request({ accounts: [member], regions: ["us-east-1"], full: false })
        const { runId } = yield* plan({ request: asked, execution, startedAt })
        yield* discover({ runId, account: member })
        return runId
      })
      yield* Effect.gen(function* () {
        yield* night(0)
        const first = yield* begin("first")
        const second = yield* begin("second")
        // A process that is gone gives nothing back.
        yield* store.lease("scope/222222222222/us-east-1", first, new Date(firstNight + 1_200_000))
        const busy = yield* Effect.flip(scan({ ...scope, runId: second }))
        assert.strictEqual(busy.message, `run ${first} is scanning 222222222222/us-east-1`)
        yield* recordFailure({ ...scope, runId: first, error: { Error: "Runtime.ExitError" } })
        yield* scan({ ...scope, runId: second })
        assert.strictEqual((yield* store.latestOutcomes(scope))[0]?.status, "complete")
      }).pipe(Effect.provide(world(organizationOf(estateOf()), yield* sharedStore).layer))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("leave what the newer one judged as it is, whichever ends last", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const estate = estateOf()
      const scope = { account: member, region: "us-east-1" }
      const begin = Effect.fnUntraced(function* (days: number) {
        yield* night(days)
        const startedAt = new Date(firstNight + days * 86_400_000).toISOString()
        const asked = request({ accounts: [member], regions: ["us-east-1"], full: false })
        const { runId } = yield* plan({ request: asked, execution: startedAt, startedAt })
        yield* discover({ runId, account: member })
        return runId
      })
      yield* Effect.gen(function* () {
        const older = yield* begin(0)
        const newer = yield* begin(1)
        yield* scan({ ...scope, runId: newer })
        const before = [yield* store.findings({ limit: 10 }), yield* store.latestOutcomes(scope)]
        estate[member] = {}
        yield* scan({ ...scope, runId: older })
        assert.deepStrictEqual([yield* store.findings({ limit: 10 }), yield* store.latestOutcomes(scope)], before)
        const record = yield* store.scopeRecord(older, scope)
        assert.deepStrictEqual(
          record?.outcomes.map(({ reason, status }) => [status, reason?.code, reason?.message]),
          [["unavailable", "not_scanned", "a newer run judged it before this one came to it"]]
        )
      }).pipe(Effect.provide(world(organizationOf(estate), yield* sharedStore).layer))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("leave accounts and trend as the newer one left them, also where the older one ends last", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* night(0)
      const estate = estateOf()
      const { [payer]: own = {} } = estate
      const early = world(organizationOf({ [payer]: own }), yield* sharedStore).layer
      const startedAt = new Date(firstNight).toISOString()
      const older = yield* Effect.provide(plan({ request: request(), execution: "older", startedAt }), early)
      yield* night(1 / 24)
      yield* auditOf(organizationOf(estate), [volumesScan])
      const left = Effect.gen(function* () {
        const trend = yield* Effect.forEach([payer, member, "all"], (account) => store.trend(account, "2026-01-01"))
        return [yield* everything, trend, yield* store.rollups(["all", payer, member])]
      })
      const before = yield* left
      yield* Effect.provide(settle({ runId: older.runId, account: payer }), early)
      yield* Effect.provide(sum({ runId: older.runId }), early)
      assert.deepStrictEqual(yield* left, before)
      assert.deepStrictEqual((yield* store.run(older.runId))?.left, [])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("that are narrower need no lease of the night", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* night(0)
      yield* store.lease("night", "another", new Date(firstNight + 600_000))
      const { run } = yield* auditOf(organizationOf(estateOf()), [volumesScan], { full: false })
      assert.strictEqual(run?.status, "complete")
    }).pipe(Effect.provide(layerMemory))
  )
})
