/** A small catalogue with a setting of every type. */
import type { KnownScan } from "../../../core/config/Config.ts"

const common = { unit: "", description: "For tests" }

export const catalogue: ReadonlyArray<KnownScan> = [
  {
    name: "find_unused_volumes",
    category: "cleanup",
    title: "Unused volumes",
    settings: [
      { ...common, name: "idleDays", type: "integer", default: 30, unit: "days", minimum: 1, maximum: 400 },
      { ...common, name: "minSizeGb", type: "number", default: 0, unit: "GB", minimum: 0, maximum: 1000 },
      { ...common, name: "includeIdle", type: "boolean", default: false },
      { ...common, name: "types", type: "list", default: [] }
    ]
  },
  { name: "find_unused_snapshots", category: "cleanup", title: "Unused snapshots", settings: [] },
  {
    name: "get_cost_by_service",
    category: "cost",
    title: "Spend by service",
    settings: [
      {
        ...common,
        name: "metric",
        type: "string",
        default: "A",
        values: ["UnblendedCost", "AmortizedCost", "NetAmortizedCost"]
      },
      { ...common, name: "startDate", type: "string", default: "", unit: "day", pattern: "(\\d{4}-\\d{2}-\\d{2})?" },
      {
        ...common,
        name: "version",
        type: "string",
        default: "1.4.0",
        unit: "version",
        pattern: "\\d+\\.\\d+\\.\\d+"
      },
      { ...common, name: "title", type: "string", default: "" }
    ]
  }
]
