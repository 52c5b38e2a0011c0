import type { Severity } from "../../core/finding/Finding.ts"

const ladder: ReadonlyArray<Severity> = ["critical", "high", "medium", "low", "info"]

/** The most severe of several: a finding with more than one reason is as severe as the worst of them. */
export const worst = (severities: ReadonlyArray<Severity>): Severity =>
  ladder.find((severity) => severities.includes(severity)) ?? "info"
