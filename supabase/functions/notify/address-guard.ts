import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'

/** An address that a channel may not lead to: whoever set it up is told, and it is not tried again. */
export class RefusedAddress extends Error {
  override name = 'RefusedAddress'
}

/** Finds all addresses of a host. */
export type Resolve = (host: string) => Promise<string[]>

/**
 * The addresses under which a receiver may be reached: all that its host has, each of them public or
 * in a network that the operator allows. Connect to these and to no other, because the next look-up
 * of the same name may say something else.
 *
 * @param allowedNetworks in CIDR notation; only these are reached over plain http
 * @throws {RefusedAddress} when the url leads, or could lead, to anything else
 */
export async function findAddresses(
  { protocol, hostname }: URL,
  allowedNetworks: string[],
  resolve: Resolve = resolveName,
): Promise<string[]> {
  const host = hostname.replace(/^\[|\]$/g, '')
  const addresses = ipaddr.isValid(host) ? [host] : await resolve(host)
  const isAllowed = (address: string): boolean =>
    allowedNetworks.some((network) => contains(network, address))

  for (const address of addresses.filter((each) => !isAllowed(each))) {
    if (!isPublic(address)) throw new RefusedAddress(`${host} is not a public address`)
    if (protocol !== 'https:') throw new RefusedAddress(`${host} is reached over https only`)
  }
  return addresses
}

async function resolveName(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true })
  return found.map(({ address }) => address)
}

/**
 * Looks public and is not: a service of Azure's that each of its machines reaches there.
 * https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
 */
const platformService = '168.63.129.16'

/** Of IPv6, what has been given out as global unicast (IANA); all else is special in some way. */
const globalUnicast = '2000::/3'

function isPublic(text: string): boolean {
  // An IPv4 address within an IPv6 one counts as itself.
  const address = ipaddr.process(text)
  if (address.range() !== 'unicast' || address.toString() === platformService) return false
  return address.kind() === 'ipv4' || contains(globalUnicast, text)
}

function contains(network: string, text: string): boolean {
  const address = ipaddr.process(text)
  const [base, bits] = ipaddr.parseCIDR(network)
  return address.kind() === base.kind() && address.match(base, bits)
}
