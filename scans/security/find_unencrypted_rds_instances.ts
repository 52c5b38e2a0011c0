import type { Severity } from "../../core/finding/Finding.ts"
import { all } from "../../core/Reading.ts"
import type { Tags } from "../../datasets/aws/tags.ts"
import * as rds from "../../datasets/aws/rds.ts"
import * as securityGroups from "../../datasets/aws/securityGroups.ts"
import { defineScan, hygiene, Setting, unknown } from "../Scan.ts"

const everyone = new Set(["0.0.0.0/0", "::/0"])

/** Whether a group lets everybody in the internet reach a port; of a database whose port is not known, any port. */
const isOpen = ({ inbound }: securityGroups.SecurityGroup, port: number | undefined): boolean =>
  inbound.some(
    ({ cidrs, fromPort, protocol, toPort }) =>
      (protocol === "-1" || protocol === "tcp" || protocol === "6") &&
      cidrs.some((cidr) => everyone.has(cidr)) &&
      (port === undefined || protocol === "-1" || ((fromPort ?? 0) <= port && port <= (toPort ?? 65_535)))
  )

const environmentKey = /^(env|environment|stage)$/i
const isForTrying = (tags: Tags): boolean =>
  Object.entries(tags).some(
    ([key, value]) => environmentKey.test(key) && /^(dev|development|test|qa|staging|sandbox)$/i.test(value)
  )

const words = {
  "rds:db": "instance",
  "rds:cluster": "cluster",
  "rds:snapshot": "snapshot",
  "rds:cluster-snapshot": "cluster snapshot"
} as const

export default defineScan({
  title: "RDS databases without storage encryption",
  words: "unencrypted at rest, KMS, Aurora",
  why: "Whoever gets hold of the storage, a snapshot or a backup of such a database can read all of it, and most security standards forbid it.",
  fix: "A database cannot be encrypted in place: copy a snapshot with a KMS key, restore it, and move the clients over. Delete the old database and its snapshots afterwards.",
  docs: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html",
  scope: "regional",
  settings: {
    includeClusters: Setting.flag(true, "Also report clusters of Aurora, DocumentDB and Neptune"),
    includeSnapshots: Setting.flag(false, "Also report snapshots that somebody made"),
    requireKms: Setting.flag(false, "Also report databases that are encrypted by a key that AWS owns")
  },
  reads: ({ includeClusters, includeSnapshots }) => ({
    storage: rds.storage(includeClusters, includeSnapshots),
    groups: securityGroups.groups
  }),
  subject: "storage",
  reasons: {
    unencrypted: "Its storage is not encrypted.",
    aws_owned_key: "Its storage is encrypted by a key that AWS owns, and a KMS key is wanted."
  },

  judge: ({ groups }, { settings }) => {
    const groupOf = groups.by(({ id }) => id)

    return (storage) => {
      const { encryption, engine, port, securityGroupIds, status, tags, type } = storage
      if (status === "deleting") return
      if (encryption === undefined) return unknown("RDS does not tell whether its storage is encrypted")
      if (encryption !== "none" && !(encryption === "sse-rds" && settings.requireKms)) return

      // That it is not encrypted is known without its groups, which say how severe that is.
      const own = all(storage.public ? securityGroupIds.map((id) => groupOf.get(id)) : [])
      const open = own.known ? own.value.some((group) => group !== undefined && isOpen(group, port)) : null
      const found = {
        evidence: {
          storage: words[type],
          engine: `${engine} ${storage.engineVersion}`.trim(),
          status: status === "" ? null : status,
          sizeGb: storage.sizeGb ?? null,
          publiclyAccessible: storage.public,
          openToInternet: open,
          kmsKey: storage.kmsKeyArn ?? "none"
        }
      }
      if (encryption === "sse-rds") {
        return hygiene({
          ...found,
          reason: "aws_owned_key",
          severity: "info",
          note: "It is encrypted; a KMS key lets you decide who may read it, and a key of your own costs $1 a month and its requests."
        })
      }
      const severity: Severity =
        open === true ? "critical" : status === "stopped" || isForTrying(tags) ? "medium" : "high"
      return hygiene({
        ...found,
        reason: "unencrypted",
        severity,
        note: "Encryption of the storage costs nothing but the requests to its KMS key."
      })
    }
  }
})
