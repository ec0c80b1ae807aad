/** Messages of a queue or topic as they come, for readers that take none. */
import type { Message } from "../../message.ts";
import type { Place } from "../../place.ts";
import type { Stamp } from "../../place-details.ts";
import { pause } from "../../time.ts";

/** Milliseconds between two questions for new messages. */
export const INTERVAL_MS = 1000;
/** After so many questions without an answer, it asks whether the queue was deleted and is there again. */
const IDLE_QUESTIONS = 5;

/** Reads claimed and delayed messages too, in post order. */
export class Reader {
  readonly place: Place<unknown>;
  private readonly signal: AbortSignal;
  private marker: string | undefined = undefined;
  private seen: Seen = { at: 0, ids: new Set() };
  private idleQuestions = 0;

  constructor(place: Place<unknown>, signal: AbortSignal) {
    this.place = place;
    this.signal = signal;
  }

  async skipPresent(): Promise<void> {
    const { newest } = await this.place.stats({ signal: this.signal });
    const marker = newest === null ? undefined : idOf(newest);
    if (newest !== null) this.note({ id: idOf(newest), created: newest.created });
    // Statistics show messages that can be claimed. Those that cannot may be newer.
    const messages = this.readFrom(marker);
    while ((await messages.next()).done !== true);
  }

  /** What comes, until the signal aborts. */
  async *follow(): AsyncGenerator<Message<unknown>, void, undefined> {
    while (!this.signal.aborted) {
      yield* this.read();
      await pause(INTERVAL_MS, this.signal);
    }
  }

  /** What has come since the last call. */
  async *read(): AsyncGenerator<Message<unknown>, void, undefined> {
    const isChecking = this.marker !== undefined && ++this.idleQuestions >= IDLE_QUESTIONS;
    const newest = isChecking ? (await this.place.stats({ signal: this.signal })).newest : null;
    yield* this.readFrom(this.marker);
    if (!isChecking || this.idleQuestions === 0) return;
    this.idleQuestions = 0;
    // There is a new message, which the list does not have: the marker is of a queue that was deleted.
    const seen = { at: this.seen.at, ids: new Set(this.seen.ids) };
    if (newest === null || !isAfter(seen, { id: idOf(newest), created: newest.created })) return;
    for await (const message of this.readFrom(undefined)) if (isAfter(seen, message)) yield message;
  }

  private async *readFrom(marker: string | undefined): AsyncGenerator<Message<unknown>, void, undefined> {
    const messages = this.place.messages({ marker, includeClaimed: true, includeDelayed: true, signal: this.signal });
    for (;;) {
      const { done, value } = await messages.next();
      if (done === true) {
        this.marker = value;
        return;
      }
      this.idleQuestions = 0;
      this.note(value);
      yield value;
    }
  }

  private note({ id, created }: Posted): void {
    const at = created.getTime();
    if (at > this.seen.at) this.seen = { at, ids: new Set([id]) };
    else if (at === this.seen.at) this.seen.ids.add(id);
  }
}

type Posted = Pick<Message<unknown>, "id" | "created">;

/** The newest messages that were seen. */
interface Seen {
  /** When they were posted, in milliseconds since 1970. The service tells whole seconds. */
  readonly at: number;
  readonly ids: Set<string>;
}

function isAfter({ at, ids }: Seen, { id, created }: Posted): boolean {
  return created.getTime() > at || (created.getTime() === at && !ids.has(id));
}

function idOf({ href }: Stamp): string {
  return href.slice(href.lastIndexOf("/") + 1);
}
