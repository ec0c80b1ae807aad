/**
 * What clients did with queues since the last report, as far as this isolate has seen it. Counts of a report that fails are lost:
 * they are for people who ask who is at work, and no total depends on them.
 */
import type { ClientId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import type { EpochMs } from "../../domain/time.ts";
import { setBounded } from "../../mechanisms/bounded-map.ts";
import type { ConsumerNews } from "./meter.ts";
import type { ClaimAnswer, ClaimRequest, QueueMethod, SettleRequest } from "./queue.ts";

/** Clients of all queues of a project. A further one forgets the one that asked first. */
const CONSUMERS_MAX = 500;
/** Claims whose client is remembered, for their deletions. */
const CLAIMS_MAX = 1_000;

interface Call {
  readonly method: QueueMethod;
  readonly request: unknown;
  readonly answer: unknown;
}

type Done = Pick<ConsumerNews, "claimed" | "deleted">;

export class ConsumerBook {
  private readonly news = new Map<string, ConsumerNews>();
  private readonly clients = new Map<string, ClientId>();

  /** After a call. The casts are sound: the Worker builds requests from the interface that answers have too. */
  note(place: Place, { method, request, answer }: Call, now: EpochMs): void {
    if (method === "claim") this.noteClaim(place, request as ClaimRequest, answer as ClaimAnswer, now);
    else if (method === "settle") {
      const { claim, deleted } = request as SettleRequest;
      this.noteDeletion(place, claim, deleted.length, now);
    } else if (method === "delete") {
      const { claim } = request as { readonly claim: string | null };
      if (claim !== null) this.noteDeletion(place, claim, 1, now);
    }
  }

  get isEmpty(): boolean {
    return this.news.size === 0;
  }

  take(): readonly ConsumerNews[] {
    const taken = [...this.news.values()];
    this.news.clear();
    return taken;
  }

  private noteClaim(place: Place, { client }: ClaimRequest, answer: ClaimAnswer, now: EpochMs): void {
    if (client === undefined || !answer.ok) return;
    const { value } = answer;
    if (value !== null) setBounded(this.clients, value.claim, client, CLAIMS_MAX);
    this.add(place, client, { claimed: value?.messages.length ?? 0, deleted: 0 }, now);
  }

  private noteDeletion(place: Place, claim: string, deleted: number, now: EpochMs): void {
    const client = this.clients.get(claim);
    if (client !== undefined) this.add(place, client, { claimed: 0, deleted }, now);
  }

  private add(place: Place, client: ClientId, { claimed, deleted }: Done, askedAt: EpochMs): void {
    const key = `${place.kind}/${place.name}/${client}`;
    const known = this.news.get(key) ?? { place, client, askedAt, claimed: 0, deleted: 0 };
    const sum = { ...known, askedAt, claimed: known.claimed + claimed, deleted: known.deleted + deleted };
    setBounded(this.news, key, sum, CONSUMERS_MAX);
  }
}
