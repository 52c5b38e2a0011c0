import { map } from "../../core/Reading.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as vpc from "../../datasets/aws/vpc.ts"
import { defineScan, hygiene, need, Setting } from "../Scan.ts"

export default defineScan({
  title: "Detached or pointless internet gateways",
  words: "IGW, VPC",
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
    routeTables: vpc.routeTables,
    vpcs: vpc.vpcs,
    interfaces: ec2.networkInterfaces
  },
  subject: "gateways",
  reasons: {
    detached: "The gateway is attached to no VPC.",
    unrouted: "The gateway is attached, no route table uses it, and nothing in the VPC has a public address."
  },

  judge: ({ interfaces, routeTables, vpcs }, { settings }) => {
    const tablesTo = routeTables.by(vpc.gatewaysOf)
    const tablesOfEdge = routeTables.by(({ edgeGatewayIds }) => edgeGatewayIds)
    const vpcById = vpcs.by(({ id }) => id)
    const publicIn = interfaces.filter(({ publicIps }) => publicIps.length > 0).by(({ vpcId }) => vpcId)

    return function* ({ egressOnly, id, vpcId }) {
      const routes = map(tablesTo.all(id), (tables) => vpc.routesTo(tables, id))
      const publicInterfaces = map(publicIn.all(vpcId), (found) => found.length)
      const own = vpcById.get(vpcId)
      const found = {
        severity: "info",
        note: "An internet gateway costs nothing.",
        evidence: {
          vpcId: vpcId ?? "none",
          defaultVpc: vpcId !== undefined && own.known ? own.value?.isDefault === true : null,
          routes: routes.known ? routes.value : null,
          publicInterfaces: vpcId !== undefined && publicInterfaces.known ? publicInterfaces.value : null
        },
        observe: { days: settings.minObservedDays }
      } as const

      if (vpcId === undefined) return hygiene({ ...found, reason: "detached" })
      if (!settings.includeAttachedUnrouted) return
      if ((yield* need(routes)).length > 0 || (yield* need(tablesOfEdge.has(id)))) return
      // A public address is useless without the gateway, so somebody counts on it.
      if (!egressOnly && (yield* need(publicInterfaces)) > 0) return
      return hygiene({ ...found, reason: "unrouted" })
    }
  }
})
