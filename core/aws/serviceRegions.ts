/** Which services AWS has in which regions, as far as the table knows. Made by scripts/serviceRegions.ts. */
import table from "./serviceRegions.json" with { type: "json" }

const regions: ReadonlySet<string> = new Set(table.regions)

const absent = new Map(Object.entries(table.absent).map(([service, regions]) => [service, new Set<string>(regions)]))

/** Whether AWS has a service, by its IAM prefix, in a region; undefined where the table does not know one of them. */
export const serviceExists = (service: string, region: string): boolean | undefined => {
  const without = absent.get(service)
  return without === undefined || !regions.has(region) ? undefined : !without.has(region)
}
