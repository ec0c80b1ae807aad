/** Puts messages into a dead-letter queue, and starts redrives of them. */
import { expect } from "vitest";
import type { Answer, NewMessage, Project, Queue } from "./zaqar-client.ts";

/** A redrive as the service shows it. */
export interface Redrive {
  readonly status: "running" | "done" | "canceled";
  readonly moved: number;
  readonly remaining: number;
  readonly target: string | null;
  readonly max_messages: number | null;
  readonly messages_per_second: number | null;
  readonly started_at: string;
  readonly finished_at: string | null;
}

/** Creates a queue of the name and makes these messages its dead letters. They arrive in "dead", in this order. */
export async function bury(owner: Project, name: string, ...messages: readonly NewMessage[]): Promise<Queue> {
  const dead = owner.missingQueue("dead");
  const before = (await dead.stats()).total;
  const orders = owner.missingQueue(name);
  await orders.send("PUT", "", { body: { _max_claim_count: 0, _dead_letter_queue: "dead" } });
  await orders.patch({ op: "replace", path: "/metadata/_max_claim_count", value: 0 });
  await orders.post(...messages);
  for (let taken = 0; taken < messages.length; taken += 10) await orders.claim({ limit: 10 });
  await expect.poll(async () => (await dead.stats()).total).toBe(before + messages.length);
  // From now on claims get its messages.
  await orders.patch({ op: "replace", path: "/metadata/_max_claim_count", value: 1 });
  return dead;
}

export function order(queue: Queue, body?: unknown): Promise<Answer> {
  return queue.send("POST", "/redrive", body === undefined ? {} : { body });
}

/** Starts a redrive that must be accepted. */
export async function redrive(queue: Queue, body?: unknown): Promise<Redrive> {
  const answer = await order(queue, body);
  expect(answer).toAnswer(202);
  return answer.json as Redrive;
}

export async function shown(queue: Queue): Promise<Redrive> {
  const answer = await queue.send("GET", "/redrive");
  expect(answer).toAnswer(200);
  return answer.json as Redrive;
}

/** Waits until the latest redrive has ended, and returns it. */
export async function ended(queue: Queue): Promise<Redrive> {
  await expect.poll(async () => (await shown(queue)).status, { timeout: 10_000 }).not.toBe("running");
  return shown(queue);
}
