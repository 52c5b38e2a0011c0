/** Domains that an account registered with Route 53, and delegates to its zones of the same name. */
import type {
  GetDomainDetailCommandInput,
  GetDomainDetailCommandOutput,
  ListDomainsCommandInput,
  ListDomainsCommandOutput
} from "@aws-sdk/client-route-53-domains"
import type { When } from "../estate.ts"
import { type Answer, dateOf, defineService, edgeRegion, type Here, pageOf, refusal } from "../Service.ts"
import { nameServersOf } from "./route53.ts"

declare module "../estate.ts" {
  interface Global {
    readonly domains: ReadonlyArray<Domain>
  }
}

export interface Domain {
  readonly name: string
  readonly registered: When
}

/** Route 53 Domains answers in one region for all. */
const domainsOf = ({ global, region }: Here): ReadonlyArray<Domain> => {
  if (region !== edgeRegion) throw refusal("UnknownEndpoint", `Route 53 Domains has no endpoint in ${region}.`, 404)
  return global.domains
}

export default defineService({
  global: { domains: [] },
  answers: {
    "route53domains:ListDomains": (here, input: ListDomainsCommandInput): Answer<ListDomainsCommandOutput> => {
      const { items, next } = pageOf(domainsOf(here), input.Marker, input.MaxItems, 100)
      return {
        Domains: items.map(({ name }) => ({
          DomainName: name,
          AutoRenew: true,
          TransferLock: true
        })),
        NextPageMarker: next
      }
    },

    "route53domains:GetDomainDetail": (
      here,
      input: GetDomainDetailCommandInput
    ): Answer<GetDomainDetailCommandOutput> => {
      const domain = domainsOf(here).find(({ name }) => name === input.DomainName)
      if (domain === undefined) throw refusal("InvalidInput", `The domain ${input.DomainName} is not in this account.`)
      return {
        DomainName: domain.name,
        Nameservers: nameServersOf(domain.name).map((Name) => ({ Name })),
        AutoRenew: true,
        CreationDate: dateOf(domain.registered)
      }
    }
  }
})
