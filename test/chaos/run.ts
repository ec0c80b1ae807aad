/**
 * `npm run test:chaos -- [--seed S]`: three consumer processes work off 10,000 messages. They are killed, stopped and frozen at
 * random, and so is the service, which restarts on the same data. Nothing may be lost or stored twice, nothing may stay claimed after a
 * stop, and only a kill explains that a handled message is delivered again.
 *
 * A lease lasts at least 60 s, so the messages of the last killed consumer are back a minute after it: the run takes two minutes.
 * Meanwhile a handler works for longer than a lease, and another service is frozen for longer than a lease.
 */
import { parseArgs } from "node:util";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Sukkal } from "sukkal/client";
import { bundle } from "../../bench/bundle.ts";
import { makeScratch } from "../../bench/scratch.ts";
import { Random } from "../crash/random.ts";
import { check, countDuplicates } from "./checker.ts";
import { Crew } from "./crew.ts";
import { handleLongerThanALease, outlastAFrozenService } from "./long-leases.ts";
import { Service } from "./service.ts";
import type { Work } from "./diary.ts";

const MESSAGES = 10_000;
const QUEUE = "work";
/** Milliseconds of chaos, and until everything must be handled. */
const CHAOS_MS = 40_000;
const DONE_MS_MAX = 150_000;
/** Milliseconds between posts. */
const PACE_MS = 50;

interface Chaos {
  readonly random: Random;
  readonly service: Service;
  readonly crew: Crew;
  readonly began: number;
}

/** Weights of what happens. */
const EVENTS = { kill: 4, stop: 4, freeze: 2, crash: 2, "freeze the service": 2 };

async function main(seed: number): Promise<boolean> {
  say(`chaos test: ${MESSAGES} messages, seed ${seed}`);
  const began = performance.now();
  const scratch = makeScratch("chaos");
  const random = new Random(seed);
  const config = await bundle({ entry: "src/index.ts", config: "config.capnp" }, scratch.path);
  const service = await Service.start(config, join(scratch.path, "service"));
  const frozen = await Service.start(config, join(scratch.path, "frozen"));
  // Reads of the test itself outlast all that happens to the service.
  const sukkal = new Sukkal({ url: service.url, project: "chaos", retries: 60, timeoutMs: 5000 });
  const live: string[] = [];
  const crew = new Crew({
    url: service.url,
    queue: QUEUE,
    folder: scratch.path,
    random,
    onStopped: async (name, claims) => void live.push(...(await liveClaims(service.url, name, claims))),
  });
  const beside = Promise.all([handleLongerThanALease(sukkal), outlastAFrozenService(frozen)]);
  const producing = produce(sukkal);
  await unleash({ random, service, crew, began: performance.now() });
  const posted = await producing;
  const left = await untilEmpty(sukkal);
  await crew.end();
  const diaries = crew.diaries();
  const violations = [...left, ...crew.violations, ...live, ...(await beside).flat(), ...check(diaries, posted)];
  const { all, byKills } = countDuplicates(diaries);
  await Promise.all([service.end(), frozen.end()]);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  say(
    `${posted.size} messages, ${diaries.length} consumers, ${all} deliveries more than once, ${byKills} by kills, ${seconds} s`,
  );
  for (const violation of violations.slice(0, 20)) say(`VIOLATION: ${violation}`);
  if (violations.length === 0) scratch.remove();
  else {
    scratch.keep();
    say(`failed with ${violations.length} violations; the seed was ${seed}; the diaries are in ${scratch.path}`);
  }
  return violations.length === 0;
}

/** Posts all messages, at a pace that takes about as long as the chaos. Returns their ids. */
async function produce(sukkal: Sukkal): Promise<ReadonlyMap<number, string>> {
  const posted = new Map<number, string>();
  await using producer = sukkal.queue<Work>(QUEUE).producer();
  const perTurn = Math.ceil((MESSAGES * PACE_MS) / CHAOS_MS);
  for (let number = 0; number < MESSAGES;) {
    for (let turn = 0; turn < perTurn && number < MESSAGES; turn++) {
      const own = number++;
      void producer.post({ number: own }).then((id) => posted.set(own, id));
    }
    await sleep(PACE_MS);
  }
  await producer.flush();
  return posted;
}

async function unleash({ random, service, crew, began }: Chaos): Promise<void> {
  while (performance.now() - began < CHAOS_MS) {
    await sleep(random.between(300, 2500));
    const event = random.weighted(EVENTS);
    const milliseconds = random.between(200, 4000);
    const at = ((performance.now() - began) / 1000).toFixed(1);
    if (event === "kill") say(`${at} s: SIGKILL to ${crew.kill()}`);
    else if (event === "stop") say(`${at} s: SIGTERM to ${crew.stop()}`);
    else if (event === "freeze") say(`${at} s: froze ${crew.freeze(milliseconds)} for ${milliseconds} ms`);
    else if (event === "crash") {
      say(`${at} s: SIGKILL to the service`);
      await service.crash();
    } else {
      say(`${at} s: froze the service for ${milliseconds} ms`);
      service.freeze();
      await sleep(milliseconds);
      service.thaw();
    }
  }
}

/** What is left when the time is over, as a sentence. */
async function untilEmpty(sukkal: Sukkal): Promise<readonly string[]> {
  for (const deadline = performance.now() + DONE_MS_MAX - CHAOS_MS; ; await sleep(500)) {
    const { total } = await sukkal.queue(QUEUE).stats();
    if (total === 0) return [];
    if (performance.now() > deadline) return [`${total} messages are left after ${DONE_MS_MAX / 1000} s`];
  }
}

/** Those that are live, as sentences. */
async function liveClaims(url: string, name: string, claims: readonly string[]): Promise<readonly string[]> {
  const live: string[] = [];
  for (const claim of claims) {
    if ((await statusOf(url + claim)) !== 404) live.push(`${name} has stopped and left the claim ${claim}`);
  }
  return live;
}

/** Of an answer, for which it waits while the service is away. */
async function statusOf(url: string): Promise<number> {
  const headers = { "Client-ID": crypto.randomUUID(), "X-Project-ID": "chaos" };
  for (;;) {
    try {
      const response = await fetch(url, { headers, signal: AbortSignal.timeout(5000) });
      await response.text();
      if (response.status < 500) return response.status;
    } catch {
      // It was killed or is frozen.
    }
    await sleep(100);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { values } = parseArgs({ options: { seed: { type: "string" } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isInteger(seed)) throw new Error("--seed must be a whole number");
process.exitCode = (await main(seed)) ? 0 : 1;
