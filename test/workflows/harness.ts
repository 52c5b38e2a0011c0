/** Whole nights over a made-up organisation: the real machine, steps, door and store; only the answers are made up. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AwsError, reasonOf } from "../../core/aws/AwsError.ts"
import { Credentials } from "../../core/aws/Credentials.ts"
import { RateOf, unlimited } from "../../core/aws/RateLimits.ts"
import { Catalogue } from "../../core/catalogue/Catalogue.ts"
import { Notifier } from "../../core/alerts/Notifier.ts"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import { Prices } from "../../core/pricing/Prices.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { Store } from "../../core/store/Store.ts"
import { catalogueEntry } from "../../audit/catalogueEntry.ts"
import { type NamedScan, ScanRegistry } from "../../audit/ScanRegistry.ts"
import unusedVolumes from "../../scans/cleanup/find_unused_volumes.ts"
import { type Answers, awsFailure, awsLayer, stubTransport } from "../datasets/harness.ts"

export const payer = "111111111111"
export const member = "222222222222"

export const volumesScan: NamedScan = { name: "find_unused_volumes", category: "cleanup", scan: unusedVolumes }

/** One gp2 volume of 100 GB as EC2 answers it. */
export const awsVolume = (id: string, overrides: object = {}) => ({
  VolumeId: id,
  VolumeType: "gp2",
  Size: 100,
  State: "available",
  CreateTime: new Date("2026-01-01T00:00:00Z"),
  ...overrides
})

/** What EC2 has, by account and region. */
export type Estate = Record<string, Record<string, Array<ReturnType<typeof awsVolume>>>>

/** CloudWatch without a datapoint for anything that it is asked about. */
export const silentMetrics = ({
  MetricDataQueries
}: {
  readonly MetricDataQueries: ReadonlyArray<{ Id: string }>
}) => ({
  MetricDataResults: MetricDataQueries.map(({ Id }) => ({ Id, StatusCode: "Complete", Timestamps: [], Values: [] }))
})

/** Answers for two accounts in two regions. `estate` may be changed between nights. */
export const organizationOf = (estate: Estate): Answers => ({
  "organizations:DescribeOrganization": () => ({ Organization: { MasterAccountId: payer } }),
  "organizations:ListAccounts": () => ({
    Accounts: Object.keys(estate).map((Id) => ({ Id, Name: `account ${Id}`, Status: "ACTIVE" }))
  }),
  "ec2:DescribeRegions": () => ({ Regions: [{ RegionName: "eu-west-1" }, { RegionName: "us-east-1" }] }),
  "ec2:DescribeVolumes": (_, { account, region }) => ({
    Volumes: (estate[account]?.[region] ?? []).map((volume) => ({ AvailabilityZone: `${region}a`, ...volume }))
  }),
  "ec2:DescribeInstances": () => ({ Reservations: [] }),
  "ec2:DescribeSnapshots": () => ({ Snapshots: [] }),
  "cloudwatch:GetMetricData": silentMetrics
})

export const request = (overrides: Partial<AuditRequest> = {}): AuditRequest => ({
  trigger: "manual",
  accounts: { organization: true },
  regions: [],
  excludeRegions: [],
  scans: ["find_unused_volumes"],
  settings: {},
  minMonthlySavingsUsd: 0,
  suppressTagKeys: ["finops:ignore"],
  maxRunUsd: null,
  full: true,
  process: null,
  ...overrides
})

const provider = () => Promise.reject(new Error("the stub needs no credentials"))

/** The payer's credentials; accounts in `locked` cannot be entered. */
const credentials = (locked: ReadonlyArray<string>) =>
  Layer.succeed(Credentials, {
    caller: Effect.succeed({ account: payer, arn: `arn:aws:iam::${payer}:user/test` }),
    provider,
    takeRequests: Effect.succeed([]),
    session: (account) =>
      locked.includes(account)
        ? Effect.fail(
            new AwsError({
              operation: "sts:AssumeRole",
              account,
              region: "us-east-1",
              reason: reasonOf(awsFailure("AccessDenied"))
            })
          )
        : Effect.succeed({ key: account, account, provider })
  })

/** Everything that the steps need, over the answers. `sent` are the requests so far. */
export const world = (
  answers: Answers,
  store: Layer.Layer<Store, any>,
  options: { readonly scans?: ReadonlyArray<NamedScan>; readonly locked?: ReadonlyArray<string> } = {}
) => {
  const { layer: transport, sent } = stubTransport(answers)
  const scans = options.scans ?? [volumesScan]
  const layer = Layer.mergeAll(
    awsLayer(transport),
    credentials(options.locked ?? []),
    Prices.layerSnapshot,
    ScanRegistry.layerOf(scans),
    Catalogue.layerOf(scans.map(({ category, name, scan }) => catalogueEntry(name, category, scan))),
    Notifier.layerNone,
    Layer.succeed(RateOf, unlimited)
  ).pipe(Layer.provideMerge(store))
  return { layer, sent }
}

/** Every finding in the store with what a night may change about it. */
export const everything = Effect.gen(function* () {
  const store = yield* Store
  const open: ReadonlyArray<Finding> = (yield* store.findings({ limit: 1000 })).items
  return open.map(({ confirmed, resolved, resource, savings, status }) => ({
    id: resource.id,
    status,
    confirmed,
    counted: savings?.counted ?? null,
    resolved: resolved?.reason ?? null
  }))
})

/** The store's own view of everything that a run leaves behind, for comparing two stores. */
export const contents = Effect.fnUntraced(function* (accounts: ReadonlyArray<string>) {
  const store = yield* Store
  const { items: runs } = yield* store.runs(100)
  const findings = (yield* store.findings({ limit: 1000 })).items
  return {
    runs,
    findings,
    histories: yield* Effect.forEach(findings, ({ id }) => store.history(id)),
    records: yield* Effect.forEach(runs, ({ id }) =>
      Effect.forEach(accounts, (account) => store.scopeRecords(id, account))
    ),
    trend: yield* Effect.forEach([...accounts, "all"], (account) => store.trend(account, "2026-01-01"))
  }
})

export const nowMillis = Clock.currentTimeMillis
