import { assert, describe, it } from "@effect/vitest"
import type { Volume } from "../../../datasets/aws/ec2.ts"
import scan from "../../../scans/cost/get_ebs_volume_type_recommendations.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series, silent } from "../harness.ts"

const volume = (overrides: Partial<Volume> = {}): Volume => ({
  arn: `arn:aws:ec2:eu-west-1:111111111111:volume/${overrides.id ?? "vol-1"}`,
  id: "vol-1",
  type: "gp2",
  sizeGb: 100,
  iops: 300,
  throughputMbPerSecond: undefined,
  state: "in-use",
  createdAt: daysAgo(200),
  encrypted: true,
  multiAttach: false,
  availabilityZone: "eu-west-1a",
  snapshotId: undefined,
  attachments: [{ instanceId: "i-1", device: "/dev/xvda", attachedAt: daysAgo(200) }],
  serviceManaged: false,
  onOutpost: false,
  tags: {},
  ...overrides
})

const io1 = (overrides: Partial<Volume> = {}) => volume({ type: "io1", sizeGb: 500, iops: 10_000, ...overrides })
const gp3 = (overrides: Partial<Volume> = {}) =>
  volume({ type: "gp3", sizeGb: 500, iops: 8000, throughputMbPerSecond: 500, ...overrides })

const prices = {
  "ebs.gp2GBMonth": 0.1,
  "ebs.gp3GBMonth": 0.08,
  "ebs.gp3IopsMonth_over3000": 0.005,
  "ebs.gp3MiBpsMonth_over125": 0.04,
  "ebs.io1GBMonth": 0.125,
  "ebs.io1IopsMonth": 0.065,
  "ebs.io2GBMonth": 0.125,
  "ebs.io2IopsMonth_upTo32000": 0.065,
  "ebs.io2IopsMonth_32001to64000": 0.0455,
  "ebs.io2IopsMonth_over64000": 0.03185
}

/** The periods of fourteen days and of the two hours of the run's day. */
const periods = 14 * 288 + 24

/** Each period the same, but one that has the peak; so many of each in reads as in writes. */
const use = ({ iops, mb, share = 1 }: { iops: number; mb: number; share?: number }) =>
  series(({ metric }) => {
    const perPeriod = (metric.endsWith("Ops") ? iops : mb * 2 ** 20) * 300
    return Array.from({ length: periods }, (_, at) =>
      at < periods * (1 - share) ? Number.NaN : at === periods - 500 ? perPeriod / 2 : perPeriod / 20
    )
  })

const run = (
  volumes: unknown,
  options: {
    use?: typeof silent | undefined
    modifying?: unknown
    settings?: Record<string, number | boolean>
    prices?: typeof prices
    region?: string
  } = {}
) =>
  judge(
    scan,
    { volumes, modifying: options.modifying ?? new Set() },
    {
      prices: options.prices ?? prices,
      answers: { use: () => options.use, bytes: () => options.use },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

describe("get_ebs_volume_type_recommendations", () => {
  describe("gp2", () => {
    it("of up to 170 GiB is flagged without a metric", () => {
      const { asked, flags, flagged } = run([volume()])
      assert.deepStrictEqual(flagged, ["vol-1: gp2_to_gp3"])
      assert.deepStrictEqual(asked, [])
      assert.deepInclude(flags[0]?.savings, { monthlyUsd: 2, basis: "exact", claim: "rightsize" })
      assert.deepStrictEqual(flags[0]?.evidence, {
        volumeType: "gp2",
        sizeGb: 100,
        iops: 300,
        mbPerSecond: null,
        createdAt: daysAgo(200).toISOString(),
        instances: ["i-1"],
        peakIops: null,
        peakMbPerSecond: null,
        targetType: "gp3",
        targetIops: 3000,
        targetMbPerSecond: 125
      })
    })

    it("above 170 GiB has the throughput that its peak needs", () => {
      const large = volume({ sizeGb: 200, iops: 600 })
      const quiet = run([large], { use: use({ iops: 100, mb: 90 }) })
      assert.deepStrictEqual(quiet.asked, ["bytes vol-1"])
      assert.strictEqual(quiet.flags[0]?.savings?.monthlyUsd, 4)
      assert.deepInclude(quiet.flags[0]?.evidence, { peakMbPerSecond: 90, targetMbPerSecond: 125 })
      // 97 × 1.3 is more than gp3 has without an extra charge, and 250 MB/s of gp3 cost more than they save at 200 GiB.
      const busy = run([large], { use: use({ iops: 100, mb: 97 }) })
      assert.deepStrictEqual([busy.flagged, busy.unknown], [[], []])
      const larger = run([volume({ sizeGb: 2000, iops: 6000 })], { use: use({ iops: 100, mb: 97 }) })
      assert.strictEqual(larger.flags[0]?.savings?.monthlyUsd, 2000 * 0.02 - 3000 * 0.005 - 125 * 0.04)
      assert.deepInclude(larger.flags[0]?.evidence, { targetIops: 6000, targetMbPerSecond: 250 })
    })

    it("whose bytes are not told saves what is certain, and is unknown where nothing is", () => {
      const large = volume({ sizeGb: 2000, iops: 6000 })
      for (const answer of [undefined, silent, series(() => undefined)]) {
        assert.strictEqual(run([large], { use: answer }).flags[0]?.savings?.monthlyUsd, 20)
        assert.deepStrictEqual(run([volume({ sizeGb: 200 })], { use: answer }).unknown, ["vol-1"])
      }
    })
  })

  describe("io1 and io2", () => {
    it("become gp3 that holds the peak", () => {
      const { asked, flags, flagged } = run([io1()], { use: use({ iops: 4000, mb: 150 }) })
      assert.deepStrictEqual(flagged, ["vol-1: io_to_gp3"])
      assert.deepStrictEqual(asked, ["use vol-1"])
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 62.5 + 650 - (40 + 2200 * 0.005 + 70 * 0.04))
      assert.strictEqual(flags[0]?.confidence, "medium")
      assert.deepInclude(flags[0]?.evidence, {
        peakIops: 4000,
        peakMbPerSecond: 150,
        targetType: "gp3",
        targetIops: 5200,
        targetMbPerSecond: 195
      })
      const io2 = run([io1({ type: "io2" })], { use: use({ iops: 4000, mb: 150 }) })
      assert.deepStrictEqual(io2.flagged, ["vol-1: io_to_gp3"])
    })

    it("have a quarter of an IOPS less than nothing: gp3 needs four for each MiB/s", () => {
      const { flags } = run([io1({ iops: 32_000 })], { use: use({ iops: 500, mb: 1000 }) })
      assert.deepInclude(flags[0]?.evidence, { targetIops: 5200, targetMbPerSecond: 1300 })
    })

    it("stay where gp3 does not hold the peak, for its limits or for its size", () => {
      const fast = use({ iops: 70_000, mb: 100 })
      assert.deepStrictEqual(run([io1({ type: "io2", iops: 90_000 })], { use: fast }).flagged, [])
      const small = use({ iops: 4000, mb: 100 })
      assert.deepStrictEqual(run([io1({ type: "io2", sizeGb: 10 })], { use: small }).flagged, [])
    })

    it("become io2 where gp3 will not do and more than 32,000 IOPS are paid for", () => {
      const fast = use({ iops: 70_000, mb: 100 })
      const { flags, flagged } = run([io1({ sizeGb: 4000, iops: 60_000 })], { use: fast })
      assert.deepStrictEqual(flagged, ["vol-1: io1_to_io2"])
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 28_000 * 0.0195)
      assert.strictEqual(flags[0]?.confidence, "high")
      // A cent or two is no reason.
      assert.deepStrictEqual(run([io1({ sizeGb: 4000, iops: 32_010 })], { use: fast }).flagged, [])
    })

    it("become io2 for durability alone where they have no more IOPS than cost the same", () => {
      for (const [volume, peak] of [
        [io1({ sizeGb: 10 }), { iops: 4000, mb: 100 }],
        [io1({ sizeGb: 4000, iops: 32_000 }), { iops: 70_000, mb: 100 }]
      ] as const) {
        const { flags, flagged } = run([volume], { use: use(peak) })
        assert.deepStrictEqual(flagged, ["vol-1: io1_to_io2"])
        assert.deepInclude(flags[0], { kind: "hygiene", severity: "info", savings: null })
        assert.deepInclude(flags[0]?.evidence, { targetType: "io2", targetIops: volume.iops })
      }
    })

    it("become no gp3 where latency matters, whatever their use, and stay where they are shared and io2 is to stay", () => {
      const quiet = { use: use({ iops: 100, mb: 1 }) }
      const critical = { tags: { "finops:latency-critical": "" } }
      const told = run([io1(critical)])
      assert.deepStrictEqual([told.flagged, told.asked], [["vol-1: io1_to_io2"], []])
      assert.deepInclude(told.flags[0], { kind: "hygiene", severity: "info", savings: null })
      const dear = run([io1({ ...critical, sizeGb: 4000, iops: 60_000 })])
      assert.strictEqual(dear.flags[0]?.savings?.monthlyUsd, 28_000 * 0.0195)
      const io2 = run([io1({ ...critical, type: "io2" })])
      assert.deepStrictEqual([io2.flagged, io2.unknown, io2.asked], [[], [], []])
      assert.deepStrictEqual(run([io1({ multiAttach: true })], quiet).flagged, [])
      const kept = { ...quiet, settings: { allowIo2ToGp3: false } }
      assert.deepStrictEqual(run([io1({ type: "io2" })], kept).flagged, [])
      assert.deepStrictEqual(run([io1()], kept).flagged, ["vol-1: io_to_gp3"])
    })

    it("are unknown without their use, or with too little of it", () => {
      for (const answer of [undefined, silent, series(() => undefined), use({ iops: 9, mb: 1, share: 0.8 })]) {
        assert.deepStrictEqual(run([io1()], { use: answer }).unknown, ["vol-1"])
      }
      assert.deepStrictEqual(run([io1()], { use: use({ iops: 9, mb: 1, share: 0.8 }) }).whyUnknown, [
        "vol-1: CloudWatch has its use of 80 percent of 14 days"
      ])
      assert.deepStrictEqual(run([io1({ iops: undefined })]).unknown, ["vol-1"])
    })
  })

  describe("gp3", () => {
    it("gives back what is at least twice the peak", () => {
      const { flags, flagged } = run([gp3()], { use: use({ iops: 1000, mb: 40 }) })
      assert.deepStrictEqual(flagged, ["vol-1: gp3_overprovisioned"])
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 5000 * 0.005 + 375 * 0.04)
      assert.deepInclude(flags[0]?.evidence, { targetIops: 3000, targetMbPerSecond: 125 })
    })

    it("keeps what is used", () => {
      const { flags } = run([gp3()], { use: use({ iops: 5000, mb: 40 }) })
      assert.deepInclude(flags[0]?.evidence, { targetIops: 8000, targetMbPerSecond: 125 })
      assert.deepStrictEqual(run([gp3()], { use: use({ iops: 4100, mb: 260 }) }).flagged, [])
    })

    it("keeps the IOPS that its throughput needs", () => {
      const fast = gp3({ iops: 8000, throughputMbPerSecond: 1000 })
      const { flags } = run([fast], { use: use({ iops: 100, mb: 900 }) })
      assert.deepInclude(flags[0]?.evidence, { targetIops: 4000, targetMbPerSecond: 1000 })
    })

    it("that has nothing beyond what is included is not asked about", () => {
      const { asked, flagged } = run([gp3({ iops: 3000, throughputMbPerSecond: 125 })])
      assert.deepStrictEqual([asked, flagged], [[], []])
      assert.deepStrictEqual(run([gp3({ throughputMbPerSecond: undefined })]).unknown, ["vol-1"])
    })
  })

  it("leaves alone what is unattached, managed, on an Outpost or of another type", () => {
    const others = [
      volume({ state: "available", attachments: [] }),
      volume({ serviceManaged: true }),
      volume({ onOutpost: true }),
      volume({ type: "st1" }),
      volume({ type: "standard" })
    ]
    const { flagged, tooYoung, unknown } = run(others)
    assert.deepStrictEqual([flagged, tooYoung, unknown], [[], [], []])
    assert.deepStrictEqual(run([volume({ attachments: [] })]).unknown, ["vol-1"])
  })

  it("waits until a volume has as many days as it is judged by", () => {
    assert.deepStrictEqual(run([volume({ createdAt: daysAgo(13) })]).tooYoung, ["vol-1"])
    const settings = { lookbackDays: 30 }
    assert.deepStrictEqual(run([volume({ createdAt: daysAgo(20) })], { settings }).tooYoung, ["vol-1"])
    assert.deepStrictEqual(run([volume({ createdAt: daysAgo(20) })]).flagged, ["vol-1: gp2_to_gp3"])
  })

  it("leaves savings below the least one alone, and holds as much more than the peak as is asked for", () => {
    const settings = { minSavingsUsd: 3 }
    assert.deepStrictEqual(run([volume()], { settings }).flagged, [])
    assert.deepStrictEqual(run([volume({ sizeGb: 150 })], { settings }).flagged, ["vol-1: gp2_to_gp3"])
    const roomy = run([io1()], { use: use({ iops: 4000, mb: 50 }), settings: { headroom: 2 } })
    assert.deepInclude(roomy.flags[0]?.evidence, { targetIops: 8000 })
  })

  it("does not know what is being modified, and confirms nothing where that is not told", () => {
    assert.deepStrictEqual(run([volume()], { modifying: new Set(["vol-1"]) }).whyUnknown, [
      "vol-1: it is being modified"
    ])
    const untold = run([volume()], { modifying: gap() })
    assert.isTrue(untold.flags[0]?.unproven)
    assert.strictEqual(untold.status, "partial")
  })

  it("does not know whether a Local Zone has gp3", () => {
    const { whyUnknown } = run([volume({ availabilityZone: "eu-west-1-lon-1a" })])
    assert.deepStrictEqual(whyUnknown, ["vol-1: eu-west-1-lon-1a is in a Local Zone, which has prices of its own"])
  })

  it("gives no figure where a price is not known", () => {
    const { "ebs.gp3GBMonth": _, ...unpriced } = prices
    const { flags } = run([volume()], { prices: unpriced as typeof prices })
    assert.deepInclude(flags[0]?.savings, { basis: "none", monthlyUsd: 0 })
  })

  it("closes nothing while a page of volumes is missing", () => {
    const judged = run(gap([volume()]))
    assert.deepStrictEqual(judged.flagged, ["vol-1: gp2_to_gp3"])
    assert.strictEqual(judged.stateOf("arn:aws:ec2:eu-west-1:111111111111:volume/vol-9"), "unknown")
    assert.deepStrictEqual(run([]).counters.examined, 0)
  })
})
