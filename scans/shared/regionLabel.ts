const noRegion = "No region"
const everywhere = "Global"

/** What Cost Explorer writes where there is no region: taxes, support and credits have none, and some services are everywhere. */
export const regionLabel = (region: string): string =>
  /^(noregion)?$/i.test(region) ? noRegion : /^global$/i.test(region) ? everywhere : region

/** Whether a label is a region, in which somebody chose to run something. */
export const isRegion = (label: string): boolean => label !== noRegion && label !== everywhere
