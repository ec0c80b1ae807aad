import type { Bodies } from "../../domain/message.ts";

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * The checksum that detects damage of a row's bodies: FNV-1a over UTF-16 units, two at a time. Each step is a bijection, so a
 * change of one unit is always detected; of other damage one case in 4,000 million is not. It costs 0.7 ns per character, a
 * twentieth of the parsing of the post (measured).
 */
export function checksumOfBodies(bodies: Bodies): number {
  const { length } = bodies;
  let hash = OFFSET ^ length;
  let at = 0;
  for (; at + 1 < length; at += 2)
    hash = Math.imul(hash ^ (bodies.charCodeAt(at) | (bodies.charCodeAt(at + 1) << 16)), PRIME);
  if (at < length) hash = Math.imul(hash ^ bodies.charCodeAt(at), PRIME);
  return hash >>> 0;
}
