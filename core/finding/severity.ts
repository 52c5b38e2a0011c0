import type { Confidence, Savings, Severity } from "./Finding.ts"

/** From the least to the most severe. */
const ladder: ReadonlyArray<Severity> = ["info", "low", "medium", "high", "critical"]

/** The severity of a monthly saving. Source: shared/scans.md 0.9. */
export const severityOfSavings = ({ basis, monthlyUsd }: Pick<Savings, "basis" | "monthlyUsd">): Severity =>
  basis === "none" || monthlyUsd <= 0
    ? "info"
    : monthlyUsd >= 1000
      ? "critical"
      : monthlyUsd >= 200
        ? "high"
        : monthlyUsd >= 20
          ? "medium"
          : "low"

/** The lower of two severities. */
export const atMost = (severity: Severity, limit: Severity): Severity =>
  ladder.indexOf(severity) > ladder.indexOf(limit) ? limit : severity

/** The severity of each finding of a scan whose findings in an account weigh together. Source: shared/scans.md, Elastic IPs. */
export const severityOfTotal = (monthlyUsd: number): Severity =>
  atMost(severityOfSavings({ basis: "exact", monthlyUsd }), "medium")

/** The severity `steps` further up the ladder; negative steps go down. */
export const raise = (severity: Severity, steps: number): Severity =>
  ladder[Math.min(ladder.length - 1, Math.max(0, ladder.indexOf(severity) + steps))] ?? severity

/** What is not confirmed, or rests on weak evidence, is never more than `low`. */
export const tempered = (severity: Severity, confirmed: boolean, confidence: Confidence): Severity =>
  confirmed && confidence !== "low" ? severity : atMost(severity, "low")
