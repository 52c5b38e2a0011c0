import type { Partition } from "../../core/Scope.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { billedBy, type KindedResource } from "../../datasets/engine/ResourceKind.ts"
import { defineScan, hygiene, need, Setting, unknown } from "../Scan.ts"

/** The region's own setting, which stands beside its volumes. */
const regionDefault = "ebs-encryption-by-default"

/** What is judged: a volume, a snapshot, or the setting of the region. */
type Judged = ec2.Volume | ec2.Snapshot | typeof regionDefault

const isSnapshot = (stored: ec2.Volume | ec2.Snapshot): stored is ec2.Snapshot => "startedAt" in stored

/** The setting has no ARN of its own at AWS. */
const settingOf = (partition: Partition, account: string, region: string): KindedResource => ({
  type: `ec2:${regionDefault}`,
  service: billedBy.nothing,
  id: regionDefault,
  arn: `arn:${partition}:ec2:${region}:${account}:${regionDefault}`,
  name: "",
  tags: {},
  createdAt: null
})

const note = "Encryption is free of charge, so there is nothing to save: it is a risk."

export default defineScan({
  title: "EBS volumes without encryption",
  words: "unencrypted disks at rest, KMS, default encryption",
  why: "Whoever gets hold of an unencrypted volume, or of a snapshot of it, reads its data without a key.",
  fix: "Switch on encryption by default. A volume is encrypted through a snapshot: copy it with a key, and replace the volume by one made of the copy.",
  docs: "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
  scope: "regional",
  settings: {
    includeSnapshots: Setting.flag(false, "Also report the account's own snapshots that are not encrypted")
  },
  reads: ({ includeSnapshots }) => ({
    stored: includeSnapshots ? ec2.volumesAndSnapshots : ec2.volumes,
    byDefault: ec2.encryptionByDefault
  }),
  subject: "stored",
  reasons: {
    unencrypted_volume: "The volume is not encrypted.",
    unencrypted_snapshot: "The snapshot is not encrypted, and neither is a volume that is made of it.",
    default_off: "The region does not encrypt new volumes by itself, and has volumes."
  },
  over: {
    items: ({ stored }): ReadonlyArray<Judged> =>
      // A region without volumes gains nothing by the setting.
      stored.found.some((each) => !isSnapshot(each)) ? [...stored.found, regionDefault] : stored.found,
    resource: (judged, { partition, scope }) =>
      judged === regionDefault ? settingOf(partition, scope.account, scope.region) : ec2.storedKind.resourceOf(judged)
  },

  judge: ({ byDefault }) =>
    function* (judged) {
      if (judged === regionDefault) {
        if (yield* need(byDefault)) return
        return hygiene({
          reason: "default_off",
          severity: "medium",
          note,
          evidence: { encryptsByDefault: false }
        })
      }
      if (!isSnapshot(judged) && judged.serviceManaged) return
      if (judged.encrypted === undefined) return unknown("EC2 does not say whether it is encrypted")
      if (judged.encrypted) return
      const common = {
        sizeGb: judged.sizeGb,
        encryptsByDefault: byDefault.known ? byDefault.value : null
      }
      if (isSnapshot(judged)) {
        return hygiene({
          reason: "unencrypted_snapshot",
          severity: "medium",
          note,
          evidence: {
            ...common,
            startedAt: judged.startedAt.toISOString(),
            sourceVolume: judged.volumeId,
            tier: judged.tier,
            keptBy: judged.backupService ?? "none"
          }
        })
      }
      const { attachments, createdAt, snapshotId, state, type } = judged
      return hygiene({
        reason: "unencrypted_volume",
        severity: state === "in-use" || attachments.length > 0 ? "high" : "medium",
        note,
        evidence: {
          ...common,
          volumeType: type,
          state,
          createdAt: createdAt.toISOString(),
          instances: attachments.map(({ instanceId }) => instanceId),
          madeOfSnapshot: snapshotId ?? "none"
        }
      })
    }
})
