import type { OutcomeReason } from "../core/run/Outcome.ts"

const policy = "Give the role the permission: `nightaudit policy` prints the whole policy."

/** What a person can do about a gap, in a sentence. */
export const helpFor: Readonly<Record<OutcomeReason["code"], string>> = {
  denied_by_scp: "Exempt the role in the service control policy, or leave the region or account out of the audit.",
  denied_by_iam: policy,
  denied_by_rcp: "Exempt the role in the resource control policy.",
  denied_by_boundary: "Widen the permissions boundary of the role.",
  denied_by_session_policy: "The session was too narrow for the scan: run a whole audit, not a live scan.",
  denied_by_endpoint_policy: "Allow the call in the policy of the VPC endpoint that it goes through.",
  denied_by_resource_policy: "Allow the role in the policy of the resource.",
  account_not_entered:
    "Create the role there and let it trust the scanner: `nightaudit policy --trust` prints the policy.",
  payer_unknown: 'Name the payer in the configuration, as "payer".',
  payer_not_included:
    'Add the payer to the audited accounts, or name it as "payer"; "each" asks every account for its own part.',
  throttled: "Usually gone by the next night; if it stays, lower what else calls the API at that hour.",
  unreachable: "Usually gone by the next night; if it stays, check network and proxy.",
  region_off: "Enable the region, or leave it out.",
  not_in_region: "The service does not exist there; nothing is to be done.",
  too_slow: "Its own limit of time was used up; the next night begins with it anew.",
  not_enabled: "Enable the service, or accept that what rests on it stays unknown.",
  no_credentials: "Renew the credentials of the scanner.",
  clock_off: "Set the clock of the machine.",
  malformed_answer: "An answer of AWS was not understood: please report it.",
  cost_cap: "Raise the cap of the run, or accept what it leaves out.",
  rejected: "AWS refused the request; the message says why.",
  inspection_cap: "Raise the cap of the scan's own settings.",
  scan_crashed: "A bug in the scan: please report it.",
  step_failed: "The run's own step failed; its log says why.",
  not_scanned: "Run a whole audit."
}
