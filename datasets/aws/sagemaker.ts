/** What is read from SageMaker: the networks that its configurations name. */
import {
  DescribeDomainCommand,
  DescribeNotebookInstanceCommand,
  ListDomainsCommand,
  ListModelsCommand,
  ListNotebookInstancesCommand,
  ListUserProfilesCommand,
  SageMakerClient
} from "@aws-sdk/client-sagemaker"
import * as Effect from "effect/Effect"
import { complete, list, required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { noneWhereAbsent } from "../engine/noneWhen.ts"
import { onceProbe } from "../engine/Probe.ts"

const paging = { size: ["MaxResults", 100], input: "NextToken", output: "NextToken" } as const

const listDomains = listOperation(SageMakerClient, ListDomainsCommand, "sagemaker:ListDomains", "Domains", { paging })
const describeDomain = operation(SageMakerClient, DescribeDomainCommand, "sagemaker:DescribeDomain")
const listNotebooks = listOperation(
  SageMakerClient,
  ListNotebookInstancesCommand,
  "sagemaker:ListNotebookInstances",
  "NotebookInstances",
  { paging }
)
const describeNotebook = operation(
  SageMakerClient,
  DescribeNotebookInstanceCommand,
  "sagemaker:DescribeNotebookInstance"
)
const listModels = operation(SageMakerClient, ListModelsCommand, "sagemaker:ListModels")
const listUserProfiles = operation(SageMakerClient, ListUserProfilesCommand, "sagemaker:ListUserProfiles")

/** The security groups that SageMaker's configurations name, as far as they are read. */
export interface NamedGroups {
  readonly ids: ReadonlySet<string>
  /** What there is besides, which may name others and is only told one by one. */
  readonly unread: ReadonlyArray<string>
}

const none: NamedGroups = { ids: new Set(), unread: [] }

/** Of domains and notebook instances, running or not. Models and user profiles are many, so it is only told whether there are any. */
export const namedSecurityGroups = onceProbe({
  name: "sagemaker.namedSecurityGroups",
  operations: [listDomains, describeDomain, listNotebooks, describeNotebook, listModels, listUserProfiles],
  costNote:
    "SageMaker lists without networks: three or four free calls, and one for each domain and notebook instance.",
  read: Effect.fnUntraced(function* () {
    const domains = yield* complete(
      list(listDomains, {}, (domains) => domains.map(({ DomainId }) => required(DomainId, "Domains[].DomainId")))
    )
    const notebooks = yield* complete(
      list(listNotebooks, {}, (notebooks) =>
        notebooks.map(({ NotebookInstanceName }) =>
          required(NotebookInstanceName, "NotebookInstances[].NotebookInstanceName")
        )
      )
    )
    const ofDomains = yield* Effect.forEach(domains, (DomainId) =>
      send(describeDomain, { DomainId }, (domain) => [
        ...(domain.SecurityGroupIdForDomainBoundary === undefined ? [] : [domain.SecurityGroupIdForDomainBoundary]),
        ...(domain.DomainSettings?.SecurityGroupIds ?? []),
        ...(required(domain.DefaultUserSettings, "DefaultUserSettings").SecurityGroups ?? []),
        ...(domain.DefaultSpaceSettings?.SecurityGroups ?? [])
      ])
    )
    const ofNotebooks = yield* Effect.forEach(notebooks, (NotebookInstanceName) =>
      send(describeNotebook, { NotebookInstanceName }, ({ SecurityGroups = [] }) => SecurityGroups)
    )
    const hasModels = yield* send(listModels, { MaxResults: 1 }, ({ Models }) => required(Models, "Models").length > 0)
    const hasProfiles =
      domains.length > 0 &&
      (yield* send(
        listUserProfiles,
        { MaxResults: 1 },
        ({ UserProfiles }) => required(UserProfiles, "UserProfiles").length > 0
      ))
    return {
      ids: new Set([...ofDomains, ...ofNotebooks].flat()),
      unread: [...(hasModels ? ["models"] : []), ...(hasProfiles ? ["user profiles"] : [])]
    } satisfies NamedGroups
  }, noneWhereAbsent(none))
})
