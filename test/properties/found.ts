import type { Audited } from "../sample/harness.ts"

/** What an audit found and how well it saw, in an order of its own. */
export const found = (results: ReadonlyArray<Audited>) =>
  results
    .map(({ counters, drafts, name, scope, status }) => ({
      name,
      scope,
      status,
      counters,
      drafts: drafts
        .map(({ confidence, evidence, id, reasons, resource, savings, severity }) => ({
          id,
          resource: resource.id,
          reasons,
          severity,
          confidence,
          evidence,
          // The last digit of a sum depends on the order of its terms.
          monthlyUsd: Math.round((savings?.monthlyUsd ?? 0) * 1e6) / 1e6
        }))
        .sort((a, b) => a.id.localeCompare(b.id))
    }))
    .sort((a, b) => `${a.scope} ${a.name}`.localeCompare(`${b.scope} ${b.name}`))
