/** The URI of a pool: `durable-object://[location-hint][?option=value&…]`. It names a region, and how queues there are spread. */
import { excerpt } from "./excerpt.ts";
import { JURISDICTIONS, LOCATIONS, toRegion, type Jurisdiction, type Region } from "./region.ts";
import type { SpreadRule } from "./spread.ts";

/** What a URI means, or a sentence about its defect. `spread` null: queues are spread by their load. */
export type PoolTarget = { readonly region: Region; readonly spread: SpreadRule | null } | { readonly reason: string };

const SCHEME = "durable-object://";
const FORM = `write ${SCHEME}, or ${SCHEME} with a location hint and options, such as ${SCHEME}weur?jurisdiction=eu`;

/** The options, and their values. */
const OPTIONS = new Map<string, readonly string[]>([
  ["jurisdiction", JURISDICTIONS],
  ["throughput", ["high"]],
  ["order", ["fifo"]],
]);

/** `bound`: the jurisdiction of the whole service; a pool may name it, but no other. */
export function parsePoolUri(uri: string, bound: Jurisdiction | null): PoolTarget {
  if (!uri.toLowerCase().startsWith(SCHEME)) {
    return { reason: `the pools of this service are Durable Objects: ${FORM}` };
  }
  const [hint = "", query = "", ...rest] = uri.slice(SCHEME.length).split("?");
  const location = hint === "" ? null : LOCATIONS.find((known) => known === hint.toLowerCase());
  if (location === undefined) {
    return { reason: `"${excerpt(hint)}" is no location hint of Cloudflare; they are ${LOCATIONS.join(", ")}` };
  }
  if (rest.length > 0) return { reason: `it has two question marks: ${FORM}` };
  const options = readOptions(query);
  if ("reason" in options) return options;
  const { jurisdiction, spread } = options;
  if (bound !== null && jurisdiction !== null && jurisdiction !== bound) {
    return { reason: `the whole service is in the jurisdiction ${bound}, and no pool can be in another` };
  }
  // The jurisdiction of the service is that of every region, so none names it.
  return { region: toRegion({ jurisdiction: jurisdiction === bound ? null : jurisdiction, location }), spread };
}

type Options = { readonly jurisdiction: Jurisdiction | null; readonly spread: SpreadRule | null };

function readOptions(query: string): Options | { readonly reason: string } {
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const values = OPTIONS.get(name);
    if (values === undefined) {
      return { reason: `"${excerpt(name)}" is no option of a pool; they are ${[...OPTIONS.keys()].join(", ")}` };
    }
    if (!values.includes(value)) {
      return { reason: `"${excerpt(value)}" is no ${name} of a pool; it can be ${values.join(", ")}` };
    }
    if (given.has(name)) return { reason: `it names ${name} twice` };
    given.set(name, value);
  }
  if (given.has("throughput") && given.has("order")) {
    return {
      reason: "throughput=high spreads queues over several objects, and order=fifo keeps them on one: choose one",
    };
  }
  const spread = given.has("throughput") ? "always" : given.has("order") ? "never" : null;
  return { jurisdiction: (given.get("jurisdiction") ?? null) as Jurisdiction | null, spread };
}
