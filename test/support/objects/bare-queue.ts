/**
 * The storage of a queue (`LiveQueue`) in some object's database, without the queue's object, for tests that count rows or
 * restart the queue.
 */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { readConfig } from "../../../src/config/config.ts";
import {
  toClaimId,
  toEpoch,
  toMessageId,
  toSequence,
  type ClaimId,
  type ClientId,
  type Epoch,
  type QueueName,
} from "../../../src/domain/id.ts";
import type { ClaimUndo } from "../../../src/domain/claim.ts";
import { EMPTY_OBJECT, type JsonText } from "../../../src/domain/json.ts";
import { joinBodies, type CheckedRun, type Message } from "../../../src/domain/message.ts";
import { QUOTA_NAMES, UNLIMITED, type Quotas } from "../../../src/domain/quota.ts";
import { toEpochMs, toSeconds, type EpochMs } from "../../../src/domain/time.ts";
import { LiveQueue } from "../../../src/storage/queue/live-queue.ts";
import { migrate } from "../../../src/storage/migrate.ts";
import { QUEUE_MIGRATIONS } from "../../../src/storage/queue/schema.ts";
import { Sql } from "../../../src/storage/sql.ts";

const CLIENT = "3381af922b9e11e3b19171861300734c" as ClientId;

const NAME = "bare" as QueueName;
const LIMITS = readConfig({ AUTH_STRATEGY: "none" }).limits;
const NO_QUOTAS = Object.fromEntries(QUOTA_NAMES.map((name) => [name, UNLIMITED])) as Quotas;
const FOREIGN = "0000000000000001" as Epoch;

export class BareQueue {
  queue: LiveQueue;
  now: EpochMs = toEpochMs(1_000_000_000_000);
  readonly sql: Sql;
  private readonly storage: DurableObjectStorage;
  private claims = 0;

  constructor(storage: DurableObjectStorage, metadata: JsonText) {
    this.storage = storage;
    this.sql = new Sql(storage);
    migrate(this.sql, QUEUE_MIGRATIONS);
    this.queue = LiveQueue.create(this.sql, NAME, { epoch: toEpoch(this.now, 1), metadata });
  }

  /** Posts messages that share ttl (seconds) and delay. */
  post(bodies: readonly string[], options: { readonly ttl?: number; readonly delay?: number } = {}): void {
    const run: CheckedRun = {
      ttl: toSeconds(options.ttl ?? 3600),
      delay: toSeconds(options.delay ?? 0),
      count: bodies.length,
      bodies: joinBodies(bodies.map((body) => JSON.stringify(body) as JsonText)),
    };
    // A post with the queue's defaults passes the checks. The run is stored in its place, as an encrypted one would be.
    const posting = { runs: [{ ...run, ttl: null, delay: null }], defect: null, delayDefect: null };
    const post = { client: CLIENT, size: 0, posting, idempotency: null, quotas: NO_QUOTAS };
    const posted = this.queue.post(post, { limits: LIMITS, encryptedRuns: [run] }, this.now);
    if (!posted.ok) throw new Error(`The post is refused: ${posted.failure.kind}.`);
  }

  claim(
    limit = 10,
    ttl = 300,
  ): { readonly id: ClaimId; readonly messages: readonly Message[]; readonly undo: ClaimUndo } {
    this.queue.advanceTo(this.now);
    const id = toClaimId(`claim-${++this.claims}`);
    const lease = { ttl: toSeconds(ttl), grace: toSeconds(60) };
    const nothing = { messages: [], undo: { claimedAt: this.now, former: [] } };
    return { id, ...(this.queue.claim({ id, lease, limit }, this.now) ?? nothing) };
  }

  /** Adopts a dead letter with this number in another queue. */
  adopt(number: number, body: string): void {
    const run = {
      origin: { epoch: FOREIGN, sequence: toSequence(number) },
      count: 1,
      ttl: toSeconds(3600),
      postedAt: this.now,
      expiresAt: toEpochMs(this.now + 3_600_000),
      client: CLIENT,
      bodies: joinBodies([JSON.stringify(body) as JsonText]),
    };
    this.queue.adopt(`other/${FOREIGN}`, [{ number, run }], this.now);
  }

  foreignId(number: number): string {
    return toMessageId(FOREIGN, number);
  }

  /** Lets the queue adopt its own transfers. */
  comeHome(): void {
    const transfers = this.queue.transfers.pendingTo(NAME);
    this.queue.adopt(`bare/${this.queue.record.epoch}`, transfers, this.now);
    this.queue.transfers.remove(NAME, transfers.at(-1)?.number ?? 0);
  }

  page(marker: string | null, limit: number): { readonly messages: readonly Message[]; readonly next: string | null } {
    const listing = { client: CLIENT, marker, limit, echo: true, includeClaimed: true, includeDelayed: true };
    return this.queue.messages.list(listing, this.now);
  }

  list(): string[] {
    this.queue.advanceTo(this.now);
    const listing = {
      client: CLIENT,
      marker: null,
      limit: 1000,
      echo: true,
      includeClaimed: true,
      includeDelayed: true,
    };
    return bodiesOf(this.queue.messages.list(listing, this.now).messages);
  }

  advance(seconds: number): void {
    this.now = toEpochMs(this.now + seconds * 1000);
  }

  /** Restarts: memory is rebuilt from the rows. */
  restart(): void {
    const queue = LiveQueue.open(this.sql, NAME, (latest) => toEpochMs(Math.max(latest, this.now)));
    if (queue === null) throw new Error("The queue is gone.");
    this.queue = queue;
  }

  /** The exceptions of all segments. */
  residues(): unknown[] {
    return this.storage.sql.exec("SELECT * FROM residue").toArray();
  }

  /** The rows that `work` writes. */
  rowsOf(work: () => void): number {
    const before = this.sql.rowsWritten;
    work();
    return this.sql.rowsWritten - before;
  }
}

export function bodiesOf(messages: readonly Message[]): string[] {
  return messages.map(({ body }) => JSON.parse(body) as string);
}

/** Runs a test on a fresh queue in an object's storage. */
export async function withBareQueue(test: (queue: BareQueue) => void, metadata = EMPTY_OBJECT): Promise<void> {
  const stub = env.QUEUES.getByName(`${crypto.randomUUID()}/bare`);
  await runInDurableObject(stub, (_instance: unknown, state: DurableObjectState) => {
    test(new BareQueue(state.storage, metadata));
  });
}
