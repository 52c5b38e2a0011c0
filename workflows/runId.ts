import { createHash } from "node:crypto"
import { idOfInstant } from "../core/run/Run.ts"

/**
 * `20261120T020000Z-3fa9c1`: sortable by time, and the same for every try of one execution. For an execution of the deployed
 * machine it follows from its ARN and the second in which it started.
 */
export const runIdOf = (execution: string, startedAt: string): string =>
  `${idOfInstant(new Date(startedAt).toISOString())}-${createHash("sha256").update(execution).digest("hex").slice(0, 6)}`
