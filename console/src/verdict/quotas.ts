/** A quota that is nearly used up. What goes beyond it is refused. */
import type { PlaceFigures } from "sukkal/client";
import { least, type Amount } from "../text/amounts.ts";
import { byteLimit, bytes } from "../text/bytes.ts";
import { count, percent } from "../text/numbers.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { THRESHOLDS } from "./thresholds.ts";

interface PlaceQuota {
  readonly name: string;
  readonly usedBy: (place: PlaceFigures) => Amount;
  readonly sentence: (used: number, limit: number) => string;
}

const OF_PLACES: readonly PlaceQuota[] = [
  {
    name: "messages_per_queue",
    usedBy: ({ messages }) => messages.total,
    sentence: (used, limit) => `holds ${count(used)} of the ${count(limit)} messages that its quota allows`,
  },
  {
    name: "bytes_per_queue",
    usedBy: ({ bytes: stored }) => stored,
    sentence: (used, limit) => `stores ${bytes(used)} of the ${byteLimit(limit)} that its quota allows`,
  },
  {
    name: "subscriptions_per_queue",
    usedBy: ({ subscriptions }) => subscriptions?.count ?? null,
    sentence: (used, limit) => `has ${count(used)} of the ${count(limit)} subscriptions that its quota allows`,
  },
];

export function quotas({ overview, quotas: limits }: Facts): readonly Finding[] {
  const limitOf = (name: string): number => limits?.[name] ?? -1;
  const queues = limitOf("queues");
  const { places } = overview.totals;
  const ofProject = isNearlyUsed(places, queues)
    ? [
        finding(
          "The project",
          `has ${count(places)} of the ${count(queues)} queues and topics that its quota allows`,
          places / queues,
          { page: "quotas" },
        ),
      ]
    : [];
  const ofPlaces = OF_PLACES.flatMap(({ name, usedBy, sentence }) => {
    const limit = limitOf(name);
    return overview.places.flatMap((place) => {
      const used = least(usedBy(place));
      const route = { page: "place", kind: place.kind, name: place.name, tab: "settings" } as const;
      return isNearlyUsed(used, limit) ? [finding(place.name, sentence(used, limit), used / limit, route)] : [];
    });
  });
  return [...ofProject, ...ofPlaces];
}

/** A limit of 0 allows none, so nothing fills it up. */
function isNearlyUsed(used: number, limit: number): boolean {
  return limit > 0 && used > THRESHOLDS.quotaUsed * limit;
}

function finding(subject: string, sentence: string, used: number, route: Finding["route"]): Finding {
  return { severity: "watch", subject, sentence: `${sentence}: ${percent(used, 1)}.`, route, since: null, rank: -used };
}
