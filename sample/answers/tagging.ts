import type { GetResourcesCommandInput, GetResourcesCommandOutput } from "@aws-sdk/client-resource-groups-tagging-api"
import type { Tags } from "../estate.ts"
import { classicLoadBalancerArn, loadBalancerArn, targetGroupArn } from "./elb.ts"
import { type Answer, type Answers, type Here, pageOf, pairs } from "./Here.ts"
import { functionArn } from "./lambda.ts"
import { logGroupArn } from "./logs.ts"

type Tagged = readonly [arn: string, tags: Tags | undefined]

/** What the tagging API knows of a type of resource. */
const resources: Readonly<Record<string, (here: Here) => ReadonlyArray<Tagged>>> = {
  "elasticloadbalancing:loadbalancer": (here) => [
    ...here.has.loadBalancers.map((balancer): Tagged => [loadBalancerArn(here, balancer), balancer.tags]),
    ...here.has.classicLoadBalancers.map(({ name, tags }): Tagged => [classicLoadBalancerArn(here, name), tags])
  ],
  "elasticloadbalancing:targetgroup": (here) =>
    here.has.targetGroups.map((group): Tagged => [targetGroupArn(here, group), group.tags]),
  "lambda:function": (here) => here.has.functions.map(({ name, tags }): Tagged => [functionArn(here, name), tags]),
  "logs:log-group": (here) => here.has.logGroups.map(({ name, tags }): Tagged => [logGroupArn(here, name), tags])
}

export const answers: Answers = {
  /** Resources without a tag are not listed. */
  "tag:GetResources": (here, input: GetResourcesCommandInput): Answer<GetResourcesCommandOutput> => {
    const tagged = (input.ResourceTypeFilters ?? [])
      .flatMap((type) => resources[type]?.(here) ?? [])
      .filter(([, tags]) => tags !== undefined)
    const { items, next } = pageOf(tagged, input.PaginationToken, input.ResourcesPerPage, 100)
    return {
      ResourceTagMappingList: items.map(([ResourceARN, tags]) => ({ ResourceARN, Tags: pairs(tags) })),
      PaginationToken: next
    }
  }
}
