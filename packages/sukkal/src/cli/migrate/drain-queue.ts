/** Moves what a queue has and gets: claims it at the source, posts it to the target, and deletes it at the source. */
import { SukkalError } from "../../error.ts";
import type { Claim } from "../../claim.ts";
import type { Message } from "../../message.ts";
import { backOff, pause } from "../../time.ts";
import { Failure } from "../exit-code.ts";
import { createMissing } from "./copy-queue.ts";
import type { Job } from "./jobs.ts";
import { delayIn, type Members } from "./metadata.ts";
import type { QueueJournal } from "./journal.ts";
import { NO_DELAYS, toPost } from "./message.ts";
import { Mover } from "./mover.ts";

export interface DrainTally {
  readonly project: string | null;
  readonly queue: string;
  /** Messages that this run has posted and deleted at the source. */
  moved: number;
  /** Those that were posted before, such as by a copy, and are now deleted at the source. */
  known: number;
  /** Those that the source still has: others have claimed them, or they are delayed. null: not known. */
  left: number | null;
  state: "unfinished" | "done" | "failed";
}

export interface DrainOptions {
  readonly signal: AbortSignal;
  /** Aborts at the second Ctrl-C. */
  readonly forced: AbortSignal;
  readonly onMessages: (count: number) => void;
}

/**
 * Seconds. The least that Zaqar accepts: a longer claim would extend the lives of messages that end before it, so that those
 * at the target would be wrong. If it ends too early, messages are claimed again, and their keys keep them from being doubled.
 */
const LEASE = 60;
const BATCH = 20;
/** Attempts to claim in an outage, about 12 s as of other requests. */
const CLAIMS_MAX = 8;
/** Milliseconds for giving back what is claimed, after Ctrl-C too. */
const RELEASE_MS = 5000;
/** More messages that are left are not counted. */
const LEFT_MAX = 100;

/** Moves all that can be claimed now, and counts what cannot. */
export async function drainQueue(job: Job, tally: DrainTally, options: DrainOptions): Promise<void> {
  const { signal, forced } = options;
  const { queue: name, source } = job;
  // As many ids as one request can delete.
  const limit = Math.min(BATCH, (await source.messagesPerPage(name, signal)) ?? BATCH);
  const metadata = await source.members(name, signal);
  const held: { journal: QueueJournal | null } = { journal: null };
  try {
    for (;;) {
      signal.throwIfAborted();
      const claim = await claimed(job, limit, { signal, forced });
      if (claim === null) break;
      await moveClaim(job, {
        claim,
        metadata,
        // Not before there is a message: a queue is not created for none.
        journal: async () => (held.journal ??= await journalOf(job, signal)),
        tally,
        options,
      });
    }
    await held.journal?.close(signal);
  } catch (error) {
    await held.journal?.abandon();
    throw error;
  }
  tally.left = await leftIn(job, signal);
}

/**
 * A claim that fails may have been made: its messages come again when it is over. So the first Ctrl-C does not abort the
 * request, and what it claims is given back.
 */
async function claimed(
  { source, queue: name }: Job,
  limit: number,
  { signal, forced }: Pick<DrainOptions, "signal" | "forced">,
): Promise<Claim<unknown> | null> {
  const queue = source.queue(name);
  for (let attempt = 0; ; attempt++) {
    try {
      return await queue.claim({ limit, lease: LEASE, grace: LEASE, signal: forced });
    } catch (error) {
      if (!(error instanceof SukkalError) || !error.isRetryable || attempt === CLAIMS_MAX) throw error;
      await pause(backOff(attempt, error), signal);
      signal.throwIfAborted();
    }
  }
}

async function journalOf(job: Job, signal: AbortSignal): Promise<QueueJournal> {
  const isNew = await createMissing(job, signal);
  return (await job.journal()).of(job.target.queue(job.queue), { isNew, signal });
}

interface ClaimMove {
  readonly claim: Claim<unknown>;
  /** Of the queue at the source. */
  readonly metadata: Members;
  readonly journal: () => Promise<QueueJournal>;
  readonly tally: DrainTally;
  readonly options: DrainOptions;
}

async function moveClaim(job: Job, { claim, metadata, journal: open, tally, options }: ClaimMove): Promise<void> {
  const { queue: name, source, target } = job;
  const { signal, forced, onMessages } = options;
  const done: { readonly id: string; readonly was: "moved" | "known" }[] = [];
  try {
    signal.throwIfAborted();
    // Their delays are over: they could be claimed. But the target would delay them by default.
    const delays = { ...NO_DELAYS, standard: delayIn(metadata) };
    const isEncrypted = metadata.get("_enable_encrypt_messages") === "true";
    const journal = await open();
    const mover = new Mover({
      queue: target.queue(name),
      journal,
      signal,
      onMoved: (messages) => done.push(...messages.map(({ id }) => ({ id, was: "moved" }) as const)),
      onRefused: ({ id }, reason) => {
        throw refusal(id, reason);
      },
    });
    for (const message of await readable(claim, isEncrypted, { source, name, signal })) {
      if (journal.has(message.id)) done.push({ id: message.id, was: "known" });
      else await mover.add({ id: message.id, text: toPost(message, delays) });
    }
    await mover.flush();
  } finally {
    // After Ctrl-C too nothing may stay claimed, and what was posted should not come again. The second one ends that.
    const own = signal.aborted ? AbortSignal.any([forced, AbortSignal.timeout(RELEASE_MS)]) : forced;
    const ids = done.map(({ id }) => id);
    if (ids.length > 0) await source.queue(name).deleteMessages(ids, { claims: [claim.id], signal: own });
    for (const { was } of done) tally[was]++;
    onMessages(done.length);
    if (done.length < claim.messages.length) await claim.release({ signal: own });
  }
}

/** Zaqar does not decrypt the bodies in answers to claims, but those that are asked for by id. */
async function readable(
  { messages }: Claim<unknown>,
  isEncrypted: boolean,
  { source, name, signal }: { readonly source: Job["source"]; readonly name: string; readonly signal: AbortSignal },
): Promise<readonly Message<unknown>[]> {
  return isEncrypted
    ? source.queue(name).getMany(
        messages.map(({ id }) => id),
        { signal },
      )
    : messages;
}

function refusal(id: string, reason: string): Failure {
  return new Failure(`the target does not take the message ${id}: ${reason}`, {
    hint: `It stays at the source, and so does what comes after it. Change the limit of the target, or delete it at the
source, and repeat the command.`,
  });
}

/** The list may end before messages that others have claimed, so they are counted too. */
async function leftIn({ source, queue: name }: Job, signal: AbortSignal): Promise<number> {
  const some: string[] = [];
  for await (const { id } of source.messages(name, signal)) if (some.push(id) === LEFT_MAX) break;
  const counts = await source.counts(name, signal);
  return Math.max(some.length, counts?.claimed ?? 0);
}
