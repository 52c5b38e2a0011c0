/**
 * The words in which the sample estate is described: what it has and how it is used, not what AWS would answer. Things are
 * called by name; their ids, network interfaces and metrics are made from the description (`ids.ts`, `services/`). The words
 * of a service stand in its own file, which adds its lists to the interfaces here.
 */

/** The night of the first audit. Every date of the estate is fixed relative to it. */
export const sampleNight = new Date("2026-11-20T02:00:00Z")

/** `2026-03-01` or `2026-03-01T14:30:00Z`, in UTC. */
export type When = string

export type Tags = Readonly<Record<string, string>>

/** What one metric shows day by day. */
export type ByDay<A> =
  /** The same every day. */
  | A
  | { readonly weekdays: A; readonly weekends: A }
  /** So much a day up to and including a day, and since then something else. Default: nothing. */
  | { readonly daily: A; readonly until: When; readonly then?: A }
  /** CloudWatch has no datapoint, although the service would publish one. */
  | "missing"
  /** CloudWatch answers InternalError for the series. */
  | "refused"

/** Sums a day. Zero is silence: whether that is a datapoint or none is the service's own habit. */
export type Activity = ByDay<number>

/** How high something stands: the same all day, or spread between its lowest and its highest value. */
export type Level = number | Spread

export interface Spread {
  /** Default: half the average. */
  readonly minimum?: number
  readonly average: number
  readonly p95: number
  readonly maximum: number
  /** What it reaches for some minutes in the night to each first of a month, too short to move the p95. */
  readonly monthlyPeak?: number
  /** How many report it every minute, such as the tasks of a service. Default: one. */
  readonly reporters?: number
}

export type Load = ByDay<Level>

/** What most things have: a name, which is also the Name tag, and tags. */
export interface Named {
  readonly name: string
  readonly tags?: Tags
}

/** Things whose name is only the estate's word for them when `unnamed` is set: AWS knows no name. */
export interface Tagged extends Named {
  readonly unnamed?: true
}

/** What one region of an account holds: lists of things, declared by the services. */
export interface Region {}

/** What an account holds outside of its regions: lists of things, declared by the services. */
export interface Global {}

/** What the organisation pays and is advised: lists, declared by the services. */
export interface Billing {}

/** What an account does not let the auditor read. */
export interface Refusal {
  /** A prefix of the operation, such as `elasticache:` or `ec2:DescribeVolumes`; absent for all. */
  readonly operation?: string
  /** Absent: in every region. */
  readonly region?: string
  readonly by: "service-control-policy" | "iam" | "throttled-once"
}

/** A list that is not mentioned is empty. */
export interface Account extends Partial<Global> {
  readonly id: string
  readonly name: string
  /** Its role does not let the auditor in. */
  readonly locked?: true
  readonly refusals?: ReadonlyArray<Refusal>
  readonly regions: Readonly<Record<string, Partial<Region>>>
}

/** The whole organisation. */
export interface Estate {
  /** Id of the account that pays, which is also the auditor's own. */
  readonly payer: string
  readonly regions: ReadonlyArray<string>
  readonly accounts: ReadonlyArray<Account>
  readonly billing: Partial<Billing>
}
