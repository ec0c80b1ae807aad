/**
 * What clients did with queues since the last report, as far as this isolate has seen it. Counts of a report that fails are lost:
 * they are for people who ask who is at work, and no total depends on them.
 */
import type { ClientId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import type { EpochMs } from "../../domain/time.ts";
import { setBounded } from "../../mechanisms/bounded-map.ts";
import type { ConsumerNews } from "./meter.ts";
import type { ClaimAnswer, QueueMethod, QueueRpc, SettleRequest } from "./queue.ts";

/** Clients of all queues of a project. A further one forgets the one that asked first. */
const CONSUMERS_MAX = 500;

interface Call {
  /** null: the caller is no client. */
  readonly client: ClientId | null;
  readonly method: QueueMethod;
  readonly request: unknown;
  readonly answer: unknown;
}

type Done = Pick<ConsumerNews, "claimed" | "deleted">;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class ConsumerBook {
  private readonly news = new Map<string, Mutable<ConsumerNews>>();

  note(place: Place, call: Call, now: EpochMs): void {
    const { client } = call;
    const done = client === null ? null : doneBy(call);
    if (client !== null && done !== null) this.add(place, client, done, now);
  }

  get isEmpty(): boolean {
    return this.news.size === 0;
  }

  take(): readonly ConsumerNews[] {
    const taken = [...this.news.values()];
    this.news.clear();
    return taken;
  }

  private add(place: Place, client: ClientId, { claimed, deleted }: Done, askedAt: EpochMs): void {
    const key = `${place.kind}/${place.name}/${client}`;
    const sum = this.news.get(key) ?? { place, client, askedAt, claimed: 0, deleted: 0 };
    sum.askedAt = askedAt;
    sum.claimed += claimed;
    sum.deleted += deleted;
    setBounded(this.news, key, sum, CONSUMERS_MAX);
  }
}

/**
 * What a call has done with messages. null: it failed, or did something else. Of deletions by id it is not known which of the
 * messages were still there. The casts are sound: the Worker builds requests from the interface that answers have too.
 */
function doneBy({ method, request, answer }: Call): Done | null {
  if (method === "claim") {
    const claimed = answer as ClaimAnswer;
    return claimed.ok ? { claimed: claimed.value?.messages.length ?? 0, deleted: 0 } : null;
  }
  if (method === "pop") return { claimed: 0, deleted: (answer as Awaited<ReturnType<QueueRpc["pop"]>>).length };
  const deleted = namedIn(method, request);
  return deleted !== null && (answer as { readonly ok: boolean }).ok ? { claimed: 0, deleted } : null;
}

/** The number of messages that a request deletes by their ids; null: it deletes none so. */
function namedIn(method: QueueMethod, request: unknown): number | null {
  if (method === "delete") return 1;
  if (method === "deleteMany") return (request as Parameters<QueueRpc["deleteMany"]>[0]).ids.length;
  return method === "settle" ? (request as SettleRequest).deleted.length : null;
}
