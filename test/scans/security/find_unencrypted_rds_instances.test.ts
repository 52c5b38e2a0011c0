import { assert, describe, it } from "@effect/vitest"
import type { Storage } from "../../../datasets/aws/rds.ts"
import type { SecurityGroup, SecurityGroupRule } from "../../../datasets/aws/securityGroups.ts"
import scan from "../../../scans/security/find_unencrypted_rds_instances.ts"
import { defaultSettings } from "../../../scans/Scan.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const storage = (more: Partial<Storage> = {}, id = "orders"): Storage => ({
  type: "rds:db",
  arn: `arn:aws:rds:eu-west-1:111111111111:db:${id}`,
  id,
  engine: "mysql",
  engineVersion: "8.0.40",
  status: "available",
  createdAt: daysAgo(400),
  encryption: "none",
  kmsKeyArn: undefined,
  port: 3306,
  public: false,
  securityGroupIds: ["sg-1"],
  sizeGb: 100,
  tags: {},
  ...more
})

const rule = (more: Partial<SecurityGroupRule> = {}): SecurityGroupRule => ({
  protocol: "tcp",
  fromPort: 3306,
  toPort: 3306,
  cidrs: ["0.0.0.0/0"],
  prefixListIds: [],
  groupIds: [],
  ...more
})

const group = (inbound: ReadonlyArray<SecurityGroupRule>): SecurityGroup => ({
  arn: "arn:sg-1",
  id: "sg-1",
  name: "db",
  description: "",
  vpcId: "vpc-1",
  ownerId: "111111111111",
  inbound,
  outbound: [],
  tags: {}
})

const run = (items: unknown, groups: unknown = [group([])], settings: Record<string, boolean> = {}) =>
  judge(scan, { storage: items, groups }, { settings })

describe("find_unencrypted_rds_instances", () => {
  it("flags what is not encrypted, whatever it is, and leaves the rest alone", () => {
    const { counters, flagged, flags } = run([
      storage(),
      storage({ type: "rds:cluster", engine: "docdb", sizeGb: undefined }, "docs"),
      storage({ encryption: "sse-kms" }, "kms"),
      storage({ encryption: "sse-rds" }, "owned"),
      storage({ status: "deleting" }, "going")
    ])
    assert.deepStrictEqual(flagged, ["docs: unencrypted", "orders: unencrypted"])
    assert.strictEqual(counters.examined, 5)
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "high", savings: null, confidence: "high" })
    assert.deepStrictEqual(flags[0]?.evidence, {
      storage: "instance",
      engine: "mysql 8.0.40",
      status: "available",
      sizeGb: 100,
      publiclyAccessible: false,
      openToInternet: false,
      kmsKey: "none"
    })
    assert.strictEqual(flags[1]?.evidence["storage"], "cluster")
  })

  it("calls it critical where everybody can reach its port", () => {
    const severityOf = (more: Partial<Storage>, inbound: ReadonlyArray<SecurityGroupRule>) =>
      run([storage(more)], [group(inbound)]).flags[0]?.severity
    assert.strictEqual(severityOf({ public: true }, [rule()]), "critical")
    assert.strictEqual(severityOf({ public: true }, [rule({ cidrs: ["::/0"], protocol: "-1" })]), "critical")
    assert.strictEqual(severityOf({ public: true, port: undefined }, [rule({ fromPort: 22, toPort: 22 })]), "critical")
    assert.strictEqual(severityOf({ public: true }, [rule({ fromPort: 22, toPort: 22 })]), "high")
    assert.strictEqual(severityOf({ public: true }, [rule({ protocol: "udp" })]), "high")
    assert.strictEqual(severityOf({ public: true }, [rule({ cidrs: ["10.0.0.0/8"] })]), "high")
    assert.strictEqual(severityOf({ public: false }, [rule()]), "high")
  })

  it("calls it medium where it is stopped or there for trying things out, unless everybody can reach it", () => {
    const dev = { Environment: "Staging" }
    assert.strictEqual(run([storage({ tags: dev })]).flags[0]?.severity, "medium")
    assert.strictEqual(run([storage({ status: "stopped" })]).flags[0]?.severity, "medium")
    assert.strictEqual(run([storage({ tags: { Environment: "production" } })]).flags[0]?.severity, "high")
    const open = [group([rule()])]
    assert.strictEqual(run([storage({ tags: dev, public: true })], open).flags[0]?.severity, "critical")
  })

  it("does not know what RDS does not tell", () => {
    const { flagged, stateOf, unknown } = run([storage({ encryption: undefined })])
    assert.deepStrictEqual([flagged, unknown], [[], ["orders"]])
    assert.strictEqual(stateOf(storage().arn), "unknown")
  })

  it("flags it without its groups, and does not say who can reach it", () => {
    const { flags } = run([storage({ public: true })], gap([]))
    assert.strictEqual(flags[0]?.severity, "high")
    assert.isNull(flags[0]?.evidence["openToInternet"])
    // Which groups an instance without a public address has does not matter.
    assert.isFalse(run([storage()], gap()).flags[0]?.evidence["openToInternet"])
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    assert.deepStrictEqual([run([]).status, run([]).counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([storage()]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["orders: unencrypted"]])
    assert.strictEqual(partial.stateOf("arn:aws:rds:eu-west-1:111111111111:db:not-listed"), "unknown")
  })

  it("follows its settings", () => {
    const owned = run([storage({ encryption: "sse-rds" })], [], { requireKms: true })
    assert.deepStrictEqual(owned.flagged, ["orders: aws_owned_key"])
    assert.strictEqual(owned.flags[0]?.severity, "info")
    const nameOf = (settings: Record<string, boolean>) =>
      scan.reads({ ...defaultSettings(scan.settings), ...settings })["storage"]?.name
    assert.strictEqual(nameOf({}), "rds.storage(true, false)")
    assert.strictEqual(nameOf({ includeClusters: false, includeSnapshots: true }), "rds.storage(false, true)")
  })
})
