/** What is read of the domains that are registered with Route 53, which only us-east-1 tells. */
import { GetDomainDetailCommand, ListDomainsCommand, Route53DomainsClient } from "@aws-sdk/client-route-53-domains"
import * as Effect from "effect/Effect"
import { list, required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { dataset } from "../engine/Dataset.ts"
import { probe } from "../engine/Probe.ts"

/** 100 domains a page is the most. Source: the model of Route 53 Domains in the SDK. */
const listDomains = listOperation(Route53DomainsClient, ListDomainsCommand, "route53domains:ListDomains", "Domains", {
  paging: { size: ["MaxItems", 100], input: "Marker", output: "NextPageMarker" }
})

/** `Example.com.` as `example.com`: how names are compared. */
export const bareName = (name: string): string => name.toLowerCase().replace(/\.$/, "")

/** The domains that the account has registered with Route 53, as `example.com`. Others may be registered elsewhere. */
export const registeredDomains = dataset<ReadonlySet<string>>("route53Domains.registeredDomains", {
  scope: "global",
  shape: "set",
  operations: [listDomains],
  read: () =>
    Effect.map(
      list(listDomains, {}, (domains) =>
        domains.map(({ DomainName }) => bareName(required(DomainName, "Domains[].DomainName")))
      ),
      ({ gaps, items }) => ({ value: new Set(items), gaps })
    )
})

const getDomainDetail = operation(Route53DomainsClient, GetDomainDetailCommand, "route53domains:GetDomainDetail")

/** The name servers to which single domains, as `example.com`, are delegated. */
export const domainNameServers = probe<string, ReadonlyArray<string>>({
  name: "route53Domains.domainNameServers",
  operations: [getDomainDetail],
  cap: 300,
  batchSize: 1,
  costNote: "One GetDomainDetail call for each registered domain whose zone nobody asks.",
  key: (domain) => domain,
  identity: (domain) => domain,
  read: (domains) =>
    Effect.forEach(domains, (DomainName) =>
      send(getDomainDetail, { DomainName }, ({ Nameservers }) =>
        required(Nameservers, "Nameservers").map(({ Name }) => bareName(required(Name, "Nameservers[].Name")))
      )
    )
})
