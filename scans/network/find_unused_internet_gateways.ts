import { noSavings } from "../../core/finding/savings.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { nameOf } from "../../datasets/aws/tags.ts"
import * as vpc from "../../datasets/aws/vpc.ts"
import { defineScan, flag, Setting } from "../Scan.ts"

export default defineScan({
  title: "Detached or pointless internet gateways",
  why: "An internet gateway is free. One that is attached to nothing clutters the account and counts against its quota.",
  fix: "Delete a detached gateway. Before you detach one that no route uses, check that nobody is about to add the route.",
  docs: "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
  scope: "regional",
  settings: {
    includeAttachedUnrouted: Setting.flag(false, "Also report attached gateways that no route uses"),
    minObservedDays: Setting.days(7, "Days a gateway must be seen unused before it is confirmed")
  },
  reads: {
    gateways: vpc.internetGateways,
    egressOnly: vpc.egressOnlyInternetGateways,
    routeTables: vpc.routeTables,
    vpcs: vpc.vpcs,
    interfaces: ec2.networkInterfaces
  },
  subjects: ["gateways", "egressOnly"],
  reasons: {
    detached: "The gateway is attached to no VPC.",
    unrouted: "The gateway is attached, no route table uses it, and nothing in the VPC has a public address."
  },

  judge: function* ({ egressOnly, gateways, interfaces, routeTables, vpcs }, { settings }) {
    const defaultVpcs = new Set(vpcs.filter(({ isDefault }) => isDefault).map(({ id }) => id))
    const publicInterfaces = new Map<string, number>()
    for (const { publicIps, vpcId = "" } of interfaces) {
      if (publicIps.length > 0) publicInterfaces.set(vpcId, (publicInterfaces.get(vpcId) ?? 0) + 1)
    }
    const edges = new Set(routeTables.flatMap(({ edgeGatewayIds }) => edgeGatewayIds))
    const kinds = [
      { type: "ec2:internet-gateway", list: gateways, carriesPublicIpv4: true },
      { type: "ec2:egress-only-internet-gateway", list: egressOnly, carriesPublicIpv4: false }
    ]

    for (const { carriesPublicIpv4, list, type } of kinds) {
      for (const gateway of list) {
        const routes = vpc.routesTo(routeTables, gateway.id)
        const publicCount = publicInterfaces.get(gateway.vpcId ?? "") ?? 0
        const found = {
          resource: { type, id: gateway.id, arn: gateway.arn, name: nameOf(gateway.tags), tags: gateway.tags },
          savings: noSavings("delete", "An internet gateway costs nothing."),
          evidence: {
            vpcId: gateway.vpcId ?? null,
            defaultVpc: gateway.vpcId === undefined ? null : defaultVpcs.has(gateway.vpcId),
            routes,
            publicInterfaces: gateway.vpcId === undefined ? null : publicCount
          },
          observe: { days: settings.minObservedDays }
        } as const

        if (gateway.vpcId === undefined) yield flag({ ...found, reason: "detached" })
        else if (
          settings.includeAttachedUnrouted &&
          routes.length === 0 &&
          !edges.has(gateway.id) &&
          // A public address is useless without the gateway, so somebody counts on it.
          !(carriesPublicIpv4 && publicCount > 0)
        ) {
          yield flag({ ...found, reason: "unrouted" })
        }
      }
    }
  }
})
