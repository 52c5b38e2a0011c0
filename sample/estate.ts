/**
 * The words in which the sample estate is described: what it has and how it is used, not what AWS would answer. Things are
 * called by name; their ids, network interfaces and metrics are made from the description (`ids.ts`, `answers/`).
 */

/** The night of the first audit. Every date of the estate is fixed relative to it. */
export const sampleNight = new Date("2026-11-20T02:00:00Z")

/** `2026-03-01` or `2026-03-01T14:30:00Z`, in UTC. */
export type When = string

export type Tags = Readonly<Record<string, string>>

/** What one metric shows day by day: a sum a day, or a level for gauges. */
export type Activity =
  /** The same every day. Zero is silence: whether that is a datapoint or none is the service's own habit. */
  | number
  | { readonly weekdays: number; readonly weekends: number }
  /** So much a day up to and including a day, and nothing since. */
  | { readonly daily: number; readonly until: When }
  /** CloudWatch has no datapoint, although the service would publish one. */
  | "missing"
  /** CloudWatch answers InternalError for the series. */
  | "refused"

/** What most things have: a name, which is also the Name tag, and tags. */
interface Named {
  readonly name: string
  readonly tags?: Tags
}

/** Things whose name is only the estate's word for them when `unnamed` is set: AWS knows no name. */
interface Tagged extends Named {
  readonly unnamed?: true
}

export interface Disk {
  readonly type: "gp2" | "gp3" | "io1" | "io2" | "st1" | "sc1" | "standard"
  readonly gb: number
  readonly iops?: number
  readonly mbPerSecond?: number
  /** Default: encrypted. */
  readonly plain?: true
}

/** A volume that is attached to nothing. */
export interface Volume extends Tagged, Disk {
  readonly created: When
  /** Run by a service for the customer, such as EKS Auto Mode. */
  readonly managed?: true
}

export interface Instance extends Tagged {
  readonly type: string
  readonly launched: When
  /** An image of the account by its name, or one of Amazon's. Default: Amazon Linux. */
  readonly image?: string
  /** Since when it is stopped; `undated` where EC2 does not say. Default: it runs. */
  readonly stopped?: When | "undated"
  /** The root volume comes first. */
  readonly disks: ReadonlyArray<Disk>
  readonly vpc?: string
  readonly groups: ReadonlyArray<string>
  readonly group?: string
  readonly managed?: true
}

export interface Image extends Named {
  readonly created: When
  /** Null: never. */
  readonly lastLaunched: When | null
  /** Size of the snapshot behind each disk, in GB. */
  readonly disks: ReadonlyArray<number>
  readonly sharedWith?: ReadonlyArray<string>
  /** SSM parameters or Image Builder recipes that point to it. */
  readonly referencedBy?: ReadonlyArray<{ readonly type: string; readonly arn: string }>
  readonly deprecated?: When
}

export interface Snapshot extends Tagged {
  readonly gb: number
  readonly started: When
  readonly description?: string
  /** The volume by name; one that no longer exists, or `copy`, which AWS shows as vol-ffffffff. */
  readonly of: string | "copy"
  readonly archived?: true
  readonly sharedWith?: ReadonlyArray<string>
  /** Locked against deletion until then. */
  readonly lockedUntil?: When
  /** Letters of the zones in which fast restore is on. */
  readonly fastRestore?: ReadonlyArray<string>
}

/** An Elastic IP address. */
export interface Address extends Tagged {
  readonly ip: string
  readonly on?: { readonly instance: string } | { readonly interface: string } | { readonly natGateway: string }
  /** The customer's own range. */
  readonly ownPool?: true
  /** The service that owns it, such as `alb`. */
  readonly serviceManaged?: string
}

/** A network interface that is not implied by something else in the estate. */
export interface Interface extends Tagged {
  readonly description: string
  readonly type?: string
  readonly vpc?: string
  readonly groups: ReadonlyArray<string>
  /** Default: in use. */
  readonly detached?: true
  readonly requesterManaged?: true
}

/** A public address range, or another security group of the region by name. */
export type Source = { readonly cidr: string } | { readonly group: string }

/** Its network is the first of the region. */
export interface SecurityGroup extends Named {
  readonly description?: string
  readonly inbound?: ReadonlyArray<{ readonly port: number; readonly from: Source }>
  /** The peered VPC of another account in which a rule names it. */
  readonly referencedFrom?: string
}

/** A network with a subnet in each of three zones. */
export interface Vpc extends Named {
  readonly isDefault?: true
}

export interface RouteTable extends Named {
  readonly vpc: string
  readonly routes: ReadonlyArray<{
    readonly to: string
    readonly via: { readonly natGateway: string } | { readonly internetGateway: string }
  }>
}

export interface InternetGateway extends Tagged {
  /** Absent: detached. */
  readonly vpc?: string
}

export interface NatGateway extends Tagged {
  readonly vpc: string
  /** The letter of its zone; those in which it works where it is regional. */
  readonly zone: string | ReadonlyArray<string>
  readonly created: When
  readonly private?: true
  /** Bytes to the internet, and twice as many back. */
  readonly bytes: Activity
}

export interface VpcEndpoint extends Tagged {
  readonly vpc: string
  readonly service: string
  /** Default: Interface. */
  readonly type?: "Gateway" | "GatewayLoadBalancer"
  /** Letters of the zones of its subnets. */
  readonly zones: ReadonlyArray<string>
  readonly created: When
  /** Names of the route tables of a gateway endpoint. */
  readonly routeTables?: ReadonlyArray<string>
  readonly requesterManaged?: true
  readonly bytes: Activity
}

/** A PrivateLink service that partners connect to. */
export interface EndpointService extends Named {
  readonly loadBalancers: ReadonlyArray<string>
  readonly connections: number
}

export interface LaunchTemplate extends Named {
  /** Oldest first; the number of a version is its place, counted from one. */
  readonly versions: ReadonlyArray<{
    readonly image?: string
    readonly groups?: ReadonlyArray<string>
    readonly snapshots?: ReadonlyArray<string>
  }>
  readonly defaultVersion: number
}

export interface LaunchConfiguration extends Named {
  readonly image: string
  readonly groups: ReadonlyArray<string>
  readonly created: When
}

export interface AutoScalingGroup extends Named {
  readonly created: When
  readonly template?: { readonly name: string; readonly version: string }
  readonly configuration?: string
  readonly targetGroups?: ReadonlyArray<string>
  readonly desired: number
}

export interface LoadBalancer extends Named {
  readonly kind: "application" | "network" | "gateway"
  /** Default: internet-facing. */
  readonly internal?: true
  /** Letters of its zones. */
  readonly zones: ReadonlyArray<string>
  readonly created: When
  readonly groups?: ReadonlyArray<string>
  /** Requests of an application load balancer, flows of the others. */
  readonly traffic: Activity
  /** Requests that it answered itself with a redirect. */
  readonly redirects?: Activity
}

export interface ClassicLoadBalancer extends Named {
  readonly internal?: true
  readonly zones: ReadonlyArray<string>
  readonly created: When
  readonly instances: ReadonlyArray<string>
  readonly groups: ReadonlyArray<string>
  readonly traffic: Activity
}

export interface TargetGroup extends Named {
  readonly protocol: "HTTP" | "HTTPS" | "TCP" | "TLS" | "UDP" | "GENEVE"
  readonly targetType: "instance" | "ip" | "lambda"
  /** Absent: attached to no load balancer. */
  readonly loadBalancer?: string
  readonly targets: ReadonlyArray<{
    readonly id: string
    readonly health: "healthy" | "unhealthy" | "unused" | "draining"
  }>
  readonly requests?: Activity
}

export interface Function extends Named {
  readonly runtime?: string
  readonly memoryMb: number
  readonly arm?: true
  readonly modified: When
  readonly groups?: ReadonlyArray<string>
  readonly invocations: Activity
  /** Names of the queues that feed it. */
  readonly sources?: ReadonlyArray<string>
  /** Instances of provisioned concurrency by alias. */
  readonly provisioned?: Readonly<Record<string, number>>
  readonly container?: true
  /** Lambda has put it to sleep after weeks without an invocation. */
  readonly inactive?: true
  readonly description?: string
}

export interface LogGroup extends Named {
  readonly created: When
  readonly bytes: number
  /** Absent: kept for ever. */
  readonly retentionDays?: number
  readonly infrequent?: true
  readonly incoming: Activity
  /** When the newest stream was written; null where there is no stream. */
  readonly lastWritten: When | null
  readonly metricFilters?: number
}

export interface Database extends Named {
  readonly engine: string
  readonly class: string
  readonly stopped?: true
  readonly groups: ReadonlyArray<string>
}

export interface Cache extends Named {
  readonly nodeType: string
  readonly groups: ReadonlyArray<string>
}

/** A Fargate service. */
export interface EcsService extends Named {
  readonly cluster: string
  readonly tasks: number
  readonly groups: ReadonlyArray<string>
  /** The second one is the idle colour of a blue/green deployment. */
  readonly targetGroups: ReadonlyArray<string>
}

/** What one region of an account holds. */
export interface Region {
  readonly vpcs: ReadonlyArray<Vpc>
  readonly routeTables: ReadonlyArray<RouteTable>
  readonly internetGateways: ReadonlyArray<InternetGateway>
  readonly natGateways: ReadonlyArray<NatGateway>
  readonly vpcEndpoints: ReadonlyArray<VpcEndpoint>
  readonly endpointServices: ReadonlyArray<EndpointService>
  readonly securityGroups: ReadonlyArray<SecurityGroup>
  readonly addresses: ReadonlyArray<Address>
  readonly interfaces: ReadonlyArray<Interface>
  readonly instances: ReadonlyArray<Instance>
  readonly volumes: ReadonlyArray<Volume>
  readonly images: ReadonlyArray<Image>
  readonly snapshots: ReadonlyArray<Snapshot>
  readonly launchTemplates: ReadonlyArray<LaunchTemplate>
  readonly launchConfigurations: ReadonlyArray<LaunchConfiguration>
  readonly autoScalingGroups: ReadonlyArray<AutoScalingGroup>
  readonly loadBalancers: ReadonlyArray<LoadBalancer>
  readonly classicLoadBalancers: ReadonlyArray<ClassicLoadBalancer>
  readonly targetGroups: ReadonlyArray<TargetGroup>
  readonly functions: ReadonlyArray<Function>
  readonly logGroups: ReadonlyArray<LogGroup>
  readonly databases: ReadonlyArray<Database>
  readonly caches: ReadonlyArray<Cache>
  readonly ecsServices: ReadonlyArray<EcsService>
}

export type StorageClass =
  | "StandardStorage"
  | "StandardIAStorage"
  | "IntelligentTieringFAStorage"
  | "IntelligentTieringIAStorage"
  | "GlacierInstantRetrievalStorage"
  | "GlacierStorage"
  | "DeepArchiveStorage"

export interface Bucket extends Named {
  readonly region: string
  readonly created: When
  /** GB by storage class, as CloudWatch calls it. Empty: nothing is stored. */
  readonly gb: Partial<Readonly<Record<StorageClass, number>>>
  readonly objects: number
  /** Requests a day, where request metrics of the whole bucket are switched on. */
  readonly requests?: Activity
  readonly lifecycle?: ReadonlyArray<LifecycleRule>
  readonly intelligentTiering?: true
  readonly versioned?: true
  /** Buckets that write their access logs here. */
  readonly logsOf?: ReadonlyArray<string>
  /** The bucket that it is copied to. */
  readonly replicatesTo?: string
  /** AWS services that its policy lets in, such as `cloudtrail.amazonaws.com`. */
  readonly services?: ReadonlyArray<string>
  /** It answers as a website, if only with redirects. */
  readonly website?: true
  /** Its own policy keeps the auditor out. */
  readonly closed?: true
  readonly unfinishedUploads?: number
}

export interface LifecycleRule {
  readonly id: string
  readonly disabled?: true
  readonly toClass?: { readonly class: string; readonly days: number }
  readonly expireDays?: number
  readonly expireNoncurrentDays?: number
  readonly abortUploadsDays?: number
}

export interface Distribution extends Named {
  readonly disabled?: true
  readonly staging?: true
  readonly modified: When
  readonly aliases: ReadonlyArray<string>
  readonly origin: string
  /** A certificate on dedicated addresses, which AWS bills by the month. */
  readonly dedicatedIp?: true
  /** Functions of us-east-1 that run at its edge. */
  readonly edgeFunctions?: ReadonlyArray<string>
  readonly requests: Activity
}

export interface HostedZone extends Named {
  readonly records: number
  readonly comment?: string
  /** Names of the VPCs of a private zone. */
  readonly private?: ReadonlyArray<string>
  readonly linkedService?: string
  readonly queries: Activity
}

/** What an account does not let the auditor read. */
export interface Refusal {
  /** A prefix of the operation, such as `elasticache:` or `ec2:DescribeVolumes`; absent for all. */
  readonly operation?: string
  /** Absent: in every region. */
  readonly region?: string
  readonly by: "service-control-policy" | "iam" | "throttled-once"
}

export interface Account {
  readonly id: string
  readonly name: string
  /** Its role does not let the auditor in. */
  readonly locked?: true
  readonly refusals?: ReadonlyArray<Refusal>
  readonly regions: Readonly<Record<string, Partial<Region>>>
  readonly buckets: ReadonlyArray<Bucket>
  readonly distributions: ReadonlyArray<Distribution>
  readonly hostedZones: ReadonlyArray<HostedZone>
}

/** What one service costs in one account and region, in USD a day. */
export interface Spend {
  readonly service: string
  /** By name. */
  readonly account: string
  readonly region: string
  readonly usd: number | { readonly weekdays: number; readonly weekends: number }
  /** From that day on it is this much. */
  readonly since?: { readonly day: When; readonly usd: number }
  /** Single days that cost so much more. */
  readonly extra?: Readonly<Record<string, number>>
  /** Default: usage, every day. The others are charged on the first of each month. */
  readonly kind?: "Tax" | "Credit" | "RIFee"
}

/** What Cost Optimization Hub recommends. */
export interface Recommendation {
  /** By name. */
  readonly account: string
  /** Absent for a commitment, and so is the resource. */
  readonly region?: string
  readonly resourceType: string
  readonly resource?: { readonly id: string; readonly arn: string }
  readonly action: string
  /** Another option for a resource that has a better one. */
  readonly alternative?: true
  readonly from: string
  readonly to: string
  readonly monthlyUsd: number
  /** What the resource costs now. */
  readonly costUsd: number
  readonly effort: "VeryLow" | "Low" | "Medium" | "High" | "VeryHigh"
  readonly restart?: true
  /** It cannot be taken back. */
  readonly final?: true
  readonly tags?: Tags
}

export interface Billing {
  readonly spend: ReadonlyArray<Spend>
  readonly recommendations: ReadonlyArray<Recommendation>
}

/** The whole organisation. */
export interface Estate {
  /** Id of the account that pays, which is also the auditor's own. */
  readonly payer: string
  readonly regions: ReadonlyArray<string>
  readonly accounts: ReadonlyArray<Account>
  readonly billing: Billing
}
