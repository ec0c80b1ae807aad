/**
 * The crash test: repeats load, kill, restart, audit and check. It depends only on functions that start and kill the service.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Auditor } from "./auditor.ts";
import { check } from "./checker.ts";
import type { Violation } from "./violation.ts";
import { Client } from "./client.ts";
import { describeViolation } from "./evidence.ts";
import type { Event } from "./history.ts";
import { Random } from "./random.ts";
import { resize } from "./resizer.ts";

/** The running process of the service. */
export interface Process {
  readonly port: number;
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

const CLIENTS = 8;
const QUEUES = 3;
/**
 * The cycles after which new queues are used, because the whole history is checked after each. Long enough for leases to expire.
 */
const CYCLES_PER_ERA = 100;
/** How long a queue may be missing in lists after the crash of the request that created it. */
const LISTED_MS_MAX = 15_000;
const VIOLATIONS_SHOWN = 10;

export interface Options {
  readonly cycles: number;
  readonly seed: number;
  /** Whether queues are spread over several objects and brought back, so that messages of different producers are in no order. */
  readonly resizes: boolean;
}

export class CrashTest {
  private readonly options: Options;
  private readonly random: Random;
  private readonly clients: readonly Client[];
  private readonly start: () => Promise<Process>;
  private history: Event[] = [];
  private queues: readonly string[] = [];
  private operations = 0;
  private acked = 0;
  private unknown = 0;
  private audits = 0;

  constructor(options: Options, start: () => Promise<Process>) {
    this.options = options;
    this.start = start;
    this.random = new Random(options.seed);
    this.clients = Array.from({ length: CLIENTS }, (_, number) => {
      const seed = this.random.between(0, 2 ** 31);
      const transport = number % 2 === 0 ? "HTTP" : "frames";
      return new Client({ number, seed, transport, record: (event) => this.note(event) });
    });
  }

  /** Whether no violation was found. */
  async run(): Promise<boolean> {
    try {
      return await this.runCycles();
    } finally {
      for (const client of this.clients) client.close();
    }
  }

  private async runCycles(): Promise<boolean> {
    const startedAt = performance.now();
    for (let cycle = 1; cycle <= this.options.cycles; cycle++) {
      const isFirst = (cycle - 1) % CYCLES_PER_ERA === 0;
      const isLast = cycle % CYCLES_PER_ERA === 0 || cycle === this.options.cycles;
      if (isFirst) this.beginEra(Math.floor((cycle - 1) / CYCLES_PER_ERA));
      const before = this.operations;
      const killedAfter = await this.loadAndKill();
      const { stored, restartMs } = await this.audit(isLast);
      const violations = check(this.history).filter(({ rule }) => !this.options.resizes || rule !== "order is kept");
      const { operations } = this;
      process.stdout.write(
        `cycle ${cycle}: killed after ${killedAfter.toFixed(0)} ms and ${operations - before} operations, ` +
          `back after ${restartMs.toFixed(0)} ms with ${stored} messages, ${violations.length} violations\n`,
      );
      if (violations.length > 0) return this.fail(violations);
    }
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(
      `${this.options.cycles} crashes in ${seconds} s: ${this.operations} operations, ${this.acked} messages acknowledged, ` +
        `${this.unknown} operations without an answer, ${this.sumOf("waited")} claims after a wait, ` +
        `${this.sumOf("waitsLost")} waits lost, 0 violations\n`,
    );
    return true;
  }

  private sumOf(count: "waited" | "waitsLost"): number {
    return this.clients.reduce((sum, client) => sum + client[count], 0);
  }

  private beginEra(era: number): void {
    this.history = [];
    this.queues = Array.from({ length: QUEUES }, (_, index) => `era${era}-queue${index}`);
    for (const client of this.clients) client.moveTo(this.queues);
  }

  private note(event: Event): void {
    this.history.push(event);
    if (event.kind === "post" && event.ids !== null) this.acked += event.ids.length;
    const isUnknown =
      event.kind === "lost-pop" ||
      event.kind === "lost-claim" ||
      (event.kind === "post" && event.ids === null) ||
      ("outcome" in event && event.outcome === "unknown");
    if (isUnknown) this.unknown++;
  }

  /** Returns the time until the kill. */
  private async loadAndKill(): Promise<number> {
    const service = await this.start();
    const startedAt = performance.now();
    let isKilled = false;
    const working = this.clients.map(async (client) => {
      const operations = await client.work(service.port);
      this.operations += operations;
      if (isKilled) return;
      const at = performance.now();
      this.note({
        kind: "surprise",
        queue: this.queues[0] ?? "",
        sentAt: at,
        endedAt: at,
        text: "a connection broke while the service ran",
      });
    });
    const { queues, random } = this;
    if (this.options.resizes) working.push(resize(service.port, { queues, random, isOver: () => isKilled }));
    // Sometimes almost at once, because the first steps of a service on old data are the least tested.
    await sleep(this.random.chance(0.15) ? this.random.between(0, 50) : this.random.between(150, 900));
    isKilled = true;
    const killedAfter = performance.now() - startedAt;
    await service.end("SIGKILL");
    await Promise.all(working);
    return killedAfter;
  }

  private async audit(withDrain: boolean): Promise<{ readonly stored: number; readonly restartMs: number }> {
    const startedAt = performance.now();
    const service = await this.start();
    const auditor = new Auditor(service.port, this.random);
    try {
      await auditor.queues();
      const restartMs = performance.now() - startedAt;
      let stored = 0;
      for (const queue of this.queues) {
        // A claim that was waiting when the service was killed must not get it.
        this.note(await auditor.post(queue, `${CLIENTS}-${++this.audits}`));
        const audit = await auditor.audit(queue);
        this.history.push(audit);
        stored += audit.all.length;
        if (withDrain) this.history.push(...(await auditor.drain(queue)));
      }
      if (withDrain) await this.checkListed(auditor);
      return { stored, restartMs };
    } finally {
      auditor.close();
      // The restart without a crash is part of the test, too.
      await service.end(this.random.chance(0.5) ? "SIGTERM" : "SIGKILL");
    }
  }

  /** The crash of a request that creates a queue may prevent its index entry. The queue's alarm then repeats it. */
  private async checkListed(auditor: Auditor): Promise<void> {
    const used = new Set(
      this.history.filter((event) => event.kind === "post" && event.ids !== null).map((event) => event.queue),
    );
    for (const deadline = performance.now() + LISTED_MS_MAX; ; await sleep(200)) {
      const listed = await auditor.queues();
      const missing = [...used].filter((queue) => !listed.has(queue));
      if (missing.length === 0) return;
      const at = performance.now();
      if (at < deadline) continue;
      this.note({
        kind: "surprise",
        queue: missing[0] ?? "",
        sentAt: at,
        endedAt: at,
        text: `not in the listing of queues: ${missing.join(", ")}`,
      });
      return;
    }
  }

  private fail(violations: readonly Violation[]): boolean {
    for (const violation of violations.slice(0, VIOLATIONS_SHOWN)) {
      process.stdout.write(`\n${describeViolation(violation, this.history)}\n`);
    }
    const more = violations.length - VIOLATIONS_SHOWN;
    if (more > 0) process.stdout.write(`\nand ${more} more\n`);
    process.stdout.write(`\nfailed; the seed was ${this.options.seed}\n`);
    return false;
  }
}
