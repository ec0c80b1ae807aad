/**
 * The crash test of notifications: clients post to a queue with several subscribers, and cause dead letters in a queue with
 * another subscriber. Connections subscribe themselves to the first queue, until a kill ends them. The service is killed
 * repeatedly. After the last kill it runs until nothing is pending. Then all subscribers must have got all messages.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Auditor } from "./auditor.ts";
import type { Options, Process } from "./crash-test.ts";
import type { PostKey } from "./history.ts";
import { checkNotifications, keysOf, tally, type Account, type Posted } from "./notification-checker.ts";
import { NotificationClient } from "./notification-client.ts";
import { Random } from "./random.ts";
import { Receivers, type Temper } from "./receivers.ts";
import { SubscribedSockets } from "./subscribed-sockets.ts";
import type { Violation } from "./violation.ts";
import { Zaqar, type Call } from "./zaqar.ts";

const CLIENTS = 4;
const SOURCE = "notified";
const DEAD = "notified-dead";
/** The subscribers of each queue, and their rates of failure. */
const SUBSCRIBERS: Readonly<Record<string, Temper & { readonly queue: string }>> = {
  steady: { queue: SOURCE, refuses: 0, resets: 0, slowness: 0 },
  failing: { queue: SOURCE, refuses: 0.3, resets: 0.05, slowness: 0 },
  slow: { queue: SOURCE, refuses: 0.05, resets: 0, slowness: 60 },
  mourner: { queue: DEAD, refuses: 0.2, resets: 0.05, slowness: 50 },
};
/** Enough retries for any series of failures, a second apart. */
const RETRIES = {
  retries_with_no_delay: 2,
  minimum_delay_retries: 100,
  minimum_delay: 1,
  maximum_delay: 11,
  maximum_delay_retries: 100,
};
/** After the last kill: the time without any arrival after which a missing notification counts as lost (ms). */
const SILENCE_MS_MAX = 45_000;
/** After a kill: the time within which the subscriptions of the connections that it has ended are gone (ms). */
const GONE_MS_MAX = 60_000;
/** Posts after the last kill, all of which have to be pushed. */
const LAST_POSTS = 20;
const TEXT_SHOWN = 2000;

export class NotificationTest {
  private readonly options: Options;
  private readonly random: Random;
  private readonly clients: readonly NotificationClient[];
  private readonly start: () => Promise<Process>;
  private readonly sockets = new SubscribedSockets(SOURCE);
  /** The posts after the last kill. */
  private readonly lastPosts: Posted[] = [];
  private readonly found: Violation[] = [];
  private operations = 0;

  constructor(options: Options, start: () => Promise<Process>) {
    this.options = options;
    this.start = start;
    this.random = new Random(options.seed);
    this.clients = Array.from({ length: CLIENTS }, (_, number) => {
      return new NotificationClient({ number, queue: SOURCE, random: this.random });
    });
  }

  /** Whether no violation was found. */
  async run(): Promise<boolean> {
    const receivers = await Receivers.listen(SUBSCRIBERS, this.random);
    try {
      for (let cycle = 1; cycle <= this.options.cycles; cycle++) await this.loadAndKill(cycle, receivers);
      return await this.settleAndCheck(receivers);
    } finally {
      receivers.close();
      this.sockets.close();
      for (const client of this.clients) client.close();
    }
  }

  private async loadAndKill(cycle: number, receivers: Receivers): Promise<void> {
    const service = await this.start();
    if (cycle === 1) await this.subscribe(service.port, receivers);
    const before = this.operations;
    const working = this.clients.map((client) => client.work(service.port));
    const opening = this.sockets.open(service.port);
    const milliseconds = this.random.chance(0.15) ? this.random.between(0, 50) : this.random.between(150, 900);
    await sleep(milliseconds);
    await service.end("SIGKILL");
    await opening;
    for (const operations of await Promise.all(working)) this.operations += operations;
    process.stdout.write(
      `cycle ${cycle}: killed after ${milliseconds} ms and ${this.operations - before} operations, ` +
        `${receivers.count} notifications so far\n`,
    );
  }

  private async subscribe(port: number, receivers: Receivers): Promise<void> {
    const zaqar = new Zaqar(randomUUID(), port);
    const ask = async (call: Call): Promise<void> => {
      const answer = await zaqar.call(call);
      if (answer?.status !== 201) throw new Error(`${call.method} ${call.path}: ${answer?.status} ${answer?.text}`);
    };
    const metadata = { _max_claim_count: 1, _dead_letter_queue: DEAD };
    await ask({ method: "PUT", path: `/v2/queues/${DEAD}`, body: {} });
    await ask({ method: "PUT", path: `/v2/queues/${SOURCE}`, body: metadata });
    for (const [name, { queue }] of Object.entries(SUBSCRIBERS)) {
      const body = { subscriber: receivers.urlOf(name), ttl: 86_400, options: { _retry_policy: RETRIES } };
      await ask({ method: "POST", path: `/v2/queues/${queue}/subscriptions`, body });
    }
    zaqar.close();
  }

  private async settleAndCheck(receivers: Receivers): Promise<boolean> {
    const killedAt = performance.now();
    const service = await this.start();
    const auditor = new Auditor(service.port, this.random);
    try {
      await this.checkConnections({ auditor, port: service.port, killedAt });
      const startedAt = performance.now();
      let heard = { count: 0, at: startedAt };
      for (;;) {
        const account = await this.account(auditor, receivers);
        const now = performance.now();
        const isSilent = now - heard.at > SILENCE_MS_MAX;
        if (isSilent || checkNotifications(account).length === 0) return this.report(account, now - startedAt);
        if (receivers.count > heard.count) heard = { count: receivers.count, at: now };
        await sleep(500);
      }
    } finally {
      auditor.close();
      await service.end("SIGKILL");
    }
  }

  /** No subscription of a dead connection is left, and new connections get all that is posted from now on. */
  private async checkConnections({
    auditor,
    port,
    killedAt,
  }: {
    readonly auditor: Auditor;
    readonly port: number;
    readonly killedAt: number;
  }) {
    const isLeft = (subscriber: string): boolean => subscriber.startsWith("websocket://");
    while ((await auditor.subscribers(SOURCE)).some(isLeft)) {
      if (performance.now() - killedAt > GONE_MS_MAX) {
        this.find("subscriptions of dead connections end", `they are there after ${GONE_MS_MAX / 1000} s`);
        break;
      }
      await sleep(500);
    }
    if (!(await this.sockets.open(port))) this.find("answers are expected", "connections could not subscribe");
    for (let serial = 1; serial <= LAST_POSTS; serial++) {
      const post: PostKey = `${CLIENTS}-${serial}`;
      await auditor.post(SOURCE, post);
      this.lastPosts.push({ post, count: 1, isAcked: true });
    }
    if (!(await this.sockets.areTold(this.lastPosts.flatMap(keysOf))))
      this.find("everybody is told", "connections did not get all that was posted after the last crash");
  }

  private find(rule: Violation["rule"], text: string): void {
    this.found.push({ rule, queue: SOURCE, text, subjects: [] });
  }

  private async account(auditor: Auditor, { arrivals }: Receivers): Promise<Account> {
    const followers = (queue: string): string[] =>
      Object.entries(SUBSCRIBERS).flatMap(([name, subscriber]) => (subscriber.queue === queue ? [name] : []));
    return {
      posts: [...this.clients.flatMap(({ posts }) => posts), ...this.lastPosts],
      touched: this.clients.flatMap(({ touched }) => touched),
      arrivals,
      pushes: this.sockets.pushes,
      subscribers: { source: followers(SOURCE), dead: followers(DEAD) },
      // The source first: a message that moves in between is in both, and the next read corrects that.
      stored: { source: (await auditor.audit(SOURCE)).all, dead: (await auditor.audit(DEAD)).all },
    };
  }

  private report(account: Account, settledMs: number): boolean {
    const { pushes } = account;
    const violations = [...checkNotifications(account), ...this.found];
    const surprises = this.clients.flatMap((client) => client.surprises);
    for (const [name, arrivals] of account.arrivals) {
      const { messages, requests, duplicates, late } = tally(name, arrivals);
      process.stdout.write(
        `${name}: ${messages} messages in ${requests} requests, ${duplicates} of them duplicates; ${late} first came late\n`,
      );
    }
    const pushed = pushes.reduce((sum, { messages }) => sum + messages.length, 0);
    process.stdout.write(`${pushes.length} connections: ${pushed} pushes\n`);
    for (const { rule, queue, text } of violations) {
      process.stdout.write(`\nVIOLATION (${rule}) in ${queue}: ${text.slice(0, TEXT_SHOWN)}\n`);
    }
    for (const text of surprises) process.stdout.write(`\nVIOLATION (answers are expected): ${text}\n`);
    const found = violations.length + surprises.length;
    const acked = account.posts.filter(({ isAcked }) => isAcked).flatMap(keysOf).length;
    process.stdout.write(
      `${this.options.cycles} crashes with notifications: ${this.operations} operations, ${acked} messages acknowledged, ` +
        `${account.stored.dead.length} dead letters, all told after ${(settledMs / 1000).toFixed(1)} s, ${found} violations\n`,
    );
    if (found > 0) process.stdout.write(`failed; the seed was ${this.options.seed}\n`);
    return found === 0;
  }
}
