/** Which kind of data transfer a usage type is. */
import { partsOf } from "../../datasets/billing/usageTypes.ts"

/** Kinds of transfer in words, and what makes each cost less. */
export const transferKinds = {
  internet_out: {
    title: "To the internet",
    advice: "CloudFront in front of what is downloaded costs less a GB, and its transfer from AWS is free."
  },
  internet_in: { title: "From the internet", advice: "" },
  inter_region: {
    title: "Between regions",
    advice: "Replicate and read less across regions, or compress what goes there."
  },
  inter_az: {
    title: "Between zones of a region",
    advice: "Keep callers and what they call in one zone, and use an endpoint of the zone for replicas and brokers."
  },
  vpc_peering: { title: "Peered VPCs", advice: "Traffic inside one zone is free, also over a peering." },
  nat_gateway: {
    title: "Through NAT gateways",
    advice: "Gateway endpoints for S3 and DynamoDB are free; what they carry no NAT gateway processes."
  },
  vpc_endpoint: { title: "Through VPC endpoints", advice: "" },
  transit_gateway: {
    title: "Through transit gateways",
    advice: "VPC peering carries the same without a charge for processing."
  },
  load_balancer: { title: "Through classic load balancers", advice: "" },
  cloudfront: { title: "CloudFront to viewers", advice: "A higher hit ratio does not lower this; compression does." },
  cloudfront_origin: { title: "CloudFront to origins", advice: "" },
  acceleration: { title: "Transfer acceleration", advice: "Only what comes from far away is worth its surcharge." },
  other: { title: "Other", advice: "" }
} as const

export type TransferKind = keyof typeof transferKinds

const isCloudFront = (service: string): boolean => /cloudfront/i.test(service)

/**
 * By the ends of usage types. Undefined for what is no transfer, such as hours, storage and the ingestion of logs, which is written
 * like the traffic of a load balancer. Source: shared/scans.md, analyze_data_transfer_costs, and shared/facts/scans-verified.md B35.
 */
export const transferKind = (service: string, usageType: string): TransferKind | undefined => {
  if (!/bytes/i.test(usageType)) return undefined
  if (/-ABytes/i.test(usageType)) return "acceleration"
  if (/-AWS-(In|Out)-Bytes/i.test(usageType)) return "inter_region"
  const { name } = partsOf(usageType)
  if (isCloudFront(service)) return /-OBytes/i.test(name) ? "cloudfront_origin" : "cloudfront"
  if (/^DataTransfer-(Regional|xAZ-(In|Out))-Bytes/i.test(name)) return "inter_az"
  if (/^DataTransfer-Out-Bytes/i.test(name)) return "internet_out"
  if (/^DataTransfer-In-Bytes/i.test(name)) return "internet_in"
  if (/^VpcPeering-/i.test(name)) return "vpc_peering"
  if (/^NatGateway/i.test(name)) return "nat_gateway"
  if (/^VpcEndpoint/i.test(name)) return "vpc_endpoint"
  if (/^TransitGateway/i.test(name)) return "transit_gateway"
  if (/^CloudFront-(In|Out)-Bytes/i.test(name)) return "cloudfront_origin"
  if (/^DataProcessing-Bytes/i.test(name) && /load ?balancing/i.test(service)) return "load_balancer"
  return /cloudwatch/i.test(service) ? undefined : "other"
}
