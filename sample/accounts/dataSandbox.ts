/** Where the data team tries things out. Its role was deleted, so the auditor cannot enter: only the bill tells of it. */
import type { Account } from "../estate.ts"

export const dataSandbox: Account = {
  id: "123456789012",
  name: "data-sandbox",
  locked: true,
  regions: {},
  buckets: [],
  distributions: [],
  hostedZones: []
}
