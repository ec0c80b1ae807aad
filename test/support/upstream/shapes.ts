/** What the answers to upstream's documented requests have in common. Values are our own, members are the documented ones. */
import { expect } from "vitest";

export type Document = Readonly<Record<string, unknown>>;

export const TEXT = expect.any(String) as string;
export const NUMBER = expect.any(Number) as number;

/** A path from /v2. */
export function href(pattern: string): string {
  return expect.stringMatching(`^/v2/${pattern}$`) as string;
}

/** The body of the messages that are posted. */
export const BODY = { event: "BackupStarted" };
/** The documented post: one message with ttl and delay, one without. */
export const NEW_MESSAGES = [
  { ttl: 300, delay: 20, body: { event: "BackupStarted", backup_id: "7f1d" } },
  { body: { event: "BackupProgress", current_bytes: "0" } },
];
/** The documented metadata, and a key of the user's own. */
export const METADATA = {
  _max_messages_post_size: 200_000,
  _default_message_ttl: 3600,
  _default_message_delay: 30,
  _dead_letter_queue: "dead",
  _dead_letter_queue_messages_ttl: 7200,
  _max_claim_count: 10,
  _enable_encrypt_messages: true,
  _flavor: ":flavor",
  description: "Backups of the night",
};
export const POPPED = { id: TEXT, ttl: NUMBER, age: NUMBER, body: BODY, claim_id: null, claim_count: 0 };
export const SUBSCRIPTION = { id: TEXT, source: TEXT, subscriber: TEXT, ttl: NUMBER, age: NUMBER, options: {} };
export const SUBSCRIBING = { subscriber: "http://subscriber.test:5679", ttl: 3600, options: {} };
