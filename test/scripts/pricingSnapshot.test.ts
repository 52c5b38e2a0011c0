import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { freshSnapshot, snapshotFiles, snapshotFolder } from "../../scripts/pricingSnapshot.ts"

/** Not part of the repository; beside it where the product is developed. */
const folder = new URL("../../../shared/pricing/", import.meta.url)
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
      costExplorer: { apiRequest: { ...row(1), regions: undefined, global: 0.01 } },
      ecr: { storageGBMonth: row(1) },
      dataTransfer: { interAzEachDirectionGB: row(1), freeInternetOutGBMonth: { ...row(1), global: 100 } },
      elb: { albHour: row(1), nlbHour: row(1), gwlbHour: row(1), clbHour: row(1) },
      rds: { storageGpGBMonth_singleAz: row(1) },
      s3: { deepArchiveGBMonth: row(1), intMinimumObjectBytes: { ...row(1), global: 131072 } },
      secretsManager: { secretMonth: row(1), apiRequest: row(1) },
      acm: { note: "public certificates free" },
      rdsInstances: { unit: "hour", asOf: "2026-01-01", engines: { mysql: { "us-east-1": { "db.m5.large": 2 } } } },
      auroraInstances: { engines: {} },
      elasticacheNodes: { confidence: "a note", engines: {} },
      redshiftNodes: { confidence: "a note", asOf: "2026-01-01", regions: {} },
      ...extra
    }
  })
  const ec2 = {
    os: "Linux",
    tenancy: "Shared",
    source: [{ id: "calc202511" }],
    confidence: { default: "verified" },
    singleSource: {},
    regions: { "us-east-1": { "m5.large": 1 }, "eu-west-1": { "m6.large": 3 } }
  }
  const generate = (extra: object = {}, more: object = supplement) =>
    snapshotFiles(
      (name) =>
        name === "services.json"
          ? prices(extra)
          : name === "ec2-ondemand.json"
            ? ec2
            : { method: "a rule", regions: {} },
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

  it("keeps prices by type in columns", () => {
    const { groups } = JSON.parse(generate()["ec2.json"] ?? "")
    assert.deepStrictEqual(groups.linux.usd, { "m5.large": [1, null], "m6.large": [null, 3] })
    assert.deepStrictEqual(JSON.parse(generate()["rds.json"] ?? "").groups.mysql.usd, { "db.m5.large": [2, null] })
  })

  it("refuses data that it does not understand", () => {
    const strange = { ...row(1), regions: { "us-east-1": 1, "mars-1": 1 } }
    assert.throws(() => generate({ kms: { keyMonth: strange } }), "regions that are not in the list: mars-1")
    assert.throws(() => generate({ redshiftNodes: { regions: {} } }), "asOf is missing in the data")
    assert.throws(() => generate({ ecr: {} }), "no longer in the data: ecr.storageGBMonth")
    const again = { sources: {}, services: { elb: { albHour: row(2) } } }
    assert.throws(() => generate({}, again), "in the data and in supplement.json: elb.albHour")
    const regional = { ...row(1), regions: { "us-east-1": 1, "eu-west-1": 2 } }
    assert.throws(
      () => generate({ route53: { query: regional } }),
      "route53.query should have one price in every region"
    )
  })

  it("has one line per fact, so that a change can be reviewed", () => {
    const lines = readFileSync(new URL("services.json", snapshotFolder), "utf8").split("\n")
    assert.isAbove(lines.length, Object.keys(services.facts).length)
  })
})
