/** Who asks, and what that one may see and do. Decided once per request by the entry, from what it has verified. */
export interface Caller {
  /** For what is written down, such as who snoozed a finding. */
  readonly name: string
  /** The accounts whose results are shown; null for all of them. */
  readonly accounts: ReadonlyArray<string> | null
  /** The tools that are offered, by their names: what was asked for, within what the operator allows. */
  readonly tools: ReadonlySet<string>
}
