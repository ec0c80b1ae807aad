/**
 * Runs two traffics in turns, on connections that stay open. A turn is short, so that the machine is in the same state for both,
 * and has the same number of requests on each connection.
 */
import { randomUUID } from "node:crypto";
import { cpuSeconds } from "../process-facts.ts";
import type { Sample, Traffic, Turns, TurnsJob } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { TRUSTED } from "./requests.ts";
import { ANSWER_MS_MAX } from "./run-job.ts";
import { TRANSPORTS, type Exchange } from "./transports.ts";
import { WORKLOADS, type Script, type Step } from "./workloads.ts";

/** Requests of a turn: whole lives of the workload "cycle". */
const TURN_REQUESTS_MIN = 12;
/** Counted turns of each side, also where they take longer than the job. */
const TURNS_MIN = 2;

export async function runInTurns({
  first,
  second,
  connectionRequests,
  warmupSeconds,
  seconds,
}: TurnsJob): Promise<Turns> {
  const failure = Promise.withResolvers<never>();
  // A connection may fail while none of its turns is awaited.
  failure.promise.catch(() => undefined);
  const sides = [
    { traffic: first, lines: await openLines(first, failure.reject), samples: [] as Sample[] },
    { traffic: second, lines: await openLines(second, failure.reject), samples: [] as Sample[] },
  ] as const;
  const measureFrom = performance.now() + 1000 * warmupSeconds;
  const end = measureFrom + 1000 * seconds;
  const late = setTimeout(
    () => failure.reject(new Error("requests without an answer")),
    end - performance.now() + ANSWER_MS_MAX,
  );
  try {
    for (let pair = 0; performance.now() < end || sides[1].samples.length < TURNS_MIN; pair++) {
      const isCounted = performance.now() >= measureFrom;
      for (const { traffic, lines, samples } of pair % 2 === 0 ? sides : sides.toReversed()) {
        const sample = await Promise.race([takeTurn(traffic, lines, connectionRequests), failure.promise]);
        if (isCounted) samples.push(sample);
      }
    }
  } finally {
    clearTimeout(late);
    for (const { connection } of sides.flatMap(({ lines }) => lines)) connection.close();
  }
  return { first: sides[0].samples, second: sides[1].samples };
}

/** A connection with its script, which goes on in the next turn. */
interface Line {
  readonly connection: Exchange;
  readonly script: Script;
  next: Step | null;
}

async function openLines(traffic: Traffic, failed: (error: Error) => void): Promise<readonly Line[]> {
  const { open, requests } = TRANSPORTS[traffic.transport ?? "http"];
  const opening = Array.from({ length: traffic.connections }, async (_, index) => {
    const queue = traffic.queues[index % traffic.queues.length] ?? "none";
    const caller = { queue, clientId: randomUUID(), identity: traffic.identity ?? TRUSTED };
    const script = WORKLOADS[traffic.workload](caller, requests);
    return { connection: await open(traffic.port, failed), script, next: script(null) };
  });
  return await Promise.all(opening);
}

async function takeTurn({ serverPid }: Traffic, lines: readonly Line[], connectionRequests: number): Promise<Sample> {
  const each = Math.max(connectionRequests, Math.ceil(TURN_REQUESTS_MIN / lines.length));
  const result = { latencies: new Latencies(), messages: 0, unexpected: {} as Record<string, number> };
  const before = { at: performance.now(), cpu: cpuSeconds(serverPid), load: process.cpuUsage() };
  await Promise.all(lines.map((line) => sendOn(line, each, result)));
  const [at, cpu, load] = [performance.now(), cpuSeconds(serverPid), process.cpuUsage(before.load)];
  return {
    seconds: (at - before.at) / 1000,
    requests: each * lines.length,
    messages: result.messages,
    latency: result.latencies.summary(),
    operations: {},
    serverCpuSeconds: before.cpu === null || cpu === null ? null : cpu - before.cpu,
    loadCpuSeconds: (load.user + load.system) / 1e6,
    unexpected: result.unexpected,
  };
}

interface Result {
  readonly latencies: Latencies;
  messages: number;
  readonly unexpected: Record<string, number>;
}

function sendOn(line: Line, count: number, result: Result): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  const send = (): void => {
    const step = line.next;
    if (step === null || left-- === 0) return resolve();
    const sentAt = performance.now();
    line.connection.send(step.bytes, (response) => {
      result.latencies.add(performance.now() - sentAt);
      result.messages += step.messages;
      if (response.status !== step.expected)
        result.unexpected[response.status] = (result.unexpected[response.status] ?? 0) + 1;
      line.next = line.script(response);
      send();
    });
  };
  send();
  return promise;
}
