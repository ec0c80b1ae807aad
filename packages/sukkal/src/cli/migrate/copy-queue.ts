/** Copies a queue: its metadata, its messages, then its subscriptions, whose receivers have had the messages already. */
import { SukkalError } from "../../error.ts";
import { delayIn, differencesOf, toObjectText, toPatchText } from "./metadata.ts";
import { NO_DELAYS, toPost, type Delays } from "./message.ts";
import { Mover } from "./mover.ts";
import { pathOf, type Reader, type Subscribed } from "./reader.ts";
import type { Job } from "./jobs.ts";

/** What was done for a queue so far. */
export interface CopyTally {
  readonly project: string | null;
  readonly queue: string;
  /** Messages that this run has posted. */
  moved: number;
  /** Those that a former run has posted. */
  known: number;
  /** Those that the target does not take. */
  refused: number;
  subscriptions: number;
  subscriptionsRefused: number;
  /** `partly`: something was refused. `unfinished`: it failed, or was interrupted. */
  state: "unfinished" | "done" | "partly";
}

export interface CopyOptions {
  readonly overwrite: boolean;
  readonly skip: ReadonlySet<"messages" | "subscriptions">;
  readonly signal: AbortSignal;
  /** Hears of messages that the target has now. */
  readonly onMessages: (count: number) => void;
  /** Hears what an operator has to know. */
  readonly warn: (text: string) => void;
  readonly onRefused: (text: string) => void;
}

const PATCH_TYPE = "application/openstack-messaging-v2.0-json-patch";

export async function copyQueue(job: Job, tally: CopyTally, options: CopyOptions): Promise<void> {
  const { queue: name, source, target } = job;
  const { skip, signal, warn } = options;
  const isNew = await copyMetadata(job, options);
  if (!skip.has("messages")) {
    const notified = (await target.subscriptions(name, signal)).length;
    await copyMessages(job, tally, { isNew, options });
    if (notified > 0 && tally.moved > 0) warn(`the subscribers at the target were notified of what was copied`);
  }
  if (!skip.has("subscriptions"))
    for (const subscription of await source.subscriptions(name, signal))
      await copySubscription(target, name, { subscription, tally, options });
  tally.state = tally.refused + tally.subscriptionsRefused === 0 ? "done" : "partly";
}

/**
 * Creates the queue with its metadata, unless the target has it. Where they are refused, no queue is made: its messages would
 * have other lives, and no dead letters. Returns whether it was created.
 */
export async function createMissing({ queue: name, source, target }: Job, signal: AbortSignal): Promise<boolean> {
  if (await target.queue(name).exists({ signal })) return false;
  const body = toObjectText(await source.metadata(name, signal));
  await target.side.transport.send({ method: "PUT", path: pathOf(name), body, isRepeatable: true, signal });
  return true;
}

async function copyMetadata(job: Job, { overwrite, signal, warn }: CopyOptions): Promise<boolean> {
  if (await createMissing(job, signal)) return true;
  const { queue: name, source, target } = job;
  const differences = differencesOf(await source.metadata(name, signal), await target.members(name, signal));
  if (differences.length === 0) return false;
  const names = differences.map((difference) => difference.name);
  if (!overwrite) {
    warn(`the target has other values of ${names.join(", ")}, which stay: --overwrite changes them`);
    return false;
  }
  const body = toPatchText(new Map(differences.map(({ name: member, source: value }) => [member, value])));
  const headers = { "Content-Type": PATCH_TYPE };
  await target.side.transport.send({ method: "PATCH", path: pathOf(name), headers, body, isRepeatable: true, signal });
  return false;
}

async function copyMessages(job: Job, tally: CopyTally, { isNew, options }: CopyMessages): Promise<void> {
  const { queue: name, source, target } = job;
  const { signal, onMessages, onRefused } = options;
  const delays = await delaysOf(source, name, signal);
  const queue = target.queue(name);
  const journal = await (await job.journal()).of(queue, { isNew, signal });
  const count = (kind: "moved" | "known", messages: number): void => {
    tally[kind] += messages;
    onMessages(messages);
  };
  const mover = new Mover({
    queue,
    journal,
    signal,
    onMoved: (messages) => count("moved", messages.length),
    onRefused: ({ id }, reason) => {
      tally.refused++;
      onRefused(`the message ${id} is not moved: ${reason}`);
    },
  });
  try {
    for await (const message of source.messages(name, signal)) {
      if (journal.has(message.id)) count("known", 1);
      else await mover.add({ id: message.id, text: toPost(message, delays) });
    }
    await mover.flush();
    await journal.close(signal);
  } catch (error) {
    await journal.abandon();
    throw error;
  }
}

interface CopyMessages {
  /** Whether the queue was created by this run. */
  readonly isNew: boolean;
  readonly options: CopyOptions;
}

/** Messages of a queue with a default delay may be delayed. Zaqar lists those that are not on their own. */
async function delaysOf(source: Reader, name: string, signal: AbortSignal): Promise<Delays> {
  const standard = delayIn(await source.members(name, signal));
  if (standard === 0) return NO_DELAYS;
  const visible = new Set<string>();
  for await (const { id } of source.messages(name, signal, { isDelayed: false })) visible.add(id);
  return { standard, isVisible: (id) => visible.has(id) };
}

interface SubscriptionCopy {
  readonly subscription: Subscribed;
  readonly tally: CopyTally;
  readonly options: CopyOptions;
}

async function copySubscription(target: Reader, name: string, copy: SubscriptionCopy): Promise<void> {
  const { subscription, tally, options } = copy;
  const { subscriber, optionsText, confirmed } = subscription;
  const { signal, onRefused } = options;
  const body = `{"subscriber":${JSON.stringify(subscriber)},"ttl":${lifeOf(subscription)},"options":${optionsText}}`;
  const path = `${pathOf(name)}/subscriptions`;
  try {
    const { document } = await target.side.transport.send({ method: "POST", path, body, isRepeatable: true, signal });
    const { subscription_id: id } = document as { readonly subscription_id: string };
    // The subscriber has agreed, where the target would ask.
    if (confirmed) await target.queue(name).subscriptions.confirm(id, true, { signal });
  } catch (error) {
    if (!(error instanceof SukkalError)) throw error;
    // It exists already, and is confirmed.
    if (error.status !== 409) {
      if (error.status !== 400) throw error;
      tally.subscriptionsRefused++;
      return onRefused(`a subscription is not moved: ${error.message}`);
    }
  }
  tally.subscriptions++;
}

/** Seconds. The least that services accept. */
const TTL_MIN = 60;

/**
 * What is left of it. With MongoDB the age of one that was renewed counts from its creation, so that its ttl may seem to be
 * over: it then gets all of it.
 */
function lifeOf({ ttl, age }: Subscribed): number {
  return Math.max(TTL_MIN, ttl > age ? ttl - age : ttl);
}
