/**
 * What runs on an instance, as far as it changes the price of its hour. Prices of Windows, SUSE and SQL Server are not those of
 * Linux; where the data has none they are unknown.
 */
export type OperatingSystem =
  | "linux"
  | "rhel"
  | "rhel-ha"
  | "suse"
  | "ubuntu-pro"
  | "windows"
  | "windows-byol"
  | "linux-sql-web"
  | "linux-sql-standard"
  | "linux-sql-enterprise"
  | "rhel-sql-web"
  | "rhel-sql-standard"
  | "rhel-sql-enterprise"
  | "rhel-ha-sql-standard"
  | "rhel-ha-sql-enterprise"
  | "windows-sql-web"
  | "windows-sql-standard"
  | "windows-sql-enterprise"
  /** AWS named something that is not in this list. */
  | "other"

/**
 * By EC2's usage operation, with the platform details. Red Hat with a subscription of one's own is billed as Linux. Source: EC2
 * User Guide, "AMI billing information fields".
 */
const systems: ReadonlyArray<readonly [usageOperation: string, platformDetails: string, system: OperatingSystem]> = [
  ["RunInstances", "Linux/UNIX", "linux"],
  ["RunInstances:00g0", "Red Hat BYOL Linux", "linux"],
  ["RunInstances:0010", "Red Hat Enterprise Linux", "rhel"],
  ["RunInstances:1010", "Red Hat Enterprise Linux with HA", "rhel-ha"],
  ["RunInstances:1014", "Red Hat Enterprise Linux with SQL Server Standard and HA", "rhel-ha-sql-standard"],
  ["RunInstances:1110", "Red Hat Enterprise Linux with SQL Server Enterprise and HA", "rhel-ha-sql-enterprise"],
  ["RunInstances:0014", "Red Hat Enterprise Linux with SQL Server Standard", "rhel-sql-standard"],
  ["RunInstances:0210", "Red Hat Enterprise Linux with SQL Server Web", "rhel-sql-web"],
  ["RunInstances:0110", "Red Hat Enterprise Linux with SQL Server Enterprise", "rhel-sql-enterprise"],
  ["RunInstances:0100", "SQL Server Enterprise", "linux-sql-enterprise"],
  ["RunInstances:0004", "SQL Server Standard", "linux-sql-standard"],
  ["RunInstances:0200", "SQL Server Web", "linux-sql-web"],
  ["RunInstances:000g", "SUSE Linux", "suse"],
  ["RunInstances:0g00", "Ubuntu Pro", "ubuntu-pro"],
  ["RunInstances:0002", "Windows", "windows"],
  ["RunInstances:0800", "Windows BYOL", "windows-byol"],
  ["RunInstances:0102", "Windows with SQL Server Enterprise", "windows-sql-enterprise"],
  ["RunInstances:0006", "Windows with SQL Server Standard", "windows-sql-standard"],
  ["RunInstances:0202", "Windows with SQL Server Web", "windows-sql-web"]
]

const byUsageOperation = new Map(systems.map(([operation, , system]) => [operation.toLowerCase(), system]))
const byPlatformDetails = new Map(systems.map(([, details, system]) => [details.toLowerCase(), system]))

/** The usage operation is the billing code itself, so it is asked before the text; neither known is `other`, never Linux. */
export const operatingSystemOf = (usageOperation: string | undefined, platformDetails?: string): OperatingSystem =>
  (usageOperation === undefined || usageOperation === ""
    ? byPlatformDetails.get((platformDetails ?? "").toLowerCase())
    : byUsageOperation.get(usageOperation.toLowerCase())) ?? "other"
