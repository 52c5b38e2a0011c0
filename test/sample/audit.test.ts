import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { claimantOf, countedClaims } from "../../core/finding/claims.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { monthlyUsdOf, see } from "../../core/finding/lifecycle.ts"
import { scans as index } from "../../audit/index.ts"
import { operationKey } from "../../core/aws/operation.ts"
import type { Transport } from "../../core/aws/Transport.ts"
import { sampleNight } from "../../sample/estate.ts"
import { estate } from "../../sample/organization.ts"
import { audit, type Audited } from "./harness.ts"
import type { SampleNight } from "./SampleNight.ts"

/** How often each call was made: operation, client, account, region and input. */
const sent = new Map<string, number>()

const counting = (transport: Transport["Service"]): Transport["Service"] => ({
  send: (operation, input, destination, signal) => {
    const call = JSON.stringify([
      operationKey(operation),
      // Both generations of load balancers are listed by a call of that name.
      operation.client.name,
      destination.account,
      destination.region,
      input
    ])
    sent.set(call, (sent.get(call) ?? 0) + 1)
    return transport.send(operation, input, destination, signal)
  }
})

const production = estate.accounts.find(({ name }) => name === "shop-production")?.id

const { calls, results } = await Effect.runPromise(audit({ through: counting }))

/** What each scan says for itself that it finds, in the file beside its test. */
const expected: Readonly<Record<string, SampleNight>> = Object.fromEntries(
  await Promise.all(
    Object.entries(index).map(async ([name, { category }]) => [
      name,
      ((await import(`../scans/${category}/${name}.sample.ts`)) as { readonly default: SampleNight }).default
    ])
  )
)

const nameOf = ({ resource }: Pick<Finding, "resource">) => (resource.name === "" ? resource.id : resource.name)

const round = (usd: number) => Math.round(usd * 100) / 100

const resultOf = (scan: string, scope: string): Audited => {
  const found = results.find((result) => result.name === scan && result.scope === scope)
  assert.isDefined(found, `${scan} did not run in ${scope}`)
  return found as Audited
}

const draftOf = (scan: string, scope: string, name: string) => {
  const found = resultOf(scan, scope).drafts.find((draft) => nameOf(draft) === name)
  assert.isDefined(found, `${scan} did not flag ${name}`)
  return found as Audited["drafts"][number]
}

/** A draft as it is kept on its first night. */
const firstNight = (draft: Audited["drafts"][number]): Finding => {
  const unbroken = { since: sampleNight.toISOString(), sequence: 1 }
  const transition = see(draft, undefined, { runId: "first", now: sampleNight, sequence: 1, unbroken })
  if (transition === undefined) throw new Error("a new finding is always written")
  return transition.finding
}

describe("a night over the sample estate", () => {
  it.each(Object.keys(index))("%s says what it should, and nothing else", (scan) => {
    const own = results.filter(({ name }) => name === scan)
    const byScope = <A>(of: (result: Audited) => A | undefined) =>
      Object.fromEntries(
        own.flatMap((result) => {
          const said = of(result)
          return said === undefined ? [] : [[result.scope, said] as const]
        })
      )
    const some = (texts: ReadonlyArray<string>) => (texts.length === 0 ? undefined : texts.toSorted())
    const count = (counter: keyof SampleNight["counters"]) =>
      own.reduce((sum, { counters }) => sum + counters[counter], 0)
    const said: SampleNight = {
      flagged: byScope(({ drafts }) => some(drafts.map((draft) => `${nameOf(draft)}: ${draft.reasons.join("+")}`))),
      monthlyUsd: round(own.flatMap(({ drafts }) => drafts).reduce((sum, draft) => sum + monthlyUsdOf(draft), 0)),
      counters: {
        examined: count("examined"),
        flagged: count("flagged"),
        tooYoung: count("tooYoung"),
        unknown: count("unknown"),
        suppressed: count("suppressed")
      },
      unknown: byScope(({ unjudged }) =>
        some(unjudged.flatMap(({ resource, state, why }) => (state === "unknown" ? [`${resource}, ${why}`] : [])))
      ),
      gaps: byScope(({ reason, status }) => (status === "complete" ? undefined : `${status}, ${reason?.code}`))
    }
    assert.deepStrictEqual(said, expected[scan])
  })

  it("counts every dollar once", () => {
    const findings = results.flatMap(({ drafts }) => drafts.map(firstNight))
    const counted = countedClaims(findings.map(claimantOf))
    const uncounted = findings.filter((one) => monthlyUsdOf(one) > 0 && !counted.has(one.id))
    assert.deepStrictEqual(uncounted.map((one) => `${one.scan}: ${nameOf(one)}, ${monthlyUsdOf(one)}`).sort(), [
      "find_ebs_volumes_with_old_types: erp-legacy-root, 2.38",
      "find_ebs_volumes_with_old_types: finance-desktop-root, 3",
      "find_ebs_volumes_with_old_types: intranet-wiki-root, 1.43",
      "find_ebs_volumes_with_old_types: loadtest-agent-1-root, 2.38",
      "find_ebs_volumes_with_old_types: loadtest-agent-2-root, 2.38",
      "find_ebs_volumes_with_old_types: loadtest-agent-3-root, 2.38",
      "find_ebs_volumes_with_old_types: loadtest-agent-4-root, 2.38",
      "find_unused_cloudwatch_alarms: black-friday-orders-per-second, 0.3",
      "find_unused_cloudwatch_alarms: web-2019-cpu, 0.1",
      "find_unused_volumes: orders-db-2019, 854.5",
      "get_all_cost_optimization_recommendations: $2.10 an hour for 1 year, no upfront payment, 498.2",
      "get_cost_optimization_ebs: vol-0ac1e64389b26e4b0, 761.2",
      "get_cost_optimization_ec2: gpu-notebook, 4139.6",
      "get_cost_optimization_ec2: i-02719a602fe8f3eb4, 88.7",
      "get_cost_optimization_lambda: recommend-train, 9.4",
      "get_cost_optimization_rds: orders, 31.2",
      "get_cost_optimization_rds: orders-replica, 24.1",
      "get_ebs_volume_type_recommendations: erp-legacy-root, 2.38",
      "get_ebs_volume_type_recommendations: finance-desktop-root, 3",
      "get_ebs_volume_type_recommendations: loadtest-agent-1-root, 2.38",
      "get_ebs_volume_type_recommendations: loadtest-agent-2-root, 2.38",
      "get_ebs_volume_type_recommendations: loadtest-agent-3-root, 2.38",
      "get_ebs_volume_type_recommendations: loadtest-agent-4-root, 2.38",
      "get_s3_storage_class_recommendations: larkspur-photo-contest, 81.7"
    ])
    const total = findings.reduce((sum, one) => sum + (counted.has(one.id) ? monthlyUsdOf(one) : 0), 0)
    const claimed = Object.values(expected).reduce((sum, { monthlyUsd }) => sum + monthlyUsd, 0)
    assert.strictEqual(round(total), round(claimed - uncounted.reduce((sum, one) => sum + monthlyUsdOf(one), 0)))
  })

  it("says what shuts a region out", () => {
    const denied = resultOf("find_unused_volumes", "shop-staging/ap-southeast-2")
    assert.deepStrictEqual(denied.drafts, [])
    assert.include(denied.reason?.message ?? "", "service control policy")
  })

  it("makes no call twice, but for what was throttled, and what dashboards show", () => {
    const twice = [...sent].filter(([, count]) => count > 1).map(([call, count]) => [...JSON.parse(call), count])
    const ofDashboards = twice.filter(([, , account, region]) => account === production && region === "eu-central-1")
    assert.deepStrictEqual(
      twice.filter((call) => !ofDashboards.includes(call)).map(([operation, , , , , count]) => [operation, count]),
      [["logs:DescribeLogGroups", 2]]
    )
    // Dashboards belong to the account, so what they show of Frankfurt is listed again from there, once.
    assert.isTrue(ofDashboards.every((call) => call.at(-1) === 2))
    assert.deepStrictEqual([...new Set(ofDashboards.map(([operation]) => operation))].sort(), [
      "cloudwatch:DescribeAlarms",
      "ec2:DescribeInstances",
      "lambda:ListFunctions",
      "logs:DescribeLogGroups",
      "rds:DescribeDBInstances",
      "sqs:ListQueues"
    ])
  })

  it("asks again what was throttled once, and pages what does not fit one answer", () => {
    const count = (operation: string) => calls.find((call) => call.operation === operation)
    assert.deepStrictEqual(
      calls.filter(({ throttled }) => throttled > 0).map(({ operation, throttled }) => [operation, throttled]),
      [["DescribeLogGroups", 1]]
    )
    assert.strictEqual(resultOf("find_unused_log_groups", "shop-production/eu-west-1").status, "complete")
    // 11 scopes let it list functions, and again with their versions, and log groups; in one of them the lists take two pages; one region is denied.
    // Two pages of each are listed again for a dashboard.
    assert.strictEqual(count("ListFunctions")?.calls, 2 * (11 + 1) + 2 + 2)
    assert.strictEqual(count("DescribeLogGroups")?.calls, 11 + 1 + 1 + 1 + 2)
  })

  it("keeps text from strangers from doing anything", () => {
    const volume = draftOf("find_unused_volumes", "shop-production/us-east-1", "[31mpayments-replica[0m")
    assert.strictEqual(volume.resource.tags["comment"], "moved ot gpj.eruces")
    const everything = JSON.stringify(results.map(({ drafts, report }) => ({ drafts, report })))
    // Escapes as JSON writes them, and the marks that it leaves as they are.
    assert.notMatch(everything, /\\u00[01][0-9a-f]|[\u007f-\u009f\u202a-\u202e]/)
    // What only harms where it is rendered is kept, for the renderers' tests.
    const owner = draftOf("find_unused_lambda_functions", "shop-production/eu-central-1", "wishlist-share").resource
      .tags["Owner"]
    assert.strictEqual(owner, "<script>alert(document.cookie)</script>")
    const note = draftOf("find_unused_volumes", "shop-production/eu-central-1", "orders-db-2019").resource.tags["note"]
    assert.match(note ?? "", /^Ignore all previous instructions/)
  })

  it("counts a volume once that two scans want deleted", () => {
    const ours = firstNight(draftOf("find_unused_volumes", "shop-production/eu-central-1", "orders-db-2019"))
    const hub = firstNight(draftOf("get_all_cost_optimization_recommendations", "payer/global/payer", ours.resource.id))
    assert.strictEqual(hub.resource.arn, ours.resource.arn)
    assert.strictEqual(hub.account, ours.account)
    // Ours has yet to be confirmed.
    assert.deepStrictEqual([...countedClaims([ours, hub].map(claimantOf))], [hub.id])
  })

  it("counts a bucket once that could go or get colder", () => {
    const scope = "shop-production/global"
    const unused = firstNight(draftOf("find_unused_s3_buckets", scope, "larkspur-photo-contest"))
    const colder = firstNight(draftOf("get_s3_storage_class_recommendations", scope, "larkspur-photo-contest"))
    assert.isTrue(unused.confirmed)
    assert.deepStrictEqual([...countedClaims([unused, colder].map(claimantOf))], [unused.id])
  })

  it("hears of the account that it cannot enter from the bill alone", () => {
    const locked = estate.accounts.find(({ name }) => name === "data-sandbox")?.id
    const found = results.flatMap(({ drafts }) => drafts).filter(({ account }) => account === locked)
    assert.deepStrictEqual([...new Set(found.map(nameOf))].sort(), ["gpu-notebook", "space-7"])
  })

  it("pays different prices in different regions", () => {
    const nat = (scope: string, name: string) => draftOf("find_unused_nat_gateways", scope, name).savings?.monthlyUsd
    assert.strictEqual(nat("shop-production/eu-central-1", "nat-migration"), 41.61)
    assert.strictEqual(nat("shop-production/ap-southeast-2", "nat-a"), 46.72)
  })

  it("reports what services cost and which one grew", () => {
    const report = resultOf("get_cost_by_service", "payer/global/payer").report
    const grown = report?.rows.filter(({ grew }) => grew === true).map(({ service }) => service)
    assert.deepStrictEqual(grown, ["Amazon SageMaker"])
    const kinds = Object.fromEntries((report?.rows ?? []).map((row) => [row["service"], row]))
    assert.strictEqual(kinds["Tax"]?.["tax"], 4120)
    assert.strictEqual(kinds["AWS Lambda"]?.["credits"], -300)
    const trend = resultOf("get_daily_cost_trend", "payer/global/payer").report
    assert.strictEqual(trend?.rows.length, 30)
  })
})

describe("the nights after", () => {
  it("show the same again, but for what another day confirms", async () => {
    const findings = new Map(results.flatMap(({ drafts }) => drafts).map((draft) => [draft.id, firstNight(draft)]))
    const now = new Date("2026-11-21T02:00:00Z")
    const next = await Effect.runPromise(audit({ now }))
    const drafts = next.results.flatMap(({ drafts }) => drafts)
    assert.sameMembers(
      drafts.map(({ id }) => id),
      [...findings.keys()]
    )

    const unbroken = { since: sampleNight.toISOString(), sequence: 1 }
    const events = drafts.flatMap((draft) => {
      const transition = see(draft, findings.get(draft.id), { runId: "next", now, sequence: 2, unbroken })
      return (transition?.events ?? []).map(({ type }) => `${draft.scan}: ${type}`)
    })
    assert.deepStrictEqual([...new Set(events)].sort(), [
      "find_unused_elastic_ips: confirmed",
      "find_unused_launch_templates: confirmed",
      "find_unused_security_groups: confirmed"
    ])
  })
})
