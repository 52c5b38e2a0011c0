/** What is different from stage to stage. A stage that nobody named is a developer's own. */
import { closest } from "../core/config/suggest.ts"

export interface StageSettings {
  /** Days that logs are kept. */
  readonly logDays: 7 | 30 | 90
  /** Whether data outlives the stack, and nothing of it can be deleted by mistake. */
  readonly isProtected: boolean
  /** Whether alarms are made. */
  readonly hasAlarms: boolean
  /** Whether a new version of the MCP function takes over step by step, and gives way when an alarm goes off. */
  readonly hasCanary: boolean
}

const stages: Readonly<Record<string, StageSettings>> = {
  production: { logDays: 90, isProtected: true, hasAlarms: true, hasCanary: true },
  staging: { logDays: 30, isProtected: false, hasAlarms: true, hasCanary: false }
}

export const settingsOf = (stage: string): StageSettings =>
  stages[stage] ?? { logDays: 7, isProtected: false, hasAlarms: false, hasCanary: false }

/** The most characters of a stage's name: with more, the AgentCore Runtime's `nightaudit_STAGE` passes its 48. All others have room. */
export const maxStageLength = 37

/** What the name of a stage is, for whoever gave another one. */
export const stageRule = `lower-case letters, digits and single hyphens between them, with a letter first, at most ${maxStageLength} characters, and none of the words aws, amazon and cognito`

/**
 * Why a stage cannot have this name; undefined when it can. SST 4.17.1 takes letters, digits and hyphens, by what its command line says.
 * What is called after the stage takes less. Sources: Cognito API reference, CreateUserPoolDomain (lower case), and its developer guide,
 * "Using the Amazon Cognito prefix domain" (none of the three words); ECR API reference, CreateRepository (lower case); Bedrock AgentCore
 * Control API reference, CreateGateway (no two hyphens together) and CreateAgentRuntime (48 characters).
 */
export const stageMistake = (stage: string): string | undefined =>
  /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(stage) && stage.length <= maxStageLength && !/aws|amazon|cognito/.test(stage)
    ? undefined
    : `${JSON.stringify(stage)} cannot be a stage: its name has ${stageRule}`

/** What people call these stages elsewhere. */
const alsoCalled: Readonly<Record<string, string>> = {
  prod: "production",
  prd: "production",
  live: "production",
  stage: "staging",
  stg: "staging"
}

/** What has to be said of a stage that is a developer's own, but is named as if another one were meant. */
export const stageDoubt = (stage: string): string | undefined => {
  if (Object.hasOwn(stages, stage)) return undefined
  const meant = alsoCalled[stage] ?? closest(stage, Object.keys(stages))
  return meant === undefined
    ? undefined
    : `The stage ${stage} is a developer's own: removed with all its data, without alarms, its logs kept for a week. Did you mean ${meant}?`
}
