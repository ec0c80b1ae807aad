/**
 * A client of the crash test of notifications: posts, claims, and releases or deletes what it has claimed, so that some messages
 * become dead letters, and others are deleted before all subscribers have got them.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageKey, PostKey, Seen } from "./history.ts";
import type { Posted } from "./notification-checker.ts";
import type { Random } from "./random.ts";
import { messagesOf, Zaqar, type Answer, type Call } from "./zaqar.ts";

/** A slow subscriber gets one message after another. Without pauses its deliveries would take minutes after the last crash. */
const PAUSE_MS_MAX = 100;

export class NotificationClient {
  readonly posts: Posted[] = [];
  readonly touched: MessageKey[] = [];
  /** Unexpected answers. */
  readonly surprises: string[] = [];
  private readonly number: number;
  private readonly queue: string;
  private readonly random: Random;
  private readonly zaqar = new Zaqar(randomUUID(), 0);
  private isBroken = false;
  private serial = 0;

  constructor({ number, queue, random }: { readonly number: number; readonly queue: string; readonly random: Random }) {
    this.number = number;
    this.queue = queue;
    this.random = random;
  }

  /** Works until the connection breaks, and returns the number of requests. */
  async work(port: number): Promise<number> {
    this.zaqar.reconnect(port);
    this.isBroken = false;
    let count = 0;
    for (; !this.isBroken; count++) {
      await sleep(this.random.between(0, PAUSE_MS_MAX));
      if (this.random.chance(0.6)) await this.post();
      else await this.consume();
    }
    return count;
  }

  close(): void {
    this.zaqar.close();
  }

  private async post(): Promise<void> {
    const post: PostKey = `${this.number}-${++this.serial}`;
    const count = this.random.between(1, 5);
    const padding = "x".repeat(this.random.between(0, 500));
    const messages = Array.from({ length: count }, (_, index) => ({ body: { post, index, padding }, ttl: 3600 }));
    const answer = await this.ask({ method: "POST", path: "/messages", body: { messages } }, [201]);
    this.posts.push({ post, count, isAcked: answer !== null });
  }

  private async consume(): Promise<void> {
    const path = `/claims?limit=${this.random.between(1, 10)}`;
    const answer = await this.ask({ method: "POST", path, body: { ttl: 300, grace: 60 } }, [201, 204]);
    if (answer === null || answer.status === 204) return;
    const claim = answer.location.slice(answer.location.lastIndexOf("/") + 1);
    if (this.random.chance(0.3)) await this.remove(messagesOf(answer.text));
    // Released messages are claimed again and then become dead letters.
    await this.ask({ method: "DELETE", path: `/claims/${claim}` }, [204]);
  }

  private async remove(messages: readonly Seen[]): Promise<void> {
    this.touched.push(...messages);
    const ids = messages.map(({ id }) => id).join(",");
    await this.ask({ method: "DELETE", path: `/messages?ids=${ids}` }, [204]);
  }

  private async ask(call: Call, expected: readonly number[]): Promise<Answer | null> {
    if (this.isBroken) return null;
    const answer = await this.zaqar.call({ ...call, path: `/v2/queues/${this.queue}${call.path}` });
    if (answer === null) this.isBroken = true;
    if (answer === null || expected.includes(answer.status)) return answer;
    this.surprises.push(`${call.method} ${call.path}: ${answer.status} ${answer.text.slice(0, 300)}`);
    return null;
  }
}
