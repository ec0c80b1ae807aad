/** Messages as the service returns them. */
import { membersIn } from "./json-text.ts";
import type { Answer } from "./transport.ts";

/** A message. */
export interface Message<T> {
  readonly id: string;
  /** Parsed JSON. Its type is what the queue was declared with; `consume` and `drain` check it. */
  readonly body: T;
  /** The body exactly as it was posted: long integers, the order of members and repeated members are preserved. */
  readonly bodyText: string;
  /** Seconds. */
  readonly ttl: number;
  /** Seconds since it was posted. */
  readonly age: number;
  /** How many claims of it have ended without its deletion. */
  readonly claimCount: number;
  /** When it was posted. */
  readonly created: Date;
  /** When the claim that holds it ends; null: no claim holds it. */
  readonly claimedUntil: Date | null;
  /** When it can be claimed; null: it is not delayed. */
  readonly delayedUntil: Date | null;
  /** The queue that it came from as a dead letter, and when; null: it is none. */
  readonly deadLetter: DeadLetter | null;
  /** That of its post (W3C Trace Context), for the trace of what handles it; null: the post had none. */
  readonly traceparent: string | null;
}

export interface DeadLetter {
  readonly queue: string;
  readonly at: Date;
  readonly reason: string;
}

/** A message of an answer with `details=true`. */
interface WireMessage {
  readonly id: string;
  readonly body: unknown;
  readonly ttl: number;
  readonly age: number;
  readonly claim_count?: number;
  readonly created?: string;
  readonly claimed_until?: string | null;
  readonly delayed_until?: string | null;
  readonly dead_letter?: { readonly queue: string; readonly at: string; readonly reason: string } | null;
  readonly traceparent?: string | null;
}

export interface MessageDocument {
  readonly messages: readonly WireMessage[];
}

/** The messages of an answer. The exact texts of their bodies are found when the first is asked for. */
export function toMessages<T>({ text, document }: Answer): Message<T>[] {
  let texts: readonly string[] | null = null;
  return (document as MessageDocument).messages.map((message, index) => ({
    id: message.id,
    body: message.body as T,
    get bodyText() {
      texts ??= membersIn(text, "body");
      return texts[index] ?? "";
    },
    ttl: message.ttl,
    age: message.age,
    claimCount: message.claim_count ?? 0,
    created: new Date(message.created ?? Date.now() - message.age * 1000),
    claimedUntil: toDate(message.claimed_until),
    delayedUntil: toDate(message.delayed_until),
    deadLetter: message.dead_letter ? { ...message.dead_letter, at: new Date(message.dead_letter.at) } : null,
    traceparent: message.traceparent ?? null,
  }));
}

function toDate(text: string | null | undefined): Date | null {
  return text == null ? null : new Date(text);
}
