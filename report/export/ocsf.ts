/**
 * Hygiene as events of the Open Cybersecurity Schema Framework, class Compliance Finding (2003), version 1.8.0, profile `cloud`.
 * Money is no security finding and has no class there, so it is not exported.
 */
import type { CatalogueEntry } from "../../core/catalogue/Catalogue.ts"
import type { Confidence, Finding, FindingStatus, Severity } from "../../core/finding/Finding.ts"
import { partitionOf } from "../../core/Scope.ts"
import { ownerOf } from "../../core/store/Store.ts"

/** Of the schema that the events are of. */
export const ocsfVersion = "1.8.0"

const severityIds: Readonly<Record<Severity, readonly [number, string]>> = {
  info: [1, "Informational"],
  low: [2, "Low"],
  medium: [3, "Medium"],
  high: [4, "High"],
  critical: [5, "Critical"]
}

const statusIds: Readonly<Record<FindingStatus, readonly [number, string]>> = {
  open: [1, "New"],
  snoozed: [2, "In Progress"],
  suppressed: [3, "Suppressed"],
  resolved: [4, "Resolved"]
}

const confidenceIds: Readonly<Record<Confidence, readonly [number, string]>> = {
  low: [1, "Low"],
  medium: [2, "Medium"],
  high: [3, "High"]
}

/** OCSF's times are milliseconds. */
const millis = (instant: string): number => Date.parse(instant)

const activityOf = ({ firstSeen, lastSeen, status }: Finding): readonly [number, string] =>
  status === "resolved" ? [3, "Close"] : firstSeen === lastSeen ? [1, "Create"] : [2, "Update"]

/** What an event says besides the finding. */
export interface OcsfContext {
  /** Of Night Audit. */
  readonly version: string
  /** The payer; undefined where there is none or several. */
  readonly tenant: string | undefined
  readonly accountNames: ReadonlyMap<string, string>
  readonly entryOf: (scan: string) => CatalogueEntry | undefined
}

const maxMessage = 1024

/** The event of a hygiene finding. */
export const ocsfEvent = (finding: Finding, { accountNames, entryOf, tenant, version }: OcsfContext) => {
  const { account, id, reasons, region, resource, scan } = finding
  const entry = entryOf(scan)
  const [activityId, activity] = activityOf(finding)
  const [severityId, severity] = severityIds[finding.severity]
  const [statusId, status] = statusIds[finding.status]
  const [confidenceId, confidence] = confidenceIds[finding.confidence]
  const reasonTexts = reasons.map((reason) => entry?.reasons.find(({ name }) => name === reason)?.text ?? reason)
  const tags = Object.entries(resource.tags)
  const owner = ownerOf(finding)
  const accountName = accountNames.get(account)
  return {
    category_uid: 2,
    category_name: "Findings",
    class_uid: 2003,
    class_name: "Compliance Finding",
    activity_id: activityId,
    activity_name: activity,
    type_uid: 200_300 + activityId,
    type_name: `Compliance Finding: ${activity}`,
    time: millis(finding.resolved?.at ?? finding.lastSeen),
    severity_id: severityId,
    severity,
    status_id: statusId,
    status,
    confidence_id: confidenceId,
    confidence,
    message: reasonTexts.join(" ").slice(0, maxMessage),
    finding_info: {
      uid: id,
      title: entry?.title ?? scan,
      desc: entry?.why ?? "",
      types: reasons,
      created_time: millis(finding.openSince),
      first_seen_time: millis(finding.firstSeen),
      last_seen_time: millis(finding.lastSeen),
      modified_time: millis(finding.lastChanged)
    },
    compliance: {
      control: scan,
      requirements: reasons,
      standards: ["Night Audit hygiene"],
      status_id: 3,
      status: "Fail"
    },
    ...(entry === undefined ? {} : { remediation: { desc: entry.fix, references: [entry.docs] } }),
    resources: [
      {
        uid: resource.arn === "" ? resource.id : resource.arn,
        name: resource.name === "" ? resource.id : resource.name,
        type: resource.type,
        region,
        cloud_partition: partitionOf(region),
        // A user's type is "unknown": the tag may name a person, a team or a mailbox.
        ...(owner === undefined ? {} : { owner: { uid: owner, name: owner, type_id: 0 } }),
        ...(tags.length === 0 ? {} : { tags: tags.map(([name, value]) => ({ name, value })) })
      }
    ],
    cloud: {
      provider: "AWS",
      region,
      account: {
        uid: account,
        ...(accountName === undefined ? {} : { name: accountName }),
        type_id: 10,
        type: "AWS Account"
      }
    },
    metadata: {
      version: ocsfVersion,
      product: { uid: "nightaudit", name: "Night Audit", vendor_name: "Night Audit", version },
      profiles: ["cloud"],
      event_code: scan,
      correlation_uid: finding.runId,
      ...(tenant === undefined ? {} : { tenant_uid: tenant })
    },
    unmapped: {
      reasons: reasons.join(", "),
      confirmed: finding.confirmed,
      evidence: JSON.stringify(finding.evidence)
    }
  }
}
