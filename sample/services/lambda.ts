import type {
  GetFunctionCommandInput,
  GetFunctionCommandOutput,
  GetPolicyCommandOutput,
  ListAliasesCommandInput,
  ListAliasesCommandOutput,
  ListEventSourceMappingsCommandInput,
  ListEventSourceMappingsCommandOutput,
  ListFunctionsCommandInput,
  ListFunctionsCommandOutput,
  ListFunctionUrlConfigsCommandInput,
  ListFunctionUrlConfigsCommandOutput,
  ListProvisionedConcurrencyConfigsCommandInput,
  ListProvisionedConcurrencyConfigsCommandOutput,
  ListVersionsByFunctionCommandInput,
  ListVersionsByFunctionCommandOutput
} from "@aws-sdk/client-lambda"
import { hexOf, idOf, type Place } from "../ids.ts"
import type { Activity, Named, When } from "../estate.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, refusal, times } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly functions: ReadonlyArray<Function>
  }
}

export interface Function extends Named {
  readonly runtime?: string
  readonly memoryMb: number
  readonly arm?: true
  readonly modified: When
  readonly groups?: ReadonlyArray<string>
  readonly invocations: Activity
  /** What each takes on average. Default: 60. */
  readonly milliseconds?: number
  /** Invocations that end in an error. */
  readonly errors?: Activity
  /** Names of the queues that feed it. */
  readonly sources?: ReadonlyArray<string>
  /** Instances of provisioned concurrency by alias. */
  readonly provisioned?: Readonly<Record<string, number>>
  /** What callers of the alias use of it: calls a day, and the largest share of the instances that is busy. */
  readonly provisionedUse?: { readonly invocations: Activity; readonly peak: number }
  /** Share of the calls that wait for an environment, in percent, and how long they wait. Default: few, and not for long. */
  readonly coldStarts?: { readonly percent: number; readonly p95Ms: number }
  readonly container?: true
  /** Lambda has put it to sleep after weeks without an invocation. */
  readonly inactive?: true
  readonly description?: string
  /** A URL of its own, for everybody who knows it or for who signs. */
  readonly url?: "public" | "signed"
  /** The runtime of the published version behind its alias `live`, where that is another one. */
  readonly liveRuntime?: string
}

export const functionArn = ({ account, region }: Place, name: string) =>
  `arn:aws:lambda:${region}:${account}:function:${name}`

// Lambda writes instants like 2026-11-20T02:00:00.000+0000.
const lambdaInstant = (date: Date) => date.toISOString().replace("Z", "+0000")

const find = (here: Here, FunctionName: string | undefined): Function => {
  const found = here.has.functions.find(({ name }) => name === FunctionName)
  if (found === undefined) throw refusal("ResourceNotFoundException", `Function not found: ${FunctionName}`, 404)
  return found
}

/** All aliases lead to the same version. */
const publishedVersion = "7"

const aliasesOf = ({ liveRuntime, provisioned = {} }: Function): ReadonlyArray<string> => [
  ...new Set([...Object.keys(provisioned), ...(liveRuntime === undefined ? [] : ["live"])])
]

export default defineService({
  region: { functions: [] },
  answers: {
    "lambda:ListFunctions": (here, input: ListFunctionsCommandInput): Answer<ListFunctionsCommandOutput> => {
      const listed = here.has.functions.flatMap((own) => [
        { own, version: "$LATEST" },
        ...(input.FunctionVersion === "ALL" && aliasesOf(own).length > 0 ? [{ own, version: publishedVersion }] : [])
      ])
      const { items, next } = pageOf(listed, input.Marker, input.MaxItems, 50)
      return {
        Functions: items.map(({ own, version }) => ({
          FunctionName: own.name,
          FunctionArn: `${functionArn(here, own.name)}${input.FunctionVersion === "ALL" ? `:${version}` : ""}`,
          Version: version,
          Description: own.description ?? "",
          ...(own.container
            ? { PackageType: "Image" as const }
            : { PackageType: "Zip" as const, Runtime: own.runtime as never }),
          MemorySize: own.memoryMb,
          Timeout: 30,
          CodeSize: 4_500_000,
          Architectures: [own.arm ? "arm64" : "x86_64"],
          LastModified: lambdaInstant(dateOf(own.modified)),
          Role: `arn:aws:iam::${here.account}:role/${own.name}`,
          State: own.inactive ? "Inactive" : "Active",
          ...(own.groups === undefined
            ? {}
            : {
                VpcConfig: {
                  VpcId: idOf("vpc", here, "main"),
                  SubnetIds: [idOf("subnet", here, "main/a")],
                  SecurityGroupIds: own.groups.map((group) => idOf("sg", here, group))
                }
              })
        })),
        NextMarker: next
      }
    },

    "lambda:ListEventSourceMappings": (
      here,
      input: ListEventSourceMappingsCommandInput
    ): Answer<ListEventSourceMappingsCommandOutput> => {
      const all = here.has.functions.flatMap(({ name, sources = [] }) =>
        sources.map((source) => ({
          UUID: hexOf(here, `${name}/${source}`, 32),
          FunctionArn: functionArn(here, name),
          EventSourceArn: `arn:aws:sqs:${here.region}:${here.account}:${source}`,
          State: "Enabled"
        }))
      )
      const { items, next } = pageOf(all, input.Marker, input.MaxItems, 100)
      return { EventSourceMappings: items, NextMarker: next }
    },

    "lambda:ListProvisionedConcurrencyConfigs": (
      here,
      input: ListProvisionedConcurrencyConfigsCommandInput
    ): Answer<ListProvisionedConcurrencyConfigsCommandOutput> => ({
      ProvisionedConcurrencyConfigs: Object.entries(find(here, input.FunctionName).provisioned ?? {}).map(
        ([alias, instances]) => ({
          FunctionArn: `${functionArn(here, input.FunctionName ?? "")}:${alias}`,
          RequestedProvisionedConcurrentExecutions: instances,
          AllocatedProvisionedConcurrentExecutions: instances,
          Status: "READY",
          LastModified: lambdaInstant(dateOf(find(here, input.FunctionName).modified))
        })
      )
    }),

    "lambda:ListFunctionUrlConfigs": (
      here,
      input: ListFunctionUrlConfigsCommandInput
    ): Answer<ListFunctionUrlConfigsCommandOutput> => {
      const { modified, name, url } = find(here, input.FunctionName)
      const changed = lambdaInstant(dateOf(modified))
      return {
        FunctionUrlConfigs:
          url === undefined
            ? []
            : [
                {
                  FunctionUrl: `https://${hexOf(here, `url/${name}`, 32)}.lambda-url.${here.region}.on.aws/`,
                  FunctionArn: functionArn(here, name),
                  AuthType: url === "public" ? "NONE" : "AWS_IAM",
                  CreationTime: changed,
                  LastModifiedTime: changed
                }
              ]
      }
    },

    "lambda:ListAliases": (here, input: ListAliasesCommandInput): Answer<ListAliasesCommandOutput> => {
      const own = find(here, input.FunctionName)
      return {
        Aliases: aliasesOf(own).map((alias) => ({
          AliasArn: `${functionArn(here, own.name)}:${alias}`,
          Name: alias,
          FunctionVersion: publishedVersion
        }))
      }
    },

    "lambda:ListVersionsByFunction": (
      here,
      input: ListVersionsByFunctionCommandInput
    ): Answer<ListVersionsByFunctionCommandOutput> => {
      const own = find(here, input.FunctionName)
      const version = (Version: string, runtime: string | undefined) => ({
        FunctionName: own.name,
        FunctionArn: `${functionArn(here, own.name)}:${Version}`,
        Version,
        ...(runtime === undefined ? {} : { Runtime: runtime as never })
      })
      return {
        Versions: [
          version("$LATEST", own.runtime),
          ...(aliasesOf(own).length === 0 ? [] : [version(publishedVersion, own.liveRuntime ?? own.runtime)])
        ]
      }
    },

    "lambda:GetFunction": (here, input: GetFunctionCommandInput): Answer<GetFunctionCommandOutput> => {
      const own = here.has.functions.find(({ name }) => functionArn(here, name) === input.FunctionName)
      if (own === undefined) throw refusal("ResourceNotFoundException", "Function not found", 404)
      const uri = `${here.account}.dkr.ecr.${here.region}.amazonaws.com/functions/${own.name}`
      return {
        Code: {
          RepositoryType: "ECR",
          ImageUri: `${uri}:live`,
          ResolvedImageUri: `${uri}@sha256:${hexOf(here, own.name, 64)}`
        }
      }
    },

    "lambda:GetPolicy": (here, input): Answer<GetPolicyCommandOutput> => {
      find(here, input.FunctionName)
      throw refusal("ResourceNotFoundException", "The resource you requested does not exist.", 404)
    }
  },
  series: (here) =>
    here.has.functions.flatMap(
      ({ errors = 0, invocations, milliseconds = 60, name, provisioned = {}, provisionedUse }) => [
        {
          namespace: "AWS/Lambda",
          dimensions: { FunctionName: name },
          sums: { Invocations: invocations, Errors: errors, Duration: times(invocations, milliseconds) }
        },
        ...(provisionedUse === undefined
          ? []
          : Object.keys(provisioned).map((alias) => ({
              namespace: "AWS/Lambda",
              dimensions: { FunctionName: name, Resource: `${name}:${alias}` },
              sums: { Invocations: provisionedUse.invocations },
              levels: { ProvisionedConcurrencyUtilization: provisionedUse.peak }
            })))
      ]
    ),
  resources: (here) =>
    here.has.functions.map(({ name, tags }) => ({ type: "lambda:function", arn: functionArn(here, name), tags })),
  interfaces: (here) =>
    here.has.functions.flatMap(({ groups, name }) =>
      groups === undefined
        ? []
        : [
            {
              name: `lambda/${name}`,
              requesterManaged: true,
              type: "lambda",
              description: `AWS Lambda VPC ENI-${name}`,
              groups
            }
          ]
    )
})
