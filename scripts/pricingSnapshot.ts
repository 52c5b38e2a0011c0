/**
 * Makes the price snapshot in core/pricing/snapshot from the price data in a folder, ../shared/pricing by default, and from
 * the facts in supplement.json that are kept by hand: node scripts/pricingSnapshot.ts [folder]
 */
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { PriceConfidence } from "../core/finding/Finding.ts"
import type { FactRow, PriceSnapshot } from "../core/pricing/snapshot.ts"
import type { InstanceGroup, InstanceSnapshot } from "../core/pricing/instancePrices.ts"

type ByRegion<A> = Readonly<Record<string, A>>

interface RawFact {
  readonly unit: string
  readonly confidence: PriceConfidence
  readonly sources: ReadonlyArray<string>
  readonly asOf?: string | null
  readonly verifiedAt?: ReadonlyArray<string>
  readonly note?: string
  readonly regions?: ByRegion<number | null>
  readonly global?: number
  readonly byGeography?: Readonly<Record<string, number>>
}

interface RawServices {
  readonly snapshotDate: string
  readonly regions: ReadonlyArray<string>
  readonly sources: Readonly<Record<string, { readonly what: string; readonly [detail: string]: string }>>
  readonly fallback: {
    readonly classOf: Readonly<Record<string, NonNullable<FactRow["whereUnknown"]>>>
    readonly how: Readonly<Record<string, string>>
    readonly multipliers: Readonly<Record<string, ByRegion<number | null>>>
  }
  readonly services: Readonly<Record<string, any>>
}

interface Supplement {
  readonly sources: PriceSnapshot["sources"]
  readonly services: Readonly<Record<string, Readonly<Record<string, RawFact>>>>
}

/** Tables by instance type; they go to files of their own. */
const tables = ["rdsInstances", "auroraInstances", "elasticacheNodes", "redshiftNodes"]

/** Facts that are amounts, not prices. */
const allowances = ["s3.intMinimumObjectBytes", "dataTransfer.freeInternetOutGBMonth"]

/**
 * Facts with one price in every region: where it was not seen, it is not scaled. Source: shared/facts/field.md (public IPv4,
 * Route 53, Cost Explorer), the note of ECR in the data, and 27 regions with the same price between zones.
 */
const flat = ["publicIpv4.", "route53.", "costExplorer.", "ecr.storageGBMonth", "dataTransfer.interAzEachDirectionGB"]

const memory = "memory of the AWS price pages"

/** What the notes in the data say of prices outside `verifiedAt`, where it is not that the first source has them. */
const elsewhere: Readonly<Record<string, NonNullable<FactRow["elsewhere"]>>> = {
  "elb.albHour": { confidence: "from memory", source: memory },
  "elb.nlbHour": { confidence: "derived", source: "assumed equal to the Application Load Balancer" },
  "elb.gwlbHour": { confidence: "single source", source: "several third-party price tables" },
  "elb.clbHour": { confidence: "from memory", source: memory },
  "rds.storageGpGBMonth_singleAz": { confidence: "derived", source: "EBS gp2 × 1.15" },
  "s3.deepArchiveGBMonth": {
    confidence: "derived",
    source: "assumed equal to the Deep Archive tier of Intelligent-Tiering"
  },
  "secretsManager.secretMonth": { confidence: "from memory", source: memory },
  "secretsManager.apiRequest": { confidence: "from memory", source: memory }
}

const labels: Readonly<Record<string, string>> = {
  calc: "AWS Pricing Calculator feed",
  ec2shop: "AWS pricing page feed",
  coroot: "Infracost price dump",
  infracost: "Infracost golden files",
  albTable2017: "ALB price table of 2017",
  mem: memory,
  "web-rds-es": "blog pages on RDS Extended Support",
  doc202610: "research notes quoting the Price List API",
  calc202511: "AWS Pricing Calculator feed",
  shop202504: "AWS pricing page feed",
  karp202607: "AWS Price List API pull of Karpenter"
}

const sourceOf = ({ what, ...where }: { readonly what: string; readonly [detail: string]: string }, id: string) => ({
  label: labels[id] ?? id,
  what,
  ...where
})

/** `US, Mexico, Canada` becomes `usMexicoCanada`. */
const camelCase = (geography: string) =>
  geography
    .toLowerCase()
    .split(/[^a-z]+/)
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("")

const column = <A>(regions: ReadonlyArray<string>, values: ByRegion<A>): ReadonlyArray<A | null> => {
  const strange = Object.keys(values).filter((region) => !regions.includes(region))
  if (strange.length > 0) throw new Error(`regions that are not in the list: ${strange.join(", ")}`)
  return regions.map((region) => values[region] ?? null)
}

/** Prices by type, one per region, as the facts have them. */
const columnsByType = (regions: ReadonlyArray<string>, values: ByRegion<ByRegion<number>>) => {
  const types = [...new Set(Object.values(values).flatMap((prices) => Object.keys(prices)))].sort()
  return Object.fromEntries(
    types.map((type) => [
      type,
      column(
        regions,
        Object.fromEntries(Object.entries(values).map(([region, prices]) => [region, prices[type] ?? null]))
      )
    ])
  )
}

const factRow = (name: string, service: string, raw: RawFact, data: RawServices): FactRow => {
  const usd = raw.global ?? column(data.regions, raw.regions ?? {})
  const common = {
    unit: raw.unit,
    confidence: raw.confidence,
    sources: raw.sources,
    asOf: raw.asOf ?? null,
    ...(raw.verifiedAt === undefined ? {} : { verifiedAt: raw.verifiedAt }),
    ...(raw.note === undefined ? {} : { note: raw.note }),
    ...(elsewhere[name] === undefined ? {} : { elsewhere: elsewhere[name] })
  }
  if (typeof usd === "number") return { ...common, usd }
  const isFlat = flat.some((prefix) => name.startsWith(prefix))
  const known = new Set(usd.filter((price) => price !== null))
  if (isFlat && known.size !== 1) throw new Error(`${name} should have one price in every region`)
  const whereUnknown = isFlat
    ? "flat"
    : (data.fallback.classOf[service] ?? data.fallback.classOf["default"] ?? "compute")
  return { ...common, ...(usd.includes(null) ? { whereUnknown } : {}), usd }
}

const factRows = (
  services: Readonly<Record<string, Readonly<Record<string, RawFact>>>>,
  data: RawServices
): ReadonlyArray<readonly [string, FactRow]> =>
  Object.entries(services)
    .filter(([service]) => !tables.includes(service))
    .flatMap(([service, facts]) =>
      Object.entries(facts)
        // A service may have a note instead of prices.
        .filter(([key, raw]) => typeof raw === "object" && !allowances.includes(`${service}.${key}`))
        .flatMap(([key, raw]) => {
          const name = `${service}.${key}`
          if (raw.byGeography === undefined) return [[name, factRow(name, service, raw, data)] as const]
          return Object.entries(raw.byGeography).map(([geography, global]) => {
            // The data does not say in which geographies a verified price was seen twice.
            const confidence = raw.confidence === "verified" ? "single source" : raw.confidence
            const one = { ...raw, confidence, global }
            return [`${name}_${camelCase(geography)}`, factRow(name, service, one, data)] as const
          })
        })
    )

const json = (key: string, value: unknown) => {
  if (value === undefined) throw new Error(`${key} is missing in the data`)
  return JSON.stringify(value)
}

const jsonOfEach = (fields: object) =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, json(key, value)]))

/** A JSON object with one line per entry, so that a change of a price is a change of a line. The values are JSON. */
const lines = (entries: Readonly<Record<string, string>>, indent = "") =>
  `{\n${Object.entries(entries)
    .map(([key, value]) => `${indent}  ${JSON.stringify(key)}: ${value}`)
    .join(",\n")}\n${indent}}`

const servicesFile = (data: RawServices, supplement: Supplement): string => {
  const given = Object.fromEntries(factRows(data.services, data))
  const added = Object.fromEntries(factRows(supplement.services, data))
  const twice = Object.keys(added).filter((name) => name in given)
  if (twice.length > 0) throw new Error(`in the data and in supplement.json: ${twice.join(", ")}`)
  const facts = { ...given, ...added }
  const missing = [...Object.keys(elsewhere), ...flat].filter(
    (name) => !Object.keys(facts).some((fact) => fact.startsWith(name))
  )
  if (missing.length > 0) throw new Error(`no longer in the data: ${missing.join(", ")}`)
  const header: Omit<PriceSnapshot, "facts"> = {
    snapshotDate: data.snapshotDate,
    regions: data.regions,
    sources: {
      ...Object.fromEntries(Object.entries(data.sources).map(([id, source]) => [id, sourceOf(source, id)])),
      ...supplement.sources
    },
    fallbackMethods: data.fallback.how,
    multipliers: Object.fromEntries(
      Object.entries(data.fallback.multipliers).map(([name, values]) => [name, column(data.regions, values)])
    )
  }
  return `${lines({ ...jsonOfEach(header), facts: lines(jsonOfEach(facts), "  ") })}\n`
}

const instancesFile = (
  header: Omit<InstanceSnapshot, "groups">,
  groups: Readonly<Record<string, InstanceGroup>>
): string => {
  const groupLines = Object.entries(groups).map(([name, { usd, ...rest }]) => [
    name,
    lines({ ...jsonOfEach(rest), usd: lines(jsonOfEach(usd), "      ") }, "    ")
  ])
  return `${lines({ ...jsonOfEach(header), groups: lines(Object.fromEntries(groupLines), "  ") })}\n`
}

/** The files of the snapshot with their content, from the data files by name. */
export const snapshotFiles = (
  read: (name: string) => any,
  supplement: Supplement
): Readonly<Record<string, string>> => {
  const data: RawServices = read("services.json")
  const ec2 = read("ec2-ondemand.json")
  const ec2Derived = read("ec2-ondemand-derived.json")
  const { regions, services, snapshotDate } = data
  const byEngine = (table: any, confidenceOf: (engine: string) => PriceConfidence, source: string) =>
    Object.fromEntries(
      Object.entries<ByRegion<ByRegion<number>>>(table.engines).map(([engine, prices]): [string, InstanceGroup] => [
        engine,
        { confidence: confidenceOf(engine), source, asOf: table.asOf, usd: columnsByType(regions, prices) }
      ])
    )
  return {
    "services.json": servicesFile(data, supplement),
    "ec2.json": instancesFile(
      { snapshotDate, regions, unit: "hour", note: `${ec2.os}, ${ec2.tenancy} tenancy; ${ec2.precedence}` },
      {
        linux: {
          confidence: ec2.confidence.default,
          source: ec2.source.map(({ id }: { id: string }) => labels[id] ?? id).join(", "),
          asOf: `${ec2.oldestSourceDate} to ${ec2.newestSourceDate}`,
          singleSource: ec2.singleSource,
          derivedSource: ec2Derived.method,
          derived: columnsByType(regions, ec2Derived.regions),
          usd: columnsByType(regions, ec2.regions)
        }
      }
    ),
    "rds.json": instancesFile(
      { snapshotDate, regions, unit: "hour", note: services["rdsInstances"].unit },
      {
        // Most of them were seen twice; the data does not say which.
        ...byEngine(services["rdsInstances"], () => "single source", "AWS pricing page feed"),
        ...byEngine(services["auroraInstances"], () => "single source", "Infracost price dump")
      }
    ),
    "elasticache.json": instancesFile(
      { snapshotDate, regions, unit: "node-hour", note: services["elasticacheNodes"].confidence },
      byEngine(
        services["elasticacheNodes"],
        (engine) => (engine === "valkey" ? "single source" : "verified"),
        "AWS pricing page feed, Infracost price dump"
      )
    ),
    "redshift.json": instancesFile(
      { snapshotDate, regions, unit: "node-hour", note: services["redshiftNodes"].confidence },
      {
        node: {
          confidence: "single source",
          source: "AWS Pricing Calculator feed",
          asOf: services["redshiftNodes"].asOf,
          usd: columnsByType(regions, services["redshiftNodes"].regions)
        }
      }
    )
  }
}

/** Where the snapshot is kept. */
export const snapshotFolder = new URL("../core/pricing/snapshot/", import.meta.url)

const readJson = (url: URL) => JSON.parse(readFileSync(url, "utf8"))

/** The files of the snapshot as they should be, from a folder with the data. */
export const freshSnapshot = (folder: URL) =>
  snapshotFiles((name) => readJson(new URL(name, folder)), readJson(new URL("supplement.json", snapshotFolder)))

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = new URL(`${process.argv[2] ?? "../shared/pricing"}/`, `file://${process.cwd()}/`)
  for (const [name, content] of Object.entries(freshSnapshot(folder))) {
    writeFileSync(new URL(name, snapshotFolder), content)
    console.log(`core/pricing/snapshot/${name}: ${Math.round(Buffer.byteLength(content) / 1024)} kB`)
  }
}
