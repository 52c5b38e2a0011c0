/** Functions that are called, and what is wrong with some of them. */
import type { Region } from "../../../estate.ts"
import { teams } from "../../../helpers.ts"

const { logistics, marketing, payments } = teams("production")

export const calledFunctions: Region["functions"] = [
  // Waste: kept ready for a sale, and hardly any of it is ever busy.
  {
    name: "checkout-tax",
    runtime: "nodejs24.x",
    memoryMb: 1024,
    modified: "2026-05-11T09:00:00Z",
    invocations: 52_000,
    provisioned: { live: 40 },
    provisionedUse: { invocations: 52_000, peak: 0.06 },
    tags: payments
  },
  // Healthy: most of what is kept ready is busy at noon.
  {
    name: "payment-callback",
    runtime: "nodejs24.x",
    memoryMb: 512,
    modified: "2026-05-11T09:00:00Z",
    invocations: 310_000,
    provisioned: { live: 6 },
    provisionedUse: { invocations: 310_000, peak: 0.83 },
    tags: payments
  },
  // A risk: the partner has changed its interface, and nobody looks at the errors.
  {
    name: "parcel-partner-sync",
    runtime: "python3.13",
    memoryMb: 256,
    modified: "2025-11-03T10:00:00Z",
    invocations: 288,
    errors: 271,
    tags: logistics
  },
  // Worth a test: its calls cost enough for a fifth of it to matter. Those above cost less.
  {
    name: "photo-recognition",
    runtime: "python3.13",
    memoryMb: 2048,
    modified: "2026-03-02T10:00:00Z",
    invocations: 74_000,
    milliseconds: 900,
    tags: marketing
  },
  // Nearly unused: somebody opens the page now and then.
  {
    name: "press-kit-download",
    runtime: "python3.13",
    memoryMb: 256,
    modified: "2025-01-20T10:00:00Z",
    invocations: { weekdays: 1, weekends: 0 },
    tags: marketing
  }
]
