/** One account with so many resources of every kind that the first scans judge, in the words of the sample estate. */
import type { Account, Estate, Region } from "../sample/estate.ts"
import type { Global } from "../sample/estate.ts"
import "../sample/services/index.ts"
import { benchAccount, benchRegion } from "./benchNight.ts"

const times = <A>(count: number, make: (n: number) => A): ReadonlyArray<A> =>
  Array.from({ length: Math.max(1, Math.round(count)) }, (_, n) => make(n))

const old = "2025-01-01"
const isWaste = (n: number) => n % 5 === 0

/** `scale` 1 has about 1,300 resources. One in five of each kind is waste. */
export const nightEstate = (scale: number): { readonly estate: Estate; readonly resources: number } => {
  const of = <A>(count: number, make: (n: number) => A) => times(count * scale, make)
  const loose = Math.round(60 * scale)
  /** A volume that is there, each another one. */
  const volumeName = (n: number) =>
    n < loose ? `volume-${n}` : `instance-${Math.floor((n - loose) / 2)}-${(n - loose) % 2 === 0 ? "root" : "disk1"}`
  const region: Partial<Region> = {
    vpcs: of(2, (n) => ({ name: `vpc-${n}` })),
    internetGateways: of(4, (n) => ({ name: `igw-${n}`, ...(isWaste(n) ? {} : { vpc: "vpc-0" }) })),
    natGateways: of(6, (n) => ({
      name: `nat-${n}`,
      vpc: "vpc-0",
      zone: "a",
      created: old,
      bytes: isWaste(n) ? 0 : 1e9
    })),
    vpcEndpoints: of(15, (n) => ({
      name: `endpoint-${n}`,
      vpc: "vpc-0",
      service: `com.amazonaws.${benchRegion}.service${n}`,
      zones: ["a", "b"],
      created: old,
      bytes: isWaste(n) ? 0 : 1e8
    })),
    securityGroups: of(90, (n) => ({ name: `group-${n}` })),
    instances: of(120, (n) => ({
      name: `instance-${n}`,
      type: "m5.large",
      launched: old,
      image: `image-${n % Math.max(1, Math.round(20 * scale))}`,
      disks: [
        { type: "gp3" as const, gb: 50 },
        { type: "gp3" as const, gb: 200 }
      ],
      groups: [`group-${n % Math.max(1, Math.round(60 * scale))}`],
      vpc: "vpc-0",
      ...(isWaste(n) ? { stopped: "2026-06-01" as const } : {})
    })),
    // Those of the instances are not among them.
    volumes: of(60, (n) => ({ name: `volume-${n}`, type: "gp3" as const, gb: 100, created: old })),
    snapshots: of(240, (n) => ({
      name: `snapshot-${n}`,
      gb: 100,
      started: old,
      of: isWaste(n) ? `gone-${n}` : volumeName(n)
    })),
    images: of(40, (n) => ({ name: `image-${n}`, created: old, lastLaunched: null, disks: [30] })),
    addresses: of(25, (n) => ({
      name: `address-${n}`,
      ip: `198.51.${Math.floor(n / 250)}.${n % 250}`,
      ...(isWaste(n) ? {} : { on: { instance: `instance-${n}` } })
    })),
    loadBalancers: of(15, (n) => ({
      name: `balancer-${n}`,
      kind: n % 3 === 0 ? ("network" as const) : ("application" as const),
      zones: ["a", "b"],
      created: old,
      traffic: isWaste(n) ? 0 : 1e6
    })),
    targetGroups: of(25, (n) => ({
      name: `targets-${n}`,
      protocol: "HTTP" as const,
      targetType: "instance" as const,
      ...(isWaste(n) ? {} : { loadBalancer: `balancer-${n % Math.max(1, Math.round(15 * scale))}` }),
      targets: isWaste(n) ? [] : [{ id: `instance-${n}`, health: "healthy" as const }],
      requests: isWaste(n) ? 0 : 1e5
    })) as never,
    functions: of(200, (n) => ({
      name: `function-${n}`,
      runtime: "nodejs22.x",
      memoryMb: 512,
      modified: old,
      invocations: isWaste(n) ? 0 : 1000
    })),
    logGroups: of(220, (n) => ({
      name: n < 200 * scale ? `/aws/lambda/function-${n}` : `app-${n}`,
      created: old,
      bytes: n % 10 === 0 ? 0 : 5e9,
      incoming: isWaste(n) ? 0 : 1e7,
      lastWritten: isWaste(n) ? "2025-06-01" : "2026-11-19"
    }))
  }
  const global: Partial<Global> = {
    buckets: of(40, (n) => ({
      name: `bucket-${n}`,
      region: benchRegion,
      created: old,
      gb: isWaste(n) ? {} : { StandardStorage: 100 },
      objects: isWaste(n) ? 0 : 1000
    })) as never,
    hostedZones: of(10, (n) => ({ name: `zone-${n}.example.`, records: 10, queries: isWaste(n) ? 0 : 1000 })),
    distributions: of(8, (n) => ({
      name: `distribution-${n}`,
      modified: old,
      aliases: [],
      origin: "origin.example.com",
      requests: isWaste(n) ? 0 : 1e6
    })) as never
  }
  const account: Account = { id: benchAccount, name: "bench", regions: { [benchRegion]: region }, ...global }
  const counted = [...Object.values(region), ...Object.values(global)] as ReadonlyArray<ReadonlyArray<unknown>>
  return {
    estate: { payer: benchAccount, regions: [benchRegion], accounts: [account], billing: {} },
    resources: counted.reduce((sum, { length }) => sum + length, 0) + 2 * (region.instances?.length ?? 0)
  }
}
