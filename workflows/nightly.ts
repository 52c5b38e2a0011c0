/**
 * The nightly audit as a state machine in the Amazon States Language. The same object is deployed to AWS Step Functions and
 * run in-process by `engine.ts`. What travels between states is ids only, so a payload stays far below 256 KiB.
 */

/** The steps that the machine invokes. Each is one Effect program in `steps/` and one Lambda function when deployed. */
export const stepNames = ["plan", "discover", "scan", "recordFailure", "settle", "notify"] as const
export type StepName = (typeof stepNames)[number]

// What AWS itself may fail with while invoking a function, and a store that is busy. Source: the Step Functions
// developer guide, "Handle transient Lambda service exceptions".
const transientErrors = [
  "Lambda.ClientExecutionTimeoutException",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
  "StoreError"
]

const invoke = (step: StepName, payload: Record<string, unknown> | undefined) => ({
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke",
  Parameters: { FunctionName: `\${${step}}`, ...(payload === undefined ? { "Payload.$": "$" } : { Payload: payload }) },
  ResultSelector: { "output.$": "$.Payload" },
  OutputPath: "$.output",
  // A Lambda function ends after 900 s by itself; a large scope in one process may take longer than the language's default of 60.
  TimeoutSeconds: 3600,
  Retry: [
    {
      ErrorEquals: transientErrors,
      IntervalSeconds: 2,
      MaxAttempts: 4,
      BackoffRate: 2,
      MaxDelaySeconds: 60,
      JitterStrategy: "FULL"
    }
  ]
})

const catchAll = (next: string) => [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: next }]

/** Invokes a step again while it answers that something remains: a Lambda function has 15 minutes, an account may need more. */
const loop = (name: string, next: string) => ({
  Type: "Choice",
  Choices: [{ Variable: "$.remaining", NumericGreaterThan: 0, Next: name }],
  Default: next
})

const nothing = { Type: "Pass", Result: {}, End: true }

/** `FunctionName` is `${step}`, which the deployment replaces by the function's ARN (DefinitionSubstitutions). */
export const nightly = {
  Comment: "Night Audit: plan, scan every account and region, settle, notify",
  StartAt: "Plan",
  States: {
    Plan: {
      ...invoke("plan", {
        "request.$": "$",
        "execution.$": "$$.Execution.Id",
        "startedAt.$": "$$.Execution.StartTime"
      }),
      Catch: catchAll("Failed"),
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
          Discover: { ...invoke("discover", undefined), Catch: catchAll("AccountFailed"), Next: "Regions" },
          AccountFailed: {
            ...invoke("recordFailure", { "runId.$": "$.runId", "account.$": "$.account", "error.$": "$.error" }),
            Catch: catchAll("AccountDone"),
            Next: "AccountDone"
          },
          Regions: {
            Type: "Map",
            ItemsPath: "$.regions",
            MaxConcurrency: 6,
            ItemSelector: { "runId.$": "$.runId", "account.$": "$.account", "region.$": "$$.Map.Item.Value" },
            ItemProcessor: {
              ProcessorConfig: { Mode: "INLINE" },
              StartAt: "Scan",
              States: {
                Scan: { ...invoke("scan", undefined), Catch: catchAll("ScopeFailed"), Next: "ScanMore" },
                ScanMore: loop("Scan", "ScopeDone"),
                ScopeFailed: {
                  ...invoke("recordFailure", {
                    "runId.$": "$.runId",
                    "account.$": "$.account",
                    "region.$": "$.region",
                    "error.$": "$.error"
                  }),
                  Catch: catchAll("ScopeDone"),
                  Next: "ScopeDone"
                },
                ScopeDone: nothing
              }
            },
            ResultPath: null,
            Catch: catchAll("AccountFailed"),
            Next: "AccountDone"
          },
          AccountDone: nothing
        }
      },
      ResultPath: null,
      Catch: catchAll("RunFailed"),
      Next: "Settle"
    },
    Settle: {
      ...invoke("settle", { "runId.$": "$.runId" }),
      ResultSelector: { "runId.$": "$.Payload.runId", "remaining.$": "$.Payload.remaining" },
      OutputPath: "$",
      Catch: catchAll("RunFailed"),
      Next: "SettleMore"
    },
    SettleMore: loop("Settle", "Notify"),
    Notify: { ...invoke("notify", { "runId.$": "$.runId" }), Catch: catchAll("RunFailed"), End: true },
    RunFailed: {
      ...invoke("recordFailure", { "runId.$": "$.runId", "error.$": "$.error" }),
      ResultPath: null,
      OutputPath: "$",
      Catch: catchAll("Failed"),
      Next: "Failed"
    },
    Failed: { Type: "Fail", ErrorPath: "$.error.Error", CausePath: "$.error.Cause" }
  }
} as const
