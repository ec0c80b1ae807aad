/** Operations on the service's health: ping and the health report. */
import type { Claimed } from "../domain/claim.ts";
import type { Health, HealthReport, HealthStep, StepOutcome } from "../domain/health.ts";
import { parseQueueName, parseUuidClientId, type ClientId } from "../domain/id.ts";
import { idsOf, joinBodies, type MessageBlock } from "../domain/message.ts";
import { EMPTY_OBJECT, toJsonText } from "../domain/json.ts";
import type { Placement } from "../domain/placement.ts";
import { POOLS_MAX } from "../domain/pool.ts";
import { parsePoolUri } from "../domain/pool-uri.ts";
import { UNLIMITED_QUOTAS } from "../domain/quota.ts";
import { unwrap } from "../domain/refusal.ts";
import { HOME } from "../domain/region.ts";
import type { QueueRpc } from "../objects/rpc/queue.ts";
import { logFault } from "../telemetry/event.ts";
import type { Context, ProjectContext, ServiceContext } from "./context.ts";
import { always, never, type Operation } from "./operation.ts";

/** Succeeds when the storage of the project's own object answers. */
export const ping: Operation<ProjectContext, void, void> = {
  name: "ping_get",
  policy: "ping:get",
  whatFailed: "Storage could not be reached.",
  isIdempotent: always,
  async run(context) {
    const request = {
      kind: "queue" as const,
      marker: null,
      limit: 1,
      name: null,
      filters: [],
      withCount: false,
      prefix: "",
    };
    await context.stub().list(request);
  },
};

const MESSAGE_COUNT = 10;

/** Creates a queue, posts, claims, lists and deletes messages in it, and deletes it; where pools are in use, in each of them. */
export const getHealth: Operation<ServiceContext, void, HealthReport> = {
  name: "health_get",
  // Otherwise the new queue would stay after a disconnection.
  survivesDisconnect: true,
  policy: "health:get",
  whatFailed: "Health status could not be read.",
  isIdempotent: never,
  async run(context) {
    if (!context.config.pooling) return { outcomes: await checkRegion(context, { region: HOME, pool: null }) };
    return { pools: await checkPools(context) };
  },
};

/** null: the pools cannot be read. */
async function checkPools(context: ServiceContext): Promise<ReadonlyMap<string, Health> | null> {
  const { config, event } = context;
  const pools = await context
    .pools()
    .pools({ marker: "", limit: POOLS_MAX })
    .catch((fault: unknown) => {
      logFault({ ...event, operation: "health pools" }, fault);
      return null;
    });
  if (pools === null) return null;
  const checks = pools.map(async ({ name, uri }) => {
    const target = parsePoolUri(uri, config.jurisdiction);
    const outcomes = "region" in target ? await checkRegion(context, { region: target.region, pool: name }) : new Map();
    return [name, outcomes] as const;
  });
  return new Map(await Promise.all(checks));
}

/** The queue is deleted at the end in any case. It is not spread, because each shard would leave a row for its name. */
async function checkRegion(context: ServiceContext, { region, pool }: Placement): Promise<Health> {
  const client = parseUuidClientId(crypto.randomUUID());
  const name = parseQueueName(crypto.randomUUID());
  if (client === null || name === null) throw new Error("A UUID was refused as a queue name or client id.");
  const queue = (): QueueRpc => context.healthQueueStub(name, region);
  const check = new HealthCheck(context);
  const created = await check.step("create_queue", async () =>
    unwrap(await queue().create({ metadata: EMPTY_OBJECT, quotas: UNLIMITED_QUOTAS, pool })),
  );
  if (created !== null) await checkMessages(check, queue, client);
  await check.step("delete_queue", async () => (await queue().remove(), true));
  return check.outcomes;
}

async function checkMessages(check: HealthCheck, queue: () => QueueRpc, client: ClientId): Promise<void> {
  const block = await check.step("post_messages", async () => post(queue(), client));
  if (block === null) return;
  const claimed = await check.step("claim_messages", async () => claim(queue()));
  const list = { client, marker: null, limit: MESSAGE_COUNT, echo: true, includeClaimed: true, includeDelayed: true };
  await check.step("list_messages", () => queue().list(list));
  if (claimed !== null) {
    await check.step("delete_messages", async () => deleteOne(queue(), claimed));
    await check.step("delete_claim", async () => (await queue().release({ claim: claimed.claim }), true));
  }
  const ids = idsOf(block);
  await check.step("bulk_delete_messages", async () => (unwrap(await queue().deleteMany({ ids, claims: null })), true));
}

async function post(queue: QueueRpc, client: ClientId): Promise<MessageBlock> {
  const bodies = joinBodies(Array.from({ length: MESSAGE_COUNT }, () => toJsonText("health")));
  const runs = [{ ttl: null, delay: null, count: MESSAGE_COUNT, bodies }];
  const posting = { runs, defect: null, delayDefect: null };
  return unwrap(
    await queue.post({ client, size: bodies.length, posting, idempotency: null, quotas: UNLIMITED_QUOTAS }),
  );
}

/** Claims one message, which every setting of the maximum allows. */
async function claim(queue: QueueRpc): Promise<Claimed> {
  const claimed = unwrap(await queue.claim({ ttl: null, grace: null, limit: 1 }));
  if (claimed === null) throw new Error("A claim found no message in a queue with free messages.");
  return claimed;
}

async function deleteOne(queue: QueueRpc, { claim: id, messages }: Claimed): Promise<true> {
  for (const message of messages) unwrap(await queue.delete({ id: message.id, claim: id }));
  return true;
}

/** Measures the duration of each step and records its outcome. A failure is recorded and not thrown. */
class HealthCheck {
  readonly outcomes = new Map<HealthStep, StepOutcome>();
  private readonly context: Context;

  constructor(context: Context) {
    this.context = context;
  }

  /** The step's result, or null when it failed. */
  async step<T>(name: HealthStep, run: () => Promise<T>): Promise<T | null> {
    const { clock, event } = this.context;
    const start = clock();
    let ref: string | null = null;
    let result: T | null = null;
    try {
      result = await run();
    } catch (fault) {
      ref = crypto.randomUUID();
      logFault({ ...event, operation: `health ${name} ${ref}` }, fault);
    }
    this.outcomes.set(name, { succeeded: ref === null, seconds: (clock() - start) / 1000, ref });
    return result;
  }
}
