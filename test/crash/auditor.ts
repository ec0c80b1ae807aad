/** Reads whole queues while no client works on them: every page of both lists, and the statistics. */
import { randomUUID } from "node:crypto";
import type { Audit, Drain, Grant, Post, PostKey, Seen } from "./history.ts";
import { resourcesOf } from "./http-transport.ts";
import type { Random } from "./random.ts";
import { MESSAGE_TTL } from "./transport.ts";
import { messagesOf, Zaqar, type Answer, type Call } from "./zaqar.ts";

export class Auditor {
  private readonly zaqar: Zaqar;
  private readonly random: Random;

  constructor(port: number, random: Random) {
    this.zaqar = new Zaqar(randomUUID(), port);
    this.random = random;
  }

  close(): void {
    this.zaqar.close();
  }

  /** Posts a message. Nobody but the auditor can get it before the clients work again. */
  async post(queue: string, post: PostKey): Promise<Post> {
    const sentAt = performance.now();
    const body = { messages: [{ body: { post, index: 0, padding: "" }, ttl: MESSAGE_TTL }] };
    const { text } = await this.ask({ method: "POST", path: `/v2/queues/${queue}/messages`, body }, [201]);
    return { kind: "post", queue, sentAt, endedAt: performance.now(), post, count: 1, ids: resourcesOf(text) };
  }

  /** If a lease expires between the parts of an audit, the audit is no snapshot and is repeated. */
  async audit(queue: string): Promise<Audit> {
    for (let attempt = 1; ; attempt++) {
      const sentAt = performance.now();
      const before = await this.stats(queue);
      const all = await this.walk(queue, true);
      const free = await this.walk(queue, false);
      const stats = await this.stats(queue);
      const isSnapshot = before.claimed === stats.claimed && before.total === stats.total;
      if (isSnapshot || attempt === SNAPSHOTS_MAX) {
        return { kind: "audit", queue, sentAt, endedAt: performance.now(), all, free, stats };
      }
    }
  }

  /** Claims until no message is left. These claims are part of the history too. */
  async drain(queue: string): Promise<readonly (Drain | Grant)[]> {
    const grants: Grant[] = [];
    const startedAt = performance.now();
    for (;;) {
      const sentAt = performance.now();
      const call = {
        method: "POST",
        path: `/v2/queues/${queue}/claims?limit=20`,
        body: { ttl: 60, grace: 60 },
      } as const;
      const answer = await this.ask(call, [201, 204]);
      const endedAt = performance.now();
      if (answer.status === 204) {
        const messages = grants.flatMap((grant) => grant.messages);
        return [...grants, { kind: "drain", queue, sentAt: startedAt, endedAt, messages }];
      }
      const claim = answer.location.slice(answer.location.lastIndexOf("/") + 1);
      grants.push({
        kind: "grant",
        queue,
        sentAt,
        endedAt,
        lease: { claim, ttl: 60 },
        messages: messagesOf(answer.text),
      });
    }
  }

  /** The subscribers of a queue with less than a page of them. */
  async subscribers(queue: string): Promise<readonly string[]> {
    const { text } = await this.ask({ method: "GET", path: `/v2/queues/${queue}/subscriptions?limit=20` }, [200]);
    const { subscriptions } = JSON.parse(text) as {
      readonly subscriptions: readonly { readonly subscriber: string }[];
    };
    return subscriptions.map(({ subscriber }) => subscriber);
  }

  /** All listed queues. */
  async queues(): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for (let path = "/v2/queues?limit=20"; ;) {
      const { text } = await this.ask({ method: "GET", path }, [200]);
      const { queues, links } = JSON.parse(text) as QueueList;
      for (const { name } of queues) names.add(name);
      const next = links.find(({ rel }) => rel === "next");
      if (next === undefined) return names;
      path = next.href;
    }
  }

  /** Follows the links from page to page, with pages of a random size. */
  private async walk(queue: string, includesClaimed: boolean): Promise<readonly Seen[]> {
    const seen: Seen[] = [];
    const query = `limit=${this.random.between(20, PAGE_MAX)}&echo=true&include_claimed=${includesClaimed}`;
    for (let path = `/v2/queues/${queue}/messages?${query}`; ;) {
      const { text } = await this.ask({ method: "GET", path }, [200]);
      seen.push(...messagesOf(text));
      const { links } = JSON.parse(text) as Linked;
      const next = links.find(({ rel }) => rel === "next");
      if (next === undefined) return seen;
      path = next.href;
    }
  }

  private async stats(queue: string): Promise<Audit["stats"]> {
    const { text } = await this.ask({ method: "GET", path: `/v2/queues/${queue}/stats` }, [200]);
    const { messages } = JSON.parse(text) as { readonly messages: Audit["stats"] };
    return { total: messages.total, claimed: messages.claimed, free: messages.free };
  }

  private async ask(call: Call, expected: readonly number[]): Promise<Answer> {
    const answer = await this.zaqar.call(call);
    if (answer !== null && expected.includes(answer.status)) return answer;
    throw new Error(
      `${call.method} ${call.path}: ${answer === null ? "no answer" : `${answer.status} ${answer.text.slice(0, 300)}`}`,
    );
  }
}

const SNAPSHOTS_MAX = 5;
/** The page size of the tested service. It exceeds the default, so that audits are quick. */
export const PAGE_MAX = 200;

interface Linked {
  readonly links: readonly { readonly rel: string; readonly href: string }[];
}

interface QueueList extends Linked {
  readonly queues: readonly { readonly name: string }[];
}
