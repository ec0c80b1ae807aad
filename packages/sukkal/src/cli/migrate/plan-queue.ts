/** What a migration of a queue would do. */
import type { Message } from "../../message.ts";
import type { PlaceDetails } from "../../place-details.ts";
import { counted, number } from "../terminal/units.ts";
import {
  findingsOfMetadata,
  findingsOfSubscriptions,
  isName,
  refused,
  warning,
  type Finding,
  type Limits,
} from "./findings.ts";
import { findingsOfPrefix } from "./access.ts";
import { bytesOfPost, NO_DELAYS, toPost } from "./message.ts";
import { differencesOf, type Difference, type Members } from "./metadata.ts";
import { unwrapped } from "./python-json.ts";
import type { Counts, Reader } from "./reader.ts";

export interface QueuePlan {
  readonly project: string | null;
  readonly queue: string;
  /** As the source counts them, or as they were read; null: neither is known. */
  readonly messages: number | null;
  readonly claimed: number | null;
  readonly subscriptions: number;
  /** `new`: the target has no such queue. `differs`: it has one with other metadata. */
  readonly target: "new" | "same" | "differs";
  readonly findings: readonly Finding[];
}

export interface Planning {
  readonly project: string | null;
  readonly source: Reader;
  readonly target: Reader;
  readonly limits: Limits;
  /** The credential of the target is only for names that begin with it. */
  readonly prefix: string;
  /** Whether messages are read too. */
  readonly isThorough: boolean;
  readonly signal: AbortSignal;
}

export async function planQueue(name: string, planning: Planning): Promise<QueuePlan> {
  const { project, source, target, limits, prefix, isThorough, signal } = planning;
  const [metadata, counts, subscriptions, there] = await Promise.all([
    source.metadata(name, signal),
    source.counts(name, signal),
    source.subscriptions(name, signal),
    // A name that the target refuses has no queue there, or none that is shown.
    isName(name) && name.startsWith(prefix) ? target.queue(name).details({ signal }) : null,
  ]);
  const shown = there === null ? null : await target.members(name, signal);
  const differences = shown === null ? [] : differencesOf(metadata, shown);
  const read = isThorough ? await readMessages(name, { planning, metadata, shown, counts }) : null;
  const findings = [
    ...(read === null && counts === null ? hiddenFindings(counts, 0) : []),
    ...(isName(name) ? [] : [refused("the target does not take its name")]),
    ...findingsOfPrefix(name, prefix),
    ...findingsOfMetadata(metadata, limits),
    ...(await flavorFindings(metadata, target, signal)),
    ...(differences.length === 0 ? [] : [warning(describe(differences))]),
    ...findingsOfSubscriptions(subscriptions),
    ...(await subscribedFindings(there, target, signal)),
    ...(read?.findings ?? []),
  ];
  const state = there === null ? "new" : differences.length === 0 ? "same" : "differs";
  return {
    project,
    queue: name,
    messages: counts?.total ?? read?.messages ?? null,
    claimed: counts?.claimed ?? null,
    subscriptions: subscriptions.length,
    target: state,
    findings,
  };
}

function describe(differences: readonly Difference[]): string {
  const members = differences.map(({ name, source, target }) => `${name} (${target ?? "not set"}, not ${source})`);
  return `the target has other metadata, which stay without --overwrite: ${members.join(", ")}`;
}

/** A flavor is a set of pools. Without pools the name has no effect. */
async function flavorFindings(metadata: Members, target: Reader, signal: AbortSignal): Promise<readonly Finding[]> {
  const text = metadata.get("_flavor");
  if (text === undefined || !text.startsWith('"')) return [];
  const state = await target.flavorState(JSON.parse(text) as string, signal);
  if (state === "missing") return [refused(`the target has no flavor ${text}: create it first`)];
  return state === "no-pools" ? [warning(`its flavor ${text} has no effect: the target has no pools`)] : [];
}

async function subscribedFindings(
  there: PlaceDetails | null,
  target: Reader,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (there === null) return [];
  const present = await target.subscriptions(there.name, signal);
  return present.length === 0
    ? []
    : [warning(`${counted(present.length, "subscription")} of the target will be notified of what is copied`)];
}

interface Scan {
  readonly planning: Planning;
  readonly metadata: Members;
  /** Of the queue at the target; null: there is none. */
  readonly shown: Members | null;
  readonly counts: Counts | null;
}

async function readMessages(
  name: string,
  { planning: { source, limits, signal }, metadata, shown, counts }: Scan,
): Promise<{ readonly messages: number; readonly findings: readonly Finding[] }> {
  const general = limits["max_messages_post_size"] ?? Infinity;
  const own = Number(shown?.get("_max_messages_post_size") ?? metadata.get("_max_messages_post_size") ?? Infinity);
  const bytesMax = Math.min(general, own);
  const ttlMax = limits["max_message_ttl"] ?? Infinity;
  let [read, large, long, python] = [0, 0, 0, 0];
  for await (const message of source.messages(name, signal)) {
    read++;
    if (bytesOfPost(toPost(message, NO_DELAYS)) > bytesMax) large++;
    if (lifeLeft(message) > ttlMax) long++;
    if (unwrapped(message.bodyText) !== message.bodyText) python++;
  }
  const findings = [
    ...(large === 0 ? [] : [refused(`${counted(large, "message")} of more than ${number(bytesMax)} bytes (${BYTES})`)]),
    ...(long === 0 ? [] : [refused(`${counted(long, "message")} of more than ${number(ttlMax)} s of life (${TTL})`)]),
    ...(python === 0
      ? []
      : [warning(`${counted(python, "message")} with NaN or Infinity, which are no JSON: ${PYTHON}`)]),
    ...hiddenFindings(counts, read),
  ];
  return { messages: read, findings };
}

const BYTES = "MAX_MESSAGES_POST_SIZE";
const TTL = "MAX_MESSAGE_TTL";
const PYTHON = "clients in Python read them, others, such as sukkal peek, do not";
function lifeLeft({ ttl, age }: Message<unknown>): number {
  return ttl - age;
}

/**
 * Messages that the source may have beside those that it lists. Zaqar with Redis keeps what has expired in its lists, for ever
 * if zaqar-gc does nothing, as in version 15: it then cannot count, and ends a list early.
 */
export function hiddenFindings(counts: Counts | null, read: number): readonly Finding[] {
  if (counts !== null && read >= counts.total) return [];
  const found =
    counts === null
      ? "cannot count its messages"
      : `counts ${counted(counts.total, "message")} and lists ${number(read)}`;
  return [warning(`the source ${found}: what has expired there can hide others, which only drain finds`)];
}
