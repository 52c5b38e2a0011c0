/** Address ranges as numbers, joined, to tell those that let everyone in from those that do not. */

export type Family = "ipv4" | "ipv6"

export interface AddressRange {
  readonly family: Family
  /** The first and the last address. */
  readonly start: bigint
  readonly end: bigint
}

const bitsOf = { ipv4: 32, ipv6: 128 } as const

const ipv4 = (text: string): bigint | undefined => {
  const parts = text.split(".")
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n)
}

const ipv6 = (text: string): bigint | undefined => {
  const halves = text.split("::")
  if (halves.length > 2) return undefined
  const groupsOf = (half: string | undefined) => (half === undefined || half === "" ? [] : half.split(":"))
  const head = groupsOf(halves[0])
  const tail = groupsOf(halves[1])
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n)
}

/** The range of `10.0.0.0/8` or `2001:db8::/32`, or of a single address; undefined for what is neither. */
export const rangeOf = (cidr: string): AddressRange | undefined => {
  const [address = "", prefix] = cidr.split("/")
  const family: Family = address.includes(":") ? "ipv6" : "ipv4"
  const start = family === "ipv6" ? ipv6(address) : ipv4(address)
  const length = prefix === undefined ? bitsOf[family] : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
  if (start === undefined || length < 0 || length > bitsOf[family]) return undefined
  const size = 1n << BigInt(bitsOf[family] - length)
  const from = start - (start % size)
  return { family, start: from, end: from + size - 1n }
}

const ranges = (...cidrs: ReadonlyArray<string>) => cidrs.map((cidr) => rangeOf(cidr) as AddressRange)

/** What nobody reaches through the internet. Source: IANA's registries of special-purpose addresses; 2000::/3 is all of public IPv6. */
const notPublic: Readonly<Record<Family, ReadonlyArray<AddressRange>>> = {
  ipv4: ranges(
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3"
  ),
  ipv6: ranges("::/3", "4000::/2", "8000::/1")
}

/** Whether anybody on the internet could have the address. */
export const isPublicAddress = (address: string): boolean => {
  const range = rangeOf(address)
  return (
    range !== undefined && !notPublic[range.family].some(({ end, start }) => start <= range.start && range.end <= end)
  )
}

/** Overlapping and adjacent ranges as one, in order. */
const joined = (all: ReadonlyArray<AddressRange>): ReadonlyArray<AddressRange> => {
  const sorted = all.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0))
  const result: Array<AddressRange> = []
  for (const range of sorted) {
    const last = result.at(-1)
    if (last === undefined || range.start > last.end + 1n) result.push(range)
    else if (range.end > last.end) result[result.length - 1] = { ...last, end: range.end }
  }
  return result
}

/** Whether a range holds a block of so many leading bits that is not private as a whole. */
const holdsBlock = ({ end, family, start }: AddressRange, prefix: number): boolean => {
  const size = 1n << BigInt(bitsOf[family] - prefix)
  const aligned = (address: bigint) => ((address + size - 1n) / size) * size
  let block = aligned(start)
  while (block + size - 1n <= end) {
    const inside = notPublic[family].find((own) => own.start <= block && block + size - 1n <= own.end)
    if (inside === undefined) return true
    block = aligned(inside.end + 1n)
  }
  return false
}

/** IANA hands out blocks of this size to the registry of a continent: what is wider belongs to nobody. */
const widestIpv6 = 12

/** The families of which the ranges together let in so much that it is everyone. Private ranges never do. */
export const openFamilies = (all: ReadonlyArray<AddressRange>, maxIpv4Prefix: number): ReadonlySet<Family> =>
  new Set(
    (["ipv4", "ipv6"] as const).filter((family) =>
      joined(all.filter((range) => range.family === family)).some((range) =>
        holdsBlock(range, family === "ipv4" ? maxIpv4Prefix : widestIpv6)
      )
    )
  )
