/// <reference path="../.sst/platform/config.d.ts" />
/**
 * Private subnets with endpoints and no way to the internet, where that is wanted. Services without an endpoint in a region, and
 * every other region, are then out of reach: so scanning stays outside, and only what answers questions moves in.
 */
import type { Config } from "../core/config/Config.ts"
import { identity, type Surroundings } from "./functions.ts"

const interfaceEndpoints = ["lambda", "logs", "states", "sts", "xray"]

/** Lets nobody in or out by the default group of a network: SST's own lets in all of the network. */
export const closedDefaultGroup = { transform: { securityGroup: { ingress: [], egress: [] } } }

export const network = ({ deploy }: Config): Pick<Surroundings, "vpc"> => {
  if (!deploy.privateNetwork) return { vpc: undefined }
  const { region } = identity()
  const vpc = new sst.aws.Vpc("Network", { az: 2, ...closedDefaultGroup })
  const group = new aws.ec2.SecurityGroup("Endpoints", {
    description: "HTTPS from within the network",
    vpcId: vpc.id,
    ingress: [
      { description: "HTTPS", protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: [vpc.nodes.vpc.cidrBlock] }
    ]
  })
  for (const service of interfaceEndpoints) {
    new aws.ec2.VpcEndpoint(`Endpoint${service[0]?.toUpperCase()}${service.slice(1)}`, {
      vpcId: vpc.id,
      serviceName: $interpolate`com.amazonaws.${region}.${service}`,
      vpcEndpointType: "Interface",
      subnetIds: vpc.privateSubnets,
      securityGroupIds: [group.id],
      privateDnsEnabled: true
    })
  }
  new aws.ec2.VpcEndpoint("EndpointDynamodb", {
    vpcId: vpc.id,
    serviceName: $interpolate`com.amazonaws.${region}.dynamodb`,
    vpcEndpointType: "Gateway",
    routeTableIds: vpc.nodes.privateRouteTables.apply((tables) => $util.all(tables.map(({ id }) => id)))
  })
  const functions = new aws.ec2.SecurityGroup("Functions", {
    description: "HTTPS to the endpoints; nothing comes in",
    vpcId: vpc.id,
    // The gateway endpoint of DynamoDB has the addresses of DynamoDB. There is no other way out.
    egress: [{ description: "HTTPS", protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }]
  })
  return { vpc: { privateSubnets: vpc.privateSubnets, securityGroups: [functions.id] } }
}
