/** The figures that the overview has for certain, so that queues in which nothing happens need not be asked. */
import type { PlaceFigures } from "../../figures.ts";
import type { PlaceDetails } from "../../place-details.ts";
import type { Sukkal } from "../../sukkal.ts";
import { isOverview } from "./overview-source.ts";

/** By name. Without those that have to be asked themselves; empty for services without an overview, and if it cannot be read. */
export async function certainDetails(
  client: Sukkal,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PlaceDetails>> {
  // A part of all names: the service finds one by it.
  const name = names.length === 1 ? names[0] : undefined;
  const answer = await client.overview({ kind: "queue", name, limit: 1000, signal }).catch(() => null);
  if (!isOverview(answer)) return new Map();
  return new Map(answer.places.flatMap((place) => certain(place) ?? []).map((place) => [place.name, place]));
}

/** null: something is not exact, or messages are claimed or delayed, so that the oldest one may not be the oldest free one. */
function certain({ name, certainty, messages }: PlaceFigures): PlaceDetails | null {
  const { total, free, oldest } = messages;
  if (certainty !== "current" && certainty !== "recent") return null;
  if (typeof total !== "number" || total !== free) return null;
  if (total === 0) return { name, metadata: {}, stats: { total, free, claimed: 0, oldest: null, newest: null } };
  if (typeof oldest?.age !== "number" || typeof oldest.created !== "string") return null;
  const stamp = { age: oldest.age, created: new Date(oldest.created), href: "" };
  return { name, metadata: {}, stats: { total, free, claimed: 0, oldest: stamp, newest: null } };
}
