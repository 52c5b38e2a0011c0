/**
 * Makes core/aws/serviceRegions.json from the endpoints that botocore knows. botocore is a wheel on PyPI and needs no Python:
 *   pip download botocore --no-deps && unzip botocore-*.whl -d botocore && node scripts/serviceRegions.ts botocore
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** The services that are called, or will be, by their IAM prefix, with botocore's name of the endpoint where it is another. */
const services: Readonly<Record<string, string>> = {
  account: "account",
  acm: "acm",
  apigateway: "apigateway",
  "application-autoscaling": "application-autoscaling",
  athena: "athena",
  autoscaling: "autoscaling",
  backup: "backup",
  batch: "batch",
  budgets: "budgets",
  ce: "ce",
  cloudformation: "cloudformation",
  cloudfront: "cloudfront",
  cloudtrail: "cloudtrail",
  cloudwatch: "monitoring",
  codebuild: "codebuild",
  "compute-optimizer": "compute-optimizer",
  config: "config",
  "cost-optimization-hub": "cost-optimization-hub",
  cur: "cur",
  dlm: "dlm",
  dms: "dms",
  dynamodb: "dynamodb",
  ec2: "ec2",
  ecr: "api.ecr",
  ecs: "ecs",
  eks: "eks",
  elasticache: "elasticache",
  elasticfilesystem: "elasticfilesystem",
  elasticloadbalancing: "elasticloadbalancing",
  elasticmapreduce: "elasticmapreduce",
  es: "es",
  events: "events",
  firehose: "firehose",
  fsx: "fsx",
  globalaccelerator: "globalaccelerator",
  glue: "glue",
  guardduty: "guardduty",
  health: "health",
  iam: "iam",
  kafka: "kafka",
  kinesis: "kinesis",
  kms: "kms",
  lambda: "lambda",
  logs: "logs",
  memorydb: "memory-db",
  mq: "mq",
  "network-firewall": "network-firewall",
  organizations: "organizations",
  pi: "pi",
  pricing: "api.pricing",
  rds: "rds",
  redshift: "redshift",
  "redshift-serverless": "redshift-serverless",
  "resource-explorer-2": "resource-explorer-2",
  route53: "route53",
  route53domains: "route53domains",
  s3: "s3",
  sagemaker: "api.sagemaker",
  savingsplans: "savingsplans",
  scheduler: "scheduler",
  secretsmanager: "secretsmanager",
  servicequotas: "servicequotas",
  sns: "sns",
  sqs: "sqs",
  ssm: "ssm",
  states: "states",
  sts: "sts",
  tag: "tagging",
  transfer: "transfer"
}

/** The partitions that the product knows. */
const partitions = ["aws", "aws-us-gov", "aws-cn"]

interface Endpoints {
  readonly partitions: ReadonlyArray<{
    readonly partition: string
    readonly regions: Readonly<Record<string, unknown>>
    readonly services: Readonly<
      Record<string, { readonly isRegionalized?: boolean; readonly endpoints: Readonly<Record<string, unknown>> }>
    >
  }>
}

const folder = process.argv[2]
if (folder === undefined) throw new Error("which folder holds the unpacked wheel?")
const file = join(folder, "botocore/data/endpoints.json")
const known: Endpoints = JSON.parse(readFileSync(file, "utf8"))
const version = readdirSync(folder).flatMap((name) => /^botocore-([\d.]+)\.dist-info$/.exec(name)?.[1] ?? [])[0]
if (version === undefined) throw new Error(`${folder} does not say of which version it is`)

const wanted = known.partitions.filter(({ partition }) => partitions.includes(partition))

/** The regions in which a service is not. A global one answers for all regions of each partition that has it. */
const absentFrom = (name: string): ReadonlyArray<string> =>
  wanted.flatMap(({ regions, services }) => {
    const service = services[name]
    return Object.keys(regions).filter(
      (region) => service === undefined || (service.isRegionalized !== false && service.endpoints[region] === undefined)
    )
  })

const unknown = Object.values(services).filter((name) => wanted.every(({ services }) => services[name] === undefined))
if (unknown.length > 0) throw new Error(`botocore ${version} knows no endpoint of ${unknown.join(", ")}`)

const table = {
  source: `botocore ${version}, data/endpoints.json`,
  asOf: statSync(file).mtime.toISOString().slice(0, 10),
  regions: wanted.flatMap(({ regions }) => Object.keys(regions)).sort(),
  absent: Object.fromEntries(Object.entries(services).map(([prefix, name]) => [prefix, [...absentFrom(name)].sort()]))
}
// A line per service, so that a change can be reviewed.
const lines = Object.entries(table.absent).map(
  ([prefix, regions]) => `    ${JSON.stringify(prefix)}: ${JSON.stringify(regions)}`
)
const text = `{
  "source": ${JSON.stringify(table.source)},
  "asOf": ${JSON.stringify(table.asOf)},
  "regions": ${JSON.stringify(table.regions)},
  "absent": {
${lines.join(",\n")}
  }
}
`
writeFileSync(new URL("../core/aws/serviceRegions.json", import.meta.url), text)
