import { ask, at, call, says } from "../Question.ts"

export default [
  ask(
    "cdn-direct",
    "platform engineer",
    "Which CloudFront distributions get no requests from viewers?",
    call("find_unused_cloudfront_distributions"),
    says("E3WBS1MA02D2Z"),
    at("totals.monthlyUsd", 600)
  ),
  ask(
    "cdn-inferred",
    "CFO",
    "Do we pay for a CDN that no customer visits any more?",
    call("find_unused_cloudfront_distributions"),
    at("findings.0.monthlyUsd", 600)
  ),
  ask(
    "igw-direct",
    "platform engineer",
    "List internet gateways that are detached from any VPC.",
    call("find_unused_internet_gateways"),
    says("igw-08eb61235c605a8cd"),
    at("count", 2)
  ),
  ask(
    "igw-quota",
    "security",
    "Is there an IGW lying around without a VPC?",
    call("find_unused_internet_gateways"),
    says("igw-05d345c6b7b150046")
  ),
  ask(
    "nat-direct",
    "FinOps analyst",
    "Which NAT gateways carry no traffic?",
    call("find_unused_nat_gateways"),
    at("totals.monthlyUsd", 204.4),
    at("count", 4)
  ),
  ask(
    "nat-australia",
    "manager",
    "We left Australia. Does an idle NAT still run in Sydney?",
    call("find_unused_nat_gateways", { regions: ["ap-southeast-2"] }),
    says("nat-0a200bff116f57996"),
    at("totals.monthlyUsd", 46.72)
  ),
  ask(
    "nat-bytes",
    "developer",
    "is any natgw idle in staging?",
    call("find_unused_nat_gateways", { accounts: ["777788889999"] }),
    says("nat-08b8ee21db437dcb3"),
    at("findings.0.monthlyUsd", 77.38)
  ),
  ask(
    "dns-direct",
    "platform engineer",
    "Which Route 53 hosted zones does nobody query?",
    call("find_unused_route53_hosted_zones"),
    at("count", 4),
    at("totals.monthlyUsd", 2)
  ),
  ask(
    "dns-domains",
    "manager",
    "Are there DNS domains of old campaigns that we still pay for?",
    call("find_unused_route53_hosted_zones"),
    says("Z0E2I68570L73R3KXUCKHC")
  ),
  ask(
    "vpce-direct",
    "platform engineer",
    "Show VPC endpoints without traffic.",
    call("find_unused_vpc_endpoints"),
    at("totals.monthlyUsd", 103.66),
    says("vpce-0ed14b544fda2fe46")
  ),
  ask(
    "vpce-privatelink",
    "FinOps analyst",
    "What do we spend on PrivateLink that nothing goes through?",
    call("find_unused_vpc_endpoints"),
    at("count", 6)
  ),
  ask(
    "vpce-duplicate",
    "developer",
    "Do we have the same interface endpoint twice in a VPC?",
    call("find_unused_vpc_endpoints"),
    says("duplicate"),
    says("vpce-084a5774a613acb54")
  )
]
