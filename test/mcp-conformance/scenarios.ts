/**
 * Which scenarios of the public conformance suite must pass, by name. The fixture has everything that they ask for. The real
 * server has no tool, resource or prompt that is made for a suite, so only what needs none can pass there.
 */
export interface Suite {
  readonly name: string
  /** The package in `.tools`. */
  readonly tool: string
  readonly args: ReadonlyArray<string>
  /** Every scored scenario, and what passes beyond those. */
  readonly fixture: ReadonlyArray<string>
  readonly real: ReadonlyArray<string>
}

/**
 * The real server on a free port of loopback; it prints its address, which ends in /mcp. Tested once the scenarios that it
 * passes are listed.
 */
export const realServer: ReadonlyArray<string> = ["cli/main.ts", "mcp", "--http", "--sample", "--port", "0"]
export const realStdio: ReadonlyArray<string> = ["cli/main.ts", "mcp", "--sample"]

export const suites: ReadonlyArray<Suite> = [
  {
    name: "conformance 0.1.16",
    tool: "conformance-0.1",
    args: [],
    fixture: [
      "server-initialize",
      "logging-set-level",
      "ping",
      "completion-complete",
      "tools-list",
      "tools-call-simple-text",
      "tools-call-image",
      "tools-call-audio",
      "tools-call-embedded-resource",
      "tools-call-mixed-content",
      "tools-call-with-logging",
      "tools-call-error",
      "tools-call-with-progress",
      "tools-call-sampling",
      "tools-call-elicitation",
      "elicitation-sep1034-defaults",
      "server-sse-multiple-streams",
      "elicitation-sep1330-enums",
      "resources-list",
      "resources-read-text",
      "resources-read-binary",
      "resources-templates-read",
      "resources-subscribe",
      "resources-unsubscribe",
      "prompts-list",
      "prompts-get-simple",
      "prompts-get-with-args",
      "prompts-get-embedded-resource",
      "prompts-get-with-image",
      "dns-rebinding-protection"
    ],
    real: [
      "server-initialize",
      "ping",
      "tools-list",
      "tools-call-simple-text",
      "tools-call-error",
      "server-sse-multiple-streams",
      "resources-list",
      "prompts-list",
      "dns-rebinding-protection"
    ]
  },
  {
    name: "conformance 0.2 of 2025-11-25",
    tool: "conformance-0.2",
    args: ["--requirements", "2025-11-25"],
    fixture: [
      "server-initialize",
      "logging-set-level",
      "ping",
      "completion-complete",
      "tools-list",
      "tools-call-simple-text",
      "tools-call-image",
      "tools-call-audio",
      "tools-call-embedded-resource",
      "tools-call-mixed-content",
      "tools-call-with-logging",
      "tools-call-error",
      "tools-call-with-progress",
      "tools-call-sampling",
      "tools-call-elicitation",
      "elicitation-sep1034-defaults",
      "server-sse-multiple-streams",
      "elicitation-sep1330-enums",
      "resources-list",
      "resources-read-text",
      "resources-read-binary",
      "resources-templates-read",
      "resources-subscribe",
      "resources-unsubscribe",
      "prompts-list",
      "prompts-get-simple",
      "prompts-get-with-args",
      "prompts-get-embedded-resource",
      "prompts-get-with-image",
      "dns-rebinding-protection",
      "server-session-lifecycle",
      "json-schema-2020-12",
      "server-sse-polling"
    ],
    real: [
      "server-initialize",
      "ping",
      "tools-list",
      "tools-call-simple-text",
      "tools-call-error",
      "server-sse-multiple-streams",
      "resources-list",
      "prompts-list",
      "dns-rebinding-protection",
      "server-session-lifecycle"
    ]
  },
  {
    name: "conformance 0.2 of 2026-07-28",
    tool: "conformance-0.2",
    args: ["--requirements", "2026-07-28"],
    fixture: [
      "server-stateless",
      "completion-complete",
      "tools-list",
      "tools-call-simple-text",
      "tools-call-image",
      "tools-call-audio",
      "tools-call-embedded-resource",
      "tools-call-mixed-content",
      "tools-call-error",
      "tools-call-with-progress",
      "server-sse-multiple-streams",
      "resources-list",
      "resources-read-text",
      "resources-read-binary",
      "resources-templates-read",
      "sep-2164-resource-not-found",
      "prompts-list",
      "prompts-get-simple",
      "prompts-get-with-args",
      "prompts-get-embedded-resource",
      "prompts-get-with-image",
      "dns-rebinding-protection",
      "caching",
      "input-required-result-basic-elicitation",
      "input-required-result-basic-sampling",
      "input-required-result-basic-list-roots",
      "input-required-result-request-state",
      "input-required-result-multiple-input-requests",
      "input-required-result-multi-round",
      "input-required-result-missing-input-response",
      "input-required-result-non-tool-request",
      "input-required-result-result-type",
      "input-required-result-unsupported-methods",
      "input-required-result-tampered-state",
      "input-required-result-capability-check",
      "input-required-result-ignore-extra-params",
      "input-required-result-validate-input",
      "json-schema-2020-12",
      "http-header-validation"
    ],
    real: [
      "tools-list",
      "tools-call-simple-text",
      "tools-call-error",
      "server-sse-multiple-streams",
      "resources-list",
      "sep-2164-resource-not-found",
      "prompts-list",
      "dns-rebinding-protection",
      "caching",
      "input-required-result-missing-input-response",
      "input-required-result-unsupported-methods",
      "input-required-result-ignore-extra-params",
      "input-required-result-validate-input",
      "http-header-validation"
    ]
  }
]
