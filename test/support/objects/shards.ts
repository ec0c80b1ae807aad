/** A shard of a spread queue, as its home and Workers call it. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { toEpoch, type ClientId, type QueueName } from "../../../src/domain/id.ts";
import { EMPTY_OBJECT, type JsonText } from "../../../src/domain/json.ts";
import { joinBodies, type MessageBlock } from "../../../src/domain/message.ts";
import { UNLIMITED_QUOTAS } from "../../../src/domain/quota.ts";
import { HOME } from "../../../src/domain/region.ts";
import type { ShardState } from "../../../src/domain/spread.ts";
import { shardObjectName } from "../../../src/objects/rpc/names.ts";
import type { ShardRpc } from "../../../src/objects/rpc/shard.ts";
import { project } from "../drivers/zaqar-client.ts";

const { SHARD_OBJECTS } = env as unknown as { readonly SHARD_OBJECTS: DurableObjectNamespace };
export const CLIENT = "3381af922b9e11e3b19171861300734c" as ClientId;
export const LIFE = toEpoch(1_700_000_000_000, 1);
export const SHARD = 7;

interface Commanded {
  readonly epoch?: typeof LIFE;
  readonly floor?: number;
  readonly metadata?: JsonText;
}

/** By default of a queue that nobody else has. */
export class Shard {
  readonly project: ReturnType<typeof project>;
  readonly name: string;
  readonly stub: DurableObjectStub;
  readonly rpc: ShardRpc;

  constructor(owner = project(), queue = "orders", shard = SHARD) {
    this.project = owner;
    this.name = shardObjectName({ project: owner.id as never, name: queue as QueueName, region: HOME }, shard);
    this.stub = SHARD_OBJECTS.getByName(this.name);
    this.rpc = this.stub as unknown as ShardRpc;
  }

  set(version: number, state: ShardState, { epoch = LIFE, floor = 0, metadata = EMPTY_OBJECT }: Commanded = {}) {
    return this.rpc.set({ version, state, epoch, floor, metadata });
  }

  post(count = 1, key: string | null = null): ReturnType<ShardRpc["post"]> {
    const bodies = joinBodies(Array.from({ length: count }, (_, index) => `${index}` as JsonText));
    return this.rpc.post({
      client: CLIENT,
      size: 10,
      posting: { runs: [{ ttl: 3600, delay: null, count, bodies }], defect: null, delayDefect: null },
      idempotency: key === null ? null : { key, fingerprint: "f" },
      quotas: UNLIMITED_QUOTAS,
    });
  }

  async posted(count = 1): Promise<MessageBlock> {
    const outcome = await this.post(count);
    if (outcome === "moved" || !outcome.ok) throw new Error("The post was not stored.");
    return outcome.value;
  }

  async claim(limit = 20) {
    const claimed = await this.rpc.claim({ ttl: 60, grace: 60, limit });
    return claimed.ok ? claimed.value : null;
  }

  async stored(): Promise<number> {
    const { free, claimed } = await this.rpc.stats();
    return free + claimed;
  }

  rows(): Promise<number> {
    return runInDurableObject(this.stub, (instance) => {
      const { host } = instance as unknown as {
        readonly host: { readonly store: { readonly sql: { rowsWritten: number } } };
      };
      return host.store.sql.rowsWritten;
    });
  }
}
