/** What scans call, derived from what they read: the IAM policy, the dry run and the docs come from here. */
import type { IamAction, Operation } from "../core/aws/operation.ts"
import type { Dataset } from "../datasets/engine/Dataset.ts"
import { withNeeds } from "../datasets/engine/load.ts"
import { defaultSettings, type Scan } from "../scans/Scan.ts"
import type { SettingValue } from "../core/run/Outcome.ts"

/** The datasets of a scan, with those that they are built from. */
export const datasetsOf = (
  scan: Scan,
  settings: Readonly<Record<string, SettingValue>> = defaultSettings(scan.settings)
) =>
  withNeeds(
    Object.values(scan.reads(settings)).map((read): Dataset => ("optional" in read ? read.optional : (read as Dataset)))
  )

/** Every operation that a scan may call, each once. */
export const operationsOf = (
  scan: Scan,
  settings?: Readonly<Record<string, SettingValue>>
): ReadonlyArray<Operation> => [
  ...new Set([
    ...datasetsOf(scan, settings).flatMap(({ operations }) => operations),
    ...Object.values(scan.probes).flatMap(({ operations }) => operations)
  ])
]

/** The IAM actions that scans need with their settings, sorted, each once, with those that AWS checks on behalf of a call. */
export const actionsOf = (
  scans: Iterable<{ readonly scan: Scan; readonly settings?: Readonly<Record<string, SettingValue>> }>
): ReadonlyArray<IamAction> =>
  [
    ...new Set(
      [...scans].flatMap(({ scan, settings }) =>
        operationsOf(scan, settings).flatMap(({ action, onBehalf }) => [action, ...(onBehalf?.actions ?? [])])
      )
    )
  ].sort()
