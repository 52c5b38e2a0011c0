import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { dryRunOf } from "../../../cli/programs/dryRun.ts"
import { noCost } from "../../../core/run/runCost.ts"
import { noCoverage, noTotals } from "../../../core/run/totals.ts"
import { noChanges } from "../../../core/run/Changes.ts"
import { ScanRegistry } from "../../../audit/ScanRegistry.ts"
import { aRun } from "../../core/store/fixtures.ts"
import { request } from "../../workflows/harness.ts"

const plan = (
  change: Parameters<typeof request>[0],
  known: Parameters<typeof dryRunOf>[1],
  last?: Parameters<typeof dryRunOf>[2]
) => dryRunOf(request(change), known, last).pipe(Effect.provide(ScanRegistry.layer))

const kinds = (dryRun: Effect.Success<ReturnType<typeof plan>>) =>
  dryRun.scopes.map(({ kind, scopes }) => [kind, scopes])

describe("dryRunOf", () => {
  it.effect("multiplies what is known, and leaves open what is not", () =>
    Effect.gen(function* () {
      const scans = ["find_unused_volumes", "find_unused_s3_buckets", "get_cost_by_service"]
      assert.deepStrictEqual(kinds(yield* plan({ scans }, { accounts: 3, regions: 4 })), [
        ["regional", 12],
        ["global", 3],
        ["payer", 1]
      ])
      assert.deepStrictEqual(kinds(yield* plan({ scans }, { accounts: null, regions: 4 })), [
        ["regional", null],
        ["global", null],
        ["payer", 1]
      ])
      const each = { scans: ["get_cost_by_service"], payer: "each" }
      assert.deepStrictEqual(kinds(yield* plan(each, { accounts: 3, regions: 4 })), [["payer", 3]])
      assert.deepStrictEqual(kinds(yield* plan(each, { accounts: null, regions: 4 })), [["payer", null]])
      assert.deepStrictEqual(kinds(yield* plan({ scans: ["find_unused_volumes"] }, { accounts: 1, regions: 1 })), [
        ["regional", 1]
      ])
    })
  )

  it.effect("lists every operation once with its page size and price, and what it needs", () =>
    Effect.gen(function* () {
      const { discovery, permissions, planning, scopes } = yield* plan(
        { accounts: "self" },
        { accounts: 1, regions: null }
      )
      const calls = scopes[0]?.calls ?? []
      assert.deepStrictEqual(
        calls.map(({ operation }) => operation),
        [...new Set(calls.map(({ operation }) => operation))].sort()
      )
      assert.deepStrictEqual(
        calls.find(({ operation }) => operation === "ec2:DescribeVolumes"),
        {
          operation: "ec2:DescribeVolumes",
          action: "ec2:DescribeVolumes",
          pageSize: 500,
          paid: null
        }
      )
      assert.deepStrictEqual(
        [...planning, ...discovery].map(({ operation }) => operation),
        ["sts:GetCallerIdentity", "ec2:DescribeRegions"]
      )
      assert.deepStrictEqual(
        permissions.role,
        [...new Set(["ec2:DescribeRegions", ...calls.map(({ action }) => action)])].sort()
      )
      assert.deepStrictEqual(permissions.scanner, [])
    })
  )

  it.effect("names the paid calls, the cap, and what the last run cost", () =>
    Effect.gen(function* () {
      const last = aRun({
        summary: {
          totals: noTotals,
          changes: noChanges,
          coverage: { ...noCoverage, expected: 40 },
          cost: { ...noCost, totalCalls: 120, usd: 0.25 }
        }
      })
      const { expectedCost, permissions } = yield* plan(
        { scans: ["get_cost_by_service", "find_unused_volumes"], maxRunUsd: 2 },
        { accounts: null, regions: null },
        last
      )
      // By service, and by account and service.
      assert.strictEqual(expectedCost.requestUsd, 0.02)
      assert.deepStrictEqual(expectedCost.byQuantity, [
        { operation: "cloudwatch:GetMetricData", unit: "metric", usdPerUnit: 0.00001 }
      ])
      assert.strictEqual(expectedCost.maxRunUsd, 2)
      assert.deepStrictEqual(expectedCost.lastRun, {
        id: last.id,
        startedAt: last.startedAt,
        outcomes: 40,
        calls: 120,
        usd: 0.25
      })
      assert.include(permissions.scanner, "sts:AssumeRole")
      assert.include(permissions.scanner, "organizations:ListAccounts")
    })
  )

  it.effect("follows the settings: what is announced is the window that is set", () =>
    Effect.gen(function* () {
      const names = (of: Effect.Success<ReturnType<typeof plan>>) =>
        of.scopes.flatMap(({ costNotes, datasets }) => [...datasets, ...costNotes])
      const scans = ["find_unused_log_groups"]
      const standard = names(yield* plan({ scans }, { accounts: 1, regions: 1 }))
      const longer = names(
        yield* plan({ scans, settings: { find_unused_log_groups: { lookbackDays: 14 } } }, { accounts: 1, regions: 1 })
      )
      assert.notDeepEqual(standard, longer)
    })
  )
})
