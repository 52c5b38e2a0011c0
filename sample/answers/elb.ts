/** The answers of both generations of Elastic Load Balancing. */
import type {
  DescribeLoadBalancersCommandInput as DescribeClassicLoadBalancersCommandInput,
  DescribeLoadBalancersCommandOutput as DescribeClassicLoadBalancersCommandOutput
} from "@aws-sdk/client-elastic-load-balancing"
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
import type { LoadBalancer, TargetGroup } from "../estate.ts"
import { hexOf, idOf, type Place } from "../ids.ts"
import { type Answer, type Answers, dateOf, type Here, pageOf } from "./Here.ts"

const most = 400

/** `app/shop-web/50dc6c495c0c9188`: how CloudWatch and network interfaces call a load balancer. */
export const loadBalancerPath = (place: Place, { kind, name }: Pick<LoadBalancer, "kind" | "name">) =>
  `${kind === "application" ? "app" : kind === "network" ? "net" : "gwy"}/${name}/${hexOf(place, `elb/${name}`)}`

const arnOf = ({ account, region }: Place, resource: string) =>
  `arn:aws:elasticloadbalancing:${region}:${account}:${resource}`

export const loadBalancerArn = (place: Place, balancer: Pick<LoadBalancer, "kind" | "name">) =>
  arnOf(place, `loadbalancer/${loadBalancerPath(place, balancer)}`)

export const classicLoadBalancerArn = (place: Place, name: string) => arnOf(place, `loadbalancer/${name}`)

/** `targetgroup/shop-web/6d0ecf831eec9f09`: how CloudWatch calls a target group. */
export const targetGroupPath = (place: Place, { name }: Pick<TargetGroup, "name">) =>
  `targetgroup/${name}/${hexOf(place, `target-group/${name}`)}`

export const targetGroupArn = (place: Place, group: Pick<TargetGroup, "name">) =>
  arnOf(place, targetGroupPath(place, group))

const dnsName = ({ region }: Place, name: string) => `${name}.${region}.elb.example`

const listenersOf = ({ kind }: LoadBalancer) =>
  kind === "gateway"
    ? [{}]
    : kind === "network"
      ? [{ Protocol: "TCP" as const, Port: 443 }]
      : [{ Protocol: "HTTPS" as const, Port: 443 }]

const balancerOf = (here: Here, arn: string | undefined) =>
  here.has.loadBalancers.find((balancer) => loadBalancerArn(here, balancer) === arn)

export const answers: Answers = {
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

  "classic elasticloadbalancing:DescribeLoadBalancers": (
    here,
    input: DescribeClassicLoadBalancersCommandInput
  ): Answer<DescribeClassicLoadBalancersCommandOutput> => {
    const { items, next } = pageOf(here.has.classicLoadBalancers, input.Marker, input.PageSize, most)
    return {
      LoadBalancerDescriptions: items.map((balancer) => ({
        LoadBalancerName: balancer.name,
        Scheme: balancer.internal ? "internal" : "internet-facing",
        CreatedTime: dateOf(balancer.created),
        VPCId: idOf("vpc", here, "main"),
        AvailabilityZones: balancer.zones.map((zone) => `${here.region}${zone}`),
        SecurityGroups: balancer.groups.map((group) => idOf("sg", here, group)),
        DNSName: dnsName(here, balancer.name),
        Instances: balancer.instances.map((instance) => ({ InstanceId: idOf("i", here, instance) })),
        ListenerDescriptions: [
          { Listener: { Protocol: "HTTP", LoadBalancerPort: 80, InstanceProtocol: "HTTP", InstancePort: 8080 } }
        ]
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
        ...(group.targetType === "lambda" ? {} : { Protocol: group.protocol, Port: 8080 }),
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

  "elasticloadbalancing:DescribeCapacityReservation": (): Answer<DescribeCapacityReservationCommandOutput> => ({})
}
