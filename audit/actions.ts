/** What scans call, derived from what they read: the IAM policy, the dry run and the docs come from here. */
import type { IamAction, Operation } from "../core/aws/operation.ts"
import type { SettingValue } from "../core/run/Outcome.ts"
import * as commitments from "../datasets/billing/commitments.ts"
import * as usageTypes from "../datasets/billing/usageTypes.ts"
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

/** What the audit reads of the bill for a scan, whose amounts it is the measure of: no gap of the scan where it is missing. */
const measuresOf = ({ coverable, prices, scope, usesBill }: Scan): ReadonlyArray<Dataset> =>
  scope === "payer"
    ? []
    : [
        ...(usesBill ? [usageTypes.ofAccounts] : []),
        // Instances and nodes are what reservations and Savings Plans are bought for.
        ...(coverable || prices.some((table) => table !== "sizes") ? [commitments.coverage] : [])
      ]

/** The datasets of a scan, with those that they are built from and those that its amounts are measured by. */
export const datasetsOf = (configured: Configured): ReadonlyArray<Dataset> => {
  const planned = settled(configured)
  const reads = readsOf(planned, taggedTypesOf([planned])).map(([, dataset]) => dataset)
  return withNeeds([...reads, ...measuresOf(planned.scan)])
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

/** Values of a scan's settings that decide what it reads: the defaults, each flag and each choice otherwise, and all flags at once. */
export const settingsThatRead = (scan: Scan): ReadonlyArray<Settings> => {
  const settings = Object.entries(scan.settings)
  const flags = settings.filter(([, { default: value }]) => typeof value === "boolean")
  return [
    {},
    ...settings.flatMap(([name, { default: value, values = [] }]) =>
      (typeof value === "boolean" ? [!value] : values).map((other) => ({ [name]: other }))
    ),
    ...[true, false].map((all) => Object.fromEntries(flags.map(([name]) => [name, all])))
  ]
}

/** Every operation that a scan may call with any of its settings, each once: what a policy must allow that is not made for one night. */
export const everyOperationOf = (scan: Scan): ReadonlyArray<Operation> => [
  ...new Set(settingsThatRead(scan).flatMap((settings) => operationsOf({ scan, settings })))
]

const actionsIn = (operations: ReadonlyArray<Operation>): ReadonlyArray<IamAction> =>
  [...new Set(operations.flatMap(({ action, onBehalf }) => [action, ...(onBehalf?.actions ?? [])]))].sort()

/** The IAM actions that a scan needs with any of its settings, sorted. */
export const everyActionOf = (scan: Scan): ReadonlyArray<IamAction> => actionsIn(everyOperationOf(scan))

/** The IAM actions that scans need, sorted, each once, with those that AWS checks on behalf of a call. */
export const actionsOf = (scans: Iterable<Configured>): ReadonlyArray<IamAction> =>
  actionsIn([...scans].flatMap((configured) => operationsOf(configured)))
