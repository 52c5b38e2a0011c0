/** The first generation of Elastic Load Balancing, whose client has an operation of the same name as the second. */
import type {
  DescribeLoadBalancersCommandInput,
  DescribeLoadBalancersCommandOutput
} from "@aws-sdk/client-elastic-load-balancing"
import type { Activity, Named, When } from "../estate.ts"
import { arnOf, idOf } from "../ids.ts"
import { type Answer, dateOf, defineService, pageOf, times } from "../Service.ts"
import { dnsName, publicIp } from "./elb.ts"

declare module "../estate.ts" {
  interface Region {
    readonly classicLoadBalancers: ReadonlyArray<ClassicLoadBalancer>
  }
}

export interface ClassicLoadBalancer extends Named {
  readonly internal?: true
  readonly zones: ReadonlyArray<string>
  readonly created: When
  readonly instances: ReadonlyArray<string>
  readonly groups: ReadonlyArray<string>
  readonly traffic: Activity
}

export default defineService({
  region: { classicLoadBalancers: [] },
  answers: {
    "ElasticLoadBalancingClient elasticloadbalancing:DescribeLoadBalancers": (
      here,
      input: DescribeLoadBalancersCommandInput
    ): Answer<DescribeLoadBalancersCommandOutput> => {
      const { items, next } = pageOf(here.has.classicLoadBalancers, input.Marker, input.PageSize, 400)
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
    }
  },
  series: (here) =>
    here.has.classicLoadBalancers.map(({ created, name, traffic }) => ({
      namespace: "AWS/ELB",
      dimensions: { LoadBalancerName: name },
      since: created,
      sums: { RequestCount: traffic, EstimatedProcessedBytes: times(traffic, 4096) }
    })),
  resources: (here) =>
    here.has.classicLoadBalancers.map(({ name, tags }) => ({
      type: "elasticloadbalancing:loadbalancer",
      arn: arnOf("elasticloadbalancing", here, `loadbalancer/${name}`),
      tags
    })),
  interfaces: (here) =>
    here.has.classicLoadBalancers.flatMap(({ groups, internal, name, zones }) =>
      zones.map((zone) => ({
        name: `classic/${name}/${zone}`,
        requesterManaged: true,
        description: `ELB ${name}`,
        groups,
        ...(internal ? {} : { ip: publicIp(here, `${name}/${zone}`) })
      }))
    )
})
