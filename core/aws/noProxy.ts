/** `NO_PROXY` as curl and the AWS CLI take it, in the forms that Node's agents know. */

const toNumber = (address: string): number => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0)

const toAddress = (number: number): string =>
  [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join(".")

/** `10.0.0.0/8` → `10.0.0.0-10.255.255.255` */
const rangeOf = (address: string, bits: number): string => {
  const size = 2 ** (32 - bits)
  const first = Math.floor(toNumber(address) / size) * size
  return `${toAddress(first)}-${toAddress(first + size - 1)}`
}

/**
 * To curl and the AWS CLI a domain stands for all names in it, with or without a dot before it, to Node only with one; Node
 * knows ranges of addresses and no networks, and parts only at commas.
 */
export const noProxyForNode = (value: string): string =>
  value
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .flatMap((entry) => {
      const [, address, bits] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(entry) ?? []
      if (address !== undefined && Number(bits) <= 32) return [rangeOf(address, Number(bits))]
      const isName = /^[a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?$/i.test(entry) && !/^[\d.-]+(:\d+)?$/.test(entry)
      return isName ? [entry, `.${entry}`] : [entry]
    })
    .join(",")
