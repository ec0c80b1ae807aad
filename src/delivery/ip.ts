/**
 * Classifies IP addresses by IANA's special-purpose address registries (RFC 6890 and its updates). Stricter than the registries
 * about blocks that they call reachable but in which no subscriber can be.
 */

/**
 * `public`: any subscriber may have the address. `private`: this machine or its operator's own network. `closed`: no subscriber
 * may have it, whatever the operator allows; so is every text that is not an address.
 */
export type Reach = "public" | "private" | "closed";

export function reachOf(address: string): Reach {
  const parsed = parseIpv4(address) ?? parseIpv6(address);
  return parsed === null ? "closed" : reachOfAddress(parsed);
}

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

interface Block extends Address {
  readonly prefix: number;
}

/** The first block that contains an address decides. An address in none of them is public. */
const BLOCKS: readonly (readonly [reach: Reach | "embedded", block: Block])[] = [
  // Metadata services of clouds that lie in otherwise private or public blocks: Alibaba, Azure, Amazon, Google.
  ["closed", toBlock("100.100.100.200/32")],
  ["closed", toBlock("168.63.129.16/32")],
  ["closed", toBlock("fd00:ec2::/32")],
  ["closed", toBlock("fd20:ce::254/128")],

  ["private", toBlock("10.0.0.0/8")],
  // Shared address space: carriers' and overlay networks.
  ["private", toBlock("100.64.0.0/10")],
  ["private", toBlock("127.0.0.0/8")],
  ["private", toBlock("172.16.0.0/12")],
  ["private", toBlock("192.168.0.0/16")],
  // "This network", which systems take for loopback.
  ["closed", toBlock("0.0.0.0/8")],
  // Link-local, with the metadata services of most clouds.
  ["closed", toBlock("169.254.0.0/16")],
  // Protocol assignments, with Oracle's metadata service.
  ["closed", toBlock("192.0.0.0/24")],
  // Documentation, three blocks; the relays of 6to4; benchmarking.
  ["closed", toBlock("192.0.2.0/24")],
  ["closed", toBlock("198.51.100.0/24")],
  ["closed", toBlock("203.0.113.0/24")],
  ["closed", toBlock("192.88.99.0/24")],
  ["closed", toBlock("198.18.0.0/15")],
  // Multicast; reserved, with the broadcast address at its end.
  ["closed", toBlock("224.0.0.0/4")],
  ["closed", toBlock("240.0.0.0/4")],

  ["private", toBlock("::1/128")],
  ["private", toBlock("fc00::/7")],
  // IPv4 addresses: mapped to IPv6 (RFC 4291), or translated for networks without IPv4 (RFC 6052).
  ["embedded", toBlock("::ffff:0:0/96")],
  ["embedded", toBlock("64:ff9b::/96")],
  // Protocol assignments (with Teredo), documentation (two blocks), 6to4. Teredo and 6to4 are out of use, and would lead to an
  // IPv4 address that was not checked.
  ["closed", toBlock("2001::/23")],
  ["closed", toBlock("2001:db8::/32")],
  ["closed", toBlock("3fff::/20")],
  ["closed", toBlock("2002::/16")],
  ["public", toBlock("2000::/3")],
  // The rest of IPv6, which is not global unicast: unspecified, IPv4-compatible, local NAT64, link- and site-local, multicast.
  ["closed", toBlock("::/0")],
];

const IPV4_MASK = 0xffff_ffffn;

function reachOfAddress(address: Address): Reach {
  const reach = BLOCKS.find(([, block]) => isWithin(block, address))?.[0] ?? "public";
  return reach === "embedded" ? reachOfAddress({ bits: 32, value: address.value & IPV4_MASK }) : reach;
}

function isWithin(block: Block, address: Address): boolean {
  const rest = BigInt(block.bits - block.prefix);
  return block.bits === address.bits && block.value >> rest === address.value >> rest;
}

/** Parses a block of the list above. Throws for an invalid one, so that the Worker does not start. */
function toBlock(text: string): Block {
  const [address = "", prefix] = text.split("/");
  const parsed = parseIpv4(address) ?? parseIpv6(address);
  if (parsed === null) throw new Error(`${text} is not a block of addresses.`);
  return { ...parsed, prefix: Number(prefix) };
}

/** Four decimal numbers without leading zeros: programs disagree about the address that another spelling means. */
function parseIpv4(text: string): Address | null {
  if (!/^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text)) return null;
  const bytes = text.split(".").map(Number);
  if (bytes.some((byte) => byte > 255)) return null;
  return { bits: 32, value: bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) };
}

/** Any spelling that the URL parser accepts between brackets. It refuses zone ids, which only local addresses have. */
function parseIpv6(text: string): Address | null {
  if (!/^[0-9a-f:.]+$/i.test(text)) return null;
  const url = URL.parse(`http://[${text}]/`);
  if (url === null) return null;
  // Now in hexadecimal throughout, with at most one `::`.
  const [head = "", tail] = url.hostname.slice(1, -1).split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  const groups = [...before, ...zeros, ...after];
  return { bits: 128, value: groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n) };
}
