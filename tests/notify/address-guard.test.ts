import { describe, expect, it } from 'vitest'
import { findAddresses, RefusedAddress } from '../../supabase/functions/notify/address-guard.ts'

const nowhere = (): Promise<string[]> => Promise.reject(new Error('not looked up'))

/** A name that resolves to these. */
const to =
  (...addresses: string[]) =>
  (): Promise<string[]> =>
    Promise.resolve(addresses)

describe('an address that a channel leads to', () => {
  it.each([
    ['https://93.184.215.14/', 'a public IPv4 address'],
    ['https://[2606:4700::6810:84e5]/', 'a public IPv6 address'],
    ['https://[::ffff:93.184.215.14]/', 'a public IPv4 address within an IPv6 one'],
  ])('is taken: %s is %s', async (url) => {
    await expect(findAddresses(new URL(url), [], nowhere)).resolves.toHaveLength(1)
  })

  it.each([
    ['https://127.0.0.1/', 'loopback'],
    ['https://127.1/', 'loopback, written short'],
    ['https://2130706433/', 'loopback, written as one number'],
    ['https://0x7f.0.0.1/', 'loopback, written in hexadecimal'],
    ['https://0177.0.0.1/', 'loopback, written in octal'],
    ['https://0.0.0.0/', 'this host'],
    ['https://10.1.2.3/', 'private'],
    ['https://172.16.0.1/', 'private'],
    ['https://192.168.1.1/', 'private'],
    ['https://100.64.0.1/', 'carrier-grade NAT'],
    ['https://100.100.100.200/', 'a cloud’s metadata, in carrier-grade NAT'],
    ['https://169.254.169.254/', 'a cloud’s metadata, link-local'],
    ['https://192.0.0.192/', 'a cloud’s metadata, in a reserved range'],
    ['https://168.63.129.16/', 'a cloud’s platform service, which looks public'],
    ['https://192.0.2.1/', 'documentation'],
    ['https://198.18.0.1/', 'benchmarking'],
    ['https://224.0.0.1/', 'multicast'],
    ['https://240.0.0.1/', 'reserved'],
    ['https://255.255.255.255/', 'broadcast'],
    ['https://[::1]/', 'IPv6 loopback'],
    ['https://[::]/', 'IPv6 unspecified'],
    ['https://[fe80::1]/', 'IPv6 link-local'],
    ['https://[fd00:ec2::254]/', 'a cloud’s metadata, IPv6 unique local'],
    ['https://[fec0::1]/', 'IPv6 site-local'],
    ['https://[ff02::1]/', 'IPv6 multicast'],
    ['https://[::ffff:127.0.0.1]/', 'IPv4-mapped loopback'],
    ['https://[::ffff:a9fe:a9fe]/', 'IPv4-mapped metadata'],
    ['https://[::127.0.0.1]/', 'IPv4-compatible loopback'],
    ['https://[64:ff9b::7f00:1]/', 'loopback through NAT64'],
    ['https://[64:ff9b:1::a00:1]/', 'a private network through local NAT64'],
    ['https://[2002:7f00:1::]/', 'loopback through 6to4'],
    ['https://[2001:0:7f00:1::]/', 'Teredo'],
    ['https://[2001:db8::1]/', 'documentation'],
    ['https://[100::1]/', 'discarded'],
  ])('is refused: %s is %s', async (url) => {
    await expect(findAddresses(new URL(url), [], nowhere)).rejects.toThrow(RefusedAddress)
  })

  it.each([
    ['one that is private', to('10.0.0.1')],
    ['one that is public and one that is not', to('93.184.215.14', '127.0.0.1')],
    ['one that is private within IPv6', to('::ffff:10.0.0.1')],
  ])('is refused when the name has %s', async (_reason, resolve) => {
    const url = new URL('https://rebinding.example/')
    await expect(findAddresses(url, [], resolve)).rejects.toThrow(RefusedAddress)
  })

  it('is looked up once: what was checked is what is connected to', async () => {
    let looks = 0
    const resolve = (): Promise<string[]> => {
      looks += 1
      return Promise.resolve([looks === 1 ? '93.184.215.14' : '127.0.0.1'])
    }
    const url = new URL('https://rebinding.example/')
    expect(await findAddresses(url, [], resolve)).toEqual(['93.184.215.14'])
    expect(looks).toBe(1)
  })

  it('is refused over plain http, where anyone on the way reads it', async () => {
    const url = new URL('http://93.184.215.14/')
    await expect(findAddresses(url, [])).rejects.toThrow('over https only')
  })
})

describe('a network that the operator allows', () => {
  it.each([
    ['http://127.0.0.1:9/', '127.0.0.0/8'],
    ['http://[::1]:9/', '::1/128'],
    ['http://[::ffff:10.1.2.3]/', '10.0.0.0/8'],
  ])('is reached, over http as well: %s in %s', async (url, network) => {
    await expect(findAddresses(new URL(url), [network], nowhere)).resolves.toHaveLength(1)
  })

  it.each([
    ['http://192.168.0.1/', '10.0.0.0/8'],
    ['http://[::1]/', '127.0.0.0/8'],
  ])('opens no other: %s is not in %s', async (url, network) => {
    await expect(findAddresses(new URL(url), [network], nowhere)).rejects.toThrow(RefusedAddress)
  })
})
