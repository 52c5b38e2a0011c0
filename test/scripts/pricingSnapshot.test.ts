import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import {
  anomalyAlarmMetrics,
  cacheExtendedSupportShare,
  freeAlarmMetrics,
  freeDashboards,
  lambdaManagedInstancesShare
} from "../../core/pricing/amounts.ts"
import { freshSnapshot, snapshotFiles, snapshotFolder } from "../../scripts/pricingSnapshot.ts"

/** Not part of the repository; beside it, or beside the folder of its work trees, where the product is developed. */
const folder =
  ["../../../shared/pricing/", "../../../../shared/pricing/"]
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url)) ?? new URL("../../../shared/pricing/", import.meta.url)
const present = existsSync(folder)
if (!present)
  console.warn(`SKIPPED: ${folder.pathname} is not there, so nothing says whether the price snapshot is stale`)

describe("the price snapshot", () => {
  it.skipIf(!present)(`is what npm run pricing-snapshot makes of ${folder.pathname}`, () => {
    for (const [name, content] of Object.entries(freshSnapshot(folder))) {
      assert.isTrue(
        readFileSync(new URL(name, snapshotFolder), "utf8") === content,
        `core/pricing/snapshot/${name} is stale: npm run pricing-snapshot`
      )
    }
  })
})

describe("snapshotFiles", () => {
  const supplement = { sources: {}, services: {} }
  const services = JSON.parse(readFileSync(new URL("services.json", snapshotFolder), "utf8"))
  const row = (usd: number) => ({
    unit: "hour",
    confidence: "verified",
    sources: ["calc"],
    asOf: "2026-01-01",
    regions: { "us-east-1": usd, "eu-west-1": null }
  })
  const { regions: _, ...unpriced } = row(1)
  const prices = (extra: object) => ({
    snapshotDate: "2026-01-01",
    regions: ["us-east-1", "eu-west-1"],
    sources: { calc: { what: "a feed" } },
    fallback: {
      classOf: { default: "compute", elb: "loadBalancer" },
      how: {},
      multipliers: {
        compute: { "us-east-1": 1, "eu-west-1": null },
        loadBalancer: { "us-east-1": 1, "eu-west-1": 1.1 }
      }
    },
    services: {
      publicIpv4: { idle: row(1) },
      route53: { query: row(1) },
      costExplorer: { apiRequest: { ...unpriced, global: 0.01 } },
      ecr: { storageGBMonth: row(1) },
      dataTransfer: { interAzEachDirectionGB: row(1), freeInternetOutGBMonth: { ...unpriced, global: 100 } },
      elb: { albHour: row(1), nlbHour: row(1), gwlbHour: row(1), clbHour: row(1) },
      rds: { storageGpGBMonth_singleAz: row(1) },
      s3: { deepArchiveGBMonth: row(1), intMinimumObjectBytes: { ...unpriced, global: 131072 } },
      secretsManager: { secretMonth: row(1), apiRequest: row(1) },
      sqs: { standardRequest: row(1) },
      eventBridge: { customEvent: row(1) },
      acm: { note: "public certificates free" },
      rdsInstances: {
        unit: "hour",
        asOf: "2026-01-01",
        engines: { mysql: { "us-east-1": { "db.m7g.large": 2 } }, postgres: {} }
      },
      auroraInstances: {
        asOf: "2024-01-01",
        engines: {
          "aurora-mysql": { "us-east-1": { "db.r7g.large": 3, "db.r7g.xlarge": 6 } },
          "aurora-postgresql": {}
        },
        derivedFromIoOptimized: { "aurora-mysql": { "us-east-1": ["db.r7g.large"] } }
      },
      elasticacheNodes: {
        confidence: "a note",
        asOf: "2025-01-01",
        engines: { valkey: { "eu-west-1": { "cache.m7g.large": 4 } }, redis: {} }
      },
      redshiftNodes: { confidence: "a note", asOf: "2026-01-01", regions: {} },
      ...extra
    }
  })
  const later = (services: object) => ({ regions: ["us-east-1", "eu-west-1"], sources: {}, services })
  const size = (vcpu: number, memory: number) => ({ vcpu, memGiB: memory, memoryGiB: memory })
  const data = {
    "ec2-ondemand.json": {
      snapshotDate: "2026-01-01",
      oldestSourceDate: "2025-01-01",
      newestSourceDate: "2026-07-01",
      os: "Linux",
      tenancy: "Shared",
      source: [{ id: "calc202511" }],
      confidence: { default: "verified" },
      singleSource: { "us-east-1": ["m5.large"] },
      regions: { "us-east-1": { "m5.large": 1 }, "eu-west-1": { "m6i.large": 3 } }
    },
    "ec2-ondemand-derived.json": {
      snapshotDate: "2026-01-01",
      method: "a rule",
      rules: [{ family: "m7i", from: "m6i" }],
      regions: { "eu-west-1": { "m7i.large": 4, "m7i.96xlarge": 400 } }
    },
    "rds-commercial.json": {
      services: {
        rdsCommercialInstances: {
          asOf: "2021-01-01",
          engines: {
            "oracle-se2/bring-your-own-license": { "us-east-1": { "db.m5.large": 5 } },
            "oracle-ee/bring-your-own-license": { "us-east-1": {} }
          }
        }
      }
    },
    "rds-new-families.json": {
      services: {
        rdsNewFamilies: { asOf: "2026-02-01", region: "eu-west-1", singleAz: { mysql: { "db.m8g.large": 6 } } },
        rdsM8gDerived: { asOf: "2026-02-01", engines: { mysql: { "us-east-1": { "db.m8g.large": 7 } } } }
      }
    },
    "elasticache-nodes.json": {
      services: {
        elasticacheNodesValkeyNew: {
          asOf: "2026-03-01",
          ratioUsEast1: { m8g: { large: 1 }, r8g: {}, c8gn: {} },
          regions: { "us-east-1": { "cache.m8g.large": 8 }, "eu-west-1": { "cache.m8g.large": 9 } }
        }
      }
    },
    "elasticache-specs.json": { asOf: "2025-03-14", note: "a note", nodes: { "cache.m7g.large": size(2, 6.38) } },
    "instance-specs.json": {
      source: "a page, 2025-04-04",
      types: { "m5.large": size(2, 8), "m5.metal": size(96, 384), "m6i.large": size(2, 8) }
    },
    "generation-map.json": {
      ec2: { m5: { previousGeneration: false, sameArchConservative: { family: "m6i" }, graviton: { family: "m7g" } } },
      rds: { m5: { x86: { family: "m6i" }, graviton: null } },
      elasticache: { m7g: {} }
    },
    "misc.json": later({
      waf: { webAclMonth: row(5) },
      cloudwatch: {
        contributorInsightsDynamoDbRuleMonth: row(1),
        performanceInsightsLongTermVcpuMonth: { ...unpriced, global: 2 },
        freeAlarmMetrics: { ...unpriced, global: 10 }
      },
      eks: { provisionedControlPlaneHour: { ...unpriced, tiers: { "tier-xl": 1.5, "tier-2xl": 3, "tier-8xl": null } } },
      cloudfront: { flatRatePlanMonth: { ...unpriced, tiers: { free: 0, pro: 15 } } },
      vpcEndpoint: {
        interfaceProcessedGBTiers: { ...unpriced, tiers: [{ price: 0.01 }, { price: 0.006 }, { price: 0.004 }] }
      },
      ecr: { storageGBMonth: { ...unpriced, asOf: "2026-02-01", verifiedAt: ["eu-west-1"], global: 2 } },
      elb: { clbHour: { ...row(9), asOf: "2026-01-01" }, albHour: { ...row(9), asOf: "2025-12-31" } },
      fargate: { spotFactor: { confidence: "from memory", note: "no list of prices" } }
    }),
    "extended-support.json": later({
      rds: {
        extendedSupportVcpuHour_year1_2: {
          ...row(1),
          confidence: "derived",
          verifiedAt: ["us-east-1"],
          regions: { "us-east-1": 1, "eu-west-1": 1.1 }
        },
        extendedSupportVcpuHour_year3: row(2),
        extendedSupportAcuHour_year1_2: row(3),
        extendedSupportAcuHour_year3: row(4)
      }
    }),
    "apigateway.json": later({})
  }
  const generate = (extra: object = {}, more: object = supplement, files: object = {}) =>
    snapshotFiles(
      (name) => (name === "services.json" ? prices(extra) : { ...data, ...files }[name as keyof typeof data]),
      more as typeof supplement
    )
  const facts = (files: Readonly<Record<string, string>>) => JSON.parse(files["services.json"] ?? "").facts

  it("keeps null as null and says by which ratio it may be derived", () => {
    const made = facts(generate())
    assert.deepStrictEqual(made["elb.clbHour"].usd, [1, null])
    assert.strictEqual(made["elb.clbHour"].whereUnknown, "loadBalancer")
    assert.strictEqual(made["secretsManager.secretMonth"].whereUnknown, "compute")
    assert.strictEqual(made["route53.query"].whereUnknown, "flat")
    assert.deepStrictEqual(JSON.parse(generate()["services.json"] ?? "").multipliers.compute, [1, null])
  })

  it("leaves out amounts, notes and tables", () => {
    const names = Object.keys(facts(generate()))
    assert.notInclude(names, "s3.intMinimumObjectBytes")
    assert.notInclude(names, "dataTransfer.freeInternetOutGBMonth")
    assert.isFalse(names.some((name) => name.startsWith("acm.") || name.includes("Instances")))
  })

  it("merges the facts that are kept by hand", () => {
    const made = facts(
      generate({}, { sources: {}, services: { x: { y: { ...row(1), regions: { "us-east-1": 7 } } } } })
    )
    assert.deepStrictEqual(made["x.y"].usd, [7, null])
  })

  it("takes the newer of two prices, and the first of two of one day", () => {
    const made = facts(generate())
    assert.deepStrictEqual(made["ecr.storageGBMonth"].usd, [null, 2])
    assert.strictEqual(made["ecr.storageGBMonth"].asOf, "2026-02-01")
    assert.deepStrictEqual(made["elb.clbHour"].usd, [1, null])
    assert.deepStrictEqual(made["elb.albHour"].usd, [1, null])
  })

  it("tells the regions in which a derived price was seen", () => {
    const made = facts(generate())["rds.extendedSupportVcpuHour_year1_2"]
    assert.strictEqual(made.confidence, "verified")
    assert.deepStrictEqual(made.verifiedAt, ["us-east-1"])
    assert.strictEqual(made.elsewhere.confidence, "derived")
    assert.deepStrictEqual(made.usd, [1, 1.1])
  })

  it("makes a fact of each tier that has a price, and keeps to us-east-1 what was seen there alone", () => {
    const made = facts(generate())
    assert.deepStrictEqual(
      Object.keys(made).filter((name) => /^(eks|cloudfront|vpcEndpoint|fargate)\./.test(name)),
      [
        "eks.provisionedControlPlaneHour_tierXl",
        "eks.provisionedControlPlaneHour_tier2xl",
        "cloudfront.flatRatePlanMonth_pro",
        "vpcEndpoint.interfaceDataGB_next4PB",
        "vpcEndpoint.interfaceDataGB_over5PB"
      ]
    )
    assert.deepStrictEqual(made["eks.provisionedControlPlaneHour_tier2xl"].usd, [3, null])
    assert.strictEqual(made["cloudfront.flatRatePlanMonth_pro"].usd, 15)
    assert.deepStrictEqual(made["vpcEndpoint.interfaceDataGB_over5PB"].usd, [0.004, null])
    assert.deepStrictEqual(made["cloudwatch.performanceInsightsLongTermVcpuMonth"].usd, [2, null])
    assert.notProperty(made, "cloudwatch.freeAlarmMetrics")
  })

  it("keeps prices by type in columns, a layer for each origin", () => {
    const groups = (name: string) => JSON.parse(generate()[name] ?? "").groups
    const [listed, derived] = groups("ec2.json").linux
    assert.deepStrictEqual(listed.usd, { "m5.large": [1, null], "m6i.large": [null, 3] })
    assert.deepStrictEqual(listed.singleSource, {
      asOf: "2025-01-01 to 2026-07-01",
      types: { "us-east-1": ["m5.large"] }
    })
    assert.strictEqual(listed.asOf, "2026-01-01")
    assert.strictEqual(derived.confidence, "derived")
    assert.deepStrictEqual(derived.usd["m7i.large"], [null, 4])

    const layers = (group: ReadonlyArray<any>) => group.map(({ asOf, confidence, usd }) => [confidence, asOf, usd])
    const rds = groups("rds.json")
    assert.deepStrictEqual(layers(rds.mysql), [
      ["single source", "2026-01-01", { "db.m7g.large": [2, null] }],
      ["derived", "2026-02-01", { "db.m8g.large": [null, 6] }],
      ["derived", "2026-02-01", { "db.m8g.large": [7, null] }],
      ["derived", "2026-01-01", {}]
    ])
    // What was divided by 1.3 is not a price that was seen.
    assert.deepStrictEqual(layers(rds["aurora-mysql"]), [
      ["single source", "2024-01-01", { "db.r7g.xlarge": [6, null] }],
      ["derived", "2024-01-01", { "db.r7g.large": [3, null] }],
      ["derived", "2024-01-01", { "db.r8g.large": [3, null], "db.r8g.xlarge": [6, null] }]
    ])
    assert.strictEqual(rds.mariadb[0].sameAs, "mysql")
    assert.deepStrictEqual(rds["oracle-ee/bring-your-own-license"].at(-1), {
      sameAs: "oracle-se2/bring-your-own-license"
    })
    assert.deepStrictEqual(layers(groups("elasticache.json").valkey), [
      ["single source", "2025-01-01", { "cache.m7g.large": [null, 4] }],
      ["single source", "2026-03-01", { "cache.m8g.large": [8, null] }],
      ["derived", "2026-03-01", { "cache.m8g.large": [null, 9] }]
    ])
  })

  it("keeps sizes by family, and says which it took from the family before", () => {
    const { asOf, services: sizes } = JSON.parse(generate()["sizes.json"] ?? "")
    assert.deepStrictEqual(asOf, { ec2: "2025-04-04", elasticache: "2025-03-14" })
    assert.deepStrictEqual(sizes.ec2.m5, {
      previousGeneration: false,
      sameArchitecture: "m6i",
      graviton: "m7g",
      sizes: { large: [2, 8], metal: [96, 384] }
    })
    // m6i has no size of the other name.
    assert.deepStrictEqual(sizes.ec2.m7i, { derived: true, sizes: { large: [2, 8] } })
    // Only what has a price as a database class and a size as an instance type.
    assert.deepStrictEqual(sizes.rds, {
      m5: { previousGeneration: false, sameArchitecture: "m6i", sizes: { large: [2, 8] } }
    })
    assert.deepStrictEqual(sizes.elasticache.m8g, { derived: true, sizes: { large: [2, 6.38] } })
  })

  it("refuses data that it does not understand", () => {
    const strange = { ...row(1), regions: { "us-east-1": 1, "mars-1": 1 } }
    assert.throws(() => generate({ kms: { keyMonth: strange } }), "regions that are not in the list: mars-1")
    assert.throws(() => generate({ redshiftNodes: { regions: {} } }), "asOf is missing in the data")
    assert.throws(() => generate({ s3: {} }), "no longer in the data: s3.deepArchiveGBMonth")
    const again = { sources: {}, services: { elb: { albHour: row(2) } } }
    assert.throws(() => generate({}, again), "in the data and in supplement.json: elb.albHour")
    assert.throws(
      () => generate({}, supplement, { "misc.json": { ...later({}), regions: ["us-east-1"] } }),
      "the files of the data have different regions"
    )
    const tiers = { ...unpriced, tiers: [{ price: 1 }] }
    assert.throws(() => generate({ kms: { request: tiers } }), "the tiers of kms.request have no names")
    const types = { "m6i.large": size(2, 8), "m7i.large": size(2, 16) }
    assert.throws(
      () => generate({}, supplement, { "instance-specs.json": { source: "", types } }),
      "m7i has not the sizes of m6i: large"
    )
    const regional = { ...row(1), regions: { "us-east-1": 1, "eu-west-1": 2 } }
    assert.throws(
      () => generate({ route53: { query: regional } }),
      "route53.query should have one price in every region"
    )
  })

  it.skipIf(!present)("has the amounts that code knows", () => {
    const value = (file: string, service: string, name: string) =>
      JSON.parse(readFileSync(new URL(file, folder), "utf8")).services[service][name].global
    const share = "extendedSupportShareOfNodePrice"
    assert.strictEqual(
      cacheExtendedSupportShare.year1And2,
      value("extended-support.json", "elasticache", `${share}_year1_2`)
    )
    assert.strictEqual(cacheExtendedSupportShare.year3, value("extended-support.json", "elasticache", `${share}_year3`))
    assert.strictEqual(freeAlarmMetrics, value("misc.json", "cloudwatch", "freeAlarmMetrics"))
    assert.strictEqual(freeDashboards, value("misc.json", "cloudwatch", "dashboardFree"))
    assert.strictEqual(anomalyAlarmMetrics, value("misc.json", "cloudwatch", "alarmAnomalyFactor"))
    assert.strictEqual(lambdaManagedInstancesShare, value("misc.json", "lambda", "managedInstancesFee"))
  })

  it("has one line per fact, so that a change can be reviewed", () => {
    const lines = readFileSync(new URL("services.json", snapshotFolder), "utf8").split("\n")
    assert.isAbove(lines.length, Object.keys(services.facts).length)
  })
})
