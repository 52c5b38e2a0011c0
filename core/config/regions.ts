import regions from "./regions.json" with { type: "json" }

/** The regions that this version knows: those of the price snapshot, and China. */
export const knownRegions: ReadonlyArray<string> = regions
