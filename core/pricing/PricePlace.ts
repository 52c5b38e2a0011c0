/** Where something is billed. A Local Zone and a Wavelength Zone have prices of their own, not those of their region. */

export interface PricePlace {
  readonly region: string
  /** Why the region's prices do not hold there, in words; undefined where they do. */
  readonly apart: string | undefined
}

/** The id of a zone that is part of its region: `use1-az1`; a Local Zone's is `usw2-lax1-az1`. */
const ownZoneId = /^[a-z]{2,}\d-az\d+$/

const wavelength = /-wl\d+(-|$)/

/** `us-west-2-lax-1`, a network border group, or one of its zones, `us-west-2-lax-1a`. */
const localZone = /^-[a-z]{3}-\d+[a-z]?$/

const whyApart = (region: string, zone: string): string | undefined => {
  if (zone === "") return `AWS did not tell in which zone of ${region} it is`
  if (ownZoneId.test(zone) || zone === region) return undefined
  if (wavelength.test(zone)) return `${zone} is in a Wavelength Zone, which has prices of its own`
  if (!zone.startsWith(region)) return `${zone} is not a zone of ${region}`
  const rest = zone.slice(region.length)
  if (/^[a-z]$/.test(rest)) return undefined
  return localZone.test(rest)
    ? `${zone} is in a Local Zone, which has prices of its own`
    : `${zone} is not one of the region's own zones, and what lies outside them has prices of its own`
}

/**
 * The place of something in a zone, which is an availability zone's name or id or a network border group. Without a zone it is
 * the region, as for what AWS sells by the region.
 */
export const placeOf = (region: string, zone?: string | undefined): PricePlace => ({
  region,
  apart: zone === undefined ? undefined : whyApart(region, zone)
})
