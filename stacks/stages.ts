/** What is different from stage to stage. A stage that nobody named is a developer's own. */

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
