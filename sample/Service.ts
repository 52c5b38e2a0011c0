/** What a service of the sample declares about itself, and what its answers are made from. */
import type { Account, Activity, Billing, Estate, Global, Load, Region, Tags, When } from "./estate.ts"

/** The account and region that were asked, with what they hold. */
export interface Here {
  readonly estate: Estate
  readonly account: string
  readonly region: string
  readonly own: Account
  readonly has: Region
  /** What the account holds outside of its regions. */
  readonly global: Global
  readonly billing: Billing
  /** All services, for those that tell about others: CloudWatch, tags, network interfaces. */
  readonly services: ReadonlyArray<Service>
  /** The time in the estate, in milliseconds. */
  readonly now: () => number
}

/** What the SDK answers, without its record of the request. */
export type Answer<Output> = Omit<Output, "$metadata">

/**
 * The answers of a service, by `service:Operation`. Where two clients have an operation of the same name, one of them is
 * told apart by its class: `ElasticLoadBalancingClient elasticloadbalancing:DescribeLoadBalancers`.
 */
export type Answers = Readonly<Record<string, (here: Here, input: any) => unknown>>

/** Metrics of one resource. */
export interface Series {
  readonly namespace: string
  readonly dimensions: Readonly<Record<string, string>>
  /** Nothing is published before. Default: it is older than any window. */
  readonly since?: When
  /** Nothing is published after. */
  readonly until?: When
  /** Whether idleness is a datapoint of zero or none. Default: none. */
  readonly idle?: "zero"
  /** Published once for a whole day, and a day late. */
  readonly daily?: true
  /** By name: what adds up over a day, evenly. */
  readonly sums?: Readonly<Record<string, Activity>>
  /** By name: how many samples of a day make a sum. Default: one a minute. */
  readonly samples?: Readonly<Record<string, Activity>>
  /** By name: what stands at a level. */
  readonly levels?: Readonly<Record<string, Load>>
}

/** What the tagging API and Resource Explorer know of a resource. */
export interface Resource {
  /** As Resource Explorer calls it: `ec2:volume`, `elasticloadbalancing:loadbalancer/app`. */
  readonly type: string
  readonly arn: string
  /** Undefined: it never had a tag. */
  readonly tags: Tags | undefined
}

/** A network interface that a resource of the service has. */
export interface OwnInterface {
  /** Its id is made from it. */
  readonly name: string
  readonly description?: string
  /** Default: `interface`. */
  readonly type?: string
  /** Default: main. */
  readonly vpc?: string
  readonly groups?: ReadonlyArray<string>
  /** The instance that it is attached to, by name. */
  readonly instance?: string
  readonly detached?: true
  readonly requesterManaged?: true
  /** A public address that is not an Elastic IP. */
  readonly ip?: string
}

/**
 * One service. Its file declares its words and adds its lists to `Region`, `Global` or `Billing`; `region`, `global` and
 * `billing` name them again, each as it is where nothing is said: empty.
 */
export interface Service {
  readonly region?: Partial<Region>
  readonly global?: Partial<Global>
  readonly billing?: Partial<Billing>
  readonly answers: Answers
  readonly series?: (here: Here) => ReadonlyArray<Series>
  readonly resources?: (here: Here) => ReadonlyArray<Resource>
  readonly interfaces?: (here: Here) => ReadonlyArray<OwnInterface>
}

export const defineService = <const S extends Service>(service: S): S => service

/** Where AWS publishes what belongs to no region: the metrics of the edge, the tags of global resources. */
export const edgeRegion = "us-east-1"

export const dateOf = (when: When): Date => new Date(when)

/** The next page: no longer than asked and than AWS allows. A token is the number of items that went before. */
export const pageOf = <A>(
  items: ReadonlyArray<A>,
  token: string | undefined,
  asked: number | undefined,
  most: number
) => {
  const start = Number(token ?? 0)
  const end = start + Math.min(asked ?? most, most)
  return { items: items.slice(start, end), next: end < items.length ? String(end) : undefined }
}

/** Tags as a list of pairs. */
export const pairs = (tags: Tags = {}) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

interface MaybeNamed {
  readonly name: string
  readonly unnamed?: true
  readonly tags?: Tags
}

/** The tags of things that have their name in the Name tag, unless AWS knows none. */
export const namedTags = ({ name, tags, unnamed }: MaybeNamed): Tags | undefined =>
  unnamed ? tags : { Name: name, ...tags }

/** The same as a list of pairs. */
export const namedPairs = (thing: MaybeNamed) => pairs(namedTags(thing))

const each = (activity: Activity, change: (sum: number) => number): Activity =>
  typeof activity === "number"
    ? change(activity)
    : typeof activity === "string"
      ? activity
      : "until" in activity
        ? { ...activity, daily: change(activity.daily), then: change(activity.then ?? 0) }
        : { weekdays: change(activity.weekdays), weekends: change(activity.weekends) }

/** The same activity in another unit. */
export const times = (activity: Activity, factor: number): Activity => each(activity, (sum) => sum * factor)

/** So much more a day. */
export const plus = (activity: Activity, more: number): Activity => each(activity, (sum) => sum + more)

/** An error as the SDK throws it. */
export const refusal = (name: string, message: string, httpStatusCode = 400): Error =>
  Object.assign(new Error(message), {
    name,
    $fault: httpStatusCode < 500 ? "client" : "server",
    $metadata: { httpStatusCode }
  })
