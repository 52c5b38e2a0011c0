/**
 * The nightly audit as a state machine in the Amazon States Language. The same object is deployed to AWS Step Functions and
 * run in-process by `engine.ts`. What travels between states is ids only, so a payload stays far below 256 KiB.
 */
import { anotherRun, scopeUnfinished, storeBusy } from "./stepErrors.ts"

/** The steps that the machine invokes. Each is one Effect program in `steps/` and one Lambda function when deployed. */
export const stepNames = ["plan", "discover", "scan", "recordFailure", "settle", "sum", "report", "notify"] as const
export type StepName = (typeof stepNames)[number]

// What AWS itself may fail with while invoking a function, and a store that is busy. Source: the Step Functions
// developer guide, "Handle transient Lambda service exceptions".
const transientErrors = [
  "Lambda.ClientExecutionTimeoutException",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
  storeBusy
]

/** A Lambda function whose time was up. Source: shared/facts/emulators.md, trap 6. */
const timeouts = ["Sandbox.Timedout", "States.Timeout", scopeUnfinished]

const busyRetry = {
  ErrorEquals: transientErrors,
  IntervalSeconds: 2,
  MaxAttempts: 4,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  JitterStrategy: "FULL"
}

const invoke = (step: StepName, payload: Record<string, unknown> | undefined) => ({
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke",
  Parameters: { FunctionName: `\${${step}}`, ...(payload === undefined ? { "Payload.$": "$" } : { Payload: payload }) },
  ResultSelector: { "output.$": "$.Payload" },
  OutputPath: "$.output",
  // A Lambda function ends after 900 s by itself; in one process the step itself stops in time.
  TimeoutSeconds: 3600,
  Retry: [
    busyRetry,
    // What was judged before the time was up is written: the next call goes on there, and gives up what never ends.
    { ErrorEquals: timeouts, IntervalSeconds: 1, MaxAttempts: 50, BackoffRate: 1 }
  ]
})

/** A function that died, such as of too little memory, may have taken scopes with it whose turn had not come: they come first the next time. */
const deathRetry = { ErrorEquals: ["Runtime.ExitError"], IntervalSeconds: 1, MaxAttempts: 1, BackoffRate: 1 }

const catchAll = (next: string) => [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: next }]

const nothing = { Type: "Pass", Result: {}, End: true }

const scan = invoke("scan", undefined)

/**
 * Scans scopes one after the other or side by side, each until nothing of it remains: a Lambda function has 15 minutes, an account
 * may need more. That is a repetition and no state of its own, because every state of every scope is charged. What takes seconds
 * comes in groups (`core/run/together.ts`), for the same reason.
 */
const scopes = (prefix: string, itemsPath: string, concurrency: number, item: Record<string, string>) => ({
  Type: "Map",
  ItemsPath: itemsPath,
  MaxConcurrency: concurrency,
  ItemSelector: { "runId.$": "$.runId", ...item },
  ItemProcessor: {
    ProcessorConfig: { Mode: "INLINE" },
    StartAt: `${prefix}Scan`,
    States: {
      [`${prefix}Scan`]: {
        ...scan,
        Retry: [...scan.Retry, deathRetry],
        Catch: catchAll(`${prefix}ScopeFailed`),
        End: true
      },
      [`${prefix}ScopeFailed`]: {
        ...invoke("recordFailure", {
          "runId.$": "$.runId",
          ...Object.fromEntries(Object.keys(item).map((name) => [name, `$.${name.slice(0, -".$".length)}`])),
          "error.$": "$.error"
        }),
        Catch: catchAll(`${prefix}ScopeDone`),
        Next: `${prefix}ScopeDone`
      },
      [`${prefix}ScopeDone`]: nothing
    }
  },
  ResultPath: null
})

/** Keeps the failure of an account, and settles it all the same. */
const accountFailed = (more: { readonly discovered?: false }) => ({
  ...invoke("recordFailure", { "runId.$": "$.runId", "account.$": "$.account", "error.$": "$.error", ...more }),
  ResultPath: null,
  OutputPath: "$",
  Catch: catchAll("Settle"),
  Next: "Settle"
})

/** `FunctionName` is `${step}`, which the deployment replaces by the function's ARN (DefinitionSubstitutions). */
export const nightly = {
  Comment:
    "Night Audit: plan, read the bill, scan every account and region, settle each account, sum up, write the report, notify",
  StartAt: "Plan",
  States: {
    Plan: {
      ...invoke("plan", {
        "request.$": "$",
        "execution.$": "$$.Execution.Id",
        "startedAt.$": "$$.Execution.StartTime"
      }),
      // A schedule and a bus deliver at least once: the second start finds the first at work, and nothing is amiss.
      Catch: [{ ErrorEquals: [anotherRun], ResultPath: "$.error", Next: "AlreadyRunning" }, ...catchAll("Failed")],
      Next: "Started"
    },
    AlreadyRunning: { Type: "Pass", Parameters: { alreadyRunning: true, "why.$": "$.error.Cause" }, End: true },
    // Nobody's night fails because nobody was told that it began.
    Started: {
      ...invoke("notify", { "runId.$": "$.runId", moment: "started" }),
      ResultPath: null,
      OutputPath: "$",
      Catch: catchAll("Billing"),
      Next: "Billing"
    },
    // First, so that every account finds the bill read, and what the payer's scans claim in it.
    Billing: {
      ...scopes("Billing", "$.payers", 5, {
        "account.$": "$$.Map.Item.Value.account",
        "region.$": "$$.Map.Item.Value.region"
      }),
      Catch: catchAll("RunFailed"),
      Next: "Accounts"
    },
    Accounts: {
      Type: "Map",
      ItemsPath: "$.accounts",
      MaxConcurrency: 20,
      // One account that fails is that account's gap; the night goes on.
      ToleratedFailurePercentage: 100,
      ItemSelector: { "runId.$": "$.runId", "account.$": "$$.Map.Item.Value" },
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
        StartAt: "Discover",
        States: {
          Discover: { ...invoke("discover", undefined), Catch: catchAll("DiscoverFailed"), Next: "Shared" },
          Shared: {
            Type: "Choice",
            Choices: [{ Variable: "$.shared", BooleanEquals: true, Next: "ReadShared" }],
            Default: "Regions"
          },
          // What the whole account shares is read once, before its regions look for it.
          ReadShared: {
            ...invoke("scan", {
              "runId.$": "$.runId",
              "account.$": "$.account",
              region: "global",
              shared: true
            }),
            ResultPath: null,
            OutputPath: "$",
            Catch: catchAll("Regions"),
            Next: "Regions"
          },
          Regions: {
            ...scopes("", "$.groups", 6, { "account.$": "$.account", "regions.$": "$$.Map.Item.Value" }),
            Catch: catchAll("AccountFailed"),
            Next: "Settle"
          },
          DiscoverFailed: accountFailed({ discovered: false }),
          AccountFailed: accountFailed({}),
          Settle: {
            ...invoke("settle", { "runId.$": "$.runId", "account.$": "$.account" }),
            Catch: catchAll("AccountDone"),
            Next: "AccountDone"
          },
          AccountDone: nothing
        }
      },
      ResultPath: null,
      Catch: catchAll("RunFailed"),
      Next: "Sum"
    },
    Sum: { ...invoke("sum", { "runId.$": "$.runId" }), Catch: catchAll("RunFailed"), Next: "Report" },
    // Without its page the digest goes out all the same. What takes longer than a function may once takes longer every time.
    Report: {
      ...invoke("report", { "runId.$": "$.runId" }),
      Retry: [busyRetry],
      ResultPath: null,
      OutputPath: "$",
      Catch: catchAll("Notify"),
      Next: "Notify"
    },
    // The run is complete before it; what could not be told is told by the next one.
    Notify: { ...invoke("notify", { "runId.$": "$.runId" }), Catch: catchAll("Failed"), End: true },
    RunFailed: {
      ...invoke("recordFailure", { "runId.$": "$.runId", "error.$": "$.error" }),
      ResultPath: null,
      OutputPath: "$",
      Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.unkept", Next: "NotifyFailed" }],
      Next: "NotifyFailed"
    },
    NotifyFailed: {
      ...invoke("notify", { "runId.$": "$.runId", moment: "failed", "error.$": "$.error" }),
      ResultPath: null,
      OutputPath: "$",
      Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.untold", Next: "Failed" }],
      Next: "Failed"
    },
    Failed: { Type: "Fail", ErrorPath: "$.error.Error", CausePath: "$.error.Cause" }
  }
} as const
