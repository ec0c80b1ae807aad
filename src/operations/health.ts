/** Operations on the service's health: ping and the health report. */
import type { Claimed } from "../domain/claim.ts";
import type { Health, HealthStep, StepOutcome } from "../domain/health.ts";
import { parseQueueName, parseUuidClientId, type ClientId } from "../domain/id.ts";
import { idsOf, joinBodies, type MessageBlock } from "../domain/message.ts";
import { EMPTY_OBJECT, toJsonText } from "../domain/json.ts";
import { QUOTA_NAMES, UNLIMITED, type Quotas } from "../domain/quota.ts";
import { unwrap } from "../domain/refusal.ts";
import type { QueueRpc } from "../objects/rpc/queue.ts";
import { logFault } from "../telemetry/event.ts";
import type { Context, ProjectContext, ServiceContext } from "./context.ts";
import { always, never, type Operation } from "./operation.ts";

/** Succeeds when the storage of the project's own object answers. */
export const ping: Operation<ProjectContext, void, void> = {
  name: "ping_get",
  policy: "ping:get",
  attempted: "Storage could not be reached.",
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
const NO_QUOTAS = Object.fromEntries(QUOTA_NAMES.map((name) => [name, UNLIMITED])) as Quotas;

/** Takes a message through its whole life in a queue of its own. The queue is deleted at the end in any case. */
export const getHealth: Operation<ServiceContext, void, Health> = {
  name: "health_get",
  // Otherwise the queue that it has created would stay.
  outlivesCaller: true,
  policy: "health:get",
  attempted: "Health status could not be read.",
  isIdempotent: never,
  async run(context) {
    const client = parseUuidClientId(crypto.randomUUID());
    const name = parseQueueName(crypto.randomUUID());
    if (client === null || name === null) throw new Error("A fresh UUID is both a queue name and a client id.");
    const queue = (): QueueRpc => context.trialStub(name);
    const trial = new Trial(context);
    const created = await trial.step("create_queue", async () =>
      unwrap(await queue().create({ metadata: EMPTY_OBJECT, quotas: NO_QUOTAS })),
    );
    if (created !== null) await tryMessages(trial, queue, client);
    await trial.step("delete_queue", async () => (await queue().remove(), true));
    return trial.outcomes;
  },
};

async function tryMessages(trial: Trial, queue: () => QueueRpc, client: ClientId): Promise<void> {
  const block = await trial.step("post_messages", async () => post(queue(), client));
  if (block === null) return;
  const claimed = await trial.step("claim_messages", async () => claim(queue()));
  const list = { client, marker: null, limit: MESSAGE_COUNT, echo: true, includeClaimed: true, includeDelayed: true };
  await trial.step("list_messages", () => queue().list(list));
  if (claimed !== null) {
    await trial.step("delete_messages", async () => deleteOne(queue(), claimed));
    await trial.step("delete_claim", async () => (await queue().release({ claim: claimed.claim }), true));
  }
  const ids = idsOf(block);
  await trial.step("bulk_delete_messages", async () => (unwrap(await queue().deleteMany({ ids, claims: null })), true));
}

async function post(queue: QueueRpc, client: ClientId): Promise<MessageBlock> {
  const bodies = joinBodies(Array.from({ length: MESSAGE_COUNT }, () => toJsonText("health")));
  const runs = [{ ttl: null, delay: null, count: MESSAGE_COUNT, bodies }];
  const posting = { runs, defect: null, delayDefect: null };
  return unwrap(await queue.post({ client, size: bodies.length, posting, idempotency: null, quotas: NO_QUOTAS }));
}

/** Asks for one message, which any setting of the page sizes admits. */
async function claim(queue: QueueRpc): Promise<Claimed> {
  const claimed = unwrap(await queue.claim({ ttl: null, grace: null, limit: 1 }));
  if (claimed === null) throw new Error("A queue with free messages gave none to a claim.");
  return claimed;
}

async function deleteOne(queue: QueueRpc, { claim: id, messages }: Claimed): Promise<true> {
  for (const message of messages) unwrap(await queue.delete({ id: message.id, claim: id }));
  return true;
}

/** Times steps and notes how they went. A step's failure is a finding here, not an exception. */
class Trial {
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
