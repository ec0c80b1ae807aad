/**
 * The subscriptions of WebSocket connections. When a connection ends, its hub ends its subscriptions. If the hub crashes, they
 * are ended when the hub is asked about them and does not know the connection: with the next message, and before they are shown.
 */
import { toSubscriber, type ConnectionAddress } from "../../domain/connection-address.ts";
import type { Epoch } from "../../domain/id.ts";
import { templateOf } from "../../domain/subscription.ts";
import { after, toEpochMs, toSeconds } from "../../domain/time.ts";
import type { SubscriptionEntry } from "../../storage/queue/subscription-rows.ts";
import type { QueueHost } from "./host.ts";

export interface ConnectionsDeps {
  readonly host: Pick<QueueHost, "logFault" | "now" | "objects" | "place" | "project" | "queue" | "subscriptions">;
  /** Ends the subscriptions with these numbers. */
  end(numbers: ReadonlySet<number>): Promise<void>;
}

/** The time for which the answers of the hubs are reused. */
const CHECK_TTL = toSeconds(20);

export class Connections {
  private readonly deps: ConnectionsDeps;
  private checkedAt = toEpochMs(0);

  constructor(deps: ConnectionsDeps) {
    this.deps = deps;
  }

  /** `post_data` of a subscription; null: it has none. */
  templateOf(number: number): string | null {
    const stored = this.deps.host.subscriptions?.get(number) ?? null;
    return stored === null ? null : templateOf(stored.options);
  }

  /** Ends the subscription of a connection. */
  async leave(address: ConnectionAddress): Promise<void> {
    const { host } = this.deps;
    const known = host.subscriptions?.bySubscriber(toSubscriber(address), host.now()) ?? null;
    if (known !== null) await this.deps.end(new Set([known.number]));
  }

  /** Ends the subscriptions of connections that their hubs do not know. */
  async check(): Promise<void> {
    const { host } = this.deps;
    if (host.now() < after(this.checkedAt, CHECK_TTL)) return;
    const hubs = byHub(host.subscriptions?.all() ?? []);
    if (hubs.size === 0) return;
    this.checkedAt = host.now();
    const gone = await Promise.all([...hubs].map(([hub, members]) => this.findGone(hub, members)));
    if (gone.flat().length > 0) await this.deps.end(new Set(gone.flat()));
  }

  /** The numbers of the subscriptions whose connections a hub does not know. */
  private async findGone(name: string, members: ReadonlyMap<string, number>): Promise<readonly number[]> {
    const { host } = this.deps;
    const { project, place, queue } = host;
    const connections = [...members.keys()];
    const epoch = queue?.record.epoch ?? ("" as Epoch);
    const request = { project, place, epoch, notifications: [], template: null, connections };
    try {
      const answers = await host.objects.hub(name).push(request);
      return [...members.values()].filter((_, index) => answers[index] === "gone");
    } catch (error) {
      host.logFault("connections", error);
      return [];
    }
  }
}

/** The numbers of subscriptions by hub and connection. */
function byHub(subscriptions: Iterable<SubscriptionEntry>): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const hubs = new Map<string, Map<string, number>>();
  for (const { number, connection } of subscriptions) {
    if (connection === null) continue;
    const members = hubs.get(connection.hub) ?? new Map<string, number>();
    hubs.set(connection.hub, members.set(connection.connection, number));
  }
  return hubs;
}
