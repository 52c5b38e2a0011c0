/** The second generation of Elastic Load Balancing; classicElb.ts is the first. */
import type {
  DescribeCapacityReservationCommandOutput,
  DescribeListenersCommandInput,
  DescribeListenersCommandOutput,
  DescribeLoadBalancersCommandInput,
  DescribeLoadBalancersCommandOutput,
  DescribeTargetGroupsCommandInput,
  DescribeTargetGroupsCommandOutput,
  DescribeTargetHealthCommandInput,
  DescribeTargetHealthCommandOutput
} from "@aws-sdk/client-elastic-load-balancing-v2"
import { arnOf, hexOf, idOf, type Place } from "../ids.ts"
import type { Activity, Load, Named, When } from "../estate.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, type Series, times } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly loadBalancers: ReadonlyArray<LoadBalancer>
    readonly targetGroups: ReadonlyArray<TargetGroup>
  }
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
  /** Requests that it answered itself with a 5xx code. Default: none. */
  readonly errors?: Activity
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
  /** Requests that the targets answered with a 5xx code. Default: none. */
  readonly errors?: Activity
  /** How long the targets take, in seconds. Default: hardly any time. */
  readonly seconds?: Load
}

const most = 400

/** `app/shop-web/50dc6c495c0c9188`: how CloudWatch and network interfaces call a load balancer. */
export const loadBalancerPath = (place: Place, { kind, name }: Pick<LoadBalancer, "kind" | "name">) =>
  `${kind === "application" ? "app" : kind === "network" ? "net" : "gwy"}/${name}/${hexOf(place, `elb/${name}`)}`

const elbArn = (place: Place, resource: string) => arnOf("elasticloadbalancing", place, resource)

export const loadBalancerArn = (place: Place, balancer: Pick<LoadBalancer, "kind" | "name">) =>
  elbArn(place, `loadbalancer/${loadBalancerPath(place, balancer)}`)

/** `targetgroup/shop-web/6d0ecf831eec9f09`: how CloudWatch calls a target group. */
const targetGroupPath = (place: Place, { name }: Pick<TargetGroup, "name">) =>
  `targetgroup/${name}/${hexOf(place, `target-group/${name}`)}`

export const targetGroupArn = (place: Place, group: Pick<TargetGroup, "name">) =>
  elbArn(place, targetGroupPath(place, group))

export const dnsName = ({ region }: Place, name: string) => `${name}.${region}.elb.example`

/** Who has a public address in each zone besides the Elastic ones that it was given. */
export const publicIp = (place: Place, name: string) => `198.51.100.${Number.parseInt(hexOf(place, name, 2), 16)}`

const kinds = {
  application: { namespace: "AWS/ApplicationELB", type: "loadbalancer/app", interfaceType: "interface" },
  network: { namespace: "AWS/NetworkELB", type: "loadbalancer/net", interfaceType: "network_load_balancer" },
  gateway: { namespace: "AWS/GatewayELB", type: "loadbalancer/gwy", interfaceType: "gateway_load_balancer" }
}

/** A balancer that redirects everything counts connections and redirects, and no requests. */
const sumsOf = ({ errors = 0, kind, redirects = 0, traffic }: LoadBalancer): NonNullable<Series["sums"]> =>
  kind === "application"
    ? {
        RequestCount: traffic,
        NewConnectionCount: redirects === 0 ? traffic : redirects,
        HTTP_Redirect_Count: redirects,
        HTTP_Fixed_Response_Count: 0,
        HTTPCode_ELB_5XX_Count: errors
      }
    : { NewFlowCount: traffic, ProcessedBytes: times(traffic, 4096) }

const listenersOf = ({ kind }: LoadBalancer) =>
  kind === "gateway"
    ? [{}]
    : kind === "network"
      ? [{ Protocol: "TCP" as const, Port: 443 }]
      : [{ Protocol: "HTTPS" as const, Port: 443 }]

const balancerOf = (here: Here, arn: string | undefined) =>
  here.has.loadBalancers.find((balancer) => loadBalancerArn(here, balancer) === arn)

export default defineService({
  region: { loadBalancers: [], targetGroups: [] },
  answers: {
    "elasticloadbalancing:DescribeLoadBalancers": (
      here,
      input: DescribeLoadBalancersCommandInput
    ): Answer<DescribeLoadBalancersCommandOutput> => {
      const { items, next } = pageOf(here.has.loadBalancers, input.Marker, input.PageSize, most)
      return {
        LoadBalancers: items.map((balancer) => ({
          LoadBalancerArn: loadBalancerArn(here, balancer),
          LoadBalancerName: balancer.name,
          Type: balancer.kind,
          Scheme: balancer.internal ? "internal" : "internet-facing",
          State: { Code: "active" },
          CreatedTime: dateOf(balancer.created),
          VpcId: idOf("vpc", here, "main"),
          AvailabilityZones: balancer.zones.map((zone) => ({ ZoneName: `${here.region}${zone}` })),
          SecurityGroups: (balancer.groups ?? []).map((group) => idOf("sg", here, group)),
          DNSName: dnsName(here, balancer.name)
        })),
        NextMarker: next
      }
    },

    "elasticloadbalancing:DescribeTargetGroups": (
      here,
      input: DescribeTargetGroupsCommandInput
    ): Answer<DescribeTargetGroupsCommandOutput> => {
      const { items, next } = pageOf(here.has.targetGroups, input.Marker, input.PageSize, most)
      return {
        TargetGroups: items.map((group) => ({
          TargetGroupArn: targetGroupArn(here, group),
          TargetGroupName: group.name,
          ...(group.targetType === "lambda" ? {} : { Protocol: group.protocol, Port: 8080, ProtocolVersion: "HTTP1" }),
          VpcId: idOf("vpc", here, "main"),
          TargetType: group.targetType,
          LoadBalancerArns: here.has.loadBalancers
            .filter(({ name }) => name === group.loadBalancer)
            .map((balancer) => loadBalancerArn(here, balancer))
        })),
        NextMarker: next
      }
    },

    "elasticloadbalancing:DescribeTargetHealth": (
      here,
      input: DescribeTargetHealthCommandInput
    ): Answer<DescribeTargetHealthCommandOutput> => ({
      TargetHealthDescriptions: here.has.targetGroups
        .filter((group) => targetGroupArn(here, group) === input.TargetGroupArn)
        .flatMap(({ targetType, targets }) =>
          targets.map(({ health, id }) => ({
            Target: { Id: targetType === "instance" ? idOf("i", here, id) : id },
            TargetHealth: { State: health }
          }))
        )
    }),

    "elasticloadbalancing:DescribeListeners": (
      here,
      input: DescribeListenersCommandInput
    ): Answer<DescribeListenersCommandOutput> => {
      const balancer = balancerOf(here, input.LoadBalancerArn)
      return { Listeners: balancer === undefined ? [] : listenersOf(balancer) }
    },

    "elasticloadbalancing:DescribeCapacityReservation": (): Answer<DescribeCapacityReservationCommandOutput> => ({
      DecreaseRequestsRemaining: 2,
      CapacityReservationState: []
    })
  },
  series: (here) => [
    ...here.has.loadBalancers.map((balancer) => ({
      namespace: kinds[balancer.kind].namespace,
      dimensions: { LoadBalancer: loadBalancerPath(here, balancer) },
      since: balancer.created,
      sums: sumsOf(balancer)
    })),
    ...here.has.targetGroups.flatMap((group) => {
      const balancer = here.has.loadBalancers.find(({ name }) => name === group.loadBalancer)
      return balancer?.kind !== "application"
        ? []
        : [
            {
              namespace: kinds.application.namespace,
              dimensions: {
                LoadBalancer: loadBalancerPath(here, balancer),
                TargetGroup: targetGroupPath(here, group)
              },
              since: balancer.created,
              sums: { RequestCount: group.requests ?? 0, HTTPCode_Target_5XX_Count: group.errors ?? 0 },
              levels: { TargetResponseTime: group.seconds ?? (group.requests === 0 ? 0 : 0.08) }
            }
          ]
    })
  ],
  resources: (here) => [
    ...here.has.loadBalancers.map((balancer) => ({
      type: `elasticloadbalancing:${kinds[balancer.kind].type}`,
      arn: loadBalancerArn(here, balancer),
      tags: balancer.tags
    })),
    ...here.has.targetGroups.map((group) => ({
      type: "elasticloadbalancing:targetgroup",
      arn: targetGroupArn(here, group),
      tags: group.tags
    }))
  ],
  interfaces: (here) =>
    here.has.loadBalancers.flatMap((balancer) =>
      balancer.zones.map((zone) => ({
        name: `elb/${balancer.name}/${zone}`,
        requesterManaged: true,
        type: kinds[balancer.kind].interfaceType,
        description: `ELB ${loadBalancerPath(here, balancer)}`,
        groups: balancer.groups ?? [],
        ...(balancer.internal || balancer.kind === "gateway" ? {} : { ip: publicIp(here, `${balancer.name}/${zone}`) })
      }))
    )
})
