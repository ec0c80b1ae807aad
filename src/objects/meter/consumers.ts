/** Who claims from which queue, by what Workers have seen. In memory only. All times are of the reporters' clocks. */
import type { ClientId } from "../../domain/id.ts";
import type { ConsumerOverview } from "../../domain/overview.ts";
import type { Place } from "../../domain/place.ts";
import { toEpochMs } from "../../domain/time.ts";
import { setBounded } from "../../mechanisms/bounded-map.ts";
import type { ConsumerNews } from "../rpc/meter.ts";
import { keyOf } from "./places.ts";

/** Clients of a queue, and queues. A further one forgets the one that asked first. */
const CONSUMERS_MAX = 20;
const PLACES_MAX = 2_000;
/** Rates are over so long. */
const SPAN_MS = 300_000;
/** A client that has not asked for so long is no consumer any more. */
const SILENT_MS = 3_600_000;

/** What a client did, reports of the last minutes only. */
interface Consumer {
  readonly lastAskedAt: number;
  readonly done: readonly Pick<ConsumerNews, "askedAt" | "claimed" | "deleted">[];
}

export class Consumers {
  private readonly byPlace = new Map<string, Map<ClientId, Consumer>>();

  hear({ place, client, ...done }: ConsumerNews): void {
    const key = keyOf(place);
    const known = this.byPlace.get(key) ?? new Map<ClientId, Consumer>();
    const before = known.get(client);
    const lastAskedAt = Math.max(before?.lastAskedAt ?? 0, done.askedAt);
    const recent = (before?.done ?? []).filter(({ askedAt }) => askedAt > lastAskedAt - SPAN_MS);
    setBounded(known, client, { lastAskedAt, done: [...recent, done] }, CONSUMERS_MAX);
    setBounded(this.byPlace, key, known, PLACES_MAX);
  }

  /** The last to ask first. */
  of(place: Place, now: number): readonly ConsumerOverview[] {
    const consumers = [...(this.byPlace.get(keyOf(place)) ?? [])];
    return consumers
      .filter(([, { lastAskedAt }]) => lastAskedAt > now - SILENT_MS)
      .toSorted(([, one], [, other]) => other.lastAskedAt - one.lastAskedAt)
      .map(([client, { lastAskedAt, done }]) => {
        const recent = done.filter(({ askedAt }) => askedAt > now - SPAN_MS);
        const perMinute = (count: "claimed" | "deleted"): number =>
          recent.reduce((sum, each) => sum + each[count], 0) / (SPAN_MS / 60_000);
        return {
          client,
          lastAskedAt: toEpochMs(lastAskedAt),
          claimedPerMinute: perMinute("claimed"),
          deletedPerMinute: perMinute("deleted"),
        };
      });
  }
}
