/** What scans call, derived from what they read: the IAM policy, the dry run and the docs come from here. */
import type { IamAction, Operation } from "../core/aws/operation.ts"
import type { SettingValue } from "../core/run/Outcome.ts"
import { type Dataset, withNeeds } from "../datasets/engine/Dataset.ts"
import { defaultSettings, type Scan } from "../scans/Scan.ts"
import { readsOf, taggedTypesOf } from "./judge.ts"

type Settings = Readonly<Record<string, SettingValue>>

/** A scan with the values of its settings; without them, the defaults. */
export interface Configured {
  readonly scan: Scan
  readonly settings?: Settings
}

const settled = ({ scan, settings }: Configured) => ({
  scan,
  settings: { ...defaultSettings(scan.settings), ...settings }
})

/** The datasets of a scan, with those that they are built from. */
export const datasetsOf = (configured: Configured): ReadonlyArray<Dataset> => {
  const planned = settled(configured)
  return withNeeds(readsOf(planned, taggedTypesOf([planned])).map(([, dataset]) => dataset))
}

/** The probes of a scan. */
export const probesOf = (configured: Configured) => {
  const { scan, settings } = settled(configured)
  return Object.values(scan.probes(settings))
}

/** Every operation that a scan may call, each once. */
export const operationsOf = (configured: Configured): ReadonlyArray<Operation> => [
  ...new Set([
    ...datasetsOf(configured).flatMap(({ operations }) => operations),
    ...probesOf(configured).flatMap(({ operations }) => operations)
  ])
]

/** The IAM actions that scans need, sorted, each once, with those that AWS checks on behalf of a call. */
export const actionsOf = (scans: Iterable<Configured>): ReadonlyArray<IamAction> =>
  [
    ...new Set(
      [...scans].flatMap((configured) =>
        operationsOf(configured).flatMap(({ action, onBehalf }) => [action, ...(onBehalf?.actions ?? [])])
      )
    )
  ].sort()
