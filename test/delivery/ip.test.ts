/** The classification of addresses, on both sides of the ends of each block. */
import { describe, expect, test } from "vitest";
import { isAllowedAddress } from "../../src/delivery/address.ts";
import { reachOf } from "../../src/delivery/ip.ts";

/** The first and last address of a block, and the public addresses next to it; null: another block is next to it. */
type Row = readonly [
  name: string,
  reach: string,
  first: string,
  last: string,
  below: string | null,
  above: string | null,
];

const IPV4: readonly Row[] = [
  ["this network", "closed", "0.0.0.0", "0.255.255.255", null, "1.0.0.0"],
  ["private, class A", "private", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"],
  ["shared by carriers", "private", "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"],
  ["Alibaba's metadata", "closed", "100.100.100.200", "100.100.100.200", null, null],
  ["loopback", "private", "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"],
  ["Azure's metadata", "closed", "168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"],
  ["link-local", "closed", "169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"],
  ["private, class B", "private", "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"],
  ["protocol assignments", "closed", "192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"],
  ["documentation 1", "closed", "192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"],
  ["relays of 6to4", "closed", "192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"],
  ["private, class C", "private", "192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"],
  ["benchmarking", "closed", "198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"],
  ["documentation 2", "closed", "198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"],
  ["documentation 3", "closed", "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"],
  ["multicast", "closed", "224.0.0.0", "239.255.255.255", "223.255.255.255", null],
  ["reserved and broadcast", "closed", "240.0.0.0", "255.255.255.255", null, null],
];

const IPV6: readonly Row[] = [
  ["unspecified", "closed", "::", "::", null, null],
  ["loopback", "private", "::1", "::1", null, null],
  ["IPv4-compatible", "closed", "::2", "::ffff:ffff", null, null],
  ["mapped loopback", "private", "::ffff:127.0.0.0", "::ffff:7fff:ffff", "::ffff:126.255.255.255", "::ffff:8000:0"],
  ["mapped link-local", "closed", "::ffff:a9fe:0", "::ffff:a9fe:ffff", "::ffff:a9fd:ffff", "::ffff:a9ff:0"],
  ["IPv4-translated", "closed", "::ffff:0:0:0", "::ffff:0:ffff:ffff", null, null],
  [
    "private behind NAT64",
    "private",
    "64:ff9b::a00:0",
    "64:ff9b::10.255.255.255",
    "64:ff9b::9ff:ffff",
    "64:ff9b::b00:0",
  ],
  ["unspecified behind NAT64", "closed", "64:ff9b::", "64:ff9b::ff:ffff", null, "64:ff9b::100:0"],
  ["behind a local NAT64", "closed", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", null, null],
  ["discard-only", "closed", "100::", "100::ffff:ffff:ffff:ffff", null, null],
  ["unassigned below unicast", "closed", "101::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", null, "2000::"],
  [
    "Teredo",
    "closed",
    "2001::",
    "2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
    "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    null,
  ],
  ["protocol assignments", "closed", "2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", null, "2001:200::"],
  ["documentation", "closed", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7::", "2001:db9::"],
  ["6to4", "closed", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff::", "2003::"],
  ["documentation, large", "closed", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff::", "3fff:1000::"],
  ["unassigned above unicast", "closed", "4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff::", null],
  ["unique local", "private", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", null, null],
  ["Amazon's metadata", "closed", "fd00:ec2::", "fd00:ec2:ffff:ffff:ffff:ffff:ffff:ffff", null, null],
  ["Google's metadata", "closed", "fd20:ce::254", "fd20:ce::254", null, null],
  ["link-local", "closed", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", null, null],
  ["site-local", "closed", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", null, null],
  ["multicast", "closed", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", null, null],
];

describe.each([
  ["IPv4", IPV4],
  ["IPv6", IPV6],
])("%s", (_, rows) => {
  test.each(rows)("%s is %s", (_name, reach, first, last, below, above) => {
    expect([first, last].map(reachOf)).toEqual([reach, reach]);
    for (const neighbour of [below, above]) if (neighbour !== null) expect(reachOf(neighbour)).toBe("public");
  });
});

test.each([
  "1.1.1.1",
  "8.8.8.8",
  "2606:4700:4700::1111",
  "2A00:1450:4001:0830:0000:0000:0000:200E",
  "::ffff:8.8.8.8",
  "0:0:0:0:0:FFFF:8.8.8.8",
  "64:ff9b::8.8.8.8",
])("%s is public", (address) => {
  expect(isAllowedAddress(address, { allowPrivate: false })).toBe(true);
});

test.each([
  ["nothing", ""],
  ["a name", "example.com"],
  ["a number", "134744072"],
  ["a short form", "8.8"],
  ["an octal part", "010.8.8.8"],
  ["a hexadecimal part", "0x8.8.8.8"],
  ["a part too large", "8.8.8.256"],
  ["five parts", "8.8.8.8.8"],
  ["a dot at the end", "8.8.8.8."],
  ["a blank", " 8.8.8.8"],
  ["a line after it", "8.8.8.8\n"],
  ["a port", "8.8.8.8:80"],
  ["brackets", "[2606:4700:4700::1111]"],
  ["a zone", "2606:4700:4700::1111%eth0"],
  ["a prefix", "2606:4700:4700::/48"],
  ["too few groups", "2606:4700:4700:1111"],
  ["two gaps", "2606::4700::1111"],
  ["a port behind IPv6", "2606:4700:4700::1111]:80/["],
])("%s is no address, so it is not public", (_, text) => {
  expect(reachOf(text)).toBe("closed");
});

test.each([
  ["8.8.8.8", true, true],
  ["127.0.0.1", false, true],
  ["10.1.2.3", false, true],
  ["fd12::1", false, true],
  ["169.254.169.254", false, false],
  ["fe80::a9fe:a9fe", false, false],
  ["0.0.0.0", false, false],
  ["nonsense", false, false],
  ["100.100.100.199", false, true],
  ["100.100.100.200", false, false],
  ["100.100.100.201", false, true],
])("%s is allowed: %s, and where private ones are: %s", (address, always, privately) => {
  expect(isAllowedAddress(address, { allowPrivate: false })).toBe(always);
  expect(isAllowedAddress(address, { allowPrivate: true })).toBe(privately);
});
