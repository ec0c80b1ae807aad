/** Compares a queue at both services: metadata, subscriptions, and each body as often as it is there. */
import { createHash } from "node:crypto";
import type { Job } from "./jobs.ts";
import { compact, differencesOf } from "./metadata.ts";
import { hiddenFindings } from "./plan-queue.ts";
import { unwrapped } from "./python-json.ts";
import type { Reader, Subscribed } from "./reader.ts";

export interface Verdict {
  readonly project: string | null;
  readonly queue: string;
  /** Messages that were read. */
  readonly source: number;
  readonly target: number;
  /** Bodies that only the source has, each as often as it has it more. */
  readonly missing: number;
  /** Bodies that only the target has. */
  readonly extra: number;
  /** Names of members that the target does not have, or has with another value. */
  readonly metadata: readonly string[];
  /** Subscriptions that the target does not have, or has with other options. */
  readonly subscriptions: number;
  readonly exists: boolean;
  /** Whether the source may have messages that it does not list. */
  readonly isUncertain: boolean;
}

export async function verifyQueue(
  { project, queue: name, source, target }: Job,
  signal: AbortSignal,
): Promise<Verdict> {
  // The source first: what is copied meanwhile is then at most extra.
  const metadata = await source.metadata(name, signal);
  const subscribed = await source.subscriptions(name, signal);
  const balance = new Map<string, number>();
  const counts = await source.counts(name, signal);
  const atSource = await count(source, name, { balance, by: 1, signal });
  const exists = await target.queue(name).exists({ signal });
  const atTarget = exists ? await count(target, name, { balance, by: -1, signal }) : 0;
  const there = exists ? await target.subscriptions(name, signal) : [];
  const known = new Set(there.map(keyOf));
  return {
    project,
    queue: name,
    source: atSource,
    target: atTarget,
    missing: sum(balance, 1),
    extra: sum(balance, -1),
    metadata: differencesOf(metadata, exists ? await target.members(name, signal) : new Map()).map((each) => each.name),
    subscriptions: subscribed.filter((each) => !known.has(keyOf(each))).length,
    exists,
    isUncertain: hiddenFindings(counts, atSource).length > 0,
  };
}

interface Counting {
  /** How much oftener the source has a body, by its digest. */
  readonly balance: Map<string, number>;
  readonly by: 1 | -1;
  readonly signal: AbortSignal;
}

async function count(reader: Reader, name: string, { balance, by, signal }: Counting): Promise<number> {
  let read = 0;
  for await (const { bodyText } of reader.messages(name, signal)) {
    read++;
    const digest = createHash("sha256").update(unwrapped(bodyText)).digest("base64");
    const left = (balance.get(digest) ?? 0) + by;
    if (left === 0) balance.delete(digest);
    else balance.set(digest, left);
  }
  return read;
}

/** Of the numbers with this sign, without it. */
function sum(balance: ReadonlyMap<string, number>, sign: 1 | -1): number {
  return [...balance.values()].reduce((total, each) => total + Math.max(0, each * sign), 0);
}

function keyOf({ subscriber, optionsText }: Subscribed): string {
  return `${subscriber} ${compact(optionsText)}`;
}
