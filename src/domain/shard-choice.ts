/** The choice of a shard for posts without a key: those of one client go to one shard, which keeps their order. */

/** The shard for the posts of a client without a key. `objects`: at least 2. */
export function shardOf(client: string, objects: number): number {
  return 1 + (hashOf(client) % (objects - 1));
}

/** FNV-1a, with the last steps of MurmurHash3, because FNV alone spreads the ids of similar clients badly. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
